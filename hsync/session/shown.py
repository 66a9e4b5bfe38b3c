"""shown: checks that the changes of a plan are those of its operations.

A plan file has the changes twice: for people (changes, text diff, risks), and as operations. In an edited file the
two can differ. So the parts for people are computed again from the operations and the target's text, and compared.

Rule 1: only the operations are trusted, not the parts for people.
Rule 2: lines are compared by their meaning: the server's spelling may differ from that of the template.
Not compared, since they do not follow from operations and target: sources, reason of the lane, notes, drift, and which
risks are accepted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby

from hsync.errors import HsyncError, UnsafePlanError
from hsync.lanes import lane_of
from hsync.model import Address, Configuration
from hsync.output.masking import without_secrets
from hsync.plan.bodies import mapped
from hsync.plan.changes import changes_for
from hsync.plan.compare import compare
from hsync.plan.difference import says
from hsync.plan.fields import masked_line
from hsync.plan.hiding import hidden_line
from hsync.plan.layout import laid_out
from hsync.plan.masked import BEFORE, MARKER, masked_text
from hsync.plan.places import places_in, secrets_at
from hsync.plan.plan import RAW, UNCHANGED, Change, Operation, Plan
from hsync.plan.risk import Risk
from hsync.plan.secrets import spellings, superseded
from hsync.plan.snapshot import split_header
from hsync.plan.text_diff import text_diff
from hsync.plan.whose import Left, labelled
from hsync.risks import risks_between
from hsync.schema import Shape
from hsync.secrecy import MASK, learn, scope
from hsync.sections import by_kind, by_path
from hsync.session.promise import replay
from hsync.syntax import BLOCK, Section

__all__ = ["is_emptied", "made_of", "refuse_contradiction", "refuse_untrue", "untrue", "with_sections"]


def made_of(plan: Plan, current: Configuration, promised: str, left: Left | None = None) -> Plan:
    """A plan with the changes of its operations.

    Args:
        plan: the plan with the values of its references.
        current: the current text.
        promised: the result of the operations.
        left: what hsync's last apply has left; None if it is not at hand.

    Returns:
        The plan with changes, text diff and risks computed from these, without the sources of the lines.
    """
    result = Configuration.from_text(promised)
    deltas = compare(current, result)
    about = result if plan.target.keeps_text else deltas
    return replace(
        plan,
        changes=labelled(changes_for(deltas, _nowhere), deltas, left, current, result),
        result=replace(plan.result, diff=tuple(text_diff(current, promised, about))),
        risks=risks_between(current, result),
    )


def _nowhere(line: int) -> str:
    """The source of a line of a computed result: none."""
    del line
    return ""


def refuse_untrue(
    plan: Plan, current: Configuration, promised: str, secrets: Iterable[str], left: Left | None = None
) -> None:
    """Refuse a plan whose changes are not those of its operations.

    Args:
        plan: the plan with the values of its references; its other parts are those of the file.
        current: the current text.
        promised: the result of the operations.
        secrets: values that are masked in the plan.
        left: what hsync's last apply has left; None if it is not at hand, and the plan cannot be held to it.

    Raises:
        UnsafePlanError: they differ; has the first difference.
    """
    _refuse_other_left(plan, left)
    lines = (line for section in current.document.sections for line in section.lines)
    places = (*places_in(plan.result.diff, "- "), *(left.places if left else ()))
    old, secrets = secrets_at(places, lines), tuple(secrets)
    values = spellings(secrets)
    learn(old)
    with scope():  # the library has no scope: a field with a secret is masked as a whole, as when the plan was made
        learn((*secrets, *old))
        made = made_of(plan, current, promised, left)
        hidden = (*values, *old, *superseded(made, values))
        for what in untrue(without_secrets(plan, hidden), without_secrets(made, hidden)):
            raise UnsafePlanError(
                f"the plan shows other changes than those of its operations: {what}",
                hint="nothing was sent; do not use this file: make the plan again: hsync plan",
            )


def _refuse_other_left(plan: Plan, left: Left | None) -> None:
    """Refuse a plan that says whose its changes are by another text than that of the last apply."""
    if left is not None and left.digest != plan.base.left:
        raise UnsafePlanError(
            f"the plan says whose its changes are by the text {plan.base.left}; the last apply has left {left.digest}",
            hint="nothing was sent; make the plan again: hsync plan",
        )


# Without the target: `show`


def with_sections(plan: Plan, current: Configuration, desired: Configuration, hidden: Iterable[str]) -> Plan:
    """A plan with the texts of the sections that it changes, with masked secrets.

    Args:
        plan: the plan to save, with references instead of secrets.
        current: the current configuration.
        desired: the desired configuration.
        hidden: the secrets of both.
    """
    keep = _Kept(plan, current, desired, _Mask(tuple(hidden)))
    for texts in keep.ways():
        made = replace(plan, base=replace(plan.base, sections=tuple(texts())))
        if not (plan.target.keeps_text or keep.is_masked) or next(_contradictions(made), None) is None:
            return made
    return plan


class _Kept:
    """The texts of sections for a plan file.

    A server's plan has the sections that it changes, and the defaults. The layout of a file counts the lines of the
    whole text; so its plan has all sections, but those that stay as they are only with header and number of lines:

        backend web              backend web
          balance leastconn  ─▶  # (unchanged)
          server s1 :80
    """

    def __init__(self, plan: Plan, current: Configuration, desired: Configuration, mask: _Mask) -> None:
        self.plan, self.current, self.desired, self.mask = plan, current, desired, mask
        self.whole, self.any = lane_of(plan.lane).whole, bool(plan.operations)
        self.keys = {change.address.section_key for change in plan.changes}
        self.shared = {"defaults"} if self.keys else set[str]()
        sides = (side.sections[key].text for side in (current, desired) for key in self.keys & side.sections.keys())
        if any(" ssl" in text for text in sides):
            self.shared.add("global")  # the TLS options there count for the risks of binds and servers
        self.is_masked = False

    def ways(self) -> tuple[Callable[[], Iterator[str]], ...]:
        """The ways to choose the texts; the second one if the first does not result in the changes of the plan."""
        if not self.plan.target.keeps_text:
            return (self.touched,)
        return (self.all,) if self.whole else (self.file, self.all)

    def touched(self) -> Iterator[str]:
        """The sections that the plan changes, and those on which risks depend; all for a lane that sends the text."""
        keys = (key for key in self.current.sections if self.whole or self._needs(key))
        yield from (self._masked(self.current.sections[key], key) for key in keys if self.any)
        for key in self.keys & self.desired.sections.keys():
            self._masked(self.desired.sections[key])

    def _needs(self, key: tuple[str, str]) -> bool:
        return key in self.keys or key[0] in self.shared

    def file(self) -> Iterator[str]:
        """All sections of a file; those that stay as they are without their lines."""
        for key, section in self._parts():
            wanted = self.desired.sections.get(key)
            stays = wanted is not None and wanted.text == section.text
            yield _emptied(section) if stays and not self._needs(key) else self._masked(section, key)

    def all(self) -> Iterator[str]:
        """All sections of a file: the layout moves some that stay as they are."""
        yield from (self._masked(section, key) for key, section in self._parts())

    def _parts(self) -> Iterator[tuple[tuple[str, str], Section]]:
        """All sections of the text with their keys; the text above the first header has none."""
        keys = {section.line: key for key, section in self.current.keyed}
        for section in self.current.document.sections:
            body = split_header(section.text)[1] if section.line == 1 and not section.kind else section.text
            yield keys.get(section.line, ("", "")), replace(section, text=body)

    def _masked(self, section: Section, key: tuple[str, str] | None = None) -> str:
        text = self.mask.section(section, self.desired.sections.get(key) if key else None)
        self.is_masked |= BEFORE in text or MASK in text
        return text


def _emptied(section: Section) -> str:
    """A section with as many lines: header, a mark, and what stands below the last directive.

    Comments and blank lines there can belong to the next section, and their place decides about that of a new one.
    """
    if section.kind in ("", BLOCK):
        return section.text
    last = len(section.lines) - 1
    while last and section.lines[last].lstrip()[:1] in ("", "#"):
        last -= 1
    if not last:
        return section.text
    return "".join((section.lines[0], UNCHANGED, *["#\n"] * (last - 1), *section.lines[last + 1 :]))


def is_emptied(section: Section) -> bool:
    """Whether a section of a plan file has no lines, since it stays as it is."""
    return section.text.startswith(UNCHANGED, section.text.find("\n") + 1 or len(section.text))


class _Mask:
    """Masks the secrets of a section: unchanged ones and removed ones with different masks."""

    def __init__(self, hidden: Sequence[str]) -> None:
        self.hidden = frozenset(hidden)

    def section(self, section: Section, wanted: Section | None) -> str:
        masked = "".join(map(self.line, section.text.splitlines(keepends=True)))
        if masked == section.text:
            return masked
        stay = {one.meaning for one in wanted.directives} if wanted else set()
        numbers = {one.number for one in section.directives if one.meaning in stay}
        lines = section.text.splitlines(keepends=True)
        return "".join(
            self.line(line) if section.line + at in numbers else self.line(line).replace(MASK, BEFORE)
            for at, line in enumerate(lines)
        )

    def line(self, line: str) -> str:
        text = line.rstrip("\r\n")
        return hidden_line(masked_line(text, self.hidden)) + line[len(text) :]


def refuse_contradiction(plan: Plan, left: str | None = None) -> None:
    """Refuse a plan whose changes are not those of its operations on its base sections.

    `verify` and `apply` check that the target has these sections.

    Args:
        plan: the plan of a plan file.
        left: the kept text that the plan names; None if it is not at hand.

    Raises:
        UnsafePlanError: they differ; has the first difference.
    """
    for what in _contradictions(plan, left) if plan.base.sections is not None else ():
        raise UnsafePlanError(
            f"the plan shows other changes than those of its operations: {what}",
            hint="do not use this file: make the plan again: hsync plan",
        )


def _contradictions(plan: Plan, left: str | None = None) -> Iterator[str]:
    base = "".join(plan.base.sections or ())
    current = Configuration.from_text(base)
    unknown = {key for key, section in current.keyed if is_emptied(section)}
    written = (Address.parse(one.address) for one in plan.operations if one.address != RAW)
    yield from (f"it has no text of {one.section}" for one in written if one.section_key in unknown)
    bare = replace(plan, operations=tuple(map(_bare, plan.operations)), result=replace(plan.result, layout=()))
    try:
        meant = replay(base, bare) if plan.operations else base
        result = laid_out(meant, plan.result.layout)
    except (HsyncError, ValueError) as error:
        yield f"the operations do not fit its base sections: {error}"
        return
    if plan.result.layout and compare(Configuration.from_text(meant), Configuration.from_text(result)):
        yield "its layout changes the meaning of the text"
    third = None if left is None else Left(plan.base.left, left, masked=True)
    made = made_of(plan, current, masked_text(result), third)
    yield from untrue(plan, _unmarked(made))


def _bare(operation: Operation) -> Operation:
    """An operation with masks instead of references, which are no values for each field."""
    body = mapped(operation.request.body, lambda text: MARKER.sub(MASK, text))
    return replace(operation, request=replace(operation.request, body=body))


def _unmarked(plan: Plan) -> Plan:
    """A plan with `MASK` also for old secrets."""
    return without_secrets(plan, (BEFORE, MASK))


def untrue(plan: Plan, made: Plan) -> Iterator[str]:
    """What a plan shows otherwise than another one, for people.

    Args:
        plan: the plan.
        made: the same plan, with the parts that follow from its operations.
    """
    shown = {(change.action, change.address): change for change in plan.changes}
    for change in made.changes:
        told = shown.pop((change.action, change.address), None)
        if told is None:
            yield f"it does not show `{change.action} {change.address}`"
        elif not _same(change, told):
            yield f"{change.action} {change.address} differs from the operations"
    yield from (f"its operations do not {action} {address}" for action, address in shown)
    if _in_sections(made.changes) != _in_sections(plan.changes):
        yield "the order of the changes differs"
    if not _same_diff(*(one.result.diff if plan.target.keeps_text else _worded(one) for one in (made, plan))):
        yield "the text diff differs"
    yield from _untold(plan.risks, made.risks)
    yield from _reloads(plan)


def _untold(told: Iterable[Risk], made: Iterable[Risk]) -> Iterator[str]:
    """The risks that a plan does not show. The sections of a plan file may show fewer than the whole texts."""
    known = {(one.rule, one.level, one.address, one.reason): one for one in told}
    for one in made:
        shown = known.get((one.rule, one.level, one.address, one.reason))
        if shown is None or not set(one.names) <= set(shown.names):
            yield f"it does not show the risk {one.rule} of {one.address}: {one.reason}"


def _in_sections(changes: Iterable[Change]) -> dict[Address, list[Address]]:
    """The addresses of changes by section, without children whose order has no meaning: a server orders both itself."""
    found: dict[Address, list[Address]] = {}
    for change in changes:
        if not _is_free(change.address):
            found.setdefault(change.address.section, []).append(change.address)
    return found


def _is_free(address: Address) -> bool:
    """Whether an address is that of a child whose order means nothing."""
    section = by_path().get(address.collection)
    child = section.child_by_path.get(address.child) if section else None
    return child is not None and child.shape is Shape.NAMED and not child.ordered


def _blocks(diff: Iterable[str]) -> list[list[str]]:
    """The text diff by section, in the order of their headings, since a server has its own order of sections.

    The lines of children whose order has no meaning are sorted.
    """
    blocks: list[list[str]] = []
    for line in diff:
        if line.startswith("@@") or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    return sorted(map(_settled, blocks), key=lambda block: block[:1])


def _settled(block: list[str]) -> list[str]:
    """A block of a diff in which each run of lines of children without an order is sorted."""
    kind = block[0].removeprefix("@@ ").split(" ")[0]
    free = _free(kind) if kind in by_kind() else frozenset()
    runs = groupby(block, key=lambda line: (line[:1], (line[1:].split() or [""])[0] in free))
    return [line for (_, is_free), run in runs for line in (sorted(run) if is_free else run)]


@cache
def _free(kind: str) -> frozenset[str]:
    """The first words of the lines of children of a kind of section whose order means nothing."""
    children = (child for child in by_kind()[kind].children if child.shape is Shape.NAMED and not child.ordered)
    return frozenset(head[0] for child in children for head in child.table.by_head)


def _same_diff(made: Iterable[str], shown: Iterable[str]) -> bool:
    """Whether two diffs are equal. An unchanged line may have a masked secret that only the planning run knew."""
    ours, theirs = ([line for block in _blocks(side) for line in block] for side in (made, shown))
    return len(ours) == len(theirs) and all(map(_same_line, ours, theirs))


def _worded(plan: Plan) -> list[str]:
    """The text diff without blank lines: where a server puts them depends on sections that a plan file lacks."""
    return [line for line in plan.result.diff if line[1:].strip()]


def _same_line(made: str, shown: str) -> bool:
    if made == shown or not shown.startswith(" ") or MASK not in shown:
        return made == shown
    return re.fullmatch(re.escape(shown).replace(re.escape(MASK), ".*"), made) is not None


def _same(change: Change, told: Change) -> bool:
    fields = (change.before, change.after, change.was, change.units) == (told.before, told.after, told.was, told.units)
    kind = change.address.section_key[0]
    pairs = ((change.line_before, told.line_before), (change.line_after, told.line_after))
    fields = fields and (None in {change.whose, told.whose} or change.whose is told.whose)
    return fields and all(one == other or says(kind, one) == says(kind, other) for one, other in pairs)


def _reloads(plan: Plan) -> Iterator[str]:
    """Differences in the reloads: a file may not reload HAProxy; a commit on a server does."""
    quiet = [one for one in plan.operations if not one.reload]
    if quiet and not plan.target.keeps_text:
        yield f"it has no reload for {quiet[0].address}"
    if quiet and len(quiet) < len(plan.operations):
        yield f"it has no reload for {quiet[0].address}, but for others"
