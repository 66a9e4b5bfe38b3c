"""The requests that a plan file may have: the project's own operations are the allow-list."""

from __future__ import annotations

from typing import Any

import pytest

from hsync.model import CONFIGURATION
from hsync.plan.allowed import fault_of, inverse_fault
from hsync.plan.plan import Action, Operation, Request

pytestmark = pytest.mark.attack("hostile plans")

ACTIONS = {one.value: one for one in Action}

NAMED = {"name": "s1"}
FULL = {"full_section": "true"}

ALLOWED: list[tuple[str, str, str, str, dict[str, str], Any]] = [
    ("create", "backends/web", "POST", "backends", {}, {"name": "web"}),
    ("create", "backends/web", "POST", "backends", FULL, {"name": "web"}),
    ("update", "backends/web", "PUT", "backends/web", {}, {"name": "web"}),
    ("replace", "backends/web", "PUT", "backends/web", FULL, {"name": "web"}),
    ("delete", "backends/web", "DELETE", "backends/web", {}, None),
    ("update", "global", "PUT", "global", {}, {"daemon": True}),
    ("create", "traces", "POST", "traces", {}, {}),
    ("replace", "global/log_targets", "PUT", "global/log_targets", {}, []),
    ("create", "backends/web/servers/s1", "POST", "backends/web/servers", {}, NAMED),
    ("update", "backends/web/servers/s1", "PUT", "backends/web/servers/s1", {}, NAMED),
    ("delete", "backends/web/servers/s1", "DELETE", "backends/web/servers/s1", {}, None),
    ("create", "frontends/www/binds", "POST", "frontends/www/binds", {}, {"address": "*", "port": 80}),
    ("replace", "frontends/www/acls", "PUT", "frontends/www/acls", {}, [{"acl_name": "a"}]),
    ("create", "frontends/www/ssl_front_uses/2", "POST", "frontends/www/ssl_front_uses", {}, {"certificate": "a"}),
    ("delete", "frontends/www/ssl_front_uses/2", "DELETE", "frontends/www/ssl_front_uses/2", {}, None),
    ("create", "resolvers/dns/nameservers/a", "POST", "nameservers", {"resolver": "dns"}, {"name": "a"}),
    ("update", "resolvers/dns/nameservers/a%2Fb", "PUT", "nameservers/a%2Fb", {"resolver": "dns"}, {"name": "a/b"}),
    ("update", "userlists/u/users/caf%E9", "PUT", "users/caf%E9", {"userlist": "u"}, {"username": "caf\udce9"}),
]


def operation(action: str, address: str, method: str, path: str, query: dict[str, str], body: Any) -> Operation:
    request = Request(method, f"{CONFIGURATION}/{path}", tuple(query.items()), body)
    return Operation(1, "update", ACTIONS[action], address, request)


@pytest.mark.parametrize("row", ALLOWED, ids=[f"{row[0]} {row[1]}" for row in ALLOWED])
def test_what_address_and_action_give_is_allowed(row: tuple[str, str, str, str, dict[str, str], Any]) -> None:
    assert fault_of(operation(*row)) == ""


REFUSED: list[tuple[str, str, str, str, dict[str, str], Any, str]] = [
    ("update", "sites/x", "PUT", "sites/x", {}, {}, "the API has no sections 'sites'"),
    ("update", "backends", "PUT", "backends", {}, {}, "a section has one name"),
    ("update", "backends/", "PUT", "backends", {}, {}, "not an address that hsync writes"),
    ("update", "backends/..", "PUT", "backends/..", {}, {}, "not an address that hsync writes"),
    ("update", "backends/%2E%2E", "PUT", "backends/..", {}, {}, "not an address that hsync writes"),
    ("update", "backends/web/servers/.", "PUT", "backends/web/servers/.", {}, {}, "not an address that hsync writes"),
    ("update", "backends/web/sites/a", "PUT", "backends/web/sites/a", {}, {}, "backends have no collection 'sites'"),
    ("update", "backends/web/servers/a/b", "PUT", "backends/web/servers/a/b", {}, {}, "a section has one name"),
    ("update", "backends//servers", "PUT", "backends/servers", {}, {}, "not an address that hsync writes"),
    ("move", "backends/web", "PUT", "backends/web", {}, {}, "no request can move anything"),
    ("update", "userlists/u", "PUT", "userlists/u", {}, {}, "userlists have no PUT"),
    ("update", "frontends/www/acls", "PUT", "frontends/www/acls", {}, [], "a list is replaced as a whole"),
    ("replace", "frontends/www/acls/0", "PUT", "frontends/www/acls/0", {}, [], "a list is replaced as a whole"),
    ("delete", "frontends/www/ssl_front_uses", "DELETE", "frontends/www/ssl_front_uses", {}, None, "has an index"),
    ("delete", "frontends/www/ssl_front_uses/%C2%B2", "DELETE", "frontends/www/ssl_front_uses/%C2%B2", {}, None, "has an index"),
    ("delete", "backends/web/servers", "DELETE", "backends/web/servers", {}, None, "the child has no name"),
    ("update", "backends/web", "POST", "backends/web", {}, {}, "update is PUT, not POST"),
    ("update", "backends/web", "PATCH", "backends/web", {}, {}, "update is PUT, not PATCH"),
    ("update", "backends/web", "PUT", "backends/api", {}, {}, f"update of backends/web goes to {CONFIGURATION}/backends/web, not to"),
    ("create", "backends/web", "POST", "backends/web", {}, {}, f"create of backends/web goes to {CONFIGURATION}/backends, not to"),
    ("update", "backends/web", "PUT", "backends/web", {"skip_version": "true"}, {}, "the query {'skip_version': 'true'} does not belong"),
    ("update", "backends/web", "PUT", "backends/web", {"full_section": "false"}, {}, "does not belong"),
    ("update", "backends/web", "PUT", "backends/web", {**FULL, "force_reload": "true"}, {}, "does not belong"),
    ("update", "caches/c", "PUT", "caches/c", FULL, {}, "does not belong"),
    ("update", "backends/web/servers/s1", "PUT", "backends/web/servers/s1", FULL, {}, "does not belong"),
    ("delete", "backends/web", "DELETE", "backends/web", FULL, None, "does not belong"),
    ("update", "resolvers/dns/nameservers/a", "PUT", "nameservers/a", {"resolver": "x"}, {}, "does not belong"),
    ("delete", "backends/web", "DELETE", "backends/web", {}, {}, "DELETE has no body"),
    ("update", "backends/web", "PUT", "backends/web", {}, None, "expected an object as the body"),
    ("replace", "frontends/www/acls", "PUT", "frontends/www/acls", {}, {}, "expected a list as the body"),
    ("update", "backends/web", "PUT", "backends/web", {}, {"name": "api"}, "the body names 'api', the address 'web'"),
    ("create", "backends/web/servers/s1", "POST", "backends/web/servers", {}, {"name": "s2"}, "the body names 's2'"),
    ("create", "frontends/www/binds", "POST", "frontends/www/binds", {}, {"name": "b"}, "the body names 'b', the address ''"),
]  # fmt: skip


@pytest.mark.parametrize("row", REFUSED, ids=[f"{row[0]} {row[1]} {row[2]} {row[6]}" for row in REFUSED])
def test_anything_else_is_refused(row: tuple[str, str, str, str, dict[str, str], Any, str]) -> None:
    assert row[6] in fault_of(operation(*row[:6]))


INVERSES: list[tuple[str, str, dict[str, str], str]] = [
    ("DELETE", f"{CONFIGURATION}/backends/web", {}, ""),
    ("POST", f"{CONFIGURATION}/backends", FULL, ""),
    ("PUT", f"{CONFIGURATION}/global", {}, ""),
    ("PUT", f"{CONFIGURATION}/peers/p/log_targets", {}, ""),
    ("DELETE", f"{CONFIGURATION}/peers/p/tables/t", {"full_section": "true"}, "does not belong"),
    ("PUT", f"{CONFIGURATION}/nameservers/a%2Fb", {"resolver": "anything"}, ""),
    ("DELETE", f"{CONFIGURATION}/users/caf%E9", {"userlist": "u"}, ""),
    ("GET", f"{CONFIGURATION}/backends/web", {}, "GET does not undo anything"),
    ("POST", f"{CONFIGURATION}/raw", {}, "is not below a section"),
    ("DELETE", "/services/haproxy/storage/maps/x", {}, "is not below a section"),
    ("DELETE", f"/x{CONFIGURATION}/backends/web", {}, "is not below a section"),
    ("DELETE", CONFIGURATION, {}, "is not below a section"),
    ("DELETE", "backends/web", {}, "is not below a section"),
    ("DELETE", f"{CONFIGURATION}/backends/../../storage", {}, "is not a path that hsync writes"),
    ("DELETE", f"{CONFIGURATION}/backends//x", {}, "is not a path that hsync writes"),
    ("DELETE", f"{CONFIGURATION}/backends/%2e%2E", {}, "is not a path that hsync writes"),
    ("DELETE", f"{CONFIGURATION}/backends/a?b", {}, "is not a path that hsync writes"),
    ("DELETE", f"{CONFIGURATION}/backends/web", {"version": "1"}, "the query {'version': '1'} does not belong"),
    ("DELETE", f"{CONFIGURATION}/backends/web", {"full_section": "1"}, "does not belong"),
    ("PUT", f"{CONFIGURATION}/nameservers/a", {}, "the query {} does not belong"),
]


@pytest.mark.parametrize(("method", "path", "query", "what"), INVERSES)
def test_an_inverse_stays_below_the_configuration(method: str, path: str, query: dict[str, str], what: str) -> None:
    fault = inverse_fault(Request(method, path, tuple(query.items())))
    assert what in fault
    assert bool(fault) == bool(what)
