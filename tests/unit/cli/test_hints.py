"""Each command in a message is run as it is shown, and helps.

Rule 1: a row has a situation, the command from hsync's message, and the result of this command.
Rule 2: the command is run in the same folder by a shell's rules; only `--auto-approve` is added.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result

from hsync.cli.group import VERBS
from hsync.dataplane.embedded import EmbeddedTransport, serve
from hsync.session.commands import Commands
from hsync.store.files import typed_path
from tests.unit.cli.conftest import Run

TEXT = "global\n  maxconn 1000\n\nbackend web\n  server s1 10.0.0.1:80\n"
NEW = TEXT.replace("1000", "7")
MOVED = TEXT.replace("1000", "1234")


def commands_in(text: str) -> list[list[str]]:
    """The hsync commands in a text: in backticks, or up to the end of the line."""
    found = re.findall(r"`hsync ([^`]+)`|(?:hint|Next|[:;]|then)[:,]? hsync ([^`\n;]+?)\.?(?=\n|;|$)", text)
    split = [shlex.split(one or other) for one, other in found]
    return [words for words in split if words[0] in VERBS]  # others are sentences: "hsync left it"


@dataclass
class Place:
    """A folder with difficult names: blanks, another working directory, no default target."""

    run: Run
    folder: Path
    url: str

    def plan(self, *more: str, spec: str = "my lb/haproxy.cfg", code: int = 0) -> Result:
        return self.run("plan", "--config", "new one.cfg", "-t", spec, "-o", "my plan.json", *more, code=code)

    def apply(self, *more: str, spec: str = "my lb/haproxy.cfg", code: int = 0) -> Result:
        return self.run("apply", "my plan.json", "--auto-approve", "-t", spec, *more, code=code)

    @property
    def live(self) -> Path:
        return self.folder / "my lb" / "haproxy.cfg"


@pytest.fixture
def place(run: Run, tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "my lb").mkdir()
    (tmp_path / "my lb" / "haproxy.cfg").write_text(TEXT)
    (tmp_path / "new one.cfg").write_text(NEW)
    with serve(EmbeddedTransport(text=TEXT)) as url:
        yield Place(run, tmp_path, url)


# The situations


def stale(it: Place) -> str:
    it.plan()
    it.live.write_text(MOVED)
    return it.apply(code=3).stderr


def stale_verify(it: Place) -> str:
    it.plan()
    it.live.write_text(MOVED)
    return it.run("verify", "my plan.json", "-t", "my lb/haproxy.cfg", code=3).stderr


def stale_on_a_server(it: Place) -> str:
    it.plan(spec=it.url)
    (it.folder / "third.cfg").write_text(TEXT.replace("1000", "3"))
    it.run("plan", "--config", "third.cfg", "-t", it.url, "-o", "third.json")
    it.run("apply", "third.json", "-t", it.url, "--auto-approve")
    return it.apply(spec=it.url, code=3).stderr


def stale_of_a_name(it: Place) -> str:
    (it.folder / "hsync.toml").write_text('[targets.a]\npath = "my lb/haproxy.cfg"\n[targets.b]\npath = "b.cfg"\n')
    it.run("plan", "--config", "new one.cfg", "-t", "a")
    it.live.write_text(MOVED)
    return it.run("apply", "a.plan.json", "--auto-approve", code=3).stderr


def other_target(it: Place) -> str:
    it.plan()
    return it.apply(spec="other.cfg", code=3).stderr


def nobody_to_ask(it: Place) -> str:
    it.plan()
    return it.run("apply", "my plan.json", "-t", "my lb/haproxy.cfg", code=64).stderr


def nothing_remembered(it: Place) -> str:
    return it.run("drift", "-t", "my lb/haproxy.cfg", code=1).stderr


def nothing_remembered_of_a_server(it: Place) -> str:
    return it.run("drift", "-t", it.url, code=1).stderr


def no_state(it: Place) -> str:
    return it.run("state", "show", "-t", "my lb/haproxy.cfg", code=1).stderr


def no_history(it: Place) -> str:
    return it.run("state", "history", "-t", it.url, code=1).stderr


def stranger(it: Place) -> str:
    (it.folder / "hsync.toml").write_text('[targets.a]\npath = "my lb/haproxy.cfg"\n')
    it.run("import")
    (it.folder / "hsync.toml").write_text('[targets.a]\npath = "b.cfg"\n')
    return it.run("plan", "--config", "new one.cfg").stderr


def imported(it: Place) -> str:
    return it.run("import", "-t", "my lb/haproxy.cfg", "-o", "taken over.cfg").stdout


def drifted_away(it: Place) -> str:
    it.run("import", "-t", "my lb/haproxy.cfg", "-o", "x.cfg")
    it.live.write_text(MOVED)
    return it.run("drift", "-t", "my lb/haproxy.cfg", code=2).stdout


def drifted_from_a_text(it: Place) -> str:
    it.run("import", "-t", "my lb/haproxy.cfg", "-o", "x.cfg")
    it.live.write_text(MOVED)
    return it.run("drift", "-t", "my lb/haproxy.cfg", "--config", "new one.cfg", code=2).stdout


def saved(it: Place) -> str:
    return it.plan().stdout


def saved_for_reviewers(it: Place) -> str:
    return it.plan("--markdown").stdout


def saved_under_an_odd_name(it: Place) -> str:
    return it.run("plan", "--config", "new one.cfg", "-t", "my lb/haproxy.cfg", "-o", "./-p.json").stdout


def withdrawn(it: Place) -> str:
    it.plan()
    (it.folder / "new one.cfg").write_text("backend a\nbackend a\n")
    it.plan(code=1)
    (it.folder / "new one.cfg").write_text(NEW)
    return it.apply(code=4).stderr


def no_project(it: Place) -> str:
    return it.run("plan", "-t", "my lb/haproxy.cfg", code=1).stderr


def damaged_state(it: Place) -> str:
    it.run("import", "-t", "my lb/haproxy.cfg", "-o", "x.cfg")
    (state,) = (it.folder / "state").glob("*.json")
    state.write_text(state.read_text().replace('"serial": 1', '"serial": 0'))
    told = it.run("drift", "-t", "my lb/haproxy.cfg", code=1).stderr
    removed = shlex.split(told.partition("or: rm ")[2].partition(";")[0])
    Path(*removed).unlink()
    return told


def not_json(it: Place) -> str:
    (it.folder / "a b.cfg").write_text("{\n")
    return it.run("convert", "a b.cfg", code=1).stderr


def of_nobody(it: Place) -> str:
    it.plan()
    return it.run("apply", "my plan.json", "--auto-approve", code=64).stderr


def verified_of_nobody(it: Place) -> str:
    it.plan()
    return it.run("verify", "my plan.json", code=64).stderr


def renamed(it: Place) -> str:
    (it.folder / "hsync.toml").write_text('[targets.a]\npath = "my lb/haproxy.cfg"\n')
    it.run("plan", "--config", "new one.cfg")
    (it.folder / "hsync.toml").write_text('[targets.a]\npath = "other.cfg"\n')
    return it.run("apply", "a.plan.json", "--auto-approve", code=3).stderr


def not_allowed(it: Place) -> str:
    (it.folder / "hsync.toml").write_text(f'[targets.a]\nurl = "{it.url}"\n')
    return it.run("plan", "--config", "new one.cfg", code=4).stderr


PLANNED = "Plan: "
"""A plan that was made and saved."""

ROWS: list[tuple[Callable[[Place], str], int, int, str]] = [
    (stale, 0, 0, PLANNED),
    (stale_verify, 0, 0, PLANNED),
    (stale_on_a_server, 0, 0, PLANNED),
    (stale_of_a_name, 0, 0, PLANNED),
    (other_target, 0, 0, PLANNED),
    (other_target, 1, 0, "applied: 1 operation"),
    (nobody_to_ask, 0, 0, "applied: 1 operation"),
    (nothing_remembered, 0, 0, "took over version"),
    (nothing_remembered_of_a_server, 0, 0, "took over version"),
    (no_state, 0, 0, "took over version"),
    (no_history, 0, 0, "took over version"),
    (stranger, 0, 0, "took over version"),
    (imported, 0, 0, "No changes."),
    (drifted_away, 0, 0, "took over version"),
    (drifted_from_a_text, 0, 0, PLANNED),
    (saved, 0, 0, "A limit of connections is lower"),
    (saved, 1, 0, "applied: 1 operation"),
    (saved_for_reviewers, 0, 0, "applied: 1 operation"),
    (saved_under_an_odd_name, 1, 0, "applied: 1 operation"),
    (withdrawn, 0, 0, PLANNED),
    (no_project, 0, 0, "Next: hsync plan"),
    (damaged_state, 0, 0, "took over version"),
    (of_nobody, 0, 0, "applied: 1 operation"),
    (verified_of_nobody, 0, 0, "ok  replayed on a copy"),
    (renamed, 0, 0, "applied: 1 operation"),
    (not_allowed, 0, 0, "sends requests to http://127.0.0.1:"),
    (not_json, 0, 1, "cannot be converted to JSON"),
]
"""Situation, number of the command in its message, and exit code and message of that command."""


@pytest.mark.parametrize(
    ("situation", "number", "code", "words"), ROWS, ids=[f"{row[0].__name__} {row[1]}" for row in ROWS]
)
def test_a_command_that_is_named_leads_on(
    situation: Callable[[Place], str], number: int, code: int, words: str, place: Place
) -> None:
    told = situation(place)
    commands = commands_in(told)
    assert len(commands) > number, told
    command = commands[number]
    if command[0] == "apply" and "--auto-approve" not in command:
        command.append("--auto-approve")
    assert words in place.run(*command, code=code).output, command


def test_a_stale_plan_leads_to_an_applied_one(place: Place) -> None:
    """Each hint leads to the next step, and none leads back."""
    told = stale(place)
    for _ in range(3):
        command = next(one for one in commands_in(told) if one[0] != "explain")
        result = place.run(*command, *(["--auto-approve"] if command[0] == "apply" else []))
        told = result.output
        if "applied" in told:
            break
    assert "applied: " in told
    assert place.live.read_text().endswith(NEW)


def test_a_new_project_names_two_commands(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    told = place.run("init", "a farm").stderr
    assert "Next: cd 'a farm', then hsync plan, then hsync apply local.plan.json\n" in told
    monkeypatch.chdir("a farm")
    place.run("plan")
    place.run("apply", "local.plan.json", "--auto-approve")


def test_what_was_typed_about_a_server_is_repeated(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSYNC_PASSWORD", "x")
    told = place.run("drift", "-t", place.url, "--user", "me", code=1).stderr
    assert told.endswith(f"hint: record its configuration: hsync import -t {place.url} --user me\n")


def test_the_default_target_and_file_are_left_out(run: Run, applied: Path) -> None:
    run("plan", "--var", "maxconn=7")
    (applied / "haproxy.cfg").write_text("backend x\n")
    told = run("apply", "local.plan.json", "--auto-approve", code=3).stderr
    assert told.endswith("and review it: hsync plan\n")
    told = run("plan", "other.j2", "--var", "a=1", code=1).stderr
    assert "start with `hsync init`" in told


def test_a_template_that_was_named_is_named_again(run: Run, applied: Path) -> None:
    (applied / "other.j2").write_text("global\n  maxconn {{ maxconn }}\n")
    run("plan", "other.j2", "--vars", "vars/prod.yaml")
    (applied / "haproxy.cfg").write_text("backend x\n")
    told = run("apply", "local.plan.json", "--auto-approve", code=3).stderr
    assert told.endswith("and review it: hsync plan other.j2\n")


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("then: hsync plan", "then: hsync plan --config a -t 'b c' --user u"),
        ("run `hsync plan` again", "run `hsync plan --config a -t 'b c' --user u` again"),
        ("hsync drift; then", "hsync drift -t 'b c' --user u; then"),
        ("see `hsync state history`", "see `hsync state history -t 'b c'`"),
        ("finish: hsync apply PLAN", "finish: hsync apply 'p q' --user u"),
        ("look: hsync show PLAN", "look: hsync show 'p q'"),
        ("hsync plan -e prod", "hsync plan -e prod"),
        ("hsync planned it", "hsync planned it"),
        ("a file that hsync plan wrote", "a file that hsync plan wrote"),
    ],
)
def test_forms_of_commands(text: str, filled: str) -> None:
    known = Commands(("-t", "b c"), False, ("--user", "u"), ("--config", "a"), "p q")
    assert known.fill(text) == filled


def test_a_file_is_not_made_up() -> None:
    assert Commands().fill("finish: hsync apply PLAN") == "finish: hsync apply PLAN"


def test_a_path_is_no_option() -> None:
    assert (typed_path("-x.json"), typed_path("x y")) == ("./-x.json", "x y")
    assert json.dumps(typed_path(Path("a"))) == '"a"'


def test_a_folder_that_was_named_is_named_again(run: Run, tmp_path: Path) -> None:
    for folder in ("new conf", "live"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "10-global.cfg").write_text("global\n  maxconn 5\n")
        (tmp_path / folder / "20-web.cfg").write_text("backend web\n")
    (tmp_path / "new conf" / "20-web.cfg").write_text("backend shop\n")
    run("plan", "--config", "new conf", "-t", "live", "-o", "a.json")
    (tmp_path / "live" / "10-global.cfg").write_text("global\n  maxconn 6\n")
    (stale,) = commands_in(run("apply", "a.json", "-t", "live", "--auto-approve", code=3).stderr)
    run(*stale)
    run("apply", "a.json", "-t", "live", "--auto-approve")
    assert (tmp_path / "live" / "20-web.cfg").read_text() == "backend shop\n"
