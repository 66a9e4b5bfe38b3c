"""An accepted text is not checked again while its files are unchanged."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hsync.dataplane.embedded.answers import Refusal
from hsync.dataplane.embedded.checker import check
from hsync.dataplane.embedded.verdicts import KEPT, Verdicts, key_of

TEXT = """\
global
  crt-base {base}
frontend f
  bind :80 ssl crt certs crt site.pem
  acl a path -f /nowhere/acl.lst
  http-request set-header X %[path,map(web.map)]
  http-request redirect location / if a
backend b
  server s 192.0.2.1:80
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "base" / "certs").mkdir(parents=True)
    for name in ("base/site.pem", "base/certs/one.pem", "web.map", "other"):
        (tmp_path / name).write_text("x")
    return tmp_path


@pytest.fixture
def binary(tmp_path: Path) -> str:
    """A HAProxy binary that counts its runs, and warns about line 2."""
    file = tmp_path / "haproxy"
    file.write_text(
        f'#!/bin/sh\necho run >> {tmp_path}/runs\necho "[WARNING] (1) : config : parsing [$3:2] : hm." >&2\n'
    )
    file.chmod(0o755)
    return str(file)


def runs(home: Path) -> int:
    return (home / "runs").read_text().count("run")


def judge(home: Path, binary: str, text: str = TEXT) -> tuple[str, ...]:
    return check(binary, text.replace("{base}", str(home / "base")), "", home, home / "verdicts")


def test_the_same_text_is_judged_once_whatever_version_stands_above_it(home: Path, binary: str) -> None:
    assert [one.rpartition(":")[2] for one in judge(home, binary)] == ['2] hm."']
    header = "# _version=7\n"
    assert [one.rpartition(":")[2] for one in judge(home, binary, f"{header}{TEXT}")] == ['3] hm."']
    assert runs(home) == 1


CHANGES: list[tuple[str, Callable[[Path], object]]] = [
    ("a certificate", lambda home: (home / "base/site.pem").write_text("xy")),
    ("a file of a folder", lambda home: (home / "base/certs/one.pem").write_text("xy")),
    ("a file in a folder", lambda home: (home / "base/certs/two.pem").write_text("x")),
    ("a map", lambda home: (home / "web.map").unlink()),
    ("its time", lambda home: os.utime(home / "web.map", (1, 1))),
    ("the binary", lambda home: (home / "haproxy").write_text((home / "haproxy").read_text() + "# newer\n")),
    ("the folder of verdicts", lambda home: shutil.rmtree(home / "verdicts")),
    ("a verdict that is none", lambda home: [one.write_text("{}") for one in (home / "verdicts").glob("*.json")]),
    ("a verdict cut short", lambda home: [one.write_text("[") for one in (home / "verdicts").glob("*.json")]),
]


@pytest.mark.parametrize("change", [one for _, one in CHANGES], ids=[name for name, _ in CHANGES])
def test_what_haproxy_reads_has_changed(change: Callable[[Path], object], home: Path, binary: str) -> None:
    judge(home, binary)
    change(home)
    judge(home, binary)
    assert runs(home) == 2


def test_other_files_do_not_matter(home: Path, binary: str) -> None:
    judge(home, binary)
    (home / "other").write_text("xy")
    (home / "base" / "new").write_text("x")
    judge(home, binary)
    assert runs(home) == 1


@pytest.mark.parametrize(
    "line",
    [
        '  bind "${ADDRESS}:80"',
        "  bind $ADDRESS:80",
        "  .if defined(X)",
        "  bind :80 ssl crt-list /list",
        "  server s one.example:80",
        "  server s 192.0.2.1:80 addr one.example",
        "  server-template s 3 _http._tcp.one.example",
        "  peer p one.example:1024",
        "  log loghost local0",
        "  lua-load /x.lua",
    ],
)
def test_what_else_haproxy_reads_is_not_known(line: str, home: Path, binary: str) -> None:
    text = f"global\nbackend b\n{line}\n"
    assert key_of(binary, text, home) == ""
    judge(home, binary, text)
    judge(home, binary, text)
    assert runs(home) == 2


@pytest.mark.parametrize(
    "line",
    [
        "  server s 192.0.2.1:80 check",
        "  server s [2001:db8::1]:80",
        "  server s unix@/run/a.sock",
        "  server s /run/a.sock",
        "  server-template s 3 192.0.2.1:80",
        "  bind :80,:81",
        "  bind quic4@:443",
        "  log stdout local0",
        "  log /dev/log local0",
        "  log global",
        "  acl a path_reg ^/a$",
        "  server",
        "",
    ],
)
def test_what_haproxy_reads_is_known(line: str, home: Path, binary: str) -> None:
    assert len(key_of(binary, f"global\nbackend b\n{line}\n", home)) == 64


def test_a_refusal_is_not_remembered(home: Path, binary: str) -> None:
    Path(binary).write_text(f"#!/bin/sh\necho run >> {home}/runs\nexit 1\n")
    for _ in range(2):
        with pytest.raises(Refusal):
            judge(home, binary)
    assert runs(home) == 2
    assert not (home / "verdicts").exists()


def test_the_folder_is_private_and_stays_small(home: Path) -> None:
    verdicts = Verdicts(home / "a" / "verdicts")
    for number in range(KEPT + 3):
        verdicts.keep(f"key{number}", ("w",))
        os.utime(verdicts.folder / f"key{number}.json", (number, number))
    assert verdicts.folder.stat().st_mode & 0o777 == 0o700
    assert (verdicts.folder / "key9.json").stat().st_mode & 0o777 == 0o600
    assert len(list(verdicts.folder.glob("*.json"))) == KEPT
    assert verdicts.find("key0") is None
    assert verdicts.find(f"key{KEPT + 2}") == ("w",)
    assert json.loads((verdicts.folder / f"key{KEPT}.json").read_text()) == ["w"]


def test_without_a_place_nothing_is_remembered(home: Path, binary: str) -> None:
    (home / "verdicts").write_text("a file")
    judge(home, binary)
    judge(home, binary)
    assert runs(home) == 2
