"""Changes that operations cannot make need the raw lane."""

from __future__ import annotations

import pytest

from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.plan.obstacles import obstacles

CRT_STORE = "crt-store a.b\n  crt-base /c\n  key-base /k\n"
BACKEND = "backend a\n  server s 10.0.0.1:80\n"


def reasons(before: str, after: str, api: str = "3.4") -> list[str]:
    deltas = compare(Configuration.from_text(before), Configuration.from_text(after))
    return [one.reason for one in obstacles(deltas, api)]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("", "backend ..\n  mode http\n", "the API cannot have a section named '..'"),
        ("", "backend a/b\n  mode http\n", "the API cannot have a section named 'a/b'"),
        ("cache é\n  max-age 5\n", "", "the API cannot have a section named 'é'"),
        ("", "mailers a.b\n  mailer m 10.0.0.1:25\n", "the API cannot have a section named 'a.b'"),
        ("", "http-errors a:b\n  errorfile 404 /e\n", "the API cannot have a section named 'a:b'"),
        (CRT_STORE, CRT_STORE + "  load crt x\n", "the API cannot have a section named 'a.b'"),
        (BACKEND, BACKEND + "  server .. 10.0.0.2:80\n", "the API cannot have the name '..'"),
        (BACKEND + "  server . 10.0.0.2:80\n", BACKEND, "the API cannot have the name '.'"),
    ],
)
def test_a_name_that_no_path_can_hold_is_pushed_as_text(before: str, after: str, reason: str) -> None:
    assert reasons(before, after) == [reason]


@pytest.mark.parametrize(
    "text", ["backend a.b:c\n", "cache a.b\n  max-age 5\n", "fcgi-app a.b\n  docroot /d\n  option max-reqs 2\n"]
)
def test_most_sections_may_have_a_dot_in_their_name(text: str) -> None:
    assert reasons("", text) == []


def test_a_section_whose_name_no_body_may_hold_can_be_deleted() -> None:
    assert reasons(CRT_STORE, "") == []


@pytest.mark.parametrize("name", ["a/b", "a%2Fb", "...", "a?b", "lines[0]", "é"])
def test_other_names_are_encoded(name: str) -> None:
    assert reasons(BACKEND, f"{BACKEND}  server {name} 10.0.0.2:80\n") == []


@pytest.mark.parametrize(
    ("before", "after", "api", "reason"),
    [
        ("", "backend a\n  server s h:80 idle-ping 5s\n", "3.1", "the API has idle_ping since 3.2"),
        ("", "frontend a\n  bind :80 ssl no-strict-sni\n", "3.1", "the API has no_strict_sni since 3.2"),
        ("", "frontend a\n  filter comp-req\n", "3.3", "the API has `filter comp-req` since 3.4"),
        ("frontend a\n", "frontend a\n  option forwarded\n", "3.3", "the API has forwarded.enabled since 3.4"),
        ("frontend a\n  option forwarded\n", "frontend a\n", "3.3", "would not remove the line"),
        ("backend a\n  server s h:80 idle-ping 5s\n", "backend a\n  server s h:80\n", "3.1", "not remove the line"),
        ("frontend a\n  filter comp-req\n", "frontend a\n", "3.3", "the API has `filter comp-req` since 3.4"),
    ],
)
def test_what_an_older_server_would_drop_or_keep_is_pushed_as_text(
    before: str, after: str, api: str, reason: str
) -> None:
    assert any(reason in one for one in reasons(before, after, api))


@pytest.mark.parametrize(
    ("before", "after", "api"),
    [
        ("", "backend a\n  server s h:80 no-tlsv10\n", "3.0"),
        ("", "frontend a\n  bind :80 ssl strict-sni\n", "3.0"),
        ("frontend a\n  option forwarded\n", "frontend a\n", "3.4"),
    ],
)
def test_what_an_older_field_says_too_or_nothing_asks_for_is_an_operation(before: str, after: str, api: str) -> None:
    assert reasons(before, after, api) == []


@pytest.mark.parametrize(
    ("line", "api", "reason"),
    [
        ("http-request sc-inc-gpc(0,1)", "3.2", "the API has `http-request sc-inc-gpc(0,1)` since 3.3"),
        ("http-request sc-inc-gpc(0,1)", "3.3", ""),
        ("bind :80 no-tls-tickets", "3.2", "the API has tls_tickets since 3.3"),
        ("bind :80 no-tls-tickets", "3.1", ""),  # an older field says it, and the server does not know the newer one
        ("log-tag ${TAG}", "3.3", "the API has log_tag '${TAG}' since 3.4"),
        ("log-tag it", "3.0", ""),
        ("log-tag ${TAG}", "3.4", ""),
    ],
)
def test_what_an_older_server_writes_wrongly_is_pushed_as_text_and_deleted_by_an_operation(
    line: str, api: str, reason: str
) -> None:
    text = f"frontend a\n  {line}\n"
    found = reasons("frontend a\n", text, api)
    assert [one[: len(reason)] for one in found] == ([reason] if reason else [])
    assert reasons(text, "frontend a\n", api) == []


@pytest.mark.parametrize(
    ("before", "after", "api", "reason"),
    [
        (
            BACKEND,
            BACKEND + "  server s 10.0.0.2:80\n",
            "3.4",
            "duplicate name: the API addresses these children by name",
        ),
        (
            "peers p\n  odd x\n",
            "peers p\n  odd x\n  disabled\n",
            "3.4",
            "the API has no PUT for the section, and to create it again would lose lines",
        ),
        (
            "frontend f\n  mode http\n",
            "frontend f\n  mode http\n  quic-initial accept\n",
            "3.0",
            "the API has frontend quic_initial_rules since 3.1, the server's API is 3.0 and would drop or change it",
        ),
    ],
)
def test_what_no_request_can_do_is_pushed_as_text(before: str, after: str, api: str, reason: str) -> None:
    assert reasons(before, after, api) == [reason]
