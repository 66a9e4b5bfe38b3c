"""The files for a public host and for newcomers exist, can be read by their tools, and are correct."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from hsync.output.schemas import FORMATS
from hsync.store import planfile, state
from hsync.version import __version__
from tests.architecture.source import ROOT

PAGES = ("LICENSE", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", ".github/pull_request_template.md")
YAMLS = sorted(
    [
        ROOT / ".pre-commit-config.yaml",
        *(path for path in (ROOT / ".github").rglob("*") if path.suffix in {".yml", ".yaml"}),
    ]
)
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
PATH = re.compile(r"(?<![\w/.$-])(?:\.?[\w-]+/)*[\w-]+\.(?:py|md|txt|toml|mod|sum|yml|yaml|cfg|j2)\b")
"""File names in a text."""

OF_A_USER = frozenset({"haproxy.cfg", "hsync.toml"})
"""Names of user files in the texts."""


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(read("pyproject.toml"))
    return found


def loaded(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def commands(workflow: Any) -> list[str]:
    return [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_there_and_the_documents_lead_to_it(name: str) -> None:
    assert len(read(name)) > 200
    assert name in {"README.md", ".github/pull_request_template.md"} or f"({name})" in read("README.md")


def test_the_license_is_the_whole_one() -> None:
    text = read("LICENSE")
    assert text.lstrip().startswith("Apache License\n                           Version 2.0, January 2004")
    assert "END OF TERMS AND CONDITIONS" in text
    assert (project()["project"]["license"], project()["project"]["license-files"]) == ("Apache-2.0", ["LICENSE"])


@pytest.mark.parametrize("path", YAMLS, ids=lambda path: path.name)
def test_yaml_is_read_and_every_file_that_it_names_exists(path: Path) -> None:
    assert isinstance(loaded(path), dict)
    text = "\n".join(line.partition("#")[0] for line in path.read_text(encoding="utf-8").splitlines())
    assert [name for name in PATH.findall(text) if name not in OF_A_USER and not (ROOT / name).exists()] == []


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs/releases/0.2.0.md"])
def test_every_link_and_every_path_of_a_page_exists(name: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", read(name))
    assert [link for link in links if not ((ROOT / name).parent / link).exists()] == []
    paths = re.findall(r"`((?:tests|docs|hsync|examples)/[\w/.-]+)`", read(name))
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_workflow_calls_the_commands_of_the_readme() -> None:
    called = {" ".join(command.split()[:2]) for command in commands(loaded(WORKFLOW))}
    assert called == {"make test", "make demo", "make lowest"}
    assert {"make test", "make demo"} <= set(re.findall(r"^make \w+", read("README.md"), re.MULTILINE))
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    named = re.findall(
        r"(?:^|`)make ([a-z]+)\b", "\n".join([read("CONTRIBUTING.md"), read("README.md"), *called]), re.MULTILINE
    )
    assert set(named) <= targets


def test_the_workflow_has_every_python_that_the_package_names() -> None:
    classifiers = "\n".join(project()["project"]["classifiers"])
    named = re.findall(r"Python :: (3\.\d+)$", classifiers, re.MULTILINE)
    assert loaded(WORKFLOW)["jobs"]["test"]["strategy"]["matrix"]["python"] == named == ["3.11", "3.12", "3.13", "3.14"]
    assert project()["project"]["requires-python"] == f">={named[0]}"


def test_hooks_run_what_lint_runs() -> None:
    recipe = read("Makefile").partition("\nlint:")[2].partition("\n\n")[0]
    linters = set(re.findall(r"\$\(BIN\)/([\w-]+)", recipe))
    hooks = {
        hook["entry"].split()[0] for repo in loaded(ROOT / ".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]
    }
    assert hooks == {f".venv/bin/{name}" for name in linters | {"python"}}


def pins(name: str) -> dict[str, str]:
    lines = [line for line in read(name).splitlines() if line and line[0] != "#"]
    return {one.lower(): version for one, _, version in (line.partition("==") for line in lines)}


def test_the_lowest_versions_are_those_of_the_package() -> None:
    lowest, newest = pins("constraints-lowest.txt"), pins("constraints.txt")
    for need in [*project()["project"]["dependencies"], *project()["project"]["optional-dependencies"]["haproxy"]]:
        name, _, version = need.partition(">=")
        assert re.fullmatch(rf"{re.escape(version)}(\.0)*", lowest[name]), need
    assert lowest.keys() < newest.keys()


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_the_changelog_has_this_version_and_the_newest_first() -> None:
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", read("CHANGELOG.md"), re.MULTILINE)
    assert __version__ in versions
    assert versions == sorted(versions, key=numbers, reverse=True)
    assert {f"{path.stem}" for path in (ROOT / "docs" / "releases").glob("*.md")} <= set(versions)


@pytest.mark.parametrize("current", [planfile.FORMAT, state.FORMAT, "hsync-NAME/1"])
def test_a_format_has_its_policy(current: str) -> None:
    policy = read("CHANGELOG.md").partition("## Compatibility")[2].partition("\n## ")[0]
    name = current.partition("/")[0]
    assert f"`{name}/N`" in policy


def test_documents_have_formats_of_their_own() -> None:
    named = [one[0] for one in FORMATS.values()]
    assert sorted({*named, planfile.FORMAT, state.FORMAT}) == sorted([*named, planfile.FORMAT, state.FORMAT])
    assert [one for one in named if not re.fullmatch(r"hsync-[a-z-]+/\d+", one)] == []


def test_the_plan_format_of_this_version_is_in_the_changelog() -> None:
    assert f"`{planfile.FORMAT}`" in read("CHANGELOG.md")


def test_the_layers_that_are_drawn_are_those_that_are_held() -> None:
    drawn = read("docs/architecture.md").partition("```text\n")[2].partition("```")[0]
    layers = [re.split(r" {2,}", line)[0] for line in drawn.splitlines()]
    assert layers == project()["tool"]["importlinter"]["contracts"][0]["layers"]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("run: make test", []),
        ("go-version-file: tests/engine/go.mod", ["tests/engine/go.mod"]),
        ("see SECURITY.md instead", ["SECURITY.md"]),
        (".venv/bin/python -m pytest -q tests/architecture", []),
    ],
)
def test_paths_are_found(text: str, paths: list[str]) -> None:
    assert PATH.findall(text) == paths
