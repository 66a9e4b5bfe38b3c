"""HAProxy's messages during apply and verify have the lines of the templates."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from hsync.dataplane import DataplaneClient, Snapshot, digest
from hsync.errors import ServerRefused, TargetError
from hsync.model import Address, Configuration
from hsync.plan.plan import RAW, Action, Base, Change, Operation, Plan, Request, Result, Target
from hsync.session import OperationRefused
from hsync.session.refusals import in_words_of, plan_lines
from tests.unit.cli.conftest import Run, fake_haproxy

RESULT = Configuration.from_text("""\
# a comment
global
  maxconn 5
backend web
  balance leastconn
  server s1   192.0.2.1:80
  server s2 192.0.2.2:80
listen l
  bind :1
backend other
  balance source
""")

CHANGES = (
    Change(Action.UPDATE, Address.parse_change("backends/web"), source="t:4"),
    Change(
        Action.CREATE, Address.parse_change("backends/x/servers/s1"), line_after="server s2 192.0.2.2:80", source="t:99"
    ),
    Change(
        Action.CREATE,
        Address.parse_change("backends/web/servers/s1"),
        line_after="server s1 192.0.2.1:80",
        source="t:7",
    ),
    Change(Action.CREATE, Address.parse_change("listen/l/lines[0]"), line_after="bind :1", source="t:9"),
)

PLAN = Plan(Target("a", "file:/a", "3.4", keeps_text=True), Base(1, ""), "raw", "", Result(""), changes=CHANGES)

PLACES = [
    (1, "line 1", "above all sections"),
    (3, "global", "nothing of the section changes"),
    (4, "t:4 (backend web)", "a header"),
    (5, "t:4 (backend web)", "an attribute: its section's change"),
    (6, "t:7", "a child, in other blanks"),
    (7, "t:4 (backend web)", "a child that does not change, and stands in another section, too"),
    (9, "t:9", "a line that stays text"),
    (11, "backend other", "a section that does not change"),
]


@pytest.mark.parametrize(("line", "where", "why"), PLACES, ids=[row[-1] for row in PLACES])
def test_a_line_of_the_result_is_told_where_its_change_was_written(line: int, where: str, why: str) -> None:
    assert plan_lines(RESULT, PLAN)(line) == where


SAID = "parsing [/tmp/hsync-x/haproxy.cfg.1:{}] : bad value"
HINT = "hint: nothing was changed; correct the source, then make the plan again: hsync plan --haproxy-bin {}\n"


@pytest.fixture
def planned(run: Run, applied: Path) -> Path:
    """A plan that changes the attribute `maxconn` and nothing else."""
    run("plan", "--var", "maxconn=7")
    return applied


@pytest.mark.parametrize(
    "arguments", [["verify"], ["apply", "--auto-approve"], ["apply", "--auto-approve", "--validate"]]
)
def test_a_refusal_by_haproxy_is_told_at_the_lines_of_the_plan(arguments: list[str], run: Run, planned: Path) -> None:
    checker = fake_haproxy(
        planned, f"config : {SAID.format(2)}", "config : Error(s) found in configuration file /tmp/x"
    )
    before = (planned / "haproxy.cfg").read_text()
    told = run(*arguments, "local.plan.json", "--haproxy-bin", checker, code=1).stderr
    place = "templates/haproxy.cfg.j2:2 (global)"
    assert (
        told
        == f"Error: HAProxy does not accept the result of the plan:\n  {place}: bad value\n        maxconn 7\n{HINT.format(checker)}"
    )
    assert (planned / "haproxy.cfg").read_text() == before


def test_a_refusal_without_a_line_is_told_at_the_proxy(run: Run, planned: Path) -> None:
    checker = fake_haproxy(planned, "Proxy 'www': bad 'web'.")
    told = run("apply", "local.plan.json", "--auto-approve", "--haproxy-bin", checker, code=1).stderr
    assert "\n  frontend www: Proxy 'www': bad 'web'\n" in told


def test_a_refusal_shows_no_secret(run: Run, applied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "correct-horse")
    text = "userlist u\n  user a insecure-password {{ secret('env:WORD') }}\n"
    (applied / "templates" / "haproxy.cfg.j2").write_text(text)
    run("plan")
    checker = fake_haproxy(applied, f"config : {SAID.format(2)} correct-horse")
    told = run("apply", "local.plan.json", "--auto-approve", "--haproxy-bin", checker, code=1).stderr
    assert re.search(r"bad value \(secret\)\n +user a insecure-password \(secret\)\n", told)


def test_what_haproxy_does_not_say_again_is_told_as_the_server_said_it(run: Run, planned: Path) -> None:
    checker = planned / "moody"
    checker.write_text(
        "#!/bin/sh\ntest -e seen && exit 0\ntouch seen\necho '[ALERT] (1) : config : once' >&2\nexit 1\n"
    )
    checker.chmod(0o755)
    told = run("apply", "local.plan.json", "--auto-approve", "--haproxy-bin", str(checker), code=1).stderr
    assert "the server answered 400: config once" in told


def test_a_server_s_own_refusal_is_not_taken_for_haproxy_s() -> None:
    operation = PUSH.operations[0]
    first = OperationRefused(
        "first words", operation, ServerRefused("no", status=400, server_message="no such backend")
    )
    with pytest.raises(OperationRefused, match="first words"), in_words_of(cast("DataplaneClient", Gone(9)), PUSH, ()):
        raise first


class Gone:
    """A client whose target stops answering after a few requests."""

    def __init__(self, answers: int) -> None:
        self.answers = answers

    def snapshot(self) -> Snapshot:
        """The snapshot of the target."""
        self._answer()
        return Snapshot.of("global\n", 1)

    def validate_raw(self, text: str) -> None:
        """Accept any text."""
        assert text
        self._answer()

    def _answer(self) -> None:
        self.answers -= 1
        if self.answers < 0:
            raise TargetError("gone")


TEXT = "global\n  maxconn 5\n"
PUSH = replace(
    PLAN,
    operations=(Operation(1, "update", Action.REPLACE, RAW, Request("POST", "/raw", (), TEXT)),),
    result=Result(digest(TEXT)),
)


@pytest.mark.parametrize("answers", [0, 1, 2], ids=["unread", "unasked", "content"])
def test_a_target_that_does_not_say_it_again_leaves_the_first_words(answers: int) -> None:
    first = ServerRefused("first words", status=400, server_message="config parsing [/x:2] bad")
    with (
        pytest.raises(ServerRefused, match="first words"),
        in_words_of(cast("DataplaneClient", Gone(answers)), PUSH, ()),
    ):
        raise first


SECRET = "userlist u\n  user a insecure-password battery\n  user staple insecure-password staple\n"
SENT = replace(PUSH, operations=(replace(PUSH.operations[0], request=Request("POST", "/raw", (), SECRET)),))


@pytest.mark.parametrize(
    ("plan", "words", "shown"),
    [
        (SENT, "bad battery of staple, horse", "bad (secret) of staple, (secret)"),
        (replace(PUSH, lane="transaction", operations=()), "bad battery, horse", "bad battery, (secret)"),
    ],
    ids=["the text is known", "only the references are"],
)
def test_words_of_a_server_that_are_told_as_they_are_show_no_secret(plan: Plan, words: str, shown: str) -> None:
    first = ServerRefused(words, status=409, server_message=words)
    with pytest.raises(ServerRefused) as told, in_words_of(cast("DataplaneClient", Gone(0)), plan, ["horse"]):
        raise first
    assert (str(told.value), told.value.message, told.value.server_message) == (shown, shown, shown)
