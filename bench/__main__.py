"""The benchmarks: what planning and applying cost, measured in reads of the same file.

The unit is reading the two texts, current and desired, into lines and words, as HAProxy splits them. The last column
says the same in units of `str.split`, which knows neither quotes nor comments: the least that anything in Python can
cost. The promise: a plan for one changed server in 100,000 lines costs less than 3 of these. It does not hold at
present: a plan also proves what `show` will compare, which is half of its cost.

The first table has commands as whole processes, in units of a Python that does nothing (`bench.commands`).

Nothing is remembered from one round to the next (`bench.caches`): a plan is made by a process that has read nothing.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.caches import forget
from bench.commands import commands
from bench.texts import configuration, giant, one_server_changed
from hsync.dataplane import DataplaneClient
from hsync.dataplane.embedded.header import write_header
from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.plan.plan import Plan
from hsync.sections import grammar, parse
from hsync.session import apply_plan, make_plan, read_desired
from hsync.syntax import check

LINES = 100_000
SERVERS = 50_000
LIMIT = 3.0
ROUNDS = 3


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of the fastest of some rounds; none profits from what an earlier one has read."""
    best = float("inf")
    for _ in range(ROUNDS):
        forget()
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def read(path: Path) -> int:
    """Half the unit: a file into lines and words."""
    document = parse(path.read_text(encoding="utf-8"))
    return sum(len(line.words) for section in document.sections for line in section.directives)


def split(path: Path) -> int:
    """The same with what Python has: no quotes, no comments."""
    return sum(len(line.split()) for line in path.read_text(encoding="utf-8").splitlines())


def plan(path: Path, desired: str) -> Plan:
    """A plan as the command line makes it, on the embedded target."""
    with DataplaneClient.embedded(path) as client:
        target = client.as_target("bench", "3.4")
        return make_plan(client, read_desired(desired, "desired", kept=target.keeps_text), target)


def apply(path: Path, current: str, made: Plan) -> None:
    """Put the current text back and apply the plan."""
    path.write_text(current, encoding="utf-8")
    with DataplaneClient.embedded(path) as client:
        apply_plan(client, made)


@dataclass(frozen=True)
class Table:
    """Prints one benchmark.

    Args:
        unit: seconds of reading both texts into words.
        least: seconds of `str.split` over both.
    """

    unit: float
    least: float

    @classmethod
    def of(cls, title: str, path: Path) -> Table:
        """Measure the units on a file, and print the head."""
        table = cls(2 * seconds(lambda: read(path)), 2 * seconds(lambda: split(path)))
        print(f"\n{title:<58}{'CPU':>8}{'units':>10}{'str.split':>12}")
        table.row("both texts into lines and words (the unit)", table.unit)
        return table

    def row(self, name: str, taken: float, limit: float | None = None) -> bool:
        """Print one line; False when its limit is not kept."""
        kept = limit is None or taken < limit * self.least
        verdict = "" if limit is None else f"  must be < {limit:g} str.split: {'ok' if kept else 'NOT MET'}"
        print(f"{name:<58}{taken * 1000:>5.0f} ms{taken / self.unit:>10.2f}{taken / self.least:>12.1f}{verdict}")
        return kept


def large(folder: Path) -> bool:
    """One changed server in 100,000 lines."""
    text = configuration(LINES)
    desired, path = one_server_changed(text), folder / "large.cfg"
    path.write_text(text, encoding="utf-8")
    table = Table.of(f"one changed server in {text.count(chr(10)):,} lines", path)
    table.row("parse both texts into sections", seconds(lambda: (parse(text), parse(desired))))
    table.row("look for faults in the desired text", seconds(lambda: check(parse(desired), grammar())))
    table.row("compare", seconds(lambda: compare(Configuration(parse(text)), Configuration(parse(desired)))))
    kept = table.row("plan, from reading the file to the proof", seconds(lambda: plan(path, desired)), LIMIT)
    table.row("plan with nothing to do", seconds(lambda: plan(path, text)))
    made = plan(path, desired)
    table.row("apply, on the embedded target", seconds(lambda: apply(path, text, made)))
    path.write_text(write_header(f"\n{text}", 2, disclaimer=True), encoding="utf-8")
    table.row("plan, when the file has a server's header lines", seconds(lambda: plan(path, desired)))
    return kept


def one_section(folder: Path) -> None:
    """One changed server in a single giant backend: a plan reads all of the section, its application one line."""
    text = giant(SERVERS)
    desired, path = one_server_changed(text), folder / "giant.cfg"
    path.write_text(text, encoding="utf-8")
    table = Table.of(f"one changed server in one backend of {SERVERS:,}", path)
    table.row("compare", seconds(lambda: compare(Configuration(parse(text)), Configuration(parse(desired)))))
    table.row("plan, from reading the file to the proof", seconds(lambda: plan(path, desired)))
    made = plan(path, desired)
    table.row("apply, on the embedded target", seconds(lambda: apply(path, text, made)))


def main() -> int:
    """Run all; exit code 1 when the promise is not kept."""
    commands()  # first: the system counts the memory of this process as that of its children, too
    with tempfile.TemporaryDirectory() as name:
        kept = large(Path(name))
        one_section(Path(name))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
