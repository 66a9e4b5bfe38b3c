"""Ctrl-C, SIGTERM and SIGHUP at each request of an apply: the message is true, and the next run cleans up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from hsync.dataplane import DataplaneClient
from hsync.dataplane.connection import Connection
from hsync.dataplane.embedded import EmbeddedTransport, serve
from hsync.errors import TargetError
from hsync.process import signals
from hsync.session import fate
from hsync.store import Record
from tests.unit.cli.conftest import Run

pytestmark = pytest.mark.attack("signals at every point")

BEFORE = "global\n  maxconn 1000\n\nbackend web\n  server s1 10.0.0.1:80\n"
AFTER = {
    "transaction": BEFORE.replace("maxconn 1000", "maxconn 7") + "  server s2 10.0.0.2:80\n",
    "raw": BEFORE + "\nlisten mine\n  bind :10\n",
}
Cut = Callable[[Callable[[], object]], object]


def before_it_is_sent(exchange: Callable[[], object]) -> object:
    raise KeyboardInterrupt


def before_the_answer_is_read(exchange: Callable[[], object]) -> object:
    exchange()
    raise KeyboardInterrupt


def by_a_signal_before(exchange: Callable[[], object]) -> object:
    os.kill(os.getpid(), signal.SIGTERM)
    return exchange()


def by_a_signal_after(exchange: Callable[[], object]) -> object:
    answer = exchange()
    os.kill(os.getpid(), signal.SIGHUP)
    return answer


def by_two_signals(exchange: Callable[[], object]) -> object:
    os.kill(os.getpid(), signal.SIGINT)
    exchange()
    os.kill(os.getpid(), signal.SIGINT)
    raise AssertionError("the second signal does not wait")


CUTS: dict[Cut, int] = {
    before_it_is_sent: 130,
    before_the_answer_is_read: 130,
    by_a_signal_before: 143,
    by_a_signal_after: 129,
    by_two_signals: 130,
}
"""The ways to interrupt a run at a request, and their exit codes."""


@dataclass
class Site:
    """A target with a plan for it."""

    run: Run
    folder: Path
    spec: str
    transport: EmbeddedTransport | None
    seen: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The text of the target, without header lines."""
        text = self.transport.text if self.transport else (self.folder / "haproxy.cfg").read_text()
        return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#")).lstrip("\n")

    def transactions(self) -> int:
        """The number of transactions; those of a file target end with the run."""
        return len(self.transport.engine.transactions.with_status()) if self.transport else 0

    def journal(self) -> list[str]:
        """The phases in the journal for the next run."""
        states = list((self.folder / "state").glob("*.json"))
        return [one["phase"] for state in states for one in json.loads(state.read_text())["journal"]]

    @contextmanager
    def cut(self, number: int, how: Cut | None) -> Iterator[None]:
        """Interrupt the client at one of its requests, counted from 0."""
        real, client = Connection._exchange, threading.main_thread()
        self.seen.clear()

        def exchange(connection: Connection, request: httpx.Request) -> Any:
            copy = connection._endpoint.identity == "file:/memory"
            if copy or threading.current_thread() is not client:
                return real(connection, request)
            self.seen.append(f"{request.method} {request.url.path.rpartition('/')[2]}")
            if how is None or len(self.seen) != number + 1:
                return real(connection, request)
            return how(lambda: real(connection, request))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Connection, "_exchange", exchange)
            yield


@contextmanager
def site(run: Run, folder: Path, form: str, lane: str) -> Iterator[Site]:
    folder.mkdir(exist_ok=True)
    os.chdir(folder)
    (folder / "new.cfg").write_text(AFTER[lane])
    if form == "file":
        (folder / "haproxy.cfg").write_text(BEFORE)
        with planned(Site(run, folder, "haproxy.cfg", None)) as here:
            yield here
        return
    transport = EmbeddedTransport(text=BEFORE)
    with serve(transport) as url, planned(Site(run, folder, url, transport)) as here:
        yield here


@contextmanager
def planned(here: Site) -> Iterator[Site]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HSYNC_TARGET", here.spec)
        here.run("plan", "--config", "new.cfg", "-o", "p.json")
        yield here


APPLY = ["apply", "p.json", "--auto-approve"]
"""On the target that `site` puts into the environment."""


def said(stderr: str) -> str:
    return next(line for line in stderr.splitlines() if line.startswith("Error: interrupted"))


def check_words(words: str, here: Site, before: str) -> None:
    """Assert that the message is true."""
    if here.text() == before:
        assert "nothing was changed" in words, words
        assert "committed" not in words, words
    else:
        assert "committed; " in words or "is stored" in words, words
        assert "nothing was changed" not in words, words


@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: cut.__name__)
@pytest.mark.parametrize("lane", AFTER)
@pytest.mark.parametrize("form", ["file", "server"])
def test_an_interrupt_at_every_request_tells_the_truth(
    form: str, lane: str, cut: Cut, run: Run, tmp_path: Path
) -> None:
    with site(run, tmp_path / "whole", form, lane) as here, here.cut(0, None):
        run(*APPLY)
    requests, wanted = list(here.seen), here.text()
    for number, request in enumerate(requests):
        with site(run, tmp_path / str(number), form, lane) as here:
            before = here.text()
            with here.cut(number, cut):
                told = run(*APPLY, code=CUTS[cut]).stderr
            words = said(told)
            check_words(words, here, before)
            assert here.transactions() == 0, (request, words)
            if here.text() == before and "the transaction was deleted" in words and "commit" not in here.journal():
                assert here.journal() == []
            again = run(*APPLY)
            assert here.text() == wanted, (request, words)
            assert here.transactions() == 0
            assert here.journal() == []
            if "An earlier run died" in again.stderr:
                unchanged = "nothing was changed" in again.stderr
                assert unchanged == ("nothing was changed" in words), (words, again.stderr)
            assert "applied already" in run(*APPLY).stdout
            assert "No drift" in run("drift", "-t", here.spec).stdout


@pytest.mark.parametrize("cut", [before_it_is_sent, before_the_answer_is_read, by_a_signal_before])
def test_an_interrupted_verify_leaves_no_transaction(cut: Cut, run: Run, tmp_path: Path) -> None:
    with site(run, tmp_path / "whole", "server", "transaction") as here, here.cut(0, None):
        run("verify", "p.json")
    for number in range(len(here.seen)):
        with site(run, tmp_path / str(number), "server", "transaction") as here:
            with here.cut(number, cut):
                told = run("verify", "p.json", code=CUTS[cut]).stderr
            assert "interrupted: nothing was changed" in told
            assert here.transactions() == 0
            assert here.text() == BEFORE


def test_the_words_name_the_next_command(run: Run, tmp_path: Path) -> None:
    with site(run, tmp_path / "a b", "server", "transaction") as here:
        Path("p.json").rename("p q.json")
        with here.cut(4, before_it_is_sent):
            told = run("apply", "p q.json", "--auto-approve", code=130).stderr
        assert told.endswith("Error: interrupted: nothing was changed, the transaction was deleted\n")
        with here.cut(5, before_the_answer_is_read):
            told = run("apply", "p q.json", "-t", here.spec, "--auto-approve", code=130).stderr
        assert "Error: interrupted: committed; the outcome of the reload is unknown\n" in told
        assert f"hint: run the same plan again to finish: hsync apply 'p q.json' -t {here.spec}\n" in told


@pytest.mark.parametrize(("number", "kind"), [(1, "POST transactions"), (5, "PUT ")])
def test_the_transaction_of_somebody_else_is_left_alone(number: int, kind: str, run: Run, tmp_path: Path) -> None:
    with site(run, tmp_path, "server", "transaction") as here:
        with DataplaneClient(here.spec) as other:
            theirs = other.begin(1)
        with here.cut(number, before_the_answer_is_read):
            told = run(*APPLY, code=130).stderr
        assert here.seen[number].startswith(kind)
        if kind == "PUT ":
            assert "committed" in said(told)
            return
        assert "one of these transactions may be of this run" in said(told)
        assert theirs in told
        assert "hint: delete transactions that are not in use" in told
        assert here.transactions() == 2


def test_a_run_that_was_killed_while_it_opened_a_transaction_is_tidied_up(run: Run, tmp_path: Path) -> None:
    """After SIGKILL only the journal has a record."""
    with site(run, tmp_path, "server", "transaction") as here:
        with pytest.MonkeyPatch.context() as patch, here.cut(1, before_the_answer_is_read):
            patch.setattr("hsync.session.records.ending_of", lambda *_: fate.Ending("killed"))
            run(*APPLY, code=130)
        assert here.transactions() == 1
        assert here.journal() == ["begin"]
        told = run(*APPLY)
        assert "(phase begin): nothing was changed, its transaction was deleted." in told.stderr
        assert here.transactions() == 0


def test_a_target_that_does_not_answer_any_more_is_unknown(run: Run, tmp_path: Path) -> None:
    with site(run, tmp_path, "server", "transaction") as here, pytest.MonkeyPatch.context() as patch:

        def gone(client: DataplaneClient, *_: object) -> None:
            raise TargetError("it is gone")

        def cut(exchange: Callable[[], object]) -> object:
            patch.setattr(DataplaneClient, "snapshot", gone)
            raise KeyboardInterrupt

        with here.cut(5, cut):
            told = run(*APPLY, code=130).stderr
        assert "interrupted: the state of the target is unknown: it is gone" in told
        assert "hint: when it answers again, run the same plan again: hsync apply p.json" in told
        assert here.journal()[-1] == "commit"


def test_a_second_interrupt_while_the_target_is_read_is_unknown(run: Run, tmp_path: Path) -> None:
    with site(run, tmp_path, "server", "transaction") as here, pytest.MonkeyPatch.context() as patch:

        def again(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr("hsync.session.records.ending_of", again)
        with here.cut(3, before_it_is_sent):
            told = run(*APPLY, code=130).stderr
    assert "interrupted: the state of the target is unknown\nhint: the next hsync apply" in told


def phase(name: str, **facts: str) -> Record:
    return Record(name, "sha256:" + "0" * 64, tuple(sorted(facts.items())), "")


@pytest.mark.parametrize(
    ("journal", "words"),
    [
        (
            [phase("begin", version="1"), phase("commit", transaction="x", sha256="0" * 64)],
            "the state of the target is unknown",
        ),
        ([phase("begin", version="2"), phase("send", transaction="x")], "nothing was changed, the transaction was"),
        ([phase("push", version="2")], "nothing was changed"),
        ([phase("push", version="1")], "the new text is stored; its reload was not requested"),
        ([phase("push", version="1"), phase("commit", sha256="0" * 64)], "the state of the target is unknown"),
        ([phase("push", version="1"), phase("restore", version="2")], "whether the old text was restored is unknown"),
        ([phase("reload", reload="r", sha256="0" * 64)], "committed; the outcome of the reload is unknown"),
        ([phase("reload", reload="", sha256="0" * 64)], "committed; the target was not read again"),
    ],
)
def test_endings(journal: list[Record], words: str) -> None:
    with DataplaneClient.embedded(text="# _version=2\n" + BEFORE) as client:
        found = fate.ending_of(client, journal, "hsync apply p.json")
    assert words in found.words


@pytest.mark.parametrize(("number", "code"), [(0, 130), (signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_at_the_question_changed_nothing(
    number: int, code: int, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import click

    def ended(*_: object, **__: object) -> str:
        try:
            raise signals.Interrupted(number) if number else EOFError
        except (KeyboardInterrupt, EOFError):
            raise click.Abort from None  # as click's prompt does

    with site(run, tmp_path, "file", "transaction") as here:
        monkeypatch.setattr("hsync.cli.questions.is_interactive", lambda: True)
        monkeypatch.setattr("click.prompt", ended)
        told = run("apply", "p.json", code=code).stderr
    assert told.endswith("Error: interrupted: nothing was changed\n")
    assert here.text() == BEFORE


def test_a_transaction_that_cannot_be_deleted_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with DataplaneClient.embedded(text=BEFORE) as client:
        transaction = client.begin(1)
        monkeypatch.setattr(DataplaneClient, "abandon", lambda *_: None)
        found = fate.ending_of(client, [phase("send", transaction=transaction)], "hsync apply p.json")
    assert found.words == f"nothing was changed; the transaction {transaction} could not be deleted"
    assert found.hint == "the next hsync apply deletes it first: hsync apply p.json"
    assert not found.over


def test_a_verify_that_cannot_look_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise TargetError("it is gone")

    with DataplaneClient.embedded(text=BEFORE) as client:
        assert fate.verified(client, 1).words == "nothing was changed"
        client.begin(1)
        monkeypatch.setattr(DataplaneClient, "transaction_status", gone)
        found = fate.verified(client, 1)
    assert found.words == "nothing was changed; whether a transaction is still open is unknown: it is gone"
    assert "list them with GET" in found.hint


def test_an_empty_transaction_of_an_older_version_is_nobody_s() -> None:
    with DataplaneClient.embedded(text=BEFORE) as client:
        transaction = client.begin(1)
        assert fate.unclaimed(client, 1) == (transaction,)
        assert fate.unclaimed(client, 2) == ()


# Signals


def test_a_signal_that_was_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.caught(print):
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_ask_for_no_signals() -> None:
    found: list[object] = []

    def look() -> None:
        with signals.caught(print):
            found.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [before]


def test_handlers_are_put_back() -> None:
    before = [signal.getsignal(one) for one in signals.ENDING]
    with signals.caught(print):
        assert [signal.getsignal(one) for one in signals.ENDING] != before
    assert [signal.getsignal(one) for one in signals.ENDING] == before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_process_that_gets_a_signal_says_so(number: signal.Signals, code: int, tmp_path: Path) -> None:
    """The signal arrives during a long reload, and the command goes on."""
    (tmp_path / "haproxy.cfg").write_text(BEFORE)
    (tmp_path / "new.cfg").write_text(AFTER["transaction"])
    slow = "sh -c 'touch begun; sleep 1; touch ended'"
    (tmp_path / "hsync.toml").write_text(f'[targets.a]\npath = "haproxy.cfg"\nreload_command = "{slow}"\n')
    hsync = [sys.executable, "-m", "hsync"]
    ours = {"HSYNC_HAPROXY_BIN": "none", "PYTHONPATH": str(Path(__file__).parents[3])}
    environment = {**{name: value for name, value in os.environ.items() if not name.startswith("HSYNC_")}, **ours}
    for verb in (["allow"], ["plan", "--config", "new.cfg"]):
        subprocess.run([*hsync, *verb], cwd=tmp_path, env=environment, check=True)
    child = subprocess.Popen(
        [*hsync, "apply", "a.plan.json", "--auto-approve"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE
    )
    while not (tmp_path / "begun").exists() and child.poll() is None:
        time.sleep(0.02)
    child.send_signal(number)
    _, told = child.communicate(timeout=30)
    assert child.returncode == code, told
    assert (
        b"interrupted: committed; the outcome of the reload is unknown" in told
        or b"interrupted: committed; the t" in told
    )
    assert "maxconn 7" in (tmp_path / "haproxy.cfg").read_text()
