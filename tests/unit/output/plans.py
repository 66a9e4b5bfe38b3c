"""Plans for the tests of the outputs: made from two texts, without a target."""

from __future__ import annotations

from dataclasses import replace

from hsync.errors import Fault
from hsync.model import Configuration
from hsync.output.words import Saved
from hsync.plan.plan import Base, Plan, Result, Target
from hsync.plan.verdict import LOCAL, Finding, Severity, Verdict
from tests.drafts import draft

SAVED = Saved("edge1.plan.json", "sha256:" + "4c1d7f21" * 8)

CURRENT = """\
global
  daemon

frontend www
  bind :80
  acl is_static path_beg /static
  acl old hdr(host) old.example
  use_backend static if is_static
  use_backend web if old
  default_backend web

backend web
  balance roundrobin
  timeout server 30s
  server web1 10.0.0.1:8080 check weight 100
  server web2 10.0.0.2:8080 check weight 100

backend static
  server s1 10.0.0.9:80

listen stats
  bind :9000
  stats enable

backend gone
  server g1 10.0.0.7:80
"""

DESIRED = """\
global
  daemon

frontend www
  bind :80
  acl is_static path_beg /static
  acl is_api path_beg /api
  use_backend web if old
  use_backend api if is_api
  use_backend static if is_static
  default_backend web

backend web
  balance leastconn
  server web1 10.0.0.1:8080 check weight 100
  server web2 10.0.0.2:8080 check weight 50

backend static
  server s1 10.0.0.9:80

listen stats
  bind :9000
  stats enable

backend api
  mode http
  balance roundrobin
  server api1 10.0.0.11:8080 check
  server api2 10.0.0.12:8080 check
"""

RAW_DESIRED = CURRENT.replace("  stats enable\n", "  stats enable\n  stats uri /stats\n  stats refresh 5s\n")


def plan_of(current: str, desired: str, *, drift: tuple[str, ...] = (), diff: tuple[str, ...] = ()) -> Plan:
    """A plan from one text to another."""
    made = draft(
        Configuration.from_text(current, "edge1"),
        Configuration.from_text(desired, "templates/haproxy.cfg.j2"),
        api="3.4",
    )
    return Plan(
        target=Target("edge1", "https://edge1.example:5555", "3.4"),
        base=Base(41, "9f3c51d0" * 8),
        lane=made.lane,
        lane_reason=made.lane_reason,
        result=Result("77ab09e4" * 8, diff),
        changes=made.changes,
        operations=made.operations,
        inputs=(("templates/haproxy.cfg.j2", "11aa" * 16),),
        unaddressed=made.unaddressed,
        risks=made.risks,
        drift=drift,
        notes=made.notes,
    )


DIFF = (
    "@@ backend web",
    "-  server web2 10.0.0.2:8080 check weight 100",
    "+  server web2 10.0.0.2:8080 check weight 50",
)
DRIFT = ("the target runs version 41, hsync left version 40",)

WARNED = Verdict(
    LOCAL,
    findings=(
        Finding(
            Severity.WARNING,
            Fault("templates/haproxy.cfg.j2:9", "'acl' will never match", "did you mean `hdr`?", "  acl a hrd x", 9),
        ),
        Finding(Severity.WARNING, Fault("haproxy", "[evil](https://x.example) <b>")),
    ),
)
REFUSED = Verdict(LOCAL, findings=(Finding(Severity.ERROR, WARNED.findings[0].fault),))
UNCHECKED = Verdict(reason="there is no HAProxy binary")

TRANSACTION = replace(plan_of(CURRENT, DESIRED, drift=DRIFT, diff=DIFF), verdict=WARNED)
RAW = replace(plan_of(CURRENT, RAW_DESIRED), verdict=REFUSED)
NOTHING = replace(plan_of(CURRENT, CURRENT), verdict=UNCHECKED)
