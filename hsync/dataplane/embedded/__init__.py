"""The embedded server: hsync's own Data Plane API over a haproxy.cfg on disk or in memory.

It has four uses: a file target (the default, so that a newcomer needs no server, and a host needs no dataplaneapi), the
replay of operations in a proof, `hsync dev-server`, and, with the additions of `hsync.testing`, a double in tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hsync.homes import at_first_use

if TYPE_CHECKING:
    from hsync.dataplane.embedded.checker import find_haproxy
    from hsync.dataplane.embedded.sandbox import Sandbox
    from hsync.dataplane.embedded.server import serve
    from hsync.dataplane.embedded.settings import EmbeddedSettings
    from hsync.dataplane.embedded.transport import EmbeddedTransport
    from hsync.dataplane.embedded.verdicts import verdicts_folder

__all__ = ["EmbeddedSettings", "EmbeddedTransport", "Sandbox", "find_haproxy", "serve", "verdicts_folder"]

__getattr__ = at_first_use(
    __name__,
    {
        "find_haproxy": "dataplane.embedded.checker",
        "Sandbox": "dataplane.embedded.sandbox",
        "serve": "dataplane.embedded.server",
        "EmbeddedSettings": "dataplane.embedded.settings",
        "EmbeddedTransport": "dataplane.embedded.transport",
        "verdicts_folder": "dataplane.embedded.verdicts",
    },
)
