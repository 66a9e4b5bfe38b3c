"""Every verb, with texts of an enemy in all that it reads: a terminal and a page show them as text, and as nothing else.

What a verb writes is looked at from outside, by another terminal and another markdown (`tests.hostile`). Each text of
the enemy has all of the characters at once; that each of them is harmless alone is held by the tests of the outputs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import Result

from hsync.cli import questions
from hsync.cli.group import VERBS
from hsync.store import planfile
from tests.hostile import ALL, MARKUP, page_of, screen_of
from tests.raw_server import Peer, serving_raw
from tests.unit.cli.conftest import Run, fake_haproxy, local

pytestmark = pytest.mark.attack("verbs that read texts of an enemy")

BAD = "q" + "[2J".join(ALL) + "]0;pz"
"""Each of the characters before what a terminal clears its screen for."""


def storable(text: str, without: str = "") -> str:
    """What of a text can be the text of a file."""
    return "".join(one for one in text if one not in without and not "\ud800" <= one <= "\udfff")


WORD = "".join(one for one in BAD if one != "\x00" and not re.match("[\ud800-\udc7f\udd00-\udfff]", one))
"""The same as an argument can have it: bytes that are not UTF-8 travel as surrogates."""
LINE = storable(BAD, "\x00\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
PAGE = f"{LINE} {MARKUP['link']} {MARKUP['html']} {MARKUP['mention']} {MARKUP['end of the fold']}"


def looked_at(result: Result, form: str = "text") -> bool:
    """Look at what a verb wrote; whether the text of the enemy is in it, as text."""
    screen_of(result.stderr)
    if form == "markdown" and result.stdout:
        page_of(result.stdout)
    elif form == "json" and result.stdout:
        assert result.stdout.isascii()
        json.loads(result.stdout)
    else:
        screen_of(result.stdout)
    assert "has a bug" not in result.stderr
    return "[2J" in result.output


# What is typed


OPTIONS = (
    *("-t", "-e", "-o", "--timeout", "--var", "--vars", "--format", "--config", "--user", "--haproxy-bin", "--expect"),
    *("--pin", "--ca-file", "--operator-config"),
)


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_typed(run: Run, applied: Path, verb: str) -> None:
    words = ["state", "show"] if verb == "state" else [verb]
    tried = [[WORD], [f"--{WORD}"], *([option, WORD] for option in OPTIONS)]
    assert sum(looked_at(run(*words, *more, code=None)) for more in tried)
    looked_at(run(WORD, code=64))


# A plan file

FORMS = {
    "show": ["show", "it.json", "--diff", "--bodies"],
    "show, as a page": ["show", "it.json", "--format", "markdown", "--bodies"],
    "show, as JSON": ["show", "it.json", "--format", "json", "--bodies"],
    "verify": ["verify", "it.json"],
    "apply": ["apply", "it.json"],
}


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of the texts and names of a JSON value; of a list the first item stands for all."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, list):
        yield from (found for n, item in enumerate(value[:2]) for found in places(item, (*path, n)))
    elif isinstance(value, dict):
        yield from ((*path, f"name {name}") for name in list(value)[:1])
        yield from (found for name, item in value.items() for found in places(item, (*path, name)))


def replaced(value: object, path: tuple[str | int, ...], text: str) -> object:
    """A JSON value with another text at a place."""
    if not path:
        return text
    first, *rest = path
    if isinstance(value, list):
        return [replaced(item, tuple(rest), text) if n == first else item for n, item in enumerate(value)]
    assert isinstance(value, dict)
    if isinstance(first, str) and first.startswith("name "):
        return {text if f"name {name}" == first else name: item for name, item in value.items()}
    return {name: replaced(item, tuple(rest), text) if name == first else item for name, item in value.items()}


@pytest.fixture
def plan(run: Run, applied: Path) -> dict[str, object]:
    """A plan with something in each of its fields."""
    template, config = applied / "templates" / "haproxy.cfg.j2", applied / "haproxy.cfg"
    template.write_text(
        template.read_text().replace("weight 50", "weight 51") + "\nlisten s\n  bind :9000\n  stats enable\n"
    )
    config.write_text(config.read_text() + "\nbackend gone\n  server g 10.0.0.9:80\n")
    checker = fake_haproxy(applied, "config : parsing [a.cfg:2] : odd", level="WARNING")
    run("plan", "-o", "it.json", "--haproxy-bin", checker)
    found: dict[str, object] = json.loads((applied / "it.json").read_text())
    return found


@pytest.mark.parametrize("form", FORMS)
def test_what_a_plan_file_says(
    run: Run, applied: Path, plan: dict[str, object], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(questions, "is_interactive", lambda: True)
    kind = {"show, as a page": "markdown", "show, as JSON": "json"}.get(form, "text")
    tried = shown = answered = 0
    for path in places(plan):
        for bad in (WORD, PAGE, BAD):
            document = replaced(plan, path, bad)
            assert isinstance(document, dict)
            if path[0] == "plan":
                document["digest"] = planfile._digest(document["plan"])
            (applied / "it.json").write_text(json.dumps(document))
            result = run(*FORMS[form], code=None, stdin="no\n")
            shown += looked_at(result, kind)
            answered += result.exit_code == 0 or "Not applied" in result.stderr
            tried += 1
    assert tried >= 210
    assert shown >= 60
    assert answered >= 50


# What HAProxy says


@pytest.mark.parametrize("level", ["ALERT", "WARNING"])
def test_what_haproxy_says(run: Run, applied: Path, level: str) -> None:
    template = applied / "templates" / "haproxy.cfg.j2"
    template.write_text(template.read_text().replace("weight 50", "weight 51"))
    checker = fake_haproxy(applied, f"config : parsing [a.cfg:2] : {PAGE}", PAGE, level=level)
    for verb in ("plan", "validate"):
        for form in ("text", "json", "markdown")[: 3 if verb == "plan" else 2]:
            assert looked_at(run(verb, "--haproxy-bin", checker, "--format", form, code=None), form)
    for form in ("text", "json", "markdown"):
        assert looked_at(run("show", "local.plan.json", "--format", form, "--bodies"), form)
    assert looked_at(run("apply", "local.plan.json", "--haproxy-bin", checker, "--auto-approve", code=None))


# What the project says


def toml(text: str) -> str:
    """A text as TOML has it."""
    return '"' + "".join(one if one.isascii() and one.isalnum() else f"\\U{ord(one):08x}" for one in text) + '"'


CLEAN = storable(BAD, "\x00")
PROJECTS: dict[str, Callable[[str], str]] = {
    "a target": lambda bad: f'target = {toml(bad)}\n[targets.{toml(bad)}]\npath = "haproxy.cfg"\n',
    "a path": lambda bad: f"{LOCAL}path = {toml(bad)}\n",
    "a path elsewhere": lambda bad: f"{LOCAL}path = {toml('/tmp/' + bad)}\n",
    "a URL": lambda bad: f"{LOCAL}url = {toml('http://' + bad)}\n",
    "a URL with a path": lambda bad: f"{LOCAL}url = {toml('http://127.0.0.1:1/' + bad)}\n",
    "a user": lambda bad: f'{LOCAL}url = "http://127.0.0.1:1"\nuser = {toml(bad)}\n',
    "a program": lambda bad: f'{LOCAL}path = "haproxy.cfg"\nreload_command = {toml(bad)}\n',
    "a checker": lambda bad: f'{LOCAL}path = "haproxy.cfg"\nhaproxy_bin = {toml(bad)}\n',
    "a socket": lambda bad: f'{LOCAL}path = "haproxy.cfg"\nmaster_socket = {toml("/tmp/" + bad)}\n',
    "a setting": lambda bad: f"{toml(bad)} = 1\n",
    "a setting of a target": lambda bad: f'{LOCAL}path = "haproxy.cfg"\n{toml(bad)} = 1\n',
    "a template": lambda bad: f'template = {toml(bad)}\n{LOCAL}path = "haproxy.cfg"\n',
    "variables": lambda bad: f'vars = [{toml(bad)}]\n{LOCAL}path = "haproxy.cfg"\n',
    "a folder": lambda bad: f'templates = [{toml(bad)}]\nstate = {toml(bad)}\n{LOCAL}path = "haproxy.cfg"\n',
}
LOCAL = 'target = "local"\n[targets.local]\n'
IN_A_PROJECT = [
    ["plan"], ["plan", "--format", "markdown"], ["validate"], ["render"], ["drift"], ["import"], ["recover"],
    ["state", "show"], ["state", "history"], ["allow", "--list"], ["allow"], ["verify", "local.plan.json"],
    ["apply", "local.plan.json", "--auto-approve"],
]  # fmt: skip


@pytest.mark.parametrize("answers", [True, False])
@pytest.mark.parametrize("place", PROJECTS)
def test_what_a_project_says(
    run: Run, applied: Path, monkeypatch: pytest.MonkeyPatch, place: str, answers: bool
) -> None:
    monkeypatch.setattr(questions, "is_interactive", lambda: answers)
    seen = 0
    for bad in (
        CLEAN,
        "".join(filter(str.isprintable, CLEAN)) + "\u2800\ufe0f\u3164",
    ):  # most settings refuse the former
        head = 'vars = ["vars/common.yaml"]\n' * (place != "variables")
        head += 'template = "templates/haproxy.cfg.j2"\n' * (place != "a template")
        (applied / "hsync.toml").write_text(head + PROJECTS[place](bad))
        seen += sum(looked_at(run(*words, code=None, stdin="no\n"), words[-1]) for words in IN_A_PROJECT)
    assert seen


# What a configuration says

CONFIGURATIONS = {
    "a comment": "global\n  maxconn 5 # {}\n",
    "a line of no sense": "global\n  {}\n",
    "a section of no sense": "{}\n  maxconn 5\n",
    "a name": "backend {}\n  server s 10.0.0.1:80\n",
    "a server": "backend b\n  server {} 10.0.0.1:80\n",
    "a value": "backend b\n  http-request set-header x {}\n",
    "a quoted value": "backend b\n  http-request set-header x '{}'\n",
    "no line of the API": "listen l\n  bind :80\n  stats uri /{}\n",
}


@pytest.mark.parametrize("place", CONFIGURATIONS)
def test_what_a_configuration_says(run: Run, tmp_path: Path, place: str) -> None:
    seen = 0
    for bad in (LINE, LINE.replace(" ", "").replace("'", "").replace('"', "").replace("\t", "").replace("\\", "")):
        (tmp_path / "it.cfg").write_text("global\n  maxconn 5\n")
        (tmp_path / "new.cfg").write_bytes(CONFIGURATIONS[place].format(bad).encode("utf-8", "surrogateescape"))
        to_it = ["--config", "new.cfg", "-t", "it.cfg"]
        for words in (
            ["validate", "--config", "new.cfg"],
            ["plan", *to_it, "--diff"],
            ["plan", *to_it, "--format", "json"],
            ["plan", *to_it, "--format", "markdown"],
            ["show", "it.plan.json", "--diff", "--bodies"],
            ["show", "it.plan.json", "--bodies", "--format", "markdown"],
            ["verify", "it.plan.json", "-t", "it.cfg"],
            ["apply", "it.plan.json", "-t", "it.cfg", "--auto-approve"],
            ["state", "show", "-t", "it.cfg"],
            ["plan", "--config", "it.plan.json", "-t", "it.cfg"],
            ["import", "-t", "new.cfg"],
            ["plan", "-t", "new.cfg", "--config", "it.cfg", "--diff"],
        ):
            seen += looked_at(run(*words, code=None), words[-1])
    assert seen


# What a state says


def test_what_a_state_says(run: Run, applied: Path) -> None:
    (file,) = (one for one in local(applied).folder.glob("*.json"))
    good = json.loads(file.read_text())
    tried = shown = 0
    for path in places(good):
        for bad in (CLEAN, BAD):
            file.write_text(json.dumps(replaced(good, path, bad)))
            for words in (["state", "show"], ["state", "history"], ["state", "show", "--json"], ["drift"], ["plan"]):
                shown += looked_at(run(*words, code=None), words[-1].removeprefix("--"))
                tried += 1
    assert tried >= 100
    assert shown >= 30


# What a server says

SERVERS: dict[str, Callable[[str], bytes]] = {
    "its version": lambda bad: json.dumps({"api": {"version": bad, "build_date": bad}, "system": {}}).encode(),
    "a message": lambda bad: json.dumps({"code": 400, "message": bad}).encode(),
    "several messages": lambda bad: json.dumps({"message": bad, "validation_messages": [bad, bad]}).encode(),
    "no JSON": lambda bad: bad.encode("utf-8", "surrogateescape"),
    "another JSON": lambda bad: json.dumps([bad]).encode(),
}


@pytest.mark.parametrize("status", [200, 202, 302, 400, 401, 404, 409, 500])
@pytest.mark.parametrize("said", SERVERS)
def test_what_a_server_says(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, status: int) -> None:
    (tmp_path / "new.cfg").write_text("global\n  maxconn 700\n")
    monkeypatch.setenv("HSYNC_PASSWORD", "secret-word")
    body = SERVERS[said](WORD if said == "no JSON" else BAD)
    line = quote(LINE, safe="[]; ", errors="surrogateescape") if status == 302 else "x"

    def behave(peer: Peer) -> None:
        while peer.head():
            head = f"HTTP/1.1 {status} {line}\r\nContent-Type: application/json\r\nLocation: /{line}\r\nReload-ID: {line}\r\n"
            peer.send(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    with serving_raw(behave) as port:
        to_it = ["-t", f"http://127.0.0.1:{port}", "--user", "admin"]
        for words in (["plan", "--config", "new.cfg"], ["drift"], ["import"], ["recover"]):
            looked_at(run(*words, *to_it, code=None))
