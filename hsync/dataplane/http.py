"""http: httpx without its command line, whose imports (rich, pygments) take longer than those of all the rest.

Rule 1: all other modules take httpx from here.
"""

from __future__ import annotations

import sys
from typing import cast

__all__ = ["httpx"]

_COMMAND_LINE = "httpx._main"

if _COMMAND_LINE in sys.modules:
    import httpx
else:
    # httpx works without the packages of its command line. It finds that they are missing, as Python reports for None.
    sys.modules[_COMMAND_LINE] = cast("object", None)  # type: ignore[assignment]
    try:
        import httpx
    finally:
        del sys.modules[_COMMAND_LINE]
