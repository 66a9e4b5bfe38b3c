"""A job in a process of its own gives what it gives in this one, and leaves no process behind."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hsync.errors import BugError, HsyncError, InputError
from hsync.render import Answer, Job, Limits, apart, render_apart
from hsync.render.notes import Notes
from hsync.render.work import work

VARIABLES = 'servers:\n  - {name: web1, port: 80}\n  - {name: "w{{ 1 + 1 }}", port: 81}\nname: "é \\\\"\n'
TEMPLATES = {
    "a.cfg.j2": "{% for s in servers %}\n  server {{ s.name }} :{{ s.port }}\n{% endfor %}\n{% include 'part.j2' %}\n",
    "b.cfg.j2": "# {{ name }} {{ one | default('') }} {{ two }}\n{{ secret('env:HSYNC_TEST_TOKEN') }} {{ 'x' | own }}\n",
    "part.j2": "# part\n",
}
FILTERS = "import os\nFILTERS = {'own': lambda text: text + os.environ['HSYNC_TEST_TOKEN'][:0]}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HSYNC_TEST_TOKEN", "hunter2")
    for name, text in {**TEMPLATES, "vars.yaml": VARIABLES, "own.py": FILTERS}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def job(folder: Path, *names: str, pairs: tuple[str, ...] = ("two=2",), files: tuple[str, ...] = ("vars.yaml",)) -> Job:
    return Job(
        tuple(folder / name for name in names),
        (folder,),
        folder,
        tuple(folder / name for name in files),
        pairs,
        filters=folder / "own.py" if (folder / "own.py").exists() else None,
    )


def here(wanted: Job) -> Answer:
    return work(wanted, Limits(), Notes())


def pipes() -> int:
    """How many open files this process has, where the system tells."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    before, others = pipes(), children()
    yield
    assert children() <= others
    assert pipes() == before


def children() -> set[str]:
    """The processes that this one has started, dead ones that nobody has waited for included."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {number for task in tasks for number in task.read_text().split()}


def test_the_answer_is_that_of_this_process(folder: Path) -> None:
    wanted = job(folder, "a.cfg.j2", "b.cfg.j2")
    answer = render_apart(wanted)
    assert answer == here(wanted)
    assert [one.text for one in answer.rendered] == [
        "  server web1 :80\n  server w2 :81\n# part\n",
        "# é \\  2\n\0$0; x\n",
    ]
    assert answer.rendered[0].lines == ("a.cfg.j2:2", "a.cfg.j2:2", "part.j2:1")
    assert [one.name for one in answer.rendered[1].taken] == ["env:HSYNC_TEST_TOKEN"]
    assert "hunter2" not in repr(answer)


FAULTS = [
    ("{{ nope }}", {}),
    ("a\n{% if %}", {}),
    ("{{ 1 | uper }}{{ 1 | lowr }}", {}),
    ("{% include 'none.j2' %}", {}),
    ("{{ 'a\nb' }}", {}),
    ("{{ secret('env:HSYNC_TEST_NONE')[0] }}", {}),
    ("x", {"pairs": ("nobody=1",)}),
    ("x", {"pairs": ("=",)}),
    ("x", {"files": ("none.yaml",)}),
    ("x", {"files": ("bad.yaml",)}),
    ("x", {"files": ("vars.yaml", "bad.json", "bad.yaml")}),
    ("{% include 'c.j2' %}", {}),
    ("{{ 'x' | broken }}", {}),
]


@pytest.mark.parametrize(("text", "changed"), FAULTS, ids=[text for text, _ in FAULTS])
def test_an_error_is_that_of_this_process(text: str, changed: dict[str, tuple[str, ...]], folder: Path) -> None:
    (folder / "c.j2").write_text(text)
    (folder / "bad.yaml").write_text("a: no\nb: 0660\nc: 1:30\n\n")
    (folder / "bad.json").write_text('{"a": 1, "a": 2}')
    (folder / "own.py").write_text("def broken(text):\n    raise KeyError(text)\nFILTERS = {'broken': broken}\n")
    wanted = job(folder, "c.j2", **{"pairs": (), **changed})
    with pytest.raises(HsyncError) as expected:
        here(wanted)
    with pytest.raises(HsyncError) as caught:
        render_apart(wanted)
    found = [
        (type(one), one.message, str(one), one.hint, getattr(one, "faults", ()))
        for one in (caught.value, expected.value)
    ]
    assert found[0] == found[1]


def test_a_bug_is_told_as_one(folder: Path) -> None:
    (folder / "own.py").write_text(
        "class Odd(dict):\n    def items(self):\n        raise SystemError('odd')\nFILTERS = Odd(a=1)\nGLOBALS = {'x': Odd()}\n"
    )
    with pytest.raises(HsyncError) as caught:
        render_apart(job(folder, "a.cfg.j2"))
    assert "SystemError: odd" in caught.value.message


OWN = [
    ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", r"has died \(signal SIGKILL\)"),
    ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", r"has died \(signal SIGSEGV\)"),
    ("raise SystemExit(7)\n", r"has died \(status 7\)"),
    ("import os\nos.closerange(3, 65536)\n", "has died"),
    ("import time\ntime.sleep(60)\n", r"has not ended after 10 s|has not ended after \d+ s"),
    ("import os, time\nif os.fork():\n    os._exit(3)\ntime.sleep(60)\n", "has not ended after"),
]


@pytest.mark.parametrize(("code", "words"), OWN, ids=[words for _, words in OWN])
def test_a_process_without_an_answer_is_told(
    code: str, words: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "PATIENCE", 1)
    (folder / "own.py").write_text(code)
    started = time.monotonic()
    with pytest.raises(InputError, match=words) as caught:
        render_apart(job(folder, "a.cfg.j2"), Limits(seconds=2))
    assert caught.value.message.startswith("vars.yaml: ")
    assert caught.value.hint
    assert time.monotonic() - started < 30


def test_what_it_starts_is_ended_with_it(folder: Path) -> None:
    """Also when it holds the pipes, and outlives the process that renders."""
    (folder / "own.py").write_text(
        "import os, time\npid = os.fork()\nif not pid:\n    time.sleep(600)\nopen('pid', 'w').write(str(pid))\nGLOBALS = {'x': 1}\n"
    )
    (folder / "b.cfg.j2").write_text("{{ two }}")
    os.chdir(folder)
    render_apart(job(folder, "b.cfg.j2"))
    _gone(int((folder / "pid").read_text()))


def _gone(pid: int) -> None:
    """The process is dead; who inherits it may not have buried it yet."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{pid}/stat").exists() and ") Z " in Path(f"/proc/{pid}/stat").read_text():
            return
        time.sleep(0.05)
    pytest.fail(f"{pid} is alive")


SLEEPING = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)\n"


def test_an_interrupt_ends_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "own.py").write_text(SLEEPING)
    monkeypatch.chdir(folder)

    def interrupt() -> None:
        while not (folder / "pid").exists() or not (folder / "pid").read_text():
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        render_apart(job(folder, "a.cfg.j2"))
    _gone(int((folder / "pid").read_text()))


def test_it_does_not_outlive_a_killed_parent(folder: Path) -> None:
    (folder / "own.py").write_text(SLEEPING)
    code = (
        "from pathlib import Path; from hsync.render import Job, render_apart; here = Path()\n"
        "render_apart(Job((here / 'a.cfg.j2',), (here,), here, filters=here / 'own.py'))"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    while not (folder / "pid").exists() or not (folder / "pid").read_text():
        assert parent.poll() is None
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    _gone(int((folder / "pid").read_text()))


def test_it_gets_no_secret(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the project's own code, which has the rights of the user."""
    monkeypatch.setattr(apart, "_START", "import os, sys; os.write(2, repr(sorted(os.environ)).encode())")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with_code = job(folder, "a.cfg.j2")
    for wanted, found in [(replace(with_code, filters=None), False), (with_code, True)]:
        file = folder / "variables"
        with file.open("wb") as errors, pytest.raises(InputError), redirected(errors.fileno()):
            render_apart(wanted)
        assert ("HSYNC_TEST_TOKEN" in file.read_text()) == found
        assert "LC_ALL" in file.read_text()


@contextmanager
def redirected(file: int) -> Iterator[None]:
    """Standard error of what is started in the block goes into a file."""
    before = os.dup(2)
    os.dup2(file, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def test_many_threads_render_at_once(folder: Path) -> None:
    wanted = job(folder, "a.cfg.j2", "b.cfg.j2")
    expected, found = here(wanted), []
    threads = [threading.Thread(target=lambda: found.append(render_apart(wanted))) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == [expected] * 6


def test_what_a_filter_prints_is_no_data(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "own.py").write_text("print('from the filter')\nFILTERS = {'own': str}\n")
    render_apart(job(folder, "b.cfg.j2"))
    out, err = capfd.readouterr()
    assert (out, err) == ("", "from the filter\n")


def test_an_interpreter_that_cannot_be_started(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(folder / "none"))
    with pytest.raises(InputError, match="none cannot be started: No such file") as caught:
        render_apart(job(folder, "a.cfg.j2"))
    assert caught.value.hint


@pytest.mark.parametrize(
    "start",
    ["import os; os.write(int(sys.argv[2]), b'x\\n')", "pass", "import os; os.write(int(sys.argv[2]), b'{}\\n')"],
)
def test_an_answer_that_is_none(start: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies before it has read the job, which is longer than a pipe holds."""
    monkeypatch.setattr(apart, "_START", f"import sys; {start}")
    with pytest.raises((BugError, InputError), match=r"gave a malformed answer|has died"):
        render_apart(job(folder, "a.cfg.j2", pairs=("two=" + "x" * 200_000,)))


@pytest.mark.parametrize("pipe", [2, 3])
def test_endless_words_are_bounded(pipe: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = "import os, sys\nwhile True: os.write(int(sys.argv[PIPE]), b'x' * 65536)\n".replace("PIPE", str(pipe))
    monkeypatch.setattr(apart, "_START", endless)
    monkeypatch.setattr(apart, "PATIENCE", 3)
    monkeypatch.setattr(apart, "_NOTES_BYTES", 1 << 20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=r"more than 1 MB of text|has not ended after 3 s"):
        render_apart(job(folder, "a.cfg.j2"), Limits(seconds=1, output_mb=1))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
