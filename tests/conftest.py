"""What the whole suite reports at its end: which lane each pair of configurations took, by target."""

from __future__ import annotations

from collections import Counter

import pytest

pytest_plugins = ["hsync.testing.pytest_plugin"]

LANES = ("transaction", "raw", "nothing to do")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a table; the tests leave their lane in the report, so it comes from parallel workers, too."""
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
