"""The body of a request without its secrets, as reviewers see it and as an inverse is saved."""

from __future__ import annotations

import pytest

from hsync.model import Address
from hsync.plan.bodies import covered
from hsync.plan.operations import request_for
from hsync.plan.plan import RAW, Action, Operation, Request
from hsync.plan.secrets import shown_body
from hsync.schema import Fields, Json

MASK = "(secret)"
HEADER: Fields = {"type": "set-header", "hdr_name": "Authorization", "hdr_format": "Basic abcdef"}
HIDDEN: Fields = {"type": "set-header", "hdr_name": "Authorization", "hdr_format": MASK}
USER: Fields = {"username": "ann", "password": "hunter2", "secure_password": False}

SHOWN: list[tuple[str, str, Json, Json]] = [
    ("a deletion", "backends/web/servers/s1", None, None),
    ("no secret", "backends/web/servers/s1", {"name": "s1", "port": 80}, {"name": "s1", "port": 80}),
    ("a field that tables call secret", "userlists/u/users/ann", USER, {**USER, "password": MASK}),
    ("a reference", "userlists/u/users/ann", {"password": "{{hsync:secret env:ANN}}"}, {"password": MASK}),
    ("a reference in a text", "backends/b", {"name": "b", "x": "a {{hsync:secret env:A url}} b"}, {"name": "b", "x": "a (secret) b"}),
    ("a reference to a number", "backends/b/servers/s", {"port": "{{hsync:secret env:A number}}"}, {"port": MASK}),
    ("an empty secret", "userlists/u/users/ann", {"password": ""}, {"password": ""}),
    ("a place in the line of a rule", "frontends/www/http_request_rules", [HEADER], [HIDDEN]),
    ("a child in a whole section", "frontends/www", {"name": "www", "http_request_rule_list": [HEADER]},
     {"name": "www", "http_request_rule_list": [HIDDEN]}),
    ("a named child in a whole section", "userlists/u", {"name": "u", "users": {"ann": USER}},
     {"name": "u", "users": {"ann": {**USER, "password": MASK}}}),
    ("a section with the name of a collection", "frontends/acls", {"name": "acls", "http_request_rule_list": [HEADER]},
     {"name": "acls", "http_request_rule_list": [HIDDEN]}),
    ("a section's own line", "frontends/www", {"name": "www", "stats_options": {"stats_auths": [{"user": "a", "passwd": "pw"}]}},
     {"name": "www", "stats_options": {"stats_auths": [{"user": MASK, "passwd": MASK}]}}),
    ("a child of the singleton", "global/log_targets", [{"address": "x://u:hunter2@h", "facility": "local0"}],
     [{"address": MASK, "facility": "local0"}]),
    ("what is no object stays", "frontends/www", {"name": "www", "http_request_rule_list": ["lua", 1]},
     {"name": "www", "http_request_rule_list": ["lua", 1]}),
    ("a named child that is no object stays", "userlists/u", {"name": "u", "users": {"a": "x"}}, {"name": "u", "users": {"a": "x"}}),
    ("an unknown field stays", "global", {"lua_options": {"loads": [{"file": "/tmp/x.lua"}]}},
     {"lua_options": {"loads": [{"file": "/tmp/x.lua"}]}}),
    ("numbers and truths stay", "backends/b", {"name": "b", "hash_type": None, "id": 7, "disabled": True},
     {"name": "b", "hash_type": None, "id": 7, "disabled": True}),
    ("the whole text", RAW, "global\n  setenv TOKEN abc\n  user x password {{hsync:secret env:A}}\n\n",
     "global\n  setenv TOKEN (secret)\n  user x password (secret)\n\n"),
    ("one line of the text for one line of HAProxy's", RAW, "global\n  setenv TOKEN a\x0bb\u2028c\n", "global\n  setenv TOKEN (secret)\x0b(secret)\n"),
]  # fmt: skip


def operation_of(address: str, body: Json) -> Operation:
    """An update of an address; a text is pushed as a whole."""
    if address == RAW:
        return Operation(1, "update", Action.REPLACE, RAW, Request("POST", "/raw", (), body))
    path = request_for("PUT", Address.parse(address)).path
    return Operation(1, "update", Action.UPDATE, address, Request("PUT", path, (), body))


@pytest.mark.parametrize(("what", "address", "body", "shown"), SHOWN, ids=[row[0] for row in SHOWN])
def test_a_body_is_shown_without_its_secrets(what: str, address: str, body: Json, shown: Json) -> None:
    assert shown_body(operation_of(address, body)) == shown


def test_who_calls_says_what_stands_in_the_place_of_a_secret() -> None:
    operation = operation_of("userlists/u/users/ann", USER)
    kept = covered(operation.request, Address.parse(operation.address).section_type, len)
    assert kept == {**USER, "password": 7}
