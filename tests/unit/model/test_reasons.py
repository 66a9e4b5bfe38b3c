"""Reasons of opaque lines: a reason names the word that the API cannot express, and no unrelated keyword."""

from __future__ import annotations

import pytest

from hsync.model import Configuration

NO_SUCH = [
    ("backend b", "option dontlognull", "no `option dontlognull` in a backend section"),
    ("defaults d", "option http-use-htx", "no `option http-use-htx` in a defaults section"),
    ("backend b", "http-request set-hedaer X y", "no `http-request set-hedaer` in a backend section"),
    ("frontend f", "tcp-request content foo", "no `tcp-request content foo` in a frontend section"),
    ("backend b", "timeout foo 1s", "no field for 'timeout foo'"),
    ("backend b", "no option foo", "no field for 'no option foo'"),
    ("global", "stats foo", "no field for 'stats foo'"),
]

NOT_SO = [
    ("backend b", "mode foo", "'foo' here: it expects http or tcp or log"),
    ("backend b", "server s 192.0.2.1:80 weight x", "'x' here: it expects a number (weight)"),
    ("backend b", "server s 192.0.2.1:80 foo", "'foo' in this line"),
    ("global", "maxconn 5 6", "'6' in this line"),
    ("backend b", "source :12", "':12' here: it expects one word with source.address and source.port"),
]

INCOMPLETE = [
    ("global", "maxconn", "a number (performance_options.maxconn)"),
    ("backend b", "errorfile 404", "a word (file)"),
    ("backend b", "mode", "http or tcp or log"),
    ("defaults d", "log-format", "words (log_format)"),
    ("backend b", "source", "one word with source.address and source.port"),
]


@pytest.mark.parametrize(
    ("header", "line", "reason"),
    [
        *((header, line, f"the Data Plane API has {reason}") for header, line, reason in NO_SUCH),
        *((header, line, f"the Data Plane API cannot express {reason}") for header, line, reason in NOT_SO),
        *(
            (header, line, f"incomplete line: the Data Plane API expects {expected}")
            for header, line, expected in INCOMPLETE
        ),
    ],
)
def test_the_reason_names_what_the_api_has_no_place_for(header: str, line: str, reason: str) -> None:
    configuration = Configuration.from_text(f"{header}\n  {line}\n")
    (key,) = configuration.sections
    assert [one.reason for one in configuration.resources(key).opaque] == [reason]
