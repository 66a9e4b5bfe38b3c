from __future__ import annotations

import pytest

from hsync.plan.places import places_in, remembered, secrets_at

FOUND: list[tuple[str, str, str, set[str]]] = [
    ("the same line", "http-request set-header X-Kind (secret)", "http-request set-header X-Kind hunter2", {"hunter2"}),
    ("with a condition", "http-request set-header X-Kind (secret)", "http-request set-header X-Kind hunter2 if x", {"hunter2"}),
    ("without one", "http-request set-header X-Kind (secret) if x", "http-request set-header X-Kind hunter2", {"hunter2"}),
    ("within a word", "monitor-uri /(secret)", "monitor-uri /hunter2", {"hunter2"}),
    ("a part of a word", "redirect location a://b:(secret)@c code 301", "redirect location a://b:hunter2@c", {"hunter2"}),
    ("with a tail", "set-var proc.x str((secret))", "set-var proc.x str(hunter2)", {"hunter2"}),
    ("two of them", "cookie (secret) domain (secret)", "cookie hunter2 domain hunter3", {"hunter2", "hunter3"}),
    ("one of two", "cookie (secret) domain (secret)", "cookie hunter2 domain", {"hunter2"}),
    ("within quotes", 'description "a (secret) c"', 'description "a hunter2 c"', {"hunter2"}),
    ("more of them within quotes", 'description "a (secret) c"', 'description "a hun ter2 c"', {"hun ter2"}),
    ("a comment of some words", "# (secret)", "# hunter2 is it", {"hunter2 is it", "hunter2"}),
    ("quoted", "description (secret)", 'description "a bc"', {'"a bc"', "a bc"}),
    ("with an escape", "description (secret)", r"description a\ bc", {r"a\ bc", "a bc"}),
    ("a comment", "# note (secret)", "# note hunter2", {"hunter2"}),
    ("behind a line", "daemon # (secret)", "daemon # hunter2", {"hunter2"}),
    ("nothing there", "daemon # (secret)", "daemon", set()),
    ("nothing behind", "http-request set-header X-Kind (secret)", "http-request set-header X-Kind", set()),
    ("another line", "http-request set-header X-Kind (secret)", "http-request set-header X-Other hunter2", set()),
    ("another begin", "monitor-uri /(secret)", "monitor-uri hunter2", set()),
    ("a name that says so", "user a password (secret)", "user a password hunter2", set()),
    ("short", "maxconn (secret)", "maxconn abc", set()),
    ("a small number", "maxconn (secret)", "maxconn 1000", set()),
    ("a large number", "maxconn (secret)", "maxconn 10000", {"10000"}),
    ("the first word", "(secret) x", "hunter2 x", set()),
    ("masked", "description (secret)", "description (secret)", set()),
]  # fmt: skip


@pytest.mark.parametrize(("what", "place", "line", "secrets"), FOUND, ids=[row[0] for row in FOUND])
def test_what_stands_at_a_place_is_a_secret(what: str, place: str, line: str, secrets: set[str]) -> None:
    assert secrets_at([place], ["frontend f", f"  {line}"]) == secrets, what


@pytest.mark.parametrize(
    ("public", "secrets"),
    [("", {"hunter2"}), ("mode hunter2", set()), ("mode hunter22", {"hunter2"}), ("a/hunter2;", set())],
)
def test_what_the_project_has_in_clear_is_none(public: str, secrets: set[str]) -> None:
    assert secrets_at(["description (secret)"], ["description hunter2"], public) == secrets


def test_the_places_of_a_plan_are_the_masked_lines_of_its_diff() -> None:
    diff = ["@@ global (secret) @@", "  description (secret)", "-   node (secret)", "+ node b", "+ cookie (secret)"]
    assert list(places_in(diff, "+ ")) == ["description (secret)", "cookie (secret)"]
    assert list(places_in(diff, "- ")) == ["description (secret)", "node (secret)"]


def test_a_place_stays_when_it_is_empty_and_a_new_one_counts_where_it_hides_something() -> None:
    put = ["node (secret)", "user a password (secret)", "cookie (secret)", "description (secret)"]
    lines = ["node canary", "user a password canary", "description canary"]
    assert remembered(["monitor-uri (secret)"], put, lines) == (
        "monitor-uri (secret)", "node (secret)", "description (secret)",
    )  # fmt: skip


def test_of_very_many_places_the_latest_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hsync.plan.places._MOST", 2)
    known = [f"a{number} (secret)" for number in range(3)]
    assert remembered(known, ["a0 (secret)"], ["a0 canary"]) == ("a2 (secret)", "a0 (secret)")
