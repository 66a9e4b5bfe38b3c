"""Changes for a reviewer: one resource each, minimal, with attributes before and after, without secrets."""

from __future__ import annotations

import pytest

from hsync.model import Address, Configuration
from hsync.plan.fields import changed, masked_line
from hsync.plan.plan import Action, Change
from hsync.schema import Fields
from hsync.secrecy import MASK
from tests.drafts import draft


def changes(before: str, after: str) -> list[Change]:
    return list(draft(Configuration.from_text(before), Configuration.from_text(after, "d.cfg"), api="3.4").changes)


def short(before: str, after: str) -> list[tuple[str, str]]:
    return [(change.action.value, str(change.address)) for change in changes(before, after)]


def test_a_changed_server_shows_only_what_changed() -> None:
    (change,) = changes(
        "backend a\n  server s 10.0.0.1:80 check weight 100\n", "backend a\n  server s 10.0.0.1:80 check weight 50\n"
    )
    assert change == Change(
        Action.UPDATE,
        Address.parse_change("backends/a/servers/s"),
        {"weight": 100},
        {"weight": 50},
        "server s 10.0.0.1:80 check weight 100",
        "server s 10.0.0.1:80 check weight 50",
        None,
        "d.cfg:2",
    )


def test_attributes_that_come_and_go_are_on_one_side_only() -> None:
    (change,) = changes("backend a\n  mode http\n  balance first\n", "backend a\n  mode http\n  timeout server 5s\n")
    assert (change.before, change.after) == ({"balance.algorithm": "first"}, {"server_timeout": 5000})
    assert change.source == "d.cfg:3"


def test_a_new_section_lists_its_children() -> None:
    assert short("", "backend a\n  mode http\n  server s 10.0.0.1:80\n  odd line\n") == [
        ("create", "backends/a"),
        ("create", "backends/a/servers/s"),
        ("create", "backends/a/lines[0]"),
    ]
    assert short("backend a\n  server s 10.0.0.1:80\n", "") == [
        ("delete", "backends/a"),
        ("delete", "backends/a/servers/s"),
    ]


def test_an_inserted_rule_is_one_change_and_a_moved_one_a_move() -> None:
    rules = [f"  http-request set-header X{n} {n}\n" for n in range(5)]
    text = "frontend a\n" + "".join(rules)
    assert short(text, text.replace(rules[2], "  http-request deny\n" + rules[2])) == [
        ("create", "frontends/a/http_request_rules[2]")
    ]
    (move,) = changes(text, "frontend a\n" + "".join([rules[4], *rules[:4]]))
    assert (move.action, str(move.address), move.was) == (Action.MOVE, "frontends/a/http_request_rules[0]", 4)


def test_a_rule_with_another_condition_is_an_update() -> None:
    (change,) = changes("frontend a\n  http-request deny if x\n", "frontend a\n  http-request deny if y\n")
    assert (change.action, change.before, change.after) == (Action.UPDATE, {"cond_test": "x"}, {"cond_test": "y"})


def test_lines_of_listen_are_shown_one_by_one() -> None:
    (change,) = changes("listen a\n  bind :80\n  mode http\n", "listen a\n  bind :81\n  mode http\n")
    assert (change.action, str(change.address)) == (Action.UPDATE, "listen/a/lines[0]")
    assert (change.line_before, change.line_after) == ("bind :80", "bind :81")


UNITS = [
    ("backend a\n", "backend a\n  timeout check 2s\n  fullconn 9\n", {"check_timeout": "ms"}),
    ("backend a\n  timeout check 2s\n", "backend a\n", {"check_timeout": "ms"}),
    ("", "backend a\n  timeout check 2s\n", {"check_timeout": "ms"}),
    ("global\n", "global\n  tune.bufsize 32k\n", {"tune_buffer_options.bufsize": "B"}),
    ("backend a\n  server s h:1 weight 2\n", "backend a\n  server s h:1 check inter 2s\n", {"inter": "ms"}),
    ("backend a\n", "backend a\n  server s h:1 check inter 2s weight 3\n", {"inter": "ms"}),
    ("listen l\n  timeout check 2s\n", "listen l\n  timeout check 3s\n", {}),
]


@pytest.mark.parametrize(("before", "after", "units"), UNITS)
def test_times_and_sizes_have_their_unit(before: str, after: str, units: dict[str, str]) -> None:
    (change,) = changes(before, after)
    assert change.units == units


def test_secrets_are_shown_nowhere() -> None:
    before = "userlist u\n  user a insecure-password hunter2\n"
    after = "userlist u\n  user a insecure-password correcthorse\n"
    (change,) = changes(before, after)
    assert (change.before, change.after) == ({"password": MASK}, {"password": MASK})
    assert "hunter2" not in repr(change)
    assert "correcthorse" not in repr(change)
    created = changes("", after)
    assert "correcthorse" not in repr(created)


def test_changed_names_nested_attributes_and_whole_lists() -> None:
    before: Fields = {"a": {"b": 1, "c": 2}, "list": [1, 2], "gone": "x"}
    after: Fields = {"a": {"b": 1, "c": 3}, "list": [1, 2, 3], "new": {"d": {"e": 1}}}
    assert changed(before, after) == (
        {"a.c": 2, "list": [1, 2], "gone": "x"},
        {"new.d.e": 1, "a.c": 3, "list": [1, 2, 3]},
    )
    assert changed({"a": '"x"'}, {"a": "x"}) == ({}, {})
    assert changed({}, {"a": {"b": 1}}) == ({}, {"a.b": 1})
    assert changed({"a": {"b": 1}}, {}) == ({"a.b": 1}, {})


def test_comments_at_the_end_of_changed_lines_are_counted() -> None:
    made = draft(
        Configuration.from_text("backend a\n  server s1 192.0.2.1:80\n  server s2 192.0.2.2:80\n"),
        Configuration.from_text("backend a\n  server s1 192.0.2.1:81 # one\n  server s2 192.0.2.2:81 # two\n"),
        api="3.4",
    )
    what = "2 comments at the end of changed lines are not sent: the API has no field for them"
    assert made.notes == (what,)


def test_differences_in_comments_are_told_and_not_sent() -> None:
    made = draft(
        Configuration.from_text("backend a\n  # one\n  mode http\n"),
        Configuration.from_text("backend a\n  # two\n  mode http\n"),
        api="3.4",
    )
    assert made.operations == ()
    assert made.notes == ("comments differ in backend a: HAProxy ignores them, nothing is sent",)


def test_a_short_secret_is_hidden_only_where_it_stands_alone() -> None:
    (change,) = changes("backend a\n", "backend a\n  stats auth bob:b\n")
    assert (change.after or {})["stats_options.stats_auths"] == MASK
    assert masked_line("stats auth bob:b path_beg", {"b"}) == f"stats auth bob:{MASK} path_beg"
    assert masked_line("abcdefgh abcdef", {"abcdef", "abcdefgh"}) == f"{MASK} {MASK}"


def test_secrets_in_lines_that_stay_text_are_hidden_too() -> None:
    made = changes("", "listen l\n  bind :80\n  stats auth admin:correcthorse\n")
    assert "correcthorse" not in repr(made)
    assert made[-1].line_after == f"stats auth admin:{MASK}"


def test_the_names_of_changed_attributes_come_in_one_order() -> None:
    before: Fields = {}
    after: Fields = dict.fromkeys("zyxabc", 1)
    assert list(changed(before, after)[1]) == sorted(after)


def test_what_stayed_is_not_shown_beside_much_that_came() -> None:
    (change,) = changes(
        "defaults d\nbackend a from d\n  mode http\n",
        "defaults d\nbackend a from d\n  mode http\n  option httpchk GET /\n  default-server fall 3\n  balance first\n",
    )
    assert change.before == {}
    assert set(change.after or {}) >= {"adv_check", "balance.algorithm", "default_server.fall"}
    assert not {"from", "mode"} & set(change.after or {})


def test_a_list_that_could_hold_a_secret_and_holds_none_is_shown() -> None:
    (change,) = changes("global\n", "global\n  stats socket /run/h.sock mode 600\n")
    assert (change.after or {})["runtime_apis"] == [{"address": "/run/h.sock", "mode": "600"}]


def test_a_name_of_the_defaults_above_is_no_change_beside_another_one() -> None:
    named, placed = "defaults d\nbackend a from d\n  mode http\n", "defaults d\nbackend a\n  mode tcp\n"
    for before, after in ((named, placed), (placed, named)):
        (change,) = changes(before, after)
        assert (change.before or {}).keys() == (change.after or {}).keys() == {"mode"}
