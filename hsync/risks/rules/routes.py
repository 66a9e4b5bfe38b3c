"""routes: which backend answers a request."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from hsync.plan.edits import kept_pairs
from hsync.plan.risk import Level
from hsync.risks.conditions import Term, excludes, implies
from hsync.risks.endpoints import servers_of
from hsync.risks.pair import Both, Pair
from hsync.risks.rule import Example, Found, Rule, quoted
from hsync.risks.steps import routes_of

_MANY = 200
"""Maximum number of removed routes of one section whose conditions are compared with all others."""

_MOST = 20_000
"""Maximum number of pairs of routes of one section whose conditions are compared."""


class _Routes:
    """The routes of a proxy before and after, with the backends' new names."""

    def __init__(self, pair: Pair, both: Both) -> None:
        names = {old[1]: new[1] for old, new in pair.renamed.items() if old[0] in {"backend", "listen"}}
        self.before = [(route, names.get(route.backend, route.backend)) for route in routes_of(both.before)]
        self.after = [(route, route.backend) for route in routes_of(both.after)]
        self.old = [(route, name) for route, name in self.before if not route.default]
        self.new = [(route, name) for route, name in self.after if not route.default]

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """Indexes of the routes that are the same before and after, in the new order."""
        places: dict[tuple[str, object], list[int]] = {}
        for at, (route, name) in reversed(list(enumerate(self.old))):
            places.setdefault((name, route.condition), []).append(at)
        by_words: dict[tuple[str, object], list[int]] = {}
        for at, (route, name) in reversed(list(enumerate(self.old))):
            by_words.setdefault((name, route.raw), []).append(at)
        found, used = [], set[int]()
        for at, (route, name) in enumerate(self.new):
            for known, key in ((places, (name, route.condition)), (by_words, (name, route.raw))):
                free = [one for one in known.get(key, ()) if one not in used]
                if free:
                    used.add(free[-1])
                    found.append((free[-1], at))
                    break
        return found


def _of(pair: Pair) -> Iterator[tuple[Both, _Routes]]:
    for both in pair.about("use_backend", "default_backend", "acl"):
        if both.after.listens:
            routes = _Routes(pair, both)
            if [(r.raw, r.condition, n) for r, n in routes.before] != [
                (r.raw, r.condition, n) for r, n in routes.after
            ]:
                yield both, routes


def _default(pair: Pair) -> Iterator[Found]:
    for both, routes in _of(pair):
        old = next(((route, name) for route, name in routes.before if route.default), None)
        new = next((route for route, _ in routes.after if route.default), None)
        if old is None or (new is not None and new.backend == old[1]):
            continue
        home = both.home(old[0].line, new.line if new else None)
        heir = both.heir(home)
        if new is None:
            serves = both.key[0] == "listen" and bool(servers_of(both.after))
            who = "its own servers answer" if serves else "requests that no rule takes get a 503"
            yield Found(home, f"default_backend {old[0].backend} is removed: {who}", old[0].line, heir, Level.HIGH)
            continue
        told = f"default_backend {old[0].backend} → {new.backend}: another backend answers what no rule takes"
        view = pair.after.server_side(new.backend)
        empty = view is not None and not any(one.usable for one in servers_of(view).values())
        told += ", and it has no usable server" if empty else ""
        yield Found(home, told, new.line, heir, Level.HIGH if empty else None)


def _removed(pair: Pair) -> Iterator[Found]:
    for both, routes in _of(pair):
        kept = {old for old, _ in routes.pairs}
        gone = [one for at, one in enumerate(routes.old) if at not in kept]
        now: dict[str, set[Term]] = {}
        for other, to in routes.new:
            now.setdefault(to, set()).update(other.condition)
        for route, name in gone:
            terms = frozenset(now.get(name, ()))
            if len(gone) > _MANY or not implies(route.condition, terms):
                told = f"{quoted(route.line)} is removed or narrower: another backend answers these requests"
                yield Found(both.key, told, route.line)


def _added(pair: Pair) -> Iterator[Found]:
    for both, routes in _of(pair):
        known = {name for _, name in routes.before}
        for route, name in routes.after:
            if name not in known and not both.new:
                known.add(name)
                yield Found(both.key, f"now sends requests to backend {name}", route.line)


def _shadowed(pair: Pair) -> Iterator[Found]:
    """A route that a new or moved one above it takes all requests from."""
    for both, routes in _of(pair):
        pairs = routes.pairs
        olds = [old for old, _ in pairs]
        stay = {pairs[at][1] for _, at in kept_pairs(sorted(olds), olds)}
        moved = [at for at in range(len(routes.new)) if at not in stay]
        for at in moved[: _MOST // max(len(routes.new), 1)]:
            yield from _taken(both, routes, at, {new: old for old, new in pairs})


def _taken(both: Both, routes: _Routes, at: int, olds: dict[int, int]) -> Iterator[Found]:
    """The routes from which a new or moved one takes requests, or which take requests from a moved one."""
    for below in range(len(routes.new)):
        if below not in olds or routes.new[below][1] == routes.new[at][1] or not _crossed(at, below, olds):
            continue
        first, second = (routes.new[one][0] for one in sorted((at, below)))
        whole = implies(second.condition, first.condition)
        if (at in olds or whole) and not excludes(first.condition, second.condition):
            takes = "all" if whole else "some"
            told = (
                f"{quoted(first.line)} is now tried before {quoted(second.line)} and may take {takes} of its requests"
            )
            yield Found(both.key, told, first.line, "", Level.HIGH if whole else Level.MEDIUM)


def _crossed(at: int, other: int, olds: dict[int, int]) -> bool:
    """Whether a route has come before another one; `other` was there before."""
    if at not in olds:
        return at < other
    return (at < other) != (olds[at] < olds[other])


RULES = (
    Rule(
        "default-backend-changed",
        Level.MEDIUM,
        "Another backend, or none, answers the requests that no rule takes. High if nothing answers them.",
        "Most of the traffic of many frontends goes to the default backend.",
        Example(
            "frontend www\n  bind :80\n  default_backend app\nbackend app\n  server a 192.0.2.1:80\n"
            "backend old\n  server o 192.0.2.9:80\n",
            "frontend www\n  bind :80\n  default_backend old\nbackend app\n  server a 192.0.2.1:80\n"
            "backend old\n  server o 192.0.2.9:80\n",
        ),
        _default,
    ),
    Rule(
        "route-removed",
        Level.MEDIUM,
        "A use_backend rule is removed, or its condition is narrower: another backend answers these requests.",
        "The requests fall through to the rules below it and to the default backend, which may know nothing of them.",
        Example(
            "frontend www\n  bind :80\n  use_backend api if { path_beg /api }\n  default_backend app\n"
            "backend api\n  server i 192.0.2.7:80\nbackend app\n  server a 192.0.2.1:80\n",
            "frontend www\n  bind :80\n  default_backend app\n"
            "backend api\n  server i 192.0.2.7:80\nbackend app\n  server a 192.0.2.1:80\n",
        ),
        _removed,
    ),
    Rule(
        "route-added",
        Level.LOW,
        "A frontend sends requests to a backend that it did not use before.",
        "A new traffic path: the backend is reachable for the clients of this frontend.",
        Example(
            "frontend www\n  bind :80\n  default_backend app\nbackend app\n  server a 192.0.2.1:80\n",
            "frontend www\n  bind :80\n  use_backend api if { path_beg /api }\n  default_backend app\n"
            "backend app\n  server a 192.0.2.1:80\nbackend api\n  server i 192.0.2.7:80\n",
        ),
        _added,
    ),
    Rule(
        "route-order",
        Level.MEDIUM,
        "A use_backend rule is now tried before another one that some of the same requests match. High if the lower "
        "one gets none of them any more.",
        "HAProxy takes the first rule that matches. The order of rules that no request matches both is free.",
        Example(
            "frontend www\n  bind :80\n  use_backend files if { path_beg /app/files }\n"
            "  use_backend app if { path_beg /app }\nbackend files\n  server f 192.0.2.5:80\n"
            "backend app\n  server a 192.0.2.1:80\n",
            "frontend www\n  bind :80\n  use_backend app if { path_beg /app }\n"
            "  use_backend files if { path_beg /app/files }\nbackend files\n  server f 192.0.2.5:80\n"
            "backend app\n  server a 192.0.2.1:80\n",
        ),
        _shadowed,
    ),
)
