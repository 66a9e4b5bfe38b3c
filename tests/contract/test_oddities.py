"""Mistakes of the server do no harm: a plan works around each of them.

The numbers are those of docs/reference/oddities.md.

A line that the server would damage needs the raw lane, with the reason; if there is another way to write it, operations use
that. Each case is also applied, on all targets.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass

import pytest

from hsync.errors import ConfigError
from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.schema import Json
from hsync.session import apply_plan, make_plan, read_desired
from tests.contract.facts import facts
from tests.contract.targets import Target, identity
from tests.drafts import Draft, draft

API = "3.4"


@dataclass(frozen=True)
class Case:
    """An edit of a section.

    Args:
        number: number of the oddity.
        kind: kind of the section.
        before: its lines before the edit, separated by `;`.
        after: its lines after the edit.
        says: a part of the reason for the raw lane.
        sends: for the transaction lane: the operations with their bodies.
    """

    number: int
    kind: str
    before: str
    after: str
    says: str = ""
    sends: tuple[tuple[str, Json], ...] = ()

    def text(self, lines: str) -> str:
        """A configuration with the section."""
        if self.kind == "global":
            return "\n  ".join(["global", "maxconn 5", *filter(None, lines.split(";"))]) + "\n"
        return "global\n  maxconn 5\n\n" + "\n  ".join([f"{self.kind} x", *filter(None, lines.split(";"))]) + "\n"

    @property
    def drafted(self) -> Draft:
        """The draft of a plan for the newest server."""
        current, desired = (Configuration.from_text(self.text(lines)) for lines in (self.before, self.after))
        return draft(current, desired, api=API)


RAW = [
    # Reading is wrong.
    Case(1, "frontend", "", "tcp-request session reject", "reads `session reject` as `accept`"),
    Case(2, "frontend", "", "tcp-request content set-src src", "writes this rule but cannot read it"),
    Case(3, "backend", "", "tcp-response content set-dst dst", "GET of the list, and of all backends, fails (400)"),
    Case(4, "frontend", "", "http-request tarpit content-type a/b string c", "the server keeps only the status"),
    Case(4, "frontend", "", "http-request tarpit status 429 string c", "the server keeps only the status"),
    Case(5, "http-errors", "errorfile 404 /e", "", "cannot read an http-errors section without an errorfile"),
    Case(6, "frontend", "option http-server-close", "no option http-server-close", "deletes the line"),
    Case(6, "global", "", "log-tag x", "no field for 'log-tag x'"),
    Case(6, "frontend", "", "errorloc 404 /x", "no field for 'errorloc 404'"),
    Case(6, "backend", "", "cookie A rewrite maxidle 30m", "cannot express '30m'"),
    Case(6, "backend", "", "balance url_param id check_post", "incomplete line"),
    Case(6, "frontend", "", "stats http-request deny", "in this kind of section, but cannot read it"),
    Case(6, "defaults", "", "stats http-request deny", "in this kind of section, but cannot read it"),
    Case(6, "defaults", "", "stats admin if TRUE", "in this kind of section, but cannot read it"),
    Case(6, "frontend", "", "redirect location /x", "no field for 'redirect location'"),
    Case(6, "frontend", "", "redirect code 301 prefix / if TRUE", "no field for 'redirect code'"),
    Case(6, "backend", "", "redirect drop-query append-slash prefix /", "no field for 'redirect drop-query'"),
    Case(6, "frontend", "", "capture request header X len 5", "no field for 'capture request'"),
    Case(6, "frontend", "", "bind abns@x", "cannot express 'abns@x'"),
    Case(6, "backend", "", "server x :80", "cannot express ':80'"),
    Case(7, "backend", "", "server x ${H}:${P}", "cannot express '${H}:${P}'"),
    Case(7, "backend", "", "server x 10.0.0.1:+1", "cannot express '10.0.0.1:+1'"),
    Case(7, "frontend", "", "bind :443 ssl crt /a crt /b", "crt at most once"),
    Case(7, "global", "", "tune.ssl.lifetime 300", "cannot express '300'"),
    Case(8, "log-profile", "", "on error drop", "a log-tag without a value"),
    # Writing is wrong.
    Case(9, "frontend", "", "http-request sc-set-gpt0(0) 1", "keeps the old copy of this rule"),
    Case(9, "frontend", "", "http-response sc-add-gpc(0,1) 5", "keeps the old copy of this rule"),
    Case(9, "backend", "", "tcp-response content sc-add-gpc(0,1) 5", "keeps the old copy of this rule"),
    Case(9, "frontend", "", "tcp-request connection set-src src", "keeps the old copy of this rule"),
    Case(10, "frontend", "description x", "", "description cannot be removed"),
    Case(10, "backend", "email-alert from a@b;email-alert to c@d;email-alert mailers m", "", "cannot be removed"),
    Case(10, "backend", "server-state-file-name x", "", "server_state_file_name cannot be removed"),
    Case(10, "log-profile", "log-tag t;on error drop", "log-tag t", "steps cannot be removed"),
    Case(10, "mailers", "timeout mail 5s;mailer m 1.1.1.1:25", "mailer m 1.1.1.1:25", "timeout cannot be removed"),
    Case(11, "frontend", "", "tcp-request session sc-add-gpc(0,1) 5", "as a connection rule"),
    Case(11, "frontend", "", "tcp-request session sc-inc-gpc(0,1)", "as a connection rule"),
    Case(11, "frontend", "", "tcp-request session set-mark 0x1", "as set-dst-port"),
    Case(11, "frontend", "", "tcp-request content sc-set-gpt0(0) 1", "does not write the value"),
    Case(11, "fcgi-app", "docroot /d", "docroot /d;index i", "adds option max-reqs 1"),
    Case(11, "crt-store", "crt-base /a", "crt-base /b", "a key-base without a value"),
    Case(11, "global", "", "ocsp-update.mindelay 5", "adds a line `ocsp-update.disable off`"),
    Case(11, "backend", "", "tcp-check expect comment c min-recv 2 !string x", "reads the `!` as part"),
    Case(11, "frontend", "", "filter bwlim-in x default-limit 1k", "default-period"),
    Case(12, "backend", "", "server-template s 3 h:80 id 5", "cannot express 'id'"),
    Case(12, "frontend", "", "filter bwlim-in x limit 1k key src", "an empty table name"),
    Case(12, "frontend", "", "bind :80 process 1", "cannot express 'process'"),
    Case(12, "frontend", "", "bind :443 ocsp-update on", "cannot express 'ocsp-update'"),
    Case(12, "frontend", "", "stats bind-process 1", "deletes the line"),
    Case(14, "backend", "", "http-response wait-for-body time 1s", "fails (500)"),
    Case(14, "frontend", "", "http-after-response capture res.hdr(x) id 0", "fails (500)"),
    Case(14, "backend", "", "option pgsql-check", "incomplete line: the Data Plane API expects user"),
    Case(14, "frontend", "", "compression direction request", "no field for 'compression direction'"),
    Case(14, "healthcheck", "type tcp-check", "", "fails on a healthcheck section without a type"),
    Case(16, "frontend", "", 'http-request auth realm "no way"', "cannot express 'realm'"),
    Case(16, "backend", "", "option httpchk <method> /x", "cannot express '/x'"),
    Case(16, "backend", "", "email-alert from a@b", "unless it has all of from, to and mailers"),
    Case(16, "frontend", "", "stats show-node", "refuses an empty name"),
    Case(16, "frontend", "", "bind :80 level opeerator", "cannot express 'opeerator'"),
    Case(16, "acme", "", "contact a@b", "refuses an acme section without a directory"),
    Case(119, "frontend", "", "http-request set-header", "incomplete line"),
]
"""Edits that operations cannot make: the whole text is pushed, and compared with the stored text."""

SAID_OTHERWISE = [
    Case(
        4, "frontend", "", "http-response deny deny_status 404",
        sends=(("PUT frontends/x/http_response_rules", [{"type": "deny", "deny_status": 404, "return_content_type": ""}]),),
    ),
    Case(
        5, "crt-store", "crt-base /a;key-base /k", "crt-base /a;key-base /k;load crt a.pem",
        sends=(("POST crt_stores/x/crt_loads/a.pem", {"certificate": "a.pem"}),),
    ),
    Case(
        7, "global", "", "tune.ssl.lifetime 300s",
        sends=(("PUT global", {"performance_options": {"maxconn": 5}, "tune_ssl_options": {"lifetime": 300000}}),),
    ),
    Case(
        8, "log-profile", "log-tag t", "log-tag t;on error drop",
        sends=(("PUT log_profiles/x", {"name": "x", "log_tag": "t", "steps": [{"step": "error", "drop": "enabled"}]}),),
    ),
    Case(
        10, "frontend", "description x", "description y",
        sends=(("PUT frontends/x", {"name": "x", "description": "y"}),),
    ),
    Case(
        11, "backend", "", "server s h:80 no-sslv3",
        sends=((
            "POST backends/x/servers/s",
            {"name": "s", "address": "h", "port": 80, "sslv3": "disabled", "force_sslv3": "disabled", "no_sslv3": "enabled"},
        ),),
    ),
    Case(
        11, "fcgi-app", "docroot /d;option max-reqs 2", "docroot /e;option max-reqs 2",
        sends=(("PUT fcgi_apps/x", {"name": "x", "docroot": "/e", "max_reqs": 2}),),
    ),
    Case(
        12, "backend", "", "server s h:80 no-tlsv10",
        sends=((
            "POST backends/x/servers/s",
            {"name": "s", "address": "h", "port": 80, "tlsv10": "disabled", "force_tlsv10": "disabled"},
        ),),
    ),
    Case(
        13, "frontend", "", "tcp-request content capture src len 5",
        sends=((
            "PUT frontends/x/tcp_request_rules",
            [{"type": "content", "action": "capture", "expr": "src", "capture_len": 5}],
        ),),
    ),
    Case(
        13, "frontend", "", "http-request set-query x=1",
        sends=(("PUT frontends/x/http_request_rules", [{"type": "set-query", "hdr_format": "x=1"}]),),
    ),
    Case(
        13, "frontend", "", "http-request track-sc0 src",
        sends=((
            "PUT frontends/x/http_request_rules",
            [{"type": "track-sc", "track_sc_stick_counter": 0, "track_sc_key": "src"}],
        ),),
    ),
    Case(
        13, "frontend", "", "tcp-request content do-resolve(txn.ip,default) src",
        sends=((
            "PUT frontends/x/tcp_request_rules",
            [{
                "type": "content", "action": "do-resolve", "var_name": "txn.ip", "resolve_resolvers": "default", "expr": "src"
            }],
        ),),
    ),
    Case(
        13, "backend", "", "http-check set-var-fmt(check.x) a",
        sends=((
            "PUT backends/x/http_checks",
            [{"type": "set-var-fmt", "var_scope": "check", "var_name": "x", "var_expr": "a"}],
        ),),
    ),
    Case(
        14, "global", "", "ssl-engine rdrand",
        sends=((
            "PUT global",
            {
                "performance_options": {"maxconn": 5},
                "ssl_options": {"engines": [{"name": "rdrand", "algorithms": ""}]},
            },
        ),),
    ),
    Case(14, "userlist", "", "group g # note", sends=(("POST userlists/x/groups/g", {"name": "g"}),)),
    Case(
        15, "frontend", "", 'http-request set-header X "no way"',
        sends=((
            "PUT frontends/x/http_request_rules",
            [{"type": "set-header", "hdr_name": "X", "hdr_format": '"no way"'}],
        ),),
    ),
    Case(
        15, "frontend", "", "http-request set-header X no\\ way",
        sends=((
            "PUT frontends/x/http_request_rules",
            [{"type": "set-header", "hdr_name": "X", "hdr_format": "no\\ way"}],
        ),),
    ),
    Case(
        17, "backend", "server s h:80", "server s h:81 # note",
        sends=(("PUT backends/x/servers/s", {"name": "s", "address": "h", "port": 81}),),
    ),
]  # fmt: skip
"""Edits by operations: they have only words that the server understands."""


NEIGHBOURS = [
    ("frontend", "tcp-request session reject", "tcp-request content accept"),
    ("backend", "tcp-response content set-dst dst", "tcp-response content accept"),
    ("frontend", "http-request sc-set-gpt0(0) 1", "http-request allow"),
    ("frontend", "no option http-server-close", "maxconn 10"),
    ("frontend", "stats http-request deny", "maxconn 10"),
    ("frontend", "filter bwlim-in x limit 1k key src", "filter compression"),
]
"""Kind of section, a line that the server would damage, and a line that is written together with it."""

UNREAD = [
    ("frontend", "tcp-request content set-src src", "tcp-request content accept"),
    ("frontend", "http-request tarpit timeout 2s", "http-request allow"),
    ("backend", "tcp-response content set-dst", "tcp-response content accept"),
]
"""The same with a line that the server cannot parse: no write changes it. It is below the other lines of its keyword."""

APART = [
    ("frontend", "bind :80,:443", "bind :8080"),
    ("frontend", "bind :443 ssl crt /a crt /b process 1", "bind :8080"),
    ("backend", "server a h:0", "server b h:80"),
    ("backend", "server a h:80 weight 80%", "server b h:80"),
    ("frontend", "filter opentracing config /c", "filter compression"),
    ("frontend", 'http-request auth realm "a b" if TRUE', "http-request allow"),
    ("frontend", "http-request early-hint if TRUE", "http-request allow"),
]
"""Opaque lines that the server can parse, above another line of their keyword: they keep their place."""


def name(case: Case) -> str:
    """The number and the line of a case."""
    return f"{case.number}-{case.kind}-{case.after or case.before}"


@pytest.mark.parametrize("case", RAW, ids=name)
def test_what_the_server_would_damage_goes_raw_with_the_reason(case: Case) -> None:
    drafted = case.drafted
    assert drafted.lane == "raw"
    assert case.says in drafted.lane_reason
    assert [one.request.body for one in drafted.operations] == [case.text(case.after)]


@pytest.mark.parametrize("case", SAID_OTHERWISE, ids=name)
def test_what_the_server_understands_is_sent_in_its_words(case: Case) -> None:
    drafted = case.drafted
    assert drafted.lane == "transaction", drafted.lane_reason
    sent = tuple((f"{one.request.method} {one.address}", one.request.body) for one in drafted.operations)
    assert sent == case.sends


@pytest.mark.parametrize("number", range(1, 18))
def test_every_oddity_has_a_case(number: int) -> None:
    assert number in {case.number for case in (*RAW, *SAID_OTHERWISE)}


def test_a_comment_behind_a_changed_line_is_lost_and_the_plan_says_so() -> None:
    (case,) = (case for case in SAID_OTHERWISE if case.number == 17)
    assert any("a comment at the end of a changed line is not sent" in note for note in case.drafted.notes)


@pytest.mark.parametrize("case", [*RAW, *SAID_OTHERWISE], ids=name)
def test_the_target_means_the_desired_text(target: Target, case: Case) -> None:
    target.reset(case.text(case.before))
    desired = case.text(case.after)
    plan = make_plan(target.client, read_desired(desired, "haproxy.cfg"), identity(target))
    assert apply_plan(target.client, plan).changed
    text = target.client.snapshot().text
    assert compare(Configuration.from_text(text), Configuration.from_text(desired)) == ()
    assert facts(text) == facts(desired)
    assert make_plan(target.client, read_desired(desired, "haproxy.cfg"), identity(target)).operations == ()


@pytest.mark.parametrize(("kind", "odd", "mate"), NEIGHBOURS)
def test_a_write_that_would_damage_a_line_beside_it_goes_raw(kind: str, odd: str, mate: str) -> None:
    drafted = Case(0, kind, odd, f"{odd};{mate}").drafted
    assert drafted.lane == "raw"
    assert f"`{odd}` would be changed with it" in drafted.lane_reason


@pytest.mark.parametrize(("kind", "odd", "mate"), UNREAD)
def test_a_write_beside_a_line_that_the_server_does_not_read_is_an_operation(kind: str, odd: str, mate: str) -> None:
    drafted = Case(0, kind, odd, f"{mate};{odd}").drafted
    assert drafted.lane == "raw"
    assert "its place among the lines of its keyword changes" in drafted.lane_reason
    assert Case(0, kind, f"{mate};{odd}", f"{mate} if TRUE;{odd}").drafted.lane == "transaction"


@pytest.mark.parametrize(("kind", "odd", "mate"), APART)
def test_what_the_server_reads_into_less_keeps_its_place_as_text(
    target: Target, kind: str, odd: str, mate: str
) -> None:
    case = Case(0, kind, "", f"{odd};{mate}")
    target.reset(case.text(case.before))
    plan = make_plan(target.client, read_desired(case.text(case.after), "haproxy.cfg"), identity(target))
    assert plan.lane == "raw"
    apply_plan(target.client, plan)
    assert facts(target.client.snapshot().text) == facts(case.text(case.after))
    assert (
        make_plan(target.client, read_desired(case.text(case.after), "haproxy.cfg"), identity(target)).operations == ()
    )


@pytest.mark.parametrize(("kind", "odd", "mate"), [*NEIGHBOURS, *UNREAD])
def test_a_write_elsewhere_in_the_section_is_an_operation_and_the_line_survives(
    target: Target, kind: str, odd: str, mate: str
) -> None:
    case = Case(0, kind, f"{mate};{odd}", f"acl a src 10.0.0.1;{mate};{odd}")
    target.reset(case.text(case.before))
    plan = make_plan(target.client, read_desired(case.text(case.after), "haproxy.cfg"), identity(target))
    assert [one.address for one in plan.operations] == [f"{kind}s/x/acls"]
    assert [one.line for one in plan.unaddressed] == [odd]
    apply_plan(target.client, plan)
    assert facts(target.client.snapshot().text) == facts(case.text(case.after))


REFUSED = [
    ("frontend", "http-request tarpit timeout 2s;http-request allow"),
    ("frontend", "redirect prefix / drop-query append-slash set-cookie A=1"),
    ("frontend", "http-request redirect prefix / drop-query append-slash set-cookie A=1"),
    ("backend", "errorloc302 404 /a;errorloc302 503 /b"),
    ("backend", "option httpchk;option tcp-check"),
    ("global", "unix-bind mode 600;unix-bind user x"),
    ("resolvers", "nameserver n2 192.0.2.54:53 source 192.0.2.1"),
    ("frontend", "http-request set-nice 5 further if TRUE"),
]
"""Texts of which a server would drop words, or change the order with another meaning."""


@pytest.mark.parametrize(("kind", "lines"), REFUSED)
def test_what_a_server_would_lose_is_refused_before_anything_is_sent(target: Target, kind: str, lines: str) -> None:
    """Except for a target that keeps its text."""
    case = Case(0, kind, "", lines)
    target.reset(case.text(case.before))
    target.tap.clear()
    keeps = identity(target).url.startswith("file:")
    with nullcontext() if keeps else pytest.raises(ConfigError):
        make_plan(target.client, read_desired(case.text(case.after), "haproxy.cfg"), identity(target))
    assert target.tap.kinds == ["read"]


def test_children_in_a_body_are_sent_with_full_section_only() -> None:
    """Without it the server echoes the children and does not write them (surprise 20)."""
    drafted = draft(
        Configuration.from_text(""),
        Configuration.from_text("backend x\n  acl a src 10.0.0.1\n  server s h:80\n"),
        api=API,
    )
    (created,) = drafted.operations
    assert isinstance(created.request.body, dict)
    assert {"acl_list", "servers"} <= set(created.request.body)
    assert created.request.query == (("full_section", "true"),)
