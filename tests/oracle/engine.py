"""The test engine (tests/engine) as an oracle: started once for a test session, used over loopback.

Rule 1: without the engine a test fails if CI is set; otherwise the test is skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import pytest

from hsync.dataplane import DataplaneClient

BINARY = Path(__file__).resolve().parents[2] / ".build" / "engine"

API = "3.2"
"""The API release of its library."""

_AUTH = ("admin", "adminpwd")


class EngineError(Exception):
    """The engine refused a request; `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


class Engine:
    """A running engine without HAProxy: only the library validates.

    Args:
        folder: an empty folder.
        reload_command: command for reloads; its words must not have blanks.
    """

    def __init__(self, folder: Path, reload_command: str = "") -> None:
        command = [str(BINARY), "-config", str(folder / "haproxy.cfg"), "-reload-cmd", reload_command]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().removeprefix("listening ").strip()
        self.http = httpx.Client(base_url=f"{self.url}/engine/", auth=_AUTH, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()
        self.process.terminate()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def client(self) -> DataplaneClient:
        """The engine as a target."""
        return DataplaneClient(self.url, auth=_AUTH)

    def reset(self, text: str) -> None:
        """Restart with a text."""
        self.ask("reset", text)

    def full(self, text: str) -> dict[str, Any]:
        """All objects of the library for a text, by collection; `errors` has the collections that it cannot read."""
        return dict(json.loads(self.ask("full", text)))

    def text(self, document: dict[str, Any]) -> str:
        """The text that the library writes for a result of `full`."""
        return self.ask("text", json.dumps(document))

    def rewrite(self, text: str) -> str:
        """The text that a raw push would store."""
        return self.ask("rewrite", text)

    def ask(self, path: str, content: str) -> str:
        """Send a POST. Raises `EngineError` unless it succeeds."""
        answer = self.http.post(path, content=content.encode("utf-8", "surrogateescape"))
        if answer.status_code >= 300:
            raise EngineError(answer.status_code, answer.text.strip())
        return answer.text


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The engine of the session; each test resets it."""
    if not BINARY.is_file():
        if os.environ.get("CI"):
            pytest.fail("the test engine is not built: `make engine`")
        pytest.skip("the test engine is not built (`make engine`)")
    with Engine(tmp_path_factory.mktemp("engine")) as running:
        yield running
