"""DataplaneClient: the Data Plane API v3 as the few verbs that plan and apply are made of.

Rule 1: only this package knows httpx; only this class knows paths of the API that are not made from an address.
Rule 2: a write is sent once; its answer is the expected one or an error with the server's own words.
Rule 3: an error that means "nothing happened" and one that means "it may have happened" are different types
    (`ServerRefused`, `TargetError`; `OutcomeUnknown`). In doubt it is the latter.
Rule 4: neither `version` nor `force_reload` nor `skip_version` nor raw text ever goes into a transaction: the server
    would ignore the id and act at once.

Theory: the server has one lock, the version in the file's header. A transaction is opened on it and checked again at
commit; that it moved is `StalePlanError` at either place. A lost answer to a commit is resolved by reading the
transaction: while it is there it was not committed (but may be at it: no lock is taken to read it), and when it is
gone it was committed or deleted, which only the content can tell.

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

import httpx

from hsync.dataplane.answers import Answer, lines, one_line, refused
from hsync.dataplane.connection import Connection, Content, OnRequest, Query, Timing
from hsync.dataplane.deadline import NEVER, Deadline
from hsync.dataplane.endpoint import Endpoint, absolute, endpoint_of, tls_context
from hsync.dataplane.pins import pins_of
from hsync.dataplane.reloads import Reload, await_reload
from hsync.dataplane.traits import FILE, SERVER, Traits
from hsync.dataplane.wire import Wire
from hsync.errors import (
    BugError,
    OutcomeUnknown,
    ReloadFailedError,
    ServerRefused,
    StalePlanError,
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

_SETTLE_S = 30.0
"""How long a transaction may stay open after the answer to its commit was lost: a checker on a big configuration."""

GRACE_S = 5.0
"""Seconds behind the end of a command in which a transaction is deleted, and read what has become of a commit."""

_COMMIT_PAUSES_S = (1.0, 2.0, 4.0)
"""How long the memory may be ahead of the disk while HAProxy checks the text of a commit."""

_LINE = re.compile(r"3\.\d{1,3}(?=\.|$)", re.ASCII)
_FAILED_ID = re.compile(r"transactionId=([0-9A-Za-z-]{1,64})")
_ODD = {
    ("POST", "traces"): (201,),
    ("PUT", "traces"): (200,),
    ("PUT", "mailers_section"): (200,),  # up to 3.3.5
    ("PUT", "http_errors_sections"): (200,),  # up to 3.3.5
}
_NOT_IN_TRANSACTION = frozenset({"version", "transaction_id", "force_reload", "skip_version"})

_MAY_BE_OUTDATED = frozenset({400, 404, 406, 409})
"""How servers refuse what is sent into a transaction that is not open any more; they do not say why it is not."""

_PLAN_AGAIN = "make the plan again and review it: hsync plan"
_COMPARE = "apply the same plan again, which compares what the server runs with what was promised: hsync apply PLAN"


@dataclass(frozen=True, slots=True)
class Committed:
    """A transaction that was committed.

    Args:
        version: the configuration version from now on.
        reload_id: the reload to wait for; None when it has been waited for, or there is none.
    """

    version: int
    reload_id: str | None = None


@dataclass(frozen=True, slots=True)
class Pushed:
    """A raw push that was stored.

    Args:
        snapshot: what the server says that it stored, and its version.
        reload_id: the reload to wait for; None when none was asked for.
    """

    snapshot: Snapshot
    reload_id: str | None = None


class DataplaneClient:
    """One target. Keeps its connections, may be used from several threads, is a context manager.

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
        sandbox: what a text may name that is judged for somebody who is not trusted; None for anything.
        transport: another way for requests to travel: tests, and the embedded target.
        traits: how the target differs from others.
        on_request: watches requests, see `OnRequest`.
        sleep: pauses for seconds.
        clock: seconds that only grow.

    Raises:
        UsageError: a wrong URL, a secret in it, plain http to another host, or a file that does not serve.
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
            transport = _transport(endpoint, ca_file, client_cert, client_key, pin)
            if endpoint.is_open and not allow_plaintext:
                raise _plaintext(endpoint)
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
            settings: how the server behaves.
            text: a text in memory, instead of the file.
            haproxy_bin: HAProxy that checks what is committed, instead of the one in `settings`.
            deadline: until when all that is asked of this client must have ended.
            on_request: watches requests, see `OnRequest`.

        Returns:
            The client.

        Raises:
            TargetError: the folder of the file is not there.
        """
        from hsync.dataplane.embedded import EmbeddedSettings, EmbeddedTransport

        chosen = settings or EmbeddedSettings()
        if haproxy_bin is not None:
            chosen = replace(chosen, haproxy_bin=haproxy_bin)
        transport = EmbeddedTransport(path if text is None else None, chosen, text=text or "")
        traits = replace(FILE, is_folder=text is None and Path(path).is_dir())
        # Its steps have bounds of their own: the check, the reload, the lock on the file.
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
        """What plans are bound to: the normalised URL, `unix:///path`, or `file:/path`."""
        return self._endpoint.identity

    @property
    def url(self) -> str:
        """The same for messages: holds no secret."""
        return self._endpoint.identity

    def close(self) -> None:
        """Close the connections. A second time does nothing."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def deadline(self) -> Deadline:
        """Until when all that is asked of this client must have ended."""
        return self._timing.command

    def api_release(self) -> str:
        """The API release, `3.4`. Asked once.

        Returns:
            Major and minor.

        Raises:
            TargetError: no API of version 3 is there.

        Source: API /specification, `info.version`.
        """
        if not self._api_release:
            answer = self._read("/specification")
            if answer.status == 404:
                raise self._no_version_3(answer)
            line = _line_of(self._expect(answer, "GET /specification", 200).json(self.url))
            match = _LINE.match(line)
            if match is None:
                raise TargetError(
                    f"{self.url} speaks version {one_line(line) or 'unknown'} of the Data Plane API, not 3.0 or newer",
                    hint="upgrade dataplaneapi to the line of your HAProxy",
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
            ServerRefused: any status but 200.
            TargetError: there is no answer, or not in JSON.
        """
        return self._expect(self._read(path, query), f"GET {path}", 200).json(self.url)

    def snapshot(self, transaction: str | None = None) -> Snapshot:
        """The text that the target runs, or the one staged in a transaction, with its version: one request.

        Args:
            transaction: id of a transaction.

        Returns:
            The text byte for byte, header lines included.

        Raises:
            TargetError: it cannot be read.

        Source: API /services/haproxy/configuration/raw.
        """
        query = (("transaction_id", transaction),) if transaction is not None else ()
        answer = self._expect(self._read(RAW, query), f"GET {RAW}", 200)
        return Snapshot.of(answer.text, answer.own_version)

    def at_rest(self) -> Snapshot:
        """The text on disk, read again while the memory is ahead of it: during a commit it is so for a moment.

        Returns:
            The snapshot; where the memory stays ahead, a reload has failed.

        Raises:
            TargetError: it cannot be read.
        """
        before, snapshot = None, self.snapshot()
        for pause in _COMMIT_PAUSES_S:
            if not snapshot.memory_ahead or snapshot == before:
                break
            self._timing.pause(pause)
            before, snapshot = snapshot, self.snapshot()
        return snapshot

    def begin(self, version: int) -> str:
        """Open a transaction.

        Args:
            version: the version that the plan was made on.

        Returns:
            Its id. Whoever asked for it must commit or abandon it: the server never forgets one.

        Raises:
            StalePlanError: the server has another version.
            TargetError: it could not be opened.
        """
        self._left_open = ""
        try:
            answer = self._connection.write("POST", TRANSACTIONS, (("version", str(version)),))
        except OutcomeUnknown as lost:
            # Nothing can have changed, but a transaction may be open that nobody knows.
            raise TargetError(lost.message, hint=self._how_to_tidy()) from lost
        if answer.version is not None:
            self._left_open = None
            if answer.status == 409:
                raise self._moved(answer)
        if answer.status == 429:
            raise refused(f"{self.url}: no further transaction can be opened", answer, self._how_to_tidy())
        body = self._expect(answer, f"POST {TRANSACTIONS}", 201).json(self.url)
        found = body.get("id") if isinstance(body, dict) else None
        if not isinstance(found, str) or not found:
            raise TargetError(f"{self.url}: a transaction without an id: {one_line(answer.text[:200])}")
        self._left_open = found
        return found

    def send(self, request: Request, transaction: str) -> None:
        """Send one operation into a transaction. After any error the transaction must be abandoned, never continued.

        Args:
            request: what to send.
            transaction: id of the transaction.

        Raises:
            StalePlanError: another commit came first: nothing goes into this transaction any more.
            ServerRefused: any status but the expected one.
            OutcomeUnknown: the answer is lost.
            TargetError: it was not sent.
            BugError: a request that the server would not keep in the transaction.
        """
        if request.path == RAW or _NOT_IN_TRANSACTION & {name for name, _ in request.query}:
            raise BugError(f"this does not go into a transaction: {request.method} {request.path} {request.query}")
        content = None if request.body is None else Content.json(request.body)
        query = (*request.query, ("transaction_id", transaction))
        answer = self._connection.write(request.method, request.path, query, content)
        self._expect_within(transaction, answer, f"{request.method} {request.path}", *_expected(request)).json(self.url)

    def as_target(self, name: str, api: str = "") -> Target:
        """The target as plans name it.

        Args:
            name: for people.
            api: its API release, if that is known; default: the server is asked.

        Raises:
            TargetError: no API of version 3 is there.
        """
        return Target(name, self.identity, api or self.api_release(), self.traits.keeps_text)

    def lay_out(self, text: str, transaction: str) -> None:
        """Give what a transaction has staged another text of the same meaning. Only for a target that keeps text.

        Args:
            text: the whole text, without header lines.
            transaction: id of the transaction.

        Raises:
            StalePlanError: another commit came first.
            ServerRefused: there is no such transaction.
            TargetError: it was not done.
            BugError: the target does not keep text.

        Source: none of the Data Plane API's; the embedded server's own.
        """
        if not self.traits.keeps_text:
            raise BugError(f"{self.url} does not keep the text that it is given")
        path = f"{_transaction_path(transaction)}/text"
        answer = self._connection.write("PUT", path, (), Content.text(text or "\n"))
        self._expect_within(transaction, answer, f"PUT {path}", 204)

    def commit(self, transaction: str, *, force_reload: bool = False) -> Committed:
        """Commit a transaction. Never repeated: a lost answer is resolved by reading.

        Args:
            transaction: its id.
            force_reload: reload at once, and answer when it is done.

        Returns:
            The new version, and the reload to wait for.

        Raises:
            StalePlanError: the version moved in the meantime.
            ServerRefused: the configuration is not valid; `server_message` has HAProxy's lines.
            ReloadFailedError: committed, and the forced reload failed.
            OutcomeUnknown: it may have been committed.
            TargetError: it was not committed.
        """
        path = _transaction_path(transaction)
        query = (("force_reload", "true"),) if force_reload else ()
        self._grace = GRACE_S
        try:
            answer = self._connection.write("PUT", path, query)
        except OutcomeUnknown as lost:
            raise self._fate(transaction, lost, _SETTLE_S) from lost
        if answer.status not in (200, 202):
            raise self._not_committed(transaction, answer, force_reload=force_reload)
        if not answer.is_about(transaction):
            odd = OutcomeUnknown(f"{self.url}: commit: the answer is not about it: {one_line(answer.text[:200])}")
            raise self._fate(transaction, odd, 0.0)
        self._left_open = None
        return Committed(answer.own_version, answer.reload_id)

    def abandon(self, transaction: str) -> None:
        """Delete a transaction, whatever its status. For `finally` blocks: says nothing if it cannot be done.

        Args:
            transaction: its id.
        """
        with suppress(TargetError):
            answer = self._connection.repeat("DELETE", _transaction_path(transaction), grace=GRACE_S)
            if answer.status in (204, 404) and answer.version is not None:
                self._left_open = None

    def transaction_status(self, transaction: str) -> str | None:
        """What became of a transaction.

        Args:
            transaction: its id.

        Returns:
            `in_progress`, `failed` or `outdated`; None when it is not there: committed or deleted.

        Raises:
            TargetError: it cannot be told.
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
        """The ids of the transactions that are open on a version, whoever opened them.

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
        """The transaction that this client has opened last, and neither committed nor deleted.

        None when there is none; "" when one was asked for, and the answer with its id was not read.
        """
        return self._left_open

    @property
    def tidying(self) -> str:
        """How to delete transactions that nobody works on, in words."""
        return self._how_to_tidy()

    def push_raw(self, text: str, version: int, *, skip_reload: bool = False) -> Pushed:
        """Replace the whole configuration, in one versioned request of its own.

        Args:
            text: the new configuration.
            version: the version that it replaces.
            skip_reload: store it, and do not reload.

        Returns:
            What the server says that it stored, and the reload to wait for.

        Raises:
            StalePlanError: the server has another version.
            ServerRefused: not stored; `server_message` has HAProxy's lines.
            OutcomeUnknown: it may have been stored.
            TargetError: it was not sent.
        """
        query = [("version", str(version)), *([("skip_reload", "true")] if skip_reload else [])]
        self._grace = GRACE_S
        # An empty body is refused, an empty line is not: a configuration without a line can be put back, too.
        answer = self._connection.write("POST", RAW, query, Content.text(text or "\n"))
        if answer.status == 409 and answer.version is not None:
            raise self._moved(answer)
        if answer.status >= 500 or answer.version is None:
            # A server answers 500 also for what fails when the text is stored; a gateway may refuse what it passed on.
            raise OutcomeUnknown(refused(f"{self.url}: POST {RAW}", answer).message, hint=_COMPARE)
        if answer.status == 400:
            self._tidy_failed(answer)
        self._expect(answer, f"POST {RAW}", 201, 202)
        return Pushed(Snapshot.of(answer.text, answer.own_version), answer.reload_id)

    def validate_raw(self, text: str) -> tuple[str, ...]:
        """Let the server's checker judge a text. Stores nothing.

        Args:
            text: a whole configuration.

        Returns:
            What HAProxy warns of, in its words. Only the embedded target tells: a server accepts without a word.

        Raises:
            ServerRefused: it is not valid; `server_message` has HAProxy's lines.
            TargetError: there is no answer.
        """
        if self._sandbox is not None and (told := self._sandbox.refusal(text)):
            raise ServerRefused(f"{self.url}: not asked: {one_line(told)}", status=400, server_message=lines(told))
        try:
            answer = self._connection.write("POST", RAW, (("only_validate", "true"),), Content.text(text))
        except OutcomeUnknown as lost:
            raise TargetError(lost.message, hint=lost.hint) from lost
        return self._expect(answer, f"POST {RAW}?only_validate=true", 200, 202).warnings

    def await_reload(
        self, reload_id: str, *, timeout: float = 120.0, on_wait: Callable[[float], None] | None = None
    ) -> Reload:
        """Wait until a reload is over.

        Args:
            reload_id: as a commit or a push answered it.
            timeout: seconds of patience.
            on_wait: called before each pause with the seconds waited so far.

        Returns:
            The reload, succeeded.

        Raises:
            ReloadFailedError: HAProxy did not take the configuration.
            OutcomeUnknown: it cannot be told.
        """
        return await_reload(self.get_json, reload_id, timing=self._timing, timeout=timeout, on_wait=on_wait)

    def pending_reload(self) -> str:
        """The reload that has not run yet: what to wait for when the answer that named it was lost.

        Returns:
            Its id; "" when none is pending.

        Raises:
            TargetError: it cannot be told.

        Source: API /services/haproxy/reloads.
        """
        listed = self.get_json("/services/haproxy/reloads")
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, dict) and one.get("status") == "in_progress":
                return str(one.get("id") or "")
        return ""

    def _read(self, path: str, query: Query = ()) -> Answer:
        """Read. What has been committed can still be read when the time of the command is over."""
        return self._connection.read(path, query, grace=self._grace)

    def _expect(self, answer: Answer, what: str, *statuses: int) -> Answer:
        if answer.status not in statuses:
            raise refused(f"{self.url}: {what}", answer)
        return answer

    def _expect_within(self, transaction: str, answer: Answer, what: str, *statuses: int) -> Answer:
        """As `_expect`; a transaction that another commit has made outdated takes nothing, and nothing says why."""
        if answer.status in _MAY_BE_OUTDATED and answer.version is not None:
            with suppress(TargetError):
                if self.transaction_status(transaction) == "outdated":
                    raise self._moved(answer)
        return self._expect(answer, what, *statuses)

    def _moved(self, answer: Answer) -> StalePlanError:
        words = one_line(answer.message)
        return StalePlanError(f"{self.url} has moved since it was read: {words}", hint=_PLAN_AGAIN)

    def _how_to_tidy(self) -> str:
        path = f"{self._endpoint.base}{TRANSACTIONS}"
        return (
            f"old transactions hold the places: list them with GET {path}?status=in_progress, "
            f"and send DELETE {path}/ID for those that nobody is working on"
        )

    def _no_version_3(self, answer: Answer) -> TargetError:
        """Why there is no specification: an API of version 2, or something else altogether."""
        old = self._connection.read("/v2/specification", base=self._endpoint.root)
        if old.status in (200, 401):
            return TargetError(
                f"{self.url} speaks version 2 of the Data Plane API, not 3.0 or newer",
                hint="upgrade dataplaneapi to the line of your HAProxy",
            )
        return refused(f"{self.url}: no Data Plane API of version 3 is there", answer)

    def _not_committed(
        self, transaction: str, answer: Answer, *, force_reload: bool
    ) -> StalePlanError | TargetError | ReloadFailedError:
        """The error for a commit that was not answered with success."""
        refusal = refused(f"{self.url}: commit", answer)
        if answer.version is None:
            return self._fate(transaction, refusal, 0.0)
        if answer.status == 409 or (answer.status == 406 and "failed" not in answer.message):
            return self._moved(answer)
        if answer.status == 404:
            # A gateway that repeats a PUT gets this for the second one.
            return OutcomeUnknown(f"{refusal.message}: it was deleted, or committed already", hint=_COMPARE)
        if answer.status >= 500:
            return self._fate(transaction, refusal, 0.0)
        if force_reload and answer.status == 400 and self._is_gone(transaction):
            return ReloadFailedError(
                f"{self.url}: committed, but HAProxy did not take it: {one_line(refusal.server_message)}",
                server_message=refusal.server_message,
                hint="the server has put the old file back: correct what failed, then make the plan again: hsync plan",
            )
        return refusal

    def _is_gone(self, transaction: str) -> bool:
        """Whether a transaction is certainly not there. A refused one stays, as `failed`; a committed one is gone."""
        try:
            return self.transaction_status(transaction) is None
        except TargetError:
            return False

    def _fate(self, transaction: str, cause: TargetError, patience: float) -> TargetError | StalePlanError:
        """Find out whether a commit without a clear answer happened; the error that says so."""
        try:
            status = self._settled(transaction, patience)
        except TargetError as blind:
            return OutcomeUnknown(f"{cause.message}; what became of it cannot be read: {blind.message}", hint=_COMPARE)
        if status is None:
            return OutcomeUnknown(f"{cause.message}; it was probably committed: {transaction} is gone", hint=_COMPARE)
        if status == "outdated":
            return StalePlanError(f"{cause.message}; not committed: another commit came first", hint=_PLAN_AGAIN)
        if isinstance(cause, ServerRefused):
            return cause
        return TargetError(f"{cause.message}; not committed: {transaction} is {one_line(status)}", hint=_PLAN_AGAIN)

    def _settled(self, transaction: str, patience: float) -> str | None:
        """The status of a transaction, once it is another than `in_progress` or patience has run out."""
        start, pause = self._timing.clock(), 0.5
        patience = min(patience, self._timing.command.later(GRACE_S).left)
        while (status := self.transaction_status(transaction)) == "in_progress":
            if self._timing.clock() - start + pause > patience:
                break
            self._timing.sleep(pause)
            pause = min(pause * 2, 5.0)
        return status

    def _tidy_failed(self, answer: Answer) -> None:
        """Delete the transaction that a refused raw push leaves behind; only the message names it."""
        named = _FAILED_ID.search(answer.message)
        if named is not None:
            self.abandon(named[1])


def _plaintext(endpoint: Endpoint) -> UsageError:
    return UsageError(
        f"{endpoint.identity}: over plain http others can read and change what travels, the password included",
        hint="give the https:// URL of the server; where you trust the network: --allow-plaintext",
    )


def _transport(
    endpoint: Endpoint, ca_file: Path | None, client_cert: Path | None, client_key: Path | None, pin: str
) -> httpx.BaseTransport:
    """How requests travel to an endpoint."""
    if endpoint.identity.startswith("file:"):
        raise UsageError(f"{endpoint.identity}: an embedded target is opened by its path")
    if client_key is not None and client_cert is None:
        raise UsageError(f"client_key {client_key} without a client_cert")
    if endpoint.is_tls:
        return Wire(tls_context(ca_file, client_cert, client_key), pins=pins_of(pin))
    if ca_file is not None or client_cert is not None or pin:
        raise UsageError(f"{endpoint.identity}: ca_file, client_cert and pin need an https:// URL")
    return Wire(socket_path=endpoint.socket)


def _transaction_path(transaction: str) -> str:
    return f"{TRANSACTIONS}/{quote(transaction, safe='')}"


def _expected(request: Request) -> tuple[int, ...]:
    """Statuses of a write inside a transaction: 202, and what a few handlers answer instead; 204 from older lines."""
    collection = request.path.removeprefix("/services/haproxy/configuration/").partition("/")[0]
    odd = _ODD.get((request.method, collection), ())
    return (202, *odd, *((204,) if request.method == "DELETE" else ()))


def _line_of(specification: Json) -> str:
    info = specification.get("info") if isinstance(specification, dict) else None
    version = info.get("version") if isinstance(info, dict) else None
    return version if isinstance(version, str) else ""
