"""admin: the statistics page, metrics, sockets of the runtime API, and hsync's own way in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hsync.plan.risk import Level
from hsync.risks.conditions import ALWAYS, Condition, acls_of, condition_of, implies, split_condition
from hsync.risks.endpoints import binds_of, params_of, servers_of, spot_of
from hsync.risks.pair import Both, Pair
from hsync.risks.rule import Example, Found, Rule, quoted
from hsync.risks.side import Line, View
from hsync.risks.steps import guards_of, steps_of

_PAGE = frozenset({"enable", "uri", "auth", "realm", "refresh", "admin", "scope"})
"""Words behind `stats` that turn the page on."""


def _page(view: View) -> Line | None:
    """A line that turns the statistics page on; None if it is off."""
    return next((line for line in view.all("stats") if len(line.words) > 1 and line.words[1] in _PAGE), None)


def _protected(view: View) -> bool:
    rules = [line for line in view.all("stats", "http-request") if {"auth", "deny"} & set(line.words[2:3])]
    return bool(view.all("stats", "auth") or rules or guards_of(view))


def _is_local(view: View) -> bool:
    binds = binds_of(view).values()
    return bool(binds) and all(spot_of(bind).is_local for bind in binds)


def _stats(pair: Pair) -> Iterator[Found]:
    for both in pair.about("stats", "http-request", "tcp-request", "acl"):
        line = _page(both.after)
        if line is None or _protected(both.after):
            continue
        level = Level.LOW if _is_local(both.after) else None
        if _page(both.before) is None:
            home = both.home(None, line)
            yield Found(home, "shows the statistics page to everybody", line, both.heir(home), level)
        elif _protected(both.before):
            lost = (both.lost("stats", "auth") or [line])[0]
            home = both.home(lost, line)
            yield Found(home, "shows the statistics page without a password now", lost, both.heir(home), level)


def _stats_admin(pair: Pair) -> Iterator[Found]:
    for both in pair.about("stats"):
        old = frozenset(term for line in both.before.all("stats", "admin") for term in _admin(both.before, line))
        for line in both.gained("stats", "admin"):
            new = _admin(both.after, line)
            if not implies(new, old):
                home = both.home(None, line)
                told = f"{quoted(line)}: the statistics page can disable servers"
                opens = implies(ALWAYS, new) or not _protected(both.after)
                yield Found(home, told, line, both.heir(home), Level.HIGH if opens else Level.MEDIUM)


def _admin(view: View, line: Line) -> Condition:
    return condition_of(split_condition(line.words)[1], acls_of(view))


def _metrics(pair: Pair) -> Iterator[Found]:
    for both in pair.about("http-request"):
        known = {step.line.words for step in steps_of(both.before)}
        for step in steps_of(both.after):
            new = step.line.words not in known and step.action == "use-service"
            if new and "prometheus-exporter" in step.args and not guards_of(both.after) and not _is_local(both.after):
                home = both.home(None, step.line)
                yield Found(home, f"{quoted(step.line)}: everybody can read the metrics", step.line, both.heir(home))


_SOCKET_FLAGS = frozenset({"v4v6", "v6only", "tfo", "defer-accept", "transparent", "accept-proxy", "ssl", "strict-sni"})
_LEVELS = ("user", "operator", "admin")


class _Socket:
    """A socket of the runtime API."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.address = line.words[2] if len(line.words) > 2 else ""
        self.params = params_of(line.words[3:], _SOCKET_FLAGS)
        level = self.params.get("level", "operator")
        self.rank = _LEVELS.index(level) if level in _LEVELS else 1
        self.mode = int(self.params.get("mode", "0"), 8) if re.fullmatch("[0-7]+", self.params.get("mode", "0")) else 0

    @property
    def is_remote(self) -> bool:
        """Whether other machines reach it."""
        return re.match(
            r"^(?:/|unix@|abns@|fd@|sockpair@)|^[^:]*$", self.address
        ) is None and not self.address.startswith(("127.", "ipv4@127.", "localhost:", "[::1]", "::1:"))

    @property
    def level(self) -> str:
        """Its level in words."""
        return _LEVELS[self.rank]


def _sockets(view: View) -> dict[str, _Socket]:
    found = [_Socket(line) for line in view.own("stats", "socket")]
    return {one.address: one for one in found}


def _socket_opened(pair: Pair) -> Iterator[Found]:
    for both in pair.both("global"):
        old, new = _sockets(both.before), _sockets(both.after)
        for address, socket in new.items():
            if address in old:
                yield from _socket_changed(both, old[address], socket)
            elif socket.is_remote:
                level = Level.HIGH if socket.rank or not old else Level.MEDIUM
                told = f"stats socket {address} is new, on the network, with level {socket.level}"
                yield Found(both.key, told, socket.line, "", level)
            elif socket.mode & 0o006:
                yield Found(
                    both.key, f"stats socket {address} is new, with mode {socket.mode:o} for everybody", socket.line
                )


def _socket_changed(both: Both, old: _Socket, new: _Socket) -> Iterator[Found]:
    if new.rank > old.rank:
        yield Found(both.key, f"stats socket {new.address}: level {old.level} → {new.level}", new.line)
    if new.mode & ~old.mode & 0o066:
        yield Found(both.key, f"stats socket {new.address}: mode {old.mode:o} → {new.mode:o}", new.line)


_OWN = re.compile(r"data-?plane|hsync", re.IGNORECASE)
_OWN_PORT = re.compile(r":5555$")


def _own_access(pair: Pair) -> Iterator[Found]:
    for both in pair.both("global"):
        old, new = _sockets(both.before), _sockets(both.after)
        lost = [socket for address, socket in sorted(old.items()) if address not in new]
        admin = [socket for socket in old.values() if socket.rank == 2]
        if lost and admin and not any(socket.rank == 2 for socket in new.values()):
            told = "no stats socket has level admin any more: the Data Plane API cannot change HAProxy at runtime"
            yield Found(both.key, told, lost[0].line)
        elif lost and not new:
            yield Found(both.key, "the last stats socket is removed: the Data Plane API needs one", lost[0].line)
        for address, socket in sorted(new.items()):
            if address in old and old[address].rank == 2 > socket.rank:
                told = f"stats socket {address}: level admin → {socket.level}: the Data Plane API needs admin"
                yield Found(both.key, told, socket.line)
    yield from _own_sections(pair)


def _own_sections(pair: Pair) -> Iterator[Found]:
    """The Data Plane API's program, users and proxies."""
    for view in pair.deleted:
        commands = [line for line in view.own("command") if _OWN.search(" ".join(line.words))]
        if view.key[0] == "program" and (commands or _OWN.search(view.name)):
            yield Found(view.key, "is deleted: it runs the Data Plane API", next(iter(commands), None))
        elif view.key[0] == "userlist" and _OWN.search(view.name):
            yield Found(view.key, "is deleted: the Data Plane API may take its users from it")
    for both in pair.both("userlist"):
        for line in both.lost("user") if _OWN.search(both.after.name) else []:
            if not both.after.own("user", line.words[1]):
                yield Found(both.key, f"user {line.words[1]} is removed: this user may be hsync's", line)
    for both in pair.about("server", "server-template", "default-server"):
        for old, new in both.servers:
            if old and not new and _OWN_PORT.search(old.address) and not _serves_api(both.after):
                yield Found(
                    both.key, f"server {old.name} {old.address} is removed: the Data Plane API's port", old.line
                )


def _serves_api(view: View) -> bool:
    return any(_OWN_PORT.search(server.address) for server in servers_of(view).values())


RULES = (
    Rule(
        "stats-opened",
        Level.HIGH,
        "The statistics page is new or loses its password, and no rule keeps anybody out. Low on a local address.",
        "The page shows names and addresses of all servers, and may let them be disabled.",
        Example(
            "listen stats\n  mode http\n  bind :8404\n  stats enable\n  stats auth ann:secret-word\n",
            "listen stats\n  mode http\n  bind :8404\n  stats enable\n",
        ),
        _stats,
    ),
    Rule(
        "stats-admin",
        Level.HIGH,
        "The statistics page can change servers for more clients than before. Medium if it needs a password and has a "
        "condition.",
        "Whoever reaches it can take all servers out of service.",
        Example(
            "listen stats\n  mode http\n  bind :8404\n  stats enable\n  stats auth ann:secret-word\n",
            "listen stats\n  mode http\n  bind :8404\n  stats enable\n  stats auth ann:secret-word\n"
            "  stats admin if TRUE\n",
        ),
        _stats_admin,
    ),
    Rule(
        "metrics-opened",
        Level.MEDIUM,
        "Metrics for Prometheus are new on an address that others reach, and no rule keeps anybody out.",
        "Metrics tell names of backends and servers, and how many requests they get.",
        Example(
            "frontend metrics\n  mode http\n  bind :9101\n",
            "frontend metrics\n  mode http\n  bind :9101\n  http-request use-service prometheus-exporter\n",
        ),
        _metrics,
    ),
    Rule(
        "socket-opened",
        Level.HIGH,
        "A socket of the runtime API is on the network, or has a higher level or a wider mode.",
        "With level admin the socket disables servers, changes certificates and maps, and shows tables.",
        Example(
            "global\n  stats socket /run/haproxy.sock mode 600 level operator\n",
            "global\n  stats socket /run/haproxy.sock mode 666 level admin\n",
        ),
        _socket_opened,
    ),
    Rule(
        "own-access-lost",
        Level.HIGH,
        "Something is removed through which hsync and the Data Plane API reach HAProxy: an admin socket, a program, "
        "users, the port 5555.",
        "After such a plan the next one may be impossible.",
        Example(
            "global\n  stats socket /run/haproxy.sock mode 600 level admin\n",
            "global\n  maxconn 1000\n",
        ),
        _own_access,
    ),
)
