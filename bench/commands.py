"""Commands as whole processes: CPU, elapsed time and memory, from the start of Python to its end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.texts import configuration, one_server_changed

__all__ = ["commands"]

ROUNDS = 5
SMALL, LINES, LONG, CHANGED = 100, 50_000, 100_000, 54_000
"""Lines of the configurations; the last one has more than 20,000 changes."""

PROGRAM = "import sys; sys.argv[0] = 'hsync'; from hsync.cli import main; main()"


@dataclass(frozen=True)
class Cost:
    """What a process has cost.

    Args:
        cpu: seconds of the process and of those that it started.
        elapsed: seconds.
        memory: bytes of the largest process.
    """

    cpu: float
    elapsed: float
    memory: int


def cost(folder: Path, *words: str, rounds: int = ROUNDS) -> Cost:
    """The lowest cost of a command in some rounds.

    Args:
        folder: where it runs.
        words: its arguments; none for a Python that does nothing.
        rounds: how often it runs.
    """
    return min((_once(folder, words) for _ in range(rounds)), key=lambda found: found.cpu)


def _once(folder: Path, words: tuple[str, ...]) -> Cost:
    code = [sys.executable, "-c", PROGRAM if words else "pass", *words]
    started = time.monotonic()
    child = subprocess.Popen(code, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    elapsed = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, words
    return Cost(used.ru_utime + used.ru_stime, elapsed, used.ru_maxrss * 1024)


def commands() -> None:
    """Print what commands cost, in units of a Python that does nothing."""
    print(f"\n{'commands, as whole processes':<58}{'CPU':>8}{'elapsed':>10}{'memory':>10}{'pythons':>9}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        idle = cost(folder)
        _row("python -c pass", idle, idle)
        _row("hsync --version", cost(folder, "--version"), idle)
        _write(folder, configuration(SMALL), configuration(SMALL))
        _row(f"hsync plan, nothing to do, {SMALL} lines of text", cost(folder, *PLAN), idle)
        (folder / "haproxy.cfg.j2").write_text(configuration(SMALL), encoding="utf-8")
        template = ("plan", "haproxy.cfg.j2", *PLAN[3:])
        _row(f"hsync plan, nothing to do, a template of {SMALL} lines", cost(folder, *template), idle)
        for lines in (LINES, LONG):
            text = configuration(lines)
            _write(folder, text, one_server_changed(text))
            _row(f"hsync plan, one weight in {lines:,} lines", cost(folder, *PLAN, rounds=2), idle)
            _row(f"hsync apply, one weight in {lines:,} lines", cost(folder, *APPLY, rounds=1), idle)
        text = configuration(CHANGED)
        _write(folder, text, text.replace("weight 100", "weight 50"))
        _row(f"hsync plan, {text.count('weight 100'):,} changes", cost(folder, *PLAN, rounds=1), idle)
        _row("hsync show of this plan", cost(folder, "show", "haproxy.plan.json", rounds=1), idle)


PLAN = ("plan", "--config", "new.cfg", "-t", "./haproxy.cfg", "--no-judge")
APPLY = ("apply", "haproxy.plan.json", "-t", "./haproxy.cfg", "--auto-approve", "--haproxy-bin", "none")


def _write(folder: Path, text: str, desired: str) -> None:
    (folder / "haproxy.cfg").write_text(text, encoding="utf-8")
    (folder / "new.cfg").write_text(desired, encoding="utf-8")


def _row(name: str, found: Cost, idle: Cost) -> None:
    elapsed, memory = f"{found.elapsed * 1000:.0f} ms", f"{found.memory / 1e6:.0f} MB"
    print(f"{name:<58}{found.cpu * 1000:>5.0f} ms{elapsed:>10}{memory:>10}{found.cpu / idle.cpu:>9.1f}")
