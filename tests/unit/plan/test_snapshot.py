"""Snapshots: the server's header lines, digests without them, and whether disk and memory agree."""

from __future__ import annotations

import hashlib

import pytest

from hsync.dataplane import Snapshot, digest
from hsync.plan.snapshot import split_header

BODY = "global\n  daemon\n"
NOTE = "# Dataplaneapi managed File\n# changing file directly can cause a conflict if dataplaneapi is running\n"


def headed(version: int, body: str = BODY, note: str = "") -> str:
    rest = f"# _version={version}\n{note}\n{body}"
    return f"# _md5hash={hashlib.md5(rest.encode()).hexdigest()}\n{rest}"


@pytest.mark.parametrize("text", [BODY, headed(1), headed(41), headed(7, note=NOTE), f"# _version=3\n{BODY}"])
def test_the_digest_leaves_the_server_s_header_out(text: str) -> None:
    assert split_header(text)[1] == BODY
    assert digest(text) == digest(BODY) == Snapshot.of(text, 1).sha256
    assert "".join(split_header(text)).replace("\n\n", "\n") == text.replace("\n\n", "\n")


def test_comments_that_are_not_the_server_s_belong_to_the_text() -> None:
    assert split_header("# mine\n" + BODY) == ("", "# mine\n" + BODY)
    assert digest("# mine\n" + BODY) != digest(BODY)


@pytest.mark.parametrize(
    ("text", "version", "expected"),
    [
        (BODY, 1, ""),
        (headed(5), 5, ""),
        (headed(5, note=NOTE), 5, ""),
        (headed(5), 6, "a reload failed: the server restored version 5 on disk, its memory still has version 6"),
        (headed(7), 6, "the file on disk has version 7, the server's memory has 6"),
        (headed(5).replace("daemon", "demon"), 6, "the file on disk has version 5, the server's memory has 6"),
        (BODY, 2, "the file on disk has no version, the server's memory has version 2"),
        (headed(5).replace("daemon", "demon"), 5, "the text does not match its own _md5hash line"),
    ],
)
def test_disk_and_memory_that_disagree_are_told(text: str, version: int, expected: str) -> None:
    found = Snapshot.of(text, version).split_brain
    assert found.startswith(expected)
    assert bool(found) == bool(expected)


@pytest.mark.parametrize(
    ("text", "version", "ahead"),
    [
        (headed(5), 6, True),
        ("# _version=5\n" + BODY, 6, True),
        (headed(5), 5, False),
        (headed(7), 6, False),
        (BODY, 2, False),
        (headed(5).replace("daemon", "demon"), 6, False),
    ],
)
def test_only_an_older_text_of_the_server_s_own_is_a_failed_reload(text: str, version: int, ahead: bool) -> None:
    found = Snapshot.of(text, version)
    assert found.memory_ahead is ahead
    assert found.text_version == (5 if ahead else version)


def test_undecodable_bytes_have_a_digest_of_their_own() -> None:
    one = b"global\n  description caf\xe9\n".decode("utf-8", "surrogateescape")
    assert digest(one) == hashlib.sha256(b"global\n  description caf\xe9\n").hexdigest()
