from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from hsync.dataplane.endpoint import Endpoint, absolute, endpoint_of, tls_context
from hsync.errors import UsageError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h:5555", Endpoint("http://h:5555", "http://h:5555/v3", "http://h:5555")),
        ("HTTP://H.Example:80/", Endpoint("http://h.example", "http://h.example/v3", "http://h.example")),
        ("https://h:443/v3/", Endpoint("https://h", "https://h/v3", "https://h")),
        ("http://h:443", Endpoint("http://h:443", "http://h:443/v3", "http://h:443")),
        ("https://h/dp/v3", Endpoint("https://h/dp/v3", "https://h/dp/v3", "https://h/dp")),
        ("https://[0:0::1]:5555", Endpoint("https://[::1]:5555", "https://[::1]:5555/v3", "https://[::1]:5555")),
        ("https://h.example.", Endpoint("https://h.example", "https://h.example/v3", "https://h.example")),
        ("https://[::1]:5555/v3", Endpoint("https://[::1]:5555", "https://[::1]:5555/v3", "https://[::1]:5555")),
        (
            "unix:///run/a b?.sock",
            Endpoint("unix:///run/a b?.sock", "http://localhost/v3", "http://localhost", "/run/a b?.sock"),
        ),
        ("file:/etc/./x/../h#1.cfg", Endpoint("file:/etc/h#1.cfg", "http://embedded/v3", "http://embedded")),
    ],
)
def test_a_url_is_normalised(url: str, expected: Endpoint) -> None:
    assert endpoint_of(url) == expected
    assert endpoint_of(expected.identity) == expected, "an identity leads to the same target again"


@pytest.mark.parametrize(
    ("url", "is_tls"), [("https://h", True), ("http://h", False), ("unix:///s", False), ("file:/f", False)]
)
def test_tls_is_known_from_the_url(url: str, is_tls: bool) -> None:
    assert endpoint_of(url).is_tls is is_tls


@pytest.mark.parametrize(
    ("url", "is_open"),
    [
        ("https://h", False),
        ("unix:///s", False),
        ("file:/f", False),
        ("http://localhost:5555", False),
        ("http://api.localhost", False),
        ("http://127.0.0.1", False),
        ("http://127.255.1.2:1", False),
        ("http://[::1]:5555", False),
        ("http://[::ffff:127.0.0.1]", False),
        ("http://h", True),
        ("http://localhost.example", True),
        ("http://notlocalhost", True),
        ("http://127.0.0.1.example", True),
        ("http://127.1", True),
        ("http://0.0.0.0", True),
        ("http://[::]", True),
        ("http://10.0.0.1", True),
        ("http://[fe80::1%25lo]", True),
        ("http://[::ffff:10.0.0.1]", True),
    ],
)
def test_plain_http_beyond_loopback_is_open_to_others(url: str, is_open: bool) -> None:
    assert endpoint_of(url).is_open is is_open


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://u:hunter2@h", "the URL of h has credentials"),
        ("https://u@h", "the URL of h has credentials"),
        ("https://:hunter2@", "the URL of a target has credentials"),
        ("ftp://h", "give http://HOST:PORT"),
        ("edge1:5555", "give http://HOST:PORT"),
        ("u:hunter2@h", "'h': give http://HOST:PORT"),
        ("https://", "give http://HOST:PORT"),
        ("", "give http://HOST:PORT"),
        ("http://h:99999", "Port out of range"),
        ("http://[::1", "Invalid IPv6"),
        ("http://[v1.a:b]:5", "Invalid IPv6 address"),
        ("http://h h", "give http://HOST:PORT"),
        ("http://-.ü--", "Invalid IDNA hostname"),
        ("http://h/v2", "end in /v3, the supported version"),
        ("http://h/v3?a=b", "a query or a fragment"),
        ("http://h/v3#a", "a query or a fragment"),
        ("unix://run/s", "the path must be absolute: unix:///PATH"),
        ("file:haproxy.cfg", "the path must be absolute: file:/PATH"),
    ],
)
def test_a_wrong_url_is_refused_by_name_and_shows_no_password(url: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        endpoint_of(url)
    assert why in caught.value.message
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_a_path_is_made_absolute_and_its_links_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to("elsewhere")
    monkeypatch.chdir(tmp_path)
    assert absolute("x/../link") == str(tmp_path / "link")


def test_the_system_s_authorities_are_trusted_by_default() -> None:
    context = tls_context(None, None, None)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file or directory"), ("", "not usable as PEM"), ("nonsense", "not usable as PEM")],
)
@pytest.mark.parametrize("which", ["ca_file", "client certificate"])
def test_a_file_that_does_not_serve_is_named(tmp_path: Path, which: str, content: str | None, why: str) -> None:
    file = tmp_path / "it.pem"
    if content is not None:
        file.write_text(content, encoding="ascii")
    with pytest.raises(UsageError, match=f"^{which} .*it.pem: {why}"):
        tls_context(file, None, None) if which == "ca_file" else tls_context(None, file, file)
