from __future__ import annotations

from pathlib import Path

import pytest

from hsync.errors import InputError, UsageError
from hsync.plan.limit import Limit
from hsync.render import find_project
from hsync.render.project import Environment, Project, load_project

FULL = """
template = "t/main.j2"
templates = ["t", "shared"]
vars = ["vars/common.yaml", "vars/*.toml"]
state = "var/state"
target = "edge1"
prune = true
protect = ["backend/pay*"]
ignore = "backend/consul-*"
max_delete = 5

[environments.prod]
vars = "vars/prod.yaml"
target = "edge2"

[environments.dev]

[targets.edge1]
url = "https://edge1.example:5555"

[targets.edge2]
path = "haproxy.cfg"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "hsync.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def test_every_setting_is_read(tmp_path: Path) -> None:
    assert load_project(write(tmp_path, FULL)) == Project(
        root=tmp_path,
        template=tmp_path / "t" / "main.j2",
        templates=(tmp_path / "t", tmp_path / "shared"),
        vars=("vars/common.yaml", "vars/*.toml"),
        state=str(tmp_path / "var" / "state"),
        target="edge1",
        prune=True,
        protect=("backend/pay*",),
        ignore=("backend/consul-*",),
        max_delete=Limit(5),
        targets={"edge1": {"url": "https://edge1.example:5555"}, "edge2": {"path": "haproxy.cfg"}},
        environments={"prod": Environment(("vars/prod.yaml",), "edge2"), "dev": Environment()},
    )


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    project = load_project(write(tmp_path, ""))
    assert project == Project(
        tmp_path, tmp_path / "templates" / "haproxy.cfg.j2", (tmp_path / "templates",), state=str(tmp_path / "state")
    )
    assert load_project(write(tmp_path, 'template = "a/b.j2"')).templates == (tmp_path / "a",)


def test_the_file_is_found_upwards(tmp_path: Path) -> None:
    write(tmp_path, 'target = "outer"')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert (find_project(inner).root, find_project(inner).target) == (tmp_path, "outer")
    write(tmp_path / "a", 'target = "inner"')
    assert (find_project(inner).root, find_project(inner).target) == (tmp_path / "a", "inner")


def test_without_a_file_the_folder_itself_is_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hsync.render.project.FILE_NAME", "no-such-file.toml")
    assert find_project(tmp_path).root == tmp_path
    assert find_project(tmp_path).targets == {}


REFUSED = [
    ("prnue = true", "unknown key 'prnue'; did you mean 'prune'? (known are template, templates, vars"),
    ("zzz = 1", "unknown key 'zzz' (known are"),
    ('template = "a\\u0000b"', "template: expected a string without control characters, got 'a\\x00b'"),
    ('vars = ["a", "b\\n"]', "vars[1]: expected a string without control characters"),
    ("[environment.prod]", "unknown key 'environment'; did you mean 'environments'?"),
    ("[environments.prod]\nvar = []", "unknown key 'environments.prod.var'; did you mean 'vars'?"),
    ("environments = 1", "environments: expected a table [environments], got 1"),
    ("[environments]\nprod = 1", "environments.prod: expected a table [environments.prod], got 1"),
    ("targets = []", "targets: expected a table [targets], got []"),
    ('[targets]\nedge1 = "https://edge1"', "targets.edge1: expected a table [targets.edge1]"),
    ("template = 1", "template: expected a string, got 1"),
    ('template = ""', "template: expected a string, got ''"),
    ("vars = 1", "vars: expected a list of strings, got 1"),
    ("vars = ['a', 1]", "vars[1]: expected a string, got 1"),
    ("prune = 1", "prune: expected true or false, got 1"),
    ("max_delete = true", "max_delete: expected a number from 0 on, or a share such as 30%, got True"),
    ("max_delete = -1", "max_delete: expected a number from 0 on, or a share such as 30%, got -1"),
    ('max_delete = "101%"', "max_delete: expected a number from 0 on, or a share such as 30%, got '101%'"),
    ("accept = true", "accept: expected tables [[accept]], got True"),
    ('accept = ["tls-weaker@frontend/a"]', "accept[0]: expected a reason, got 'tls-weaker@frontend/a'"),
    ('accept = ["tls weaker"]', "accept[0]: expected a table [accept[0]], got 'tls weaker'"),
    ("[[accept]]\nrisk = 'tls-weaker'", "accept[0]: expected a reason"),
    ("[[accept]]\nreason = 'x'", "accept[0]: expected a risk"),
    ("[[accept]]\nrisk = 'tls-weeker'\nreason = 'x'", "unknown risk 'tls-weeker'; did you mean 'tls-weaker'?"),
    ("[[accept]]\nwhy = 'tls-weaker'", "unknown key 'accept[0].why'"),
    ("a = = b", "(at line 1, column 5)"),
    ("a = 'caf\udce9'", "utf-8"),
]


@pytest.mark.parametrize(("text", "what"), REFUSED)
def test_a_fault_is_named(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        load_project(write(tmp_path, text))
    assert str(caught.value).startswith("hsync.toml:")
    assert what in str(caught.value)
    assert caught.value.hint


def test_an_environment_adds_its_variables_and_takes_its_target(tmp_path: Path) -> None:
    project = load_project(write(tmp_path, FULL))
    assert project.in_environment("") is project
    prod = project.in_environment("prod")
    assert (prod.vars, prod.target) == (("vars/common.yaml", "vars/*.toml", "vars/prod.yaml"), "edge2")
    assert project.in_environment("dev").target == "edge1"


def test_an_unknown_environment_is_refused(tmp_path: Path) -> None:
    project = load_project(write(tmp_path, FULL))
    with pytest.raises(UsageError, match="no environment 'prd'; did you mean 'prod'") as caught:
        project.in_environment("prd")
    assert "prod, dev" in caught.value.hint
    with pytest.raises(UsageError, match="no environment 'prod'") as caught:
        load_project(write(tmp_path, "")).in_environment("prod")
    assert "none" in caught.value.hint


def test_patterns_stand_for_their_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "vars" / "x.toml").mkdir(parents=True)
    for name in ("b.toml", "a.toml", "c.yaml"):
        (tmp_path / "vars" / name).touch()
    project = load_project(write(tmp_path, 'vars = ["vars/z.json", "vars/*.toml"]'))
    assert project.variable_files() == tuple(tmp_path / "vars" / name for name in ("z.json", "a.toml", "b.toml"))


@pytest.mark.parametrize(("pattern", "what"), [("vars/*.toml", "no file matches"), ("/etc/*.toml", "vars: '/etc/")])
def test_a_pattern_for_no_file_is_refused(tmp_path: Path, pattern: str, what: str) -> None:
    project = load_project(write(tmp_path, f'vars = "{pattern}"'))
    with pytest.raises(InputError, match=what) as caught:
        project.variable_files()
    assert caught.value.hint
