"""A reviewed plan on a target that has changed elsewhere since: `hsync.session.rebasing`, `hsync rebase`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from hsync.errors import StalePlanError, UsageError
from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.plan.plan import Plan
from hsync.plan.scope import Scope
from hsync.session import apply_plan, current_of
from hsync.session.rebasing import REBASED, rebase
from hsync.session.session import Session
from hsync.session.sources import Source
from hsync.store import FileStore, Place
from hsync.testing import Server

BASE = """\
# mine
global
  maxconn 10

defaults base
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s

frontend www from base
  bind :80
  default_backend web

backend web from base
  # first
  server a 192.0.2.1:80
  server b 192.0.2.2:80

backend mail from base
  server m 192.0.2.3:80
"""

DESIRED = BASE.replace("  server b 192.0.2.2:80\n", "  server b 192.0.2.2:80 weight 5\n  server c 192.0.2.4:80\n")
DIGEST = f"sha256:{'1' * 64}"


@pytest.fixture(params=["file", "server"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    path = tmp_path / "haproxy.cfg" if request.param == "file" else None
    with Server(BASE, path=path, rewrites=path is None) as server:
        yield server


def session(server: Server, folder: Path) -> Session:
    return Session("edge", server.client, FileStore(Place(folder / "state", "edge", server.client.identity)))


def write(server: Server, text: str) -> None:
    """Let somebody else write a text."""
    server.client.push_raw(text, server.client.snapshot().version)


def rebased(
    server: Server, folder: Path, desired: str, elsewhere: str, secrets: Mapping[str, str] | None = None
) -> Plan:
    plan = session(server, folder).plan(Source(desired, "d"), Scope())
    write(server, elsewhere)
    return rebase(session(server, folder), plan, plan, DIGEST, secrets or {})


ELSEWHERE: dict[str, Callable[[str], str]] = {
    "another backend changes": lambda text: text.replace("192.0.2.3:80", "192.0.2.3:8080 check"),
    "a backend is added above": lambda text: text.replace(
        "\nbackend web", "\nbackend shop from base\n  server s 192.0.2.9:1\n\nbackend web"
    ),
    "a backend is added at the end": lambda text: f"{text}\nbackend shop from base\n  server s 192.0.2.9:80\n",
    "a backend is removed": lambda text: text.partition("\nbackend mail")[0] + "\n",
    "global changes": lambda text: text.replace("maxconn 10", "maxconn 20\n  # more\n  nbthread 2"),
    "a comment elsewhere": lambda text: text.replace("backend mail", "# of the mail\nbackend mail"),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_plan_is_rebased_when_others_changed_something_else(server: Server, name: str, tmp_path: Path) -> None:
    there = ELSEWHERE[name]
    new = rebased(server, tmp_path, DESIRED, there(BASE))
    assert dict(new.inputs)[REBASED] == "1" * 64
    assert new.base.version == server.client.snapshot().version
    outcome = apply_plan(server.client, new)
    assert outcome.changed
    assert compare(current_of(outcome.snapshot), Configuration.from_text(there(DESIRED))) == ()
    if server.client.traits.keeps_text:
        assert outcome.snapshot.body.lstrip("\n") == there(DESIRED)


TOUCHED: dict[str, tuple[Callable[[str], str], str]] = {
    "a server of the backend goes": (
        lambda text: text.replace("  server a 192.0.2.1:80\n", ""),
        r"backend web has changed",
    ),
    "a server of the backend changes": (
        lambda text: text.replace("192.0.2.1:80", "192.0.2.1:81"),
        r"backend web has changed",
    ),
    "the server was changed in the same way": (
        lambda text: text.replace("192.0.2.2:80", "192.0.2.2:80 weight 5"),
        r"backend web has changed",
    ),
    "the backend goes": (
        lambda text: text.replace(BASE[BASE.index("\nbackend web") : BASE.index("\nbackend mail")], ""),
        r"do not fit the target any more|NONE|default_backend",
    ),
}


@pytest.mark.parametrize("name", TOUCHED)
def test_a_plan_is_another_one_when_others_changed_its_sections(server: Server, name: str, tmp_path: Path) -> None:
    there, what = TOUCHED[name]
    with pytest.raises(StalePlanError, match=what) as caught:
        rebased(server, tmp_path, DESIRED, there(BASE))
    assert caught.value.message.startswith("on the text that the target has now it is another plan")
    assert caught.value.hint == "make the plan again, and review it: hsync plan"


def test_sections_in_another_order_are_not_put_back(tmp_path: Path) -> None:
    web, mail = BASE[BASE.index("\nbackend web") : BASE.index("\nbackend mail")], BASE[BASE.index("\nbackend mail") :]
    with (
        Server(BASE, path=tmp_path / "haproxy.cfg", rewrites=False) as server,
        pytest.raises(StalePlanError, match="the order of the sections"),
    ):
        rebased(server, tmp_path, DESIRED, BASE.replace(web + mail, mail + web))


def test_a_push_of_the_whole_text_is_not_rebased(tmp_path: Path) -> None:
    desired = DESIRED.replace("maxconn 10", "maxconn 10\n  .if defined(X)\n  nbthread 3\n  .endif")
    with (
        Server(BASE, path=tmp_path / "haproxy.cfg", rewrites=False) as server,
        pytest.raises(StalePlanError, match="replaces the whole text"),
    ):
        rebased(server, tmp_path, desired, BASE.replace("192.0.2.3", "192.0.2.4"))


def test_a_target_that_has_not_changed_needs_no_other_plan(server: Server, tmp_path: Path) -> None:
    plan = session(server, tmp_path).plan(Source(DESIRED, "d"), Scope())
    with pytest.raises(UsageError, match="has not changed since the plan was made"):
        rebase(session(server, tmp_path), plan, plan, DIGEST, {})
    session(server, tmp_path).apply(plan, DIGEST)
    with pytest.raises(UsageError, match="the target runs the result"):
        rebase(session(server, tmp_path), plan, plan, DIGEST, {})


def test_what_the_reviewers_saw_stays(server: Server, tmp_path: Path) -> None:
    plan = session(server, tmp_path).plan(Source(DESIRED, "d"), Scope())
    write(server, ELSEWHERE["global changes"](BASE))
    new = rebase(session(server, tmp_path), plan, plan, DIGEST, {})
    assert replace(new, base=plan.base, result=plan.result, inputs=plan.inputs, drift=plan.drift) == plan
    assert not server.client.traits.keeps_text or new.result.diff == plan.result.diff
    assert new.result.sha256 != plan.result.sha256
    assert not re.search("nbthread", "\n".join(new.result.diff))
