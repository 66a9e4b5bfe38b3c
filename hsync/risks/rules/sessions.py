"""sessions: what keeps a client with its server: cookies, stick tables, peers and hashing."""

from __future__ import annotations

from collections.abc import Iterator

from hsync.plan.risk import Level
from hsync.risks.endpoints import params_of
from hsync.risks.pair import Pair
from hsync.risks.rule import Example, Found, Rule, quoted
from hsync.risks.side import Line
from hsync.risks.times import ms_of


def _cookies(pair: Pair) -> Iterator[Found]:
    for both in pair.about("cookie", "server", "server-template", "default-server"):
        old, new = both.lasts("cookie")
        if old is None or both.new or not both.after.serves:
            continue
        home = both.home(old, new)
        if new is None:
            told = f"cookie {old.words[1]} is removed: clients change their server, and lose their sessions"
            yield Found(home, told, old, both.heir(home))
            continue
        if new.words[1:2] != old.words[1:2]:
            told = f"cookie {' '.join(old.words[1:2])} → {' '.join(new.words[1:2])}: sessions are lost"
            yield Found(home, told, new, both.heir(home))
        for was, now in both.kept_servers("cookie"):
            if "cookie" in was.params:
                yield Found(both.key, "has another cookie value: its sessions are lost", now.line, f"server {now.name}")


def _tables(pair: Pair) -> Iterator[Found]:
    for both in pair.about("stick", "stick-table"):
        for line in both.lost("stick") if not both.new else []:
            if not any(one.words[:3] == line.words[:3] for one in both.gained("stick")):
                told = f"{quoted(line)} is removed: clients change their server"
                yield Found(both.home(line, None), told, line, both.heir(both.home(line, None)))
        old, new = both.lasts("stick-table")
        if old is None or (new and new.words == old.words):
            continue
        if new is None:
            yield Found(both.key, "the stick-table is removed: what it has counted is lost", old)
        else:
            for what in _smaller(old, new):
                yield Found(both.key, f"stick-table: {what}", new)


def _smaller(old: Line, new: Line) -> Iterator[str]:
    before, after = (_table(line) for line in (old, new))
    for name in ("type", "len"):
        if before.get(name) != after.get(name) and name in before:
            yield f"{name} {before[name]} → {after.get(name, 'none')}, all entries are lost"
    sizes = [_size(one.get("size", "")) for one in (before, after)]
    if sizes[1] < sizes[0]:
        yield f"size {before['size']} → {after.get('size', 'none')}, old entries are dropped earlier"
    times = [ms_of(one.get("expire", "")) or 0.0 for one in (before, after)]
    if 0 < times[1] < times[0]:
        yield f"expire {before['expire']} → {after['expire']}, entries live shorter"
    lost = sorted(set(before.get("store", "").split(",")) - set(after.get("store", "").split(",")) - {""})
    if lost:
        yield f"no longer stores {', '.join(lost)}"
    if "peers" in before and "peers" not in after:
        yield f"peers {before['peers']} removed, other load balancers do not know its entries"


def _table(line: Line) -> dict[str, str]:
    words = list(line.words[1:])
    found = params_of(words, frozenset({"nopurge", "write-to"}))
    stores = [words[at + 1] for at, word in enumerate(words[:-1]) if word == "store"]
    return {**found, **({"store": ",".join(stores)} if stores else {})}


def _size(text: str) -> int:
    factor = {"k": 2**10, "m": 2**20, "g": 2**30}.get(text[-1:].lower(), 1)
    digits = text[:-1] if factor > 1 else text
    return int(digits) * factor if digits.isdigit() else 0


_HASHES = ("source", "uri", "url_param", "hdr", "hash", "rdp-cookie")


def _balance(pair: Pair) -> Iterator[Found]:
    for both in pair.about("balance", "hash-type"):
        old, new = both.lasts("balance")
        names = [" ".join(line.words[1:]) if line else "roundrobin" for line in (old, new)]
        hashed = any(name.startswith(_HASHES) for name in names)
        if both.after.serves and names[0] != names[1] and hashed and not both.new:
            home = both.home(old, new)
            told = f"balance {names[0]} → {names[1]}: most clients move to another server"
            yield Found(home, told, new or old, both.heir(home))
        old, new = both.lasts("hash-type")
        kinds = [line.words[1] if line and len(line.words) > 1 else "map-based" for line in (old, new)]
        if both.after.serves and kinds[0] != kinds[1] and names[1].startswith(_HASHES) and not both.new:
            home = both.home(old, new)
            told = f"hash-type {kinds[0]} → {kinds[1]}: most clients move to another server"
            yield Found(home, told, new or old, both.heir(home))


def _peers(pair: Pair) -> Iterator[Found]:
    for view in pair.deleted:
        if view.key[0] == "peers":
            yield Found(view.key, "is deleted: load balancers no longer share their tables")
    for both in pair.both("peers"):
        names = {line.words[1] for word in ("peer", "server") for line in both.after.own(word) if len(line.words) > 1}
        for line in (*both.lost("peer"), *both.lost("server")):
            if len(line.words) > 1 and line.words[1] not in names:
                yield Found(both.key, "is removed: it no longer gets the tables", line, f"peer {line.words[1]}")
    yield from _local_peer(pair)


def _local_peer(pair: Pair) -> Iterator[Found]:
    for both in pair.both("global"):
        old, new = both.lasts("localpeer")
        if old and (new is None or new.words != old.words):
            told = f"localpeer {old.words[-1]} → {new.words[-1] if new else 'the host name'}: peers may not know it"
            yield Found(both.key, told, new or old)


_APP = "backend app\n  mode http\n"


RULES = (
    Rule(
        "cookie-lost",
        Level.MEDIUM,
        "The cookie that keeps clients with their server is removed or renamed, or a server gets another value.",
        "Clients come to another server, and are logged out if it does not know their session.",
        Example(
            f"{_APP}  cookie SRV insert\n  server a 192.0.2.1:80 cookie a\n",
            f"{_APP}  server a 192.0.2.1:80 cookie a\n",
        ),
        _cookies,
    ),
    Rule(
        "stick-lost",
        Level.MEDIUM,
        "A stick rule is removed, or a stick table is removed, smaller, shorter, of another type, or stores less.",
        "Clients change their server, and limits that count in the table forget what they know.",
        Example(
            f"{_APP}  stick-table type ip size 100k expire 30m\n", f"{_APP}  stick-table type ip size 1k expire 30m\n"
        ),
        _tables,
    ),
    Rule(
        "balance-changed",
        Level.LOW,
        "The algorithm that spreads clients by a hash changes.",
        "Most clients move to another server: caches are cold, and sessions may be lost.",
        Example(f"{_APP}  balance source\n", f"{_APP}  balance roundrobin\n"),
        _balance,
    ),
    Rule(
        "peers-lost",
        Level.MEDIUM,
        "A peer is removed, the peers section is deleted, or the name of the local peer changes.",
        "Load balancers no longer share their stick tables: a failover loses sessions and limits.",
        Example(
            "peers lbs\n  peer a 192.0.2.1:1024\n  peer b 192.0.2.2:1024\n",
            "peers lbs\n  peer a 192.0.2.1:1024\n",
        ),
        _peers,
    ),
)
