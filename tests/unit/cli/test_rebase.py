"""`hsync rebase PLAN -o NEW`: the commands, and what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

BASE = "global\n  maxconn 10\n\nbackend web\n  server a 192.0.2.1:80\n\nbackend mail\n  server m 192.0.2.3:80\n"
TEMPLATE = BASE.replace("192.0.2.1:80", "192.0.2.1:80 weight {{ weight }}").replace(
    "global\n", "global\n  user {{ secret('env:WHO') }}\n"
)


@pytest.fixture
def plan(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("WHO", "tom-the-cat")
    (tmp_path / "hsync.toml").write_text(
        'target = "edge"\n[targets.edge]\npath = "haproxy.cfg"\nhaproxy_bin = "none"\n'
    )
    (tmp_path / "haproxy.cfg").write_text(BASE)
    (tmp_path / "it.cfg.j2").write_text(TEMPLATE)
    run("plan", "it.cfg.j2", "--var", "weight=5")
    return "edge.plan.json"


def others(old: str, new: str) -> None:
    path = Path("haproxy.cfg")
    path.write_text(path.read_text().replace(old, new))


def test_a_moved_plan_is_rebased_and_applied(run: Run, plan: str) -> None:
    reviewed = json.loads(run("show", plan, "--json").stdout)["plan_file"]["digest"]
    others("192.0.2.3:80", "192.0.2.3:81")
    assert "has changed since the plan was made" in run("apply", plan, "--auto-approve", code=3).stderr
    said = run("rebase", plan, "-o", "new.plan.json")
    assert "(unset) → 5" in said.stdout
    assert "it.cfg.j2:6" in said.stdout, "the places in the template are still told"
    assert "Saved new.plan.json" in said.stdout
    text = Path("new.plan.json").read_text()
    assert "tom-the-cat" not in text
    assert reviewed.removeprefix("sha256:") in text
    run("verify", "new.plan.json")
    run("apply", "new.plan.json", "--auto-approve")
    now = Path("haproxy.cfg").read_text()
    assert "weight 5" in now
    assert "user tom-the-cat" in now
    assert "192.0.2.3:81" in now


def test_a_plan_that_would_be_another_one_says_where(run: Run, plan: str) -> None:
    others("192.0.2.1:80", "192.0.2.1:81")
    before = Path("haproxy.cfg").read_text()
    told = run("rebase", plan, "-o", "new.plan.json", code=3).stderr
    assert "it is another plan, which nobody has reviewed: backend web has changed" in told
    assert "hint: make the plan again, and review it: hsync plan" in told
    assert not Path("new.plan.json").exists()
    assert Path("haproxy.cfg").read_text() == before
    run("plan", "it.cfg.j2", "--var", "weight=5")  # the hint


def test_a_plan_needs_a_file_and_a_target_that_has_moved(run: Run, plan: str) -> None:
    assert "give one: -o NEW.plan.json" in run("rebase", plan, code=64).stderr
    told = run("rebase", plan, "-o", "new.plan.json", code=64).stderr
    assert "the target has not changed since the plan was made" in told
    run("apply", plan, "--auto-approve")  # the hint
    assert "the target runs the result" in run("rebase", plan, "-o", "new.plan.json", code=64).stderr


def test_another_secret_is_another_plan(run: Run, plan: str, monkeypatch: pytest.MonkeyPatch) -> None:
    others("192.0.2.3:80", "192.0.2.3:81")
    monkeypatch.setenv("WHO", "jerry-the-mouse")
    told = run("rebase", plan, "-o", "new.plan.json", code=None)
    assert told.exit_code != 0
    assert "jerry" not in told.output
    assert not Path("new.plan.json").exists()
