"""Variables on the command line, and files of variables in hsync.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

TEMPLATE = "# {{ name }}{% if tls | default(false) %} ssl{% endif %}\n"


@pytest.fixture
def small(project: Path) -> Path:
    (project / "hsync.toml").write_text('template = "t.j2"\nvars = ["v.yaml"]\n')
    (project / "t.j2").write_text(TEMPLATE)
    (project / "v.yaml").write_text("name: web\n")
    return project


def test_var_is_text_and_var_json_has_types(run: Run, small: Path) -> None:
    assert run("render", "--var", "name=1.10").stdout == "# 1.10\n"
    assert run("render", "--var", "name=007", "--var-json", "tls=true").stdout == "# 007 ssl\n"
    assert run("render", "--var-json", "name=1.10").stdout == "# 1.1\n"


def test_variables_of_the_process_give_several(run: Run, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSYNC_VAR", " name=two words  ")
    monkeypatch.setenv("HSYNC_VAR_JSON", 'tls=[1, {"a": 2}]')
    assert run("render").stdout == "# two words ssl\n"
    monkeypatch.setenv("HSYNC_VAR", "name=x tls=")
    monkeypatch.delenv("HSYNC_VAR_JSON")
    assert run("render").stdout == "# x\n"


def test_a_value_that_no_template_reads_is_a_wrong_option(run: Run, small: Path) -> None:
    told = run("render", "--var", "nme=3", code=64).stderr
    assert "--var nme: no template reads nme; did you mean 'name'?" in told
    assert "--var-json tsl" in run("plan", "--var-json", "tsl=true", code=64).stderr


def test_a_text_excludes_variables(run: Run, small: Path) -> None:
    (small / "a.cfg").write_text("global\n")
    assert "--var-json" in run("render", "--config", "a.cfg", "--var-json", "a=1", code=64).stderr


def test_the_version_of_yaml_is_set_in_the_project(run: Run, small: Path) -> None:
    (small / "v.yaml").write_text("name: 0660\ntls: no\n")
    told = run("render", code=1).stderr
    assert "v.yaml:1:7: 0660 is 432" in told
    assert "v.yaml:2:6: no is false" in told
    with (small / "hsync.toml").open("a") as file:
        file.write('yaml = "1.1"\n')
    assert run("render").stdout == "# 432\n"


def test_values_of_ansible_are_set_in_the_project(run: Run, small: Path) -> None:
    (small / "v.yaml").write_text("name:\n")
    assert "the value is null" in run("render", code=1).stderr
    with (small / "hsync.toml").open("a") as file:
        file.write('values = "ansible"\n')
    assert run("render").stdout.rstrip() == "#"
    (small / "v.yaml").write_text("name: |\n  a\n  # b\n")
    assert run("render").stdout == "# a\n# b\n"
    (small / "v.yaml").write_text('name: "a\\rb"\n')
    assert "a line break in the value" in run("render", code=1).stderr


def test_filters_of_the_project_are_run_only_when_it_names_them(run: Run, small: Path) -> None:
    (small / "t.j2").write_text("# {{ name | shout }}\n")
    (small / "hsync_filters.py").write_text('FILTERS = {"shout": lambda text: text.upper() + "!"}\n')
    assert "No filter named 'shout'" in run("render", code=1).stderr
    with (small / "hsync.toml").open("a") as file:
        file.write('filters = "hsync_filters.py"\n')
    run("allow")
    assert run("render").stdout == "# WEB!\n"


@pytest.mark.parametrize(("line", "told"), [('yaml = "2"', '"1.1" or "1.2"'), ('values = "x"', '"ansible"')])
def test_other_settings_are_refused(run: Run, small: Path, line: str, told: str) -> None:
    with (small / "hsync.toml").open("a") as file:
        file.write(f"{line}\n")
    assert told in run("render", code=1).stderr
