"""binds: the addresses and ports on which a proxy accepts connections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hsync.plan.risk import Level
from hsync.risks.endpoints import Bind, Spot, binds_of, spot_of
from hsync.risks.pair import Both, Pair
from hsync.risks.rule import Example, Found, Rule
from hsync.risks.side import Key


@dataclass(frozen=True, slots=True)
class _Listening:
    """The binds of a proxy that are gone, new, or on another address of the same port."""

    gone: list[Bind]
    new: list[Bind]
    changed: list[tuple[Bind, Bind]]


def _listening(both: Both) -> _Listening:
    gone = [old for old, new in both.binds if old and not new]
    fresh = [new for old, new in both.binds if new and not old]
    changed = []
    for old in list(gone):
        same = next((new for new in fresh if _ports(old) == _ports(new)), None)
        if same is not None:
            gone.remove(old)
            fresh.remove(same)
            changed.append((old, same))
    return _Listening(gone, fresh, changed)


def _ports(bind: Bind) -> tuple[str, int, int]:
    spot = spot_of(bind)
    return spot.family, spot.low, spot.high


def _taken(pair: Pair) -> dict[str, Key]:
    """The addresses that proxies newly take."""
    return {new.address: one.key for one in pair.about("bind") for old, new in one.binds if new and not old}


def _removed(pair: Pair) -> Iterator[Found]:
    taken = _taken(pair)
    for both in pair.about("bind"):
        listening = _listening(both)
        for bind in listening.gone:
            if bind.address in taken:
                told = f"bind {bind.address} is now in {' '.join(taken[bind.address])}"
                yield Found(both.key, told, bind.line, "", Level.MEDIUM)
                continue
            now = [new.address for new in listening.new if new.params == bind.params]
            told = f"no longer listens on {bind.address}" + (f", but on {', '.join(sorted(now))}" if now else "")
            yield Found(both.key, told, bind.line, "", Level.MEDIUM if spot_of(bind).is_local else None)


def _added(pair: Pair) -> Iterator[Found]:
    for both in pair.about("bind"):
        for bind in _listening(both).new:
            spot = spot_of(bind)
            where = "on all addresses" if spot.is_any else "on this machine only" if spot.is_local else "on one address"
            level = Level.LOW if spot.is_local else None
            yield Found(both.key, f"listens on {bind.address} now, {where}", bind.line, "", level)


def _widened(pair: Pair) -> Iterator[Found]:
    for both in pair.about("bind"):
        for old, new in _listening(both).changed:
            before, after = spot_of(old), spot_of(new)
            told = f"bind {old.address} → {new.address}"
            if (before.is_local and not after.is_local) or (not before.is_any and after.is_any):
                reach = "all addresses of the machine" if after.is_any else "other machines"
                yield Found(both.key, f"{told}: reachable through {reach}", new.line)


def _narrowed(pair: Pair) -> Iterator[Found]:
    for both in pair.about("bind"):
        for old, new in _listening(both).changed:
            before, after = spot_of(old), spot_of(new)
            other = (before.host, before.version) != (after.host, after.version)
            if other and not after.is_any and (after.is_local or not before.is_local):
                yield Found(both.key, f"bind {old.address} → {new.address}: the old address does not answer", new.line)


_MANY = 200
"""Maximum number of ports of a range that are looked at."""


def _port_taken(pair: Pair) -> Iterator[Found]:
    fresh = [(both.key, bind) for both in pair.about("bind") for old, bind in both.binds if bind and not old]
    if not fresh:
        return
    by_port: dict[tuple[str, int], list[tuple[Spot, Key, Bind]]] = {}
    for view in pair.after.views("frontend", "listen"):
        for bind in binds_of(view).values() if not view.is_disabled else ():
            spot = spot_of(bind)
            entry = (spot, view.key, bind)
            for port in range(spot.low, min(spot.high, spot.low + _MANY) + 1):
                by_port.setdefault((spot.family, port), []).append(entry)
    for key, bind in fresh:
        spot = spot_of(bind)
        ports = range(spot.low, min(spot.high, spot.low + _MANY) + 1)
        others = {id(one): one for port in ports for one in by_port.get((spot.family, port), ())}
        for other, owner, other_bind in others.values():
            if (
                (owner, other_bind.address) != (key, bind.address)
                and spot.meets(other)
                and not _split(bind, other_bind)
            ):
                told = f"bind {bind.address} takes the port of bind {other.text} in {' '.join(owner)}"
                yield Found(key, f"{told}: each gets some of the connections", bind.line)


def _split(one: Bind, other: Bind) -> bool:
    """Whether two binds are told apart by an interface, a namespace or a process."""
    names = ("interface", "namespace", "process", "thread")
    return any(one.params.get(name) != other.params.get(name) for name in names)


def _proxy_protocol(pair: Pair) -> Iterator[Found]:
    for both in pair.about("bind"):
        for old, new in both.binds:
            if old and new and ("accept-proxy" in old.params) != ("accept-proxy" in new.params):
                told = "expects the PROXY protocol now: other clients are cut off"
                if "accept-proxy" in old.params:
                    told = "no longer expects the PROXY protocol: balancers that send it are cut off"
                yield Found(both.key, told, new.line, f"bind {new.address}")
    for both in pair.about("server", "server-template", "default-server"):
        for was, now in both.kept_servers(*_SENDS):
            sends = [sorted(name for name in one.params if name in _SENDS) for one in (was, now)]
            if sends[0] != sends[1]:
                told = f"{' '.join(sends[0]) or 'no send-proxy'} → {' '.join(sends[1]) or 'no send-proxy'}"
                yield Found(both.key, told, now.line, f"server {now.name}")


_SENDS = ("send-proxy", "send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn")

_WWW = "frontend www\n  bind :80\n"

RULES = (
    Rule(
        "bind-removed",
        Level.HIGH,
        "A proxy no longer listens on an address. Medium if another one takes it, or if only this machine reached it.",
        "Clients get a refused connection.",
        Example(f"{_WWW}  bind :443\n", _WWW),
        _removed,
    ),
    Rule(
        "bind-added",
        Level.MEDIUM,
        "A proxy listens on a new address. Low if only this machine reaches it.",
        "What is behind it can be reached in a new way, which a firewall may not expect.",
        Example(_WWW, f"{_WWW}  bind :8080\n"),
        _added,
    ),
    Rule(
        "bind-widened",
        Level.HIGH,
        "A port that only this machine, or one address, answered is now reachable through more addresses.",
        "What was meant for one network is open to others.",
        Example("frontend in\n  bind 127.0.0.1:81\n", "frontend in\n  bind 0.0.0.0:81\n"),
        _widened,
    ),
    Rule(
        "bind-narrowed",
        Level.MEDIUM,
        "A port is no longer answered on all addresses, or on another one.",
        "Clients of the other addresses get a refused connection.",
        Example("frontend in\n  bind :81\n", "frontend in\n  bind 127.0.0.1:81\n"),
        _narrowed,
    ),
    Rule(
        "port-taken",
        Level.HIGH,
        "Two binds have the same port of the same address.",
        "HAProxy starts, and the kernel spreads the connections over both.",
        Example(f"{_WWW}frontend shop\n  bind :81\n", f"{_WWW}frontend shop\n  bind :80\n"),
        _port_taken,
    ),
    Rule(
        "proxy-protocol",
        Level.MEDIUM,
        "A bind begins or stops to expect the PROXY protocol, or a server begins or stops to get it.",
        "Both ends must change at the same time: else connections fail, or the address of the client is lost.",
        Example(_WWW, "frontend www\n  bind :80 accept-proxy\n"),
        _proxy_protocol,
    ),
)
