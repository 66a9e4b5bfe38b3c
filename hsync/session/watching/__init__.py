"""watching: compare the numbers of HAProxy before an apply with those after it."""

from hsync.session.watching.guard import Guarded

__all__ = ["Guarded"]
