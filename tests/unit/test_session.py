"""Plan and apply, step by step. The behaviour of all kinds of servers is in tests/contract; here are the messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from hsync.dataplane import DataplaneClient, Snapshot, digest
from hsync.errors import (
    BugError,
    CommittedError,
    ConfigError,
    Fault,
    InputError,
    OutcomeUnknown,
    ReloadFailedError,
    ServerRefused,
    StalePlanError,
    TargetError,
    UnsafePlanError,
)
from hsync.events import Event, PhaseBegan, Step
from hsync.model import Configuration, to_resources
from hsync.plan.compare import compare
from hsync.plan.plan import Base, Operation, Plan, Result, Target
from hsync.plan.scope import Scope
from hsync.plan.secrets import conceal, references
from hsync.plan.verdict import REMOTE as SERVER
from hsync.plan.verdict import Finding, Severity, Verdict
from hsync.schema import Shape
from hsync.sections import by_kind, parse
from hsync.session import (
    OperationRefused,
    apply_plan,
    current_of,
    deleting,
    make_plan,
    plan_on,
    planning,
    read_desired,
    reduced,
    replay,
    verify_plan,
)
from hsync.session.gates import applied_already, refuse_moved
from hsync.session.planning import prove
from hsync.store import planfile
from hsync.testing import COMMIT, OPERATION, PUSH, READ, RELOAD
from tests.cases.reader import cases
from tests.contract.targets import Embedded
from tests.drafts import draft

BASE = """\
defaults base
  mode http

backend api from base
  server a1 192.0.2.1:80

backend web from base
  server w1 192.0.2.11:80
  server w2 192.0.2.12:80
"""
ONE = BASE.replace("192.0.2.1:80", "192.0.2.1:81")
TWO = ONE.replace("192.0.2.12:80", "192.0.2.12:81")
LISTEN = BASE + "\nlisten old\n  mode http\n"

REMOTE = Target("edge1", "https://edge1.example:5555", "3.4")
LOCAL = Target("local", "file:/etc/haproxy/haproxy.cfg", "3.4", keeps_text=True)


def plan(current: str = BASE, desired: str = TWO, target: Target = LOCAL, **more: object) -> Plan:
    return plan_on(Snapshot.of(current, 1), read_desired(desired, "desired"), target, **more)  # type: ignore[arg-type]


# The desired text


def test_a_final_newline_is_added() -> None:
    assert current_text("backend b") == "backend b\n"
    assert current_text("backend b\n") == "backend b\n"
    assert current_text("") == ""


def test_the_server_s_header_lines_are_left_out() -> None:
    header = f"# _md5hash={'0' * 32}\n# _version=7\n# Dataplaneapi managed File\n\n"
    assert current_text(f"{header}backend b\n") == "backend b\n"
    assert current_text("# _version=7 days\nbackend b\n") == "# _version=7 days\nbackend b\n"


def current_text(text: str) -> str:
    return "".join(section.text for section in read_desired(text, "d").configuration.document.sections)


def test_a_line_is_named_by_its_place_in_the_template() -> None:
    desired = read_desired("backend b\n  server s 192.0.2.1\n", "rendered", ["t.j2:1", "part.j2:9"])
    assert [desired.where(line) for line in (1, 2, 3)] == ["t.j2:1", "part.j2:9", "rendered:3"]


def test_a_line_behind_the_header_lines_keeps_its_place_in_the_template() -> None:
    desired = read_desired("# _version=7\n\nbackend b\n", "rendered", ["t.j2:1", "t.j2:2", "t.j2:3"])
    assert desired.where(1) == "t.j2:3"


def test_all_faults_are_told_with_both_places() -> None:
    text = "backend b\nbackend b\n  server 's 192.0.2.1\n"
    with pytest.raises(ConfigError) as caught:
        read_desired(text, "rendered", ["t.j2:1", "t.j2:5", "t.j2:6"])
    told = [str(fault) for fault in caught.value.faults]
    assert len(told) == 2
    assert told[0].startswith("t.j2:5 (rendered line 2, column 1): duplicate section: backend b is already at t.j2:1; ")
    assert told[1].startswith("t.j2:6 (rendered line 3, column 10): ")


def test_only_a_line_that_the_fault_names_is_placed() -> None:
    with pytest.raises(ConfigError) as caught:
        read_desired("frontend f from d 'at line 1'\n", "rendered", ["t.j2:5"])
    assert "at line 1" in str(caught.value)


def test_faults_of_plain_text_have_one_place() -> None:
    with pytest.raises(ConfigError) as caught:
        read_desired("backend b\nbackend b\n", "haproxy.cfg")
    assert [re.match(r"haproxy\.cfg:2(:\d+)?$", fault.where) is not None for fault in caught.value.faults] == [True]


# Planning


def test_a_plan_says_what_it_was_made_on_and_what_it_promises() -> None:
    made = plan()
    assert (made.base.version, made.base.sha256) == (1, digest(BASE))
    assert made.result.sha256 == digest(TWO)
    assert made.result.diff[0] == "@@ backend api"
    assert "-  server a1 192.0.2.1:80" in made.result.diff
    assert "+  server a1 192.0.2.1:81" in made.result.diff
    assert "@@ backend web" in made.result.diff


def test_nothing_to_do_promises_what_is_there() -> None:
    made = plan(desired=BASE)
    assert (made.operations, made.changes, made.result.diff) == ((), (), ())
    assert made.result.sha256 == made.base.sha256
    assert made.lane_reason == "nothing to do"


def test_inputs_and_drift_are_carried() -> None:
    desired = read_desired(TWO, "d", inputs=(("template", "sha256:1"),))
    made = plan_on(Snapshot.of(BASE, 1), desired, LOCAL, drift=["backends/web was edited"])
    assert made.inputs == (("template", "sha256:1"),)
    assert made.drift == ("backends/web was edited",)


def test_what_is_left_alone_is_told() -> None:
    desired = BASE.partition("backend web")[0]
    made = plan(desired=desired, scope=Scope(prune=False))
    assert made.operations == ()
    assert made.notes[0].endswith(
        "unmanaged, because of ignore, or since hsync did not create them (prune = false): backend web"
    )


def test_no_more_than_ten_names_of_what_is_left_alone_are_told() -> None:
    many = BASE + "".join(f"\nbackend b{number:02}\n" for number in range(12))
    made = plan(current=many, desired=BASE, scope=Scope(prune=False))
    assert made.notes[0].endswith("backend b09 and 2 more")


def test_secrets_are_masked_in_the_diff() -> None:
    users = "userlist u\n  user admin insecure-password {}\n"
    made = plan(current=users.format("old-secret"), desired=users.format("new-secret"))
    assert made.result.diff
    assert re.search("(old|new)-secret", "".join(made.result.diff)) is None


@pytest.mark.parametrize("section", ["listen l", "frontend f"])
def test_secrets_of_lines_that_stay_text_are_masked_wherever_they_are_named(section: str) -> None:
    made = plan(current="", desired=f'{section}\n  stats auth "admin:top-secret"\n  stats auth admin:top-secret odd\n')
    assert [one.line for one in made.unaddressed if "stats auth" in one.line]
    told = [
        made.lane_reason,
        *(one.line for one in made.unaddressed),
        *made.result.diff,
        *(one.reason for one in made.risks),
    ]
    assert [text for text in told if "top-secret" in text] == []
    assert "(secret)" in "".join(told)


DEFAULT_SERVER_LAST = "backend b\n  server s 192.0.2.1:80\n  default-server check\n"


def test_what_the_server_would_change_by_itself_is_refused() -> None:
    desired = read_desired(DEFAULT_SERVER_LAST, "rendered", ["t.j2:1", "t.j2:2", "t.j2:7"])
    with pytest.raises(ConfigError, match="would change the meaning") as caught:
        plan_on(Snapshot.of("", 1), desired, REMOTE)
    assert [fault.where for fault in caught.value.faults] == ["t.j2:7 (rendered line 3)"]


@pytest.mark.parametrize(
    ("scope", "where"),
    [(Scope(), ["desired:2"]), (Scope(ignore=("frontend/*",)), ["edge1:3"]), (Scope(prune=False), ["desired:2"])],
)
def test_what_no_server_has_written_yet_is_changed_by_any_write(scope: Scope, where: list[str]) -> None:
    """Even in sections that the plan does not change, and in unmanaged sections."""
    by_hand = "frontend f\n  http-request odd-thing\n  http-request deny\n"
    desired = read_desired(by_hand + "backend b\n", "desired")
    with pytest.raises(ConfigError) as caught:
        plan_on(Snapshot.of("# _version=1\n" + by_hand, 1), desired, REMOTE, scope=scope)
    assert [fault.where for fault in caught.value.faults] == where


def test_what_nothing_is_written_to_stays_as_it_is() -> None:
    by_hand = "frontend f\n  http-request odd-thing\n  http-request deny\n"
    assert plan(current=by_hand, desired=by_hand, target=REMOTE).operations == ()


def test_the_embedded_target_changes_nothing_by_itself() -> None:
    assert plan(current="", desired=DEFAULT_SERVER_LAST, target=LOCAL).operations


@pytest.mark.parametrize(
    ("current", "desired"),
    [
        (
            "defaults a\n  option tcplog\n  mode http\n",
            "defaults a\n  log-format x\n  option tcplog\n  mode http\n",
        ),
        ("defaults\n  mode http\nbackend a\n", "backend a\ndefaults\n  mode http\n"),
        (
            'backend a\n  mode http\n  server s "$H":"$P"\n',
            'backend a\n  mode http\n  server s "$H":"$P"\n  server t 10.0.0.1:80\n',
        ),
    ],
    ids=["lines of different keywords", "a section above the defaults", "a line that stays text"],
)
def test_what_operations_would_put_in_another_place_is_pushed_as_text(current: str, desired: str) -> None:
    made = plan(current=current, desired=desired, target=LOCAL)
    assert made.lane == "raw"
    assert made.lane_reason.endswith(": no operation can express its place, or that of a line of it")


def test_a_word_in_quotes_is_not_taken_apart() -> None:
    before = 'frontend f\n  stats auth "u:p"\n'
    made = plan(current=before, desired="frontend f\n  stats auth u:p\n  mode tcp\n")
    assert made.lane == "raw"
    assert "stats auth" in made.lane_reason


def test_a_plan_that_does_not_lead_there_is_a_bug() -> None:
    current, desired = Configuration.from_text(BASE), Configuration.from_text(TWO)
    short = draft(current, desired, api="3.4").operations[:-1]
    with pytest.raises(BugError, match="would not result in the desired configuration: backends/web would differ"):
        prove(BASE, bare(short), desired)


def bare(operations: Sequence[Operation] = ()) -> Plan:
    """A plan with only operations."""
    return Plan(LOCAL, Base(1, ""), "transaction", "", Result(""), operations=tuple(operations))


def test_what_a_server_would_refuse_is_told_when_planning() -> None:
    desired = read_desired("defaults d\n\nbackend b from gone\n", "desired", whole=False)
    with pytest.raises(ConfigError, match=r"desired:3:16: defaults section 'gone' does not exist"):
        plan_on(Snapshot.of("defaults d\n", 1), desired, LOCAL)


def test_what_the_copy_refuses_is_told_with_the_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "undefined", lambda *_: [])
    desired = read_desired("defaults d\n\nbackend b from gone\n", "desired", whole=False)
    with pytest.raises(ServerRefused, match=r"^create backends/b would be refused: .*missing defaults") as caught:
        plan_on(Snapshot.of("defaults d\n", 1), desired, LOCAL)
    assert caught.value.hint == "nothing was sent: it was tried on a copy"


def test_a_long_list_of_differences_is_cut() -> None:
    many = Configuration.from_text("".join(f"backend b{number}\n" for number in range(7)))
    with pytest.raises(BugError, match=r"backends/b0, .*backends/b4 and 2 more would differ"):
        prove("", bare(), many)


def test_a_file_that_was_edited_unseen_is_no_base() -> None:
    split = Snapshot(f"# _md5hash={'0' * 32}\n# _version=4\nbackend b\n", 4, 4, "0" * 32)
    with pytest.raises(StalePlanError, match="the file was edited by hand") as caught:
        with_snapshot(split)
    assert "restart the Data Plane API" in caught.value.hint


def test_after_a_failed_reload_the_disk_is_the_base_and_the_memory_has_the_version() -> None:
    made = with_snapshot(Snapshot("# _version=3\nbackend b\n", 4, 3))
    assert replace(made.base, sections=None) == Base(4, digest("backend b\n"), 3)
    assert made.lane == "raw"
    assert made.lane_reason in [one.reason for one in made.risks if one.rule == "not-loaded"]


def with_snapshot(snapshot: Snapshot) -> Plan:
    """A plan on a given snapshot."""
    answer = httpx.Response(200, text=snapshot.text, headers={"Configuration-Version": str(snapshot.version)})
    way = httpx.MockTransport(lambda _: answer)
    with DataplaneClient("https://edge1.example:5555", transport=way, sleep=lambda _: None) as client:
        return make_plan(client, read_desired(TWO, "d"), REMOTE)


def test_the_replay_of_a_raw_plan_is_its_text() -> None:
    made = plan(desired=LISTEN)
    assert made.lane == "raw"
    assert replay(BASE, made) == LISTEN


def test_lines_of_a_snapshot_have_the_numbers_of_the_file() -> None:
    text = f"# _version=7\n\n{BASE}"
    section = current_of(Snapshot.of(text, 7)).sections["defaults", "base"]
    assert text.splitlines()[section.line - 1] == "defaults base"


# A part of a plan


def test_a_reduced_plan_promises_what_its_operations_lead_to() -> None:
    made, base = plan(), Snapshot.of(BASE, 1)
    left = reduced(base, made, made.operations[:1])
    assert left.operations == made.operations[:1]
    assert left.result.sha256 == digest(ONE)


def test_a_reduced_plan_of_nothing_promises_what_is_there() -> None:
    left = reduced(Snapshot.of(BASE, 1), plan(), ())
    assert (left.operations, left.result.sha256) == ((), digest(BASE))


def test_a_reduced_plan_without_an_effect_has_no_operations() -> None:
    base = BASE.replace("  mode http\n\n", "  mode tcp\n\n", 1)
    made = plan(current=base, desired=BASE)
    assert reduced(Snapshot.of(BASE, 1), made, made.operations).operations == ()


# Applying


class Notes:
    """A journal in memory."""

    def __init__(self) -> None:
        self.phases: list[tuple[str, dict[str, str]]] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, PhaseBegan):
            self.phases.append((event.phase, dict(event.facts)))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.phases]


@pytest.fixture
def server() -> Iterator[Embedded]:
    """An embedded server on the base text."""
    started = Embedded()
    started.reset(BASE)
    yield started
    started.stop()


def planned(server: Embedded, desired: str = TWO) -> Plan:
    made = make_plan(server.client, read_desired(desired, "d"), server.client.as_target("local", "3.4"))
    server.tap.clear()
    return made


def is_open(server: Embedded) -> bool:
    return server.client.get_json("/services/haproxy/transactions") != []


def test_the_journal_is_told_each_phase_before_it_begins(server: Embedded) -> None:
    made, notes = planned(server), Notes()
    outcome = apply_plan(server.client, made, on_event=notes)
    assert notes.names == ["begin", "send", "commit", "reload"]
    facts = dict(notes.phases)
    assert facts["begin"] == {"version": "1"}
    assert facts["send"]["transaction"] == facts["commit"]["transaction"] != ""
    assert facts["commit"]["sha256"] == facts["reload"]["sha256"] == outcome.snapshot.sha256
    assert facts["reload"]["reload"] == outcome.reload_id != ""


def test_the_journal_of_a_raw_plan(server: Embedded) -> None:
    made, notes = planned(server, LISTEN), Notes()
    apply_plan(server.client, made, on_event=notes)
    assert notes.names == ["push", "finish", "reload"]
    assert notes.phases[0][1] == {"version": "1"}


def test_the_journal_of_a_raw_plan_that_is_taken_back(server: Embedded) -> None:
    made, notes = planned(server, LISTEN), Notes()
    server.tap.change_request(PUSH, lambda text: text.replace("192.0.2.1:80", "192.0.2.9:80"))
    with pytest.raises(UnsafePlanError, match="in backends/api"):
        apply_plan(server.client, made, on_event=notes)
    assert notes.names == ["push", "restore"]
    assert notes.phases[1][1] == {"version": "2"}
    assert server.client.snapshot().body == BASE


@pytest.mark.parametrize(
    ("status", "words"),
    [(409, "version mismatch"), (400, "[ALERT] no"), (500, "disk full")],
    ids=["somebody else wrote", "refused", "failed"],
)
def test_a_raw_plan_whose_second_push_fails_does_not_say_that_nothing_was_written(
    server: Embedded, status: int, words: str
) -> None:
    made = planned(server, LISTEN)
    second = re.compile(rf"{PUSH.pattern}\d+$")
    server.tap.answer(second, status, f'{{"code": {status}, "message": "{words}"}}')
    told = rf"^committed, but .* is stored, but the reload could not be requested: .*{re.escape(words)}"
    with pytest.raises(CommittedError, match=told) as caught:
        apply_plan(server.client, made)
    assert compare(Configuration.from_text(server.client.snapshot().body), Configuration.from_text(LISTEN)) == ()
    assert apply_plan(server.client, made, applied=caught.value.sha256).reload_id != ""


def test_a_raw_plan_that_cannot_be_taken_back_says_so(server: Embedded) -> None:
    made = planned(server, LISTEN)
    server.tap.change_request(PUSH, lambda text: text.replace("192.0.2.1:80", "192.0.2.9:80"))
    server.tap.answer(
        re.compile(PUSH.pattern.replace("version=", "version=2")), 409, '{"code": 409, "message": "moved"}'
    )
    with pytest.raises(UnsafePlanError, match="in backends/api") as caught:
        apply_plan(server.client, made)
    assert "could NOT be restored" in caught.value.hint


def test_a_raw_plan_that_the_server_takes_back_in_its_own_way_says_so(server: Embedded) -> None:
    made = planned(server, LISTEN)
    server.tap.change_request(PUSH, lambda text: text.replace("192.0.2.1:80", "192.0.2.9:80"))
    second = re.compile(PUSH.pattern.replace("version=", "version=2"))
    server.tap.change_request(second, lambda text: text.replace("192.0.2.11:80", "192.0.2.19:80"))
    with pytest.raises(UnsafePlanError, match="in backends/api") as caught:
        apply_plan(server.client, made)
    assert "but the server has changed it in backends/web; write the lines marked" in caught.value.hint
    assert caught.value.message.splitlines()[-5:] == [
        "  @@ backend web",
        "   backend web from base",
        "  -  server w1 192.0.2.11:80",
        "  +  server w1 192.0.2.19:80",
        "     server w2 192.0.2.12:80",
    ]


def test_a_lost_commit_on_a_target_that_cannot_be_read_is_an_unknown_outcome(server: Embedded) -> None:
    made = planned(server)
    server.tap.lose_answer(COMMIT)
    server.tap.before(re.compile(r"GET /v3/services/haproxy/transactions/"), lambda: server.tap.answer(READ, 403, "no"))
    with pytest.raises(OutcomeUnknown, match="the answer to the commit is lost"):
        apply_plan(server.client, made)


def test_the_journal_is_not_told_of_what_does_not_begin(server: Embedded) -> None:
    made, notes = planned(server), Notes()
    apply_plan(server.client, made)
    apply_plan(server.client, made, on_event=notes)
    assert notes.phases == []


def test_progress_counts_the_operations(server: Embedded) -> None:
    told: list[Event] = []
    apply_plan(server.client, planned(server), on_event=told.append)
    assert [event for event in told if isinstance(event, Step)] == [
        Step("update backends/api/servers/a1", 0, 2),
        Step("update backends/web/servers/w2", 1, 2),
        Step("proving the staged text", 2, 2),
        Step("committing", 2, 2),
        Step("waiting for the reload", 2, 2),
    ]


@pytest.mark.parametrize(
    ("desired", "message"),
    [(ONE, "applied: 1 operation, version 2"), (TWO, "applied: 2 operations, version 2"), (BASE, "nothing to do")],
)
def test_the_outcome_says_what_was_done(server: Embedded, desired: str, message: str) -> None:
    made = planned(server, desired)
    outcome = apply_plan(server.client, made)
    assert (outcome.message, outcome.sent, outcome.changed) == (message, len(made.operations), desired != BASE)
    assert outcome.snapshot == server.client.snapshot()


def test_the_refused_operation_is_named(server: Embedded) -> None:
    made = planned(server)
    server.tap.answer(OPERATION, 400, '{"code": 400, "message": "no such thing"}')
    with pytest.raises(OperationRefused) as caught:
        apply_plan(server.client, made)
    assert caught.value.message.startswith("operation 1 of 2, update backends/api/servers/a1, was refused: ")
    assert (caught.value.status, caught.value.server_message) == (400, "no such thing")
    assert caught.value.operation == made.operations[0]
    assert "the transaction was deleted" in caught.value.hint
    assert not is_open(server)


def test_an_interrupt_deletes_the_transaction(server: Embedded) -> None:
    def interrupt(event: Event) -> None:
        if isinstance(event, Step) and event.done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_plan(server.client, planned(server), on_event=interrupt)
    assert server.tap.kinds == ["read", "begin", "write", "delete"]
    assert not is_open(server)


def test_a_committed_transaction_is_not_deleted(server: Embedded) -> None:
    apply_plan(server.client, planned(server))
    assert "delete" not in server.tap.kinds
    transaction = server.client.begin(2)
    with deleting(server.client, transaction) as committed:
        committed.append(transaction)
    assert is_open(server)
    with deleting(server.client, transaction):
        pass
    assert not is_open(server)


def test_validation_comes_before_the_commit(server: Embedded) -> None:
    apply_plan(server.client, planned(server), validate=True)
    [asked] = [one for one in server.tap.seen if ("only_validate", "true") in one.query]
    assert server.tap.seen.index(asked) < server.tap.kinds.index("commit")
    assert b"192.0.2.12:81" in asked.content


def test_validation_comes_before_a_raw_push(server: Embedded) -> None:
    apply_plan(server.client, planned(server, LISTEN), validate=True)
    assert ("only_validate", "true") in server.tap.writes[0].query


VALIDATION = re.compile(r"POST .*only_validate=true")


@pytest.mark.parametrize("desired", [TWO, LISTEN])
def test_what_the_server_s_validation_refuses_is_not_committed(server: Embedded, desired: str) -> None:
    made = planned(server, desired)
    server.tap.answer(VALIDATION, 400, '{"code": 400, "message": "[ALERT] no"}')
    with pytest.raises(ServerRefused):
        apply_plan(server.client, made, validate=True)
    assert not is_open(server)
    assert server.client.snapshot().body == BASE


def test_a_commit_that_haproxy_refuses_leaves_nothing(server: Embedded) -> None:
    made = planned(server)
    server.tap.answer(COMMIT, 400, '{"code": 400, "message": "[ALERT] parsing [haproxy.cfg:5]"}')
    with pytest.raises(ServerRefused) as caught:
        apply_plan(server.client, made)
    assert "parsing" in caught.value.server_message
    assert not is_open(server)
    assert server.client.snapshot().body == BASE


def test_a_lost_commit_that_others_have_written_over_is_an_unknown_outcome(server: Embedded) -> None:
    made = planned(server)
    server.tap.lose_answer(COMMIT)
    server.tap.before(re.compile(r"GET /v3/services/haproxy/transactions/"), lambda: push(server, ONE))
    with pytest.raises(OutcomeUnknown, match="the answer to the commit is lost") as caught:
        apply_plan(server.client, made)
    assert "hsync drift" in caught.value.hint


def push(server: Embedded, text: str) -> None:
    server.client.push_raw(text, server.client.snapshot().version, skip_reload=True)


def test_a_write_by_others_after_the_commit_is_told(server: Embedded) -> None:
    made = planned(server)
    server.tap.before(RELOAD, lambda: push(server, ONE))
    with pytest.raises(TargetError, match="another client has changed it"):
        apply_plan(server.client, made)


def test_a_failed_reload_says_what_haproxy_said(server: Embedded) -> None:
    made = planned(server)
    server.tap.change_answer(RELOAD, lambda _: '{"status": "failed", "response": "cannot bind socket"}')
    with pytest.raises(ReloadFailedError, match=r"committed, but the reload failed: .*cannot bind socket") as caught:
        apply_plan(server.client, made)
    assert caught.value.server_message == "cannot bind socket"
    assert "HAProxy still runs the old configuration" in caught.value.hint


# Guards


def test_what_moved_is_said(server: Embedded) -> None:
    made = planned(server)
    for snapshot, words in [
        (Snapshot.of(f"# _version=2\n{BASE}", 2), ["its version is 2, the plan was made on version 1"]),
        (Snapshot.of(ONE, 1), [f"its text is sha256:{digest(ONE)[:12]}", digest(BASE)[:12]]),
        (Snapshot.of(f"# _version=2\n{ONE}", 2), ["its version is 2", f"its text is sha256:{digest(ONE)[:12]}"]),
    ]:
        with pytest.raises(StalePlanError) as caught:
            refuse_moved(snapshot, made, server.client)
        first, *facts = caught.value.message.splitlines()
        assert first.endswith("has changed since the plan was made:")
        assert len(facts) == sum(word.startswith("its ") for word in words)
        assert [word in "".join(facts) for word in words] == [True] * len(words)
        assert "make the plan again" in caught.value.hint
    refuse_moved(Snapshot.of(BASE, 1), made, server.client)


def test_a_moved_target_is_told_even_when_there_is_nothing_to_do(server: Embedded) -> None:
    made = planned(server, BASE)
    push(server, ONE)
    with pytest.raises(StalePlanError):
        apply_plan(server.client, made)


APPLIED = [
    (BASE, "", False, "the base"),
    (TWO, "", True, "the result, byte for byte"),
    (f"# a comment of somebody\n{TWO}", "", False, "the result in meaning only"),
    (ONE, "", False, "half of it"),
    (f"{TWO}  server w3 192.0.2.13:80\n", "", False, "the result, and more of what the plan does not write"),
    (ONE, digest(ONE), True, "what an earlier run of this plan left, by its digest"),
    (BASE, digest(BASE), False, "the base is never the result"),
    (f"{TWO}\nbackend b\n", digest(ONE), False, "another text than an earlier run of this plan left"),
]


@pytest.mark.parametrize(("text", "applied", "already", "why"), APPLIED, ids=[row[-1] for row in APPLIED])
def test_a_second_apply_is_told_from_a_moved_world(text: str, applied: str, already: bool, why: str) -> None:
    assert applied_already(Snapshot.of(text, 9), plan(), applied) is already


def test_a_plan_of_nothing_has_never_been_applied() -> None:
    assert not applied_already(Snapshot.of(TWO, 9), plan(desired=BASE), digest(TWO))


# Verifying


@pytest.mark.parametrize(
    ("desired", "facts"), [(TWO, 6), (LISTEN, 5), (BASE, 5)], ids=["transaction", "raw", "nothing"]
)
def test_verifying_commits_nothing(server: Embedded, desired: str, facts: int) -> None:
    found = verify_plan(server.client, planned(server, desired))
    assert len(found.shown) == facts
    assert found.shown[-1] == "the server's own validation accepts the result"
    assert found.unproved == ()
    assert {"commit", "push"}.isdisjoint(server.tap.kinds)
    assert not is_open(server)
    assert server.client.snapshot() == Snapshot.of(BASE, 1)


@pytest.mark.parametrize(
    ("desired", "facts"), [(TWO, 5), (LISTEN, 4), (BASE, 4)], ids=["transaction", "raw", "nothing"]
)
def test_verifying_without_a_checker_says_so_and_drops_no_other_sentence(
    server: Embedded, desired: str, facts: int
) -> None:
    found = verify_plan(server.client, planned(server, desired), checker=False)
    assert len(found.shown) == facts
    assert "replayed on a copy: the result is the promised text" in found.shown
    assert not [one for one in found.shown if "validation" in one]
    assert found.unproved == ("not checked by HAProxy: there is no binary",)


@pytest.mark.parametrize("run", [apply_plan, verify_plan], ids=["apply", "verify"])
def test_a_plan_that_haproxy_refuses_is_only_to_be_read(server: Embedded, run: Callable[..., object]) -> None:
    found = Finding(Severity.ERROR, Fault("t:7", "unknown keyword 'x'"))
    made = replace(planned(server), verdict=Verdict(SERVER, findings=(found,)))
    with pytest.raises(UnsafePlanError, match=r"HAProxy refused the result when this plan was made: t:7: unknown"):
        run(server.client, made)
    assert server.client.snapshot() == Snapshot.of(BASE, 1)


def test_verifying_refuses_what_apply_would_refuse(server: Embedded) -> None:
    made = planned(server)
    with pytest.raises(UnsafePlanError, match="no longer produces"):
        verify_plan(server.client, replace(made, result=replace(made.result, sha256="0" * 64)))
    with pytest.raises(StalePlanError, match="this target is"):
        verify_plan(server.client, replace(made, target=REMOTE))
    server.reset(ONE)
    with pytest.raises(StalePlanError, match="has changed since the plan was made"):
        verify_plan(server.client, made)


def test_verifying_finds_a_server_that_stages_something_else(server: Embedded) -> None:
    made = planned(server)
    server.tap.change_request(OPERATION, lambda body: body.replace("192.0.2.1", "192.0.2.9"))
    with pytest.raises(UnsafePlanError, match="in backends/api"):
        verify_plan(server.client, made)
    assert not is_open(server)


@pytest.mark.parametrize("desired", [TWO, LISTEN], ids=["transaction", "raw"])
def test_verifying_asks_the_server_s_own_validation(server: Embedded, desired: str) -> None:
    made = planned(server, desired)
    server.tap.answer(VALIDATION, 400, '{"code": 400, "message": "[ALERT] no"}')
    with pytest.raises(ServerRefused, match="ALERT"):
        verify_plan(server.client, made)
    assert not is_open(server)


def test_verifying_on_disk_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "haproxy.cfg"
    path.write_text(BASE)
    with DataplaneClient.embedded(path) as client:
        made = make_plan(client, read_desired(TWO, "d"), client.as_target("local", "3.4"))
        verify_plan(client, made)
    assert path.read_text() == BASE


# Secrets


@pytest.mark.parametrize("desired", [TWO, LISTEN], ids=["transaction", "raw"])
def test_a_saved_plan_needs_the_values_of_its_references(server: Embedded, desired: str) -> None:
    made = replace(planned(server, desired), inputs=(("secret env:ADDRESS", "00" * 32),))
    saved = conceal(made, {"env:ADDRESS": "192.0.2.12"})
    assert references(saved) == ("env:ADDRESS",)
    for story in (apply_plan, verify_plan):
        with pytest.raises(InputError, match="a reference to the secret env:ADDRESS"):
            story(server.client, saved)
        with pytest.raises(UnsafePlanError, match="no longer produces"):
            story(server.client, saved, secrets=lambda _: "192.0.2.99")
    verify_plan(server.client, saved, secrets=lambda _: "192.0.2.12")
    assert server.client.snapshot() == Snapshot.of(BASE, 1)
    assert apply_plan(server.client, saved, secrets=lambda _: "192.0.2.12").changed
    assert server.client.snapshot().sha256 == made.result.sha256


def lines_by_child() -> Iterator[tuple[str, str, str]]:
    """For each section type a line of its own and of each collection, with another line that may follow it."""
    for kind, section_type in by_kind().items():
        header = kind if section_type.shape is Shape.SINGLETON else f"{kind} x"
        lines = [case.parts["line"] for case in cases("line") if case.kind == kind]
        bound = {line: to_resources(parse(f"{header}\n  {line}\n").sections[0]) for line in lines}
        known = {next(iter(one.children), ""): line for line, one in bound.items() if not one.opaque}
        yield from ((header, line, lines[0]) for line in known.values())


def saved(current: str, desired: str) -> None:
    with DataplaneClient.embedded(text=current) as client:
        plan = make_plan(client, read_desired(desired, "desired", whole=False), client.as_target("it"))
    assert planfile.load(planfile.dump(plan, planfile.Meta()), "it.plan.json")[0].operations == plan.operations
    assert bool(plan.operations) == (compare(*map(Configuration.from_text, (current, desired))) != ())


def test_every_child_of_every_section_comes_and_goes_in_a_plan_that_can_be_saved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hsync.session.planning.refuse_unknown", lambda *_: None)  # the lines name what nothing defines
    for header, line, other in lines_by_child():
        with_it, without, another = f"{header}\n  {line}\n", f"{header}\n", f"{header}\n  {other}\n"
        pairs = ((without, with_it), (with_it, without), ("", with_it), (with_it, ""), (another, with_it))
        for current, desired in pairs:
            saved(current, desired)


def test_two_sections_of_one_name_on_the_target_are_replaced_by_the_whole_text() -> None:
    twins = "ring a\n  size 1\nring a\n  size 2\n"
    with DataplaneClient.embedded(text=twins) as client:
        for desired in ("", "ring a\n  size 3\n"):
            plan = make_plan(client, read_desired(desired, "desired"), Target("it", "file:/x", "3.4", keeps_text=True))
            assert plan.lane == "raw"
            assert "sections with the same kind and name" in plan.lane_reason


def test_an_empty_word_in_front_of_a_line_is_no_misspelling() -> None:
    text = 'global\n""  maxconn 5\n'
    assert plan(current="", desired=text).operations
