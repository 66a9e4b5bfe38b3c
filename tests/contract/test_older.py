"""A plan knows the fields that an older server lacks or writes incorrectly: raw lane with a reason, or refusal.

The facts were measured on client-native 6.2.5 (Data Plane API 3.2.5, the library in tests/engine) and 6.3.0 (the first of
3.3), and with the answers of Data Plane API 3.4.2 for fields that 6.3.0 still refuses. Each case is
applied to the engine, and reverted.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hsync.dataplane import DataplaneClient
from hsync.errors import ConfigError
from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.plan.losses import losses
from hsync.plan.plan import Plan
from hsync.session import apply_plan, make_plan, read_desired
from tests.drafts import draft
from tests.oracle.engine import API, Engine, EngineError, engine
from tests.oracle.score import canonical_configuration

__all__ = ["engine"]

CONTEXT = {"acme": ("directory https://acme.example/dir",), "fcgi-app": ("docroot /d", "option max-reqs 5")}
"""Lines that a section must have."""


@dataclass(frozen=True)
class Case:
    """A line that is added to a section and removed again.

    Args:
        kind: of the section.
        line: the line.
        says: a part of the reason for the raw lane.
        since: first API release that does not need the raw lane for it.
        stays: whether an operation that removes the line would have no effect.
    """

    kind: str
    line: str
    says: str
    since: str = "3.3"
    stays: bool = False

    @property
    def without(self) -> str:
        """A configuration with the section."""
        return text(self.kind)

    @property
    def desired(self) -> str:
        """The configuration with the line."""
        return text(self.kind, self.line)


def text(kind: str, *lines: str) -> str:
    if kind == "global":
        return "\n  ".join(["global", "maxconn 5", *lines]) + "\n"
    named = [section for words, section in NAMED.items() if any(words in line for line in lines)]
    return (
        "global\n  maxconn 5\n\n" + "\n  ".join([f"{kind} x", *CONTEXT.get(kind, ()), *lines]) + "\n" + "".join(named)
    )


NAMED = {
    " profile p": "log-profile p\n  log-tag it\n",
    " table t": "backend t\n  stick-table type ip size 1k\n",
    "use-fcgi-app f": "fcgi-app f\n  docroot /d\n  option max-reqs 5\n",
}
"""Sections that lines refer to: undefined names would end the plan."""


DAMAGED = [
    Case("frontend", "http-request sc-inc-gpc(0,1)", "`http-request sc-inc-gpc(0,1)` since"),
    Case("backend", "http-response sc-inc-gpc(0,1)", "`http-response sc-inc-gpc(0,1)` since"),
    Case("frontend", "http-request sc-add-gpc(0,1) int(3)", "`http-request sc-add-gpc(0,1) int(3)` since"),
    Case("frontend", "http-response sc-add-gpc(0,1) int(3)", "`http-response sc-add-gpc(0,1) int(3)` since"),
    Case("backend", "http-after-response sc-add-gpc(0,1) int(3)", "`http-after-response sc-add-gpc(0,1) int(3)` since"),
    Case("frontend", "http-request set-bandwidth-limit b limit 1k", "set-bandwidth-limit b limit 1k` since"),
    Case("frontend", "http-response set-bandwidth-limit b period 1s", "set-bandwidth-limit b period 1s` since"),
    Case("frontend", "tcp-request content set-bandwidth-limit b", "set-bandwidth-limit b` since"),
    Case("backend", "tcp-response content set-bandwidth-limit b limit 1k", "set-bandwidth-limit b limit 1k` since"),
    Case("frontend", "log-steps accept,close", "log_steps since"),
    Case("defaults", "log-steps any", "log_steps since"),
    Case("backend", "stats refresh 5s", "stats_options.stats_refresh_delay since"),
    Case("defaults", "stats refresh 5", "stats_options.stats_refresh_delay since"),
    Case("backend", "use-fcgi-app f", "use_fcgi_app since"),
    Case("frontend", "filter bwlim-in b limit 16k key src table t min-size 1k", "min_size since"),
    Case("backend", "filter bwlim-out b default-limit 1k default-period 1s min-size 1k", "min_size since"),
    Case("frontend", "bind :80 name it tls-tickets", "tls_tickets since"),
    Case("frontend", "bind :80 name it no-tls-tickets", "tls_tickets since"),
    Case("global", "stats socket /x no-tls-tickets", "runtime_apis[].tls_tickets since"),
    Case("peers", "default-bind tls-tickets", "default_bind.tls_tickets since"),
    Case("fcgi-app", "option get-values", "get_values since"),
    Case("fcgi-app", "no option mpxs-conns", "mpxs_conns since"),
    Case("acme", "bits 512", "bits 512 since", since="3.4"),
    Case("acme", "challenge dns-persist-01", "challenge 'dns-persist-01' since", since="3.4"),
    Case("frontend", "log-tag ${TAG}", "log_tag '${TAG}' since", since="3.4"),
    Case("userlist", "user ${U} insecure-password p", "username '${U}' since", since="3.4"),
    Case("userlist", "group ${G}", "name '${G}' since", since="3.4"),
    Case("mailers", "mailer ${M} 10.0.0.1:25", "name '${M}' since", since="3.4"),
    Case("peers", "peer ${P} 10.0.0.1:1024", "name '${P}' since", since="3.4"),
    Case("resolvers", "nameserver ${N} 10.0.0.1:53", "name '${N}' since", since="3.4"),
]
"""Lines with fields that the older server's API has, but writes incorrectly or refuses."""

UNKNOWN = [
    Case("frontend", "http-after-response set-var-fmt(txn.a) b", "set-var-fmt(txn.a) b` since", stays=True),
    Case("frontend", "id 7", "id since", stays=True),
    Case("backend", "id 7", "id since", stays=True),
    Case("frontend", "filter comp-req", "`filter comp-req` since", since="3.4", stays=True),
    Case("backend", "server s h:80 ktls on", "ktls since", stays=True),
    Case("backend", "default-server ktls on", "default_server.ktls since", stays=True),
]
"""Lines that the older server keeps as text."""

ANYWAY = [
    Case("frontend", "monitor-uri /%[src]", "cannot express '/%[src]'", since=""),
    Case("global", "http-err-codes %[src]", "cannot express '%[src]'", since=""),
    Case("backend", "tcp-check expect !rstring x", "reads the `!` as part of the match type", since=""),
    Case("backend", "http-check expect !rstring x", "reads the `!` as part of the match type", since=""),
]
"""Lines that no API release can express."""

SAME = [
    ("backend", "server s h:80 force-tlsv12"),
    ("backend", "server s h:80 no-tlsv10"),
    ("backend", "default-server force-sslv3"),
    ("global", "nosplice"),
    ("frontend", "http-after-response sc-inc-gpc(0,1)"),
    ("frontend", "http-request set-bandwidth-limit b limit 1k period 1s"),
    ("frontend", "filter bwlim-in b limit 16k key src table t"),
    ("acme", "bits 2048"),
    ("frontend", "log-tag it"),
]
"""Similar lines that the server writes with a repeated word or a default, but with the same meaning: operations write them."""

REFUSED = [
    ("frontend", ("http-request do-log profile p",), "would drop words that it does not know"),
    ("global", ("stats socket /x level admin ktls on",), "would drop words that it does not know"),
    ("peers", ("default-bind ssl ktls on",), "would drop words that it does not know"),
    ("frontend", ("filter comp-req", "filter compression"), "would move it below 1 other filter line"),
    ("backend", ("server a h:80 ktls on", "server b h:80"), "would move it below 1 other server line"),
    ("backend", ("default-server ktls on", "server b h:80"), "would move it below `server b`"),
]
"""Lines that an older server would change even in a pushed text, with the reason."""

ids = [f"{case.kind}-{case.line}" for case in (*DAMAGED, *UNKNOWN, *ANYWAY)]


def plan_for(client: DataplaneClient, desired: str) -> Plan:
    return make_plan(client, read_desired(desired, "t"), client.as_target("it"))


def lead(client: DataplaneClient, desired: str) -> Plan:
    plan = plan_for(client, desired)
    assert apply_plan(client, plan).changed
    now = Configuration.from_text(client.snapshot().text)
    assert compare(now, Configuration.from_text(desired)) == ()
    assert plan_for(client, desired).operations == ()
    return plan


def lane_at(api: str, before: str, after: str) -> str:
    return draft(Configuration.from_text(before), Configuration.from_text(after), api=api).lane


@pytest.mark.parametrize("case", [*DAMAGED, *UNKNOWN, *ANYWAY], ids=ids)
def test_the_line_comes_as_text_with_the_reason_and_goes(engine: Engine, case: Case) -> None:
    engine.reset(case.without)
    with engine.client() as client:
        come = lead(client, case.desired)
        assert come.lane == "raw"
        assert case.says in come.lane_reason
        gone = lead(client, case.without)
        assert (gone.lane == "raw") == (case.stays or not case.since)


@pytest.mark.parametrize("case", [*DAMAGED, *UNKNOWN], ids=ids[: -len(ANYWAY)])
def test_a_newer_server_gets_an_operation(case: Case) -> None:
    assert lane_at(case.since, case.without, case.desired) == "transaction"
    assert lane_at(case.since, case.desired, case.without) == "transaction"


@pytest.mark.parametrize("case", DAMAGED, ids=ids[: len(DAMAGED)])
def test_the_older_server_is_still_wrong(engine: Engine, case: Case) -> None:
    """Otherwise the fact in the row is out of date."""
    try:
        written = engine.text(canonical_configuration(case.desired))
    except EngineError:
        return
    assert compare(Configuration.from_text(written), Configuration.from_text(case.desired))


def test_a_section_that_is_created_again_takes_its_unchanged_lines_along(engine: Engine) -> None:
    """Peers have no PUT: an unchanged line that the server writes incorrectly would be sent again."""
    engine.reset(text("peers", "bind *:82 no-tls-tickets"))
    with engine.client() as client:
        plan = lead(client, text("peers", "disabled", "bind *:82 no-tls-tickets"))
    assert plan.lane == "raw"
    assert "the API has tls_tickets since 3.3" in plan.lane_reason


@pytest.mark.parametrize(("kind", "line"), SAME)
def test_what_an_older_server_writes_with_the_same_meaning_is_an_operation(
    engine: Engine, kind: str, line: str
) -> None:
    engine.reset(text(kind))
    with engine.client() as client:
        assert lead(client, text(kind, line)).lane == "transaction"
        assert lead(client, text(kind)).lane == "transaction"


@pytest.mark.parametrize(("kind", "lines", "says"), REFUSED)
def test_what_an_older_server_would_change_as_text_is_refused_with_the_line(
    engine: Engine, kind: str, lines: tuple[str, ...], says: str
) -> None:
    desired = text(kind, *lines)
    assert compare(Configuration.from_text(engine.rewrite(desired)), Configuration.from_text(desired))
    engine.reset(text(kind))
    with engine.client() as client, pytest.raises(ConfigError) as raised:
        plan_for(client, desired)
    (fault,) = raised.value.faults
    assert says in fault.what
    assert f"`{lines[0]}`" in fault.what


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("frontend", ("http-after-response set-var-fmt(txn.a) b", "http-after-response allow")),
        ("frontend", ("http-request sc-inc-gpc(0,1)", "http-request allow")),
        ("frontend", ("filter compression", "filter comp-req")),
        ("backend", ("option prefer-last-server", "id 7", "fullconn 5")),
        ("backend", ("tcp-check expect comment c min-recv 2 !string x",)),  # in another order, it says the same
    ],
)
def test_what_an_older_server_keeps_in_place_is_no_loss(engine: Engine, kind: str, lines: tuple[str, ...]) -> None:
    desired = text(kind, *lines)
    assert losses(Configuration.from_text(desired), API) == []
    engine.reset(text(kind))
    with engine.client() as client:
        assert lead(client, desired).lane == "raw"
