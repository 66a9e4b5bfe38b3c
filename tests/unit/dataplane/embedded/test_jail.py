"""What the jail asks the kernel for; what comes of it is in test_sandbox."""

from __future__ import annotations

import json
import os
import resource
import struct
from pathlib import Path
from typing import Any, cast

import pytest

from hsync.dataplane.embedded import jail


class Kernel:
    """A C library that notes what it is asked, and gives what it is told to."""

    def __init__(self, *, landlock: int = 7, namespaces: bool = True, user_namespaces: bool = True) -> None:
        self.landlock, self.namespaces, self.user_namespaces = landlock, namespaces, user_namespaces
        self.asked: list[tuple[Any, ...]] = []

    def unshare(self, flags: int) -> int:
        self.asked.append(("unshare", flags))
        wanted = self.user_namespaces if flags & jail.CLONE_NEWUSER else self.namespaces
        return 0 if wanted else -1

    def prctl(self, *arguments: int) -> int:
        self.asked.append(("prctl", *arguments[:2]))
        return 0

    def syscall(self, number: int, *arguments: Any) -> int:
        if number == jail.CREATE_RULESET and arguments[0] is None:
            return self.landlock or -1
        if number == jail.ADD_RULE:
            rights, handle = struct.unpack("=Qi", arguments[2])
            self.asked.append(("rule", str(Path(f"/proc/self/fd/{handle}").readlink()), rights))
            return 0
        self.asked.append((number, *arguments[:1]))
        if number == jail.RESTRICT_SELF:
            return 0
        return 3

    @property
    def it(self) -> Any:
        return cast("Any", self)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The program that the process would become, and its limits."""
    seen: dict[str, Any] = {"limits": {}}
    monkeypatch.setattr(os, "execve", lambda *words: seen.update(program=words))
    monkeypatch.setattr(resource, "setrlimit", lambda limit, values: seen["limits"].update({limit: values}))
    return seen


WISHES = json.dumps({"read": [], "write": []})


def test_all_is_taken_away_then_the_program_begins_without_variables(started: dict[str, Any]) -> None:
    kernel = Kernel()
    jail.main([WISHES, "/bin/haproxy", "-c"], kernel.it)
    assert started["program"] == ("/bin/haproxy", ["/bin/haproxy", "-c"], {})
    assert kernel.asked[:2] == [("unshare", jail.CLONE_NEWUSER | jail.CLONE_NEWNET), ("prctl", 1, 9)]
    assert kernel.asked[-2:] == [("prctl", 38, 1), (jail.RESTRICT_SELF, 3)]
    assert set(started["limits"]) == set(jail.LIMITS)


def test_outside_of_linux_there_are_the_limits(started: dict[str, Any]) -> None:
    jail.main([WISHES, "/bin/haproxy"], None)
    assert started["program"][0] == "/bin/haproxy"
    assert set(started["limits"]) == set(jail.LIMITS)


def test_a_limit_that_is_lower_already_stays(started: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (5, 5))
    jail.main([WISHES, "/bin/haproxy"], None)
    assert started["limits"][resource.RLIMIT_NOFILE] == (5, 5)
    assert started["limits"][resource.RLIMIT_CORE] == (0, 0)


def test_a_limit_that_the_system_does_not_have_is_left_out(
    started: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_limit: int, _values: object) -> None:
        raise ValueError("invalid argument")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    jail.main([WISHES, "/bin/haproxy"], None)
    assert started["program"][0] == "/bin/haproxy"


@pytest.mark.parametrize(
    ("kernel", "given"),
    [
        (Kernel(), {"files": True, "network": True}),
        (Kernel(user_namespaces=False), {"files": True, "network": True}),
        (Kernel(landlock=0), {"files": False, "network": True}),
        (Kernel(landlock=-1, namespaces=False, user_namespaces=False), {"files": False, "network": False}),
        (None, {"files": False, "network": False}),
    ],
)
def test_what_there_is_is_told(
    kernel: Kernel | None, given: dict[str, bool], capsys: pytest.CaptureFixture[str]
) -> None:
    jail.main([], cast("Any", kernel))
    assert json.loads(capsys.readouterr().out) == given


@pytest.mark.parametrize(
    ("version", "bits", "size"), [(1, 13, 8), (2, 14, 8), (3, 15, 8), (4, 15, 16), (5, 16, 16), (9, 16, 16)]
)
def test_each_version_of_landlock_gets_what_it_knows(version: int, bits: int, size: int) -> None:
    kernel = Kernel(landlock=version)
    assert jail.few_files(kernel.it, [], [])
    attributes = kernel.asked[0][1]
    assert len(attributes) == size
    assert struct.unpack("=Q", attributes[:8]) == ((1 << bits) - 1,)


def test_paths_get_the_rights_of_what_they_are(tmp_path: Path) -> None:
    kernel = Kernel()
    (tmp_path / "file").touch()
    jail.few_files(kernel.it, [str(tmp_path), str(tmp_path / "file"), str(tmp_path / "none")], ["/dev/null"])
    rules = [one[1:] for one in kernel.asked if one[0] == "rule"]
    assert rules == [(str(tmp_path), 0b1101), (str(tmp_path / "file"), 0b0101), ("/dev/null", 0b0110)]


def test_without_landlock_nothing_is_taken() -> None:
    kernel = Kernel(landlock=0)
    assert not jail.few_files(kernel.it, ["/"], [])
    assert kernel.asked == []
