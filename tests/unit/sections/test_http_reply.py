"""The reply of deny, return and http-error: its words, and words that the server would drop."""

from __future__ import annotations

import pytest

from hsync.schema import Fields, Mismatch, Reader
from hsync.sections.http_reply import Reply, status_words

DENY = Reply(status_words("deny_status", "deny_status", "status"), status_field="deny_status")
ERROR = Reply(blank_type=True)

BOTH_WAYS: list[tuple[Reply, str, Fields]] = [
    (DENY, "", {}),
    (DENY, "deny_status 509", {"deny_status": 509}),
    (DENY, "string x", {"return_content_format": "string", "return_content": "x"}),
    (
        DENY,
        "deny_status 404 errorfile /f",
        {"deny_status": 404, "return_content_format": "errorfile", "return_content": "/f"},
    ),
    (DENY, "deny_status 400 default-errorfiles", {"deny_status": 400, "return_content_format": "default-errorfiles"}),
    (DENY, "hdr a b hdr c d", {"return_hdrs": [{"name": "a", "fmt": "b"}, {"name": "c", "fmt": "d"}]}),
    (ERROR, "", {"return_content_type": ""}),
    (ERROR, "content-type text/plain", {"return_content_type": "text/plain"}),
    (ERROR, "default-errorfiles", {"return_content_format": "default-errorfiles", "return_content_type": ""}),
]

DROPPED = [
    ("a status above its own list", "deny_status 510"),
    ("a status that no error file may have", "status 418 errorfiles e"),
    ("a header beside an error file", "deny_status 400 errorfile /f hdr a b"),
    ("a lone word", "default-errorfiles"),
    ("a format without its content", "deny_status 400 string"),
    ("an unknown word", "deny_status 400 text"),
]


@pytest.mark.parametrize(("reply", "text", "fields"), BOTH_WAYS, ids=[row[1] or "nothing" for row in BOTH_WAYS])
def test_a_reply_goes_both_ways(reply: Reply, text: str, fields: Fields) -> None:
    into: Fields = {}
    reply.read(Reader(text.split()), into)
    assert into == fields
    assert reply.write(into) == text.split()


@pytest.mark.parametrize("text", [row[1] for row in DROPPED], ids=[row[0] for row in DROPPED])
def test_what_the_server_would_drop_does_not_fit(text: str) -> None:
    reader = Reader(text.split())
    with pytest.raises(Mismatch):  # noqa: PT012 - either of the two refuses
        DENY.read(reader, {})
        reader.done()


def test_a_content_beside_default_errorfiles_is_not_written() -> None:
    body: Fields = {"return_content_format": "default-errorfiles", "return_content": "/f"}
    assert ERROR.write(body) == ["default-errorfiles"]


def test_a_format_without_content_is_written_as_the_server_does() -> None:
    assert DENY.write({"return_content_format": "errorfile"}) == ["errorfile"]
