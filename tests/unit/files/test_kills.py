"""A write that is killed at any step leaves the old content or the new one, and the next one clears away the rest."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hsync.files import replace_file
from tests.architecture.source import ROOT
from tests.unit.files.kills import WRITERS, Tree

pytestmark = pytest.mark.attack("writes killed at a step")

LEFT = re.compile(r"(.*/)?\.hsync-([0-9a-f]{16}\.tmp|pending)/.*")
"""Names of what is cleared away."""

SIZES = [10, pytest.param(0, marks=pytest.mark.torture), pytest.param(200_000, marks=pytest.mark.torture)]


def kills(name: str, folder: Path, size: int) -> list[dict[str, object]]:
    """What is left by each kill of a writer."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.files.kills", name, folder],
        cwd=ROOT,
        env={**os.environ, "HSYNC_KILL_SIZE": str(size)},
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def contents(tree: object) -> Tree:
    """What is in a tree beside what is cleared away, without what differs from run to run."""
    found = {name: re.sub(r'"lineage": "[^"]*"', "", text) for name, text in tree_of(tree).items()}
    return {name: text for name, text in found.items() if not LEFT.fullmatch(name)}


def tree_of(tree: object) -> Tree:
    assert isinstance(tree, dict)
    return tree


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", WRITERS)
def test_a_killed_write_leaves_the_old_or_the_new(tmp_path: Path, name: str, size: int) -> None:
    found = kills(name, tmp_path, size)
    *died, through = found
    assert len(died) >= 7
    assert {one["code"] for one in died} == {-signal.SIGKILL}
    assert (through["code"], {(one["read"], one["again"]) for one in found}) == (0, {(0, 0)})
    old, new = contents(died[0]["before"]), contents(through["left"])
    seen = []
    for step, one in enumerate(found):
        left, after = contents(one["left"]), contents(one["after"])
        assert left in (old, new), step
        assert len(after) == len(tree_of(one["after"])), step  # nothing is left to be cleared away
        assert after.keys() <= {*old, *new, *contents(through["after"])}, step
        seen.append(left == new)
    assert seen == sorted(seen)  # once it is new it stays new
    assert seen[-1]
    assert any(one["begun"] != contents(one["begun"]) for one in died)  # some had to be cleared away


CROWD = """
import os, random, signal, sys
from pathlib import Path
from hsync.files import opened_folder, private_folder, replace_file

folder, rounds, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
os.fsync = lambda _handle: None
luck = random.Random(seed)
for round in range(rounds):
    child = os.fork()
    if child == 0:
        if luck.random() < 0.5:  # half of them die, somewhere
            left, trace = luck.randrange(400), sys.settrace
            def dying(frame, event, argument):
                global left
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return dying
            sys.settrace(dying)
        try:
            with opened_folder(folder) as parent, private_folder(parent) as own:
                os.close(own.create("copy", b"x" * 1000))
                assert (own.path / "copy").read_bytes() == b"x" * 1000
                replace_file(folder / "file", str(seed).encode() * 1000)
                assert (own.path / "copy").read_bytes() == b"x" * 1000
        except BaseException as error:
            print(type(error).__name__, error, file=sys.stderr)
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    luck.random()
    print(code)
"""


@pytest.mark.parametrize("rounds", [25, pytest.param(1000, marks=pytest.mark.torture)])
def test_nobody_clears_away_what_somebody_else_uses(tmp_path: Path, rounds: int) -> None:
    """Four processes write in one folder at the same time, and half of their writes are killed."""
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", CROWD, tmp_path, str(rounds), str(seed)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in range(4)
    ]
    codes = []
    for one in crowd:
        out, err = one.communicate(timeout=600)
        assert (one.returncode, err) == (0, "")
        codes += out.split()
    assert len(codes) == 4 * rounds
    assert set(codes) == {"0", str(-signal.SIGKILL)}
    assert (tmp_path / "file").read_bytes() in {str(seed).encode() * 1000 for seed in range(4)}
    replace_file(tmp_path / "file", b"last")
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
