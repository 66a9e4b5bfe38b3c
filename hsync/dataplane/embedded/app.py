"""App: from a request to an answer. It finds the handler of a path, and handles all endpoints that are not resources.

Rule 1: requests are checked in the real server's order: path, method, content type, parameters, body, version or
transaction.
Rule 2: all answers have a `Configuration-Version`: for a request with a transaction that of the transaction, 0 if it is
not open.

Source: docs/reference/dataplane-api.md 1.4, 2.2, 2.4.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from urllib.parse import unquote

from hsync.dataplane.embedded.answers import Answer, Refusal, empty, json_answer
from hsync.dataplane.embedded.bodies import read_json
from hsync.dataplane.embedded.engine import Engine
from hsync.dataplane.embedded.raw import read_raw, write_raw
from hsync.dataplane.embedded.requests import Request
from hsync.dataplane.embedded.resources import Partial, read, write
from hsync.dataplane.embedded.routes import Place, find_place
from hsync.dataplane.embedded.staged import load
from hsync.dataplane.embedded.transactions import Status, Transaction
from hsync.schema import Json
from hsync.version import __version__

__all__ = ["answer", "configuration_version"]

BASE = "/v3"

_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2}).{0,2}")

_NEITHER = "version or transaction not specified: version or transaction not specified, specify only one"

_DONE_AT_ONCE = frozenset({("traces", "PUT")})
"""Writes that answer 200 even in a transaction (docs/reference/dataplane-api.md 2.2)."""

Handler = Callable[[Engine, Request, list[str]], Answer]


def answer(engine: Engine, request: Request) -> Answer:
    """Answer one request.

    Args:
        engine: the server's state.
        request: the request.

    Returns:
        The answer, refusals included, without `Configuration-Version`.
    """
    try:
        engine.refresh()
        return _dispatch(engine, request)
    except Refusal as refusal:
        return refusal.answer()


def configuration_version(engine: Engine, request: Request) -> int:
    """The value of the header `Configuration-Version`."""
    name = next((value for key, value in request.query if key == "transaction_id"), "")
    if not name:
        return engine.version
    found = engine.transactions.find(name)
    return found.version if found is not None and found.status is Status.IN_PROGRESS else 0


def _dispatch(engine: Engine, request: Request) -> Answer:
    if _BAD_ESCAPE.search(request.path):
        return Answer(400, b"400 Bad Request", "text/plain; charset=utf-8")  # by Go's HTTP server, before the API
    path = request.path.rstrip("/") if request.path.count("/") > 2 else request.path
    segments = [unquote(segment) for segment in path.split("/")[1:]]
    if path == BASE + "/":
        raise Refusal(404, "no matching operation was found")
    handlers = _find(engine, request, segments)
    if handlers is None:
        raise Refusal(404, f"path {request.path} was not found")
    handler = handlers.get(request.method)
    if handler is None:
        what = f"method {request.method} is not allowed for path {request.path}"
        raise Refusal(405, what, Allow=", ".join(handlers))
    if handler not in {_get_raw, _post_raw}:
        request.require_accept("application/json")
    return handler(engine, request, segments)


def _find(engine: Engine, request: Request, segments: list[str]) -> dict[str, Handler] | None:
    known = _ENDPOINTS.get(tuple(segments))
    if known is not None:
        return known
    if segments[:4] == ["v3", "services", "haproxy", "configuration"] and len(segments) > 4:
        place = find_place(segments[4:], dict(request.query))
        return None if place is None else dict.fromkeys(place.methods, partial(_resource, place))
    if len(segments) == 5 and segments[:3] == ["v3", "services", "haproxy"]:
        return _ITEMS.get(segments[3])
    is_text = len(segments) == 6 and segments[3] == "transactions" and segments[5] == "text"
    return {"PUT": _put_text} if is_text and engine.settings.manner.keeps_layout else None


def _get_info(engine: Engine, request: Request, segments: list[str]) -> Answer:  # noqa: ARG001 - a handler
    api: Json = {"version": f"v{engine.settings.api} hsync-{__version__}", "build_date": "1970-01-01T00:00:00.000Z"}
    return json_answer(200, {"api": api, "system": {"hostname": os.uname().nodename}})


def _get_health(engine: Engine, request: Request, segments: list[str]) -> Answer:  # noqa: ARG001 - a handler
    return json_answer(200, {"haproxy": "unknown"})


def _get_specification(engine: Engine, request: Request, segments: list[str]) -> Answer:  # noqa: ARG001 - a handler
    info: Json = {"title": "HAProxy Data Plane API", "version": engine.settings.api}
    return json_answer(200, {"swagger": "2.0", "basePath": BASE, "info": info, "paths": {}})


def _get_version(engine: Engine, request: Request, segments: list[str]) -> Answer:  # noqa: ARG001 - a handler
    name = request.transaction_id
    return json_answer(200, engine.transactions.open_one(name).version if name else engine.version)


def _get_raw(engine: Engine, request: Request, segments: list[str]) -> Answer:  # noqa: ARG001 - a handler
    return read_raw(engine, request)


def _post_raw(engine: Engine, request: Request, segments: list[str]) -> Answer:  # noqa: ARG001 - a handler
    return write_raw(engine, request)


def _get_reloads(engine: Engine, request: Request, segments: list[str]) -> Answer:  # noqa: ARG001 - a handler
    return json_answer(200, engine.reloads.all())


def _get_reload(engine: Engine, request: Request, segments: list[str]) -> Answer:  # noqa: ARG001 - a handler
    return json_answer(200, engine.reloads.one(segments[-1]))


def _get_stats(engine: Engine, request: Request, segments: list[str]) -> Answer:  # noqa: ARG001 - a handler
    from hsync.dataplane.embedded.stats import native

    return json_answer(200, native(engine.settings.master_socket))


def _get_transactions(engine: Engine, request: Request, segments: list[str]) -> Answer:  # noqa: ARG001 - a handler
    status = request.get("status")
    if status is not None and status not in {"failed", "in_progress"}:
        raise Refusal(400, 'status in query: value is not one of the allowed values ["failed","in_progress"]')
    return json_answer(200, engine.transactions.listed(status or ""))


def _post_transaction(engine: Engine, request: Request, segments: list[str]) -> Answer:  # noqa: ARG001 - a handler
    if request.get("version") is None:
        raise Refusal(400, "Query argument version is required, but not found")
    wanted = request.number("version")
    engine.transactions.check_limit()
    engine.check_version(wanted)
    return json_answer(201, engine.transactions.add(engine.begin()).json())


def _get_transaction(engine: Engine, request: Request, segments: list[str]) -> Answer:  # noqa: ARG001 - a handler
    return json_answer(200, engine.transactions.get(segments[-1]).json())


def _put_transaction(engine: Engine, request: Request, segments: list[str]) -> Answer:
    force = request.flag("force_reload")
    transaction = engine.transactions.committable(segments[-1])
    version_before = transaction.version
    engine.commit(transaction)
    engine.transactions.done(transaction, version_before)
    body: Json = {"_version": version_before, "id": transaction.id, "status": "success"}
    if force:
        engine.reloads.force()
        return json_answer(200, body)
    return json_answer(202, body, **{"Reload-ID": engine.reloads.schedule()})


def _put_text(engine: Engine, request: Request, segments: list[str]) -> Answer:
    """Replace the staged text by one with another layout: only hsync's own server has this, for file targets."""
    request.require_type("text/plain")
    transaction = engine.transactions.open_one(segments[-2])
    staged = load(request.content.decode("utf-8", "surrogateescape"), transaction.version, exact=True)
    transaction.staged = replace(staged, disclaimer=transaction.staged.disclaimer)
    return empty(204)


def _delete_transaction(engine: Engine, request: Request, segments: list[str]) -> Answer:  # noqa: ARG001 - a handler
    engine.transactions.delete(segments[-1])
    return empty(204)


def _resource(place: Place, engine: Engine, request: Request, segments: list[str]) -> Answer:  # noqa: ARG001 - a handler
    if request.method == "GET":
        name = request.transaction_id
        full = request.flag("full_section")
        staged = engine.transactions.open_one(name).staged if name else engine.memory
        return json_answer(200, read(staged.content, place, full=full))
    return _write(engine, request, place)


def _write(engine: Engine, request: Request, place: Place) -> Answer:
    if request.content:
        request.require_type("application/json")
    wanted, force, name = request.number("version"), request.flag("force_reload"), request.transaction_id
    full = request.flag("full_section")
    value = read_json(request.content) if request.method != "DELETE" else None
    if name and wanted:
        raise Refusal(400, "both version and transaction specified, specify only one")
    if name and force:
        raise Refusal(400, "Both force_reload and transaction specified, specify only one")
    if name:
        transaction = engine.transactions.open_one(name)
        status = 200 if (place.type.kind, request.method) in _DONE_AT_ONCE else 202
        return _echo(status, _staged_write(engine, transaction, place, request.method, value, full=full))
    if not wanted:
        raise Refusal(400, _NEITHER)
    engine.check_version(wanted)
    transaction = engine.begin()
    echo = _staged_write(engine, transaction, place, request.method, value, full=full)
    engine.commit(transaction)
    if force:
        engine.reloads.force()
        return _echo({"POST": 201, "PUT": 200}.get(request.method, 204), echo)
    return _echo(202, echo, **{"Reload-ID": engine.reloads.schedule()})


def _staged_write(
    engine: Engine, transaction: Transaction, place: Place, method: str, value: Json, *, full: bool
) -> Json:
    staged = transaction.staged
    try:
        echo = write(staged.content, place, method, value, full=full)
    except Partial as partial:
        # The real server keeps half of such a write. Reads do not show it, the next write or the commit does.
        staged.shown = staged.shown or staged.text(engine.settings.manner)
        partial.effect()
        raise
    staged.shown = None
    return echo


def _echo(status: int, value: Json, **headers: str) -> Answer:
    return empty(status, **headers) if value is None else json_answer(status, value, **headers)


_HAPROXY = ("v3", "services", "haproxy")

_ENDPOINTS: dict[tuple[str, ...], dict[str, Handler]] = {
    ("v3", "info"): {"GET": _get_info},
    ("v3", "health"): {"GET": _get_health},
    ("v3", "specification"): {"GET": _get_specification},
    (*_HAPROXY, "configuration", "version"): {"GET": _get_version},
    (*_HAPROXY, "configuration", "raw"): {"GET": _get_raw, "POST": _post_raw},
    (*_HAPROXY, "reloads"): {"GET": _get_reloads},
    (*_HAPROXY, "stats", "native"): {"GET": _get_stats},
    (*_HAPROXY, "transactions"): {"GET": _get_transactions, "POST": _post_transaction},
}

_ITEMS: dict[str, dict[str, Handler]] = {
    "reloads": {"GET": _get_reload},
    "transactions": {"GET": _get_transaction, "PUT": _put_transaction, "DELETE": _delete_transaction},
}
