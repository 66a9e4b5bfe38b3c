"""The rules of a watch: tables of numbers before and after, and what is found; and how numbers are read."""

from __future__ import annotations

import pytest

from hsync.dataplane.stats import Line, Sample, read_sample
from hsync.errors import TargetError
from hsync.render.thresholds import Thresholds
from hsync.schema import Json
from hsync.session.watching import rules
from hsync.session.watching.rules import RULES, Seen

Lines = dict[tuple[str, str, str], Line]

WWW, WEB, NEW = ("frontend", "www", ""), ("backend", "web", ""), ("backend", "new", "")
A, B = ("server", "web", "a"), ("server", "web", "b")


def found(before: list[Lines], after: list[Lines], limits: Thresholds | None = None) -> list[str]:
    """What all rules find in samples that are a second apart."""
    earlier = tuple(Sample(float(at), lines) for at, lines in enumerate(before))
    later = tuple(Sample(100.0 + at, lines) for at, lines in enumerate(after))
    return [words for rule in RULES for words in rule(Seen(earlier, later), limits or Thresholds())]


def up(status: str = "UP") -> Line:
    return Line(status)


def busy(requests: int, errors: int = 0, refused: int = 0, queue: int = 0) -> Line:
    return Line("OPEN", requests, refused, errors, queue)


SERVERS = [
    ("up stays up", {A: up()}, {A: up()}, []),
    ("up falls", {A: up(), B: up()}, {A: up("DOWN"), B: up()}, ["backend web: 1 server down: a"]),
    ("both fall", {A: up(), B: up()}, {A: up("DOWN"), B: up("DOWN 1/2")}, ["backend web: 2 servers down: a, b"]),
    ("down before", {A: up("DOWN")}, {A: up("DOWN")}, []),
    ("a new one that is down", {A: up()}, {A: up(), B: up("DOWN")}, ["backend web: 1 server down: b"]),
    ("going down is up", {A: up()}, {A: up("UP 1/3")}, []),
    ("maintenance by configuration", {A: up()}, {A: up("MAINT")}, []),
    ("a name that is not resolved", {A: up()}, {A: up("MAINT (resolution)")}, ["backend web: 1 server down: a"]),
    ("drained", {A: up()}, {A: up("DRAIN")}, []),
    ("without a check", {A: up("no check")}, {A: up("no check")}, []),
    ("removed", {A: up(), B: up()}, {A: up()}, []),
    ("gone with its backend", {A: up()}, {}, []),
]


@pytest.mark.parametrize(("before", "after", "words"), [row[1:] for row in SERVERS], ids=[row[0] for row in SERVERS])
def test_servers(before: Lines, after: Lines, words: list[str]) -> None:
    assert found([before], [after]) == words


SHARES = [
    ("no errors", busy(1000), busy(0), busy(50), []),
    ("all are errors", busy(1000), busy(0), busy(50, 50), ["frontend www: 100 % of 50 answers are 5xx, before 0.0 %"]),
    ("as many as before", busy(1000, 300), busy(0), busy(50, 15), []),
    ("a little more", busy(1000, 10), busy(0), busy(100, 6), []),
    ("enough more", busy(1000, 10), busy(0), busy(100, 7), ["frontend www: 7 % of 100 answers are 5xx, before 1.0 %"]),
    ("too few requests", busy(1000), busy(0), busy(9, 9), []),
    ("chance", busy(1000), busy(0), busy(20, 2), []),
    ("errors before the first sample", busy(1000), busy(100, 100), busy(200, 100), []),
    ("counters that go on", busy(1000), busy(1000, 0), busy(1050, 50), ["frontend www: 100 % of 50 answers are 5xx, before 0.0 %"]),
    ("counters that began again", busy(1000), busy(1000, 0), busy(50, 50), ["frontend www: 100 % of 50 answers are 5xx, before 0.0 %"]),
    ("refused now", busy(1000), busy(0), busy(50, 0, 50), ["frontend www: 100 % of 50 answers are 4xx, before 0.0 %"]),
    ("refused before, too", busy(1000, 0, 600), busy(0), busy(50, 0, 50), []),
    ("half of it is refused", busy(1000), busy(0), busy(50, 0, 25), []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "start", "now", "words"), [row[1:] for row in SHARES], ids=[row[0] for row in SHARES]
)
def test_shares(before: Line, start: Line, now: Line, words: list[str]) -> None:
    assert found([{WWW: before}], [{WWW: start}, {WWW: now}]) == words


def test_a_backend_that_is_new_had_no_errors() -> None:
    assert found([{}], [{NEW: busy(0)}, {NEW: busy(10, 10)}]) == [
        "backend new: 100 % of 10 answers are 5xx, before 0.0 %"
    ]
    assert found([{}], [{}, {NEW: busy(10, 10)}]) != [], "also if the first sample did not have it"


QUEUES = [
    ("short", [0], [9, 9, 9], []),
    ("long", [0], [12, 10, 11], ["backend web: 11 requests wait for a server, before 0"]),
    ("long for a moment", [0], [0, 50, 50], []),
    ("long before, too", [30], [35, 35, 35], []),
    ("two samples", [0], [50, 50], []),
]


@pytest.mark.parametrize(("before", "after", "words"), [row[1:] for row in QUEUES], ids=[row[0] for row in QUEUES])
def test_queues(before: list[int], after: list[int], words: list[str]) -> None:
    assert found([{WEB: busy(0, queue=one)} for one in before], [{WEB: busy(0, queue=one)} for one in after]) == words


TRAFFIC = [
    ("as before", [0, 50], [0, 50, 100, 150, 200, 250], []),
    ("gone", [0, 50], [0, 0, 0, 0, 0, 0], ["frontend www: 0.0 requests a second, before 50.0"]),
    ("gone, not for long", [0, 50], [0, 0, 0, 0, 0], []),
    ("less", [0, 50], [0, 11, 22, 33, 44, 55], []),
    ("far less", [0, 50], [0, 9, 18, 27, 36, 45], ["frontend www: 9.0 requests a second, before 50.0"]),
    ("little before", [0, 4], [0, 0, 0, 0, 0, 0], []),
    ("gone at last", [0, 50], [0, 50, 50, 50, 50, 50, 50], ["frontend www: 0.0 requests a second, before 50.0"]),
]


@pytest.mark.parametrize(("before", "after", "words"), [row[1:] for row in TRAFFIC], ids=[row[0] for row in TRAFFIC])
def test_traffic(before: list[int], after: list[int], words: list[str]) -> None:
    assert found([{WWW: busy(one)} for one in before], [{WWW: busy(one)} for one in after]) == words


def test_a_frontend_that_is_gone_or_new_has_no_traffic_to_compare() -> None:
    assert found([{WWW: busy(0)}, {WWW: busy(50)}], [{}] * 7) == []
    assert found([{}, {}], [{WWW: busy(0)}] * 7) == []


@pytest.mark.parametrize("name", ["servers_down", "errors_percent", "refused_percent", "queue", "traffic_percent"])
def test_0_switches_a_rule_off(name: str) -> None:
    bad = {WWW: busy(0), WEB: busy(0, queue=50), A: up("DOWN")}
    worse = {**bad, WWW: busy(0), WEB: busy(40, 20, 38, 50)}
    after = [bad, *[worse] * 6]
    before: list[Lines] = [{WWW: busy(0)}, {WWW: busy(50)}]
    assert len(found(before, after)) == 5
    assert len(found(before, after, Thresholds(**{name: 0}))) == 4


def test_every_rule_is_in_the_table() -> None:
    public = {rules.servers_down, rules.errors, rules.refused, rules.queue, rules.traffic}
    assert set(RULES) == public


# How numbers are read

STATS: dict[str, Json] = {
    "status": "UP",
    "req_tot": None,
    "hrsp_2xx": 5,
    "hrsp_5xx": 2,
    "hrsp_4xx": 1,
    "qcur": 3,
    "scur": 4,
}


@pytest.mark.parametrize(
    ("stats", "line"),
    [
        (STATS, Line("UP", 8, 1, 2, 3, 4)),
        ({**STATS, "req_tot": 9}, Line("UP", 9, 1, 2, 3, 4)),
        ({"status": "OPEN", "stot": 7}, Line("OPEN", 7)),
        ({}, Line("")),
        ({"status": None, "qcur": "x"}, Line("")),
    ],
)
def test_a_line(stats: Json, line: Line) -> None:
    entry: Json = {"type": "server", "name": "a", "backend_name": "web", "stats": stats}
    answers: tuple[Json, ...] = ({"stats": [entry]}, [{"runtimeAPI": "x", "stats": [entry]}])
    for answer in answers:
        by_path = {"/services/haproxy/stats/native": answer}
        assert read_sample(by_path.__getitem__, lambda: 1.0) == Sample(1.0, {A: line})


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"error": "no socket", "stats": None}, "no socket"),
        ({"stats": []}, "the answer has none"),
        ([], "the answer has none"),
        ("x", "the answer has none"),
    ],
)
def test_an_answer_without_numbers(answer: Json, why: str) -> None:
    with pytest.raises(TargetError, match=f"the numbers of HAProxy cannot be read: {why}"):
        read_sample(lambda _: answer, lambda: 0.0)


def test_what_is_no_line_is_left_out() -> None:
    answer: Json = {"stats": ["x", {"type": "frontend"}, {"type": "frontend", "name": "www", "stats": {}}]}
    assert set(read_sample(lambda _: answer, lambda: 0.0).lines) == {WWW}
