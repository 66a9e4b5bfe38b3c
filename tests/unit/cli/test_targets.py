"""The choice of a target, and the connection to it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from hsync.dataplane.embedded import EmbeddedTransport, serve
from tests.unit.cli.conftest import Run

CONFIG = "backend web\n  server s1 10.0.0.1:80\n"


class Watched(EmbeddedTransport):
    """Records requests and their credentials."""

    seen: list[tuple[str, str]]
    users: set[str]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append((request.method, request.url.path))
        scheme, _, words = request.headers.get("authorization", "").partition(" ")
        self.users.add(base64.b64decode(words).decode() if scheme == "Basic" else "")
        return super().handle_request(request)


@pytest.fixture
def server() -> Iterator[tuple[str, Watched]]:
    transport = Watched(text=CONFIG)
    transport.seen, transport.users = [], set()
    with serve(transport) as url:
        yield url, transport


def test_a_url_is_planned_and_applied(run: Run, tmp_path: Path, server: tuple[str, Watched]) -> None:
    url, transport = server
    (tmp_path / "new.cfg").write_text(CONFIG + "  server s2 10.0.0.2:80\n")
    name = "127.0.0.1-" + url.rpartition(":")[2]
    assert f"Saved {name}.plan.json" in run("plan", "--config", "new.cfg", "-t", url).stdout
    run("apply", f"{name}.plan.json", "-t", url, "--auto-approve")
    assert "server s2" in transport.text
    assert transport.users == {""}


def test_nothing_to_do_is_one_request_once_the_api_release_is_known(
    run: Run, tmp_path: Path, server: tuple[str, Watched]
) -> None:
    url, transport = server
    run("import", "-t", url, "-o", "now.cfg")
    transport.seen.clear()
    assert "No changes" in run("plan", "--config", "now.cfg", "-t", url).stdout
    assert transport.seen == [("GET", "/v3/services/haproxy/configuration/raw")]


def test_credentials_come_from_the_environment(
    run: Run, tmp_path: Path, server: tuple[str, Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, transport = server
    monkeypatch.setenv("HSYNC_USER", "admin")
    monkeypatch.setenv("HSYNC_PASSWORD", "s3cret")
    run("import", "-t", url, "-o", "now.cfg")
    assert transport.users == {"admin:s3cret"}


def test_a_file_of_the_password_has_it_in_its_first_line(
    run: Run, tmp_path: Path, server: tuple[str, Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, transport = server
    (tmp_path / "password").write_text("s3cret\r\nmore\n")
    monkeypatch.setenv("HSYNC_PASSWORD_FILE", "password")
    run("import", "-t", url, "-o", "now.cfg", "--user", "admin")
    assert transport.users == {"admin:s3cret"}
    monkeypatch.setenv("HSYNC_PASSWORD_FILE", "nope")
    assert "HSYNC_PASSWORD_FILE nope" in run("import", "-t", url, "--user", "admin", code=1).stderr


def test_a_password_is_asked_for_on_a_terminal_only(
    run: Run, server: tuple[str, Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, transport = server
    assert "no password for admin" in run("import", "-t", url, "--user", "admin", code=64).stderr
    monkeypatch.setattr("hsync.cli.targets.is_interactive", lambda: True)
    result = run("import", "-t", url, "--user", "admin", "-o", "now.cfg", stdin="typed\n")
    assert "Password of admin at" in result.stderr
    assert "typed" not in result.output
    assert transport.users == {"admin:typed"}


REFUSED = [
    (["-t", "https://a:b@host:1"], "the URL of host has credentials"),
    (["-t", "nope"], "no target 'nope'"),
    (["-t", "x.cfg", "--user", "u"], "--user is for a URL"),
    (["-t", "x.cfg", "--ca-file", "ca.pem"], "--ca-file is for a URL"),
    (["-t", "http://127.0.0.1:1", "--haproxy-bin", "none"], "--haproxy-bin is for the path"),
    ([], "no target is given, and hsync.toml has none"),
]


@pytest.mark.parametrize(("arguments", "words"), REFUSED)
def test_what_is_refused(arguments: list[str], words: str, run: Run) -> None:
    assert words in run("import", *arguments, code=64).stderr


def test_variables_of_a_url_do_not_disturb_a_file(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSYNC_USER", "admin")
    run("plan")


def test_the_only_target_is_the_default(run: Run, tmp_path: Path) -> None:
    (tmp_path / "hsync.toml").write_text('[targets.one]\npath = "one.cfg"\n')
    assert "took over" in run("import").stdout
    (tmp_path / "hsync.toml").write_text('[targets.one]\npath = "one.cfg"\n[targets.two]\npath = "two.cfg"\n')
    assert "hsync.toml has one, two" in run("import", code=64).stderr


def test_a_plan_does_not_bring_its_target_to_where_nobody_has_configured_it(
    run: Run, project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("plan")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    plan, live = project / "local.plan.json", project / "haproxy.cfg"
    told = run("apply", str(plan), "--auto-approve", code=64).stderr
    assert told == (
        f"Error: the plan is for file:{live}, but this target is not configured here\n"
        f"hint: if that is the right one, name it: hsync apply {plan} -t {live}\n"
    )
    assert not live.exists()
    assert "local: applied" in run("apply", str(plan), "-t", str(live), "--auto-approve").stdout
    assert [path.name[:8] for path in (elsewhere / "state").glob("*.json")] == ["haproxy-"]


def test_a_name_that_means_another_target_now_is_not_taken(run: Run, project: Path) -> None:
    run("plan")
    (project / "hsync.toml").write_text('[targets.local]\npath = "other.cfg"\n')
    told = run("apply", "local.plan.json", "--auto-approve", code=3).stderr
    assert f"but local is file:{project / 'other.cfg'} here" in told
    assert told.endswith("name it: hsync apply local.plan.json -t ./haproxy.cfg\n")
    assert not list(project.glob("*.cfg"))
    run("apply", "local.plan.json", "-t", "./haproxy.cfg", "--auto-approve")
    assert [one.name for one in project.glob("*.cfg")] == ["haproxy.cfg"]


def test_it_is_said_when_nothing_checks(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No HAProxy binary" in run("plan").stderr
    assert "No HAProxy binary" not in run("import").stderr + run("drift").stderr
    binary = project / "haproxy"
    binary.write_text("#!/bin/sh\nexit 0\n")
    binary.chmod(0o755)
    assert "No HAProxy binary" not in run("plan", "--haproxy-bin", str(binary)).stderr
    assert "cannot be run" in run("plan", "--haproxy-bin", "/nope/haproxy", code=64).stderr


def test_a_server_that_is_not_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_text(CONFIG)
    told = run("plan", "--config", "a.cfg", "-t", "http://127.0.0.1:1", code=1).stderr
    assert told.startswith("Error: http://127.0.0.1:1")
