"""The operations for a difference: few requests, in an order that the server accepts, each with its inverse."""

from __future__ import annotations

import pytest

from hsync.model import Configuration
from hsync.plan.plan import Action
from tests.drafts import Draft, draft

BASE = """
global
  maxconn 100
defaults base
  mode http
  timeout client 5s
frontend www from base
  bind :80 name main
  acl is_a path_beg /a
  acl is_b path_beg /b
  http-request deny if is_a
  use_backend b1 if is_b
  default_backend b1
backend b1 from base
  balance roundrobin
  server s1 10.0.0.1:80
  server s2 10.0.0.2:80
  server s3 10.0.0.3:80
userlist ul
  user u password $5$x
"""


def edited(*edits: tuple[str, str]) -> str:
    text = BASE
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def drafted(before: str, after: str, api: str = "3.4") -> Draft:
    return draft(Configuration.from_text(before), Configuration.from_text(after), api=api)


def sent(made: Draft) -> list[str]:
    prefix = "/services/haproxy/configuration/"
    lines = []
    for operation in made.operations:
        query = "".join(f"?{name}={value}" for name, value in operation.request.query)
        lines.append(f"{operation.request.method} {operation.request.path.removeprefix(prefix)}{query}")
    return lines


S1, S2, S3 = ("  server s1 10.0.0.1:80\n", "  server s2 10.0.0.2:80\n", "  server s3 10.0.0.3:80\n")
BACKEND = "backend b2 from base\n  mode http\n"

CASES = {
    "an attribute of a section": ([("maxconn 100", "maxconn 200")], ["PUT global"]),
    "an attribute of a server": ([("10.0.0.2:80", "10.0.0.2:80 weight 5")], ["PUT backends/b1/servers/s2"]),
    "a server at the end": ([(S3, S3 + "  server s4 10.0.0.4:80\n")], ["POST backends/b1/servers"]),
    "a server less": ([(S2, "")], ["DELETE backends/b1/servers/s2"]),
    "a server before the last": (
        [(S3, "  server s2b 10.0.0.9:80\n" + S3)],
        ["DELETE backends/b1/servers/s3", "POST backends/b1/servers", "POST backends/b1/servers"],
    ),
    "two servers swapped": (
        [(S1 + S2 + S3, S1 + S3 + S2)],
        ["DELETE backends/b1/servers/s2", "POST backends/b1/servers"],
    ),
    "the first server moved to the end": (
        [(S1 + S2 + S3, S2 + S3 + S1)],
        ["DELETE backends/b1/servers/s1", "POST backends/b1/servers"],
    ),
    "a rule more": (
        [("  http-request deny if is_a\n", "  http-request deny if is_a\n  http-request deny if is_b\n")],
        ["PUT frontends/www/http_request_rules"],
    ),
    "acls swapped": (
        [("  acl is_a path_beg /a\n  acl is_b path_beg /b\n", "  acl is_b path_beg /b\n  acl is_a path_beg /a\n")],
        ["PUT frontends/www/acls"],
    ),
    "a backend that a frontend goes to": (
        [("default_backend b1", "default_backend b2"), ("userlist ul\n", BACKEND + "userlist ul\n")],
        ["POST backends", "PUT frontends/www"],
    ),
    "a backend with servers in order of their names": (
        [("userlist ul\n", BACKEND + S1 + S2 + "userlist ul\n")],
        ["POST backends?full_section=true"],
    ),
    "a backend with servers in another order": (
        [("userlist ul\n", BACKEND + S2 + S1 + "userlist ul\n")],
        ["POST backends", "POST backends/b2/servers", "POST backends/b2/servers"],
    ),
    "a frontend less": (
        [(BASE[BASE.index("frontend") : BASE.index("backend b1 from")], "")],
        ["DELETE frontends/www"],
    ),
    "a user more": (
        [("user u password $5$x\n", "user u password $5$x\n  user v password $5$y\n")],
        ["POST users?userlist=ul"],
    ),
    "a user's password": ([("$5$x", "$5$z")], ["PUT users/u?userlist=ul"]),
    "everything at once": (
        [
            ("maxconn 100", "maxconn 200"),
            (
                BASE[BASE.index("frontend") : BASE.index("backend b1 from")],
                "frontend new from base\n  bind :81 name main\n",
            ),
            (S1, ""),
        ],
        ["POST frontends?full_section=true", "PUT global", "DELETE backends/b1/servers/s1", "DELETE frontends/www"],
    ),
}


@pytest.mark.parametrize(("edits", "expected"), CASES.values(), ids=CASES)
def test_a_difference_takes_these_requests(edits: list[tuple[str, str]], expected: list[str]) -> None:
    made = drafted(BASE, edited(*edits))
    assert (made.lane, sent(made)) == ("transaction", expected)
    assert [operation.seq for operation in made.operations] == list(range(1, len(expected) + 1))
    assert all(operation.inverse for operation in made.operations)


@pytest.mark.parametrize("edits", [edits for edits, _ in CASES.values()], ids=CASES)
def test_the_same_input_gives_an_equal_draft(edits: list[tuple[str, str]]) -> None:
    assert drafted(BASE, edited(*edits)) == drafted(BASE, edited(*edits))


def test_nothing_to_do_is_no_operation() -> None:
    made = drafted(BASE, BASE.replace("5s", "5000ms").replace("  ", "\t") + "# a comment\n")
    assert (made.operations, made.changes, made.lane_reason) == ((), (), "nothing to do")


def test_an_older_server_gets_no_whole_section_with_several_servers() -> None:
    after = edited(("userlist ul\n", BACKEND + S1 + S2 + "userlist ul\n"))
    assert sent(drafted(BASE, after, "3.2")) == [
        "POST backends",
        "POST backends/b2/servers",
        "POST backends/b2/servers",
    ]


def test_many_servers_in_front_take_one_whole_section_when_it_loses_nothing() -> None:
    after = edited((S1, "  server s0 10.0.0.9:80\n" + S1))
    assert sent(drafted(BASE, after)) == ["PUT backends/b1?full_section=true"]
    commented = BASE.replace("balance roundrobin", "balance roundrobin # note")
    made = drafted(commented, after)
    assert [o.action for o in made.operations] == [Action.DELETE] * 3 + [Action.CREATE] * 4


def test_a_defaults_section_comes_after_the_one_it_inherits_from() -> None:
    text = "defaults z\n mode tcp\ndefaults a from z\n mode http\nbackend x from a\n balance first\n"
    made = drafted("", text)
    assert sent(made) == ["POST defaults", "POST defaults", "POST backends"]
    assert [o.address for o in made.operations] == ["defaults/z", "defaults/a", "backends/x"]
    back = drafted(text, "")
    assert [o.address for o in back.operations] == ["backends/x", "defaults/a", "defaults/z"]


def test_the_inverse_of_a_deleted_section_creates_it_again() -> None:
    made = drafted(BASE, edited((BASE[BASE.index("frontend") : BASE.index("backend b1 from")], "")))
    (request,) = made.operations[0].inverse
    assert (request.method, dict(request.query)) == ("POST", {"full_section": "true"})
    assert isinstance(request.body, dict)
    assert request.body["default_backend"] == "b1"


def test_an_operation_names_the_changes_that_it_carries() -> None:
    made = drafted(BASE, edited(("  http-request deny if is_a\n", "  http-request deny if is_b\n"), (S2, "")))
    assert {o.address: o.changes for o in made.operations} == {
        "frontends/www/http_request_rules": ("frontends/www/http_request_rules[0]",),
        "backends/b1/servers/s2": ("backends/b1/servers/s2",),
    }


RAW = {
    "a listen section": (
        [("userlist ul\n", "listen l\n  bind :9\nuserlist ul\n")],
        "listen/l: the Data Plane API has no listen sections",
    ),
    "a line that the API does not know": (
        [("balance roundrobin", "balance roundrobin\n  odd line here")],
        "backends/b1: `odd line here`: the Data Plane API has no field for 'odd line'",
    ),
    "a server with a variable as port": (
        [("10.0.0.2:80", "10.0.0.2:${PORT}")],
        "backends/b1: `server s2 10.0.0.2:${PORT}`",
    ),
}


@pytest.mark.parametrize(("edits", "reason"), RAW.values(), ids=RAW)
def test_what_the_api_cannot_say_is_pushed_as_text_with_the_reason(edits: list[tuple[str, str]], reason: str) -> None:
    made = drafted(BASE, edited(*edits))
    assert made.lane == "raw"
    assert made.lane_reason.startswith(reason)
    assert [(o.action, o.address, o.request.method) for o in made.operations] == [(Action.REPLACE, "raw", "POST")]
    assert made.operations[0].request.body == edited(*edits)
    assert any(not one.equal for one in made.unaddressed)


def test_lines_that_the_api_does_not_know_stay_when_others_change() -> None:
    odd = BASE.replace("balance roundrobin", "balance roundrobin\n  odd line here")
    made = drafted(odd, odd.replace(S2, ""))
    assert (made.lane, sent(made)) == ("transaction", ["DELETE backends/b1/servers/s2"])
    assert [(one.line, one.equal) for one in made.unaddressed] == [("odd line here", True)]


def test_a_property_that_the_server_is_too_old_for_is_said_before_anything_is_sent() -> None:
    after = edited(("10.0.0.2:80", "10.0.0.2:80 init-state up"))
    assert drafted(BASE, after).lane == "transaction"
    made = drafted(BASE, after, "3.0")
    assert made.lane == "raw"
    assert "the API has init-state since 3.1, the server's API is 3.0" in made.lane_reason


def test_operations_that_would_take_far_longer_than_one_push_are_not_sent() -> None:
    many = "".join(f"backend x{n} from base\n  server b 10.0.0.1:80\n  server a 10.0.0.1:80\n" for n in range(4000))
    made = drafted(BASE, BASE + many)
    assert made.lane == "raw"
    assert "operations on 12" in made.lane_reason


def test_a_bind_with_brackets_in_its_name_is_carried() -> None:
    made = drafted(BASE, edited(("  bind :80 name main\n", "  bind :80 name main\n  bind [::1]:81\n")))
    assert [(o.address, o.changes) for o in made.operations] == [
        ("frontends/www/binds/[::1]:81", ("frontends/www/binds/[::1]:81",))
    ]


def test_a_list_that_has_no_put_is_refilled_from_the_first_difference_on() -> None:
    """Manual 4.2 `ssl-f-use`: the API deletes by index and appends."""
    one, two, three = (f"  ssl-f-use crt {name}.pem\n" for name in ("one", "two", "three"))
    made = drafted(f"frontend f\n{one}{two}", f"frontend f\n{one}{three}{two}")
    assert sent(made) == [
        "DELETE frontends/f/ssl_front_uses/1",
        "POST frontends/f/ssl_front_uses",
        "POST frontends/f/ssl_front_uses",
    ]
    assert [request.method for operation in made.operations for request in operation.inverse] == [
        "POST",
        "DELETE",
        "DELETE",
    ]
