"""program: a further process that HAProxy's master runs. Manual 3.0, chapter 3.7 (removed in 3.3); not in the API.

Source of `gone`: the server of API 3.4 adds its lines to the section above (docs/reference/dataplane-api.md 6.1).
"""

from __future__ import annotations

from hsync.schema import UnmodelledSection

SECTION = UnmodelledSection("program", place=190, gone="3.4")
