"""Why a line must stay text: the reason names the word that the API has no place for, and nothing beside the point."""

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
    ("backend b", "mode foo", "'foo' here (it knows http or tcp or log)"),
    ("backend b", "server s 192.0.2.1:80 weight x", "'x' here (it knows a number (weight))"),
    ("backend b", "server s 192.0.2.1:80 foo", "'foo' at this place"),
    ("global", "maxconn 5 6", "'6' at this place"),
    ("global", "maxconn", "'the end of the line' here (it knows a number (performance_options.maxconn))"),
    ("backend b", "errorfile 404", "'the end of the line' here (it knows a word (file))"),
    ("backend b", "mode", "'the end of the line' here (it knows http or tcp or log)"),
    ("defaults d", "log-format", "'the end of the line' here (it knows words (log_format))"),
    ("backend b", "source :12", "':12' here (it knows one word with source.address and source.port)"),
    ("backend b", "source", "'the end of the line' here (it knows one word with source.address and source.port)"),
]


@pytest.mark.parametrize(
    ("header", "line", "reason"),
    [
        *((header, line, f"the Data Plane API has {reason}") for header, line, reason in NO_SUCH),
        *((header, line, f"the Data Plane API cannot express {reason}") for header, line, reason in NOT_SO),
    ],
)
def test_the_reason_names_what_the_api_has_no_place_for(header: str, line: str, reason: str) -> None:
    configuration = Configuration.from_text(f"{header}\n  {line}\n")
    (key,) = configuration.sections
    assert [one.reason for one in configuration.bound(key).opaque] == [reason]
