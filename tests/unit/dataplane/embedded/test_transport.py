"""The transport as a client sees it: over a file, over a socket, with either way to reload."""

from __future__ import annotations

import http.client
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from hsync.dataplane import DataplaneClient
from hsync.dataplane.embedded import EmbeddedSettings, EmbeddedTransport, serve
from hsync.errors import UsageError
from hsync.plan.plan import Request
from hsync.schema import Json
from tests.unit.dataplane.embedded.api import TEXT


def test_a_file_is_read_and_replaced(tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text(TEXT)
    transport = EmbeddedTransport(file)
    with httpx.Client(transport=transport, base_url="http://embedded/v3/services/haproxy/configuration/") as client:
        assert client.get("raw").text == TEXT
        assert client.post("backends", params={"version": 1}, json={"name": "new"}).status_code == 202
    assert file.read_text() == transport.text
    assert file.read_text().endswith("\nbackend new\n")


@pytest.mark.parametrize("text", [TEXT, f"\n\n{TEXT}", "", "# _version=3\n\nglobal\n", "\n# _version=3\nglobal\n"])
def test_what_is_staged_is_what_a_request_shows(text: str) -> None:
    transport = EmbeddedTransport(text=text)
    with DataplaneClient("file:/memory", transport=transport) as client:
        transaction = client.begin(client.snapshot().version)
        assert transport.staged(transaction) == client.snapshot(transaction).body
        body: Json = {"name": "new"}
        client.send(Request("POST", "/services/haproxy/configuration/backends", (), body), transaction)
        assert transport.staged(transaction) == client.snapshot(transaction).body
        assert transport.staged(transaction).endswith("backend new\n")


def test_a_reload_command_is_run_after_a_commit(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    transport = EmbeddedTransport(settings=EmbeddedSettings(reload_command=f"touch {seen}"), text=TEXT)
    with httpx.Client(transport=transport, base_url="http://embedded/v3/services/haproxy/") as client:
        client.put("configuration/global", params={"version": 1}, json={})
    assert seen.exists()


def test_a_master_socket_is_asked_after_a_commit(tmp_path: Path) -> None:
    transport = EmbeddedTransport(settings=EmbeddedSettings(master_socket=str(tmp_path / "none.sock")), text=TEXT)
    with httpx.Client(transport=transport, base_url="http://embedded/v3/services/haproxy/") as client:
        client.put("configuration/global", params={"version": 1}, json={})
        assert client.get("reloads").json()[0]["status"] == "failed"


def test_one_way_to_reload_is_enough() -> None:
    with pytest.raises(ValueError, match="set only one of them"):
        EmbeddedSettings(reload_command="true", master_socket="/x")


def test_the_same_over_a_socket() -> None:
    transport = EmbeddedTransport(text=TEXT)
    with serve(transport) as url, httpx.Client(base_url=f"{url}/v3/services/haproxy/configuration/") as client:
        assert client.get("raw").text == TEXT
        answer = client.post("backends", params={"version": 1}, json={"name": "new", "from": "base"})
        assert (answer.status_code, answer.json()) == (202, {"name": "new", "from": "base"})
        assert answer.headers["Configuration-Version"] == "2"
        assert client.head("version").status_code == 405
    assert transport.text.endswith("backend new from base\n")


def test_a_pending_reload_runs_without_a_request() -> None:
    transport = EmbeddedTransport(settings=EmbeddedSettings(reload_delay_s=0.01), text=TEXT)
    with serve(transport) as url:
        name = httpx.put(f"{url}/v3/services/haproxy/configuration/global", params={"version": 1}, json={}).headers[
            "Reload-ID"
        ]
        for _ in range(500):
            if transport.engine.reloads.one(name) != {"status": "in_progress"}:
                break
            time.sleep(0.01)
    assert transport.engine.reloads.one(name)["status"] == "succeeded"


def test_a_target_that_fails_is_500_over_a_socket(tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text(TEXT)
    transport = EmbeddedTransport(file)
    with serve(transport) as url:
        file.unlink()
        file.mkdir()
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        connection.request("GET", "/v3/info")
        answer = connection.getresponse()
        assert (answer.status, b"Is a directory" in answer.read()) == (500, True)
        connection.close()


def test_only_loopback_is_served() -> None:
    with pytest.raises(UsageError, match="loopback only"), serve(EmbeddedTransport(), host="0.0.0.0"):
        pass


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize(("host", "reach"), [("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("localhost", "localhost")])
def test_another_address_is_served_when_that_is_wanted(host: str, reach: str) -> None:
    if host == "::1" and not has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    with serve(EmbeddedTransport(), host=host, exposed=True) as url:
        connection = http.client.HTTPConnection(f"{reach}:{urlsplit(url).port}", timeout=10)
        connection.request("GET", "/v3/info")
        assert connection.getresponse().status == 200
        connection.close()


def test_an_address_that_cannot_be_listened_on_is_named() -> None:
    with serve(EmbeddedTransport()) as url:
        port = urlsplit(url).port or 0
        with (
            pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1, port {port}"),
            serve(EmbeddedTransport(), port=port),
        ):
            pass
