"""access: rules that keep requests out: removed, narrower, or behind a rule that lets requests in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hsync.plan.risk import Level
from hsync.risks.conditions import ALWAYS, Condition, excludes, implies
from hsync.risks.degrees import contains, is_wide
from hsync.risks.pair import Both, Pair
from hsync.risks.rule import Example, Found, Rule, quoted
from hsync.risks.side import View
from hsync.risks.steps import OPEN, Step, guards_of, is_guard, routes_of, steps_of

_KINDS = {"deny": {"deny", "auth", "rate"}, "auth": {"auth", "deny"}, "rate": {"rate", "deny"}}
"""The kinds of rules that can replace one of a kind."""


_MANY = 200
"""Maximum number of rules of one section whose conditions are compared with all others."""


def _steps(pair: Pair) -> Iterator[tuple[Both, list[Step], list[Step]]]:
    """The proxies whose rules differ, with all rules before and after."""
    for both in pair.about("http-request", "tcp-request", "acl"):
        yield both, steps_of(both.before), steps_of(both.after)


class _Guards:
    """Rules that keep requests out."""

    def __init__(self, guards: Sequence[Step]) -> None:
        self.written = {one.written for one in guards}
        self.terms = {
            kind: frozenset(term for one in guards if one.kind in fits for term in one.condition)
            for kind, fits in _KINDS.items()
        }

    def cover(self, guard: Step, *, exactly: bool = False) -> bool:
        """Whether they keep out at least what a rule keeps out; `exactly`: only if they have its condition."""
        terms = self.terms[guard.kind]
        return (
            guard.written in self.written
            or guard.condition <= terms
            or (not exactly and implies(guard.condition, terms))
        )


def _moved(pair: Pair, both: Both, guard: Step) -> bool:
    """Whether the rule is now in the backends of a frontend, or in a frontend of a backend."""
    gained = {one.key for one in pair.about(guard.layer.split()[0]) if one.gained(guard.layer.split()[0])} - {both.key}
    if both.after.listens:
        names = sorted({route.backend for route in routes_of(both.after)})
        views = [view for view in map(pair.after.server_side, names) if view is not None]
        if any(view.key in gained for view in views) and all(_Guards(guards_of(view)).cover(guard) for view in views):
            return True
    users = [
        view for view in pair.after.views("frontend", "listen") if view.key in gained and _names(view, both.key[1])
    ]
    return both.after.serves and any(_Guards(guards_of(view)).cover(guard) for view in users)


def _names(view: View, backend: str) -> bool:
    return any(route.backend == backend for route in routes_of(view))


def _lost(pair: Pair, kind: str) -> Iterator[tuple[Both, Step, Step | None]]:
    """The rules of a kind that keep out less, each with the rule that it has become; None if there is none."""
    for both, old, new in _steps(pair):
        known, guards = {one.written for one in old}, [one for one in new if is_guard(one)]
        after = _Guards(guards)
        gone = [one for one in old if is_guard(one) and one.kind == kind and one.written not in after.written]
        few = len(gone) <= _MANY
        fresh = [one for one in guards if one.written not in known] if few else []
        for guard in gone:
            if not after.cover(guard, exactly=not few) and not (few and _moved(pair, both, guard)):
                yield both, guard, _rest(guard, fresh)


def _rest(guard: Step, fresh: Sequence[Step]) -> Step | None:
    """The new rule that a rule has become: it has the same action and is narrower, or has some of its tests."""
    alike = [one for one in fresh if one.kind in _KINDS[guard.kind] and one.layer == guard.layer]
    scored = [(_shared(guard.condition, one.condition), one.action == guard.action, one) for one in alike]
    best = max(scored, key=lambda one: one[:2], default=None)
    if best is None or not (best[0] or guard.condition == ALWAYS or implies(best[2].condition, guard.condition)):
        return None
    return best[2]


def _shared(one: Condition, other: Condition) -> int:
    exprs = [{test.expr for term in side for literal in term for test in literal.acl} for side in (one, other)]
    return len(exprs[0] & exprs[1])


def _found(both: Both, guard: Step, rest: Step | None, level: Level) -> Found:
    home = both.home(guard.line, rest.line if rest else None)
    if rest is None:
        return Found(home, f"{quoted(guard.line)} is removed", guard.line, both.heir(home), level)
    told = f"{quoted(guard.line)} is now {quoted(rest.line)}: it keeps out less"
    return Found(home, told, rest.line, both.heir(home), level)


def _removed(pair: Pair) -> Iterator[Found]:
    yield from (_found(both, guard, None, Level.HIGH) for both, guard, rest in _lost(pair, "deny") if rest is None)


def _narrowed(pair: Pair) -> Iterator[Found]:
    for both, guard, rest in _lost(pair, "deny"):
        if rest is not None:
            yield _found(both, guard, rest, Level.MEDIUM if _only_adds(guard, rest) else Level.HIGH)


def _only_adds(guard: Step, rest: Step) -> bool:
    """Whether the conditions differ only in single entries of an exception, or of a list."""
    if len(guard.condition) != len(rest.condition) or not (guard.raw and rest.raw):
        return False
    one, other = (sorted(literal for term in side for literal in term) for side in (guard.condition, rest.condition))
    if [literal.negated for literal in one] != [literal.negated for literal in other]:
        return False
    for a, b in zip(one, other, strict=True):
        old, new = (a.acl, b.acl) if a.negated else (b.acl, a.acl)
        exprs = {test.expr for test in a.acl} == {test.expr for test in b.acl}
        if not exprs or contains(old, new) or is_wide(old, new):
            return False
    return True


def _auth(pair: Pair) -> Iterator[Found]:
    yield from (_found(both, guard, rest, Level.HIGH) for both, guard, rest in _lost(pair, "auth"))


def _rate(pair: Pair) -> Iterator[Found]:
    for both, guard, rest in _lost(pair, "rate"):
        factor = _factor(guard, rest) if rest is not None else 0.0
        yield _found(both, guard, rest, Level.MEDIUM if 0 < factor < 10 else Level.HIGH)
    for both, old, new in _steps(pair):
        counts = {one.action for one in new if one.action.startswith("track-sc")}
        lost = [one for one in old if one.action.startswith("track-sc") and one.action not in counts]
        limits = " ".join(" ".join(one.line.words) for one in new if lost and one.kind == "rate")
        for step in lost:
            if step.action.removeprefix("track-") in limits:
                home = both.home(step.line, None)
                told = f"{quoted(step.line)} is removed: the limits count nothing"
                yield Found(home, told, step.line, both.heir(home), Level.HIGH)


_ABOVE = re.compile(r"(?:gt|ge) (\d+)")


def _factor(guard: Step, rest: Step) -> float:
    """How many times higher the limit is; 0 if it cannot be said."""
    limits = []
    for step in (guard, rest):
        tests = [test for term in step.condition for literal in term for test in literal.acl]
        found = [int(match[1]) for test in tests for one in test.patterns if (match := _ABOVE.fullmatch(one))]
        limits.append(max(found, default=0))
    same = len(guard.condition) == len(rest.condition)
    lone = all(
        len(a) == len(b)
        for a, b in zip(sorted(guard.condition, key=len), sorted(rest.condition, key=len), strict=False)
    )
    return limits[1] / limits[0] if limits[0] and same and lone else 0.0


def _bypassed(pair: Pair) -> Iterator[Found]:
    for both, old, new in _steps(pair):
        known = {one.written: at for at, one in reversed(list(enumerate(old))) if is_guard(one)}
        written = {one.written for one in old}
        openers = [(at, one) for at, one in enumerate(new) if one.action in OPEN and one.on_request]
        for at, opener in openers[:_MANY]:
            for guard in new[at + 1 :]:
                before = known.get(guard.written) if guard.layer == opener.layer else None
                if before is not None and not _was_open(old[:before], opener, guard):
                    yield _opened(both, opener, guard, moved=opener.written in written)
                    break


def _was_open(above: Sequence[Step], opener: Step, guard: Step) -> bool:
    """Whether the requests were let in before, or never come to the rule."""
    opened = [one for one in above if one.action in OPEN and one.layer == opener.layer]
    if any(opener.written == one.written or implies(opener.condition, one.condition) for one in opened[:_MANY]):
        return True
    return excludes(opener.condition, guard.condition)


def _opened(both: Both, opener: Step, guard: Step, *, moved: bool) -> Found:
    home = both.home(None, opener.line)
    told = f"{quoted(opener.line)} now comes before {quoted(guard.line)}: what it lets in is not kept out below"
    high = moved or opener.condition == ALWAYS or any(not term for term in opener.condition)
    return Found(home, told, opener.line, both.heir(home), Level.HIGH if high else Level.MEDIUM)


_LIMIT = "  http-request track-sc0 src\n  http-request deny if { sc_http_req_rate(0) gt 50 }\n"

_APP = "frontend www\n  mode http\n  bind :80\n"

RULES = (
    Rule(
        "deny-removed",
        Level.HIGH,
        "A rule that keeps requests out (deny, reject, tarpit, silent-drop, return with a 4xx status) is removed.",
        "What it kept out is let in. A rule that another one covers, or that moves to a backend or a frontend, is not "
        "removed.",
        Example(f"{_APP}  http-request deny if {{ path_beg /admin }}\n", _APP),
        _removed,
    ),
    Rule(
        "deny-narrowed",
        Level.HIGH,
        "A rule that keeps requests out gets a condition, or a narrower one. Medium if only entries of a list differ.",
        "What the new condition does not match is let in.",
        Example(
            f"{_APP}  http-request deny if {{ path_beg /admin }}\n",
            f"{_APP}  http-request deny if {{ path_beg /admin }} {{ method POST }}\n",
        ),
        _narrowed,
    ),
    Rule(
        "deny-bypassed",
        Level.HIGH,
        "A rule that lets requests in now comes before a rule that keeps some of them out. Medium if it is new and "
        "has a condition.",
        "`allow` and `accept` end the evaluation: no rule below them sees the request.",
        Example(
            f"{_APP}  http-request deny if {{ path_beg /admin }}\n  http-request allow if {{ path_beg / }}\n",
            f"{_APP}  http-request allow if {{ path_beg / }}\n  http-request deny if {{ path_beg /admin }}\n",
        ),
        _bypassed,
    ),
    Rule(
        "auth-removed",
        Level.HIGH,
        "A rule that asks for a password, a token or a client certificate is removed or narrower.",
        "What it protected is open to everybody who reaches the proxy.",
        Example(f"{_APP}  http-request auth realm staff if {{ path_beg /wiki }}\n", _APP),
        _auth,
    ),
    Rule(
        "rate-limit-weaker",
        Level.HIGH,
        "A limit of requests or connections is removed, counts nothing any more, or is higher. Medium up to ten times.",
        "Limits protect against brute force and against clients that take all connections.",
        Example(
            _APP + _LIMIT,
            _APP + _LIMIT.replace("50", "5000"),
        ),
        _rate,
    ),
)
