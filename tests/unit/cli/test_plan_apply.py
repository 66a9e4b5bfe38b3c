"""plan, show, verify and apply, on a file that the embedded Data Plane API serves."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

import pytest

from hsync.errors import InputError
from hsync.store import lock
from tests.unit.cli.conftest import Run, fake_haproxy, local


def test_plan_writes_a_file_that_show_shows(run: Run, project: Path) -> None:
    planned = run("plan")
    assert "Saved local.plan.json (sha256:" in planned.stdout
    assert stat.S_IMODE((project / "local.plan.json").stat().st_mode) == 0o600
    shown = run("show", "local.plan.json").stdout
    assert re.sub(r" --expect sha256:[0-9a-f]{64}$", "", shown, flags=re.MULTILINE) == planned.stdout.replace(
        "Saved", "Read from"
    )
    assert shown != planned.stdout, "what was read is what is applied: bound to its digest"


def test_a_plan_of_nothing_is_written_shown_verified_and_applied(run: Run, applied: Path) -> None:
    (applied / "local.plan.json").unlink()
    planned = run("plan", "--detailed-exitcode").stdout
    assert "No changes." in planned
    assert re.search(r"^Saved local\.plan\.json \(sha256:\w+\)\. There is nothing to apply\.$", planned, re.MULTILINE)
    assert run("show", "local.plan.json").stdout == planned.replace("Saved", "Read from")
    assert "- There is nothing to apply (sha256:" in run("show", "--markdown", "local.plan.json").stdout
    assert json.loads(run("show", "--json", "local.plan.json").stdout)["operations"] == []
    assert run("verify", "local.plan.json").stdout.endswith(
        "ok  there is nothing to apply: the plan has no operations\n"
    )
    for verb in (["apply", "local.plan.json"], ["apply", "local.plan.json", "--auto-approve"]):
        assert run(*verb).stdout == "local: nothing to do\n"


def test_a_plan_of_nothing_takes_the_place_of_one_that_was_turned_down(run: Run, applied: Path) -> None:
    run("plan", "--var", "maxconn=5")
    run("plan")
    assert run("apply", "local.plan.json", "--auto-approve").stdout == "local: nothing to do\n"
    assert "maxconn 1000" in (applied / "haproxy.cfg").read_text()


def test_a_plan_of_nothing_is_stale_when_the_target_has_moved(run: Run, applied: Path) -> None:
    run("plan")
    (applied / "haproxy.cfg").write_text("backend x\n")
    assert "has changed since the plan was made" in run("apply", "local.plan.json", code=3).stderr


def test_the_pipeline_of_the_readme_works_when_there_is_nothing_to_do(run: Run, project: Path) -> None:
    (project / "haproxy.cfg").write_text(run("render").stdout)
    run("plan", "-o", "prod.plan.json")
    assert "No changes" in run("show", "--markdown", "prod.plan.json").stdout
    assert "nothing to do" in run("apply", "prod.plan.json", "--auto-approve").stdout
    assert "No drift" in run("drift").stdout


def test_detailed_exit_code_is_two_when_there_are_changes(run: Run, project: Path) -> None:
    run("plan", "--detailed-exitcode", code=2)


def test_an_option_can_be_a_variable(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSYNC_DETAILED_EXITCODE", "1")
    monkeypatch.setenv("HSYNC_OUT", "other.json")
    run("plan", code=2)
    assert (project / "other.json").exists()


def test_json_is_one_document(run: Run, project: Path) -> None:
    planned = json.loads(run("plan", "--json").stdout)
    assert planned["plan_file"]["path"] == "local.plan.json"
    assert planned == json.loads(run("show", "--json", "local.plan.json").stdout)


def test_markdown(run: Run, project: Path) -> None:
    page = run("plan", "--markdown").stdout
    assert page.startswith("### hsync plan for `local`")
    assert page == run("show", "local.plan.json", "--markdown").stdout


@pytest.mark.parametrize("verb", [["plan"], ["show", "local.plan.json"]])
def test_one_run_has_one_form(verb: list[str], run: Run, project: Path) -> None:
    run("plan")
    assert "exclude each other" in run(*verb, "--json", "--markdown", code=64).stderr


def test_the_text_diff_is_there_when_asked(run: Run, applied: Path) -> None:
    plain = run("plan", "--var", "maxconn=7").stdout
    assert "+  maxconn 7" not in plain
    assert re.search(r"\n  -  maxconn 1000\n  \+  maxconn 7\n", run("plan", "--var", "maxconn=7", "--diff").stdout)


def test_environment_and_files_of_variables(run: Run, applied: Path) -> None:
    assert "1000 → 20000" in run("plan", "-e", "prod").stdout
    (applied / "more.toml").write_text("maxconn = 30000\n")
    assert "1000 → 30000" in run("plan", "--env", "prod", "--vars", "more.toml").stdout
    assert "no environment" in run("plan", "-e", "nope", code=64).stderr


def test_a_template_can_be_named(run: Run, applied: Path) -> None:
    (applied / "templates" / "other.j2").write_text("global\n  maxconn {{ maxconn }}\n")
    assert "section-deleted  backends/web" in run("plan", "templates/other.j2").stdout
    assert "template nope.j2 does not exist" in run("plan", "nope.j2", code=1).stderr


def test_a_text_as_it_stands(run: Run, tmp_path: Path) -> None:
    (tmp_path / "new.cfg").write_bytes(b"backend web\n  # caf\xe9\n  server s1 10.0.0.1:80\n")
    run("plan", "--config", "new.cfg", "-t", "live.cfg", "-o", "p.json")
    run("apply", "p.json", "-t", "live.cfg", "--auto-approve")
    assert b"server s1 10.0.0.1:80" in (tmp_path / "live.cfg").read_bytes()
    assert "No changes" in run("plan", "--config", "new.cfg", "-t", "live.cfg").stdout
    assert "is not rendered" in run("plan", "x.j2", "--config", "new.cfg", "-t", "live.cfg", code=64).stderr


def test_the_templates_of_a_folder_are_rendered(run: Run, tmp_path: Path) -> None:
    for name in ("conf.d", "live.d"):
        (tmp_path / name).mkdir()
    (tmp_path / "conf.d" / "10.cfg").write_text("backend a\n  mode tcp\n")
    (tmp_path / "conf.d" / "20.cfg.j2").write_text("backend b\n  server s 192.0.2.1:{{ port }}\n")
    planned = run("plan", "--config", "conf.d", "--var", "port=80", "-t", "live.d", "-o", "p.json").stdout
    assert "conf.d/20.cfg.j2:2" in planned
    run("apply", "p.json", "-t", "live.d", "--auto-approve")
    assert (tmp_path / "live.d" / "20.cfg").read_text().endswith("backend b\n  server s 192.0.2.1:80\n")
    told = run("plan", "x.j2", "--config", "conf.d", "-t", "live.d", code=64).stderr
    assert "--config has the templates: it excludes another template" in told


def test_faults_are_told_with_their_places(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.cfg").write_text("backend a\nbackend a\n")
    told = run("plan", "--config", "bad.cfg", "-t", "live.cfg", code=1).stderr
    assert "bad.cfg:2" in told


@pytest.mark.parametrize(("settings", "code"), [("", 1), ("prune = false\n", 0), ('ignore = ["defaults/*"]\n', 0)])
def test_defaults_that_stand_on_the_target_alone_are_known_only_if_they_stay(
    settings: str, code: int, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "hsync.toml").write_text(settings)
    (tmp_path / "live.cfg").write_text("defaults shared\n  mode tcp\n")
    (tmp_path / "new.cfg").write_text("backend b from shared\n")
    told = run("plan", "--config", "new.cfg", "-t", "live.cfg", code=code).stderr
    assert ("new.cfg:1:16: defaults section 'shared' does not exist" in told) == bool(code)


def test_a_plan_that_is_refused_is_shown_and_not_written(run: Run, applied: Path) -> None:
    with (applied / "hsync.toml").open("r+") as file:
        text = file.read()
        file.seek(0)
        file.write('protect = ["backend/web"]\n' + text)
    (applied / "local.plan.json").unlink()
    (applied / "small.cfg").write_text("global\n  maxconn 1000\n")
    result = run("plan", "--config", "small.cfg", code=4)
    assert "- backends/web" in result.stdout
    assert "\n  high      brake  backends/web: deletes backend web, which is protected\n" in result.stdout
    assert "hsync apply" not in result.stdout
    assert "the plan deletes backend web, which is protected\nhint: no plan was saved; if this is" in result.stderr
    assert not (applied / "local.plan.json").exists()


REFUSALS = [
    ("", "backend a\nbackend a\n", 1, "new.cfg:2"),
    ('protect = ["backend/web"]\n', "global\n  maxconn 1000\n", 4, "deletes backend web, which is protected"),
    ("max_delete = 0\n", "global\n  maxconn 1000\n", 4, "deletes 6 resources, max_delete allows 0"),
]


@pytest.mark.parametrize(("settings", "text", "code", "reason"), REFUSALS, ids=["faults", "protect", "max_delete"])
def test_a_refused_plan_withdraws_the_older_one(
    settings: str, text: str, code: int, reason: str, run: Run, applied: Path
) -> None:
    run("plan", "--var", "maxconn=5")
    (applied / "hsync.toml").write_text(settings + (applied / "hsync.toml").read_text())
    (applied / "new.cfg").write_text(text)
    told = run("plan", "--config", "new.cfg", code=code).stderr
    assert "The older plan in local.plan.json was withdrawn: hsync apply refuses it.\nError: " in told
    assert reason in told
    for verb in (["apply", "--auto-approve"], ["verify"], ["show"], ["show", "--json"], ["show", "--markdown"]):
        refused = run(*verb, "local.plan.json", code=4)
        assert "local.plan.json: this plan was withdrawn at 2" in refused.stderr
        assert reason in refused.stderr
        assert refused.stderr.endswith("hint: fix the cause, then make the plan again: hsync plan --config new.cfg\n")
        assert not refused.stdout
    assert "maxconn 1000" in (applied / "haproxy.cfg").read_text()
    (applied / "hsync.toml").write_text((applied / "hsync.toml").read_text().removeprefix(settings))
    run("plan", "--var", "maxconn=6")
    assert "applied: 1 operation" in run("apply", "local.plan.json", "--auto-approve").stdout


def test_an_older_plan_that_cannot_be_withdrawn_is_told(
    run: Run, applied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise InputError("cannot write it: no space")

    run("plan", "--var", "maxconn=5")
    (applied / "new.cfg").write_text("backend a\nbackend a\n")
    monkeypatch.setattr("hsync.store.planfile.write_text", fail)
    told = run("plan", "--config", "new.cfg", code=1).stderr
    words = (
        "An older plan is in local.plan.json and could not be withdrawn, do not apply it: cannot write it: no space\n"
    )
    assert words in told


def test_a_refusal_without_an_older_plan_writes_nothing(run: Run, applied: Path) -> None:
    (applied / "new.cfg").write_text("backend a\nbackend a\n")
    told = run("plan", "--config", "new.cfg", "-o", "none.json", code=1).stderr
    assert "withdrawn" not in told
    assert not (applied / "none.json").exists()


@pytest.mark.parametrize("name", ["haproxy.cfg", "hsync.toml", "state", "pipe", "vars/common.yaml", "other.json"])
def test_a_plan_is_not_written_over_something_else(run: Run, applied: Path, name: str) -> None:
    os.mkfifo(applied / "pipe")
    (applied / "other.json").write_text('{"format": "hsync-show/1"}')
    before = (applied / name).read_bytes() if (applied / name).is_file() else b""
    told = run("plan", "--var", "maxconn=5", "-o", name, code=1)
    assert f"Error: {name} exists, and is not a plan file of hsync\nhint: give another file: -o PLAN" in told.stderr
    assert not told.stdout
    assert ((applied / name).read_bytes() if (applied / name).is_file() else b"") == before


def test_a_damaged_plan_is_written_over(run: Run, applied: Path) -> None:
    file = applied / "local.plan.json"
    file.write_text(file.read_text()[:500])
    assert "hint: plan files are not edited by hand: run `hsync plan` again" in run("show", file.name, code=1).stderr
    run("plan")
    run("show", file.name)


def test_a_plan_is_written_into_an_empty_file(run: Run, applied: Path) -> None:
    (applied / "made-by-mktemp").touch()
    run("plan", "-o", "made-by-mktemp")
    run("show", "made-by-mktemp")


def test_a_command_that_is_shown_can_be_typed(run: Run, project: Path) -> None:
    assert run("plan", "-o", "my plan.json").stdout.endswith("hsync apply 'my plan.json'\n")
    assert "`hsync apply 'my plan.json' --expect sha256:" in run("show", "my plan.json", "--markdown").stdout


def test_apply_twice_sends_once(run: Run, project: Path) -> None:
    run("plan")
    told = "local: applied: 1 operation, version 2 (not reloaded: this target has no master_socket or reload_command)\n"
    assert told == run("apply", "local.plan.json", "--auto-approve").stdout
    text = (project / "haproxy.cfg").read_text()
    assert "applied already" in run("apply", "local.plan.json", "--auto-approve").stdout
    assert (project / "haproxy.cfg").read_text() == text


def test_apply_as_json(run: Run, project: Path) -> None:
    digest = json.loads(run("plan", "--json").stdout)["plan_file"]["digest"]
    told = json.loads(run("apply", "local.plan.json", "--auto-approve", "--json").stdout)
    assert told == {**told, "changed": True, "operations": 1, "plan": digest, "target": "local"}


def test_a_moved_target_is_stale(run: Run, applied: Path) -> None:
    run("plan", "--var", "maxconn=7")
    config = applied / "haproxy.cfg"
    config.write_text(config.read_text().replace("weight 50", "weight 51"))
    before = config.read_text()
    assert "has changed since the plan was made" in run("apply", "local.plan.json", "--auto-approve", code=3).stderr
    assert config.read_text() == before
    assert "has changed" in run("verify", "local.plan.json", code=3).stderr


def test_another_target_is_refused(run: Run, applied: Path) -> None:
    run("plan", "--var", "maxconn=7")
    assert "the plan was made for" in run("apply", "local.plan.json", "-t", "x.cfg", "--auto-approve", code=3).stderr


def test_an_edited_plan_is_refused(run: Run, applied: Path) -> None:
    run("plan", "--var", "maxconn=7")
    file = applied / "local.plan.json"
    file.write_text(file.read_text().replace('"maxconn": 7', '"maxconn": 8'))
    for verb in ("show", "verify"):
        assert "the plan was changed after it was made" in run(verb, "local.plan.json", code=1).stderr
    run("apply", "local.plan.json", "--auto-approve", code=1)


def test_a_locked_target(run: Run, applied: Path) -> None:
    run("plan", "--var", "maxconn=7")
    with lock(local(applied)):
        assert "another run of hsync" in run("apply", "local.plan.json", "--auto-approve", code=5).stderr
        assert "another run of hsync" in run("import", code=5).stderr
        run("plan", "--var", "maxconn=8")


def test_a_plan_says_whether_there_will_be_a_reload(run: Run, project: Path) -> None:
    none = "none: this target has no master_socket or reload_command"
    assert f"\nReloads  {none}\n" in run("plan").stdout
    assert json.loads(run("show", "--json", "local.plan.json").stdout)["summary"]["reloads"] == 0
    (project / "hsync.toml").write_text('[targets.local]\npath = "haproxy.cfg"\nreload_command = "true"\n')
    run("allow")
    (project / "a.cfg").write_text("backend a\n")
    assert "\nReloads  1\n" in run("plan", "--config", "a.cfg").stdout
    assert "not reloaded" not in run("apply", "local.plan.json", "--auto-approve").stdout


def test_a_failed_reload(run: Run, project: Path) -> None:
    (project / "hsync.toml").write_text('[targets.local]\npath = "haproxy.cfg"\nreload_command = "false"\n')
    run("allow")
    (project / "a.cfg").write_text("backend a\n")
    run("plan", "--config", "a.cfg")
    told = run("apply", "local.plan.json", "--auto-approve", code=6).stderr
    assert told.count("committed") == 1
    assert "Error: committed, but the reload failed: the server gave no reason\n" in told
    assert "The old file was restored: fix the error" in told
    assert "reload failed" in run("state", "history", "-t", "local").stdout
    assert "backend a" not in (project / "haproxy.cfg").read_text()
    (project / "hsync.toml").write_text('[targets.local]\npath = "haproxy.cfg"\nreload_command = "true"\n')
    run("allow")
    run("plan", "--config", "a.cfg")
    assert "applied: 1 operation" in run("apply", "local.plan.json", "--auto-approve").stdout


def test_nobody_can_be_asked(run: Run, project: Path) -> None:
    run("plan")
    assert "--auto-approve" in run("apply", "local.plan.json", code=64).stderr
    assert not (project / "haproxy.cfg").exists()


@pytest.mark.parametrize(("typed", "code"), [("yes\n", 0), ("y\n", 1), ("\n", 1), ("", 130)])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_only_a_typed_yes_applies(
    typed: str, code: int, form: list[str], run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("plan")
    monkeypatch.setattr("hsync.cli.questions.is_interactive", lambda: True)
    result = run("apply", "local.plan.json", *form, code=code, stdin=typed)
    shown = result.stderr if form else result.stdout
    assert "Plan: 7 to add" in shown
    assert "\nRead from local.plan.json (sha256:" in shown
    assert "To run exactly this" not in shown
    assert (project / "haproxy.cfg").exists() == (code == 0)


def test_verify_proves_and_leaves_nothing(run: Run, applied: Path) -> None:
    run("plan", "--var", "maxconn=7")
    before = (applied / "haproxy.cfg").read_text()
    shown = run("verify", "local.plan.json").stdout.splitlines()
    assert "ok  staged on the server in a transaction (now deleted): the text has the promised meaning" in shown
    assert shown[-1] == "--  not checked by HAProxy: there is no binary"
    told = json.loads(run("verify", "local.plan.json", "--json").stdout)
    assert (told["verified"], told["unproved"]) == (True, ["not checked by HAProxy: there is no binary"])
    assert (applied / "haproxy.cfg").read_text() == before


def test_verify_with_a_checker_says_that_it_accepts(run: Run, applied: Path) -> None:
    run("plan", "--var", "maxconn=7")
    shown = run("verify", "local.plan.json", "--haproxy-bin", fake_haproxy(applied)).stdout
    assert shown.endswith("ok  the server's own validation accepts the result\n")


def test_secrets_of_templates_are_not_shown(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATS", "correct-horse")
    template = project / "templates" / "haproxy.cfg.j2"
    template.write_text(template.read_text() + '  http-request deny if { hdr(x) {{ secret("env:STATS") }} }\n')
    shown = [
        run("plan").stdout,
        run("plan", "--json").stdout,
        run("plan", "--markdown").stdout,
        run("plan", "--diff").stdout,
    ]
    assert not [text for text in shown if "correct-horse" in text]
    assert "(secret)" in shown[0]
    run("apply", "local.plan.json", "--auto-approve")
    assert "correct-horse" in (project / "haproxy.cfg").read_text()
    assert "correct-horse" not in (project / "state" / "local.json").read_text()
