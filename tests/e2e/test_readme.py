"""The README and the documents show the real output of hsync.

The commands of the ```console blocks of a document are run in order, by one shell in an empty folder, and their output
is compared with the shown output. `HSYNC_UPDATE_README=1` updates the document: review the diff then.

Rule 1: only output that differs from run to run (`UNSTEADY`) is shown as `…`.
Rule 2: a command that fails is followed by `$ echo $?`, so that no failure is shown by accident.
Rule 3: no server, no reload, no network: the target is a file. HAProxy checks it if there is a binary.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hsync import errors
from hsync.cli.group import INTERRUPTED, VERBS
from hsync.dataplane import target_for
from hsync.errors import HsyncError
from hsync.render.project import load_project
from hsync.trust import read_operator

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"

ELSEWHERE = {"library.md": "its command serves until it is interrupted; test_docs_library runs it"}
"""Documents whose console blocks are not run here, with the reason."""

DOCUMENTS = [README, *(path for path in sorted((ROOT / "docs").rglob("*.md")) if path.name not in ELSEWHERE)]

UNSTEADY = (
    (re.compile(r"sha256:[0-9a-f]{12,64}"), "sha256:…"),  # plans are bound to the path of their target
    (re.compile(r"_md5hash=[0-9a-f]{32}"), "_md5hash=…"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "…"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "…"),
    (re.compile(r"[\w.-]+@[\w.-]+  \d+\.\d s"), "…"),  # who ran it, and how long
    (re.compile(r"(?<=hsync )\d+\.\d+\.\d+\S*"), "…"),
    # What a machine without HAProxy says in addition, and instead.
    (re.compile(r"^No HAProxy binary: .*\n", re.MULTILINE), ""),
    (
        re.compile(r"--  not checked by HAProxy: there is no binary"),
        "ok  the server's own validation accepts the result",
    ),
)
"""Patterns of output, and their replacement. The temporary folder is shown as `…`, too."""

_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<kind>\w*)\n(?P<body>.*?)^(?P=fence)$\n?", re.MULTILINE | re.DOTALL)
_HERE = re.compile(r"<<'(\w+)'$")
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
_MARK = "\x1e"


@dataclass(frozen=True)
class Step:
    """A command and its output."""

    command: str
    output: str


def blocks(text: str, kind: str) -> list[str]:
    """The fenced blocks of a language."""
    return [match["body"] for match in _FENCE.finditer(text) if match["kind"] == kind]


def steps(body: str) -> list[Step]:
    """The commands of a console block, with their here-documents."""
    found: list[Step] = []
    until = ""
    for line in body.splitlines(keepends=True):
        if until:
            found[-1] = replace(found[-1], command=found[-1].command + line)
            until = "" if line.rstrip("\n") == until else until
        elif line.startswith("$ "):
            found.append(Step(line[2:], ""))
            match = _HERE.search(line.rstrip("\n"))
            until = match[1] if match else ""
        else:
            assert found, f"output without a command: {line!r}"
            found[-1] = replace(found[-1], output=found[-1].output + line)
    assert not until, f"the here-document of {found[-1].command!r} has no end"
    return found


def environment(folder: Path) -> dict[str, str]:
    """A minimal environment with the `hsync` of this checkout, under this Python."""
    (folder / "bin").mkdir()
    command = folder / "bin" / "hsync"
    command.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -W error -m hsync "$@"\n')
    command.chmod(0o755)
    kept = {name: os.environ[name] for name in ("HSYNC_HAPROXY_BIN",) if name in os.environ}
    path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    return {"PATH": path, "HOME": str(folder), "LC_ALL": "C.UTF-8", "COLUMNS": "100", "NO_COLOR": "1", **kept}


def run(commands: Sequence[str], folder: Path) -> list[tuple[str, int]]:
    """Output and exit code of each command. All run in the same shell, so that `cd` and `$?` work."""
    home = folder / "home"
    home.mkdir()
    marked = (f"{command}code=$?; printf '{_MARK}%s{_MARK}' $code; (exit $code)\n" for command in commands)
    script = folder / "script.sh"
    script.write_text("".join(marked), encoding="utf-8")
    done = subprocess.run(
        ["sh", str(script)],
        cwd=home,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    parts = done.stdout.split(_MARK)[:-1]
    assert len(parts) == 2 * len(commands), done.stdout
    return [(steady(said, home), int(code)) for said, code in zip(parts[::2], parts[1::2], strict=True)]


def steady(said: str, home: Path) -> str:
    """Output with the unsteady parts replaced."""
    said = said.replace(str(home.resolve()), "…").replace(str(home), "…")
    for pattern, shown in UNSTEADY:
        said = pattern.sub(shown, said)
    return "".join(f"{line.rstrip()}\n" for line in said.splitlines())


def rewritten(text: str, outputs: Iterator[str]) -> str:
    """The document with the real outputs of its commands."""

    def block(match: re.Match[str]) -> str:
        if match["kind"] != "console":
            return match[0]
        body = "".join(
            f"$ {one.command}{next(outputs)}" + "\n" * (len(one.output) - len(one.output.rstrip("\n")) > 1)
            for one in steps(match["body"])
        )
        return f"{match['fence']}console\n{body}{match['fence']}\n"

    return _FENCE.sub(block, text)


def with_commands() -> list[Path]:
    return [path for path in DOCUMENTS if blocks(path.read_text(encoding="utf-8"), "console")]


def test_the_readme_is_among_those_whose_commands_are_run() -> None:
    assert README in with_commands()


@pytest.mark.parametrize("path", with_commands(), ids=lambda path: path.name)
def test_commands_say_what_the_document_shows(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    shown = [one for body in blocks(text, "console") for one in steps(body)]
    said = run([one.command for one in shown], tmp_path)
    if os.environ.get("HSYNC_UPDATE_README"):
        path.write_text(rewritten(text, iter([output for output, _ in said])), encoding="utf-8")
        return
    for one, (output, _) in zip(shown, said, strict=True):
        assert one.output.rstrip("\n") == output.rstrip("\n"), f"{path.name}: $ {one.command}"
    for (one, (_, code)), after in zip(zip(shown, said, strict=True), [*shown[1:], Step("", "")], strict=True):
        assert code == 0 or after.command == "echo $?\n", f"{path.name}: exit code {code}: $ {one.command}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    links = _LINK.findall(_FENCE.sub("", path.read_text(encoding="utf-8")))
    assert [link for link in links if not (path.parent / link).exists()] == []


def settings() -> list[object]:
    return [
        pytest.param(body, id=f"{path.name}-{number}")
        for path in DOCUMENTS
        for number, body in enumerate(blocks(path.read_text(encoding="utf-8"), "toml"))
    ]


@pytest.mark.parametrize("body", settings())
def test_settings_are_what_hsync_reads(body: str, tmp_path: Path) -> None:
    if "/config.toml\n" in body.partition("\n")[0] + "\n":  # its first line says whose file it is
        (tmp_path / "config.toml").write_text(body, encoding="utf-8")
        operator = read_operator(tmp_path / "config.toml", {})
        assert [target_for(name, operator.targets).name for name in operator.targets] == list(operator.targets)
        return
    (tmp_path / "hsync.toml").write_text(body, encoding="utf-8")
    project = load_project(tmp_path / "hsync.toml")
    assert [target_for(name, project.targets).name for name in project.targets] == list(project.targets)


def table_of(title: str) -> list[str]:
    """The first cells of the table below a heading of the README, without backticks."""
    section = README.read_text(encoding="utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1].strip().strip("`") for line in section.splitlines() if line.startswith("|")]
    return cells[2:]


def test_exit_codes_are_those_of_the_errors() -> None:
    kinds = [getattr(errors, name) for name in errors.__all__]
    codes = {kind.exit_code for kind in kinds if issubclass(kind, HsyncError)}
    assert sorted(map(int, table_of("Exit codes"))) == sorted({0, 2, INTERRUPTED, *codes})


def test_every_verb_is_named() -> None:
    assert table_of("Commands") == list(VERBS)


def test_the_example_of_a_section_type_is_the_whole_of_it() -> None:
    data = (ROOT / "hsync" / "sections" / "cache.py").read_text(encoding="utf-8")
    assert f"\n{data}```\n" in README.read_text(encoding="utf-8")
