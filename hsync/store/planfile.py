"""planfile: the plan file, which people review and `apply` executes.

Rule 1: only this module knows the serialized form. A new field of `Plan` is a new format.
Rule 2: reading is strict (see `strict`), and every request must be one that follows from its address (see `allowed`).
Rule 3: a plan that `apply` would refuse is not written.
Rule 4: a file that is not a plan file is not overwritten (`refuse_other_file`).
Rule 5: if a later run is refused, the plan is withdrawn: the file has the reason instead of the plan.
Rule 6: the signature of another plan is deleted (see `signatures`).
Rule 7: `plan.secrets.conceal` and `forget` come first: the file has references and fingerprints, never secret values.

Theory of operation: one JSON document. `digest` is the SHA-256 over the canonical bytes of `plan` (sorted keys, no
blanks, ASCII). `meta` has time, commit and author, and is not part of the digest: two plans of the same input differ in
`meta` only. `summary` is derived from the plan; it is written for people, and checked when the file is read.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hsync.errors import BugError, Fault, InputError, PlanFileError, UnsafePlanError
from hsync.files import MAX_BYTES, PRIVATE, read_head
from hsync.lanes import LANES, lane_of
from hsync.model import Address
from hsync.plan.plan import (
    Action,
    Base,
    Change,
    Hunk,
    Operation,
    Plan,
    Request,
    Result,
    Target,
    Unaddressed,
    Whose,
)
from hsync.plan.risk import Level, Risk
from hsync.plan.verdict import LOCAL, REMOTE, Finding, Severity, Verdict
from hsync.secrecy import hide
from hsync.store.files import read_text, write_text
from hsync.store.signatures import drop_signature, refuse_other_signature, sign, write_signature
from hsync.store.strict import MAX_DEPTH, Malformed, Node, parse
from hsync.store.strict import dump as dump_json

if TYPE_CHECKING:
    from hsync.schema import Fields, Json

__all__ = [
    "Meta",
    "about",
    "digest_of",
    "dump",
    "load",
    "read",
    "read_plan_text",
    "refuse_other_file",
    "withdraw",
    "write",
]

FORMAT = "hsync-plan/2"

WITHDRAWN = "hsync-withdrawn/1"
"""Format of the file of a withdrawn plan."""

_HEAD_BYTES = 4096
"""Bytes that contain the format: `digest` and `format` are the first keys."""

_AGAIN = "plan files are not edited by hand: run `hsync plan` again"
_FORMATS = re.compile(r"hsync-plan/(\d{1,6})")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HEX = re.compile(r"[0-9a-f]{64}")
_RULE = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")
_UNITS = re.compile("ms|B")
_PHASES = re.compile("create|update|delete")


@dataclass(frozen=True, slots=True)
class Meta:
    """Information about a plan, for people only.

    Args:
        created: time, `2026-11-23T21:20:04Z`.
        git: commit of the project, with suffix `-dirty` if files were changed; "" outside of a repository.
        hsync: version of hsync.
        user: author.
        environment: `-e` of `hsync plan`; "" for none.
    """

    created: str = ""
    git: str = ""
    hsync: str = ""
    user: str = ""
    environment: str = ""

    def dump(self) -> Fields:
        """The information as JSON; an environment only if there is one."""
        return {name: value for name, value in asdict(self).items() if value or name != "environment"}

    @classmethod
    def load(cls, node: Node) -> Meta:
        """The information from what `dump` wrote."""
        names = [name for name in asdict(cls()) if name in node.mapping() or name != "environment"]
        return cls(**dict(zip(names, (field.text() for field in node.fields(*names)), strict=True)))


# Writing


def digest_of(plan: Plan) -> str:
    """`sha256:` and the digest of a plan: its identity in messages, the state and the history."""
    return _digest(_plan(plan))


def dump(plan: Plan, meta: Meta) -> str:
    """The text of a plan file.

    Args:
        plan: the plan. Its inputs and queries are written as objects, so they are read sorted by name.
        meta: information about the plan.

    Raises:
        BugError: the plan has a number that JSON cannot express, or a duplicate name.
    """
    body = _plan(plan)
    document: Fields = {
        "format": FORMAT,
        "meta": meta.dump(),
        "plan": body,
    }
    try:
        return dump_json({**document, "digest": _digest(body)})
    except ValueError as fault:
        raise BugError(f"the plan cannot be written as JSON: {fault}") from fault


def write(path: Path, plan: Plan, meta: Meta, key: Path | None = None) -> str:
    """Write a plan file atomically, readable by its owner only; and its signature.

    Args:
        path: the file.
        plan: the plan.
        meta: information about the plan.
        key: key for the signature, see `signatures.sign`; None for no signature.

    Returns:
        The digest, `sha256:...`.

    Raises:
        BugError: `apply` would refuse the plan; nothing was written.
        InputError: the file cannot be signed or written, or is larger than `apply` allows.
    """
    text = dump(plan, meta)
    content = text.encode("utf-8", "surrogateescape")
    if len(content) > MAX_BYTES:
        raise InputError(
            f"{path}: the plan is larger than {MAX_BYTES} bytes", hint="apply the changes in several steps"
        )
    try:
        _, _, digest = load(text, str(path))
    except PlanFileError as fault:
        raise BugError(f"the plan is invalid: {fault.message}", hint="please report this") from fault
    signature = sign(content, key) if key else ""
    drop_signature(path)
    write_text(path, text, mode=PRIVATE)
    if signature:
        write_signature(path, signature)
    return digest


def withdraw(path: Path, reason: str, again: str, meta: Meta) -> bool:
    """Replace a plan by the reason why it must not be applied any more: a later run was refused.

    Args:
        path: of the plan file, which need not exist.
        reason: why the later run was refused.
        again: the command that makes the plan again.
        meta: information about the later run.

    Returns:
        Whether there was a plan.

    Raises:
        InputError: the file cannot be written; the plan still exists.
    """
    url = about(path)
    if not url:
        return False
    document: Fields = {
        "again": again,
        "format": WITHDRAWN,
        "meta": meta.dump(),
        "plan": {"target": {"url": url}},
        "reason": hide(reason, words=True),
    }
    drop_signature(path)
    write_text(path, dump_json(document), mode=PRIVATE)
    return True


def refuse_other_file(path: Path) -> None:
    """Refuse to overwrite a file that is not a plan file. An empty file may be overwritten.

    Args:
        path: for the new plan file.

    Raises:
        InputError: the file is not a plan file.
    """
    if not _is_ours(path):
        raise InputError(f"{path} exists, and is not a plan file of hsync", hint="give another file: -o PLAN")
    refuse_other_signature(path)


def _is_ours(path: Path) -> bool:
    """Whether a file does not exist, is empty, or has the format of a plan file, even if it is damaged."""
    try:
        head = read_head(path, _HEAD_BYTES)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return not head or re.search(rb'"format": "hsync-(plan|withdrawn)/', head) is not None


def _digest(plan: Json) -> str:
    canonical = json.dumps(plan, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def _pairs(pairs: Iterable[tuple[str, str]], what: str) -> Fields:
    pairs = tuple(pairs)
    found: Fields = dict(pairs)
    if len(found) != len(pairs):
        raise BugError(f"{what} with a duplicate name")
    return found


def _plan(plan: Plan) -> Fields:
    return {
        "base": _base(plan.base),
        "changes": [_change(change) for change in plan.changes],
        "drift": list(plan.drift),
        "inputs": _pairs(plan.inputs, "inputs"),
        "lane": plan.lane,
        "lane_reason": plan.lane_reason,
        "notes": list(plan.notes),
        "operations": [_operation(operation) for operation in plan.operations],
        "result": {
            "diff": list(plan.result.diff),
            "layout": [
                {"added": list(hunk.added), "line": hunk.line, "removed": hunk.removed} for hunk in plan.result.layout
            ],
            "sha256": plan.result.sha256,
        },
        "risks": [_risk(risk) for risk in plan.risks],
        "summary": dict(plan.summary),
        "target": {
            "api": plan.target.api,
            "keeps_text": plan.target.keeps_text,
            "name": plan.target.name,
            "url": plan.target.url,
        },
        "unaddressed": [
            {"equal": line.equal, "line": line.line, "reason": line.reason, "where": line.where}
            for line in plan.unaddressed
        ],
        "verdict": _verdict(plan.verdict),
    }


def _verdict(verdict: Verdict) -> Fields:
    return {
        "findings": [
            {
                "column": one.fault.column,
                "line": one.fault.line,
                "remedy": one.fault.remedy,
                "severity": one.severity.value,
                "what": one.fault.what,
                "where": one.fault.where,
            }
            for one in verdict.findings
        ],
        "judge": verdict.judge,
        "reason": verdict.reason,
    }


def _risk(risk: Risk) -> Fields:
    return {
        "accepted": risk.accepted,
        "address": str(risk.address) if risk.address is not None else "",
        "level": risk.level.value,
        "line": risk.line,
        "names": list(risk.names),
        "reason": risk.reason,
        "rule": risk.rule,
        "source": risk.source,
    }


def _base(base: Base) -> Fields:
    """The base, with the disk's version only if it differs from the memory's, and what was left only if it is known."""
    disk: Fields = {} if base.disk_version is None else {"disk_version": base.disk_version}
    left: Fields = {"left": base.left} if base.left else {}
    return {
        **disk,
        **left,
        "sections": None if base.sections is None else list(base.sections),
        "sha256": base.sha256,
        "version": base.version,
    }


def _change(change: Change) -> Fields:
    return {
        "action": change.action.value,
        "address": str(change.address),
        "after": change.after,
        "before": change.before,
        "line_after": change.line_after,
        "line_before": change.line_before,
        "source": change.source,
        "units": dict(change.units),
        "was": change.was,
        **({} if change.whose is None else {"whose": change.whose.value}),
    }


def _operation(operation: Operation) -> Fields:
    return {
        "action": operation.action.value,
        "address": operation.address,
        "changes": list(operation.changes),
        "inverse": [_request(request) for request in operation.inverse],
        "phase": operation.phase,
        "reload": operation.reload,
        "request": _request(operation.request),
        "seq": operation.seq,
    }


def _request(request: Request) -> Fields:
    query = _pairs(request.query, "a query")
    return {"body": request.body, "method": request.method, "path": request.path, "query": query}


# Reading


def read(path: Path, *, to_show: bool = False) -> tuple[Plan, Meta, str]:
    """Read a plan file.

    Args:
        path: the file.
        to_show: see `load`.

    Returns:
        The plan, the information about it, and its digest.

    Raises:
        InputError: the file cannot be read.
        PlanFileError: the file is not a plan file, or was edited.
    """
    return load(read_plan_text(path), str(path), to_show=to_show)


def read_plan_text(path: Path) -> str:
    """The text of a plan file, for `load`. Encoded as UTF-8 with surrogates it has the bytes of the file.

    Raises:
        InputError: the file cannot be read.
    """
    return read_text(path, max_bytes=MAX_BYTES, kind="plan file")


def about(path: Path) -> str:
    """The `url` of the target in a plan file, without any other check; "" if there is none."""
    try:
        document = json.loads(read_plan_text(path))
        url = document["plan"]["target"]["url"]
    except (InputError, ValueError, LookupError, TypeError, RecursionError):
        return ""
    return url if isinstance(url, str) else ""


def load(text: str, source: str, *, to_show: bool = False) -> tuple[Plan, Meta, str]:
    """Read the text of a plan file.

    Args:
        text: what `dump` wrote.
        source: name of the file, for messages.
        to_show: for display only: skip the check that each request follows from its address, which loads all section
            tables. Code that sends a plan must not set it.

    Returns:
        The plan, the information about it, and its digest.

    Raises:
        PlanFileError: a malformed file, an unknown format, or a wrong digest; with the JSON path.
        UnsafePlanError: the plan was withdrawn.
    """
    if len(text) > MAX_BYTES:
        raise PlanFileError(f"{source}: larger than {MAX_BYTES} bytes", hint=_AGAIN)
    try:
        return _document(Node(parse(text)), source, to_show=to_show)
    except Malformed as fault:
        raise PlanFileError(f"{source}: {fault}", hint=_AGAIN) from fault


def _document(root: Node, source: str, *, to_show: bool) -> tuple[Plan, Meta, str]:
    _check_format(root, source)
    digest, _, meta, plan = root.fields("digest", "format", "meta", "plan")
    planned = digest.matching(_DIGEST, "sha256: and 64 hexadecimal digits")
    try:
        actual = _digest(plan.value)
    except RecursionError as fault:
        raise Malformed(plan.path, f"nested deeper than {MAX_DEPTH} levels") from fault
    if planned != actual:
        message = (
            f"{source}: $.digest: the plan was changed after it was made (it has {actual}, the file says {planned})"
        )
        raise PlanFileError(message, hint=_AGAIN)
    read_plan = _read_plan(plan)
    if not to_show:
        _check_requests(read_plan, next(member for member in plan.members() if member.key == "operations"))
    return read_plan, Meta.load(meta), actual


def _check_format(root: Node, source: str) -> None:
    found = root.mapping().get("format")
    if found == FORMAT:
        return
    if found == WITHDRAWN:
        again, _, meta, _, reason = root.fields("again", "format", "meta", "plan", "reason")
        when = Meta.load(meta).created
        raise UnsafePlanError(
            f"{source}: this plan was withdrawn at {when}, when a later one was refused: {reason.text()}",
            hint=f"fix the cause, then make the plan again: {again.text()}",
        )
    match = _FORMATS.fullmatch(found) if isinstance(found, str) else None
    if match is None:
        hint = "give a file that `hsync plan` wrote"
        raise PlanFileError(f"{source}: $.format: not a plan file of hsync ({found!r} is not {FORMAT!r})", hint=hint)
    hint = "update hsync, or make the plan again with this one: hsync plan"
    raise PlanFileError(
        f"{source}: $.format: {found} is a format of another hsync version; it must be {FORMAT}", hint=hint
    )


def _read_plan(node: Node) -> Plan:
    (base, changes, drift, inputs, lane, reason, notes, operations, result, risks, summary, target, unaddressed,
     verdict) = (
        node.fields(
            "base", "changes", "drift", "inputs", "lane", "lane_reason", "notes", "operations", "result", "risks",
            "summary", "target", "unaddressed", "verdict",
        )
    )  # fmt: skip
    plan = Plan(
        target=_read_target(target),
        base=_read_base(base),
        lane=lane.one_of(*(one.name for one in LANES)),
        lane_reason=reason.text(),
        result=_read_result(result),
        changes=tuple(_read_change(item) for item in changes.items()),
        operations=tuple(_read_operation(item) for item in operations.items()),
        inputs=tuple((str(item.key), item.text()) for item in inputs.members()),
        unaddressed=tuple(_read_unaddressed(item) for item in unaddressed.items()),
        risks=tuple(_read_risk(item) for item in risks.items()),
        drift=drift.texts(),
        notes=notes.texts(),
        verdict=_read_verdict(verdict),
    )
    _check_whose(plan, changes)
    _check_operations(plan, operations)
    _check_summary(plan, summary)
    return plan


def _read_risk(node: Node) -> Risk:
    accepted, address, level, line, names, reason, rule, source = node.fields(
        "accepted", "address", "level", "line", "names", "reason", "rule", "source"
    )
    return Risk(
        rule=rule.matching(_RULE, "the id of a rule"),
        level=level.choice(Level),
        address=_read_address(address) if address.text() else None,
        reason=reason.text(),
        names=names.texts(),
        line=line.text(),
        source=source.text(),
        accepted=accepted.text(),
    )


def _read_verdict(node: Node) -> Verdict:
    findings, judge, reason = node.fields("findings", "judge", "reason")
    found = tuple(_read_finding(item) for item in findings.items())
    if judge.text() not in {LOCAL, REMOTE} and (judge.text() or found):
        judge.refuse(f"expected {LOCAL!r} or {REMOTE!r}")
    return Verdict(judge.text(), reason.text(), found)


def _read_finding(node: Node) -> Finding:
    column, line, remedy, severity, what, where = node.fields("column", "line", "remedy", "severity", "what", "where")
    fault = Fault(where.text(), what.text(), remedy.text(), line.text(), column.integer())
    return Finding(severity.choice(Severity), fault)


def _read_target(node: Node) -> Target:
    api, kept, name, url = node.fields("api", "keeps_text", "name", "url")
    return Target(name=name.text(), url=url.text(), api=api.text(), keeps_text=kept.truth())


def _read_base(node: Node) -> Base:
    named = node.mapping()
    disk, kept = (("disk_version",) if "disk_version" in named else ()), (("left",) if "left" in named else ())
    sections, sha256, version, *more = node.fields("sections", "sha256", "version", *disk, *kept)
    split, left = more[: len(disk)], more[len(disk) :]
    if split and split[0].integer() >= version.integer():
        split[0].refuse(f"the version on disk must be lower than that in memory, {version.integer()}")
    digest = sha256.matching(_HEX, "64 hexadecimal digits")
    texts = None if sections.value is None else sections.texts()
    left_by = left[0].matching(_DIGEST, "sha256: and 64 hexadecimal digits") if left else ""
    return Base(version.integer(), digest, split[0].integer() if split else None, texts, left_by)


def _read_result(node: Node) -> Result:
    diff, layout, sha256 = node.fields("diff", "layout", "sha256")
    return Result(
        sha256=sha256.matching(_HEX, "64 hexadecimal digits"),
        diff=diff.texts(),
        layout=tuple(_read_hunk(item) for item in layout.items()),
    )


def _read_hunk(node: Node) -> Hunk:
    added, line, removed = node.fields("added", "line", "removed")
    return Hunk(line=line.integer(1), removed=removed.integer(), added=added.texts())


def _read_unaddressed(node: Node) -> Unaddressed:
    equal, line, reason, where = node.fields("equal", "line", "reason", "where")
    return Unaddressed(where=where.text(), line=line.text(), reason=reason.text(), equal=equal.truth())


def _read_change(node: Node) -> Change:
    named = ("whose",) if "whose" in node.mapping() else ()
    action, address, after, before, line_after, line_before, source, units, was, *whose = node.fields(
        "action", "address", "after", "before", "line_after", "line_before", "source", "units", "was", *named
    )
    if action.choice(Action) is Action.REPLACE:
        action.refuse("replace is for operations only")
    return Change(
        action=action.choice(Action),
        address=_read_address(address),
        before=None if before.value is None else before.body(),
        after=None if after.value is None else after.body(),
        line_before=line_before.text(),
        line_after=line_after.text(),
        was=None if was.value is None else was.integer(),
        source=source.text(),
        units={str(one.key): one.matching(_UNITS, "ms or B") for one in units.members()},
        whose=whose[0].choice(Whose) if whose else None,
    )


def _read_address(node: Node) -> Address:
    try:
        return Address.parse_change(node.text())
    except ValueError as fault:
        node.refuse(str(fault))


def _read_operation(node: Node) -> Operation:
    action, address, changes, inverse, phase, reload_, request, seq = node.fields(
        "action", "address", "changes", "inverse", "phase", "reload", "request", "seq"
    )
    return Operation(
        seq=seq.integer(),
        phase=phase.matching(_PHASES, "create, update or delete"),
        action=action.choice(Action),
        address=address.text(),
        request=_read_request(request),
        inverse=tuple(_read_request(item) for item in inverse.items()),
        changes=changes.texts(),
        reload=reload_.truth(),
    )


def _read_request(node: Node) -> Request:
    body, method, path, query = node.fields("body", "method", "path", "query")
    pairs = tuple((str(item.key), item.text()) for item in query.members())
    return Request(method=method.text(), path=path.text(), query=pairs, body=body.json())


def _check_requests(plan: Plan, node: Node) -> None:
    """Check that every request follows from its address: an edited plan cannot change any other resource."""
    from hsync.plan.allowed import inverse_fault

    lane = lane_of(plan.lane)
    for operation, item in zip(plan.operations, node.items(), strict=True):
        if fault := lane.fault_of(operation):
            item.refuse(fault)
        inverses = next(member for member in item.members() if member.key == "inverse")
        for request, inverse in zip(operation.inverse, inverses.items(), strict=True):
            if fault := inverse_fault(request):
                inverse.refuse(fault)


def _check_operations(plan: Plan, node: Node) -> None:
    """Check the operations together: their numbers, the lane, and the changes that the plan shows."""
    shown = {str(change.address) for change in plan.changes}
    for seq, (operation, item) in enumerate(zip(plan.operations, node.items(), strict=True), 1):
        if operation.seq != seq:
            item.refuse(f"the operation has number {operation.seq}, expected {seq}")
        for address in operation.changes:
            if address not in shown:
                item.refuse(f"it has a change of {address} that the plan does not show")
    if fault := lane_of(plan.lane).fault_in(plan):
        node.refuse(fault)


def _check_whose(plan: Plan, node: Node) -> None:
    """Check that all changes say whose they are, or none: what the text of the last apply shows."""
    for change, item in zip(plan.changes, node.items(), strict=True):
        if bool(plan.base.left) != (change.whose is not None):
            item.refuse("a change says whose it is if and only if the base names the text that the last apply has left")


def _check_summary(plan: Plan, node: Node) -> None:
    for item, count in zip(
        node.fields(*sorted(plan.summary)), (plan.summary[n] for n in sorted(plan.summary)), strict=True
    ):
        if item.integer() != count:
            item.refuse(f"the plan has {count}, not {item.value}")
