"""listen: a frontend and a backend in one section. Manual chapter 4; by design, the API has no objects for it."""

from __future__ import annotations

from hsync.schema import UnmodelledSection

SECTION = UnmodelledSection("listen", place=180, inherits=True, like=("frontend", "backend"))
