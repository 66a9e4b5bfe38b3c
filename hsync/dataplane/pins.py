"""Pins: digests of the public keys that a server may have, in curl's format.

    sha256//BASE64 of SHA-256 of the certificate's SubjectPublicKeyInfo, several with `;` between them

Rule 1: a pin is checked in addition to the certificate, never instead of it.
Rule 2: a certificate that this module cannot parse is refused: its key is not pinned.

    openssl s_client -connect HOST:PORT </dev/null | openssl x509 -pubkey -noout |
        openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64

Source: RFC 7469 2.4; curl's `--pinnedpubkey`; RFC 5280 4.1 (the fields of a certificate); X.690 8.1 and 10.1 (DER).
"""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Iterable

from hsync.errors import UsageError

__all__ = ["OtherKeyError", "key_digest", "pins_of", "refuse_other_key"]

_PREFIX = "sha256//"
_INTEGER, _BITS, _SEQUENCE, _VERSION = 0x02, 0x03, 0x30, 0xA0
_BEFORE_THE_KEY = (_INTEGER, _SEQUENCE, _SEQUENCE, _SEQUENCE, _SEQUENCE)
"""Fields of a certificate between its version and its key: serial number, algorithm, issuer, validity, subject."""


class OtherKeyError(ssl.SSLError):
    """The key of the server's certificate is not pinned."""


def pins_of(text: str) -> frozenset[bytes]:
    """Parse pins.

    Args:
        text: `sha256//BASE64`, several with `;` between them; "" for none.

    Returns:
        The digests.

    Raises:
        UsageError: the text has another form.
    """
    return frozenset(_pin(one.strip()) for one in text.split(";")) if text else frozenset()


def _pin(text: str) -> bytes:
    try:
        digest = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except ValueError:  # not base64, or not ASCII
        digest = b""
    if not text.startswith(_PREFIX) or len(digest) != hashlib.sha256().digest_size:
        raise UsageError(
            f"malformed pin: {text!r}", hint=f"give {_PREFIX} and the base64 of 32 bytes, as for curl's --pinnedpubkey"
        )
    return digest


def refuse_other_key(certificate: bytes, pins: Iterable[bytes]) -> None:
    """Refuse a certificate whose key is not pinned.

    Args:
        certificate: from the server, in DER.
        pins: digests of keys; empty to accept any key.

    Raises:
        OtherKeyError: the key is not pinned.
    """
    allowed = set(pins)
    if not allowed:
        return
    found = key_digest(certificate)
    if found not in allowed:
        raise OtherKeyError(f"{_PREFIX}{base64.b64encode(found).decode()}" if found else "a key that cannot be read")


def key_digest(certificate: bytes) -> bytes:
    """SHA-256 of the public key (SubjectPublicKeyInfo) of a certificate; empty if the certificate cannot be parsed.

    Args:
        certificate: in DER.
    """
    try:
        body, behind = _element(certificate, _SEQUENCE)
        _require(not behind)
        fields, _ = _element(body, _SEQUENCE)
        if fields[:1] == bytes([_VERSION]):
            _, fields = _element(fields, _VERSION)
        for tag in _BEFORE_THE_KEY:
            _, fields = _element(fields, tag)
        key, behind = _element(fields, _SEQUENCE)
        _, bits = _element(key, _SEQUENCE)
        _require(not _element(bits, _BITS)[1])
    except _NoDerError:
        return b""
    return hashlib.sha256(fields[: len(fields) - len(behind)]).digest()


class _NoDerError(Exception):
    """Bytes that are not DER."""


def _require(condition: bool) -> None:  # noqa: FBT001 - as `assert`
    if not condition:
        raise _NoDerError


def _element(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first DER element, which must have this tag, and the bytes after the element."""
    _require(len(data) >= 2 and data[0] == tag)
    size, at = data[1], 2
    if size >= 0x80:
        count = size & 0x7F
        _require(1 <= count <= 4 and len(data) >= 2 + count)
        size, at = int.from_bytes(data[2 : 2 + count]), 2 + count
        _require(size >= 0x80 and data[2] != 0)
    _require(len(data) >= at + size)
    return data[at : at + size], data[at + size :]
