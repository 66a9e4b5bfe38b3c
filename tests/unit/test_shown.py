"""A plan that shows something else than it sends is refused, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hsync.errors import HsyncError, UnsafePlanError
from hsync.plan.plan import Action, Base, Operation, Plan
from hsync.plan.secrets import forget
from hsync.plan.snapshot import digest
from hsync.session import apply_plan, make_plan, read_desired, verify_plan
from hsync.session.promise import replay
from hsync.session.shown import refuse_contradiction
from hsync.store import planfile
from hsync.testing import Server

pytestmark = pytest.mark.attack("hostile plans")

BASE = (
    "global\n  maxconn 500\n\ndefaults base\n  mode http\n\nfrontend www from base\n  bind :80\n"
    "  http-request deny if { src 192.0.2.0/24 }\n  default_backend web\n\nbackend web from base\n"
    "  server w1 192.0.2.1:80 check\n  server w2 192.0.2.2:80\n\nbackend payments from base\n  server p1 192.0.2.9:80\n"
)
DESIRED = BASE.replace("maxconn 500", "maxconn 700").replace("192.0.2.2:80", "192.0.2.2:8080")


@pytest.fixture(params=["server", "file"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    path = tmp_path / "haproxy.cfg" if request.param == "file" else None
    with Server(BASE, path=path, rewrites=request.param == "server") as made:
        yield made


def planned(server: Server, desired: str = DESIRED) -> Plan:
    target = server.client.as_target("edge")
    plan = make_plan(server.client, read_desired(desired, "d", kept=target.keeps_text), target)
    server.tap.clear()
    return plan


def promising(server: Server, plan: Plan) -> Plan:
    """A forged plan with a digest that fits what its operations do."""
    body = server.client.snapshot().body
    return replace(plan, result=replace(plan.result, sha256=digest(replay(body, replace(plan)))))


def with_body(plan: Plan, address: str, change: Callable[[dict[str, object]], dict[str, object]]) -> Plan:
    def edited(one: Operation) -> Operation:
        if one.address != address:
            return one
        body = change(dict(one.request.body))  # type: ignore[arg-type]
        return replace(one, request=replace(one.request, body=body))  # type: ignore[arg-type]

    return replace(plan, operations=tuple(map(edited, plan.operations)), result=replace(plan.result, layout=()))


def other(server: Server, plan: Plan, desired: str) -> Plan:
    """The operations of another plan behind what this one shows."""
    evil = planned(server, desired)
    shown = {change.address for change in plan.changes}
    operations = tuple(
        replace(one, changes=tuple(name for name in one.changes if name in {str(a) for a in shown}))
        for one in evil.operations
    )
    return replace(plan, operations=operations, result=replace(evil.result, diff=plan.result.diff), lane=evil.lane)


LUA = "  lua-load /tmp/evil.lua\n"


def without_the_last_line(diff: tuple[str, ...]) -> tuple[str, ...]:
    """A text diff without its last added or removed line."""
    last = max(at for at, line in enumerate(diff) if line[0] in "+-" and line[1:].strip())
    return (*diff[:last], *diff[last + 1 :])


FORGERIES: dict[str, tuple[Callable[[Server, Plan], Plan], str]] = {
    "a body that loads Lua": (
        lambda _, plan: with_body(
            plan, "global", lambda body: {**body, "lua_options": {"loads": [{"file": "/tmp/evil.lua"}]}}
        ),
        "update global differs from the operations|text diff",
    ),
    "another number": (
        lambda _, plan: with_body(plan, "global", lambda body: {**body, "performance_options": {"maxconn": 1}}),
        "update global differs from the operations",
    ),
    "another address of a server": (
        lambda _, plan: with_body(plan, "backends/web/servers/w2", lambda body: {**body, "address": "203.0.113.66"}),
        "update backends/web/servers/w2 differs from the operations",
    ),
    "a deleted backend": (
        lambda server, plan: other(
            server, plan, DESIRED.replace("backend payments from base\n  server p1 192.0.2.9:80\n", "")
        ),
        "it does not show `delete backends/payments`",
    ),
    "a rule that goes": (
        lambda server, plan: other(server, plan, DESIRED.replace("  http-request deny if { src 192.0.2.0/24 }\n", "")),
        r"it does not show `delete frontends/www/http_request_rules\[0\]`",
    ),
    "a check that goes": (
        lambda server, plan: other(server, plan, DESIRED.replace(" check", "")),
        "it does not show `update backends/web/servers/w1`",
    ),
    "a whole other text": (
        lambda server, plan: other(server, plan, f"{DESIRED}\nlisten evil\n  bind :6666\n"),
        "it does not show `create listen/evil`",
    ),
    "less than it shows": (
        lambda server, plan: other(server, plan, BASE.replace("maxconn 500", "maxconn 700")),
        "its operations do not update backends/web/servers/w2",
    ),
    "nothing of what it shows": (
        lambda _, plan: replace(plan, operations=(), result=replace(plan.result, layout=())),
        "its operations do not update global",
    ),
    "a diff of something else": (
        lambda _, plan: replace(plan, result=replace(plan.result, diff=without_the_last_line(plan.result.diff))),
        "the text diff differs",
    ),
    "a secret in the place of a line": (
        lambda _, plan: replace(
            plan,
            result=replace(
                plan.result, diff=tuple(f"{line[0]}(secret)" if line[0] in "+-" else line for line in plan.result.diff)
            ),
        ),
        "the text diff differs",
    ),
    "another line after": (
        lambda _, plan: replace(
            plan,
            changes=tuple(
                replace(one, line_after="server w2 192.0.2.2:9090") if one.line_after else one for one in plan.changes
            ),
        ),
        "update backends/web/servers/w2 differs from the operations",
    ),
    "seconds for milliseconds": (
        lambda _, plan: replace(plan, changes=tuple(replace(one, units={"port": "ms"}) for one in plan.changes)),
        "differs from the operations",
    ),
    "an update that is called a move": (
        lambda _, plan: replace(plan, changes=tuple(replace(one, action=Action.MOVE) for one in plan.changes)),
        "it does not show `update",
    ),
}


@pytest.mark.parametrize("run", [apply_plan, verify_plan], ids=["apply", "verify"])
@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_plan_is_refused_before_anything_is_sent(
    server: Server, name: str, run: Callable[..., object]
) -> None:
    forge, what = FORGERIES[name]
    plan = promising(server, forge(server, planned(server)))
    server.tap.clear()
    with pytest.raises(
        UnsafePlanError, match=rf"^the plan shows other changes than those of its operations: .*({what})"
    ) as caught:
        run(server.client, plan)
    assert caught.value.exit_code == 4
    assert server.tap.writes == []
    assert server.client.snapshot().body == BASE


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_plan_is_not_called_applied_already(server: Server, name: str) -> None:
    """It says that what the target runs is its result: then nothing is sent, and what it shows has not happened."""
    forge, _ = FORGERIES[name]
    plan = forge(server, planned(server))
    now = server.client.snapshot()
    plan = replace(plan, base=replace(plan.base, sha256="0" * 64), result=replace(plan.result, sha256=now.sha256))
    server.tap.clear()
    moved = "has changed since the plan was made"
    told = "^the plan shows other changes than those of its operations: " if plan.operations else moved
    with pytest.raises(HsyncError, match=told) as caught:
        apply_plan(server.client, plan)
    assert caught.value.exit_code == (4 if plan.operations else 3)
    assert server.tap.writes == []


def test_no_reload_is_no_word_of_a_plan_for_a_server() -> None:
    with Server(BASE) as server:
        plan = planned(server)
        for count in (1, len(plan.operations)):
            quiet = tuple(replace(one, reload=one.seq > count) for one in plan.operations)
            with pytest.raises(UnsafePlanError, match="it has no reload for global"):
                apply_plan(server.client, replace(plan, operations=quiet))


def test_a_risk_cannot_be_taken_away() -> None:
    with Server(BASE) as server:
        plan = planned(server, DESIRED.replace("backend payments from base\n  server p1 192.0.2.9:80\n", ""))
        assert "section-deleted" in [one.rule for one in plan.risks]
        with pytest.raises(UnsafePlanError, match="it does not show the risk section-deleted of backends/payments"):
            apply_plan(server.client, replace(plan, risks=()))


def test_what_hsync_wrote_is_not_refused_whatever_the_spelling(server: Server) -> None:
    odd = DESIRED.replace("server w2 192.0.2.2:8080", '"server" w2 "192.0.2.2:8080" weight  10 check   # a comment')
    odd = odd.replace("  mode http", "  mode  http\n  timeout client 5s\n  timeout server 5000ms")
    plan = planned(server, odd)
    verify_plan(server.client, plan)
    assert apply_plan(server.client, plan).changed


@pytest.mark.parametrize("rewrites", [True, False], ids=["server", "file"])
@pytest.mark.parametrize(
    ("section", "lines"),
    [
        ("userlist people", ["group b users zoe", "group a users ann", "user zoe password x", "user ann password y"]),
        ("resolvers dns", ["nameserver b 192.0.2.2:53", "nameserver a 192.0.2.1:53"]),
        ("mailers mail", ["mailer b 192.0.2.2:25", "mailer a 192.0.2.1:25"]),
        ("peers all", ["peer b 192.0.2.2:1024", "peer a 192.0.2.1:1024"]),
        ("backend more", ["server b 192.0.2.2:80", "server a 192.0.2.1:80"]),
    ],
)
def test_an_order_that_means_nothing_is_the_server_s(
    section: str, lines: list[str], rewrites: bool, tmp_path: Path
) -> None:
    """A new section travels as one object, in which such children have no order."""
    desired = f"{BASE}\n{section}\n" + "".join(f"  {line}\n" for line in lines)
    with Server(BASE, path=None if rewrites else tmp_path / "h.cfg", rewrites=rewrites) as server:
        plan = planned(server, desired)
        verify_plan(server.client, plan)
        assert apply_plan(server.client, plan).changed
        assert not planned(server, desired).operations


# Without the target: what `show` checks


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_plan_is_refused_where_it_is_shown(server: Server, name: str) -> None:
    forge, _ = FORGERIES[name]
    plan = promising(server, forge(server, planned(server)))
    with pytest.raises(
        UnsafePlanError, match=r"^the plan shows other changes than those of its operations: "
    ) as caught:
        refuse_contradiction(plan)
    assert "make the plan again" in caught.value.hint


@pytest.mark.parametrize(
    "desired",
    [
        DESIRED,
        BASE,
        "",
        f"{DESIRED}\nlisten more\n  bind :81\n",
        DESIRED.replace("  http-request deny if { src 192.0.2.0/24 }\n", "")
        + "\nbackend new from base\n  server n1 192.0.2.7:80\n",
        DESIRED.replace("maxconn 700", "maxconn 700\n  stats socket /run/x level admin"),
        f"{DESIRED}\nuserlist people\n  user ann insecure-password tomorrow\n",
    ],
    ids=["two changes", "nothing", "everything goes", "raw", "a rule goes", "a stats socket", "a password comes"],
)
def test_an_honest_plan_is_shown_from_its_file(server: Server, desired: str, tmp_path: Path) -> None:
    path = tmp_path / "edge.plan.json"
    planfile.write(path, planned(server, desired or "global\n  maxconn 1\n"), planfile.Meta())
    read = planfile.read(path)[0]
    assert read.base.sections is not None
    refuse_contradiction(read)


def test_secrets_of_the_target_are_masked_and_told_apart(tmp_path: Path) -> None:
    users = "\nuserlist people\n  user ann insecure-password {}\n  user bob insecure-password stays-as-it-is\n"
    with Server(BASE + users.format("yesterday-1")) as server:
        plan = planned(server, BASE + users.format("tomorrow-2"))
        path = tmp_path / "edge.plan.json"
        planfile.write(path, forget(plan), planfile.Meta())
        text = path.read_text()
        assert "yesterday-1" not in text
        assert "(secret-before)" in text
        read = planfile.read(path)[0]
        refuse_contradiction(read)
        quiet = replace(read, changes=())
        with pytest.raises(UnsafePlanError, match="it does not show `update userlists/people/users/ann`"):
            refuse_contradiction(quiet)


def test_a_plan_that_cannot_be_compared_carries_no_sections() -> None:
    with Server(BASE) as server:
        plan = replace(planned(server), base=Base(1, "", sections=None))
        refuse_contradiction(plan)
