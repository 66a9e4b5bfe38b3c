"""Children in a write of a whole section: the server writes or ignores them; for all children of all section types.

The answer is 202 even if the server ignores a child. The section types declare which sections can be written as a whole
(`SectionType.full_section`); here all targets are asked.
"""

from __future__ import annotations

import pytest

from hsync.errors import ServerRefused
from hsync.model import Address, Configuration
from hsync.plan.obstacles import newer
from hsync.plan.operations import request_for, section_body
from hsync.plan.plan import Request
from hsync.schema import Child, SectionType, Shape
from hsync.sections import by_kind
from hsync.session import OperationRefused, apply_plan, current_of, deleting, make_plan, read_desired
from tests.contract.facts import facts
from tests.contract.targets import Target, identity
from tests.drafts import draft

LINES = {
    "acls": "acl a src 10.0.0.1",
    "backend_switching_rules": "use_backend %[req.hdr(x)]",
    "binds": "bind 127.0.0.1:18443 name b",
    "captures": "declare capture request len 5",
    "crt_loads": "load crt it.pem key it.key alias it",
    "dgram_binds": "dgram-bind 127.0.0.1:18514 name b",
    "filters": "filter compression",
    "force_be_switches": "force-be-switch if TRUE",
    "groups": "group g",
    "http_after_response_rules": "http-after-response set-header x y",
    "http_checks": "http-check send meth GET uri /",
    "http_error_rules": "http-error status 503 content-type a/b string c",
    "http_request_rules": "http-request deny if TRUE",
    "http_response_rules": "http-response set-header x y",
    "log_targets": "log 127.0.0.1:514 local0",
    "mailer_entries": "mailer m 127.0.0.1:25",
    "nameservers": "nameserver n 127.0.0.1:53",
    "peer_entries": "peer p 127.0.0.1:1024",
    "quic_initial_rules": "quic-initial accept",
    "server_switching_rules": "use-server s if TRUE",
    "server_templates": "server-template t 2 127.0.0.1:18081",
    "servers": "server s 127.0.0.1:18081",
    "ssl_front_uses": "ssl-f-use crt it.pem",
    "stick_rules": "stick on src",
    "tables": "table t type ip size 100k",
    "tcp_checks": "tcp-check connect",
    "tcp_request_rules": "tcp-request content accept if TRUE",
    "tcp_response_rules": "tcp-response content accept if TRUE",
    "users": "user u insecure-password p",
}
"""A line of each collection."""

CONTEXT = {
    "crt-store": ("crt-base /c", "key-base /k"),
    "defaults": ("mode http",),
    "fcgi-app": ("docroot /d", "option max-reqs 5"),
    "frontend": ("mode http",),
    "backend": ("mode http",),
    "healthcheck": ("type tcp-check",),
}
"""Lines that the server or its HAProxy requires in a section."""

BESIDE = {"server_switching_rules": ("server s 127.0.0.1:18081",)}
"""Lines that define the names in a line of a collection."""

PAIRS = [
    (section, child)
    for section in by_kind().values()
    for child in section.children
    if section.shape is Shape.NAMED and child.path in LINES
]


def name(value: SectionType | Child) -> str:
    return value.kind if isinstance(value, SectionType) else value.path


BASE = """\
global
  maxconn 5

defaults base
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s

frontend front from base
  bind 127.0.0.1:18499 name b

"""
"""Other sections of the server, without which HAProxy does not start."""


def text(section: SectionType, *lines: str) -> str:
    """A configuration with the section."""
    return BASE + "\n  ".join([f"{section.kind} x", *CONTEXT.get(section.kind, ()), *lines]) + "\n"


def whole(method: str, section: SectionType, child: Child) -> Request:
    """The request that writes the section with the child."""
    bound = Configuration.from_text(text(section, LINES[child.path])).resources((section.kind, "x"))
    return request_for(method, Address(section.path, "x"), section_body(bound, full=True), full=True)


def carries(target: Target, request: Request, section: SectionType, child: Child) -> bool:
    """Whether the server writes the child of a request, in a transaction that is deleted afterwards."""
    transaction = target.client.begin(target.client.snapshot().version)
    with deleting(target.client, transaction):
        target.client.send(request, transaction)
        staged = current_of(target.client.snapshot(transaction)).resources((section.kind, "x"))
    wanted = Configuration.from_text(text(section, LINES[child.path])).resources((section.kind, "x"))
    return [one.body for one in staged.children.get(child.path, ())] == [
        one.body for one in wanted.children[child.path]
    ]


def test_every_collection_has_a_line() -> None:
    """Except for the collection without a path in the API."""
    assert {child.path for section in by_kind().values() for child in section.children} - set(LINES) == {
        "filter_sequences"
    }


@pytest.mark.parametrize(("section", "child"), PAIRS, ids=name)
def test_a_post_of_a_whole_section_carries_what_the_tables_say(
    target: Target, section: SectionType, child: Child
) -> None:
    skip_unless_known(target, section, child)
    if newer(child.full_since, target.client.api_release()):
        pytest.skip("some releases of the line ignore it")
    target.reset(BASE)
    assert carries(target, whole("POST", section, child), section, child) is section.full_section


@pytest.mark.parametrize(("section", "child"), [one for one in PAIRS if one[0].put], ids=name)
def test_a_put_of_a_whole_section_carries_what_the_tables_say(
    target: Target, section: SectionType, child: Child
) -> None:
    skip_unless_known(target, section, child)
    target.reset(text(section))
    assert carries(target, whole("PUT", section, child), section, child) is section.full_section


@pytest.mark.parametrize(("section", "child"), PAIRS, ids=name)
def test_a_new_section_with_the_child_comes_into_being(
    target: Target, section: SectionType, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hsync.session.planning.refuse_unknown", lambda *_: None)  # lines name what nothing defines
    skip_unless_known(target, section, child)
    target.reset(BASE)
    desired = text(section, *BESIDE.get(child.path, ()), LINES[child.path])
    plan = make_plan(target.client, read_desired(desired, "t"), identity(target))
    try:
        apply_plan(target.client, plan)
    except ServerRefused as refusal:
        if target.validates and not isinstance(refusal, OperationRefused):
            pytest.skip(f"its HAProxy refuses the line, for which a file is missing: {refusal.server_message[:200]}")
        raise
    assert facts(target.client.snapshot().text) == facts(desired)


def test_a_put_of_the_whole_global_section_carries_its_logs(target: Target) -> None:
    target.reset(BASE)
    desired = Configuration.from_text(BASE.replace("maxconn 5", f"maxconn 5\n  {LINES['log_targets']}"))
    bound = desired.resources(("global", ""))
    request = request_for("PUT", Address("global"), section_body(bound, full=True), full=True)
    transaction = target.client.begin(target.client.snapshot().version)
    with deleting(target.client, transaction):
        target.client.send(request, transaction)
        staged = current_of(target.client.snapshot(transaction)).resources(("global", ""))
    assert [one.body for one in staged.children["log_targets"]] == [one.body for one in bound.children["log_targets"]]


def skip_unless_known(target: Target, section: SectionType, child: Child) -> None:
    api = target.client.api_release()
    if newer(section.since, api) or newer(child.since, api):
        pytest.skip(f"the API {api} does not have it")


def test_a_new_crt_store_is_created_empty_and_filled() -> None:
    """The server would ignore the loads in the body."""
    lines = ("load crt c.pem key k.pem alias site", "load crt d.pem")
    section = by_kind()["crt-store"]
    current = Configuration.from_text(BASE)
    made = draft(current, Configuration.from_text(text(section, *lines)), api="3.4")
    sent = [(f"{one.request.method} {one.address}", one.request.query) for one in made.operations]
    assert sent == [
        ("POST crt_stores/x", ()),
        ("POST crt_stores/x/crt_loads/c.pem", ()),
        ("POST crt_stores/x/crt_loads/d.pem", ()),
    ]


def test_peers_with_tables_are_created_empty_and_filled_where_a_release_of_the_line_ignores_them() -> None:
    current = Configuration.from_text(BASE)
    desired = Configuration.from_text(text(by_kind()["peers"], "peer p 127.0.0.1:1024", LINES["tables"]))
    old, new = (draft(current, desired, api=api).operations for api in ("3.0", "3.1"))
    assert [f"{one.request.method} {one.address}" for one in old] == [
        "POST peer_section/x",
        "POST peer_section/x/peer_entries/p",
        "POST peer_section/x/tables/t",
    ]
    assert [(one.address, one.request.query) for one in new] == [("peer_section/x", (("full_section", "true"),))]


def test_defaults_are_created_as_text_where_the_api_has_no_post_for_them() -> None:
    desired = Configuration.from_text("defaults d\n  mode http\n")
    old, new = (draft(Configuration.from_text(""), desired, api=api) for api in ("3.0", "3.1"))
    assert "the API can create a defaults section since 3.1, the server's API is 3.0" in old.lane_reason
    assert (old.lane, new.lane) == ("raw", "transaction")
