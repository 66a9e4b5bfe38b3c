"""health: the checks of servers."""

from __future__ import annotations

from collections.abc import Iterator

from hsync.plan.risk import Level
from hsync.risks.endpoints import Server, servers_of
from hsync.risks.pair import Both, Pair
from hsync.risks.rule import Example, Found, Rule
from hsync.risks.times import ms_of

_CHECKS = ("check", "agent-check", "track")


def _is_checked(server: Server) -> bool:
    return any(name in server.params for name in _CHECKS)


def _removed(pair: Pair) -> Iterator[Found]:
    for both in pair.about("server", "server-template", "default-server"):
        kept = both.kept_servers(*_CHECKS)
        lost = [new for old, new in kept if _is_checked(old) and not _is_checked(new)]
        level = Level.HIGH if lost and not any(map(_is_checked, servers_of(both.after).values())) else None
        for new in lost:
            yield Found(
                both.key,
                "is no longer checked: it gets requests even when it is dead",
                new.line,
                f"server {new.name}",
                level,
            )


_KINDS = (
    "httpchk",
    "external-check",
    "ssl-hello-chk",
    "mysql-check",
    "pgsql-check",
    "redis-check",
    "smtpchk",
    "ldap-check",
    "tcp-check",
    "spop-check",
)


def _shallow(pair: Pair) -> Iterator[Found]:
    for both in pair.about("option", "mode", "server", "server-template", "default-server"):
        old = both.before.option("httpchk")
        fresh = list(_newly_checked(both)) if old is None else []
        if not both.after.serves or not (old or fresh) or any(map(both.after.option, _KINDS)):
            continue
        if old is not None:
            home = both.home(old, None)
            told = "option httpchk is off: a server that accepts connections counts as healthy"
            yield Found(home, told, old, both.heir(home))
        elif both.after.mode == "http" and not any("check" in one.params for one in servers_of(both.before).values()):
            told = "is checked by a connection only, without a path (option httpchk)"
            yield from (Found(both.key, told, one.line, f"server {one.name}", Level.LOW) for one in fresh)


def _newly_checked(both: Both) -> Iterator[Server]:
    kept = [new for old, new in both.kept_servers("check") if "check" not in old.params]
    yield from (new for new in (*both.new_servers, *kept) if "check" in new.params)


def _slow(pair: Pair) -> Iterator[Found]:
    for both in pair.about("server", "server-template", "default-server"):
        for old, new in both.kept_servers("inter", "fall"):
            if "check" in old.params and "check" in new.params:
                before, after = _until_down(old), _until_down(new)
                if after >= 30_000 and after >= before * 3:
                    told = f"a dead server is noticed after {after / 1000:g} s (before: {before / 1000:g} s)"
                    yield Found(both.key, told, new.line, f"server {new.name}")


def _until_down(server: Server) -> float:
    inter, fall = ms_of(server.params.get("inter", "2s")), server.params.get("fall", "3")
    return inter * int(fall) if inter and fall.isdigit() else 0.0


def _expect(pair: Pair) -> Iterator[Found]:
    for both in pair.about("http-check"):
        old, new = both.before.all("http-check", "expect"), both.after.all("http-check", "expect")
        if old and not new and both.after.option("httpchk"):
            home = both.home(old[0], None)
            told = "http-check expect is removed: any answer with status 2xx or 3xx counts as healthy"
            yield Found(home, told, old[0], both.heir(home))


_APP = "backend app\n  mode http\n"

RULES = (
    Rule(
        "check-removed",
        Level.MEDIUM,
        "A server is no longer checked. High if no server of its backend is.",
        "HAProxy sends requests to a dead server, and clients get errors.",
        Example(f"{_APP}  server a 192.0.2.1:80 check\n", f"{_APP}  server a 192.0.2.1:80\n"),
        _removed,
    ),
    Rule(
        "check-shallow",
        Level.MEDIUM,
        "Servers in mode http are checked by a connection only: option httpchk is off. Low "
        "for the first checks of a backend without it.",
        "A process that accepts connections and answers 500 counts as healthy.",
        Example(
            f"{_APP}  option httpchk GET /health\n  server a 192.0.2.1:80 check\n",
            f"{_APP}  server a 192.0.2.1:80 check\n",
        ),
        _shallow,
    ),
    Rule(
        "check-slow",
        Level.MEDIUM,
        "It takes three times as long, and at least 30 seconds, until a dead server is noticed (inter times fall).",
        "In this time its requests fail.",
        Example(
            f"{_APP}  server a 192.0.2.1:80 check inter 2s fall 3\n",
            f"{_APP}  server a 192.0.2.1:80 check inter 30s fall 3\n",
        ),
        _slow,
    ),
    Rule(
        "check-accepts-more",
        Level.MEDIUM,
        "The rule about the answer of a health check is removed.",
        "A redirect to an error page counts as healthy.",
        Example(
            f"{_APP}  option httpchk GET /health\n  http-check expect string up\n",
            f"{_APP}  option httpchk GET /health\n",
        ),
        _expect,
    ),
)
