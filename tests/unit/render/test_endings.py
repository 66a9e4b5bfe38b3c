"""Why a process that renders ended, from its status and its notes; whoever wrote these."""

from __future__ import annotations

import json
import signal

import pytest

from hsync.render import Limits
from hsync.render.endings import Ended, ending

READING = json.dumps({"reading": "vars/a.yaml"}) + "\n"
CODE = json.dumps({"code": "template-0", "name": "main.j2", "lines": [[1, 8], [4, 12], [9, 20]]}) + "\n"
PART = json.dumps({"code": "template-1", "name": "part.j2", "lines": [[2, 9]]}) + "\n"
STACK = """\
Current thread 0x00007f (most recent call first):
  File "/usr/lib/python3.11/re.py", line 3 in sub
  File "template-1", line 11 in root
  File "template-0", line 13 in root
  File "/x/hsync/render/template.py", line 150 in _joined
"""
FIRST = STACK.replace("template-1", "template-0").replace("line 11", "line 7")
TIME = "this takes more than 6 s of CPU time"
DIED = "the process that renders this has died"

TABLE = [
    (-signal.SIGKILL, READING + CODE + PART + STACK, f"part.j2:2: {TIME}"),
    (-signal.SIGXCPU, CODE + STACK, f"main.j2:4: {TIME}"),
    (-signal.SIGKILL, CODE + FIRST, f"main.j2:1: {TIME}"),
    (-signal.SIGKILL, CODE + PART + FIRST + STACK, f"part.j2:2: {TIME}"),
    (-signal.SIGKILL, READING + STACK, f"vars/a.yaml: {TIME}"),
    (-signal.SIGKILL, READING + CODE, f"vars/a.yaml: {DIED} (signal SIGKILL)"),
    (-signal.SIGSEGV, CODE + "Fatal Python error: Segmentation fault\n\n" + STACK, f"main.j2:4: {DIED} (signal SIGSEGV)"),
    (1, READING, f"vars/a.yaml: {DIED} (status 1)"),
    (1, "", f"{DIED} (status 1)"),
    (1, '{\n{}\n[]\n{"code":[]}\n{"code":"template-0","name":1,"lines":[[1]]}\n' + STACK, f"{DIED} (status 1)"),
    (-signal.SIGKILL, CODE[:-20] + "\n" + STACK, TIME),
]  # fmt: skip


@pytest.mark.parametrize(("status", "notes", "message"), TABLE)
def test_an_ending_is_told_at_its_place(status: int, notes: str, message: str) -> None:
    told = ending(Ended(int(status), notes.encode()), Limits(), 60)
    assert told.message.startswith(message)
    assert told.hint


def test_a_process_that_waits_and_one_that_says_too_much() -> None:
    late = ending(Ended(-9, (CODE + STACK).encode(), is_late=True), Limits(), 60)
    assert late.message.startswith("main.j2:4: this has not ended after 60 s")
    assert "the project's own filters" in late.hint
    long = ending(Ended(-9, CODE.encode(), is_long=True), Limits(), 60)
    assert long.message == "this gives more than 32 MB of text"
    assert long.hint.endswith("export HSYNC_RENDER_OUTPUT_MB=128")
