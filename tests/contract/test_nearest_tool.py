"""Edits for which the most similar tool for HAProxy says "no changes", reports a false success, or never converges.

Each case is one edit of a configuration, in both directions, on every target: the plan is not empty, apply leads to the
desired text, including the order, and a second plan is empty. For an edit of a comment the plan has no operations.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.plan.obstacles import newer
from hsync.plan.plan import Plan
from hsync.session import apply_plan, make_plan, read_desired
from tests.contract.facts import facts
from tests.contract.targets import Target, identity

TRANSACTION, RAW = "transaction", "raw"

BASE = """\
global
  log 127.0.0.1:514 local0

defaults d
  mode http
  log global
  timeout connect 5s
  timeout client 30s
  timeout server 30s

userlist team
  group admins users ann
  user ann password $5$salt$hash
  user bob password $5$salt$hash

frontend www from d
  bind 127.0.0.1:18080 name http
  option forwarded
  rate-limit sessions 100
  acl api path_beg /v1
  acl api path_beg /v2
  acl api path_beg /v3
  acl internal src 10.0.0.0/8
  acl static path_end .css
  use_backend web if api internal
  default_backend web

backend web from d
  server a 127.0.0.1:18081
  server b 127.0.0.1:18082
  server c 127.0.0.1:18083

listen old
  mode http
  bind 127.0.0.1:18099
  timeout client 30s
  timeout server 30s
  timeout connect 5s
  server o1 127.0.0.1:18094
"""


@dataclass(frozen=True)
class Edit:
    """An edit of `BASE`: `old` becomes `new`. The plan has this lane, or the raw lane before the API release `since`.

    `refused`: the reason if HAProxy refuses the result.
    """

    name: str
    old: str
    new: str
    lane: str = TRANSACTION
    since: str = ""
    refused: str = ""

    @property
    def desired(self) -> str:
        """The text after the edit."""
        assert BASE.count(self.old) == 1, self.name
        return BASE.replace(self.old, self.new)


A, B, C = (line + "\n" for line in BASE.splitlines() if line.startswith("  server") and "o1" not in line)
FIRST, MIDDLE, LAST = (line + "\n" for line in BASE.splitlines() if line.startswith("  acl api"))
ACL_LINE = "  acl internal src 10.0.0.0/8\n"
HUNDRED = "".join(f"  server s{n} 127.0.0.1:{19000 + n}\n" for n in range(100, 0, -1))

EDITS = [
    # Sections and lines that the API does not model: it is never told of them.
    Edit("a line of listen", "server o1 127.0.0.1:18094", "server o1 127.0.0.1:18095", RAW),
    Edit("option forwarded", "option forwarded\n", "option forwarded proto for\n", since="3.4"),
    Edit("option forwarded removed", "  option forwarded\n", "", since="3.4"),
    Edit("rate-limit sessions", "rate-limit sessions 100", "rate-limit sessions 200", RAW),
    # Lines of one name: they are keyed by it, and the last one counts.
    Edit("first line of a repeated acl", FIRST, FIRST.replace("v1", "v9")),
    Edit("last line of a repeated acl", LAST, LAST.replace("v3", "v9")),
    Edit("line before the first of a repeated acl", FIRST, FIRST.replace("v1", "v0") + FIRST),
    Edit("line behind the last of a repeated acl", LAST, LAST + LAST.replace("v3", "v4")),
    Edit("first line of a repeated acl removed", FIRST, ""),
    Edit("last line of a repeated acl removed", LAST, ""),
    Edit("lines of a repeated acl swapped", FIRST + MIDDLE, MIDDLE + FIRST),
    Edit("acl renamed", "acl static path_end .css", "acl assets path_end .css"),
    Edit("acls swapped", ACL_LINE + "  acl static path_end .css\n", "  acl static path_end .css\n" + ACL_LINE),
    # Order of servers: a POST appends.
    Edit("servers swapped", A + B, B + A),
    Edit("first and last server swapped", A + B + C, C + B + A),
    Edit("server inserted in the middle", A, A + "  server x 127.0.0.1:18084\n"),
    Edit("100 servers appended", C, C + HUNDRED),
    # Children of sections that it does not look into.
    Edit(
        "http-request in defaults",
        "  mode http\n  log",
        "  mode http\n  http-request set-header X-A b\n  log",
        since="3.4",
        refused="frontends and backends must not share defaults with rules",
    ),
    Edit("group added to a userlist with users", "  group admins", "  group readers users bob\n  group admins"),
    Edit("log in global", "local0\n", "local0 notice\n"),
    Edit("second log in global", "local0\n", "local0\n  log 127.0.0.1:515 local1 err\n"),
    Edit("log in defaults", "  log global\n", "  log 127.0.0.1:516 local2\n"),
    Edit(
        "http-after-response in a frontend",
        "  default_backend",
        "  http-after-response del-header S\n  default_backend",
    ),
    Edit("http-error in a backend", A, "  http-error status 404 default-errorfiles\n" + A),
    # Parameters that are younger than its tables.
    Edit("init-state", "18081\n", "18081 check init-state down\n"),
    Edit("idle-ping", "18081\n", "18081 idle-ping 10s\n"),
    Edit("strict-maxconn", "18081\n", "18081 maxconn 10 strict-maxconn\n"),
]
COMMENTS = [
    Edit("comment line", "frontend www", "# the front door\nfrontend www"),
    Edit("comment line in a section", A, "  # first of three\n" + A),
    Edit("comment line in a listen section", "  server o1", "  # the old one\n  server o1"),
]


def planned(target: Target, desired: str) -> Plan:
    return make_plan(target.client, read_desired(desired, "haproxy.cfg"), identity(target))


def lead(target: Target, desired: str, lane: str) -> None:
    """Plan and apply the desired text."""
    plan = planned(target, desired)
    assert plan.operations
    assert plan.changes
    assert plan.lane is lane, plan.lane_reason
    assert apply_plan(target.client, plan).changed
    text = target.client.snapshot().text
    assert compare(Configuration.from_text(text), Configuration.from_text(desired)) == ()
    assert facts(text) == facts(desired)
    assert planned(target, desired).operations == ()


def started(target: Target, text: str, edit: Edit | None = None) -> None:
    """Give the target a text; skips an edit whose result its HAProxy refuses."""
    if edit is not None and edit.refused and target.validates:
        pytest.skip(edit.refused)
    target.reset(text)
    assert planned(target, text).operations == ()


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_the_edit_is_planned_applied_and_done(target: Target, edit: Edit) -> None:
    started(target, BASE, edit)
    lane = RAW if newer(edit.since, target.client.api_release()) else edit.lane
    lead(target, edit.desired, lane)
    lead(target, BASE, lane)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_lines_of_one_keyword_stand_in_the_order_of_the_text(target: Target, edit: Edit) -> None:
    started(target, BASE, edit)
    apply_plan(target.client, planned(target, edit.desired))
    assert ordered(target.client.snapshot().text) == ordered(edit.desired)


def ordered(text: str) -> dict[tuple[str, str], list[list[str]]]:
    """The first words of order-sensitive lines by section, without use of the model."""
    sections = Configuration.from_text(text).sections
    keywords = {"server", "acl", "log", "http-request"}
    return {
        key: sorted(
            (one.words[:3] for one in section.directives if one.words[0] in keywords), key=lambda words: words[0]
        )
        for key, section in sections.items()
    }


@pytest.mark.parametrize("edit", COMMENTS, ids=lambda edit: edit.name)
def test_a_comment_is_written_to_a_file_and_a_server_gets_nothing(target: Target, edit: Edit) -> None:
    started(target, BASE)
    plan = planned(target, edit.desired)
    assert plan.changes == ()
    if target.client.traits.keeps_text:
        assert [one.reload for one in plan.operations] == [False]
        assert apply_plan(target.client, plan).snapshot.body == edit.desired
        return
    assert plan.operations == ()
    assert any(note.startswith("comments differ in ") for note in plan.notes), plan.notes
