"""namespace_list: network namespaces that servers can use. doc/network-namespaces.txt of HAProxy; not in the API.

Source of `gone`: no server knows the keyword, so all of them add the lines to the section above
(docs/reference/dataplane-api.md 6.1).
"""

from __future__ import annotations

from hsync.schema import UnmodelledSection

SECTION = UnmodelledSection("namespace_list", place=200, named=False, repeats=True, reads_over=True, gone="3.0")
