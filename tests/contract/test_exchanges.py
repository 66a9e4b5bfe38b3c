"""The embedded server against recorded exchanges with a real one (v3.4.2): 119 scenarios, 2,200 steps.

exchanges_differences.tsv lists all differences with their reasons: a difference that is not
listed fails the test, and so does a listed difference that no longer exists.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from hsync.dataplane.embedded import find_haproxy
from tests.contract.replay import Player, Scenario, in_scope, scenarios
from tests.corpus import CORPUS, needs_corpus

TABLE = Path(__file__).with_name("exchanges_differences.tsv")

NOT_PLAYED = {
    "03-auth": "the embedded server has no users",
    "74-metadata": "comments are text for the embedded server; hsync neither sends nor reads `metadata`",
    "108-hand-edit-unwatched": "the embedded server always looks whether its file was edited",
    "111-runtime-server-put": "no runtime socket: every change reloads",
    "112-runtime-server-post-delete": "no runtime socket: every change reloads",
    "113-runtime-frontend-put": "no runtime socket: every change reloads",
    "115-runtime-endpoints": "no runtime socket",
    "116-runtime-none": "no runtime socket",
    "117-raw-runtime-actions": "no runtime socket",
}

OVER_SOCKET = (
    "11-tx-happy",
    "22-implicit-writes",
    "40-list-acls",
    "73-names",
    "78-raw-post-version",
    "97-reload-fails",
)

ALL = scenarios(CORPUS / "exchanges")
PLAYED = [scenario for scenario in ALL if scenario.name not in NOT_PLAYED]

needs_haproxy = pytest.mark.skipif(find_haproxy() is None, reason="there is no haproxy binary")


def listed() -> dict[str, dict[int, str]]:
    """Reasons by scenario and step."""
    table: dict[str, dict[int, str]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for scenario, steps, reason in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            for part in steps.split(","):
                first, _, last = part.partition("-")
                for step in range(int(first), int(last or first) + 1):
                    assert table.setdefault(scenario, {}).setdefault(step, reason) is reason, f"{scenario} {step} twice"
    return table


LISTED = listed()


@pytest.fixture(scope="session")
def checker(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A HAProxy binary that adds a bind to each text: 2.8 refuses a text without one, the recorded 3.5 does not."""
    folder = tmp_path_factory.mktemp("haproxy")
    (folder / "listener.cfg").write_text("frontend listener\n  mode tcp\n  bind 127.0.0.1:5699\n  timeout client 1s\n")
    script = folder / "haproxy"
    script.write_text(f'#!/bin/sh\nexec {find_haproxy()} "$@" -f {folder}/listener.cfg\n')
    script.chmod(0o755)
    return str(script)


def held(scenario: Scenario, checker: str, *, over_socket: bool = False) -> None:
    """Assert that exactly the listed steps differ."""
    differs = Player(scenario, checker, over_socket=over_socket).play().differs
    expected = LISTED.get(scenario.name, {})
    unlisted = {step: why for step, why in differs.items() if step not in expected}
    stale = {step: reason for step, reason in expected.items() if step not in differs}
    assert (unlisted, stale) == ({}, {})


@needs_corpus
@needs_haproxy
@pytest.mark.parametrize("scenario", PLAYED, ids=lambda scenario: scenario.name)
def test_answers_as_the_real_server_does(scenario: Scenario, checker: str) -> None:
    held(scenario, checker)


@needs_corpus
@needs_haproxy
@pytest.mark.parametrize(
    "scenario", [one for one in ALL if one.name in OVER_SOCKET], ids=lambda scenario: scenario.name
)
def test_answers_over_a_socket_as_in_process(scenario: Scenario, checker: str) -> None:
    held(scenario, checker, over_socket=True)


@needs_corpus
def test_every_named_scenario_exists() -> None:
    assert {*NOT_PLAYED, *OVER_SOCKET, *LISTED} - {scenario.name for scenario in ALL} == set()


@needs_corpus
def test_only_steps_in_scope_are_listed() -> None:
    steps = {scenario.name: scenario.steps for scenario in ALL}
    out = [(name, step) for name, found in LISTED.items() for step in found if not in_scope(steps[name][step])]
    assert out == []


def test_every_difference_has_a_reason() -> None:
    assert all(reason.strip() for found in LISTED.values() for reason in found.values())
