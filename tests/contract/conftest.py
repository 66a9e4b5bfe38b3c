"""The fixture `target`: a test with it runs once for each target."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.targets import NAMES, Target, start


class Running:
    """Running targets; each is started at its first use, once for the session."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._by_name: dict[str, Target] = {}

    def get(self, name: str) -> Target:
        """The target with this name."""
        if name not in self._by_name:
            self._by_name[name] = start(name, self._folders.mktemp(name))
        return self._by_name[name]

    def stop(self) -> None:
        """Stop all targets."""
        for target in self._by_name.values():
            target.stop()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """All targets of the session."""
    targets = Running(tmp_path_factory)
    yield targets
    targets.stop()


@pytest.fixture(params=NAMES)
def target(request: pytest.FixtureRequest, running: Running) -> Iterator[Target]:
    """Each target in turn, with an empty record of requests."""
    found = running.get(request.param)
    with found.alone():
        found.client.api_release()
        found.tap.clear()
        yield found
        found.tap.clear()
