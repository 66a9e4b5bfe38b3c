"""The embedded Data Plane API: the real one's behaviour over a haproxy.cfg on disk or in memory.

It is the default target, so that a newcomer needs no server; the way to manage a host without dataplaneapi;
the engine of the local proof; and, with what `hsync.testing` adds to it, the double in tests.
"""

from hsync.dataplane.embedded.checker import find_haproxy
from hsync.dataplane.embedded.server import serve
from hsync.dataplane.embedded.settings import EmbeddedSettings
from hsync.dataplane.embedded.transport import EmbeddedTransport

__all__ = ["EmbeddedSettings", "EmbeddedTransport", "find_haproxy", "serve"]
