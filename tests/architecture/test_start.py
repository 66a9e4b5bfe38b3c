"""What a command imports, counted in modules: a start costs little as long as it imports little."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

CONFIGURATION = "global\n  maxconn 100\n" + "".join(
    f"backend b{one}\n  server s 192.0.2.1:80 check\n" for one in range(40)
)

VERSION, SHOWN, PLANNED, RENDERED = 30, 210, 310, 110
"""Modules that these runs may import, beyond Python's own, whose number is another in each release."""

COMMAND_LINES = {"rich", "pygments"}
"""What draws tables and bars on terminals, also in httpx's own command line."""

NETWORK = {"httpcore", "h11", "truststore", "anyio", "certifi"}
ELSEWHERE = {"jinja2", "ruamel", "http.server", "email.mime", "importlib.metadata", "asyncio", "sqlite3"}


def imported(code: str, folder: Path) -> set[str]:
    """The modules of a Python that has run some code."""
    report = f"import json, sys\ntry:\n  {code}\nexcept SystemExit as end:\n  assert not end.code, end.code\n"
    report += "print('\\n', json.dumps(sorted(sys.modules)), flush=True)\n"
    # The name of a variable without an option is compared with those of all verbs.
    others = {name: value for name, value in os.environ.items() if not name.startswith("HSYNC_")}
    ended = subprocess.run(
        [sys.executable, "-c", report],
        cwd=folder,
        env={**others, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    names: list[str] = json.loads(ended.stdout.splitlines()[-1])
    return set(names)


@cache
def bare() -> set[str]:
    """The modules of a Python that runs nothing, coverage among them."""
    return imported("pass", ROOT)


def counted(names: set[str]) -> int:
    """The number of modules that do not come with Python."""
    return len([name for name in names - bare() if name.partition(".")[0] not in sys.stdlib_module_names])


def running(*arguments: str) -> str:
    """Code that runs a command."""
    return f"sys.argv[:] = {['hsync', *arguments]!r}; from hsync.cli import main; main()"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a target that has its desired configuration."""
    (tmp_path / "haproxy.cfg").write_text(CONFIGURATION, encoding="utf-8")
    return tmp_path


PLAN = ("plan", "--config", "haproxy.cfg", "-t", "./haproxy.cfg", "--no-judge")


def test_the_version_imports_next_to_nothing(folder: Path) -> None:
    found = imported(running("--version"), folder)
    assert counted(found) <= VERSION
    assert (
        found
        & (
            COMMAND_LINES
            | NETWORK
            | ELSEWHERE
            | {"httpx", "ssl", "shutil", "difflib", "urllib.parse", "hsync.session", "hsync.schema"}
        )
        == set()
    )


def test_a_plan_of_a_file_imports_neither_a_network_nor_templates(folder: Path) -> None:
    found = imported(running(*PLAN), folder)
    assert "hsync.plan.compare" in found
    assert counted(found) <= PLANNED
    assert found & (COMMAND_LINES | NETWORK | ELSEWHERE) == set()


def test_a_plan_is_shown_without_a_network_and_templates(folder: Path) -> None:
    imported(running(*PLAN), folder)
    found = imported(running("show", "haproxy.plan.json"), folder)
    assert counted(found) <= SHOWN
    assert found & (COMMAND_LINES | NETWORK | ELSEWHERE) == set()


def test_the_process_that_renders_imports_no_plans_and_no_targets(tmp_path: Path) -> None:
    found = imported("import hsync.render.child", tmp_path)
    assert {"jinja2", "ruamel.yaml"} <= found
    assert counted(found) <= RENDERED
    assert (
        found & (COMMAND_LINES | NETWORK | {"httpx", "click", "hsync.schema", "hsync.sections", "hsync.trust.operator"})
        == set()
    )


def test_httpx_has_its_command_line_for_others(tmp_path: Path) -> None:
    found = imported("import hsync.dataplane.http; import httpx._main", tmp_path)
    assert "httpx._main" in found
    again = imported("import httpx; from hsync.dataplane.http import httpx as ours; assert ours is httpx", tmp_path)
    assert "httpx._main" in again
