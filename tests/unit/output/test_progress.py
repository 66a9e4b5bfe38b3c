"""Progress is shown on terminals only."""

from __future__ import annotations

import io
import subprocess
import sys

from hsync.output.progress import progress_on
from tests.unit.output.test_look import Terminal


def test_nothing_is_written_to_a_pipe() -> None:
    stream = io.StringIO()
    with progress_on(stream) as progress:
        progress("create backends/web", 0, 2)
    assert stream.getvalue() == ""


def test_a_terminal_shows_words_that_are_no_markup() -> None:
    stream = Terminal()
    with progress_on(stream) as progress:
        progress("create [bold]backends/\x1b]0;x\x07", 1, 2)
    assert "create [bold]backends/\\x1b]0;x\\x07" in stream.getvalue()
    assert "1/2" in stream.getvalue()


def test_the_module_does_not_import_rich_by_itself() -> None:
    code = "import hsync.output.progress, sys; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
