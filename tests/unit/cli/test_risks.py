"""Risks on the command line: shown first, accepted with a reason, refused on request; and the brakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hsync.risks import rules_by_id
from tests.unit.cli.conftest import Run

BEFORE = """\
global
  maxconn 100

frontend www
  mode http
  bind :443 ssl crt /etc/x.pem ssl-min-ver TLSv1.2
  default_backend app

backend app
  mode http
  server a 192.0.2.1:80

backend spare1
  server a 192.0.2.1:80

backend spare2
  server a 192.0.2.1:80

backend spare3
  server a 192.0.2.1:80
"""
SPARES = ("spare1", "spare2", "spare3")
WEAKER = BEFORE.replace("TLSv1.2", "TLSv1.1")
PLAN = ("plan", "--config", "new.cfg", "--no-judge")
ACCEPT = "[[accept]]\nrisk = 'tls-weaker'\nat = 'frontend/w*'\nreason = 'printers'\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    settings("")
    Path("haproxy.cfg").write_text(BEFORE)
    Path("new.cfg").write_text(WEAKER)
    return tmp_path


def settings(text: str) -> None:
    Path("hsync.toml").write_text(f'target = "edge"\n{text}\n[targets.edge]\npath = "haproxy.cfg"\n')


def delete(*names: str) -> None:
    text = BEFORE
    for name in names:
        text = text.replace(f"\nbackend {name}\n  server a 192.0.2.1:80\n", "")
    Path("new.cfg").write_text(text)


def test_a_risk_comes_first_with_its_line_and_source(run: Run, site: Path) -> None:
    lines = run(*PLAN).stdout.splitlines()
    assert lines[3] == "Risks: 1 high"
    told = " ".join(" ".join(lines[4:8]).split())
    assert told.startswith("high tls-weaker frontends/www: bind :443: allows TLSv1.1 now")
    assert "[new.cfg:6]" in told
    assert "bind :443 ssl crt /etc/x.pem ssl-min-ver TLSv1.1" in told
    assert "hsync explain tls-weaker" in "\n".join(lines[:9])


@pytest.mark.parametrize("level", ["high", "medium", "low"])
def test_a_plan_with_a_risk_is_shown_and_not_written(run: Run, site: Path, level: str) -> None:
    run(*PLAN)
    refused = run(*PLAN, "--fail-on", level, code=4)
    assert "Risks: 1 high" in refused.stdout
    assert f"the plan has risks that --fail-on {level} refuses: tls-weaker (high)" in refused.stderr
    assert "hint: no plan was saved; if this is what you want, accept the risks in hsync.toml" in refused.stderr
    assert "this plan was withdrawn" in run("show", "edge.plan.json", code=4).stderr


def test_a_lower_risk_passes(run: Run, site: Path) -> None:
    Path("new.cfg").write_text(BEFORE.replace("maxconn 100", "maxconn 90"))
    assert "low       maxconn-low" in run(*PLAN, "--fail-on", "medium").stdout
    run(*PLAN, "--fail-on", "low", code=4)


@pytest.mark.parametrize("accept", [ACCEPT, 'accept = ["tls-weaker@frontend/w*: printers"]'], ids=["table", "short"])
def test_an_accepted_risk_is_shown_with_its_reason(run: Run, site: Path, accept: str) -> None:
    settings(accept)
    for shown in (run(*PLAN, "--fail-on", "high").stdout, run("show", "edge.plan.json").stdout):
        assert "Risks: 1 accepted" in shown
        assert "accepted  tls-weaker" in shown
        assert "(accepted: printers)" in " ".join(shown.split())
    (risk,) = json.loads(run("show", "edge.plan.json", "--json").stdout)["risks"]
    assert (risk["rule"], risk["level"], risk["accepted"]) == ("tls-weaker", "high", "printers")
    assert "accepted `tls-weaker`" in run("show", "edge.plan.json", "--markdown").stdout
    run("apply", "edge.plan.json", "--auto-approve")


def test_an_acceptance_without_a_section_is_told(run: Run, site: Path) -> None:
    settings(ACCEPT.replace("frontend/w*", "frontend/wwv"))
    shown = run(*PLAN).stdout
    assert "accept 'frontend/wwv' of hsync.toml matches no section" in " ".join(shown.split())
    assert "Risks: 1 high" in shown


@pytest.mark.parametrize(
    ("setting", "names", "code"),
    [
        ("", ("spare1", "spare2"), 0),  # 2 of 6 sections are more than 30 %, but few
        ("", SPARES, 4),
        ("max_delete = 6", SPARES, 0),
        ("max_delete = 5", SPARES, 4),
        ('max_delete = "50%"', SPARES, 0),
        ('max_delete = "49%"', SPARES, 4),
    ],
)
def test_a_new_target_has_a_brake(run: Run, site: Path, setting: str, names: tuple[str, ...], code: int) -> None:
    settings(setting)
    delete(*names)
    ended = run(*PLAN, code=code)
    assert ("max_delete allows" in ended.stderr) is (code == 4)
    assert Path("edge.plan.json").exists() is (code == 0)


def test_the_brake_of_a_new_target_is_released_by_an_option_or_by_the_first_apply(run: Run, site: Path) -> None:
    delete(*SPARES)
    refused = run(*PLAN, code=4)
    assert "deletes 3 of 6 sections, max_delete allows 30%, since hsync has never applied a plan" in refused.stderr
    assert (
        "hint: no plan was saved; if this is what you want, give --max-delete, or change max_delete" in refused.stderr
    )
    assert "high      brake" in refused.stdout
    run(*PLAN, "--max-delete", "2", code=4)
    run(*PLAN, "--max-delete", "100%")
    Path("new.cfg").write_text(WEAKER)
    run(*PLAN)
    run("apply", "edge.plan.json", "--auto-approve")
    delete(*SPARES)
    run(*PLAN)
    run(*PLAN, "--max-delete", "30%", code=4)


@pytest.mark.parametrize("limit", ["-1", "x", "101%", "1.5", "%"])
def test_a_limit_is_a_number_or_a_share(run: Run, site: Path, limit: str) -> None:
    told = run(*PLAN, f"--max-delete={limit}", code=64).stderr
    assert f"--max-delete: expected a number from 0 on, or a share such as 30%, got {limit!r}" in told


def test_explain_lists_and_explains(run: Run) -> None:
    listed = run("explain").stdout.splitlines()
    assert [line.split()[0] for line in listed] == list(rules_by_id())
    text = run("explain", "tls-weaker").stdout
    assert text.startswith("tls-weaker (high)\n")
    assert "  +  bind :443 ssl crt /etc/site.pem ssl-min-ver TLSv1.0\n" in text
    assert 'risk = "tls-weaker"' in text
    assert "did you mean 'tls-weaker'" in run("explain", "tls-weeker", code=64).stderr
