"""A file target ends with the desired text, byte for byte, in all lanes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hsync.dataplane import DataplaneClient, digest
from hsync.dataplane.embedded import find_haproxy
from hsync.errors import UnsafePlanError
from hsync.plan.plan import Hunk, Plan
from hsync.plan.scope import Scope
from hsync.session import apply_plan, make_plan, read_desired, verify_plan
from tests.corpus import CORPUS, needs_corpus, read_text

CURRENT = """\
# farm

global
  maxconn 100

defaults web
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s

# the first
frontend one from web
  bind 127.0.0.1:18081

defaults long
  mode http
  timeout connect 5s
  timeout client 90s
  timeout server 90s

frontend two from long
  bind 127.0.0.1:18082
"""

MOVED = """\
# farm, tidied


defaults web
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
defaults long
  mode http
  timeout connect 5s
  timeout client 90s
  timeout server 90s
frontend one from long
  bind 127.0.0.1:18081
frontend two from long
  bind 127.0.0.1:18082
global
  maxconn 100
"""

POSITIONS = """\
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend one
  bind 127.0.0.1:18081
defaults
  mode tcp
  timeout connect 5s
  timeout client 90s
  timeout server 90s
listen two
  bind 127.0.0.1:18082
  server s 127.0.0.1:1
"""

ODD = """\


global
    tune.bufsize 16384 # bytes
\tmaxconn\t100
  .if feature(OPENSSL)
    ssl-default-bind-options ssl-min-ver TLSv1.2
  .endif

.if !defined(NOBODY_SETS_THIS)
defaults web
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
.endif

frontend "one"
  bind 127.0.0.1:18081   # no name
  default_backend 'bb'
backend "bb"
  # none yet
"""

TEXTS = {"farm": CURRENT, "moved": MOVED, "positions": POSITIONS, "odd": ODD}
PAIRS = [(one, other) for one in TEXTS for other in TEXTS if one != other]


def planned(client: DataplaneClient, desired: str, scope: Scope | None = None) -> Plan:
    wanted = read_desired(desired, "haproxy.cfg", kept=client.traits.keeps_text)
    return make_plan(client, wanted, client.as_target("t", "3.4"), scope=scope)


@pytest.mark.parametrize("names", PAIRS, ids="-".join)
def test_a_file_ends_with_the_desired_text(names: tuple[str, str]) -> None:
    current, desired = (TEXTS[name] for name in names)
    with DataplaneClient.embedded(text=current, haproxy_bin=find_haproxy()) as client:
        plan = planned(client, desired)
        assert plan.result.sha256 == digest(desired)
        verify_plan(client, plan)
        assert client.snapshot().body.lstrip("\n") == current.lstrip("\n")
        told = apply_plan(client, plan)
        assert told.snapshot.text.endswith(f"\n{desired}")
        assert told.snapshot.sha256 == digest(desired)
        assert planned(client, desired).operations == ()
        assert not apply_plan(client, plan).changed


def test_a_proxy_moves_to_defaults_that_stood_below_it() -> None:
    with DataplaneClient.embedded(text=CURRENT) as client:
        plan = planned(client, MOVED)
        assert [(str(change.address), change.after) for change in plan.changes] == [("frontends/one", {"from": "long"})]
        assert plan.lane == "transaction"


def test_other_words_for_the_same_are_written_and_reload_nothing() -> None:
    desired = CURRENT.replace("maxconn 100", "maxconn   100 # many").replace("# the first", "# one\n# of two")
    with DataplaneClient.embedded(text=CURRENT) as client:
        plan = planned(client, desired)
        assert (plan.changes, plan.lane, plan.summary["reloads"]) == ((), "raw", 0)
        assert apply_plan(client, plan).snapshot.body == desired
        assert not apply_plan(client, plan).changed


def test_another_order_is_written_and_reloads() -> None:
    desired = MOVED.replace("frontend one from long", "frontend one from web")
    with DataplaneClient.embedded(text=CURRENT) as client:
        plan = planned(client, desired)
        assert (plan.changes, plan.lane, plan.summary["reloads"]) == ((), "raw", 1)
        assert apply_plan(client, plan).snapshot.body == desired


def test_unmanaged_sections_stay_as_they_are_in_their_place() -> None:
    theirs = "# theirs: keep\nbackend   theirs\n\tserver s 192.0.2.1:80   # by hand\n\n"
    current = CURRENT.replace("# the first", f"{theirs}# the first")
    desired = CURRENT.replace("maxconn 100", "maxconn 200").replace("# the first\n", "")
    for scope in (Scope(prune=False), Scope(ignore=("backend/theirs",))):
        with DataplaneClient.embedded(text=current) as client:
            plan = planned(client, desired, scope)
            assert [str(change.address) for change in plan.changes] == ["global"]
            wanted = desired.replace("frontend one", f"{theirs}frontend one")
            assert apply_plan(client, plan).snapshot.body == wanted


@pytest.mark.parametrize(
    ("hunks", "words"),
    [
        ((Hunk(1, 1, ("# another comment\n",)),), "no longer produces"),
        ((Hunk(4, 1, ("  maxconn 9\n",)),), "no longer produces"),
        ((Hunk(99, 1, ()),), "the layout of the plan does not fit"),
    ],
)
def test_a_layout_that_was_changed_is_refused(hunks: tuple[Hunk, ...], words: str) -> None:
    desired = CURRENT.replace("maxconn 100", "maxconn 200 # more")
    with DataplaneClient.embedded(text=CURRENT) as client:
        plan = planned(client, desired)
        assert plan.result.layout
        with pytest.raises(UnsafePlanError, match=words):
            apply_plan(client, replace(plan, result=replace(plan.result, layout=hunks)))
        assert client.snapshot().body == CURRENT


def test_a_layout_that_means_something_else_is_refused() -> None:
    """Even with a correct digest: only operations may change the meaning."""
    desired = CURRENT.replace("maxconn 100", "maxconn 200 # more")
    forged = desired.replace("timeout client 90s", "timeout client 9s")
    with DataplaneClient.embedded(text=CURRENT) as client:
        plan = planned(client, desired)
        bad = replace(plan, result=replace(planned(client, forged).result, layout=()))
        hunks = [(n, line) for n, line in enumerate(forged.splitlines(keepends=True), 1)]
        layout = (Hunk(1, CURRENT.count("\n"), tuple(line for _, line in hunks)),)
        with pytest.raises(UnsafePlanError, match="defaults/long"):
            apply_plan(client, replace(bad, result=replace(bad.result, layout=layout)))
        assert client.snapshot().body == CURRENT


@needs_corpus
def test_all_files_of_the_corpus_one_after_the_other() -> None:
    with DataplaneClient.embedded(text="") as client:
        for path in sorted((CORPUS / "transitions").rglob("*.cfg")):
            text = read_text(path)
            plan = planned(client, text)
            apply_plan(client, plan)
            assert client.snapshot().body.rstrip("\n") == text.strip("\n"), path.name
