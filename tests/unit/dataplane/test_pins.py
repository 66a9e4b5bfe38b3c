"""Pins: their form, the key of a certificate, and bytes that are no certificate."""

from __future__ import annotations

import base64
import hashlib
import ssl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsync.dataplane.pins import OtherKeyError, key_digest, pins_of, refuse_other_key
from hsync.errors import UsageError
from tests.unit.dataplane.pki import needs_openssl, openssl

DIGEST = bytes(range(32))
PIN = f"sha256//{base64.b64encode(DIGEST).decode()}"
OTHER = f"sha256//{base64.b64encode(bytes(32)).decode()}"


@pytest.mark.parametrize(
    ("text", "digests"),
    [("", set()), (PIN, {DIGEST}), (f"{PIN};{OTHER}", {DIGEST, bytes(32)}), (f"{PIN} ; {PIN}", {DIGEST})],
)
def test_pins_are_read_as_curl_s(text: str, digests: set[bytes]) -> None:
    assert pins_of(text) == digests


@pytest.mark.parametrize(
    "text",
    [
        "sha256//",
        "sha256/" + PIN.removeprefix("sha256//"),
        PIN.removeprefix("sha256//"),
        PIN.replace("sha256", "sha1"),
        PIN[:-4],
        PIN.replace("A", "\u2026", 1),
        PIN + "AAAA",
        PIN.replace("A", "!", 1),
        f"{PIN};",
        f";{PIN}",
        f"{PIN},{OTHER}",
        "key.pem",
    ],
)
def test_what_is_no_pin_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="malformed pin") as caught:
        pins_of(text)
    assert "sha256//" in caught.value.hint


def der_of(folder: Path, name: str) -> bytes:
    return ssl.PEM_cert_to_DER_cert((folder / f"{name}.pem").read_text(encoding="ascii"))


KEYS = {
    "rsa": ("-newkey", "rsa:2048"),
    "ec": ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"),
    "ed25519": ("-newkey", "ed25519"),
}


@needs_openssl
@pytest.mark.parametrize("kind", KEYS)
def test_the_key_of_a_certificate_is_the_one_that_openssl_finds(tmp_path: Path, kind: str) -> None:
    subject = ("-subj", "/C=DE/O=Ünïcode " + "x" * 40 + "/CN=edge1.example", "-utf8", "-days", "2", "-nodes")
    openssl(tmp_path, "req", "-x509", *KEYS[kind], *subject, "-keyout", "k", "-out", "c.pem")
    public = openssl(tmp_path, "x509", "-in", "c.pem", "-pubkey", "-noout")
    expected = hashlib.sha256(openssl(tmp_path, "pkey", "-pubin", "-outform", "der", given=public)).digest()
    certificate = der_of(tmp_path, "c")
    assert key_digest(certificate) == expected
    refuse_other_key(certificate, {expected, bytes(32)})
    with pytest.raises(OtherKeyError, match=f"sha256//{base64.b64encode(expected).decode()}".replace("+", r"\+")):
        refuse_other_key(certificate, {bytes(32)})


def element(tag: int, body: bytes) -> bytes:
    size = len(body)
    long = size.to_bytes(2) if size > 255 else size.to_bytes(1)
    return bytes([tag, size]) + body if size < 128 else bytes([tag, 0x80 + len(long)]) + long + body


SERIAL, SEQUENCE = element(2, b"\1"), element(0x30, b"")
KEY = element(0x30, SEQUENCE + element(3, b"key" * 60))


def certificate(*, version: bytes = element(0xA0, SERIAL), key: bytes = KEY, behind: bytes = b"") -> bytes:
    fields = version + SERIAL + SEQUENCE * 4 + key + element(0xA3, b"more")
    return element(0x30, element(0x30, fields) + SEQUENCE) + behind


def test_a_certificate_may_leave_its_version_out() -> None:
    found = hashlib.sha256(KEY).digest()
    assert key_digest(certificate()) == key_digest(certificate(version=b"")) == found


NO_CERTIFICATE = {
    "nothing": b"",
    "one byte": b"\x30",
    "another type": b"\x31" + certificate()[1:],
    "cut": certificate()[:-1],
    "more behind it": certificate(behind=b"\0"),
    "a field too many": certificate(version=element(0xA0, SERIAL) + SERIAL),
    "a field too few": certificate(version=element(0xA0, SERIAL), key=b""),
    "a key without bits": certificate(key=element(0x30, SEQUENCE)),
    "a key with more": certificate(key=element(0x30, SEQUENCE + element(3, b"x") + SEQUENCE)),
    "no sequence as the key": certificate(key=element(4, b"x")),
    "no fields": element(0x30, SEQUENCE),
    "a field of another type": element(0x30, element(0x31, b"x")),
    "a length without an end": b"\x30\x80" + certificate() + b"\0\0",
    "a length that is longer than it must be": b"\x30\x81\x05" + element(0x30, b"abc"),
    "a length with a zero in front": b"\x30\x82\x00\x85" + b"x" * 0x85,
    "a length of five bytes": b"\x30\x85\x01\x00\x00\x00\x00",
    "a length that is not all there": b"\x30\x82\x01",
}


@pytest.mark.parametrize("what", NO_CERTIFICATE)
def test_what_is_no_certificate_has_no_pinned_key(what: str) -> None:
    assert key_digest(NO_CERTIFICATE[what]) == b""
    with pytest.raises(OtherKeyError, match="a key that cannot be read"):
        refuse_other_key(NO_CERTIFICATE[what], {hashlib.sha256(b"").digest()})
    refuse_other_key(NO_CERTIFICATE[what], ())


@given(st.binary(max_size=300), st.integers(0, 400), st.binary(max_size=4))
def test_no_bytes_break_the_reader(noise: bytes, at: int, change: bytes) -> None:
    key_digest(noise)
    good = certificate()
    key_digest(good[:at] + change + good[at + len(change) :])
