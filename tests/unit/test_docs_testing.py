"""The examples of docs/testing-your-templates.md: doctests, and its test file with pytest and the plugin."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import hsync.testing

DOCUMENT = Path(__file__).parents[2] / "docs" / "testing-your-templates.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

RUNNING = """\
global
  maxconn 500

defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s

frontend www
  bind 127.0.0.1:8080 name http
  default_backend web

backend web
  server web1 192.0.2.1:80
"""
TEMPLATE = RUNNING.replace("maxconn 500", "maxconn 1000").replace(
    "  server web1 192.0.2.1:80\n",
    "{% for host in ['192.0.2.1', '192.0.2.2'] %}\n  server web{{ loop.index }} {{ host }}:80\n{% endfor %}\n",
)


def blocks(kind: str) -> list[str]:
    return [block for name, block in _FENCE.findall(TEXT) if name == kind]


def test_the_examples_do_what_they_say() -> None:
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks("pycon")), {}, DOCUMENT.name, str(DOCUMENT), 0)
    assert len(examples.examples) > 10
    told: list[str] = []
    result = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(examples, out=told.append)
    assert result.failed == 0, "".join(told)


def test_the_test_file_passes_where_hsync_is_installed(tmp_path: Path) -> None:
    """In a folder of its own, so pytest finds the plugin by its entry point."""
    (code,) = blocks("python")
    (tmp_path / "test_templates.py").write_text(code)
    (tmp_path / "running.cfg").write_text(RUNNING)
    (tmp_path / "haproxy.cfg.j2").write_text(TEMPLATE)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{code.count('def test_')} passed" in done.stdout


def test_every_name_of_the_kit_is_in_the_document() -> None:
    own = {"Seen", "Tap", "KEEPING", "REWRITING", "damaging", "rewrite", "LAYOUT"}
    """For servers that are put together by hand."""
    assert {name for name in hsync.testing.__all__ if name not in TEXT} <= own
