"""Secrets that a program of the operator prints; nothing that goes wrong shows what it printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsync.errors import InputError, NotAllowedError
from hsync.render import Secrets, commands
from hsync.trust import Operator
from hsync.trust.reach import Reach


def secrets(folder: Path, *words: str, reach: Reach | None = None) -> Secrets:
    return Secrets(
        folder / "project", {}, reach=reach, operator=Operator(folder / "config.toml", commands={"one": words})
    )


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("s3cret\\n", "s3cret"),
        ("s3cret", "s3cret"),
        ("s3cret\\r\\n", "s3cret"),
        ("a\\nb\\n\\n", "a\nb\n"),
        (" a b ", " a b "),
    ],
)
def test_what_a_program_prints_is_the_secret_without_the_last_line_end(said: str, value: str, tmp_path: Path) -> None:
    assert secrets(tmp_path, "printf", said).get("cmd:one") == value


def test_there_is_no_shell_and_no_variable_of_hsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSYNC_PASSWORD", "hunter2")
    monkeypatch.setenv("VAULT_TOKEN", "of-the-operator")
    assert secrets(tmp_path, "printf", "%s", "$(id); *").get("cmd:one") == "$(id); *"
    known = secrets(tmp_path, "env").get("cmd:one").split("\n")
    assert "VAULT_TOKEN=of-the-operator" in known
    assert not [one for one in known if one.startswith("HSYNC_")]


def test_it_runs_in_the_folder_of_the_operator_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    for folder, said in ((tmp_path, "the operator's"), (tmp_path / "project", "the project's")):
        (folder / "tool").write_text(f'#!/bin/sh\necho x >> ran\necho "{said}"\n')
        (folder / "tool").chmod(0o755)
    found = secrets(tmp_path, "./tool")
    assert [found.get("cmd:one") for _ in range(3)] == ["the operator's"] * 3
    assert (tmp_path / "ran").read_text() == "x\n"
    assert [one.name for one in (tmp_path / "project").iterdir()] == ["tool"]


FAILS: list[tuple[list[str], str]] = [
    (["sh", "-c", "echo hunter2; echo hunter2 >&2; exit 3"], "sh ended with 3"),
    (["sh", "-c", "kill -9 $$", "hunter2"], "sh ended with -9"),
    (["no-such-program-here", "hunter2"], "no-such-program-here cannot be started: No such file or directory"),
    (["true", "hunter2"], "the command printed nothing"),
    (["sh", "-c", "printf '\\n'"], "the command printed nothing"),
    (["sh", "-c", "head -c 70000 /dev/zero | tr '\\0' h"], "sh printed more than 65536 bytes"),
    (["sh", "-c", "sleep 60 & echo hunter2; sleep 60"], "sh: no end within 0.2 s"),
    (["a\0b"], "cannot be started: embedded null byte"),
]


@pytest.mark.parametrize(("words", "why"), FAILS, ids=[row[1] for row in FAILS])
def test_a_program_that_fails(words: list[str], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "TIMEOUT_S", 0.2)
    found = secrets(tmp_path, *words)
    with pytest.raises(InputError) as caught:
        found.get("cmd:one")
    assert why in caught.value.message
    assert caught.value.message.startswith("secret cmd:one: ")
    assert caught.value.hint == f"run it manually: secrets.one in {tmp_path / 'config.toml'}"
    assert "hunter2" not in repr(caught.value) + caught.value.hint
    assert found.values == ()


@pytest.mark.parametrize("operator", [None, Operator(Path("/x/config.toml"))])
def test_only_the_operator_names_programs(operator: Operator | None) -> None:
    with pytest.raises(InputError, match="secret cmd:one: the operator has no command of this name") as caught:
        Secrets(operator=operator).get("cmd:one")
    where = operator.file if operator else "~/.config/hsync/config.toml"
    assert caught.value.hint == f'the operator can add it to {where}, below [secrets]: one = ["PROGRAM", "ARGUMENT"]'


def test_a_project_that_is_not_trusted_gets_those_that_are_listed(tmp_path: Path) -> None:
    assert secrets(tmp_path, "printf", "x", reach=Reach(tmp_path, (), frozenset({"cmd:one"}))).get("cmd:one") == "x"
    marker = tmp_path / "ran"
    with pytest.raises(NotAllowedError, match="the secret cmd:one is not read: the project is not trusted"):
        secrets(tmp_path, "touch", str(marker), reach=Reach(tmp_path, (), frozenset({"env:one"}))).get("cmd:one")
    assert not marker.exists()
