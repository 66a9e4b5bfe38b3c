"""limits: timeouts, connections, retries and buffers.

Source: HAProxy manual 4.2 "timeout ..." (connect: a bit above a multiple of 3 seconds), 3.2 "maxconn".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hsync.plan.risk import Level
from hsync.risks.pair import Both, Pair
from hsync.risks.rule import Example, Found, Rule
from hsync.risks.side import Line, remembered
from hsync.risks.times import ms_of

_LISTENS, _SERVES = frozenset({"frontend", "listen"}), frozenset({"backend", "listen"})


class _Timeout(NamedTuple):
    """A timeout: which proxies have it, how bad it is to have none, and what happens then."""

    name: str
    kinds: frozenset[str]
    none: Level
    effect: str


_TIMEOUTS = (
    _Timeout("client", _LISTENS, Level.HIGH, "connections of silent clients stay for ever"),
    _Timeout("server", _SERVES, Level.HIGH, "connections to silent servers stay for ever"),
    _Timeout("connect", _SERVES, Level.HIGH, "a dead server blocks its requests for ever"),
    _Timeout("http-request", _LISTENS, Level.MEDIUM, "slow clients (slowloris) hold connections"),
    _Timeout("http-keep-alive", _LISTENS, Level.LOW, "the timeout of requests counts instead"),
    _Timeout("queue", _SERVES, Level.LOW, "the timeout of connect counts instead"),
    _Timeout("tunnel", _LISTENS | _SERVES, Level.LOW, "the timeouts of client and server count instead"),
    _Timeout("check", _SERVES, Level.LOW, "the interval of checks counts instead"),
)


def _ms(line: Line | None) -> float | None:
    """The value of a timeout in milliseconds; None for no timeout, or a value that cannot be read."""
    return ms_of(line.words[2]) or None if line is not None and len(line.words) > 2 else None


_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


def _readable(line: Line | None) -> bool:
    return line is None or (len(line.words) > 2 and ms_of(line.words[2]) is not None)


@remembered
def _timeouts(pair: Pair) -> list[tuple[Both, _Timeout, Line | None, Line | None]]:
    """The timeouts that differ in effect."""
    found = []
    for both in pair.about("timeout"):
        for one in () if both.new else _TIMEOUTS:
            if both.key[0] in one.kinds:
                old, new = both.lasts("timeout", one.name)
                if _words(old) != _words(new) and _readable(old) and _readable(new) and _ms(old) != _ms(new):
                    found.append((both, one, old, new))
    return found


def _words(line: Line | None) -> tuple[str, ...]:
    return line.words if line is not None else ()


def _value(line: Line | None) -> str:
    """A timeout in the largest unit that fits: a server writes it in another one than a person."""
    ms = _ms(line)
    if ms is None:
        return "none" if line is None else "0"
    unit, size = next((one for one in _UNITS if ms >= one[1] and ms % one[1] == 0), ("us", 0.001))
    return f"{ms / size:g}{unit}"


def _none(pair: Pair) -> Iterator[Found]:
    for both, one, old, new in _timeouts(pair):
        if _ms(new) is None and _ms(old) is not None:
            home = both.home(old, new)
            told = f"timeout {one.name} {_value(old)} → {_value(new)}: {one.effect}"
            yield Found(home, told, new or old, both.heir(home), one.none)


def _low(pair: Pair) -> Iterator[Found]:
    for both, one, old, new in _timeouts(pair):
        before, after = _ms(old), _ms(new)
        if after is None or (before is not None and before <= after) or new is None:
            continue
        if after < 1000 or (before is not None and after * 10 <= before):
            home = both.home(old, new)
            hint = " (a number without a unit is in milliseconds)" if after < 1000 else ""
            told = f"timeout {one.name} {_value(old)} → {_value(new)}{hint}"
            yield Found(home, told, new, both.heir(home), Level.HIGH if after < 100 else None)


def _long(pair: Pair) -> Iterator[Found]:
    for both, one, old, new in _timeouts(pair):
        before, after = _ms(old), _ms(new)
        if (
            one.name in {"client", "http-request", "queue"}
            and before
            and after
            and after >= before * 10
            and after >= 60_000
        ):
            home = both.home(old, new)
            yield Found(home, f"timeout {one.name} {_value(old)} → {_value(new)}", new, both.heir(home))


# Connections


_GLOBAL = ("maxconn", "maxconnrate", "maxsslconn", "maxsslrate", "maxsessrate")


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None


def _dropped(before: int, after: int) -> Level | None:
    """The severity of a lower limit; None if it is not lower."""
    if after >= before or after == 0:
        return None
    if after * 10 <= before or after < 10:
        return Level.HIGH
    return Level.MEDIUM if after * 2 <= before else Level.LOW


class _Limit(NamedTuple):
    """A limit of connections: its section, the server or bind with it, its name and its two values and lines."""

    both: Both
    who: str
    name: str
    before: int | None
    after: int | None
    old: Line | None
    new: Line | None


def _limits(pair: Pair) -> Iterator[_Limit]:
    for both in pair.both("global"):
        for name in _GLOBAL:
            yield _of_lines(both, name, *both.lasts(name))
    for both in pair.about("maxconn"):
        if both.after.listens and not both.new:
            yield _of_lines(both, "maxconn", *both.lasts("maxconn"))
    for both in pair.about("server", "server-template", "default-server"):
        for old, new in both.kept_servers("maxconn"):
            values = _number(old.params.get("maxconn")), _number(new.params.get("maxconn"))
            yield _Limit(both, f"server {new.name}", "maxconn", *values, old.line, new.line)
    for both in pair.about("bind"):
        for was, now in both.binds:
            if was and now:
                values = _number(was.params.get("maxconn")), _number(now.params.get("maxconn"))
                yield _Limit(both, f"bind {now.address}", "maxconn", *values, was.line, now.line)


def _of_lines(both: Both, name: str, old: Line | None, new: Line | None) -> _Limit:
    values = (_number(line.words[1]) if line and len(line.words) > 1 else None for line in (old, new))
    before, after = values
    return _Limit(both, "", name, before, after, old, new)


def _lower(pair: Pair) -> Iterator[Found]:
    for one in _limits(pair):
        level = _dropped(one.before, one.after) if one.before is not None and one.after is not None else None
        if level is not None:
            home = one.both.key if one.who else one.both.home(one.old, one.new)
            told = f"{one.name} {one.before} → {one.after}: what exceeds it waits or is refused"
            yield Found(home, told, one.new, one.who or one.both.heir(home), level)


def _unlimited(pair: Pair) -> Iterator[Found]:
    for one in _limits(pair):
        if one.before and not one.after and (one.new is not None or one.name != "maxconn" or one.who):
            home = one.both.key if one.who else one.both.home(one.old, one.new)
            told = f"{one.name} {one.before} → {'none' if one.after is None else one.after}: no limit"
            yield Found(home, told, one.new or one.old, one.who or one.both.heir(home))


# Retries, threads, buffers


def _retries(pair: Pair) -> Iterator[Found]:
    for both in pair.about("retries", "option"):
        if not both.after.serves or both.new:
            continue
        old, new = both.lasts("retries")
        before, after = (_number(line.words[1]) if line and len(line.words) > 1 else 3 for line in (old, new))
        if before and after == 0:
            home = both.home(old, new)
            yield Found(home, f"retries {before} → 0: a failed connection is an error at once", new, both.heir(home))
        lines = both.options("redispatch")
        if lines[0] and not lines[1]:
            home = both.home(*lines)
            told = "option redispatch is off: clients stay with a dead server"
            yield Found(home, told, lines[0], both.heir(home))


_REPEATS = {"all-retryable-errors", "response-timeout", "junk-response", "empty-response", "0rtt-rejected"}


def _repeats(pair: Pair) -> Iterator[Found]:
    for both in pair.about("retry-on"):
        old, new = both.lasts("retry-on")
        more = (
            sorted((set(new.words[1:]) - set(old.words[1:] if old else ())) & (_REPEATS - {"0rtt-rejected"}))
            if new
            else []
        )
        if more:
            home = both.home(old, new)
            told = f"retry-on {' '.join(more)}: a request that a server has executed may be sent again"
            yield Found(home, told, new, both.heir(home))


_SIZES = ("nbthread", "tune.bufsize", "tune.maxrewrite", "tune.http.maxhdr", "ulimit-n", "tune.ssl.cachesize")


def _sizes(pair: Pair) -> Iterator[Found]:
    for both in pair.both("global"):
        for name in _SIZES:
            old, new = both.lasts(name)
            before, after = (_number(line.words[1]) if line and len(line.words) > 1 else None for line in (old, new))
            if before is not None and after is not None and after < before:
                yield Found(both.key, f"{name} {before} → {after}", new)


_APP = "backend app\n  mode http\n"

RULES = (
    Rule(
        "timeout-none",
        Level.HIGH,
        "A timeout is removed or 0: it is infinite. High for client, server and connect; medium for http-request; low "
        "if another timeout counts instead.",
        "HAProxy warns of missing timeouts: connections pile up until the limit is reached, and then nobody is served.",
        Example(f"{_APP}  timeout server 30s\n", _APP),
        _none,
    ),
    Rule(
        "timeout-low",
        Level.MEDIUM,
        "A timeout falls to less than a second, or to a tenth. High below 100 ms.",
        "A number without a unit is in milliseconds: `timeout server 30` ends requests after 30 ms. For connect the "
        "manual recommends a little more than a multiple of 3 seconds, so that one lost packet does no harm.",
        Example(f"{_APP}  timeout server 30s\n", f"{_APP}  timeout server 30\n"),
        _low,
    ),
    Rule(
        "timeout-long",
        Level.LOW,
        "A timeout of clients or of the queue grows to ten times or more.",
        "Slow clients hold connections and memory for longer.",
        Example("frontend www\n  bind :80\n  timeout client 30s\n", "frontend www\n  bind :80\n  timeout client 1h\n"),
        _long,
    ),
    Rule(
        "maxconn-low",
        Level.MEDIUM,
        "A limit of connections is lower. High at a tenth or below 10, medium at a half, else low.",
        "What exceeds the limit waits in a queue, and then is refused.",
        Example("global\n  maxconn 20000\n", "global\n  maxconn 2000\n"),
        _lower,
    ),
    Rule(
        "maxconn-none",
        Level.MEDIUM,
        "A limit of connections is removed, or 0.",
        "Nothing keeps a peak of traffic away from the servers.",
        Example(f"{_APP}  server a 192.0.2.1:80 maxconn 50\n", f"{_APP}  server a 192.0.2.1:80\n"),
        _unlimited,
    ),
    Rule(
        "retry-removed",
        Level.LOW,
        "Failed connections are no longer repeated, or no longer sent to another server.",
        "One dead server is enough for errors at the clients.",
        Example(f"{_APP}  option redispatch\n", _APP),
        _retries,
    ),
    Rule(
        "retry-unsafe",
        Level.MEDIUM,
        "Requests are repeated that a server may have executed already.",
        "A POST may be done twice.",
        Example(f"{_APP}  retry-on conn-failure\n", f"{_APP}  retry-on all-retryable-errors\n"),
        _repeats,
    ),
    Rule(
        "capacity-lower",
        Level.MEDIUM,
        "HAProxy gets fewer threads, smaller buffers, fewer headers or fewer files.",
        "Larger requests are refused with 400, and peaks need more time.",
        Example("global\n  nbthread 8\n", "global\n  nbthread 1\n"),
        _sizes,
    ),
)
