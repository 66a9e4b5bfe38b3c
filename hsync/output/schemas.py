"""schemas: the JSON documents of hsync as JSON Schema: the fields on which programs can rely.

Rule 1: every document has its format, `hsync-NAME/N`, in the key `format`. An incompatible change increments N. A new
field is a compatible change, so schemas allow unknown fields.
Rule 2: every field of a document is in its schema; tests compare both with real outputs.

The output of `hsync convert` has no schema here: it is JSON of the API, which has its own specification.

Source: JSON Schema, draft 2020-12.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hsync.lanes import LANES
from hsync.plan.plan import Whose
from hsync.plan.risk import Level
from hsync.plan.verdict import Severity, Status

if TYPE_CHECKING:
    from hsync.schema import Json

    Schema = dict[str, Json]

__all__ = ["FORMATS", "format_of", "schema_of"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def format_of(name: str) -> str:
    """The format of a document: `hsync-show/1`."""
    return FORMATS[name][0]


def schema_of(name: str) -> Schema:
    """The schema of a document.

    Args:
        name: one of `FORMATS`.
    """
    named, title, fields = FORMATS[name]
    return {"$schema": DRAFT, "title": title, **_object({"format": {"const": named}, **fields})}


def _object(fields: Mapping[str, Json], optional: tuple[str, ...] = ()) -> Schema:
    needed: list[Json] = [name for name in fields if name not in optional]
    return {"type": "object", "required": needed, "properties": dict(fields)}


def _kind(name: str, about: str = "") -> Schema:
    return {"type": name, "description": about} if about else {"type": name}


def _list(of: Json) -> Schema:
    return {"type": "array", "items": of}


def _any_of(*words: str) -> Schema:
    return {"enum": [str(word) for word in words]}


def _or_null(schema: Json) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _text(about: str = "") -> Schema:
    return _kind("string", about)


def _count(about: str = "") -> Schema:
    return {**_kind("integer", about), "minimum": 0}


_FLAG: Json = {"type": "boolean"}
_ANYTHING: Json = {"type": "object"}
_TEXTS = _list(_text())
_SHA256: Json = {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "of a text without header lines"}
_DIGEST: Json = {"type": "string", "pattern": "^(sha256:)?[0-9a-f]{64}$", "description": "of a plan"}
_TARGET = _object({"name": _text(), "url": _text("or file: and a path"), "api": _text("release of the API: 3.4")})

_FINDING = _object(
    {
        "severity": _any_of(*Severity),
        "where": _text("file:line of the template"),
        "words": _text(),
        "remedy": _text(),
        "line": _text("the line of text"),
        "column": _count("from 1; 0 for none"),
    }
)
_VERDICT = _object(
    {
        "status": _any_of(*Status),
        "judge": _text("the checker"),
        "reason": _text("why the result was not checked"),
        "findings": _list(_FINDING),
    }
)
_CHANGE = _object(
    {
        "action": _any_of("create", "update", "move", "delete"),
        "address": _text(),
        "before": _or_null(_ANYTHING),
        "after": _or_null(_ANYTHING),
        "line_before": _text(),
        "line_after": _text(),
        "was": _or_null(_count("former index of a moved child")),
        "source": _text("file:line of the template"),
        "units": {"type": "object", "additionalProperties": _any_of("ms", "B")},
        "whose": _or_null(_any_of(*Whose)),
    }
)
_OPERATION = _object(
    {
        "seq": {"type": "integer", "minimum": 1},
        "phase": _any_of("create", "update", "delete"),
        "action": _any_of("create", "update", "replace", "delete"),
        "address": _text(),
        "method": _any_of("POST", "PUT", "DELETE"),
        "path": _text(),
        "query": {"type": "object", "additionalProperties": _text()},
        "changes": _TEXTS,
        "reload": _FLAG,
        "body": {"description": "body of the request, with masked secrets; only with --bodies"},
    },
    optional=("body",),
)
_RISK = _object(
    {
        "rule": _text("id of the rule, see hsync explain"),
        "level": _any_of(*Level),
        "address": _text("of the section; empty for the whole target"),
        "names": _list(_text("server, bind or proxy in the section")),
        "reason": _text(),
        "line": _text("the line of text"),
        "source": _text("file:line of the template"),
        "accepted": _text("why hsync.toml accepts it; empty if it does not"),
    }
)
_SIGNER = _text("name and key, if checked with --allowed-signers")
_UNADDRESSED = _object({"where": _text(), "line": _text(), "reason": _text(), "equal": _FLAG})
_SUMMARY: Json = {"type": "object", "additionalProperties": _count()}

_PLAN: Mapping[str, Json] = {
    "target": _TARGET,
    "base": _object({"version": _count(), "sha256": _SHA256, "disk_version": _count()}, optional=("disk_version",)),
    "lane": _any_of(*(lane.name for lane in LANES)),
    "lane_reason": _text(),
    "inputs": {"type": "object", "additionalProperties": _text()},
    "changes": _list(_CHANGE),
    "operations": _list(_OPERATION),
    "result": _object({"sha256": _SHA256, "diff": _TEXTS, "layout": _text("changes of layout only, in words")}),
    "unaddressed": _list(_UNADDRESSED),
    "risks": _list(_RISK),
    "attention": _list(_text("the open risks in words")),
    "drift": _TEXTS,
    "notes": _TEXTS,
    "summary": _SUMMARY,
    "verdict": _VERDICT,
    "plan_file": _or_null(_object({"path": _text(), "digest": _DIGEST, "signer": _SIGNER})),
}
_OUTCOME: Mapping[str, Json] = {
    "target": _text(),
    "plan": _DIGEST,
    "changed": _FLAG,
    "message": _text(),
    "version": _count(),
    "sha256": _SHA256,
    "reload": _text("id of the reload for which apply waited"),
    "operations": _count("number of operations sent"),
}
_COMPARED: Mapping[str, Json] = {
    "target": _text(),
    "version": _count(),
    "sha256": _SHA256,
    "drift": _FLAG,
    "words": _TEXTS,
    "since": _list(_CHANGE),
}
_DRIFTS = _object(
    {
        **_COMPARED,
        "sha256": {"anyOf": [_SHA256, {"const": ""}]},
        "drift": _or_null(_FLAG),
        "error": _text("why the target could not be compared"),
        "hint": _text(),
    }
)
_DRIFT: Mapping[str, Json] = {
    **_COMPARED,
    "changes": _or_null(_list(_CHANGE)),
    "note": _text("why the changes are unknown"),
}
_IMPORTED: Mapping[str, Json] = {
    "target": _TARGET,
    "file": _text(),
    "version": _count(),
    "sha256": _SHA256,
    "sections": _count(),
}
_APPLIED = _object({"version": _count(), "sha256": _SHA256, "plan": _text(), "reload": _text(), "when": _text()})
_PHASE = _object(
    {
        "phase": _text(),
        "plan": _text(),
        "facts": {"type": "object", "additionalProperties": _text()},
        "when": _text(),
    }
)
_STATE: Mapping[str, Json] = {
    "target": _TARGET,
    "lineage": _text(),
    "serial": _count(),
    "applied": _or_null(_APPLIED),
    "owned": _TEXTS,
    "journal": _list(_PHASE),
    "unconfirmed": _or_null(
        _object({"plan": _DIGEST, "until": _text(), "within_ms": _count(), "watcher": _text(), "trouble": _text()})
    ),
}
_FINDING = _object({"level": {"enum": ["ok", "warning", "error"]}, "what": _text(), "remedy": _text()})
_RUN = _object(
    {
        "when": _text(),
        "outcome": _text(),
        "version": _or_null(_count()),
        "reload": _text(),
        "plan": _text(),
        "took_ms": _count(),
        "chain": _text(),
        "who": _text(),
        "reason": _text(),
        "changes": _text(),
        "before": _text(),
        "after": _text(),
        "commit": _text("of the project, when the plan was made"),
        "environment": _text(),
        "target": _text("its name in this run"),
    }
)
_KEPT = _object({"digest": _text(), "when": _text(), "before": _TEXTS, "after": _TEXTS})

FORMATS: Mapping[str, tuple[str, str, Mapping[str, Json]]] = {
    "show": ("hsync-show/1", "hsync plan --json, hsync show --json", _PLAN),
    "verify": (
        "hsync-verify/1",
        "hsync verify --json",
        {"plan": _DIGEST, "verified": {"const": True}, "shown": _TEXTS, "unproved": _TEXTS},
    ),
    "validate": (
        "hsync-validate/1",
        "hsync validate --json",
        {"configuration": _text(), "valid": _FLAG, "verdict": _VERDICT},
    ),
    "apply": ("hsync-apply/1", "hsync apply --json", _OUTCOME),
    "drift": ("hsync-drift/1", "hsync drift --json", _DRIFT),
    "drift-all": ("hsync-drift-all/1", "hsync drift --all --json", {"targets": _list(_DRIFTS)}),
    "doctor": (
        "hsync-doctor/1",
        "hsync doctor --json",
        {"target": _text(), "findings": _list(_FINDING)},
    ),
    "import": ("hsync-import/1", "hsync import --json", _IMPORTED),
    "state-show": ("hsync-state-show/1", "hsync state show --json", _STATE),
    "state-history": (
        "hsync-state-history/1",
        "hsync state history --json",
        {"target": _text(), "runs": _list(_RUN)},
    ),
    "state-texts": (
        "hsync-state-texts/1",
        "hsync state texts --json",
        {"target": _text(), "texts": _list(_KEPT)},
    ),
}
"""Documents by name: format, command, and fields."""
