"""Secrets on their way from a template through the plan file to the target: the file never has their values."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from hsync.testing import Server
from tests.unit.cli.conftest import Run

TEMPLATE = """\
userlist ops
  user admin insecure-password {{ secret("env:ADMIN") }}

backend web
  http-request set-header Authorization "Bearer {{ secret("file:token") }}"
  http-request set-header X-Pass {{ secret("env:PHRASE") | quote }}
  server s1 192.0.2.1:{{ secret("env:PORT") }}
"""
LISTEN = TEMPLATE + '\nlisten old\n  bind 192.0.2.9:80\n  stats auth joe:{{ secret("env:ADMIN") }}\n'
VALUES = {"ADMIN": "correct-horse", "PHRASE": "batt\"ery staple'", "PORT": "48443"}
TOKEN = "t0ken-of-the-file"


@pytest.fixture(autouse=True)
def secrets(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VALUES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("HSYNC_SECRET_KEY", raising=False)
    (project / "token").write_text(TOKEN + "\n")
    (project / "templates" / "haproxy.cfg.j2").write_text(TEMPLATE)
    (project / "haproxy.cfg").write_text("userlist ops\n  user admin insecure-password old-horse-1\n")


def encodings(value: str) -> set[bytes]:
    """The encodings of a value: bytes, JSON, percent-encoding, base64, hex."""
    data = value.encode()
    return {data, json.dumps(value)[1:-1].encode(), quote(value).encode(), base64.b64encode(data), data.hex().encode()}


@pytest.mark.parametrize(("template", "lane"), [(TEMPLATE, "transaction"), (LISTEN, "raw")])
def test_a_plan_file_has_references_and_apply_takes_the_values(
    template: str, lane: str, run: Run, project: Path
) -> None:
    (project / "templates" / "haproxy.cfg.j2").write_text(template)
    run("plan")
    file = project / "local.plan.json"
    data = file.read_bytes()
    found = [value for value in (*VALUES.values(), TOKEN, "old-horse-1") for one in encodings(value) if one in data]
    assert found == []
    plan = json.loads(data)["plan"]
    assert plan["lane"] == lane
    sent = json.dumps([operation["request"]["body"] for operation in plan["operations"]])
    for reference in ("env:ADMIN", "quote(env:PHRASE)", "env:PORT", "file:token"):
        assert f"{{{{hsync:secret {reference}" in sent
        assert len(plan["inputs"][f"secret {reference.removeprefix('quote(').removesuffix(')')}"]) == 64
    shown = [run("show", file.name).stdout, run("show", file.name, "--json").stdout, run("plan", "--markdown").stdout]
    assert not [value for value in (*VALUES.values(), 'batt\\"ery', TOKEN) for text in shown if value in text]
    assert "ok  replayed on a copy: the result is the promised text" in run("verify", file.name).stdout
    run("apply", file.name, "--auto-approve")
    text = (project / "haproxy.cfg").read_text()
    assert "insecure-password correct-horse" in text
    assert f'"Bearer {TOKEN}"' in text
    assert 'X-Pass "batt\\"ery staple\'"' in text
    assert "192.0.2.1:48443" in text
    assert "hsync:secret" not in text
    assert "applied already" in run("apply", file.name, "--auto-approve").stdout
    assert "No changes" in run("plan").stdout


def test_two_plans_of_the_same_secrets_are_the_same(run: Run, project: Path) -> None:
    digests = [json.loads(run("plan", "--json").stdout)["plan_file"]["digest"] for _ in range(2)]
    assert digests[0] == digests[1]


@pytest.mark.parametrize("verb", [["apply", "--auto-approve"], ["verify"]])
def test_a_secret_that_has_changed_is_stale(
    verb: list[str], run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("plan")
    before = (project / "haproxy.cfg").read_bytes()
    monkeypatch.setenv("ADMIN", "another-horse")
    told = run(*verb, "local.plan.json", code=3).stderr
    assert "the secret env:ADMIN has changed since the plan was made" in told
    assert "hsync plan" in told
    assert "horse" not in told
    assert (project / "haproxy.cfg").read_bytes() == before


@pytest.mark.parametrize("verb", [["apply", "--auto-approve"], ["verify"]])
def test_a_secret_that_is_missing_is_named(
    verb: list[str], run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("plan")
    before = (project / "haproxy.cfg").read_bytes()
    monkeypatch.delenv("ADMIN")
    told = run(*verb, "local.plan.json", code=1).stderr
    assert "secret env:ADMIN: the variable is not set" in told
    assert "export ADMIN=" in told
    assert (project / "haproxy.cfg").read_bytes() == before
    run("show", "local.plan.json")


def test_the_key_belongs_to_the_plan(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("plan")
    (project / ".hsync.key").write_text("one\n")
    assert "the key of fingerprints" in run("apply", "local.plan.json", "--auto-approve", code=3).stderr
    run("plan")
    monkeypatch.setenv("HSYNC_SECRET_KEY", "two")
    run("apply", "local.plan.json", "--auto-approve", code=3)
    monkeypatch.setenv("HSYNC_SECRET_KEY", "one")
    run("apply", "local.plan.json", "--auto-approve")


def test_a_value_that_is_in_the_repository_stays(run: Run, project: Path) -> None:
    (project / "new.cfg").write_text("userlist ops\n  user admin insecure-password in-the-repository\n")
    run("plan", "--config", "new.cfg")
    data = (project / "local.plan.json").read_text()
    assert "in-the-repository" in data
    assert "old-horse-1" not in data
    assert "{{hsync:secret kept on the server}}" in data
    run("apply", "local.plan.json", "--auto-approve")


def test_the_value_of_before_is_hidden_too(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("plan")
    run("apply", "local.plan.json", "--auto-approve")
    monkeypatch.setenv("PHRASE", "tr0ubador-3")
    (project / "token").write_text("the-token-of-tomorrow")
    shown = [run("plan").stdout, run("plan", "--json").stdout, run("plan", "--diff").stdout]
    shown += [run("plan", "--markdown").stdout, (project / "local.plan.json").read_text()]
    assert "X-Pass (secret)" in shown[0]
    for text in shown:
        assert not [one for one in (TOKEN, "batt", "staple", "tr0ubador-3", "the-token-of-tomorrow") if one in text]
    run("apply", "local.plan.json", "--auto-approve")
    assert "tr0ubador-3" in (project / "haproxy.cfg").read_text()


def test_a_text_like_a_reference_is_refused(run: Run, project: Path) -> None:
    (project / "new.cfg").write_text("backend a\n  http-request set-header X '{{hsync:secret env:ADMIN}}'\n")
    assert "which plan files use for secrets" in run("plan", "--config", "new.cfg", code=1).stderr
    assert not (project / "local.plan.json").exists()


@pytest.mark.parametrize("verb", ["apply", "verify"])
def test_a_refusal_by_the_proof_shows_no_secret(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """Neither in the line that the server damaged nor beside it."""
    monkeypatch.setenv("HSYNC_USER", "admin")
    monkeypatch.setenv("HSYNC_PASSWORD", "pw")
    monkeypatch.setenv("TOKEN", "canary-token")
    (tmp_path / "haproxy.cfg.j2").write_text(
        "backend web\n  http-request set-header X-One {{ secret('env:TOKEN') }}\n"
        "  http-request set-header X-Two {{ secret('env:TOKEN') }}\n  server s1 192.0.2.1:80\n"
    )
    with Server(rewrites=False, damage=lambda text: text.replace("X-Two", "X-Too"), listens=True) as server:
        url = server.url
        run("plan", "haproxy.cfg.j2", "-t", url, "-o", "plan.json")
        more = ["--auto-approve"] if verb == "apply" else []
        told = run(verb, "plan.json", "-t", url, *more, code=4)
    assert "-  http-request set-header X-Two (secret)" in told.stderr
    assert "+  http-request set-header X-Too (secret)" in told.stderr
    assert "canary" not in told.output
