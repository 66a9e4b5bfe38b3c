"""`hsync schema`, and real outputs of all commands, which conform to the schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from jsonschema import Draft202012Validator

from hsync.output.schemas import FORMATS, schema_of
from tests.unit.cli.conftest import Run, fake_haproxy


def closed(schema: Any) -> Any:
    """The schema without additional fields, which hsync's own outputs do not have."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(one) for name, one in schema.items()}
    return {"additionalProperties": False, **made} if "properties" in made else made


def held(name: str, result: Result) -> dict[str, Any]:
    """Assert that a document has its format, and conforms to its schema."""
    value: dict[str, Any] = json.loads(result.stdout)
    faults = [
        f"{fault.json_path}: {fault.message}"
        for fault in Draft202012Validator(closed(schema_of(name))).iter_errors(value)
    ]
    assert faults == []
    assert value["format"] == FORMATS[name][0]
    return value


@pytest.mark.parametrize("name", FORMATS)
def test_a_schema_is_printed_and_is_one(run: Run, name: str) -> None:
    schema = json.loads(run("schema", name).stdout)
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["format"] == {"const": FORMATS[name][0]}


def test_the_documents_are_listed(run: Run) -> None:
    assert [line.split()[0] for line in run("schema").stdout.splitlines()] == list(FORMATS)


def test_an_unknown_document_is_refused_with_those_that_there_are(run: Run) -> None:
    assert "one of: show, verify" in run("schema", "plan", code=64).stderr


def test_a_document_without_a_field_or_with_a_wrong_one_fails() -> None:
    check = Draft202012Validator(schema_of("validate"))
    good = {"format": "hsync-validate/1", "configuration": "x", "valid": True}
    verdict = {"status": "accepted", "judge": "", "reason": "", "findings": []}
    assert check.is_valid({**good, "verdict": verdict, "new": 1})
    assert not check.is_valid(good)
    assert not check.is_valid({**good, "verdict": verdict, "format": "hsync-validate/2"})
    assert not Draft202012Validator(closed(schema_of("validate"))).is_valid({**good, "verdict": verdict, "new": 1})


def test_what_each_verb_prints_has_its_schema(run: Run, project: Path) -> None:
    created = held("show", run("plan", "--json"))
    assert (created["plan_file"]["path"], len(created["changes"])) == ("local.plan.json", 7)
    held("show", run("show", "local.plan.json", "--json"))
    assert held("show", run("show", "local.plan.json", "--json", "--bodies"))["operations"][0]["body"]
    held("verify", run("verify", "local.plan.json", "--json"))
    assert held("apply", run("apply", "local.plan.json", "--auto-approve", "--json"))["changed"]
    assert not held("apply", run("apply", "local.plan.json", "--auto-approve", "--json"))["changed"]
    assert held("drift", run("drift", "--json"))["changes"] is None
    held("state-show", run("state", "show", "--json"))
    assert len(held("state-history", run("state", "history", "--json"))["runs"]) == 1
    held("validate", run("validate", "--json"))
    with (project / "haproxy.cfg").open("a") as file:
        file.write("  server web9 127.0.0.1:9009 check inter 3s\n")
    assert held("drift", run("drift", "--json", code=2))["changes"]
    assert held("show", run("plan", "--json", "--var-json", "maxconn=7"))["drift"]
    held("import", run("import", "-o", "taken.cfg", "--json"))
    held("state-show", run("state", "show", "--json"))


def test_findings_and_lines_without_an_address_have_their_schema(run: Run, project: Path) -> None:
    with (project / "templates" / "haproxy.cfg.j2").open("a") as file:
        file.write("\nlisten x from base\n  bind 127.0.0.1:3306\n")
    checker = fake_haproxy(project, "config : parsing [{}:2] : 'maxconn' is odd", level="WARNING")
    raw = held("show", run("plan", "--json", "--haproxy-bin", checker))
    assert (raw["lane"], bool(raw["unaddressed"])) == ("raw", True)
    held("validate", run("validate", "--json", "--haproxy-bin", checker))
