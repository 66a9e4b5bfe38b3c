"""conversation: sends any bytes to a server."""

from __future__ import annotations

import socket
from contextlib import suppress


def conversation(port: int, message: bytes) -> bytes:
    """All bytes of the answer, until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        with suppress(OSError):  # it may have been refused, and the connection closed, before all of it is sent
            client.sendall(message)
            client.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(ConnectionError):
            while piece := client.recv(65536):
                answer += piece
    return answer
