"""All that a plan would send, for reviewers who ask for it."""

from __future__ import annotations

import json
from dataclasses import replace

from hsync.model import Address
from hsync.output.bodies import body_lines, request_line
from hsync.output.human import plan_text
from hsync.output.look import Look
from hsync.output.machine import plan_document
from hsync.output.markdown import plan_page
from hsync.plan.operations import request_for
from hsync.plan.plan import RAW, Action, Operation, Plan, Request
from hsync.schema import Json
from tests.unit.output.plans import RAW as RAW_PLAN
from tests.unit.output.plans import TRANSACTION

ODD = "\x1b[2J\x9b\u202e\udcff``` </details> é"


def sending(body: Json, address: str = "backends/web") -> Operation:
    request = request_for("PUT", Address.parse(address))
    return Operation(1, "update", Action.UPDATE, address, replace(request, body=body))


def plan_with(*operations: Operation) -> Plan:
    return replace(TRANSACTION, operations=operations)


def test_a_body_is_json_below_its_request() -> None:
    shown = plan_text(plan_with(sending({"name": "web", "mode": "tcp"})), bodies=True)
    assert (
        "\nRequests\n"
        "  1  PUT /services/haproxy/configuration/backends/web\n"
        "     {\n"
        '       "mode": "tcp",\n'
        '       "name": "web"\n'
        "     }\n"
        "\nLane "
    ) in shown


def test_nothing_is_shown_that_nobody_asked_for() -> None:
    plan = plan_with(sending({"name": "web", "cookie": "unseen"}))
    assert all("unseen" not in text for text in (plan_text(plan), plan_page(plan), plan_document(plan)))


def test_what_the_changes_do_not_tell_is_in_the_body() -> None:
    """A forged plan: the changes speak of something harmless."""
    plan = plan_with(sending({"lua_options": {"loads": [{"file": "/tmp/evil.lua"}]}}, "global"))
    assert "evil.lua" not in plan_text(plan, diff=True)
    shown = (plan_text(plan, bodies=True), plan_page(plan, bodies=True), plan_document(plan, bodies=True))
    assert all("/tmp/evil.lua" in text for text in shown)


def test_a_deletion_has_a_request_and_no_body() -> None:
    request = Request("DELETE", "/services/haproxy/configuration/backends/gone")
    operation = Operation(3, "delete", Action.DELETE, "backends/gone", request)
    assert request_line(operation) == "3  DELETE /services/haproxy/configuration/backends/gone"
    assert list(body_lines(operation)) == []
    assert json.loads(plan_document(plan_with(operation), bodies=True))["operations"][0]["body"] is None


def test_a_query_is_part_of_the_request() -> None:
    request = Request("POST", "/x", (("full_section", "true"), ("parent_name", "a b")))
    line = request_line(Operation(1, "create", Action.CREATE, "backends/b", request))
    assert line == "1  POST /x?full_section=true&parent_name=a+b"


def test_a_raw_push_is_shown_as_the_text_that_it_is() -> None:
    shown = plan_text(RAW_PLAN, bodies=True)
    assert "  1  POST /services/haproxy/configuration/raw\n     global\n       daemon\n\n     frontend www\n" in shown
    assert json.loads(plan_document(RAW_PLAN, bodies=True))["operations"][0]["body"].startswith("global\n  daemon\n")


def test_a_body_does_nothing_to_a_terminal_or_to_a_comment() -> None:
    request = Request("PUT", f"/{ODD}", ((ODD.replace("\udcff", ""), "x"),), ODD + "\n" + ODD)
    raw = Operation(1, "update", Action.REPLACE, RAW, request)
    for operation in (raw, sending({"name": "web", ODD: [ODD]})):
        plan = plan_with(operation)
        text, page = plan_text(plan, bodies=True), plan_page(plan, bodies=True)
        for shown in (text, page):
            assert not {"\x1b", "\x9b", "\u202e", "\udcff"} & set(shown)
            assert "é" in shown
        assert "\n````text\n1  PUT " in page, "the fence is longer than any in the body"
        assert json.loads(plan_document(plan, bodies=True))["operations"][0]["body"] is not None


def test_a_line_of_a_body_is_not_cut_on_a_narrow_terminal() -> None:
    assert "x" * 300 + "end" in plan_text(plan_with(sending({"name": "x" * 300 + "end"})), Look(60), bodies=True)


def test_large_bodies_fit_into_a_comment_and_the_changes_too() -> None:
    many = replace(
        plan_with(*(replace(sending({"name": "web", "x": "y" * 900}), seq=n) for n in range(1, 200))),
        changes=TRANSACTION.changes * 400,
        result=replace(TRANSACTION.result, diff=("+ " + "y" * 900,) * 5000),
    )
    page = plan_page(many, bodies=True)
    assert len(page) < 65_536
    assert page.count("more lines: see the plan file") == 3
