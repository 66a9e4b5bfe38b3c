"""traffic: sections and servers that no longer get requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hsync.plan.risk import Level
from hsync.risks.endpoints import binds_of, servers_of
from hsync.risks.pair import Both, Pair
from hsync.risks.rule import Example, Found, Rule
from hsync.risks.side import PROXIES, Line, View
from hsync.risks.steps import routes_of, steps_of


def _deleted(pair: Pair) -> Iterator[Found]:
    taken = {new.address for both in pair.about("bind") for old, new in both.binds if new and not old}
    users = _users(pair) if pair.deleted else {}
    for view in pair.deleted:
        if view.key[0] in PROXIES:
            yield _deleted_proxy(view, taken, sorted(users.get(view.name, ())))
        elif view.key[0] not in {"global", "defaults"}:
            yield Found(view.key, "is deleted", level=Level.LOW)


def _deleted_proxy(view: View, taken: set[str], users: Sequence[str]) -> Found:
    servers, binds = (servers_of(view) if view.serves else {}), (binds_of(view) if view.listens else {})
    lost = sorted(address for address in binds if address not in taken)
    parts = [f"{len(servers)} server{'s' * (len(servers) != 1)}"] if servers else []
    parts += [f"bind {', '.join(sorted(binds))}"] if binds else []
    told = f"is deleted with {' and '.join(parts)}" if parts else "is deleted"
    if binds and not lost:
        told += ", whose addresses other sections take"
    elif view.key[0] == "backend":
        told += f"; it got requests from {', '.join(users)}" if users else "; no rule named it"
    high = bool(lost) or (bool(users) and any(one.usable for one in servers.values()))
    return Found(view.key, told, level=Level.HIGH if high else Level.MEDIUM)


def _users(pair: Pair) -> dict[str, set[str]]:
    """The proxies that sent requests to each backend. They change too, if the backend is deleted."""
    found: dict[str, set[str]] = {}
    for view in pair.before.views("frontend", "listen", "defaults"):
        for route in routes_of(view) if view.key in pair.changed else ():
            found.setdefault(route.backend, set()).add(f"{view.key[0]} {view.name}")
    return found


def _without_servers(pair: Pair) -> Iterator[Found]:
    for both in pair.about("server", "server-template", "default-server"):
        gone = both.lost_servers
        if both.after.serves and gone and not _usable(both.after):
            told = f"no usable server is left of {_usable(both.before)}: requests get a 503"
            yield Found(both.key, told, _line_of_lost(both))
    for both in pair.both("backend"):
        if both.new and _answers_nothing(both.after):
            yield Found(both.key, "is new and has no usable server: requests get a 503", level=Level.MEDIUM)


def _line_of_lost(both: Both) -> Line:
    """The line of the first server that no longer gets requests; the old one if it is removed."""
    first = min(both.lost_servers, key=lambda one: one.name)
    return servers_of(both.after).get(first.name, first).line


def _usable(view: View) -> int:
    return sum(one.usable for one in servers_of(view).values())


def _answers_nothing(view: View) -> bool:
    answers = any(step.action in {"return", "redirect", "deny", "use-service", "tarpit"} for step in steps_of(view))
    other = any(view.own(word) for word in ("dispatch", "redirect", "stats", "server-template"))
    return not answers and not other and view.option("transparent") is None and not _usable(view)


def _half(pair: Pair) -> Iterator[Found]:
    for both in pair.about("server", "server-template", "default-server"):
        if not both.lost_servers or not both.after.serves:
            continue
        had, has = _usable(both.before), _usable(both.after)
        line = _line_of_lost(both)
        if has and has * 2 <= had:
            yield Found(both.key, f"only {has} of {had} servers can get requests", line)
        elif has and _only_backups(both.after) and not _only_backups(both.before):
            yield Found(both.key, "only backup servers are left", line)


def _only_backups(view: View) -> bool:
    return all("backup" in one.params for one in servers_of(view).values() if one.usable)


def _disabled(pair: Pair) -> Iterator[Found]:
    for both in pair.about("disabled", "enabled"):
        if both.after.is_disabled and not both.before.is_disabled and not both.new:
            line = both.after.last("disabled")
            home = both.home(None, line)
            yield Found(home, "is disabled: it accepts and forwards nothing", line, both.heir(home))


def _mode(pair: Pair) -> Iterator[Found]:
    for both in pair.about("mode"):
        old, new = both.before.mode, both.after.mode
        if old != new and not both.new and {old, new} == {"http", "tcp"}:
            home = both.home(*both.lasts("mode"))
            effect = "its rules about HTTP are no longer evaluated" if new == "tcp" else "what is not HTTP is refused"
            level = Level.HIGH if new == "tcp" else Level.MEDIUM
            yield Found(home, f"mode {old} → {new}: {effect}", both.after.last("mode"), both.heir(home), level)


RULES = (
    Rule(
        "section-deleted",
        Level.HIGH,
        "A section is deleted. High if it listened on an address, or got requests from a rule and had usable servers.",
        "Clients of a deleted frontend get a refused connection; requests to a deleted backend go somewhere else. "
        "A section under a new name is no deletion.",
        Example(
            "frontend www\n  bind :80\n  default_backend app\nbackend app\n  server a 192.0.2.1:80\n"
            "backend shop\n  server s 192.0.2.2:80\nfrontend old\n  bind :81\n  default_backend shop\n",
            "frontend www\n  bind :80\n  default_backend app\nbackend app\n  server a 192.0.2.1:80\n",
        ),
        _deleted,
    ),
    Rule(
        "no-server-left",
        Level.HIGH,
        "The last usable server of a backend is removed, disabled, or gets weight 0.",
        "HAProxy answers every request with 503 when no server is usable. A backend that answers by a rule (`return`, "
        "`redirect`) needs none.",
        Example(
            "backend app\n  server a 192.0.2.1:80\n",
            "backend app\n  server a 192.0.2.1:80 disabled\n",
        ),
        _without_servers,
    ),
    Rule(
        "capacity-halved",
        Level.MEDIUM,
        "Half of the usable servers of a backend or more are removed or disabled, or only backup servers are left.",
        "The servers that are left get the whole load at once.",
        Example(
            "backend app\n  server a 192.0.2.1:80\n  server b 192.0.2.2:80\n",
            "backend app\n  server a 192.0.2.1:80\n  server b 192.0.2.2:80 weight 0\n",
        ),
        _half,
    ),
    Rule(
        "proxy-disabled",
        Level.HIGH,
        "A proxy is disabled, by its own line or by its defaults.",
        "A disabled frontend does not listen, and no names are looked up for a disabled backend.",
        Example(
            "backend app\n  server a 192.0.2.1:80\n",
            "backend app\n  disabled\n  server a 192.0.2.1:80\n",
        ),
        _disabled,
    ),
    Rule(
        "mode-changed",
        Level.HIGH,
        "A proxy changes between HTTP and TCP, by its own line or by its defaults.",
        "In mode tcp HAProxy ignores http-request rules (denials and redirects too), headers and cookies.",
        Example(
            "frontend www\n  mode http\n  bind :80\n  http-request deny if { path /admin }\n",
            "frontend www\n  mode tcp\n  bind :80\n  http-request deny if { path /admin }\n",
        ),
        _mode,
    ),
)
