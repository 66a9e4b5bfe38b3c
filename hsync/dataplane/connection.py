"""Connection: requests over the network, and their failures.

Rule 1: a write is sent once and never repeated. If its answer is lost, the error is `OutcomeUnknown`.
Rule 2: reads, and deletes that may have succeeded before, are tried three times, but not again after a timeout.
Rule 3: no settings of the environment (proxies, .netrc), no redirects, no compressed answers, no answers of unlimited
    size.
Rule 4: a success must come from the Data Plane API itself, which adds the configuration version to every answer. An
    answer of a gateway, portal or cache on the way has none, and counts as a lost answer.
Rule 5: a request has one deadline for all of its tries, and never exceeds the deadline of the command.
Rule 6: `on_request` gets method, path and outcome, never a header or a body.

Theory: `failures` words the errors of httpx. A 502, 503 or 504 comes from a gateway between hsync and the API, so for a
write it counts as a lost answer.

Source: docs/reference/dataplane-api.md 1.3 (timeouts: the server's own is 30 s, a reload can take longer), 1.5, 2.7.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import NamedTuple, Self

from hsync.dataplane.answers import WARNINGS, Answer, one_line, warnings_of
from hsync.dataplane.deadline import left, running
from hsync.dataplane.endpoint import Endpoint
from hsync.dataplane.http import httpx
from hsync.dataplane.timing import Failure, Timing
from hsync.errors import InputError, OutcomeUnknown, TargetError
from hsync.files import MAX_BYTES
from hsync.schema import Json

__all__ = ["Connection", "Content", "OnRequest", "Query"]

OnRequest = Callable[[str, str, dict[str, str]], None]
"""Called after each try with method, path with query, and a result: `status` and `ms`, or `error` and `ms`."""

Query = Sequence[tuple[str, str]]

MAX_BODY = MAX_BYTES
"""Maximum size of an answer: a configuration of a million lines."""

MAX_ERROR_BODY = 64 * 1024
"""Bytes of an error that are kept; HAProxy may write one line for each fault."""

_GATEWAY = frozenset({502, 503, 504})
_PAUSES_S = (0.2, 0.8)
_KINDS = frozenset({"", "application/json", "text/plain"})
"""Media types of the API: JSON, and the text of a configuration."""

_DOTS = re.compile(r"(?<=/)\.{1,2}(?=/|$)")


class Content(NamedTuple):
    """The body of a request."""

    data: bytes
    kind: str

    @classmethod
    def json(cls, body: Json) -> Content:
        """A JSON body.

        Raises:
            InputError: a string has a byte that is not UTF-8.
        """
        try:
            return cls(json.dumps(body, ensure_ascii=False).encode(), "application/json")
        except UnicodeEncodeError as fault:
            raise InputError(
                f"JSON cannot have a byte that is not UTF-8: {one_line(json.dumps(body))}",
                hint="write the line in UTF-8",
            ) from fault

    @classmethod
    def text(cls, text: str) -> Content:
        """The text of a configuration, byte for byte."""
        return cls(text.encode("utf-8", "surrogateescape"), "text/plain")


class Connection:
    """Requests to one endpoint over a connection pool. Safe to use from several threads.

    Args:
        endpoint: the URLs of the API.
        transport: sends the requests.
        auth: user and password of Basic authentication.
        timing: time limits and clock.
        on_request: called after each try.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        transport: httpx.BaseTransport,
        *,
        auth: tuple[str, str] | None,
        timing: Timing,
        on_request: OnRequest | None,
    ) -> None:
        self._endpoint = endpoint
        self._timing = timing
        self._on_request = on_request
        self._http = httpx.Client(
            transport=transport,
            auth=httpx.BasicAuth(*auth) if auth else None,
            trust_env=False,
            follow_redirects=False,
            # No compression: a few compressed bytes can expand to more than the memory can hold.
            headers={"User-Agent": "hsync", "Accept-Encoding": "identity"},
        )

    def close(self) -> None:
        """Close the connections. Closing twice is allowed."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def read(self, path: str, query: Query = (), *, base: str = "", grace: float = 0.0) -> Answer:
        """Send a GET, with up to three tries.

        Args:
            path: below the base path, percent-encoded.
            query: pairs in order.
            base: base URL; default: that of the endpoint.
            grace: see `Timing.request`.

        Returns:
            The answer, with any status.

        Raises:
            TargetError: there is no answer.
        """
        return self.repeat("GET", path, query, base=base, grace=grace)

    def repeat(self, method: str, path: str, query: Query = (), *, base: str = "", grace: float = 0.0) -> Answer:
        """Send a request that is safe to repeat: a read, or a delete.

        Args:
            method: GET or DELETE.
            path: below the base path, percent-encoded.
            query: pairs in order.
            base: base URL; default: that of the endpoint.
            grace: see `Timing.request`.

        Returns:
            The last answer, with any status.

        Raises:
            TargetError: there is no answer.
        """
        with running(self._timing.request(grace)):
            outcome = self._try(method, path, query, base=base)
            for pause in _pauses():
                if not _is_passing(outcome) or left() <= pause:
                    break
                self._timing.sleep(pause)
                outcome = self._try(method, path, query, base=base)
        if isinstance(outcome, Failure):
            raise TargetError(f"{self._endpoint.identity}: {outcome.reason}", hint=outcome.hint)
        return outcome

    def write(self, method: str, path: str, query: Query = (), content: Content | None = None) -> Answer:
        """Send a request once.

        Args:
            method: POST, PUT or DELETE.
            path: below the base path, percent-encoded.
            query: pairs in order.
            content: the body.

        Returns:
            The answer, with any status except those of gateways; a success comes from the API itself (rule 4).

        Raises:
            TargetError: the request was not sent.
            OutcomeUnknown: the request was sent, and the answer is lost.
        """
        with running(self._timing.request()):
            outcome = self._try(method, path, query, content)
        where = f"{self._endpoint.identity}: {method} {path}"
        if isinstance(outcome, Failure):
            if outcome.sent:
                raise OutcomeUnknown(f"{where}: the answer is lost: {outcome.reason}", hint=outcome.hint)
            raise TargetError(f"{where}: not sent: {outcome.reason}", hint=outcome.hint)
        if outcome.status in _GATEWAY:
            raise OutcomeUnknown(f"{where}: a gateway answered {outcome.status}: {one_line(outcome.message)}")
        return outcome

    def _try(
        self, method: str, path: str, query: Query, content: Content | None = None, *, base: str = ""
    ) -> Answer | Failure:
        """Send a request within the running deadline."""
        if not (seconds := left()):
            return self._timing.too_late(sent=False)
        # A resource may be named `..`. httpx removes dot segments, so the dots are escaped; the server decodes them.
        url = (base or self._endpoint.base) + _DOTS.sub(lambda dots: "%2E" * len(dots[0]), path)
        request = self._http.build_request(
            method,
            url,
            params=list(query) or None,
            content=content.data if content else None,
            headers={"Content-Type": content.kind} if content else None,
            timeout=httpx.Timeout(seconds, connect=min(seconds, self._timing.connect)),
        )
        started = self._timing.clock()
        try:
            outcome: Answer | Failure = self._exchange(request)
        except httpx.RequestError as error:
            from hsync.dataplane.failures import failure

            outcome = failure(error, self._timing)
        except OSError as error:
            # httpx wraps errors of sockets; this one is of the file or the lock of the embedded server.
            outcome = Failure(one_line(error.strerror or str(error)), again=False)
        self._tell(request, outcome, started)
        return outcome

    def _exchange(self, request: httpx.Request) -> Answer | Failure:
        response = self._http.send(request, stream=True)
        try:
            foreign = _foreign(response) if response.is_success else ""
            body = b"" if foreign else _body(response)
        finally:
            response.close()
        if foreign:
            return Failure(foreign, again=False)
        if body is None:
            return Failure(f"the answer is larger than {MAX_BODY} bytes", again=False)
        return Answer(
            response.status_code,
            body,
            _version(response),
            response.headers.get("Reload-ID") or None,
            warnings_of(response.headers.get(WARNINGS, "")),
            _date(response.headers.get("Date", "")),
        )

    def _tell(self, request: httpx.Request, outcome: Answer | Failure, started: float) -> None:
        if self._on_request is None:
            return
        result = {"error": outcome.reason} if isinstance(outcome, Failure) else {"status": str(outcome.status)}
        elapsed = str(round((self._timing.clock() - started) * 1000))
        self._on_request(request.method, request.url.raw_path.decode("ascii"), {**result, "ms": elapsed})


def _date(text: str) -> float | None:
    """A date of HTTP (RFC 9110, 5.6.7) in seconds since 1970; None for any other text."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _version(response: httpx.Response) -> int | None:
    """The configuration version in the headers of an answer."""
    version = response.headers.get("Configuration-Version", "")
    return int(version) if re.fullmatch(r"\d{1,18}", version, re.ASCII) else None


def _foreign(response: httpx.Response) -> str:
    """Why a successful answer does not come from the Data Plane API; "" if it does."""
    if coding := response.headers.get("Content-Encoding", "").strip().lower().removeprefix("identity"):
        return f"the answer has the content encoding {one_line(coding)}, which was not requested"
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in _KINDS:
        return f"the answer {response.status_code} is {one_line(kind)}, not JSON: this is not a Data Plane API"
    if _version(response) is None:
        return f"the answer {response.status_code} has no configuration version: this is not a Data Plane API"
    return ""


def _body(response: httpx.Response) -> bytes | None:
    """The body, None if it is too large. The body of an error is cut to its limit, and dropped if it is compressed."""
    if not response.is_success and response.headers.get("Content-Encoding"):
        return b""
    limit = MAX_BODY if response.is_success else MAX_ERROR_BODY
    length = response.headers.get("Content-Length", "0")
    if response.is_success and length.isascii() and length.isdigit() and int(length) > limit:
        return None
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > limit:
            break
    return None if response.is_success and len(body) > limit else bytes(body[:limit])


def _pauses() -> Iterator[float]:
    """Seconds before the second and the third try, randomised so that many runs do not retry at the same time."""
    return (pause * random.uniform(0.5, 1.5) for pause in _PAUSES_S)  # noqa: S311 - spreads load, guards nothing


def _is_passing(outcome: Answer | Failure) -> bool:
    """Whether another try may succeed."""
    return outcome.again if isinstance(outcome, Failure) else outcome.status in _GATEWAY
