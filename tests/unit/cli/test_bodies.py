"""`hsync show --bodies`: all that would be sent, in every form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hsync.store import planfile
from tests.unit.cli.conftest import Run


def forged(file: Path, **fields: object) -> None:
    """Change fields of the first request, and the digest."""
    document = json.loads(file.read_text())
    document["plan"]["operations"][0]["request"].update(fields)
    document["digest"] = planfile._digest(document["plan"])
    file.write_text(json.dumps(document))


@pytest.fixture
def path(run: Run, tmp_path: Path) -> Path:
    """A plan of one operation on the global section."""
    (tmp_path / "it.cfg").write_text("global\n  maxconn 500\n")
    (tmp_path / "new.cfg").write_text("global\n  maxconn 700\n")
    run("plan", "-t", "it.cfg", "--config", "new.cfg", "-o", "it.plan.json")
    return tmp_path / "it.plan.json"


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_what_a_body_holds_is_seen_and_a_forged_one_is_refused(run: Run, path: Path, form: str) -> None:
    assert '"performance_options"' not in run("show", path.name, "--format", form).stdout
    assert '"performance_options"' in run("show", path.name, "--format", form, "--bodies").stdout
    body = {"performance_options": {"maxconn": 700}, "lua_options": {"loads": [{"file": "/tmp/evil.lua"}]}}
    forged(path, body=body)
    for options in ([], ["--bodies"]):
        told = run("show", path.name, "--format", form, *options, code=4)
        assert told.stdout == ""
        assert (
            "shows other changes than those of its operations: update global differs from the operations" in told.stderr
        )


def test_without_bodies_no_form_has_them(run: Run, path: Path) -> None:
    shown = [run("show", path.name, "--format", form).stdout for form in ("text", "json", "markdown")]
    assert all('"performance_options"' not in text for text in shown)
    assert "body" not in json.loads(shown[1])["operations"][0]


def test_a_request_that_its_address_does_not_give_is_not_shown_as_one(run: Run, path: Path) -> None:
    forged(path, path="/services/haproxy/configuration/traces")
    assert "goes to" in run("show", path.name, "--bodies", code=1).stderr
