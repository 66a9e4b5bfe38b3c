"""acls: a named ACL that matches more or less than before, where a rule depends on it."""

from __future__ import annotations

from collections.abc import Iterator

from hsync.plan.risk import Level
from hsync.risks.conditions import Acl, acl_within, acls_of, names_in
from hsync.risks.degrees import contains, is_wide
from hsync.risks.pair import Both, Pair
from hsync.risks.rule import Example, Found, Rule, quoted
from hsync.risks.side import Line, View, remembered
from hsync.risks.steps import OPEN, is_guard, routes_of, steps_of


def _uses(view: View) -> dict[str, set[str]]:
    """What the ACLs of a section are used for: `opens` if a match lets in, `guards` if it keeps out, `routes`."""
    found: dict[str, set[str]] = {}
    for step in steps_of(view):
        guard, opens = is_guard(step), step.action in OPEN
        for negated, name in names_in(step.raw) if step.line.key == view.key else ():
            use = "routes" if not (guard or opens) else "opens" if guard is negated else "guards"
            found.setdefault(name, set()).add(use)
    for route in routes_of(view):
        for _, name in names_in(route.raw):
            found.setdefault(name, set()).add("routes")
    for line in view.all("stats", "admin"):
        for negated, name in names_in(line.words[2:]):
            found.setdefault(name, set()).add("guards" if negated else "opens")
    return found


@remembered
def _changed(pair: Pair) -> list[tuple[Both, str, Acl, Acl, set[str], Line]]:
    """The ACLs that both sides have and some rule needs, with both definitions, their use, and a line."""
    return list(_each_changed(pair))


def _each_changed(pair: Pair) -> Iterator[tuple[Both, str, Acl, Acl, set[str], Line]]:
    for both in pair.both("frontend", "backend", "listen", "defaults"):
        old, new = acls_of(both.before), acls_of(both.after)
        names = sorted(name for name in old.keys() & new.keys() if old[name] != new[name])
        uses = _uses(both.after) if names else {}
        for name in names:
            if name in uses:
                lines = both.after.own("acl", name)
                line = next((one for one in lines if one.words not in both.before.words), lines[-1])
                yield both, name, old[name], new[name], uses[name], line


def _definition(view: View, name: str) -> str:
    lines = [quoted(" ".join(line.words[2:])) for line in view.own("acl", name)]
    return " or ".join(lines[:3]) + (f" and {len(lines) - 3} more lines" if len(lines) > 3 else "")


def _told(both: Both, name: str, what: str) -> str:
    return f"acl {name} {what}: {_definition(both.before, name)} → {_definition(both.after, name)}"


def _widened(pair: Pair) -> Iterator[Found]:
    for both, name, old, new, uses, line in _changed(pair):
        if acl_within(new, old):
            continue
        wider, wide = acl_within(old, new), contains(old, new) or is_wide(old, new)
        if "opens" in uses:
            what = "lets more in" if wider else "lets others in"
            level = Level.HIGH if wide or _other_test(old, new) else Level.MEDIUM
            yield Found(both.key, _told(both, name, what), line, "", level)
        elif wider and wide and "routes" in uses:
            yield Found(both.key, _told(both, name, "matches more"), line, "", Level.MEDIUM)
        elif "routes" in uses:
            yield Found(both.key, _told(both, name, "matches other requests"), line, "", Level.LOW)


def _other_test(old: Acl, new: Acl) -> bool:
    """Whether an ACL tests something that it did not test before."""
    return not {test.expr for test in new} <= {test.expr for test in old}


def _narrowed(pair: Pair) -> Iterator[Found]:
    for both, name, old, new, uses, line in _changed(pair):
        if "guards" in uses and not acl_within(old, new):
            lost = contains(new, old) or is_wide(new, old) or _other_test(new, old)
            told = _told(both, name, "keeps out less" if acl_within(new, old) else "keeps out others")
            yield Found(both.key, told, line, "", Level.HIGH if lost else Level.MEDIUM)


RULES = (
    Rule(
        "acl-widened",
        Level.HIGH,
        "An ACL that lets requests in, or chooses their backend, matches more than before. High if what it matches now "
        "contains what it matched (a larger network, a shorter prefix, everything); medium if entries are added.",
        "`http-request deny unless internal` protects as much as the ACL `internal` is narrow. The same ACL under "
        "another name, on other lines or without a name is no change.",
        Example(
            "frontend www\n  bind :80\n  acl internal src 192.0.2.0/24\n  http-request deny unless internal\n",
            "frontend www\n  bind :80\n  acl internal src 0.0.0.0/0\n  http-request deny unless internal\n",
        ),
        _widened,
    ),
    Rule(
        "acl-narrowed",
        Level.MEDIUM,
        "An ACL that keeps requests out matches less than before. High if it lost a network, a prefix or a test as a "
        "whole; medium if single entries are removed.",
        "What the ACL no longer matches is let in.",
        Example(
            "frontend www\n  bind :80\n  acl bad path_beg /admin /private\n  http-request deny if bad\n",
            "frontend www\n  bind :80\n  acl bad path_beg /private\n  http-request deny if bad\n",
        ),
        _narrowed,
    ),
)
