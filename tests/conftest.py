"""Settings of the whole suite: signals are received, and the summary shows the lane of each pair of configurations."""

from __future__ import annotations

import secrets
import signal
from collections import Counter
from collections.abc import Iterator

import pytest

pytest_plugins = ["hsync.testing.pytest_plugin"]

LANES = ("transaction", "raw", "nothing to do")


def pytest_configure() -> None:
    """Receive signals, even if the suite runs in the background of a script or under `nohup`, which ignore some."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for one in (signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(one) is signal.SIG_IGN:
            signal.signal(one, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What HAProxy accepted is not remembered from one test to the next, nor among the files of who runs them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache" / secrets.token_hex(8)))


@pytest.fixture(autouse=True, scope="session")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No operator of this machine, and a project that is trusted also in a pipeline, unless a test says otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("operator")))
        patch.setenv("HSYNC_UNTRUSTED", "0")
        for name in ("HSYNC_ALLOW", "HSYNC_OPERATOR_CONFIG"):
            patch.delenv(name, raising=False)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test with the mark `attack` counts as one of its kind."""
    for item in items:
        for mark in item.iter_markers("attack"):
            item.user_properties.append(("torture", (mark.args[0], 1)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print tables of what tests write into their reports: it also comes from parallel workers."""
    reports = [one for outcome in ("passed", "failed") for one in terminalreporter.stats.get(outcome, ())]
    told = [(name, *value) for one in reports for name, value in one.user_properties if name in {"lane", "torture"}]
    _lanes(terminalreporter, [(target, lane) for name, target, lane in told if name == "lane"])
    _parts(terminalreporter, [(part, count) for name, part, count in told if name == "torture"])


def _parts(terminalreporter: pytest.TerminalReporter, told: list[tuple[str, int]]) -> None:
    """How many attacks there were of each kind."""
    count: Counter[str] = Counter()
    for part, number in told:
        count[part] += number
    if count:
        terminalreporter.section("attacks and faults")
    for part, number in sorted(count.items()):
        terminalreporter.write_line(f"{number:>10}  {part}")


def _lanes(terminalreporter: pytest.TerminalReporter, told: list[tuple[str, str]]) -> None:
    """How many pairs of configurations took which lane."""
    found: dict[str, Counter[str]] = {}
    for target, lane in told:
        found.setdefault(target, Counter())[lane] += 1
    if found:
        terminalreporter.section("lanes of the pairs")
        terminalreporter.write_line(f"{'':20}" + "".join(f"{lane:>15}" for lane in LANES))
    for target, count in found.items():
        terminalreporter.write_line(f"{target:20}" + "".join(f"{count[lane]:>15}" for lane in LANES))
