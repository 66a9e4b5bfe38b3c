"""HAProxy's check of a configuration that is not trusted shows nothing of the machine that it runs on."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hsync import processes
from hsync.dataplane import DataplaneClient
from hsync.dataplane.embedded import EmbeddedSettings, Sandbox, find_haproxy, sandbox
from hsync.dataplane.embedded.answers import Refusal
from hsync.dataplane.embedded.checker import check
from hsync.errors import ServerRefused
from hsync.processes import Ended
from tests.bounded import within
from tests.unit.dataplane.script import script as scripted

HAPROXY = find_haproxy() or ""
needs_haproxy = pytest.mark.skipif(not HAPROXY, reason="there is no haproxy binary")
needs_landlock = pytest.mark.skipif("other files" in Sandbox.missing(), reason="the kernel has no Landlock")
needs_namespaces = pytest.mark.skipif("network" in Sandbox.missing(), reason="the kernel gives no namespaces")

CANARY = "CANARY-4711"

TEXT = """\
global
  {global_}
defaults d
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
  {defaults}
frontend f from d
  bind 127.0.0.1:8080
  {frontend}
  default_backend b
backend b from d
  {backend}
"""


def text(part: str, line: str) -> str:
    return TEXT.format(**{"global_": "", "defaults": "", "frontend": "", "backend": "", part: line})


ATTACKS: list[tuple[str, str]] = [
    ("frontend", "acl a src -f {file}"),
    ("frontend", "acl a method -f {file}"),
    ("frontend", "acl a req.hdr_ip(x) -M -f {file}"),
    ("frontend", "acl a src -f opt@{file}"),
    ("frontend", "acl a src -f file@{file}"),
    ("frontend", "http-request deny if {{ src -f {file} }}"),
    ("frontend", "http-request set-var(txn.a) src,map_ip({file})"),
    ("frontend", 'http-request set-header x "%[src,map_int({file})]"'),
    ("frontend", 'use_backend "%[src,map_ip({file})]"'),
    ("frontend", 'log-format "%[src,map_ip({file})]"'),
    ("frontend", "http-request return lf-file {file} content-type a"),
    ("frontend", "http-request return file {file} content-type a"),
    ("frontend", "http-request deny errorfile {file}"),
    ("frontend", "filter spoe config {file}"),
    ("frontend", "bind 127.0.0.1:8443 ssl crt {file}"),
    ("frontend", "bind 127.0.0.1:8443 ssl crt-list {file}"),
    ("frontend", "bind 127.0.0.1:8443 ssl crt x.pem tls-ticket-keys {file}"),
    ("frontend", "bind 127.0.0.1:8443 ssl crt x.pem ca-file {file}"),
    ("frontend", "bind 127.0.0.1:8443 ssl crt x.pem ca-file {file} crl-file {file}"),
    ("defaults", "errorfile 503 {file}"),
    ("backend", "server s 127.0.0.1:1 ssl verify required ca-file {file}"),
    ("backend", "load-server-state-from-file global"),
    ("global_", "server-state-file {file}"),
    ("global_", "h1-case-adjust-file {file}"),
    ("global_", "ssl-dh-param-file {file}"),
    ("global_", "lua-load {file}"),
    ("global_", "lua-load-per-thread {file}"),
    ("global_", "issuers-chain-path {folder}"),
    ("global_", "default-path origin {folder}\n  h1-case-adjust-file secret"),
    ("global_", "stats-file {file}"),
    ("frontend", 'bind "${{HSYNC_PASSWORD}}"'),
    ("frontend", 'bind "127.0.0.1:${{OTHER}}"'),
    ("frontend", 'acl "${{OTHER}}" src'),
    ("global_", '.alert "${{OTHER}}"'),
    ("global_", '.if defined(OTHER)\n  .alert "$OTHER"\n  .endif'),
    ("global_", 'setenv X "${{OTHER}}"\n  .alert "$X"'),
]


@pytest.fixture(autouse=True)
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file and variables that nobody should see."""
    monkeypatch.setenv("HSYNC_PASSWORD", CANARY)
    monkeypatch.setenv("OTHER", CANARY)
    file = tmp_path / "secret"
    file.write_text(f"{CANARY}\n{CANARY} x\n")
    return file


def attack(part: str, line: str, file: Path) -> str:
    return text(part, line.format(file=file, folder=file.parent))


def said(configuration: str, allowed: Sandbox | None = None, home: Path | None = None) -> str:
    """All that a check says, accepted or not."""
    try:
        return "\n".join(check(HAPROXY, configuration, home=home, sandbox=allowed))
    except Refusal as refusal:
        return refusal.message


@pytest.mark.parametrize(("part", "line"), ATTACKS)
def test_what_a_text_takes_from_outside_is_refused_before_haproxy_is_started(
    part: str, line: str, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "run", lambda *_, **__: pytest.fail("HAProxy was started"))
    configuration = attack(part, line, secrets)
    with pytest.raises(Refusal) as refusal:
        check("haproxy", configuration, "T", sandbox=Sandbox())
    assert refusal.value.status == 400
    assert refusal.value.message.startswith('validation error: msg="config parsing [haproxy.cfg.T:')
    assert "not allowed in a configuration that is not trusted" in refusal.value.message
    assert CANARY not in refusal.value.message


@needs_haproxy
@needs_landlock
@pytest.mark.parametrize(("part", "line"), ATTACKS)
def test_what_the_table_would_not_know_haproxy_cannot_read(
    part: str, line: str, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "reaches", lambda _: ())
    with within(20):
        assert CANARY not in said(attack(part, line, secrets), Sandbox())


@needs_haproxy
def test_without_a_sandbox_haproxy_tells_what_it_reads(secrets: Path) -> None:
    """Else the tests above would show nothing."""
    leaks = [line for part, line in ATTACKS if CANARY in said(attack(part, line, secrets))]
    assert "acl a src -f {file}" in leaks
    assert '.alert "${{OTHER}}"' in leaks
    assert len(leaks) >= 8
    assert not any("HSYNC_PASSWORD" in line for line in leaks)


@needs_haproxy
def test_a_good_text_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "a.lst"
    file.write_text("10.0.0.1\n")
    good = text("frontend", "http-request deny deny_status 403")
    assert check(HAPROXY, good, sandbox=Sandbox()) == ()
    by_path = text("frontend", f"acl a src -f {file}")
    assert check(HAPROXY, by_path, sandbox=Sandbox(frozenset({str(file)}))) == ()
    relative = text("frontend", "acl a src -f a.lst")
    assert check(HAPROXY, relative, home=tmp_path, sandbox=Sandbox(frozenset({"a.lst"}))) == ()
    assert "a.lst: not allowed" in said(relative, Sandbox(frozenset({"b.lst"})), tmp_path)


@needs_haproxy
def test_a_bad_text_is_refused_at_its_line() -> None:
    assert ":11] unknown keyword 'nonsense'" in said(text("frontend", "nonsense"), Sandbox()).replace(": u", " u")


@needs_haproxy
def test_a_name_of_a_server_is_not_looked_up() -> None:
    server = text("backend", "server s web.example.invalid:80 check")
    assert "could not resolve" in said(server)
    assert check(HAPROXY, server, sandbox=Sandbox()) == ()


def fake(path: Path, body: str) -> str:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_the_environment_is_empty(tmp_path: Path) -> None:
    binary = fake(tmp_path / "haproxy", 'echo "[WARNING] (1) : $(/usr/bin/env | grep -c CANARY) $1 $2 $3" >&2')
    assert check(binary, "global\n", sandbox=Sandbox()) == ('msg="0 -dr -c -f"',)


def test_what_the_program_may_use_is_limited(tmp_path: Path) -> None:
    binary = fake(tmp_path / "haproxy", 'echo "[WARNING] (1) : $(ulimit -c) $(ulimit -t) $(ulimit -n)" >&2')
    assert check(binary, "global\n", sandbox=Sandbox()) == ('msg="0 30 256"',)


@needs_landlock
def test_only_what_is_allowed_can_be_read_and_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "allowed").write_text("yes\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("also\n")
    body = "cat allowed folder/file secret 2>/dev/null; cat ../*/secret 2>/dev/null; echo x > new 2>/dev/null; ls . 2>&1; true"
    binary = fake(tmp_path / "haproxy", f'echo "[WARNING] (1) : $({body})" >&2')
    (told,) = check(binary, "global\n", home=tmp_path, sandbox=Sandbox(frozenset({"allowed", "folder"})))
    assert told.startswith('msg="yes')
    assert "also" in told
    assert "Permission denied" in told
    assert CANARY not in told
    assert not (tmp_path / "new").exists()


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """A port on loopback, and who has connected to it."""
    seen: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)

        def accept() -> None:
            try:
                made, peer = server.accept()
                seen.append(peer)
                made.close()
            except TimeoutError:
                pass

        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1], seen
        thread.join()


@needs_namespaces
def test_there_is_no_network(tmp_path: Path, listener: tuple[int, list[object]]) -> None:
    port, seen = listener
    binary = fake(
        tmp_path / "haproxy",
        f"/usr/bin/env python3 -I -S -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}), 1)' || "
        'echo "[WARNING] (1) : none" >&2',
    )
    assert check(binary, "global\n", sandbox=Sandbox()) == ('msg="none"',)
    assert seen == []


def test_a_check_in_the_sandbox_is_not_remembered(tmp_path: Path) -> None:
    binary = fake(tmp_path / "haproxy", "exit 0")
    check(binary, "global\n", verdicts=tmp_path / "kept", sandbox=Sandbox())
    assert not (tmp_path / "kept").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
def test_the_check_ends_with_whoever_asked(tmp_path: Path) -> None:
    """Also when hsync is killed, and can kill nothing itself."""
    binary = fake(tmp_path / "haproxy", f"echo $$ > {os.devnull}; exec sleep 60")
    code = (
        "from pathlib import Path\n"
        "from hsync.dataplane.embedded.checker import check\n"
        "from hsync.dataplane.embedded.sandbox import Sandbox\n"
        f"check({binary!r}, 'global\\n', sandbox=Sandbox())\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    children: list[int] = []
    for _ in range(200):
        children = [one for one in children_of(parent.pid) if command_of(one).startswith("sleep")]
        if children:
            break
        time.sleep(0.05)
    assert children
    parent.kill()
    parent.wait()
    for _ in range(100):
        if not command_of(children[0]).startswith("sleep"):
            return
        time.sleep(0.02)
    pytest.fail("the check goes on")


def children_of(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == str(pid):
            found.append(int(path.parent.name))
    return found


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="ascii")
    except OSError:
        return ""


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        (Ended(0, json.dumps({"files": True, "network": True}).encode()), ()),
        (Ended(0, json.dumps({"files": False, "network": True}).encode()), ("other files",)),
        (Ended(0, json.dumps({"files": False, "network": False}).encode()), ("network", "other files")),
        (Ended(1, b""), ("network", "other files")),
        (TimeoutError("late"), ("network", "other files")),
    ],
)
def test_what_the_kernel_cannot_take_away_is_told(
    told: Ended | Exception, missing: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object, **__: object) -> Ended:
        if isinstance(told, Exception):
            raise told
        return told

    monkeypatch.setattr(processes, "run", run)
    assert Sandbox.missing() == missing


LEAK = text("frontend", "acl a src -f /etc/shadow")


def test_an_embedded_target_checks_in_its_sandbox(tmp_path: Path) -> None:
    settings = EmbeddedSettings(haproxy_bin=fake(tmp_path / "haproxy", "exit 0"), sandbox=Sandbox())
    with DataplaneClient.embedded(text="global\n", settings=settings) as client:
        assert client.validate_raw("global\n") == ()
        with pytest.raises(ServerRefused, match="-f reads /etc/shadow: not allowed"):
            client.validate_raw(LEAK)
        with pytest.raises(ServerRefused, match="-f reads /etc/shadow: not allowed"):
            client.push_raw(LEAK, 1)


def test_a_server_is_not_asked_about_what_it_would_read() -> None:
    server = scripted((202, "global\n"))
    client = server.client(sandbox=Sandbox())
    with pytest.raises(ServerRefused, match=r"not checked: .*-f reads /etc/shadow: not allowed") as caught:
        client.validate_raw(LEAK)
    assert server.requests == []
    assert caught.value.server_message == (
        "config parsing [haproxy.cfg:11] -f reads /etc/shadow: not allowed in a configuration that is not trusted"
    )
    client.validate_raw("global\n")
    assert len(server.requests) == 1
