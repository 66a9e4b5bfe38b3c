"""failures: from an error of httpx to the reason why there is no answer. Imported when there is such an error.

Theory: httpx raises errors before, while and after it sends a request. `failure` finds out from the error whether the
request was sent and whether another try may succeed, and words the message.
"""

from __future__ import annotations

import socket
import ssl

from hsync.dataplane.answers import one_line
from hsync.dataplane.http import httpx
from hsync.dataplane.pins import OtherKeyError
from hsync.dataplane.timing import Failure, Timing
from hsync.dataplane.wire import TooMuchError

__all__ = ["failure"]

_CAUSES: tuple[tuple[type[OSError], str, bool], ...] = (
    (socket.gaierror, "the host name cannot be resolved", True),
    (ConnectionRefusedError, "connection refused: nothing listens there", True),
    (FileNotFoundError, "there is no such socket", False),
    (PermissionError, "no permission to connect", False),
)

_TLS_HINTS = {
    "WRONG_VERSION_NUMBER": "the server does not use TLS: try http://",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the server requires a client certificate: set client_cert and client_key",
}


def failure(error: httpx.RequestError, timing: Timing) -> Failure:
    """The failure for an error of httpx."""
    sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    if isinstance(error, httpx.TimeoutException) and timing.command.is_over:
        return timing.too_late(sent=sent)
    if isinstance(error, httpx.TimeoutException):
        what, patience = ("no answer", timing.answer) if sent else ("no connection", timing.connect)
        return Failure(f"{what} within {patience:g} s", sent=sent, again=False)
    cause = _os_error(error)
    if isinstance(cause, TooMuchError):
        return Failure(str(cause), sent=sent, again=False)
    if isinstance(cause, ssl.SSLError):
        return _tls_failure(cause, sent=sent)
    for kind, reason, again in _CAUSES:
        if isinstance(cause, kind):
            return Failure(reason, sent=sent, again=again)
    return Failure(one_line(str(error)) or type(error).__name__, sent=sent)


_NOT_TRUSTED = {
    9: "check the clock here; if it is right, the server needs a certificate that is valid now",
    10: "renew the certificate of the server, then type the same command again; or the clock here is wrong",
    62: "connect by a name that the certificate has, or give the server a certificate with this one",
    64: "connect by a name that the certificate has, or give the server a certificate with this address",
}
"""Hints by the code of OpenSSL's verification: not yet valid, expired, another host name, another address.

Source: X509_STORE_CTX_get_error(3).
"""

_UNKNOWN_SIGNER = "set ca_file to the certificate authority that signed it"


def _tls_failure(cause: ssl.SSLError, *, sent: bool) -> Failure:
    if isinstance(cause, OtherKeyError):
        hint = "if the server has a new key, set pin to it; if not, another host answers in its place"
        return Failure(f"its certificate has another key than the pin: {cause}", hint, sent=sent, again=False)
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = getattr(cause, "verify_message", "") or str(cause)
        hint = _NOT_TRUSTED.get(getattr(cause, "verify_code", 0), _UNKNOWN_SIGNER)
        return Failure(f"its TLS certificate is not trusted: {one_line(why)}", hint, sent=sent, again=False)
    reason = getattr(cause, "reason", None) or str(cause)
    return Failure(f"TLS failed: {one_line(reason)}", _TLS_HINTS.get(reason, ""), sent=sent, again=False)


def _os_error(error: BaseException) -> OSError | None:
    """The error of the operating system that caused an error of httpx or httpcore."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, OSError):
        seen = seen.__cause__ or seen.__context__
    return seen
