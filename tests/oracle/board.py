"""The scores of all oracles in a table: `python -m tests.oracle.board` prints it, `--write` saves it.

The tests compare with the saved table (`expected_scores.tsv`): a regression fails, and so does an improvement that
was not saved.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hsync.dataplane.embedded import find_haproxy
from hsync.dataplane.embedded.answers import Refusal
from hsync.dataplane.embedded.checker import check
from hsync.model import Configuration, normal
from hsync.output.conversion import configuration_object, configuration_text
from hsync.plan.compare import compare
from hsync.schema import Fields
from tests.corpus import CORPUS, json_lines, read_text
from tests.oracle import keywords, library, specification
from tests.oracle.score import (
    Verdict,
    canonical_configuration,
    clean,
    our_json,
    our_lines,
    score_lines,
    score_properties,
)

TABLE = Path(__file__).with_name("expected_scores.tsv")
HEAD = "# oracle\tpart\tok\ttotal\n"

REJECTED = frozenset({"fail", "fails", "ko", "quote_fail"})
"""The mark of lines that HAProxy must refuse."""


@dataclass(frozen=True, order=True)
class Outcome:
    """The result for a record of an oracle: `part` is its section, object, or version."""

    part: str
    id: str
    ok: bool


@cache
def directives() -> tuple[Outcome, ...]:
    """Lines that the real server models: hsync has the same JSON and the same text."""
    return tuple(Outcome(v.record["section"], v.record["id"], v.verdict == "ok") for v in _lines() if _modelled(v))


@cache
def unmodelled() -> tuple[Outcome, ...]:
    """Lines that the real server keeps as text: hsync does, too."""
    return tuple(Outcome(v.record["section"], v.record["id"], v.verdict == "ok") for v in _lines() if not _modelled(v))


@cache
def rejected() -> tuple[Outcome, ...]:
    """Invalid lines: none of them becomes JSON, so that no operation can write it."""
    found = [v.record for v in _lines() if v.record["expect"] in REJECTED]
    return tuple(Outcome(r["section"], r["id"], not our_json(r["section"], r["line"])[0]) for r in found)


@cache
def _lines() -> tuple[Verdict, ...]:
    return tuple(score_lines())


def _modelled(verdict: Verdict) -> bool:
    return bool(verdict.record["modelled"])


@cache
def properties() -> tuple[Outcome, ...]:
    """JSON bodies that the real server wrote: hsync writes the same text."""
    found = []
    for verdict in score_properties():
        record = verdict.record
        name = f"({record['object']},{record['property']},{record.get('variant') or ''})"
        found.append(Outcome(record["object"], name, verdict.verdict == "ok"))
    return tuple(found)


@cache
def served() -> tuple[Outcome, ...]:
    """Leaf properties of each API release: a row has them with the right type, since that release or an older one."""
    found = []
    for line in specification.LINES:
        for leaf in specification.leaves(line).values():
            known = specification.known().get(leaf.id)
            ok = known is not None and known.since <= line and leaf.type in known.types
            found.append(Outcome(line, f"{line} {leaf.id}", ok))
    return tuple(found)


@cache
def bodies() -> tuple[Outcome, ...]:
    """JSON of all lines: it conforms to the published specification 3.4, except for fields in `needs`."""
    found = []
    for record in json_lines("oracle/lines.jsonl"):
        kind = record["section"]
        body = our_json(kind, record["line"])[0]
        if body:
            found.append(Outcome(kind, record["id"], not specification.faults_of(kind, body)))
    return tuple(found)


@cache
def older() -> tuple[Outcome, ...]:
    """JSON that a plan sends to an older server: the fields that the server knows conform to its specification, and
    give the same line."""
    found = []
    for line in specification.LINES[:-1]:
        for one in library.sayable(line):
            rest = specification.kept(line, specification.definition_of(line, one.kind), one.body)
            ok = isinstance(rest, dict) and not specification.faults_of(one.kind, rest, line)
            same = ok and (rest == one.body or our_lines(one.type, rest) == our_lines(one.type, one.body))
            found.append(Outcome(line, f"{line} {one.id} {one.line}", same))
    return tuple(found)


@cache
def engine() -> tuple[Outcome, ...]:
    """Lines that a plan for 3.2 writes by operations: the server's library has the same JSON and text as hsync."""
    return tuple(Outcome(part, f"{part} {one.id} {one.line}", ok) for part, one, ok in library.differences())


@cache
def printed() -> tuple[Outcome, ...]:
    """Keywords that HAProxy prints: there is a row for each of them."""
    return tuple(
        Outcome(version, one, keywords.known(one)) for version in keywords.VERSIONS for one in keywords.printed(version)
    )


def canonical() -> list[Path]:
    """The files of oracle/files, each with its JSON."""
    return sorted((CORPUS / "oracle" / "files").rglob("*.cfg"))


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@cache
def files() -> tuple[Outcome, ...]:
    """Whole files that the server wrote: hsync has the same JSON as the server."""
    found = []
    for path in canonical():
        theirs = clean(json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
        ours = clean(canonical_configuration(read_text(path)))
        found.append(Outcome("json", _name(path), normal(by_name(ours)) == normal(by_name(theirs))))
    return tuple(found)


def by_name(document: Fields) -> Fields:
    """Sections sorted by name: the server has no fixed order."""
    return {
        path: sorted(value, key=lambda one: str(one["name"]) if isinstance(one, dict) else "")
        if isinstance(value, list)
        else value
        for path, value in document.items()
    }


@cache
def rewritten() -> tuple[Outcome, ...]:
    """Whole files that the server wrote have the same meaning as before."""
    found = []
    for path in canonical():
        before = Configuration.from_text(read_text(CORPUS / "transitions" / path.parent.name / path.name))
        after = Configuration.from_text(read_text(path))
        found.append(Outcome("meaning", _name(path), not compare(after, before)))
    return tuple(found)


@cache
def accepted() -> tuple[Outcome, ...]:
    """Configurations that HAProxy accepts: it also accepts them after text -> JSON -> text."""
    paths = [*sorted((CORPUS / "transitions").rglob("*.cfg")), *canonical()]
    found = []
    for path in paths:
        text = read_text(path)
        if valid(text):
            again = configuration_text(configuration_object(Configuration.from_text(text)), path.name)
            found.append(Outcome(path.parents[1].name, _name(path), valid(again)))
    return tuple(found)


def valid(text: str) -> bool:
    """Whether HAProxy accepts a configuration."""
    binary = find_haproxy()
    assert binary, "a haproxy binary"
    try:
        check(binary, text)
    except Refusal:
        return False
    return True


ORACLES: dict[str, Callable[[], tuple[Outcome, ...]]] = {
    "directives": directives,
    "unmodelled": unmodelled,
    "rejected": rejected,
    "properties": properties,
    "specification": served,
    "bodies": bodies,
    "older": older,
    "engine": engine,
    "keywords": printed,
    "files": files,
    "rewritten": rewritten,
    "haproxy": accepted,
}

Scores = dict[tuple[str, str], tuple[int, int]]


def scores(oracle: str) -> Scores:
    """Numbers of good records and of all records of an oracle, by part; `*` is the total."""
    found: Scores = {}
    for one in ORACLES[oracle]():
        for part in ("*", one.part):
            ok, total = found.get((oracle, part), (0, 0))
            found[oracle, part] = (ok + one.ok, total + 1)
    return found


def wrong(outcomes: Iterable[Outcome]) -> list[str]:
    """The ids of the failed records."""
    return [one.id for one in outcomes if not one.ok]


def expected() -> Scores:
    """The saved table."""
    rows = (line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines() if line[:1] != "#")
    return {(oracle, part): (int(ok), int(total)) for oracle, part, ok, total in rows}


def shown(oracle: str) -> Iterator[str]:
    """The scores of an oracle, for people."""
    for (_, part), (ok, total) in scores(oracle).items():
        yield f"{oracle:14} {part:26} {ok:6} / {total:<6} {100 * ok / total:6.2f} %"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the scores as the expected ones")
    write = parser.parse_args().write
    kept = HEAD
    for oracle in ORACLES:
        print("\n".join(shown(oracle)))
        kept += "".join(f"{name}\t{part}\t{ok}\t{total}\n" for (name, part), (ok, total) in scores(oracle).items())
    if write:
        TABLE.write_text(kept, encoding="utf-8")


if __name__ == "__main__":
    main()
