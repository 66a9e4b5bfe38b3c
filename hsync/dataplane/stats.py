"""stats: the numbers of a running HAProxy, of each frontend, backend and server.

The same request answers on both kinds of targets: a Data Plane API asks the socket of HAProxy, and so does the embedded
server, if the target has a `master_socket`.

Rule 1: a number that HAProxy does not have, for example of answers in mode tcp, is 0.

Source: HAProxy management guide 9.1 (statistics), API /services/haproxy/stats/native.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from hsync.errors import TargetError
from hsync.schema import Json

__all__ = ["Line", "Sample", "read_sample"]

_NATIVE = "/services/haproxy/stats/native"

_Key = tuple[str, str, str]
"""Kind (`frontend`, `backend`, `server`), proxy, and the name of the server; "" for a proxy."""


@dataclass(frozen=True, slots=True)
class Line:
    """The numbers of one frontend, backend or server. Counters begin with the process of HAProxy.

    Args:
        status: `UP`, `DOWN 1/2`, `MAINT`, `OPEN`.
        requests: number of requests; in mode tcp, of sessions.
        refused: number of answers 4xx.
        errors: number of answers 5xx.
        queue: requests that wait for a server, now.
        sessions: open sessions, now.
    """

    status: str
    requests: int = 0
    refused: int = 0
    errors: int = 0
    queue: int = 0
    sessions: int = 0

    @property
    def is_down(self) -> bool:
        """Whether a server is out of order, and not by configuration."""
        return self.status.startswith("DOWN") or self.status == "MAINT (resolution)"

    def since(self, start: Line) -> Line:
        """The numbers, with counters from a start on. Counters that are smaller than then began again."""
        if self.requests < start.requests:
            return self
        return Line(
            self.status,
            self.requests - start.requests,
            max(0, self.refused - start.refused),
            max(0, self.errors - start.errors),
            self.queue,
            self.sessions,
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """All numbers at one time.

    Args:
        at: seconds of a monotonic clock.
        lines: the numbers.
    """

    at: float
    lines: Mapping[_Key, Line]

    def of(self, *kinds: str) -> Iterator[tuple[_Key, Line]]:
        """The numbers of some kinds."""
        return ((key, line) for key, line in self.lines.items() if key[0] in kinds)


def read_sample(get_json: Callable[[str], Json], clock: Callable[[], float]) -> Sample:
    """Read the numbers.

    Args:
        get_json: sends a GET request for a path of the API.
        clock: a monotonic clock, in seconds.

    Raises:
        TargetError: HAProxy cannot be asked.
    """
    answer = get_json(_NATIVE)
    first = answer[0] if isinstance(answer, list) and answer else answer  # 3.0: a list with an entry for each process
    found = first if isinstance(first, dict) else {}
    listed = found.get("stats")
    if not isinstance(listed, list) or not listed:
        why = found.get("error") or "the answer has none"
        raise TargetError(f"the numbers of HAProxy cannot be read: {why}", hint="give HAProxy a stats socket")
    return Sample(clock(), dict(_lines(listed)))


def _lines(listed: list[Json]) -> Iterator[tuple[_Key, Line]]:
    for one in listed:
        if isinstance(one, dict) and isinstance(stats := one.get("stats"), dict):
            kind, name, parent = (str(one.get(key) or "") for key in ("type", "name", "backend_name"))
            yield (kind, parent or name, name if kind == "server" else ""), _line(stats)


def _line(stats: Mapping[str, Json]) -> Line:
    def number(name: str) -> int:
        value = stats.get(name)
        return value if isinstance(value, int) else 0

    return Line(
        status=str(stats.get("status") or ""),
        requests=number("req_tot") or sum(number(f"hrsp_{one}") for one in _ANSWERS) or number("stot"),
        refused=number("hrsp_4xx"),
        errors=number("hrsp_5xx"),
        queue=number("qcur"),
        sessions=number("scur"),
    )


_ANSWERS = ("1xx", "2xx", "3xx", "4xx", "5xx", "other")
