"""logs: what is no longer logged."""

from __future__ import annotations

from collections.abc import Iterator

from hsync.plan.risk import Level
from hsync.risks.pair import Both, Pair
from hsync.risks.rule import Example, Found, Rule, quoted
from hsync.risks.side import Line, View
from hsync.risks.steps import steps_of

_LEVELS = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")


def _logs(view: View) -> list[Line]:
    """The lines that send logs; `no log` removes the ones of the defaults."""
    found: list[Line] = []
    for place in reversed(view.places):
        if place.own("no", "log"):
            found = []
        found += [line for line in place.own("log") if len(line.words) > 1]
    return found


def _removed(pair: Pair) -> Iterator[Found]:
    for both in (*pair.both("global"), *pair.about("log", "option")):
        old, new = _logs(both.before), _logs(both.after)
        if [line.words for line in old] == [line.words for line in new]:
            continue
        off = next(iter(both.after.own("no", "log")), None)
        if old and not new:
            home = both.home(old[-1], off)
            yield Found(home, f"{quoted(old[-1])} is removed: nothing is logged", off or old[-1], both.heir(home))
        elif old and new:
            yield from _fewer(both, old, new)


def _fewer(both: Both, old: list[Line], new: list[Line]) -> Iterator[Found]:
    places = {line.words[1]: line for line in new}
    for line in old:
        now = places.get(line.words[1])
        home = both.home(line, now)
        if now is None:
            told = f"{quoted(line)} is removed: {len(new)} other place{'s' * (len(new) != 1)} still get logs"
            yield Found(home, told, line, both.heir(home), Level.LOW)
        elif _least(now) < _least(line):
            told = f"log {now.words[1]}: only level {_LEVELS[_least(now)]} and above"
            yield Found(home, told, now, both.heir(home))


def _least(line: Line) -> int:
    """The least important level that a line sends."""
    words = [word for word in line.words[2:] if word in _LEVELS]
    return _LEVELS.index(words[0]) if words else len(_LEVELS) - 1


def _silenced(pair: Pair) -> Iterator[Found]:
    for both in pair.about("option", "http-request", "http-response"):
        old, new = both.options("dontlog-normal")
        if new and not old:
            home = both.home(old, new)
            yield Found(home, "option dontlog-normal: successful requests are not logged", new, both.heir(home))
        known = {step.line.words for step in steps_of(both.before)}
        for step in steps_of(both.after):
            if step.action == "set-log-level" and step.args[:1] == ("silent",) and step.line.words not in known:
                home = both.home(None, step.line)
                level = Level.LOW if step.raw else None
                yield Found(
                    home, f"{quoted(step.line)}: these requests are not logged", step.line, both.heir(home), level
                )


_WWW = "frontend www\n  bind :80\n"

RULES = (
    Rule(
        "log-removed",
        Level.MEDIUM,
        "A proxy or `global` no longer logs, or only more important messages. Low if another log is left.",
        "Without logs an attack or an error cannot be understood later; many rules of operation require them.",
        Example(f"{_WWW}  log 192.0.2.50:514 local0\n", _WWW),
        _removed,
    ),
    Rule(
        "log-silenced",
        Level.MEDIUM,
        "Requests are left out of the log. Low with a condition.",
        "What is not logged cannot be found.",
        Example(_WWW, f"{_WWW}  option dontlog-normal\n"),
        _silenced,
    ),
)
