"""The embedded server: hsync's own Data Plane API over a haproxy.cfg on disk or in memory.

It has four uses: a file target (the default, so that a newcomer needs no server, and a host needs no dataplaneapi), the
replay of operations in a proof, `hsync dev-server`, and, with the additions of `hsync.testing`, a double in tests.
"""

from hsync.dataplane.embedded.checker import find_haproxy
from hsync.dataplane.embedded.sandbox import Sandbox
from hsync.dataplane.embedded.server import serve
from hsync.dataplane.embedded.settings import EmbeddedSettings
from hsync.dataplane.embedded.transport import EmbeddedTransport
from hsync.dataplane.embedded.verdicts import verdicts_folder

__all__ = ["EmbeddedSettings", "EmbeddedTransport", "Sandbox", "find_haproxy", "serve", "verdicts_folder"]
