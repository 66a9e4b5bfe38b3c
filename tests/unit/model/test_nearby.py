"""A misspelt keyword is answered with the nearest known one; a strange one with nothing."""

from __future__ import annotations

import pytest

from hsync.model import did_you_mean


@pytest.mark.parametrize(
    ("kind", "line", "near"),
    [
        ("frontend", "http-request set-heder X y", "http-request set-header"),
        ("frontend", "http-requst deny", "http-request deny"),
        ("backend", "timeout servr 5s", "timeout server"),
        ("backend", "option forwadfor", "option forwardfor"),
        ("global", "maxcon 5", "maxconn"),
        ("frontend", "zzz", ""),
        ("frontend", "http-request set-header X", ""),
        ("listen", "bnd :80", "bind"),
        ("listen", "balnce roundrobin", "balance"),
        ("program", "comand x", ""),
        ("", "maxcon 5", ""),
    ],
)
def test_the_nearest_known_keyword(kind: str, line: str, near: str) -> None:
    assert did_you_mean(kind, line.split()) == near
