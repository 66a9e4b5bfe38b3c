"""refusals: HAProxy's messages when a plan is applied or verified, at the lines of the templates.

Theory: HAProxy names lines of a temporary file of the server. So HAProxy checks the promised text again, which changes
nothing. There is no desired text at this time: the sources of the lines are in the plan's changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from hsync.dataplane import DataplaneClient, digest
from hsync.errors import ConfigError, Fault, HsyncError, ReloadFailedError, ServerRefused
from hsync.lanes import OperationRefused
from hsync.model import Address, Configuration
from hsync.plan.places import places_in, secrets_at
from hsync.plan.plan import Plan
from hsync.session.discretion import take_out
from hsync.session.judgement import INVALID, faults_of, hidden_in, masked
from hsync.session.promise import replay

__all__ = ["in_words_of", "plan_lines"]


def plan_lines(result: Configuration, plan: Plan) -> Callable[[int], str]:
    """A function from a line of a plan's result to the source of its change, or to its section.

    Args:
        result: the result of the plan.
        plan: the plan.
    """

    def where(line: int) -> str:
        key = next((key for key, one in reversed(result.sections.items()) if one.line <= line), None)
        if key is None:
            return f"line {line}"
        read = result.resources(key)
        section = Address(read.type.path if read.type else read.kind, read.name)
        words = read.section.lines[line - read.section.line].split() if line > read.section.line else []
        inside = (one for one in plan.changes if one.address.child and one.address.section == section)
        exact = next((one.source for one in inside if one.source and one.line_after.split() == words), "")
        about = next((one.source for one in plan.changes if one.address == section and one.source), "")
        name = " ".join(filter(None, key))
        return exact or (f"{about} ({name})" if about else name)

    return where


@contextmanager
def in_words_of(client: DataplaneClient, plan: Plan, secrets: Iterable[str]) -> Iterator[None]:
    """Convert a refusal by HAProxy in the block to an error with the lines of the plan.

    Args:
        client: of the target.
        plan: the plan, with its secrets.
        secrets: their values.
    """
    try:
        yield
    except ReloadFailedError as failed:
        take_out(failed, _hidden(client, plan, secrets))
        raise
    except ServerRefused as refusal:
        faults = _faults_in_plan(client, plan, secrets) if _may_be_of_haproxy(refusal) else []
        take_out(refusal, _hidden(client, plan, secrets))
        if not faults:
            raise
        hint = "nothing was changed; correct the source, then make the plan again: hsync plan"
        raise ConfigError("HAProxy does not accept the result of the plan:", faults, hint=hint) from refusal


def _hidden(client: DataplaneClient, plan: Plan, secrets: Iterable[str]) -> frozenset[str]:
    """The texts to mask in a server's messages about a plan."""
    body = _body_of(client)
    try:
        text = replay(body, plan)
    except HsyncError:
        text = ""
    both = hidden_in(Configuration.from_text(text), secrets) | hidden_in(Configuration.from_text(body), ())
    return both | _gone(plan, body)


def _gone(plan: Plan, body: str) -> frozenset[str]:
    """The old secrets in the text of a target, which have no reference and are masked in the plan."""
    return secrets_at(places_in(plan.result.diff, "- "), body.split("\n"))


def _body_of(client: DataplaneClient) -> str:
    """The text of a target; "" if it cannot be read: the plan may have the whole result."""
    try:
        return client.snapshot().body
    except HsyncError:
        return ""


def _may_be_of_haproxy(refusal: ServerRefused) -> bool:
    """Whether a message may be about a whole text: operations are refused by the server, not by HAProxy."""
    return refusal.status == INVALID and not isinstance(refusal, OperationRefused)


def _faults_in_plan(client: DataplaneClient, plan: Plan, secrets: Iterable[str]) -> list[Fault]:
    """HAProxy's findings about the promised text; empty if they are unknown."""
    try:
        body = client.snapshot().body
        promised = replay(body, plan)
    except HsyncError:
        return []
    refusal = _verdict(client, promised) if digest(promised) == plan.result.sha256 else None
    if refusal is None:
        return []
    result = Configuration.from_text(promised)
    hidden = hidden_in(result, secrets) | _gone(plan, body)
    return [masked(one, hidden) for one in faults_of(refusal, plan_lines(result, plan), result.document)]


def _verdict(client: DataplaneClient, text: str) -> ServerRefused | None:
    """HAProxy's refusal of a text; None if it accepts the text, or cannot check it."""
    try:
        client.validate_raw(text or "\n")
    except ServerRefused as refusal:
        return refusal if _may_be_of_haproxy(refusal) else None
    except HsyncError:
        return None
    return None
