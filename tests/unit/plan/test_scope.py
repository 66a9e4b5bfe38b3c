"""Unmanaged sections stay unchanged; protected sections are not deleted."""

from __future__ import annotations

import pytest

from hsync.dataplane import DataplaneClient
from hsync.model import Configuration
from hsync.plan.limit import FIRST, Limit
from hsync.plan.scope import Scope, scoped, violations
from hsync.session import apply_plan, make_plan, read_desired
from hsync.syntax import emit

CURRENT = "backend a\n  mode http\nbackend b\n  mode http\nlisten l\n  bind :80\n"
DESIRED = "backend a\n  mode tcp\nbackend c\n  mode tcp\n"


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        (Scope(), "ac"),
        (Scope(prune=False), "ablc"),
        (Scope(prune=False, owned=frozenset({("backend", "b")})), "alc"),
        (Scope(ignore=("backend/b",)), "abc"),
        (Scope(ignore=("listen/*", "backend/c")), "al"),
        (Scope(ignore=("*",)), "abl"),
    ],
)
def test_sections_in_scope(scope: Scope, names: str) -> None:
    desired, _ = scoped(Configuration.from_text(CURRENT), Configuration.from_text(DESIRED), scope)
    assert [name for _, name in desired.sections] == list(names)


def test_what_is_left_alone_keeps_its_place_and_the_comments_above_it() -> None:
    current = "# head\nglobal\n  maxconn 1\n\n# theirs\nbackend them\n  mode tcp\n\n# ours\nbackend us\n  mode http\n"
    desired = "# new\n\nglobal\n  maxconn 2\n# about us\nbackend us\n  mode tcp\n# the end\n"
    made, alone = scoped(
        Configuration.from_text(current), Configuration.from_text(desired), Scope(ignore=("backend/them",))
    )
    assert alone == (("backend", "them"),)
    assert emit(made.document) == (
        "# new\n\nglobal\n  maxconn 2\n# theirs\nbackend them\n  mode tcp\n\n"
        "# about us\nbackend us\n  mode tcp\n# the end\n"
    )
    assert [made.sections[key].line for key in made.sections] == [3, 6, 6]


def test_what_is_left_alone_may_stand_first_last_or_by_itself() -> None:
    current = Configuration.from_text("# t\nbackend t\n  mode tcp\nbackend u\nbackend v")
    scope = Scope(ignore=("backend/t", "backend/v"))
    made, _ = scoped(current, Configuration.from_text("backend u\nbackend t\n"), scope)
    assert emit(made.document) == "# t\nbackend t\n  mode tcp\nbackend u\nbackend v\n"
    made, _ = scoped(current, Configuration.from_text("# nothing\n"), scope)
    assert emit(made.document) == "# nothing\n# t\nbackend t\n  mode tcp\nbackend v\n"


def test_an_ignored_section_is_neither_changed_nor_created() -> None:
    scope = Scope(ignore=("backend/a", "backend/c"), prune=False)
    desired, alone = scoped(Configuration.from_text(CURRENT), Configuration.from_text(DESIRED), scope)
    assert desired.sections["backend", "a"].text == "backend a\n  mode http\n"
    assert ("backend", "c") not in desired.sections
    assert ("backend", "a") in alone


def test_a_plan_in_scope_is_proved_applied_and_empty_again() -> None:
    client = DataplaneClient.embedded(text=CURRENT)
    target = client.as_target("t", "3.4")
    desired, scope = read_desired(DESIRED, "d"), Scope(prune=False)
    plan = make_plan(client, desired, target, scope=scope)
    assert [o.address for o in plan.operations] == ["backends/c", "backends/a"]
    assert plan.notes == (
        "unmanaged, because of ignore, or since hsync did not create them (prune = false): backend b, listen l",
    )
    assert apply_plan(client, plan).changed
    assert make_plan(client, desired, target, scope=scope).operations == ()


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(), ()),
        (Scope(protect=("backend/x*",)), ()),
        (Scope(protect=("backend/b",)), ("deletes backend b, which is protected",)),
        (Scope(protect=("listen/*",)), ("deletes listen l, which is protected",)),
        (Scope(max_delete=Limit(3)), ()),
        (Scope(max_delete=Limit(2)), ("deletes 3 resources, max_delete allows 2",)),
        (Scope(max_delete=Limit(share=67)), ()),
        (Scope(max_delete=Limit(share=66)), ("deletes 2 of 3 sections, max_delete allows 66%",)),
        (Scope(max_delete=FIRST), ()),  # two sections are few
        (Scope(max_delete=Limit(share=30, few=1)), ("deletes 2 of 3 sections, max_delete allows 30%",)),
    ],
)
def test_limits_refuse_a_plan(scope: Scope, expected: tuple[str, ...]) -> None:
    client = DataplaneClient.embedded(text=CURRENT)
    plan = make_plan(client, read_desired(DESIRED, "d"), client.as_target("t", "3.4"), scope=scope)
    assert violations(plan) == expected


def test_one_resource_is_not_called_resources() -> None:
    client = DataplaneClient.embedded(text="backend a\n  server s 192.0.2.1:80\n")
    scope = Scope(max_delete=Limit(0))
    plan = make_plan(client, read_desired("backend a\n", "d"), client.as_target("t", "3.4"), scope=scope)
    assert violations(plan) == ("deletes 1 resource, max_delete allows 0",)
