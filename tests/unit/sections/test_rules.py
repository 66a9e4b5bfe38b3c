"""The tables of rules and checks against the published specifications: actions, fields, and their first API release."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from hsync.schema import Child, Fields, Form
from hsync.sections import checks, http_rules, lists, tcp_rules
from tests.corpus import CORPUS, needs_corpus

LINES = ("3.0", "3.1", "3.2", "3.3", "3.4")
TABLES: dict[str, tuple[Child, str]] = {
    "http_request_rule": (http_rules.HTTP_REQUEST_RULES, "type"),
    "http_response_rule": (http_rules.HTTP_RESPONSE_RULES, "type"),
    "http_after_response_rule": (http_rules.HTTP_AFTER_RESPONSE_RULES, "type"),
    "http_error_rule": (http_rules.HTTP_ERROR_RULES, "type"),
    "tcp_request_rule": (tcp_rules.TCP_REQUEST_RULES, "action"),
    "tcp_response_rule": (tcp_rules.TCP_RESPONSE_RULES, "action"),
    "quic_initial_rule": (tcp_rules.QUIC_INITIAL_RULES, "type"),
    "http_check": (checks.HTTP_CHECKS, "type"),
    "tcp_check": (checks.TCP_CHECKS, "action"),
}
IGNORED = {
    "http_check.var_format": "set-var-fmt takes var_expr",
    "http_request_rule.query-fmt": "set-query takes hdr_format",
    "tcp_check.port": "the server writes port_string only",
    "tcp_request_rule.capture_sample": "capture takes expr",
    "tcp_request_rule.resolve_var": "do-resolve takes var_name with its scope",
    "tcp_response_rule.sc_expr": "sc-add-gpc takes expr",
}
"""Properties that the server accepts and never writes."""

REFUSED = {("http_after_response_rule", "set-var-fmt"): "3.3"}
"""Actions that older API releases specify and refuse (500), and the first release that accepts them."""


@cache
def definition(line: str, name: str) -> dict[str, Any]:
    known: dict[str, Any] = json.loads((CORPUS / "spec" / f"{line}.json").read_text(encoding="utf-8"))["definitions"]
    return dict(known.get(name, {}).get("properties", {}))


def forms_since(child: Child, line: str) -> list[Form]:
    return [form for form in child.forms if (form.since or child.since or "3.0") <= line]


@needs_corpus
@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("name", TABLES)
def test_each_api_release_has_exactly_the_actions_of_its_specification(name: str, line: str) -> None:
    child, discriminator = TABLES[name]
    served = set(definition(line, name).get(discriminator, {}).get("enum", ()))
    ours = {str(form.const[discriminator]) for form in forms_since(child, line) if discriminator in form.const}
    unserved = {str(form.const[discriminator]) for form in child.forms if form.raw_only and discriminator in form.const}
    refused = {action for (rule, action), since in REFUSED.items() if rule == name and line < since}
    assert served - ours == refused
    assert ours - served <= unserved


@needs_corpus
@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("name", TABLES)
def test_each_api_release_has_exactly_the_fields_of_its_specification(name: str, line: str) -> None:
    child, _ = TABLES[name]
    served = (
        set(definition(line, name))
        - {"metadata"}
        - {key.partition(".")[2] for key in IGNORED if key.startswith(f"{name}.")}
    )
    served -= {"var_format"} if (name, "set-var-fmt") in REFUSED and line < REFUSED[name, "set-var-fmt"] else set()
    ours = {
        field.path.partition("[")[0]
        for form in forms_since(child, line)
        for field in form.fields()
        if (field.since or "3.0") <= line
    }
    assert ours == served


@needs_corpus
@pytest.mark.parametrize("key", IGNORED)
def test_a_property_that_no_rule_uses_is_still_served(key: str) -> None:
    name, _, field = key.partition(".")
    assert field in definition("3.4", name)
    assert IGNORED[key]


@pytest.mark.parametrize("name", TABLES)
def test_a_rule_that_must_not_go_by_the_api_says_why(name: str) -> None:
    child, _ = TABLES[name]
    assert all(len(form.raw_only.split()) > 3 for form in child.forms if form.raw_only)


def test_defaults_have_the_same_rules_since_3_4() -> None:
    child = http_rules.in_defaults(http_rules.HTTP_REQUEST_RULES)
    assert child.since == "3.4"
    assert child.forms is http_rules.HTTP_REQUEST_RULES.forms


@pytest.mark.parametrize(
    ("child", "body", "since"),
    [
        (lists.FILTERS, {"type": "comp-req"}, "3.4"),
        (http_rules.HTTP_REQUEST_RULES, {"type": "do-log"}, "3.1"),
        (http_rules.HTTP_REQUEST_RULES, {"type": "set-retries", "expr": "int(1)"}, "3.1"),
    ],
)
def test_a_rule_without_arguments_is_as_young_as_its_form(child: Child, body: Fields, since: str) -> None:
    form = child.gated_form(body)
    assert form is not None
    assert min(field.since for field in form.gated) == since
