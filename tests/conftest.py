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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a table; tests write their lane into the report, so that it also comes from parallel workers."""
    found: dict[str, Counter[str]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            for name, value in report.user_properties:
                if name == "lane":
                    found.setdefault(value[0], Counter())[value[1]] += 1
    if found:
        terminalreporter.section("lanes of the pairs")
        terminalreporter.write_line(f"{'':20}" + "".join(f"{lane:>15}" for lane in LANES))
    for target, count in found.items():
        terminalreporter.write_line(f"{target:20}" + "".join(f"{count[lane]:>15}" for lane in LANES))
