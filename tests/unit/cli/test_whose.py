"""Whose a change of a plan is: what undoes somebody else's work is shown first, and a label that lies is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hsync.plan.plan import Change, Plan, Whose
from hsync.store.planfile import Meta, read, write
from tests.unit.cli.conftest import Run

LEFT = "global\n  maxconn 20\n\nbackend web\n  server a 192.0.2.1:80\n  server b 192.0.2.2:80 weight 10\n"
BY_HAND = (
    LEFT.replace("maxconn 20", "maxconn 25").replace("weight 10", "weight 30")
    + "\nbackend by_hand\n  server x 192.0.2.9:80\n"
)
DESIRED = LEFT.replace("weight 10", "weight 50").replace("192.0.2.1:80", "192.0.2.1:81")
LABELS = {
    "global": "undoes",
    "backends/by_hand": "undoes",
    "backends/by_hand/servers/x": "undoes",
    "backends/web/servers/a": "yours",
    "backends/web/servers/b": "both",
}
PLAN = Path("edge.plan.json")


@pytest.fixture
def edited(run: Run, tmp_path: Path) -> Path:
    """A file that hsync has applied, and that somebody has edited since; and a desired text."""
    (tmp_path / "hsync.toml").write_text('target = "edge"\n[targets.edge]\npath = "haproxy.cfg"\n')
    (tmp_path / "haproxy.cfg").write_text("")
    (tmp_path / "d.cfg").write_text(LEFT)
    run("plan", "--config", "d.cfg")
    run("apply", "edge.plan.json", "--auto-approve")
    edit("", BY_HAND)
    (tmp_path / "d.cfg").write_text(DESIRED)
    return tmp_path


def edit(old: str, new: str) -> None:
    """Edit the target by hand; with "" for the old text, replace all of it below its header lines."""
    file = Path("haproxy.cfg")
    head, _, body = file.read_text().partition("\n\n")
    file.write_text(f"{head}\n\n{body.replace(old, new) if old else new}")


def labels(document: str) -> dict[str, str]:
    return {one["address"]: one["whose"] for one in json.loads(document)["changes"]}


def test_every_change_of_a_plan_says_whose_it_is(run: Run, edited: Path) -> None:
    assert labels(run("plan", "--config", "d.cfg", "--json").stdout) == LABELS
    assert labels(run("show", "edge.plan.json", "--json").stdout) == LABELS
    assert labels(run("drift", "--config", "d.cfg", "--json", code=2).stdout) == LABELS


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_what_undoes_the_work_of_somebody_else_comes_first(form: str, run: Run, edited: Path) -> None:
    told = run("plan", "--config", "d.cfg", "--format", form).stdout
    words: tuple[str, ...] = (
        "Undoes what somebody else",
        "maxconn",
        "192.0.2.9",
        "Changed by somebody else, and by you",
        "30 → 50",
    )
    words = (*words, "Changed by you", "80 → 81")
    risks, _, changes = told.partition(words[0])
    assert "maxconn" in risks, "the risks come first of all"
    places = [f"{words[0]}{changes}".index(one) for one in words]
    assert places == sorted(places)
    assert "; 4 of them undo what somebody else has changed." in told


def test_without_drift_all_changes_are_yours_and_there_are_no_headings(run: Run, edited: Path) -> None:
    run("plan", "--config", "d.cfg")
    run("apply", "edge.plan.json", "--auto-approve")
    Path("d.cfg").write_text(LEFT)
    told = run("plan", "--config", "d.cfg").stdout
    assert "Changed by" not in told
    assert set(labels(run("show", "edge.plan.json", "--json").stdout).values()) == {"yours"}


def test_a_first_plan_has_no_labels(run: Run, project: Path) -> None:
    assert set(labels(run("plan", "--json").stdout).values()) == {None}


def test_without_the_kept_text_a_plan_says_that_it_does_not_know(run: Run, edited: Path) -> None:
    shutil.rmtree("state/.kept")
    told = run("plan", "--config", "d.cfg").stdout
    assert "which changes undo those of somebody else is unknown" in told
    assert "Changed by" not in told
    run("apply", "edge.plan.json", "--auto-approve")


def forged(change: Callable[[Change], Change], more: Callable[[Plan], Plan] = lambda plan: plan) -> None:
    """Edit the plan file as somebody who knows how its digest is made."""
    plan, _, _ = read(PLAN)
    write(PLAN, more(replace(plan, changes=tuple(map(change, plan.changes)))), Meta())


def mine(change: Change) -> Change:
    return replace(change, whose=Whose.YOURS)


@pytest.mark.parametrize("verb", [("show",), ("verify",), ("apply", "--auto-approve")])
@pytest.mark.parametrize("lie", [*Whose])
def test_a_label_that_lies_is_refused(lie: Whose, verb: tuple[str, ...], run: Run, edited: Path) -> None:
    run("plan", "--config", "d.cfg")
    forged(lambda one: replace(one, whose=lie))
    before = Path("haproxy.cfg").read_bytes()
    assert "the plan shows other changes than those of its operations" in run(*verb, "edge.plan.json", code=4).stderr
    assert Path("haproxy.cfg").read_bytes() == before


def test_another_text_than_that_of_the_last_apply_is_refused(run: Run, edited: Path) -> None:
    run("plan", "--config", "d.cfg")
    plan, _, _ = read(PLAN)
    others = [one.name for one in Path("state/.kept").rglob("*") if len(one.name) == 64]
    (other,) = (one for one in others if f"sha256:{one}" != plan.base.left)
    forged(mine, lambda made: replace(made, base=replace(made.base, left=f"sha256:{other}")))
    assert "; the last apply has left" in run("apply", "edge.plan.json", "--auto-approve", code=4).stderr
    assert "; the last apply has left" in run("verify", "edge.plan.json", code=4).stderr


def test_a_plan_that_was_made_elsewhere_says_what_was_not_checked(run: Run, edited: Path) -> None:
    run("plan", "--config", "d.cfg")
    shutil.rmtree("state")
    assert "Whose the changes are was not checked here" in run("show", "edge.plan.json").stderr
    assert "--  whose the changes are was not checked" in run("verify", "edge.plan.json").stdout
    assert "Warning: whose the changes are was not checked" in run("apply", "edge.plan.json", "--auto-approve").stderr


@pytest.mark.parametrize(
    ("base", "change"),
    [
        (None, lambda one: one.pop("whose")),
        (None, lambda one: one.update(whose="nobody")),
        ("", None),
        ("sha256:12", None),
    ],
)
def test_labels_of_a_malformed_plan_file_are_refused(
    base: str | None, change: Callable[[dict[str, object]], object] | None, run: Run, edited: Path
) -> None:
    run("plan", "--config", "d.cfg")
    document = json.loads(PLAN.read_text())
    if base is not None:
        document["plan"]["base"]["left"] = base
    if change is not None:
        change(document["plan"]["changes"][0])
    from hsync.store.planfile import _digest

    PLAN.write_text(json.dumps({**document, "digest": _digest(document["plan"])}))
    assert "edge.plan.json: $.plan." in run("show", "edge.plan.json", code=1).stderr


# Secrets

SECRET = "\nuserlist people\n  user ann insecure-password {{ secret('env:PW') }}\n"


@pytest.fixture
def secretive(run: Run, edited: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with a password in the template, applied; then nothing was edited."""
    monkeypatch.setenv("PW", "hunter2-hunter2")
    Path("t.cfg.j2").write_text(LEFT + SECRET)
    run("plan", "t.cfg.j2")
    run("apply", "edge.plan.json", "--auto-approve")
    return edited


def of_password(run: Run) -> tuple[str, str]:
    """The labels of the password and of another change."""
    found = labels(run("plan", "t.cfg.j2", "--json").stdout)
    run("show", "edge.plan.json")
    run("verify", "edge.plan.json")
    run("apply", "edge.plan.json", "--auto-approve")
    return found["userlists/people/users/ann"], found["global"]


def test_a_password_that_somebody_has_changed_is_undone(run: Run, secretive: Path) -> None:
    edit("hunter2-hunter2", "mallory-mallory")
    edit("maxconn 20", "maxconn 25")
    assert of_password(run) == ("undoes", "undoes")


def test_a_password_that_was_rotated_is_yours(run: Run, secretive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", "hunter3-hunter3")
    edit("maxconn 20", "maxconn 25")
    assert of_password(run) == ("yours", "undoes")


def test_a_password_that_both_have_changed_is_of_both(
    run: Run, secretive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PW", "hunter3-hunter3")
    edit("hunter2-hunter2", "mallory-mallory")
    edit("maxconn 20", "maxconn 25")
    assert of_password(run) == ("both", "undoes")


def test_no_label_shows_a_password(run: Run, secretive: Path) -> None:
    edit("hunter2-hunter2", "mallory-mallory")
    told = run("plan", "t.cfg.j2", "--diff").output + run("drift", "t.cfg.j2", code=2).output
    told += run("rollback", "--diff").output
    assert not {"hunter2-hunter2", "mallory-mallory"} & set(told.replace("'", " ").split())


def test_a_rebased_plan_says_whose_its_changes_are(run: Run, edited: Path) -> None:
    edit("", LEFT)
    run("plan", "--config", "d.cfg")
    edit("maxconn 20", "maxconn 25")
    run("rebase", "edge.plan.json", "-o", "new.plan.json")
    assert set(labels(run("show", "new.plan.json", "--json").stdout).values()) == {"yours"}
    run("apply", "new.plan.json", "--auto-approve")
