from __future__ import annotations

import getpass
import json
import os
import socket
from datetime import UTC, datetime

import pytest

from hsync.errors import UsageError
from hsync.store.stores import Owner, Policy

ANN = Owner("ann", "host7", 4711, "2026-11-23T21:20:04Z", "hsync apply")


@pytest.mark.parametrize(
    ("now", "age"),
    [
        ("2026-11-23T21:20:03+00:00", "0 s"),  # the clock of another host
        ("2026-11-23T21:20:16+00:00", "12 s"),
        ("2026-11-23T21:22:03+00:00", "119 s"),
        ("2026-11-23T21:22:04+00:00", "2 min"),
        ("2026-11-23T23:20:03+00:00", "119 min"),
        ("2026-11-23T23:20:04+00:00", "2 h"),
        ("2026-11-25T21:20:03+00:00", "47 h"),
        ("2026-11-25T21:20:04+00:00", "2 days"),
    ],
)
def test_an_owner_is_named_with_its_age(now: str, age: str) -> None:
    words = f"process 4711 of ann on host7: hsync apply, since 2026-11-23T21:20:04Z ({age})"
    assert ANN.words(datetime.fromisoformat(now)) == words


@pytest.mark.parametrize("since", ["", "yesterday", "2026-11-23T21:20:04"])
def test_an_owner_without_a_time_has_no_age(since: str) -> None:
    owner = Owner("ann", "host7", 4711, since)
    assert owner.words() == f"process 4711 of ann on host7, since {since}"
    assert owner.age_s() is None


def test_this_process_is_an_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Owner.here("hsync apply")
    assert (here.user, here.host, here.pid, here.command) == (
        getpass.getuser(), socket.gethostname(), os.getpid(), "hsync apply",
    )  # fmt: skip
    assert (datetime.now(UTC) - datetime.fromisoformat(here.since)).total_seconds() < 60

    def nobody() -> str:
        raise KeyError

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert Owner.here().user == f"user {os.getuid()}"


def test_load_gives_what_was_dumped() -> None:
    assert Owner.load(ANN.dump()) == ANN


def test_a_holder_of_an_older_hsync_is_read() -> None:
    text = json.dumps({"host": "host7", "pid": 1, "since": "2026-11-23T21:20:04Z"})
    assert Owner.load(text) == Owner("", "host7", 1, "2026-11-23T21:20:04Z")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "7", "{}", '{"host": 1, "pid": 1, "since": ""}', '{"host": "h", "pid": true, "since": ""}', "[" * 100000],
)  # fmt: skip
def test_what_is_no_owner_is_none(text: str) -> None:
    assert Owner.load(text) is None


@pytest.mark.parametrize("name", ["history", "kept", "kept_days"])
def test_a_policy_keeps_at_least_one(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} = 0: the minimum is 1"):
        Policy(**{name: 0})
    assert getattr(Policy(**{name: 1}), name) == 1
