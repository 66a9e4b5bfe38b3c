"""messages: a job and its answer as lines of JSON, between `apart` and `child`.

Rule 1: an answer is parsed strictly: code that broke out of the sandbox can write any answer, and must not gain more
than a template can with its text.

Theory of operation: JSON escapes everything that is not ASCII, so bytes that are not UTF-8 are escaped surrogates. Each
source is listed once; lines have its number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple
from pathlib import Path

from hsync.errors import BugError, ConfigError, Fault, HsyncError, InputError, NotAllowedError, UsageError
from hsync.render.job import Answer, Job
from hsync.render.limits import Limits
from hsync.render.rendered import Rendered
from hsync.render.taken import Taken
from hsync.trust.reach import Reach

__all__ = ["read_answer", "read_job", "write_answer", "write_error", "write_job"]


# Jobs


def write_job(job: Job, limits: Limits) -> bytes:
    """A job and its limits as a line.

    Args:
        job: the job.
        limits: its limits.
    """
    paths = {"templates": job.templates, "search": job.search, "files": job.files}
    return _line(
        {
            **{name: [str(path) for path in found] for name, found in paths.items()},
            "root": str(job.root),
            "filters": str(job.filters) if job.filters else None,
            "pairs": job.pairs,
            "json_pairs": job.json_pairs,
            "yaml": job.yaml,
            "as_ansible": job.as_ansible,
            "reach": _reach(job.reach),
            "limits": astuple(limits),
        }
    )


def read_job(line: bytes) -> tuple[Job, Limits]:
    """The inverse of `write_job`. The line is trusted, since hsync has written it.

    Args:
        line: from `write_job`.
    """
    found = json.loads(line)
    templates, search, files = (tuple(map(Path, found[name])) for name in ("templates", "search", "files"))
    job = Job(
        templates,
        search,
        Path(found["root"]),
        files,
        tuple(found["pairs"]),
        tuple(found["json_pairs"]),
        found["yaml"],
        Path(found["filters"]) if found["filters"] else None,
        found["as_ansible"],
        _read_reach(**found["reach"]),
    )
    return job, Limits(*found["limits"])


def _reach(reach: Reach) -> dict[str, object]:
    return {
        "root": str(reach.root) if reach.root else None,
        "others": [str(one) for one in reach.others],
        "secrets": None if reach.secrets is None else sorted(reach.secrets),
    }


def _read_reach(root: str | None, others: list[str], secrets: list[str] | None) -> Reach:
    return Reach(
        Path(root) if root else None, tuple(map(Path, others)), None if secrets is None else frozenset(secrets)
    )


# Answers


def write_answer(answer: Answer) -> bytes:
    """An answer as a line.

    Args:
        answer: the answer.
    """
    return _line({"rendered": [_rendered(one) for one in answer.rendered]})


def _rendered(one: Rendered) -> dict[str, object]:
    numbers = {source: number for number, source in enumerate(dict.fromkeys(one.lines))}
    return {
        "text": one.text,
        "sources": list(numbers),
        "lines": [numbers[source] for source in one.lines],
        "digests": one.digests,
        "taken": [astuple(secret) for secret in one.taken],
    }


_ERRORS = {kind.__name__: kind for kind in (InputError, ConfigError, UsageError, BugError, NotAllowedError)}
"""The errors that a rendering can raise."""


def write_error(error: HsyncError) -> bytes:
    """An error as a line, with all its faults.

    Args:
        error: an error of a rendering.
    """
    faults = [astuple(fault) for fault in error.faults] if isinstance(error, ConfigError) else []
    claims = error.claims if isinstance(error, NotAllowedError) else ()
    kind = type(error).__name__
    return _line({"error": kind, "message": error.message, "hint": error.hint, "faults": faults, "claims": claims})


def read_answer(line: bytes) -> Answer:
    """The inverse of `write_answer` and `write_error`.

    Args:
        line: from the process that renders.

    Raises:
        HsyncError: the error in the line.
        BugError: the line is malformed.
    """
    try:
        found = _object(json.loads(line))
        if "error" in found:
            raise _error(found)
        return Answer(tuple(_read_rendered(_object(one)) for one in _list(found["rendered"])))
    except (ValueError, TypeError, LookupError, RecursionError) as fault:
        raise BugError(
            f"the process that renders templates gave a malformed answer: {type(fault).__name__}: {fault}",
            hint="please report it; if the project has its own filters, check them first",
        ) from fault


def _error(found: Mapping[str, object]) -> HsyncError:
    kind, message, hint = _ERRORS[_text(found["error"])], _text(found["message"]), _text(found["hint"])
    faults = [_fault(_list(one)) for one in _list(found["faults"])]
    error = ConfigError("", faults, hint=hint) if kind is ConfigError else kind(message, hint=hint)
    if isinstance(error, NotAllowedError):
        error.claims = tuple(_claim(_list(one)) for one in _list(found["claims"]))
    error.message, error.args = message, (message,)
    return error


def _claim(values: list[object]) -> tuple[str, str, str]:
    text, where, setting = map(_text, values)
    return text, where, setting


def _fault(values: list[object]) -> Fault:
    where, what, remedy, line, column, number = values
    return Fault(_text(where), _text(what), _text(remedy), _text(line), _number(column), _number(number))


def _read_rendered(found: Mapping[str, object]) -> Rendered:
    sources = [_text(one) for one in _list(found["sources"])]
    lines = [sources[_number(one)] for one in _list(found["lines"])]
    digests = [tuple(map(_text, _list(pair))) for pair in _list(found["digests"])]
    return Rendered(
        _text(found["text"]),
        tuple(lines),
        tuple((name, value) for name, value in digests),
        tuple(_taken(_list(one)) for one in _list(found["taken"])),
    )


def _taken(values: list[object]) -> Taken:
    name, text, arguments, where, line = values
    made = None if text is None else _text(text)
    return Taken(_text(name), made, tuple(map(_text, _list(arguments))), _text(where), _text(line))


# JSON


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, got {type(value).__name__}")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(f"expected a number, got {value!r:.20}")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, got {type(value).__name__}")
    return value


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object, got {type(value).__name__}")
    return value
