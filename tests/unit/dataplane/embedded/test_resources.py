"""Sections and children through the API: statuses, echoes, lists, refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.dataplane.embedded.api import TEXT, Api

SERVER = {"name": "w2", "address": "127.0.0.1", "port": 5639}
RULE = {"type": "deny", "deny_status": 403}


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("global", {"performance_options": {"maxconn": 1000}}),
        ("backends", [{"name": "web", "from": "base"}]),
        ("backends/web", {"name": "web", "from": "base"}),
        ("backends/web/", {"name": "web", "from": "base"}),
        ("backends/web/servers", [{"name": "w1", "address": "127.0.0.1", "port": 5638, "check": "enabled"}]),
        ("backends/web/servers/w1", {"name": "w1", "address": "127.0.0.1", "port": 5638, "check": "enabled"}),
        ("backends/web/acls", None),
        ("backends/nobody/acls", []),
        ("frontends/www/binds/main", {"name": "main", "address": "127.0.0.1", "port": 5630}),
        ("userlists", []),
    ],
)
def test_reads(api: Api, path: str, body: Any) -> None:
    assert api.get(f"configuration/{path}") == body


def test_a_full_section_holds_its_children(api: Api) -> None:
    body = api.get("configuration/frontends/www", full_section="true")
    assert body["binds"] == {"main": {"name": "main", "address": "127.0.0.1", "port": 5630}}


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "status"),
    [
        ("POST", "backends", {"name": "new", "from": "base"}, {}, 202),
        ("POST", "backends", {"name": "new", "from": "base", "servers": {"w2": SERVER}}, {"full_section": "true"}, 202),
        ("PUT", "defaults", {"name": "new"}, {}, 202),
        ("PUT", "backends/web", {"name": "web", "from": "base", "mode": "tcp"}, {}, 202),
        ("PUT", "frontends/www", {"name": "www", "from": "base", "mode": "tcp"}, {"full_section": "true"}, 202),
        ("PUT", "global", {"daemon": True}, {}, 202),
        ("DELETE", "backends/web", None, {}, 202),
        ("POST", "backends/web/servers", SERVER, {}, 202),
        ("PUT", "backends/web/servers/w1", {**SERVER, "name": "w1"}, {}, 202),
        ("DELETE", "backends/web/servers/w1", None, {}, 202),
        ("PUT", "frontends/www/http_request_rules", [RULE, RULE], {}, 202),
        ("POST", "frontends/www/http_request_rules/0", RULE, {}, 202),
        ("POST", "frontends/www/http_request_rules/-1", RULE, {}, 202),
        ("POST", "traces", {}, {}, 202),
        ("POST", "userlists", {"name": "u"}, {}, 202),
        ("POST", "backends", {"from": "base"}, {}, 422),
        ("POST", "backends", {"name": "a b"}, {}, 422),
        ("POST", "backends", {"name": "web"}, {}, 409),
        ("POST", "backends", {"name": "web"}, {"full_section": "true"}, 404),
        ("POST", "backends", {"name": "new", "from": "nobody"}, {}, 400),
        ("POST", "backends", {"name": "new", "mode": "x"}, {}, 422),
        ("POST", "backends", [], {}, 422),
        ("PUT", "backends/nobody", {"name": "nobody"}, {}, 404),
        ("PUT", "rings/nobody", {"name": "nobody"}, {}, 409),
        ("PUT", "traces", {}, {}, 404),
        ("DELETE", "backends/nobody", None, {}, 404),
        ("POST", "backends/web/servers", {**SERVER, "name": "w1"}, {}, 409),
        ("POST", "backends/web/servers", {"name": "w2"}, {}, 422),
        ("POST", "backends/web/servers", {"address": "127.0.0.1"}, {}, 422),
        ("POST", "backends/nobody/servers", SERVER, {}, 400),
        ("PUT", "backends/web/servers/nobody", SERVER, {}, 404),
        ("DELETE", "backends/nobody/servers/w1", None, {}, 404),
        ("PUT", "frontends/www/http_request_rules", {"type": "deny"}, {}, 422),
        ("PUT", "frontends/nobody/http_request_rules", [], {}, 400),
        ("POST", "frontends/www/http_request_rules/1", RULE, {}, 400),
        ("PUT", "frontends/www/http_request_rules/0", RULE, {}, 404),
        ("DELETE", "frontends/www/http_request_rules/-1", None, {}, 404),
        ("DELETE", "frontends/nobody/http_request_rules/0", None, {}, 400),
        ("POST", "frontends/www/http_request_rules/x", RULE, {}, 400),
        ("POST", "frontends/www/http_request_rules/99999999999999999999", RULE, {}, 400),
        ("PUT", "userlists/u", {"name": "u"}, {}, 405),
        ("POST", "global", {}, {}, 405),
        ("POST", "frontends/www/http_request_rules", RULE, {}, 405),
        ("DELETE", "nothing", None, {}, 404),
        ("DELETE", "backends/web/nothing/x", None, {}, 404),
        ("DELETE", "backends/web/acls/0/more", None, {}, 404),
        ("GET", "backends/nobody", None, {}, 404),
        ("GET", "backends/web/servers/nobody", None, {}, 404),
        ("GET", "frontends/www/acls/0", None, {}, 404),
        ("GET", "users", None, {}, 400),
        ("GET", "users", None, {"userlist": "nobody"}, 400),
        ("GET", "traces", None, {}, 404),
    ],
)  # fmt: skip
def test_statuses(api: Api, method: str, path: str, body: Any, query: dict[str, str], status: int) -> None:
    transaction = api.begin()
    before = api.staged(transaction)
    given, said = api.write(method, path, body, transaction_id=transaction, **query)
    assert given == status, said
    assert (api.staged(transaction) == before) is (status != 202 or path == "global/")


def test_writes_of_a_list_by_index(api: Api) -> None:
    transaction = api.begin()
    path = "frontends/www/acls"
    for index, name in ((0, "b"), (0, "a"), (2, "d"), (2, "c"), (-1, "e")):
        body = {"acl_name": name, "criterion": "path", "value": f"/{name}"}
        assert api.write("POST", f"{path}/{index}", body, transaction_id=transaction) == (202, body)
    assert [one["acl_name"] for one in api.get(f"configuration/{path}", transaction_id=transaction)] == list("abcde")
    changed = {"acl_name": "x", "criterion": "path", "value": "/x"}
    assert api.write("PUT", f"{path}/1", changed, transaction_id=transaction) == (202, changed)
    assert api.write("DELETE", f"{path}/0", transaction_id=transaction) == (202, None)
    assert api.get(f"configuration/{path}/0", transaction_id=transaction) == changed
    assert api.write("PUT", path, [], transaction_id=transaction) == (202, [])
    assert api.staged(transaction) == TEXT


def test_a_child_put_with_another_name_renames(api: Api) -> None:
    transaction = api.begin()
    assert api.write("PUT", "backends/web/servers/w1", SERVER, transaction_id=transaction)[0] == 202
    assert api.staged(transaction) == TEXT.replace("w1 127.0.0.1:5638 check", "w2 127.0.0.1:5639")


def test_a_section_put_ignores_another_name_unless_it_is_full(api: Api) -> None:
    transaction = api.begin()
    assert api.write("PUT", "backends/web", {"name": "other", "from": "base"}, transaction_id=transaction)[0] == 202
    assert api.staged(transaction) == TEXT
    body = {"name": "other", "from": "base"}
    assert api.write("PUT", "backends/web", body, transaction_id=transaction, full_section="true")[0] == 202
    assert api.staged(transaction).endswith("\nbackend other from base\n")


def test_children_whose_parent_is_a_query_parameter(api: Api) -> None:
    transaction = api.begin()
    assert api.write("POST", "userlists", {"name": "u"}, transaction_id=transaction)[0] == 202
    user = {"username": "tess", "password": "x", "secure_password": False}
    assert api.write("POST", "users", user, userlist="u", transaction_id=transaction) == (202, user)
    assert api.get("configuration/users/tess", userlist="u", transaction_id=transaction) == user
    assert api.write("GET", "userlists/u/users", transaction_id=transaction)[0] == 404


def test_children_of_peers_stand_below_peers(api: Api) -> None:
    transaction = api.begin()
    assert api.write("POST", "peer_section", {"name": "p"}, transaction_id=transaction)[0] == 202
    assert api.write("POST", "peers/p/servers", {**SERVER, "name": "x"}, transaction_id=transaction)[0] == 202
    assert api.write("GET", "peers", transaction_id=transaction)[0] == 404


def test_the_echo_leaves_out_what_nobody_knows_and_matches_keys_in_any_case(api: Api) -> None:
    sent = {"name": "new", "Mode": "tcp", "nonsense": 1, "from": None, "description": ""}
    assert api.write("POST", "backends", sent, version=1) == (202, {"name": "new", "mode": "tcp"})


def test_children_without_full_section_are_echoed_but_not_written(api: Api) -> None:
    sent = {"name": "new", "servers": {"any": SERVER}}
    assert api.write("POST", "backends", sent, version=1) == (202, sent)
    assert api.get("configuration/backends/new/servers") is None


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_write_with_a_missing_from_leaves_half_of_it_where_no_read_shows_it(api: Api, method: str) -> None:
    transaction = api.begin()
    before = api.staged(transaction)
    path, name = ("backends", "new") if method == "POST" else ("backends/web", "web")
    body = {"name": name, "from": "nobody", "mode": "tcp"}
    assert api.write(method, path, body, transaction_id=transaction)[0] == 400
    assert api.staged(transaction) == before
    assert api.write("PUT", "global", {}, transaction_id=transaction)[0] == 202
    assert f"backend {name}\n" in api.staged(transaction)


def test_anonymous_defaults_get_their_name_when_a_write_addresses_them_or_refers_to_them() -> None:
    api = Api("defaults\n  mode http\n")
    assert api.get("configuration/defaults") == [{"name": "unnamed_defaults_1", "mode": "http"}]
    transaction = api.begin()
    assert api.staged(transaction) == "defaults\n  mode http\n"
    body = {"name": "new", "from": "unnamed_defaults_1"}
    assert api.write("POST", "backends", body, transaction_id=transaction)[0] == 202
    assert api.staged(transaction).startswith("defaults unnamed_defaults_1\n  mode http\n\nbackend new")
    other = api.begin()
    body = {"name": "unnamed_defaults_1", "mode": "tcp"}
    assert api.write("PUT", "defaults/unnamed_defaults_1", body, transaction_id=other)[0] == 202
    assert api.staged(other) == "defaults unnamed_defaults_1\n  mode tcp\n"


def test_the_singleton_that_does_not_exist_is_made_by_a_put() -> None:
    api = Api("")
    assert api.get("configuration/global") == {}
    assert api.write("PUT", "global", {"daemon": True}, version=1) == (202, {"daemon": True})
    assert api.transport.text.endswith("\n\nglobal\n  daemon\n")


def test_traces_answer_200_to_a_put_in_a_transaction(api: Api) -> None:
    transaction = api.begin()
    assert api.write("POST", "traces", {}, transaction_id=transaction)[0] == 202
    assert api.write("PUT", "traces", {}, transaction_id=transaction)[0] == 200
