"""listen: a frontend and a backend in one. Manual chapter 4; the Data Plane API has no objects for it, by design."""

from __future__ import annotations

from hsync.schema import UnmodelledSection

SECTION = UnmodelledSection("listen", place=180, inherits=True, like=("frontend", "backend"))
