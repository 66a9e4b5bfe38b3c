"""rebasing: a reviewed plan on a target that has changed elsewhere since.

Theory of operation: the result of the operations on the text that the target has now is a desired text like any other.
The plan that leads to it is compared with the reviewed one. If operations, changes, text diff and the sections that
they touch are the same, a reviewer would see nothing new: then only the base and the digest of the result differ.

    reviewed on   global  web  shop        now   global  web  mail  shop'      global and web may differ,
    changes       shop → shop+s2                 mail is new                   shop may not

Rule 1: in doubt the plan is refused, and made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from hsync.dataplane import Snapshot
from hsync.errors import HsyncError, StalePlanError, UsageError
from hsync.lanes import lane_of
from hsync.model import Configuration
from hsync.model.to_resources import with_keys
from hsync.plan.compare import compare
from hsync.plan.layout import laid_out
from hsync.plan.plan import Operation, Plan
from hsync.plan.scope import Scope
from hsync.secrecy import MASK
from hsync.sections import parse
from hsync.session.asked import Judging
from hsync.session.gates import applied_already, refuse_other_target
from hsync.session.promise import base_of, refuse_split_brain, replay
from hsync.session.session import Session
from hsync.session.shown import is_emptied, untrue
from hsync.session.sources import Source
from hsync.syntax import Section

__all__ = ["REBASED", "rebase"]

REBASED = "rebased from"
"""The name of the input of a rebased plan that is the digest of the reviewed one."""

_Key = tuple[str, str]


def rebase(
    session: Session, read: Plan, made: Plan, digest: str, secrets: Mapping[str, str], judging: Judging | None = None
) -> Plan:
    """The same plan on the text that the target has now.

    Args:
        session: with the target.
        read: the plan of the plan file.
        made: the same, with the values of its references.
        digest: of the plan file.
        secrets: values by reference.
        judging: the options of HAProxy's check; None for no check.

    Returns:
        The plan, which names the digest of the reviewed one among its inputs.

    Raises:
        UsageError: the target has not changed, or runs the result already.
        StalePlanError: the plan is another one there; has the first difference.
        ConfigError: HAProxy or the server would not accept the result.
    """
    refuse_other_target(session.client, made)
    snapshot = session.client.at_rest()
    refuse_split_brain(snapshot, session.client)
    _refuse_needless(snapshot, made, session.state.ran(digest) if session.state else "")
    if lane_of(made.lane).whole or read.base.sections is None or snapshot.memory_ahead:
        raise _other("the plan replaces the whole text, or cannot be compared")
    try:
        text = _desired(snapshot, made)
    except (HsyncError, ValueError) as error:
        raise _other(f"its operations do not fit the target any more: {error}") from error
    source = Source(text, REBASED, inputs=(*read.inputs, (REBASED, digest.removeprefix("sha256:"))), secrets=secrets)
    new = session.plan(source, Scope(), judging)
    for what in _differences(read, new):
        raise _other(what)
    base = replace(new.base, left=read.base.left)  # whose the changes are was compared, if both plans say it
    return replace(read, base=base, result=new.result, inputs=new.inputs, drift=new.drift, verdict=new.verdict)


def _refuse_needless(snapshot: Snapshot, plan: Plan, ran: str) -> None:
    if base_of(snapshot) == replace(plan.base, sections=None, left=""):
        raise UsageError("the target has not changed since the plan was made", hint="apply it: hsync apply PLAN")
    if not plan.operations or applied_already(snapshot, plan, ran):
        raise UsageError("there is nothing to apply: the target runs the result", hint="see: hsync plan")


def _other(what: str) -> StalePlanError:
    return StalePlanError(
        f"on the text that the target has now it is another plan, which nobody has reviewed: {what}",
        hint="make the plan again, and review it: hsync plan",
    )


def _differences(old: Plan, new: Plan) -> Iterator[str]:
    before, now = _kept(old), _kept(new)
    shown = old, new
    if old.target.keeps_text:
        shown = _without_context(old), _without_context(new)
        changed = [key for key in before if key not in now or _body(now[key]) != _body(before[key])]
    else:
        same = (_of(before.values()), _of(one for key, one in now.items() if key in before))
        changed = [delta.key for delta in compare(*same)]
        shown = old, replace(new, result=old.result)  # a server spells the same lines in its own way
    for key in changed:
        yield f"{' '.join(filter(None, key)) or 'the text above the first section'} has changed"
    yield from untrue(*shown)
    if new.lane != old.lane or list(map(_sent, new.operations)) != list(map(_sent, old.operations)):
        yield "other operations would be sent"


def _without_context(plan: Plan) -> Plan:
    diff = tuple(line for line in plan.result.diff if not line.startswith(" "))
    return replace(plan, result=replace(plan.result, diff=diff))


def _sent(operation: Operation) -> object:
    return operation.action, operation.address, operation.request, operation.reload


def _of(sections: Iterable[Section]) -> Configuration:
    return Configuration.from_text("".join(one.text for one in sections))


def _kept(plan: Plan) -> Mapping[_Key, Section]:
    """The sections that a plan carries with their lines."""
    found = _keyed("".join(plan.base.sections or ()))
    return {key: one for key, one in found.items() if not is_emptied(one)}


def _keyed(text: str) -> Mapping[_Key, Section]:
    """All sections with keys; the text above the first header of a file has the name of the file."""
    document = parse(text, "base", blocks=True)
    keys = {section.line: key for key, section in with_keys(document)}
    files = dict(document.files)
    return {keys.get(one.line, ("", files.get(one.line, ""))): one for one in document.sections}


# The result on another text


def _desired(snapshot: Snapshot, plan: Plan) -> str:
    """The result of a plan on a text, with its layout."""
    return _File(snapshot.body, plan).desired() if plan.target.keeps_text else replay(snapshot.body, plan)


def _split(section: Section) -> tuple[str, str]:
    """A section down to its last directive, and the comments and blank lines below, which belong to the next one."""
    last = len(section.lines) - 1
    while last > 0 and section.lines[last].lstrip()[:1] in ("", "#"):
        last -= 1
    end = last + 1 if section.kind else 0
    return "".join(section.lines[:end]), "".join(section.lines[end:])


def _body(section: Section) -> str:
    return _split(section)[0] or section.text


class _File:
    """The result of a plan on the text that a file has now.

    The layout of the plan counts the lines of the text on which it was made. Of that text the plan has all sections, so
    the result is made there, with the lines of the file as it is; then each other section is that of the file.

    Args:
        text: the text of the file.
        plan: the plan, with the values of its references.
    """

    def __init__(self, text: str, plan: Plan) -> None:
        self.plan = plan
        self.now, self.base = _keyed(text), _keyed("".join(plan.base.sections or ()))

    def desired(self) -> str:
        """The text.

        Raises:
            ValueError: the file has changed where the plan changes it.
            ServerRefused: an operation does not fit.
        """
        if [key for key in self.now if key in self.base] != [key for key in self.base if key in self.now]:
            raise ValueError("the order of the sections has changed")
        bare = replace(self.plan, result=replace(self.plan.result, layout=()))
        made = replay("".join(map(self._known, self.base)), bare)
        return "".join(self._merged(_keyed(laid_out(made, self.plan.result.layout))))

    def _known(self, key: _Key) -> str:
        """A section as it was when the plan was made, with its secrets."""
        old = self.base[key]
        if is_emptied(old):
            return old.text
        if key not in self.now or MASK in _split(old)[1]:
            raise ValueError(f"{' '.join(key)} cannot be compared")
        return _split(self.now[key])[0] + _split(old)[1]

    def _merged(self, result: Mapping[_Key, Section]) -> Iterator[str]:
        """The sections of the result, and behind their neighbours those that others have added."""
        added: dict[_Key | None, list[str]] = {}
        above: _Key | None = None
        for key, section in self.now.items():
            above = key if key in result else above
            if key not in self.base:
                added.setdefault(above, []).append(section.text)
        yield from added.pop(None, ())
        for key, section in result.items():
            yield self._section(key, section)
            yield from added.pop(key, ())

    def _section(self, key: _Key, made: Section) -> str:
        now = self.now.get(key)
        if is_emptied(made) or key not in self.base:
            return (now.text if now else "") if is_emptied(made) else made.text
        old, new, there = (_split(one)[1] if one else "" for one in (self.base[key], made, now))
        if old not in (new, there):
            raise ValueError(f"the comments below {' '.join(key)} have changed")
        return _split(made)[0] + (there if new == old else new)
