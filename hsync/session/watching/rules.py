"""rules: what is a regression. One function is one rule, in `RULES`; its threshold has a name in `[watch]`.

Rule 1: only what was not so before is a regression: a server that was down, and errors that were there, are none.
Rule 2: too few requests tell nothing. What HAProxy knows without requests, such as a failed health check, needs none.

Source: NGINX Agent (monitors errors after a reload, and rolls back).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hsync.dataplane.stats import Line, Sample
from hsync.output.words import count
from hsync.render.thresholds import Thresholds

__all__ = ["RULES", "Seen"]

_FEW = 3
"""A smaller number of errors is chance."""

_RATE = 5.0
"""Requests a second, below which nothing is said about the traffic."""

_WINDOW_S = 5.0
"""Seconds in which the traffic is measured."""

_AGAIN = 3
"""How many samples in a row must have a queue."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a target.

    Args:
        before: samples before the apply, the oldest first.
        after: samples after the reload.
    """

    before: tuple[Sample, ...]
    after: tuple[Sample, ...]

    @property
    def last(self) -> Sample:
        """The last sample before the apply."""
        return self.before[-1]

    @property
    def now(self) -> Sample:
        """The newest sample."""
        return self.after[-1]


def servers_down(seen: Seen, limits: Thresholds) -> Iterator[str]:
    """Servers that are down, and were not before."""
    fallen: dict[str, list[str]] = {}
    for key, line in seen.now.of("server"):
        before = seen.last.lines.get(key)
        if line.is_down and not (before and before.is_down):
            fallen.setdefault(key[1], []).append(key[2])
    for backend, names in fallen.items():
        if 0 < limits.servers_down <= len(names):
            yield f"backend {backend}: {count(len(names), 'server')} down: {', '.join(names[:5])}"


def errors(seen: Seen, limits: Thresholds) -> Iterator[str]:
    """A larger share of answers 5xx."""
    return _share(seen, limits, limits.errors_percent, "5xx", lambda line: line.errors)


def refused(seen: Seen, limits: Thresholds) -> Iterator[str]:
    """A larger share of answers 4xx."""
    return _share(seen, limits, limits.refused_percent, "4xx", lambda line: line.refused)


def _share(seen: Seen, limits: Thresholds, points: int, answers: str, bad: Callable[[Line], int]) -> Iterator[str]:
    for key, line in seen.now.of("frontend", "backend") if points else ():
        gone = line.since(seen.after[0].lines.get(key, _NOTHING))
        if gone.requests < limits.requests or bad(gone) < _FEW:
            continue
        before = seen.last.lines.get(key, _NOTHING)
        earlier = 100 * bad(before) / before.requests if before.requests else 0.0
        share = 100 * bad(gone) / gone.requests
        if share - earlier > points:
            yield f"{key[0]} {key[1]}: {share:.0f} % of {gone.requests} answers are {answers}, before {earlier:.1f} %"


_NOTHING = Line("")


def queue(seen: Seen, limits: Thresholds) -> Iterator[str]:
    """More requests that wait for a server, for a while."""
    samples = seen.after[-_AGAIN:]
    for key, line in seen.now.of("backend") if limits.queue and len(samples) == _AGAIN else ():
        waiting = min(one.lines.get(key, _NOTHING).queue for one in samples)
        before = seen.last.lines.get(key, _NOTHING).queue
        if waiting - before >= limits.queue:
            yield f"backend {key[1]}: {count(line.queue, 'request')} wait for a server, before {before}"


def traffic(seen: Seen, limits: Thresholds) -> Iterator[str]:
    """Far fewer requests in a frontend that is still there."""
    start = next((one for one in reversed(seen.after) if seen.now.at - one.at >= _WINDOW_S), None)
    for key, _ in seen.now.of("frontend") if start and limits.traffic_percent else ():
        before = _rate(seen.before[0], seen.last, *key)
        rate = _rate(start, seen.now, *key) if start else before
        if before >= _RATE and rate < before * limits.traffic_percent / 100:
            yield f"frontend {key[1]}: {rate:.1f} requests a second, before {before:.1f}"


def _rate(first: Sample, last: Sample, *key: str) -> float:
    kind, proxy, name = key
    ends = [one.lines.get((kind, proxy, name)) for one in (first, last)]
    if ends[0] is None or ends[1] is None or last.at <= first.at:
        return 0.0
    return ends[1].since(ends[0]).requests / (last.at - first.at)


RULES: tuple[Callable[[Seen, Thresholds], Iterator[str]], ...] = (servers_down, errors, refused, queue, traffic)
"""All rules; each gives a sentence for each place where it finds a regression."""
