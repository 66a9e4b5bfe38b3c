"""Plans for the tests of the store: one of each lane, with all fields set."""

from __future__ import annotations

from hsync.errors import Fault
from hsync.model import CONFIGURATION, Address
from hsync.plan.plan import (
    RAW,
    Action,
    Base,
    Change,
    Operation,
    Plan,
    Request,
    Result,
    Target,
    Unaddressed,
)
from hsync.plan.risk import Level, Risk
from hsync.plan.verdict import Finding, Severity, Verdict
from hsync.store.planfile import Meta

META = Meta(created="2026-11-23T21:20:04Z", git="8a41c0e", hsync="0.0.0", user="ops")

TARGET = Target(name="edge1", url="https://edge1.example:5555", api="3.2")

SERVER = f"{CONFIGURATION}/backends/web/servers/web2"

PLAN = Plan(
    target=TARGET,
    base=Base(41, "9f" * 32),
    lane="transaction",
    lane_reason="every change has an address in the API",
    result=Result("77" * 32, ("@@ backend web", "-  server web2 10.0.0.2:80 weight 100", "+  server web2 10.0.0.2:80")),
    changes=(
        Change(
            Action.CREATE,
            Address.parse_change("backends/api"),
            after={"check_timeout": 2000, "mode": "http"},
            line_after="backend api",
            source="templates/haproxy.cfg.j2:61",
            units={"check_timeout": "ms"},
        ),
        Change(
            Action.UPDATE,
            Address.parse_change("backends/web/servers/web2"),
            before={"weight": 100},
            after={"weight": None},
            line_before="server web2 10.0.0.2:80 weight 100",
            line_after="server web2 10.0.0.2:80",
            source="templates/haproxy.cfg.j2:54",
        ),
        Change(
            Action.MOVE,
            Address.parse_change("frontends/www/acls[1]"),
            line_after="acl is_static path_beg /static",
            was=0,
        ),
        Change(Action.DELETE, Address.parse_change("caches/old"), before={"max_age": 60}, line_before="cache old"),
    ),
    operations=(
        Operation(
            1,
            "create",
            Action.CREATE,
            "backends/api",
            Request("POST", f"{CONFIGURATION}/backends", (("full_section", "true"),), {"name": "api", "mode": "http"}),
            (Request("DELETE", f"{CONFIGURATION}/backends/api"),),
            ("backends/api",),
        ),
        Operation(
            2,
            "update",
            Action.UPDATE,
            "backends/web/servers/web2",
            Request("PUT", SERVER, (), {"name": "web2", "address": "10.0.0.2", "port": 80}),
            (Request("PUT", SERVER, (), {"name": "web2", "address": "10.0.0.2", "port": 80, "weight": 100}),),
            ("backends/web/servers/web2",),
        ),
        Operation(
            3,
            "update",
            Action.REPLACE,
            "frontends/www/acls",
            Request(
                "PUT", f"{CONFIGURATION}/frontends/www/acls", (), [{"acl_name": "is_api"}, {"acl_name": "caf\udce9"}]
            ),
            (Request("PUT", f"{CONFIGURATION}/frontends/www/acls", (), []),),
            ("frontends/www/acls[1]",),
            reload=False,
        ),
        Operation(
            4,
            "delete",
            Action.DELETE,
            "caches/old",
            Request("DELETE", f"{CONFIGURATION}/caches/old"),
            (Request("POST", f"{CONFIGURATION}/caches", (), {"name": "old", "max_age": 60}),),
            ("caches/old",),
        ),
    ),
    inputs=(("templates/haproxy.cfg.j2", "11" * 32), ("variables", "22" * 32)),
    unaddressed=(Unaddressed("haproxy.cfg:88", "listen stats", "the API has no listen sections", equal=True),),
    risks=(
        Risk("route-added", Level.LOW, Address("frontends", "www"), "now sends requests to backend api"),
        Risk(
            "tls-weaker",
            Level.HIGH,
            Address("frontends", "www"),
            "allows TLSv1.0 now (TLSv1.2 → TLSv1.0)",
            ("bind :443",),
            "bind :443 ssl ssl-min-ver TLSv1.0",
            "templates/haproxy.cfg.j2:9",
            "printers",
        ),
    ),
    drift=("backends/web was edited by hand",),
    notes=("comments differ in backend web",),
    verdict=Verdict(
        "haproxy -c",
        findings=(
            Finding(
                Severity.WARNING,
                Fault("haproxy.cfg:41", "this ACL will never match", "move it", "  acl is_api path_beg /api", 3),
            ),
        ),
    ),
)

RAW_PLAN = Plan(
    target=TARGET,
    base=Base(1, "00" * 32),
    lane="raw",
    lane_reason="listen stats: the API has no listen sections",
    result=Result("11" * 32),
    changes=(Change(Action.CREATE, Address.parse_change("listen/stats"), line_after="listen stats"),),
    operations=(
        Operation(
            1,
            "update",
            Action.REPLACE,
            RAW,
            Request("POST", f"{CONFIGURATION}/raw", (), "listen stats\n  # caf\udce9 \u202e\n"),
            changes=("listen/stats",),
        ),
    ),
)

NOTHING = Plan(TARGET, Base(1, "00" * 32), "transaction", "nothing to do", Result("00" * 32))
