"""The header lines: reading, writing, and the check of the digest."""

from __future__ import annotations

import pytest

from hsync.dataplane.embedded.header import Header, read_header, write_header
from hsync.plan.snapshot import Snapshot


@pytest.mark.parametrize("body", ["", "\nglobal\n", "# comment\n", "\ncaf\udce9\n"])
@pytest.mark.parametrize("disclaimer", [True, False])
def test_what_is_written_is_read(body: str, disclaimer: bool) -> None:
    text = write_header(body, 7, disclaimer=disclaimer)
    header = read_header(text)
    assert (header.version, header.disclaimer, header.genuine) == (7, disclaimer, True)
    assert text.endswith(body)
    assert Snapshot.of(text, 7).split_brain == ""


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("global\n", Header(None, "", disclaimer=False, genuine=False)),
        ("# _version=3\nglobal\n", Header(3, "", disclaimer=False, genuine=False)),
        (f"# _md5hash={'0' * 32}\n# _version=3\nglobal\n", Header(3, "0" * 32, disclaimer=False, genuine=False)),
    ],
)
def test_headers_of_other_texts(text: str, header: Header) -> None:
    assert read_header(text) == header
