from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from hsync.dataplane import DataplaneClient, TargetSettings, target_for
from hsync.dataplane.deadline import Deadline
from hsync.dataplane.embedded import EmbeddedSettings
from hsync.dataplane.kinds.file import FileSettings
from hsync.dataplane.kinds.server import ServerSettings
from hsync.errors import TargetError, UsageError

PIN = "sha256//" + "A" * 43 + "="

KNOWN: dict[str, dict[str, object]] = {
    "edge1": {"url": "https://edge1.example:5555", "user": "admin", "ca_file": "ca.pem"},
    "local": {
        "path": "conf/haproxy.cfg",
        "reload_command": "service haproxy reload",
        "haproxy_bin": "/usr/sbin/haproxy",
    },
    "http.cfg": {"path": "/named/like/a/file"},
}


def a_file(table: dict[str, object], base: Path | None = None) -> FileSettings:
    found = target_for("a", {"a": table}, base=base)
    assert isinstance(found, FileSettings)
    return found


def a_server(table: dict[str, object], *, operator: bool = False) -> ServerSettings:
    found = target_for("a", {"a": table}, operator=operator)
    assert isinstance(found, ServerSettings)
    return found


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (
            "edge1",
            ServerSettings("edge1", url="https://edge1.example:5555", user="admin", ca_file=Path("/base/ca.pem")),
        ),
        (
            "local",
            FileSettings(
                "local",
                path=Path("/base/conf/haproxy.cfg"),
                haproxy_bin="/usr/sbin/haproxy",
                reload_command="service haproxy reload",
            ),
        ),
        ("http.cfg", FileSettings("http.cfg", path=Path("/named/like/a/file"))),
        ("https://edge1.example:5555", ServerSettings("edge1.example-5555", url="https://edge1.example:5555")),
        ("http://Edge1.example/v3", ServerSettings("edge1.example-80", url="http://Edge1.example/v3")),
        ("https://h/dp/v3", ServerSettings("h-443", url="https://h/dp/v3")),
        ("https://[::1]:5555", ServerSettings("1-5555", url="https://[::1]:5555")),
        ("unix:///run/dataplane.sock", ServerSettings("dataplane", url="unix:///run/dataplane.sock")),
        ("haproxy.cfg", FileSettings("haproxy", path=Path("haproxy.cfg"))),
        ("haproxy.conf", FileSettings("haproxy", path=Path("haproxy.conf"))),
        ("file:/etc/haproxy/my edge.cfg", FileSettings("my-edge", path=Path("/etc/haproxy/my edge.cfg"))),
        ("./.cfg", FileSettings("cfg", path=Path(".cfg"))),
        ("./(.cfg", FileSettings("target", path=Path("(.cfg"))),
    ],
)
def test_a_target_is_a_name_a_url_or_a_path(spec: str, expected: TargetSettings) -> None:
    assert target_for(spec, KNOWN, base=Path("/base")) == expected


def test_a_file_that_exists_needs_no_suffix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("haproxy").touch()
    assert target_for("haproxy", {}) == FileSettings("haproxy", path=Path("haproxy"))


def test_the_home_folder_is_known_in_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/it")
    assert a_file({"path": "~/h.cfg"}).path == Path("/home/it/h.cfg")


@pytest.mark.parametrize(
    ("spec", "known", "words"),
    [
        ("edge2", KNOWN, "no target 'edge2'; did you mean 'edge1'?; hsync.toml has edge1, http.cfg, local"),
        ("edge1:5555", {}, "no target 'edge1:5555'; hsync.toml has no [targets.NAME]"),
        ("", {}, "no target ''"),
        ("ftp://h", {}, "not the URL of a target"),
        ("https://u:p@h", {}, "has credentials"),
        ("a", {"a": {"urll": "x"}}, "[targets.a] has no setting 'urll'; did you mean 'url'?"),
        ("a", {"a": {"zzz": "x"}}, "[targets.a] has no setting 'zzz'"),
        ("a", {"a": {"name": "x"}}, "[targets.a] has no setting 'name'"),
        ("a", {"a": {"password": "x"}}, "a file must not contain a secret"),
        ("a", {"a": {"url": 5}}, "[targets.a] url: expected a string, got 5"),
        ("a", {"a": {"url": ""}}, "[targets.a] url: expected a string, got ''"),
        ("a", {"a": {}}, "target a: give either a path or a url"),
        ("a", {"a": {"url": "https://h", "path": "p"}}, "target a: give either a path or a url"),
        ("a", {"a": {"url": "https://h/v2"}}, "not the URL of a target"),
        (
            "a",
            {"a": {"url": "https://h", "haproxy_bin": "p"}},
            "haproxy_bin only for a target with the path of a haproxy.cfg",
        ),
        ("a", {"a": {"path": "p", "user": "u", "ca_file": "c"}}, "user, ca_file only for a target with a URL"),
        (
            "a",
            {"a": {"path": "p", "reload_command": "r", "master_socket": "m"}},
            "give either a reload_command or a master_socket",
        ),
        ("a/b", {"a/b": {"path": "p"}}, "target name 'a/b'"),
        ("..", {"..": {"path": "p"}}, "target name '..'"),
        ("http://a\0b:1", {}, "not the URL of a target: 'http://a\\x00b:1': it has the control character '\\x00'"),
        ("http://a\nb:1", {}, "it has the control character '\\n'"),
        ("unix:///run/a\0.sock", {}, "it has the control character '\\x00'"),
        ("a\0b.cfg", {}, "path has the control character '\\x00'"),
        ("\ud800/b.cfg", {}, "path has the control character '\\ud800'"),
        ("a", {"a": {"url": "https://h\0"}}, "url has the control character"),
        ("a", {"a": {"url": "https://h", "user": "a\0b"}}, "user has the control character"),
        ("a", {"a": {"url": "https://h", "ca_file": "a\0b"}}, "ca_file has the control character"),
        ("a", {"a": {"path": "p", "haproxy_bin": "a\0b"}}, "haproxy_bin has the control character"),
        ("a", {"a": {"path": "p", "reload_command": "a\0b"}}, "reload_command has the control character"),
        ("a", {"a": {"path": "~nobody-of-this-name/x"}}, "[targets.a] '~nobody-of-this-name/x': "),
        ("9" * 5000, {}, "no target '999"),
        ("a", {"a": {"url": "http://h", "allow_plaintext": True}}, "allow_plaintext: only the operator may set this"),
        ("a", {"a": {"url": "http://h", "allow_plaintext": "x"}}, "allow_plaintext: only the operator may set this"),
        ("a", {"a": {"url": "https://h", "pin": "sha256//x"}}, "malformed pin: 'sha256//x'"),
        ("a", {"a": {"path": "p", "pin": PIN}}, "pin only for a target with a URL"),
    ],
)
def test_a_wrong_target_is_refused_by_name(spec: str, known: dict[str, dict[str, object]], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        target_for(spec, known)
    assert words in caught.value.message


def test_a_value_that_may_be_a_secret_is_not_shown() -> None:
    with pytest.raises(UsageError) as caught:
        target_for("a", {"a": {"password": "hunter2"}})
    assert "hunter2" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("settings", "identity"),
    [
        (ServerSettings("a", url="HTTPS://H:443/v3"), "https://h"),
        (FileSettings("a", path=Path("/etc/./haproxy.cfg")), "file:/etc/haproxy.cfg"),
    ],
)
def test_the_identity_is_known_without_a_connection(settings: TargetSettings, identity: str) -> None:
    assert settings.identity == identity


def test_a_pin_of_the_project_reaches_the_client() -> None:
    settings = a_server({"url": "https://h", "pin": PIN})
    assert settings.pin == PIN
    with pytest.raises(UsageError, match="pin need an https:// URL"):
        replace(settings, url="http://localhost").connect()


def test_plain_http_to_another_host_is_the_operator_s_word() -> None:
    settings = ServerSettings("a", url="http://h")
    with pytest.raises(UsageError, match="with plain http others can read") as caught:
        settings.connect()
    assert "--allow-plaintext" in caught.value.hint
    replace(settings, allow_plaintext=True).connect().close()


def test_the_operator_s_own_table_may_allow_plain_http() -> None:
    table: dict[str, object] = {"url": "http://h", "allow_plaintext": True}
    assert a_server(table, operator=True).allow_plaintext
    assert not a_server({**table, "allow_plaintext": False}, operator=True).allow_plaintext
    with pytest.raises(UsageError, match="allow_plaintext: expected true or false, got 'yes'"):
        a_server({**table, "allow_plaintext": "yes"}, operator=True)


def test_the_deadline_of_a_command_reaches_the_client(tmp_path: Path) -> None:
    deadline = Deadline.after(60)
    both: tuple[TargetSettings, ...] = (
        ServerSettings("a", url="https://h"),
        FileSettings("a", path=tmp_path / "h", haproxy_bin="none"),
    )
    for settings in both:
        with settings.connect(deadline=deadline) as client:
            assert client.deadline is deadline


def test_a_password_is_asked_for_when_there_is_a_user() -> None:
    client = ServerSettings("a", url="https://h", user="admin").connect(lambda: "hunter2")
    assert isinstance(client._connection._http.auth, httpx.BasicAuth)
    assert client.identity == "https://h"


def test_no_password_is_asked_for_without_a_user() -> None:
    def never() -> str:
        raise AssertionError

    assert ServerSettings("a", url="https://h").connect(never)._connection._http.auth is None


@pytest.mark.parametrize("password", [None, lambda: ""])
def test_a_user_without_a_password_is_refused(password: Any) -> None:
    with pytest.raises(UsageError, match="no password for admin") as caught:
        ServerSettings("a", url="https://h", user="admin").connect(password)
    assert "HSYNC_PASSWORD" in caught.value.hint


def test_the_files_of_a_target_are_used() -> None:
    with pytest.raises(UsageError, match=r"ca_file /nonexistent.pem"):
        ServerSettings("a", url="https://h", ca_file=Path("/nonexistent.pem")).connect()


@pytest.mark.parametrize(
    ("setting", "expected"), [("none", "none"), ("haproxy-3.2", "haproxy-3.2"), ("bin/h", "/base/bin/h")]
)
def test_a_binary_is_a_path_a_name_or_none(setting: str, expected: str) -> None:
    assert a_file({"path": "p", "haproxy_bin": setting}, Path("/base")).haproxy_bin == expected


def test_a_path_is_opened_as_an_embedded_target(tmp_path: Path) -> None:
    settings = FileSettings("a", path=tmp_path / "h.cfg", haproxy_bin="none")
    with settings.connect() as client:
        assert client.identity == settings.identity == f"file:{tmp_path}/h.cfg"
        assert client.snapshot().version == 1
    assert not (tmp_path / "h.cfg").exists(), "a file is created when something is applied, not before"


def test_the_folder_of_an_embedded_target_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="there is no folder"):
        FileSettings("a", path=tmp_path / "none" / "h.cfg", haproxy_bin="none").connect()


def test_the_settings_of_an_embedded_target_reach_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Path, EmbeddedSettings]] = []
    monkeypatch.setattr(DataplaneClient, "embedded", lambda *given, **_: seen.append(given))
    verdicts = tmp_path / "verdicts"
    reloading = FileSettings("a", path=tmp_path / "h", haproxy_bin="none", master_socket=Path("/run/m.sock"))
    reloading.connect(verdicts=verdicts)
    FileSettings("a", path=tmp_path / "h", haproxy_bin="true", reload_command="r").connect()
    assert seen[0] == (tmp_path / "h", EmbeddedSettings(master_socket="/run/m.sock", verdicts=verdicts))
    assert (seen[1][1].reload_command, seen[1][1].master_socket) == ("r", "")
    assert str(seen[1][1].haproxy_bin).startswith("/")


def test_a_path_that_the_system_has_no_room_for_is_told() -> None:
    with pytest.raises(TargetError, match="there is no folder"):
        target_for(f"{'9' * 5000}/x.cfg", {}).connect()
