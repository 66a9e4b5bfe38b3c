"""Raw: reads and pushes of the whole text.

Source: docs/reference/dataplane-api.md 3.
"""

from __future__ import annotations

import json

from hsync.dataplane.answers import WARNINGS
from hsync.dataplane.embedded.answers import Answer, Refusal, text_answer
from hsync.dataplane.embedded.engine import Engine
from hsync.dataplane.embedded.header import carried_md5, read_header
from hsync.dataplane.embedded.requests import Request
from hsync.dataplane.embedded.staged import load
from hsync.dataplane.embedded.transactions import Transaction

__all__ = ["read_raw", "write_raw"]


def read_raw(engine: Engine, request: Request) -> Answer:
    """The text on disk, the text of a transaction with any status, or a backup.

    Raises:
        Refusal: there is no such transaction or backup.
    """
    request.require_accept("application/json", "text/plain")
    version, name = request.number("version"), request.transaction_id
    if version and name:
        what = "specify only one: Both version and transactionID specified, specify only one"
        raise Refusal(400, f"both version and transaction specified, {what}")
    if name:
        transaction = engine.transactions.find(name)
        if transaction is None:
            raise Refusal(400, f"transaction does not exist: transaction file {name} does not exist")
        shown = transaction.staged.shown
        return _text(200, transaction.staged.text(engine.settings.manner) if shown is None else shown)
    if version:
        if version not in engine.backups:
            raise Refusal(404, f"missing object: backup file for version {version} does not exist")
        return _text(200, engine.backups[version])
    return _text(200, engine.disk())


def write_raw(engine: Engine, request: Request) -> Answer:
    """Replace the whole text, or only validate it.

    Raises:
        Refusal: a bad request, an outdated version, or a text that HAProxy refuses.
    """
    request.require_accept("application/json", "text/plain")
    if request.content:
        request.require_type("text/plain")
    skip_reload, force = request.flag("skip_reload"), request.flag("force_reload")
    skip_version, only_validate, version = (
        request.flag("skip_version"),
        request.flag("only_validate"),
        request.number("version"),
    )
    text = _pushed(request)
    if only_validate:
        warnings = engine.judge(text)
        # The real server does not report warnings. JSON, since a header value must be ASCII on one line.
        return _text(202, engine.disk(), **({WARNINGS: json.dumps(warnings)} if warnings else {}))
    if not skip_version:
        if not version:
            raise Refusal(
                400, "version or transaction not specified: version or transaction not specified, specify only one"
            )
        engine.check_version(version)
    return _push(engine, text, version, skip_version=skip_version, skip_reload=skip_reload, force=force)


def _pushed(request: Request) -> str:
    if not request.content:
        raise Refusal(400, "value is required but missing")
    text = request.content.decode("utf-8", "surrogateescape")
    if "\n" not in text:
        raise Refusal(400, "invalid configuration: no newline character found")
    return text if text.endswith("\n") else text + "\n"


def _push(engine: Engine, text: str, version: int, *, skip_version: bool, skip_reload: bool, force: bool) -> Answer:
    # With skip_version the version in the pushed text becomes the current version.
    kept = (read_header(text).version or 1) if skip_version else version
    staged = load(text, kept, exact=engine.settings.manner.keeps_layout)
    engine.commit(Transaction(staged), keep_version=skip_version)
    stored = engine.disk()
    if skip_reload:
        return _text(201, stored)
    if force:
        engine.reloads.force()
        return _text(201, stored)
    return _text(202, stored, **{"Reload-ID": engine.reloads.schedule()})


def _text(status: int, text: str, **headers: str) -> Answer:
    md5 = carried_md5(text)
    return text_answer(status, text, **({"Configuration-Checksum": md5} if md5 else {}), **headers)
