"""DataplaneClient: the requests of the Data Plane API v3 that plan and apply need.

Rule 1: only this package uses httpx; only this class has API paths other than those of resources.
Rule 2: a write is sent once; an answer with an unexpected status is an error with the server's message.
Rule 3: the error type says whether the target may have changed: `ServerRefused` and `TargetError` mean that it has not,
    `OutcomeUnknown` that it may have. In doubt it is `OutcomeUnknown`.
Rule 4: a request in a transaction has no `version`, `force_reload` or `skip_version`, and is no raw push: the server
    would ignore the transaction's id and change the configuration at once.

Source: docs/reference/dataplane-api.md 1 to 3 and 7.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from hsync.dataplane.answers import Answer, lines, one_line, refused
from hsync.dataplane.connection import Connection, Content, OnRequest, Query
from hsync.dataplane.deadline import NEVER, Deadline
from hsync.dataplane.endpoint import absolute, endpoint_of
from hsync.dataplane.fate import COMPARE, GRACE_S, Fate, moved
from hsync.dataplane.http import httpx
from hsync.dataplane.reloads import Reload, await_reload
from hsync.dataplane.timing import Timing
from hsync.dataplane.traits import FILE, SERVER, Traits
from hsync.errors import (
    BugError,
    OutcomeUnknown,
    ServerRefused,
    TargetError,
    UsageError,
)
from hsync.plan.plan import Request, Target
from hsync.plan.snapshot import Snapshot
from hsync.schema import Json

if TYPE_CHECKING:
    from hsync.dataplane.embedded import EmbeddedSettings, Sandbox

__all__ = ["Committed", "DataplaneClient", "Pushed"]

TRANSACTIONS = "/services/haproxy/transactions"
RAW = "/services/haproxy/configuration/raw"

_COMMIT_PAUSES_S = (1.0, 2.0, 4.0)
"""Pauses between reads while the server's memory is ahead of its disk: HAProxy is checking the text of a commit."""

_STEP_PAUSES_S = (0.25, 0.25, 0.5, 1.0, 2.0)
"""Pauses between reads while another run may be between its two pushes, which take a moment after each other."""

_RELEASE = re.compile(r"3\.\d{1,3}(?=\.|$)", re.ASCII)
_FAILED_ID = re.compile(r"transactionId=([0-9A-Za-z-]{1,64})")
_ODD = {
    ("POST", "traces"): (201,),
    ("PUT", "traces"): (200,),
    ("PUT", "mailers_section"): (200,),  # up to 3.3.5
    ("PUT", "http_errors_sections"): (200,),  # up to 3.3.5
}
_NOT_IN_TRANSACTION = frozenset({"version", "transaction_id", "force_reload", "skip_version"})

_MAY_BE_OUTDATED = frozenset({400, 404, 406, 409})
"""Statuses with which servers refuse a request in a closed transaction; the message does not say why it is closed."""


@dataclass(frozen=True, slots=True)
class Committed:
    """A transaction that was committed.

    Args:
        version: the new configuration version.
        reload_id: the reload to wait for; None if there is none, or it has finished.
    """

    version: int
    reload_id: str | None = None


@dataclass(frozen=True, slots=True)
class Pushed:
    """A raw push that was stored.

    Args:
        snapshot: the text that the server stored, according to its answer, and the version.
        reload_id: the reload to wait for; None if no reload was requested.
    """

    snapshot: Snapshot
    reload_id: str | None = None


class DataplaneClient:
    """The client of one target: a context manager with a connection pool, safe to use from several threads.

    Args:
        url: `http(s)://host:port`, with or without `/v3`, or `unix:///path`.
        auth: user and password; None where the server asks for a client certificate instead.
        ca_file: PEM file of the authorities to trust, instead of the system's.
        client_cert: PEM file of a client certificate.
        client_key: PEM file of its key.
        pin: digests of the keys that the server's certificate may have, see `hsync.dataplane.pins`; "" for any.
        allow_plaintext: whether http:// may be spoken to another host.
        timeout: seconds for a request and its whole answer; above 60, since a commit can wait for a reload.
        connect_timeout: seconds to connect.
        deadline: until when all that is asked of this client must have ended.
        sandbox: the files that an untrusted text may name when it is checked; None for any.
        transport: another transport for the requests, for tests and the embedded server.
        traits: see `Traits`.
        on_request: called after each request, see `OnRequest`.
        sleep: pauses for a number of seconds.
        clock: a monotonic clock, in seconds.

    Raises:
        UsageError: a malformed URL, a secret in it, plain http to another host, or an unusable certificate file.
    """

    def __init__(
        self,
        url: str,
        *,
        auth: tuple[str, str] | None = None,
        ca_file: Path | None = None,
        client_cert: Path | None = None,
        client_key: Path | None = None,
        pin: str = "",
        allow_plaintext: bool = False,
        timeout: float = 90.0,
        connect_timeout: float = 10.0,
        deadline: Deadline = NEVER,
        sandbox: Sandbox | None = None,
        transport: httpx.BaseTransport | None = None,
        traits: Traits = SERVER,
        on_request: OnRequest | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        endpoint = endpoint_of(url)
        if auth and ":" in auth[0]:
            raise UsageError(f"a user's name cannot hold a colon: {auth[0]!r}")
        if transport is None:
            from hsync.dataplane.transports import plaintext, transport_of

            transport = transport_of(endpoint, ca_file, client_cert, client_key, pin)
            if endpoint.is_open and not allow_plaintext:
                raise plaintext(endpoint)
        self.traits = traits
        self._endpoint = endpoint
        self._timing = Timing(connect_timeout, timeout, sleep, clock, deadline)
        self._connection = Connection(endpoint, transport, auth=auth, timing=self._timing, on_request=on_request)
        self._sandbox = sandbox
        self._api_release = ""
        self._left_open: str | None = None
        self._grace = 0.0

    @classmethod
    def embedded(
        cls,
        path: Path | str = "/memory",
        settings: EmbeddedSettings | None = None,
        *,
        text: str | None = None,
        haproxy_bin: str | None = None,
        deadline: Deadline = NEVER,
        on_request: OnRequest | None = None,
    ) -> DataplaneClient:
        """A client of the embedded Data Plane API over a file, or over a text in memory.

        Args:
            path: the haproxy.cfg; with `text` only a name for messages.
            settings: of the embedded server.
            text: a text in memory, instead of the file.
            haproxy_bin: the HAProxy that checks each commit, instead of the one in `settings`.
            deadline: the time limit of all requests of this client together.
            on_request: called after each request, see `OnRequest`.

        Returns:
            The client.

        Raises:
            TargetError: the folder of the file does not exist.
        """
        from hsync.dataplane.embedded import EmbeddedSettings, EmbeddedTransport

        chosen = settings or EmbeddedSettings()
        if haproxy_bin is not None:
            chosen = replace(chosen, haproxy_bin=haproxy_bin)
        transport = EmbeddedTransport(path if text is None else None, chosen, text=text or "")
        traits = replace(FILE, is_folder=text is None and Path(path).is_dir())
        # Each step of the embedded server has its own time limit: the check, the reload, the lock on the file.
        return cls(
            f"file:{absolute(path)}",
            transport=transport,
            traits=traits,
            timeout=inf,
            deadline=deadline,
            on_request=on_request,
        )

    @property
    def identity(self) -> str:
        """The key of the target in plans: the normalised URL, `unix:///path`, or `file:/path`."""
        return self._endpoint.identity

    @property
    def url(self) -> str:
        """The identity, for messages: it contains no secret."""
        return self._endpoint.identity

    def close(self) -> None:
        """Close the connections. Closing twice is allowed."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def deadline(self) -> Deadline:
        """The time limit of all requests of this client together."""
        return self._timing.command

    def api_release(self) -> str:
        """The API release, `3.4`. It is read once.

        Returns:
            Major and minor.

        Raises:
            TargetError: the target has no Data Plane API of version 3.

        Source: API /specification, `info.version`.
        """
        if not self._api_release:
            answer = self._read("/specification")
            if answer.status == 404:
                raise self._no_version_3(answer)
            version = _version_of(self._expect(answer, "GET /specification", 200).json(self.url))
            match = _RELEASE.match(version)
            if match is None:
                raise TargetError(
                    f"{self.url} speaks version {one_line(version) or 'unknown'} of the API, not 3.0 or newer",
                    hint="upgrade dataplaneapi to the release of your HAProxy",
                )
            self._api_release = match[0]
        return self._api_release

    def get_json(self, path: str, query: Query = ()) -> Json:
        """Read one path.

        Args:
            path: below the base path, percent-encoded: `/services/haproxy/configuration/backends`.
            query: pairs in order.

        Returns:
            The body.

        Raises:
            ServerRefused: the status is not 200.
            TargetError: there is no answer, or it is not JSON.
        """
        return self._expect(self._read(path, query), f"GET {path}", 200).json(self.url)

    def snapshot(self, transaction: str | None = None) -> Snapshot:
        """The text that the target runs, or the one staged in a transaction, with its version: one request.

        Args:
            transaction: id of a transaction.

        Returns:
            The text byte for byte, header lines included.

        Raises:
            TargetError: the text cannot be read.

        Source: API /services/haproxy/configuration/raw.
        """
        query = (("transaction_id", transaction),) if transaction is not None else ()
        answer = self._expect(self._read(RAW, query), f"GET {RAW}", 200)
        return Snapshot.of(answer.text, answer.own_version)

    def at_rest(self) -> Snapshot:
        """The text on disk. If the server's memory is ahead of its disk, as during a commit, read again after a pause.

        Returns:
            The snapshot; if the memory is still ahead in it, a reload has failed.

        Raises:
            TargetError: the text cannot be read.
        """
        before, snapshot = None, self.snapshot()
        for pause in _COMMIT_PAUSES_S:
            if not snapshot.memory_ahead or snapshot == before:
                break
            self._timing.pause(pause)
            before, snapshot = snapshot, self.snapshot()
        return snapshot

    def next_after(self, seen: Snapshot) -> Snapshot:
        """The text after another run has taken its next step: read until it differs, for at most a few seconds.

        Args:
            seen: the text as read before.

        Returns:
            The last snapshot; it has the version of `seen` if nobody took a step.

        Raises:
            TargetError: the text cannot be read.
        """
        snapshot = seen
        for pause in _STEP_PAUSES_S:
            self._timing.pause(pause)
            snapshot = self.snapshot()
            if snapshot.version != seen.version:
                break
        return snapshot

    def begin(self, version: int) -> str:
        """Open a transaction.

        Args:
            version: the version of the plan's base.

        Returns:
            Its id. The caller must commit or abandon the transaction: the server never removes one by itself.

        Raises:
            StalePlanError: the server has another version.
            TargetError: the transaction could not be opened.
        """
        self._left_open = ""
        try:
            answer = self._connection.write("POST", TRANSACTIONS, (("version", str(version)),))
        except OutcomeUnknown as lost:
            # The configuration is unchanged, but the server may have opened a transaction whose id is lost.
            raise TargetError(lost.message, hint=self._how_to_tidy()) from lost
        if answer.version is not None:
            self._left_open = None
            if answer.status == 409:
                raise moved(self.url, answer)
        if answer.status == 429:
            raise refused(f"{self.url}: too many open transactions", answer, self._how_to_tidy())
        body = self._expect(answer, f"POST {TRANSACTIONS}", 201).json(self.url)
        found = body.get("id") if isinstance(body, dict) else None
        if not isinstance(found, str) or not found:
            raise TargetError(f"{self.url}: a transaction without an id: {one_line(answer.text[:200])}")
        self._left_open = found
        return found

    def send(self, request: Request, transaction: str) -> None:
        """Send the request of an operation in a transaction. After an error the caller must abandon the transaction.

        Args:
            request: the request.
            transaction: id of the transaction.

        Raises:
            StalePlanError: another commit has made the transaction outdated.
            ServerRefused: an unexpected status.
            OutcomeUnknown: the answer is lost.
            TargetError: the request was not sent.
            BugError: the server would not execute this request as a part of the transaction.
        """
        if request.path == RAW or _NOT_IN_TRANSACTION & {name for name, _ in request.query}:
            raise BugError(f"not a request for a transaction: {request.method} {request.path} {request.query}")
        content = None if request.body is None else Content.json(request.body)
        query = (*request.query, ("transaction_id", transaction))
        answer = self._connection.write(request.method, request.path, query, content)
        self._expect_within(transaction, answer, f"{request.method} {request.path}", *_expected(request)).json(self.url)

    def as_target(self, name: str, api: str = "") -> Target:
        """The target, for a plan.

        Args:
            name: for people.
            api: its API release; default: read from the server.

        Raises:
            TargetError: the target has no Data Plane API of version 3.
        """
        return Target(name, self.identity, api or self.api_release(), self.traits.keeps_text)

    def lay_out(self, text: str, transaction: str) -> None:
        """Replace the staged text of a transaction by one with the same meaning. Only for targets that keep text.

        Args:
            text: the whole text, without header lines.
            transaction: id of the transaction.

        Raises:
            StalePlanError: another commit has made the transaction outdated.
            ServerRefused: there is no such transaction.
            TargetError: the text was not replaced.
            BugError: the target does not keep text.

        Source: a request of the embedded server only, not of the Data Plane API.
        """
        if not self.traits.keeps_text:
            raise BugError(f"{self.url} rewrites text, so its layout cannot be set")
        path = f"{_transaction_path(transaction)}/text"
        answer = self._connection.write("PUT", path, (), Content.text(text or "\n"))
        self._expect_within(transaction, answer, f"PUT {path}", 204)

    def commit(self, transaction: str, *, force_reload: bool = False) -> Committed:
        """Commit a transaction. The request is never repeated; if its answer is lost, the transaction is read.

        Args:
            transaction: its id.
            force_reload: reload at once, and answer after the reload.

        Returns:
            The new version, and the reload to wait for.

        Raises:
            StalePlanError: the version has changed since the transaction was opened.
            ServerRefused: the configuration is invalid; `server_message` has HAProxy's messages.
            ReloadFailedError: committed, but the forced reload failed.
            OutcomeUnknown: the transaction may be committed.
            TargetError: the transaction is not committed.
        """
        query = (("force_reload", "true"),) if force_reload else ()
        self._grace = GRACE_S
        fate = Fate(self.url, transaction, self.transaction_status, self._timing)
        try:
            answer = self._connection.write("PUT", _transaction_path(transaction), query)
        except OutcomeUnknown as lost:
            raise fate.of_lost(lost) from lost
        if answer.status not in (200, 202):
            raise fate.of_refused(answer, force_reload=force_reload)
        if not answer.is_about(transaction):
            found = one_line(answer.text[:200])
            raise fate.read(OutcomeUnknown(f"{self.url}: commit: the answer is about another object: {found}"))
        self._left_open = None
        return Committed(answer.own_version, answer.reload_id)

    def abandon(self, transaction: str) -> None:
        """Delete a transaction, whatever its status. For `finally` blocks: errors are ignored.

        Args:
            transaction: its id.
        """
        with suppress(TargetError):
            answer = self._connection.repeat("DELETE", _transaction_path(transaction), grace=GRACE_S)
            if answer.status in (204, 404) and answer.version is not None:
                self._left_open = None

    def transaction_status(self, transaction: str) -> str | None:
        """The status of a transaction.

        Args:
            transaction: its id.

        Returns:
            `in_progress`, `failed` or `outdated`; None if it does not exist any more: committed or deleted.

        Raises:
            TargetError: the status cannot be read.
        """
        path = _transaction_path(transaction)
        answer = self._read(path)
        if answer.status == 404 and answer.version is not None:
            return None
        body = self._expect(answer, f"GET {path}", 200).json(self.url)
        status = body.get("status") if isinstance(body, dict) else None
        if not isinstance(status, str):
            raise TargetError(f"{self.url}: a transaction without a status: {one_line(answer.text[:200])}")
        return status

    def open_transactions(self, version: int) -> tuple[str, ...]:
        """The ids of all open transactions on a version, including those of other clients.

        Args:
            version: the configuration version.

        Raises:
            TargetError: they cannot be listed.

        Source: API /services/haproxy/transactions.
        """
        listed = self.get_json(TRANSACTIONS, (("status", "in_progress"),))
        found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        return tuple(str(one["id"]) for one in found if one.get("_version") == version and one.get("id"))

    @property
    def left_open(self) -> str | None:
        """The transaction that this client opened last, if it has neither committed nor deleted it.

        None if there is none; "" if the answer to the request for one, with its id, was lost.
        """
        return self._left_open

    @property
    def tidying(self) -> str:
        """How to delete unused transactions, for people."""
        return self._how_to_tidy()

    def push_raw(self, text: str, version: int, *, skip_reload: bool = False) -> Pushed:
        """Replace the whole configuration, in one versioned request of its own.

        Args:
            text: the new configuration.
            version: the version that it replaces.
            skip_reload: store the text without a reload.

        Returns:
            The stored text, according to the server's answer, and the reload to wait for.

        Raises:
            StalePlanError: the server has another version.
            ServerRefused: not stored; `server_message` has HAProxy's messages.
            OutcomeUnknown: the text may be stored.
            TargetError: the text was not sent.
        """
        query = [("version", str(version)), *([("skip_reload", "true")] if skip_reload else [])]
        self._grace = GRACE_S
        # The server refuses an empty body, but accepts an empty line: so an empty configuration can be restored.
        answer = self._connection.write("POST", RAW, query, Content.text(text or "\n"))
        if answer.status == 409 and answer.version is not None:
            raise moved(self.url, answer)
        if answer.status >= 500 or answer.version is None:
            # A server also answers 500 for errors after it has stored the text, and a gateway may answer with an error
            # after it has forwarded the request.
            raise OutcomeUnknown(refused(f"{self.url}: POST {RAW}", answer).message, hint=COMPARE)
        if answer.status == 400:
            self._tidy_failed(answer)
        self._expect(answer, f"POST {RAW}", 201, 202)
        return Pushed(Snapshot.of(answer.text, answer.own_version), answer.reload_id)

    def validate_raw(self, text: str) -> tuple[str, ...]:
        """Let the server check a text with HAProxy. Nothing is stored.

        Args:
            text: a whole configuration.

        Returns:
            HAProxy's warnings. Only the embedded server reports them.

        Raises:
            ServerRefused: the text is invalid; `server_message` has HAProxy's messages.
            TargetError: there is no answer.
        """
        if self._sandbox is not None and (why := self._sandbox.refusal(text)):
            raise ServerRefused(f"{self.url}: not checked: {one_line(why)}", status=400, server_message=lines(why))
        try:
            answer = self._connection.write("POST", RAW, (("only_validate", "true"),), Content.text(text))
        except OutcomeUnknown as lost:
            raise TargetError(lost.message, hint=lost.hint) from lost
        return self._expect(answer, f"POST {RAW}?only_validate=true", 200, 202).warnings

    def await_reload(
        self, reload_id: str, *, timeout: float = 120.0, on_wait: Callable[[float], None] | None = None
    ) -> Reload:
        """Wait for the end of a reload.

        Args:
            reload_id: from the answer to a commit or a push.
            timeout: maximum wait in seconds.
            on_wait: called before each pause with the seconds waited so far.

        Returns:
            The successful reload.

        Raises:
            ReloadFailedError: HAProxy could not load the configuration.
            OutcomeUnknown: the result of the reload is unknown.
        """
        return await_reload(self.get_json, reload_id, timing=self._timing, timeout=timeout, on_wait=on_wait)

    def server_time(self) -> float | None:
        """The time of the server, in seconds since 1970; None if it does not tell.

        Raises:
            TargetError: there is no answer.

        Source: header Date of API /services/haproxy/configuration/version.
        """
        return self._read("/services/haproxy/configuration/version").date

    def pending_reload(self) -> str:
        """The reload that has not run yet: the one to wait for if the answer with its id was lost.

        Returns:
            Its id; "" if no reload is pending.

        Raises:
            TargetError: the reloads cannot be listed.

        Source: API /services/haproxy/reloads.
        """
        listed = self.get_json("/services/haproxy/reloads")
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, dict) and one.get("status") == "in_progress":
                return str(one.get("id") or "")
        return ""

    def _read(self, path: str, query: Query = ()) -> Answer:
        """Read. After a commit was sent, reads may take `GRACE_S` longer than the deadline of the command."""
        return self._connection.read(path, query, grace=self._grace)

    def _expect(self, answer: Answer, what: str, *statuses: int) -> Answer:
        if answer.status not in statuses:
            raise refused(f"{self.url}: {what}", answer)
        return answer

    def _expect_within(self, transaction: str, answer: Answer, what: str, *statuses: int) -> Answer:
        """Like `_expect`, for a request in a transaction: a refusal by an outdated transaction is `StalePlanError`.

        The server's message does not name this reason, so the status of the transaction is read.
        """
        if answer.status in _MAY_BE_OUTDATED and answer.version is not None:
            with suppress(TargetError):
                if self.transaction_status(transaction) == "outdated":
                    raise moved(self.url, answer)
        return self._expect(answer, what, *statuses)

    def _how_to_tidy(self) -> str:
        path = f"{self._endpoint.base}{TRANSACTIONS}"
        return (
            f"delete transactions that are not in use: list them with GET {path}?status=in_progress, "
            f"then send DELETE {path}/ID for each"
        )

    def _no_version_3(self, answer: Answer) -> TargetError:
        """The error for an API without a specification: it has version 2, or it is not a Data Plane API."""
        old = self._connection.read("/v2/specification", base=self._endpoint.root)
        if old.status in (200, 401):
            return TargetError(
                f"{self.url} speaks version 2 of the API, not 3.0 or newer",
                hint="upgrade dataplaneapi to the release of your HAProxy",
            )
        return refused(f"{self.url}: not a Data Plane API of version 3", answer)

    def _tidy_failed(self, answer: Answer) -> None:
        """Delete the transaction that the server created for a refused raw push; its id is only in the message."""
        named = _FAILED_ID.search(answer.message)
        if named is not None:
            self.abandon(named[1])


def _transaction_path(transaction: str) -> str:
    return f"{TRANSACTIONS}/{quote(transaction, safe='')}"


def _expected(request: Request) -> tuple[int, ...]:
    """Expected statuses of a write in a transaction: 202, exceptions of a few handlers, 204 from older releases."""
    collection = request.path.removeprefix("/services/haproxy/configuration/").partition("/")[0]
    odd = _ODD.get((request.method, collection), ())
    return (202, *odd, *((204,) if request.method == "DELETE" else ()))


def _version_of(specification: Json) -> str:
    info = specification.get("info") if isinstance(specification, dict) else None
    version = info.get("version") if isinstance(info, dict) else None
    return version if isinstance(version, str) else ""
