"""`--format` and its aliases: one format for each run, and the same output for all aliases."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsync.output.forms import FORMS
from tests.unit.cli.conftest import Run

ALIASES = [("text", []), ("json", ["--json"]), ("markdown", ["--markdown"])]

TWO = [
    (["--json", "--markdown"], "--json and --markdown exclude each other"),
    (["--format", "text", "--json"], "--json and --format text exclude each other"),
    (["--format", "json", "--markdown"], "--markdown and --format json exclude each other"),
]


@pytest.mark.parametrize(("form", "alias"), ALIASES)
def test_an_alias_says_the_same(form: str, alias: list[str], run: Run, project: Path) -> None:
    run("plan")
    shown = [run("show", "local.plan.json", *options).stdout for options in (["--format", form], alias)]
    assert shown[0] == shown[1]


def test_the_forms_differ(run: Run, project: Path) -> None:
    run("plan")
    assert len({run("show", "local.plan.json", "--format", form).stdout for form in FORMS}) == len(FORMS) == 3


def test_the_same_form_twice_is_one(run: Run, project: Path) -> None:
    assert run("plan", "--json", "--format", "json").stdout.startswith("{")


@pytest.mark.parametrize(("options", "words"), TWO)
def test_one_run_has_one_form(options: list[str], words: str, run: Run, project: Path) -> None:
    assert words in run("plan", *options, code=64).stderr
    assert not (project / "local.plan.json").exists()


def test_a_verb_takes_the_forms_that_it_has(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("validate", "--format", "json").stdout.startswith("{")
    assert "'markdown' is not one of 'text', 'json'" in run("validate", "--format", "markdown", code=64).stderr
    monkeypatch.setenv("HSYNC_FORMAT", "json")
    assert run("validate").stdout.startswith("{")
    assert "--markdown and --format json exclude each other" in run("plan", "--markdown", code=64).stderr


def test_every_form_of_the_table_is_an_option(run: Run) -> None:
    for verb in ("plan", "show"):
        told = " ".join(run(verb, "--help").stdout.split())
        assert "text, json or markdown; default: text." in told
        assert all(f"--{form} " in told for form in FORMS if form != "text")
