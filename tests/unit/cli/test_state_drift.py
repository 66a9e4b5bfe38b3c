"""State, drift, import, and recovery after killed runs."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from hsync.dataplane import DataplaneClient
from hsync.store import Record, read_state, write_state
from tests.unit.cli.conftest import Run, local


def edit_by_hand(config: Path) -> None:
    config.write_text(config.read_text().replace("weight 50", "weight 51"))


def test_no_drift(run: Run, applied: Path) -> None:
    assert run("drift").stdout.startswith("No drift. local runs the recorded configuration (version ")
    told = json.loads(run("drift", "--json").stdout)
    assert (told["drift"], told["changes"]) == (False, None)


def test_drift_is_told_in_changes(run: Run, applied: Path) -> None:
    edit_by_hand(applied / "haproxy.cfg")
    result = run("drift", code=2)
    assert "Drift: local differs from the recorded configuration" in result.stdout
    assert "weight  51 → 50" in result.stdout
    told = json.loads(run("drift", "--json", code=2).stdout)
    assert [change["address"] for change in told["changes"]] == ["backends/web/servers/web2"]


def test_drift_without_a_desired_configuration(run: Run, applied: Path) -> None:
    edit_by_hand(applied / "haproxy.cfg")
    (applied / "templates" / "haproxy.cfg.j2").unlink()
    assert "Give a template or --config" in run("drift", code=2).stdout
    assert json.loads(run("drift", "--json", code=2).stdout)["changes"] is None


def test_drift_in_spelling_only(run: Run, applied: Path) -> None:
    config = applied / "haproxy.cfg"
    config.write_text(config.read_text() + "\n# by hand\n")
    assert "To settle the drift: hsync plan, then hsync apply" in run("drift", code=2).stdout


def test_an_empty_plan_settles_the_drift(run: Run, applied: Path) -> None:
    config, template = applied / "haproxy.cfg", applied / "templates" / "haproxy.cfg.j2"
    config.write_text(config.read_text() + "# by hand\n")
    template.write_text(template.read_text() + "# by hand\n")
    planned = run("plan").stdout
    assert planned.endswith(" Nothing would be sent. To settle the drift: hsync apply local.plan.json\n")
    assert "`hsync apply local.plan.json --expect " in run("show", "local.plan.json", "--markdown").stdout
    run("drift", code=2)
    assert run("apply", "local.plan.json").stdout == "local: nothing to do\n"
    assert run("drift").stdout.startswith("No drift")
    assert run("plan").stdout.endswith(" There is nothing to apply.\n")


def test_a_plan_names_the_drift(run: Run, applied: Path) -> None:
    edit_by_hand(applied / "haproxy.cfg")
    assert "it runs version" in json.loads(run("plan", "--json").stdout)["drift"][0]


def test_drift_without_a_state(run: Run, project: Path) -> None:
    told = run("drift", code=1).stderr
    assert "hint: record its configuration: hsync import -t local\n" in told


def test_import_takes_over(run: Run, project: Path) -> None:
    (project / "haproxy.cfg").write_text("backend web\n  server s1 10.0.0.1:80\n")
    result = run("import")
    assert "took over version 1" in result.stdout
    assert "server s1" in (project / "local.imported.cfg").read_text()
    assert "No drift" in run("drift").stdout
    assert "No changes" in run("plan", "--config", "local.imported.cfg").stdout
    edit = project / "haproxy.cfg"
    edit.write_text(edit.read_text().replace("s1", "s2"))
    assert "from an import at" in run("drift", code=2).stdout


def test_import_names_a_next_step_that_finds_the_target(run: Run, project: Path) -> None:
    assert run("import").stdout.endswith("hsync plan --config local.imported.cfg -t local\n")
    (project / "other one.cfg").write_text("global\n  maxconn 5\n")
    told = run("import", "-t", "./other one.cfg").stdout
    command = shlex.split(told.partition("Next: hsync ")[2])
    assert command[:1] == ["plan"]
    assert "No changes" in run(*command).stdout


def test_import_writes_over_nothing(run: Run, project: Path) -> None:
    (project / "haproxy.cfg").write_text("backend web\n")
    (project / "mine.cfg").write_text("precious\n")
    assert "already exists" in run("import", "-o", "mine.cfg", code=1).stderr
    assert (project / "mine.cfg").read_text() == "precious\n"
    assert read_state(local(project)) is None
    assert "is the target itself" in run("import", "-o", "haproxy.cfg", code=1).stderr
    told = json.loads(run("import", "-o", "mine.cfg", "--force", "--json").stdout)
    assert (told["file"], told["sections"], told["target"]["name"]) == ("mine.cfg", 1, "local")
    run("import", "-o", "mine.cfg")


def test_a_second_import_keeps_the_history(run: Run, applied: Path) -> None:
    before = read_state(local(applied))
    run("import")
    after = read_state(local(applied))
    assert before is not None
    assert after is not None
    assert after.lineage == before.lineage
    assert [one.outcome for one in after.history] == ["applied", "imported"]


def test_state_show_and_history(run: Run, applied: Path) -> None:
    shown = run("state", "show").stdout
    assert "target   local  file:" in shown
    assert "owned    4 sections: backend web, defaults base, frontend www, global" in shown
    told = json.loads(run("state", "show", "--json").stdout)
    assert told["target"]["name"] == "local"
    assert told["journal"] == []
    assert "applied  version" in run("state", "history").stdout
    assert json.loads(run("state", "history", "--json").stdout)["runs"][0]["outcome"] == "applied"


def test_state_of_something_unknown(run: Run, project: Path) -> None:
    assert "there is no state of local" in run("state", "show", code=1).stderr


def test_state_of_a_target_that_never_applied(run: Run, applied: Path) -> None:
    state = read_state(local(applied))
    assert state is not None
    record = Record("begin", "sha256:" + "0" * 64, (), "2026-01-01T00:00:00Z")
    write_state(local(applied), replace(state, applied=None, owned=(), journal=(record,)))
    shown = run("state", "show").stdout
    assert "owned      no section" in shown
    assert "under way  begin since 2026-01-01T00:00:00Z" in shown
    assert json.loads(run("state", "show", "--json").stdout)["applied"] is None


def test_what_hsync_did_not_create_stays_its_own(run: Run, project: Path) -> None:
    (project / "haproxy.cfg").write_text("backend other\n  server s1 10.0.0.1:80\nlisten theirs\n  bind :9\n")
    with (project / "hsync.toml").open("r+") as file:
        text = file.read()
        file.seek(0)
        file.write("prune = false\n" + text)
    assert "unmanaged, because of ignore" in run("plan").stdout
    run("apply", "local.plan.json", "--auto-approve")
    assert "backend other" in (project / "haproxy.cfg").read_text()
    assert "owned    4 sections" in run("state", "show").stdout
    (project / "l.cfg").write_text("listen mine\n  bind :10\n")
    run("plan", "--config", "l.cfg")
    run("apply", "local.plan.json", "--auto-approve")
    assert "owned    1 section: listen mine" in run("state", "show").stdout


def test_a_target_that_moved_to_another_address_is_remembered_there(run: Run, applied: Path) -> None:
    file = applied / "hsync.toml"
    file.write_text(file.read_text().replace('path = "haproxy.cfg"', 'path = "moved.cfg"'))
    run("plan")
    run("apply", "local.plan.json", "--auto-approve")
    moved = read_state(replace(local(applied), identity=f"file:{applied / 'moved.cfg'}"))
    assert moved is not None
    assert [one.outcome for one in moved.history] == ["applied"]
    old = read_state(local(applied))
    assert old is not None
    assert old.lineage != moved.lineage


# Runs that died


def left_behind(folder: Path, *records: Record) -> None:
    state = read_state(local(folder))
    assert state is not None
    write_state(local(folder), replace(state, journal=records))


PLAN = "sha256:" + "0" * 64
WHEN = "2026-01-01T00:00:00Z"
SEND = Record("send", PLAN, (("transaction", "b0c8c9b4-1111-2222-3333-444455556666"),), WHEN)


def test_a_run_that_died_before_its_commit_changed_nothing(run: Run, applied: Path) -> None:
    run("plan", "--var", "maxconn=7")
    left_behind(applied, SEND)
    result = run("apply", "local.plan.json", "--auto-approve")
    assert "An earlier run died before its end (phase send): nothing was changed." in result.stderr
    history = run("state", "history").stdout
    assert "died in phase send: nothing was changed" in history
    assert "applied: 1 operation" in result.stdout


def test_the_transaction_that_it_left_is_deleted(run: Run, applied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    abandoned: list[str] = []
    monkeypatch.setattr(DataplaneClient, "transaction_status", lambda *_: "in_progress")
    monkeypatch.setattr(DataplaneClient, "abandon", lambda _, transaction: abandoned.append(transaction))
    run("plan", "--var", "maxconn=7")
    left_behind(applied, SEND)
    assert "its transaction was deleted" in run("apply", "local.plan.json", "--auto-approve").stderr
    assert abandoned == ["b0c8c9b4-1111-2222-3333-444455556666"]


def test_a_run_that_died_after_its_commit_is_done(run: Run, applied: Path) -> None:
    state = read_state(local(applied))
    assert state is not None
    assert state.applied is not None
    left_behind(applied, SEND, Record("commit", PLAN, (("sha256", state.applied.sha256),), WHEN))
    run("plan", "--var", "maxconn=7")
    told = run("apply", "local.plan.json", "--auto-approve").stderr
    assert "(phase commit): it has committed, its result is stored, and whether HAProxy was" in told


def test_a_run_that_died_after_its_commit_is_no_absence_of_drift(run: Run, applied: Path) -> None:
    left_behind(applied, SEND, Record("commit", PLAN, (("sha256", "0" * 64),), WHEN))
    told = run("drift", code=2).stdout
    assert "has not finished (phase commit): it is at work, or it died" in told


def test_the_plan_of_a_run_that_died_after_its_commit_is_reloaded(run: Run, applied: Path) -> None:
    state = read_state(local(applied))
    assert state is not None
    assert state.applied is not None
    facts = (("sha256", state.applied.sha256),)
    left_behind(applied, SEND, Record("commit", state.applied.plan, facts, WHEN))
    told = run("apply", "local.plan.json", "--auto-approve")
    assert "applied: " in told.stdout
    assert "applied already" not in told.stdout
    assert "applied already" in run("apply", "local.plan.json", "--auto-approve").stdout


def test_a_commit_that_was_overtaken_is_not_called_nothing(run: Run, applied: Path) -> None:
    run("plan", "--var", "maxconn=7")
    left_behind(applied, SEND, Record("commit", PLAN, (("sha256", "0" * 64),), WHEN))
    told = run("apply", "local.plan.json", "--auto-approve").stderr
    assert "whether it has committed is unknown, the target has another text now" in told


def test_an_older_plan_does_not_hide_drift(run: Run, applied: Path) -> None:
    run("plan", "--var", "maxconn=7", "-o", "second.plan.json")
    run("apply", "second.plan.json", "--auto-approve")
    edit_by_hand(applied / "haproxy.cfg")
    run("drift", code=2)
    run("apply", "local.plan.json", "--auto-approve", code=None)
    run("drift", code=2)


def test_a_push_that_died_is_not_called_done(run: Run, applied: Path) -> None:
    state = read_state(local(applied))
    assert state is not None
    assert state.applied is not None
    push = Record("push", PLAN, (("version", "1"),), WHEN)
    left_behind(applied, push)
    run("plan", "--var", "maxconn=7")
    told = run("apply", "local.plan.json", "--auto-approve").stderr
    assert "the text may be stored without a reload" in told


def test_a_proved_push_that_died_before_its_reload_is_told_as_stored(run: Run, applied: Path) -> None:
    state = read_state(local(applied))
    assert state is not None
    assert state.applied is not None
    push = Record("push", PLAN, (("version", "1"),), WHEN)
    left_behind(applied, push, Record("commit", PLAN, (("sha256", state.applied.sha256),), WHEN))
    told = run("plan").stdout
    assert "its reload may not have been requested" in told
    assert "No changes" not in told
    told = run("apply", "local.plan.json", "--auto-approve").stderr
    assert "its result is stored, and whether HAProxy was reloaded is unknown" in told
    assert "No changes" in run("plan").stdout


def test_an_applied_plan_that_the_state_forgot(run: Run, applied: Path) -> None:
    (applied / "state" / "local.json").unlink()
    assert "applied already" in run("apply", "local.plan.json", "--auto-approve").stdout
    assert "found applied" in run("state", "history").stdout


def test_drift_does_not_depend_on_the_template(run: Run, applied: Path) -> None:
    template = applied / "templates" / "haproxy.cfg.j2"
    template.write_text(template.read_text() + "# {{ only_in_an_environment }}\n")
    assert run("drift").stdout.startswith("No drift")
    edit_by_hand(applied / "haproxy.cfg")
    told = run("drift", code=2).stdout
    assert "Drift: local differs from the recorded configuration" in told
    assert "could not be compared with: templates/haproxy.cfg.j2:19: 'only_in_an_environment' is undefined" in told
    document = json.loads(run("drift", "--json", code=2).stdout)
    assert (document["drift"], document["changes"]) == (True, None)
    assert "'only_in_an_environment' is undefined" in document["note"]


def test_drift_with_faults_in_the_desired_configuration(run: Run, applied: Path) -> None:
    edit_by_hand(applied / "haproxy.cfg")
    (applied / "bad.cfg").write_text("backend a\nbackend a\n")
    told = run("drift", "--config", "bad.cfg", code=2).stdout
    assert "bad.cfg:2" in told
    assert "is not rendered" in run("drift", "x.j2", "--config", "bad.cfg", code=64).stderr
