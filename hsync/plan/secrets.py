"""secrets: replaces the values of secrets in a plan file.

Rule 1: a value that came from a reference, `env:NAME` or `file:PATH`, is saved as a marker that names the reference.
Rule 2: `reveal` is the inverse of `conceal`, to the byte; a text that looks like a marker before is refused.
Rule 3: only references in the plan's inputs are read, so that an edited plan cannot read another secret.
Rule 4: inverses may have secrets of the server without a reference: these are not saved at all. They are the fields
    that the section tables mark as secret, the words that `hiding` finds in a line, and the values that now come from
    a secret.

Theory of operation: a value is found by its text, in each spelling that a template may give it: unchanged, escaped
inside quotes, escaped bare, percent-encoded, in base64, as a number. The longest value is replaced first, a short value
only if it is a whole word. An ordinary word that equals a secret also becomes a marker, which is harmless: `reveal`
restores the same word. Names of resources are not replaced, since they are addresses.

Source: docs/plan-file.md, "Secrets"; HAProxy manual 2.2 (escapes).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import quote, unquote

from hsync.errors import InputError, PlanFileError
from hsync.model import Address
from hsync.plan.bodies import covered, each, mapped, numbers, texts
from hsync.plan.fields import secret_pattern
from hsync.plan.hiding import hidden_line
from hsync.plan.plan import RAW, Operation, Plan, Request
from hsync.plan.recipes import Recipe, is_recipe, of_key
from hsync.schema import Fields, Json
from hsync.secrecy import MASK, SHORT

__all__ = [
    "KEPT",
    "MARK",
    "Lookup",
    "conceal",
    "conceal_text",
    "forget",
    "forget_text",
    "references",
    "refuse_unknown",
    "reveal",
    "reveal_text",
    "shown_body",
    "spellings",
    "superseded",
]

Lookup = Callable[[str], str]
"""Returns the value of a reference; KeyError or InputError if there is none."""

MARK = "{{hsync:secret"
"""The beginning of every marker. No directive of HAProxy has such a word."""

KEPT = f"{MARK} kept on the server}}}}"
"""The marker in an inverse for a secret of the server without a reference."""

_MARKER = re.compile(re.escape(MARK) + r" ([^{} ]+)(?: (quoted|escaped|url|base64|number))?\}\}")

_QUOTED = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_BARE = re.compile(r"([\s\"'\\#$])")


def _quoted(value: str) -> str:
    """The spelling of the filter `quote` inside weak quotes."""
    escaped = "".join(_QUOTED.get(char, char) for char in value)
    return _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", escaped)


def _url(value: str) -> str:
    return quote(value, errors="surrogateescape")


def _base64(value: str) -> str:
    return b64encode(value.encode("utf-8", "surrogateescape")).decode("ascii")


_SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "": str,
    "quoted": _quoted,
    "escaped": lambda value: _BARE.sub(r"\\\1", value),
    "url": _url,
    "base64": _base64,
}
"""The spellings of a value in a text, by the word in the marker. A number is a spelling of its own."""


def spellings(values: Iterable[str]) -> tuple[str, ...]:
    """All spellings of secret values, which outputs must mask.

    Args:
        values: the values.
    """
    return tuple(dict.fromkeys(spell(value) for value in values for spell in _SPELLINGS.values()))


def superseded(plan: Plan, values: Iterable[str]) -> tuple[str, ...]:
    """The current values at the places of new secrets: probably the old secrets, which outputs must mask, too.

    Args:
        plan: the plan with unmasked changes.
        values: all spellings of the secrets.
    """
    pattern = secret_pattern(frozenset(values))
    if pattern is None:
        return ()
    found: dict[str, None] = {}
    for change in plan.changes:
        before, after = change.before or {}, change.after or {}
        for name, value in after.items():
            new = set(texts(value))
            if any(pattern.search(text) for text in new):
                found.update(dict.fromkeys(text for text in texts(before.get(name)) if text not in new))
    return tuple(text for text in found if len(text) >= SHORT)


# To the file


def conceal(plan: Plan, secrets: Mapping[str, str]) -> Plan:
    """A plan with references instead of secret values, in all requests of its operations and inverses.

    Args:
        plan: the plan. Its other parts are masked elsewhere.
        secrets: values by reference.

    Raises:
        InputError: a text already looks like a marker.
    """
    for operation in plan.operations:
        for request in (operation.request, *operation.inverse):
            _refuse_markers(operation.address, texts(request.body))
    _refuse_markers("the text", _laid(plan))
    if not secrets:
        return plan
    hide = _Hide(secrets)
    concealed = replace(plan, operations=tuple(hide.operation(operation) for operation in plan.operations))
    return _with_layout(concealed, lambda line: str(hide.text(line)))


def _refuse_markers(address: str, texts: Iterable[str]) -> None:
    if any(MARK in text for text in texts):
        raise InputError(
            f"{address} has the text {MARK!r}, which plan files use for secrets",
            hint="change this text, in the template or on the server",
        )


def _laid(plan: Plan) -> Iterator[str]:
    """The lines of a plan's layout."""
    return (line for hunk in plan.result.layout for line in hunk.added)


def _with_layout(plan: Plan, line: Callable[[str], str]) -> Plan:
    """A plan with each line of its layout replaced."""
    hunks = (replace(hunk, added=tuple(map(line, hunk.added))) for hunk in plan.result.layout)
    return replace(plan, result=replace(plan.result, layout=tuple(hunks)))


def _marker(reference: str, spelling: str = "") -> str:
    name = reference if is_recipe(reference) else quote(reference, safe="/:@+=,", errors="surrogateescape")
    return f"{MARK} {name}{spelling and ' '}{spelling}}}}}"


class _Hide:
    """Replaces values by markers. If two references have the same value, the first one is used for both."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.markers: dict[str, str] = {}
        self.numbers: dict[str, str] = {}
        for spelling, spell in _SPELLINGS.items():
            for reference in sorted(secrets):
                self.markers.setdefault(spell(secrets[reference]), _marker(reference, spelling))
        for reference in sorted(secrets):
            self.numbers.setdefault(secrets[reference], _marker(reference, "number"))
        self.secrets = secrets
        self.pattern = secret_pattern(frozenset(self.markers))

    def operation(self, operation: Operation) -> Operation:
        return replace(
            operation,
            request=replace(operation.request, body=self.named(operation)),
            inverse=tuple(replace(one, body=self.value(one.body)) for one in operation.inverse),
        )

    def named(self, operation: Operation) -> Json:
        """The body with the name of the address unchanged: it is compared with the address when a plan is read."""
        if operation.address == RAW:
            return self.value(operation.request.body)
        address = Address.parse(operation.address)
        body, own = each(operation.request, address.section_type, self.in_parts), operation.request.body
        if not isinstance(body, dict) or not isinstance(own, dict):
            return self.value(body)
        key = address.child_type.key if address.child_type else "name"
        return {name: own[name] if name == key else self.value(value) for name, value in body.items()}

    def in_parts(self, body: Fields, text: str) -> Fields:
        """An object with markers for the parts of secrets that the API splits into several fields.

        Args:
            body: the object.
            text: its lines.
        """
        if self.text(text) == text:
            return body
        whole = "\n".join([*texts(body), *map(str, numbers(body))])
        for key, value in self.secrets.items():
            if value in text and value not in whole:
                body = _without_parts(body, key, value)
        return body

    def value(self, value: Json) -> Json:
        return mapped(value, self.text, self.number)

    def text(self, text: str) -> Json:
        return self.pattern.sub(lambda found: self.markers[found.group()], text) if self.pattern else text

    def number(self, number: int) -> Json:
        return self.numbers.get(str(number), number)


def _without_parts(body: Fields, key: str, value: str) -> Fields:
    """An object with markers instead of the parts of a secret."""

    def part(text: str, spelling: str = "") -> str:
        found = re.search(rf"(?<!\w){re.escape(text)}(?!\w)", value) if text else None
        if found is None:
            return text
        recipe = Recipe("part", (of_key(key),), (str(found.start()), str(len(text))))
        return _marker(recipe.key, spelling)

    def number(found: int) -> Json:
        made = part(str(found), "number")
        return made if made != str(found) else found

    return {name: mapped(inner, part, number) for name, inner in body.items()}


def conceal_text(text: str, secrets: Mapping[str, str]) -> str:
    """A text with references in place of secret values; `reveal_text` is the inverse, to the byte.

    Args:
        text: a configuration.
        secrets: values by reference.

    Raises:
        InputError: the text looks like one with a marker already.
    """
    _refuse_markers("the text", [text])
    return str(_Hide(secrets).text(text)) if secrets else text


def forget_text(text: str, old: Iterable[str]) -> str:
    """A text without secrets that no reference names: a marker says that one was there.

    Args:
        text: from `conceal_text`.
        old: the secrets.
    """
    pattern = secret_pattern(frozenset(old))
    return pattern.sub(KEPT, text) if pattern else text


def reveal_text(text: str, lookup: Lookup) -> str:
    """A text with the values of its references.

    Args:
        text: from `conceal_text`.
        lookup: asked once for each reference.

    Raises:
        InputError: a reference has no value.
        PlanFileError: a marker that hsync does not write.
    """
    values = {name: lookup(name) for name in dict.fromkeys(map(_reference, _MARKER.finditer(text)))}
    return str(_value_of(text, values))


def forget(plan: Plan, old: Iterable[str] = ()) -> Plan:
    """A plan without secrets of the server in its inverses: the marker KEPT replaces them.

    No command sends an inverse. References of `conceal` are kept.

    Args:
        plan: the result of `conceal`.
        old: values at the current or former places of secrets.
    """
    gone = frozenset(old)
    return replace(plan, operations=tuple(_forgetting(operation, gone) for operation in plan.operations))


def _forgetting(operation: Operation, old: frozenset[str]) -> Operation:
    if operation.address == RAW:
        return operation
    section_type, pattern = Address.parse(operation.address).section_type, secret_pattern(old)

    def forgotten(request: Request) -> Request:
        body = covered(request, section_type, _kept_text)
        if pattern is None:
            return replace(request, body=body)
        without = mapped(
            body,
            lambda text: _kept_text(text) if pattern.search(text) else text,
            lambda number: KEPT if str(number) in old else number,
        )
        return replace(request, body=without)

    return replace(operation, inverse=tuple(map(forgotten, operation.inverse)))


def _kept_text(text: str) -> Json:
    return text if not text or _MARKER.fullmatch(text) else KEPT


# For people


def shown_body(operation: Operation) -> Json:
    """The body of an operation, with masked secrets.

    Args:
        operation: an operation of a plan file, whose request fits its address.
    """
    body = mapped(operation.request.body, lambda text: _MARKER.sub(MASK, text))
    if operation.address == RAW:
        return "\n".join(map(hidden_line, str(body).split("\n")))
    section_type = Address.parse(operation.address).section_type
    return covered(replace(operation.request, body=body), section_type, lambda text: text and MASK)


# From the file


def references(plan: Plan) -> tuple[str, ...]:
    """The references in the operations and inverses of a plan, without duplicates, in order."""
    requests = (one for operation in plan.operations for one in (operation.request, *operation.inverse))
    sent = (text for request in requests for text in texts(request.body))
    marked = (text for text in (*sent, *_laid(plan)) if MARK in text)
    found = (_reference(match) for text in marked for match in _MARKER.finditer(text))
    return tuple(dict.fromkeys(found))


def reveal(plan: Plan, lookup: Lookup) -> Plan:
    """A plan with the values of its references: the inverse of `conceal`.

    Args:
        plan: the plan of a plan file.
        lookup: called once for each reference.

    Raises:
        InputError: a reference has no value.
        PlanFileError: a reference is not in the plan's inputs, or a marker is malformed.
    """
    if not any(MARK in text for text in (*_laid(plan), *(text for one in plan.operations for text in _sent(one)))):
        return plan
    known = {name for name, _ in plan.inputs}
    values = {reference: _looked_up(reference, known, lookup) for reference in references(plan)}
    revealed = replace(plan, operations=tuple(_revealed(operation, values) for operation in plan.operations))
    return _with_layout(revealed, lambda line: str(_value_of(line, values)))


def refuse_unknown(plan: Plan) -> None:
    """Refuse a plan that `reveal` would refuse for any values.

    Raises:
        PlanFileError: as `reveal`.
    """
    reveal(plan, lambda _: "0")


def _sent(operation: Operation) -> Iterator[str]:
    for request in (operation.request, *operation.inverse):
        yield from texts(request.body)


def _looked_up(reference: str, known: set[str], lookup: Lookup) -> str:
    try:
        unnamed = [one for one in of_key(reference).references() if f"secret {one}" not in known]
    except ValueError:
        unnamed = [reference]
    if unnamed:
        raise PlanFileError(
            f"the plan uses the secret {reference}, which is not in its inputs",
            hint="plan files are not edited by hand: run `hsync plan` again",
        )
    try:
        return lookup(reference)
    except KeyError as fault:
        raise InputError(
            f"there is no value for the secret {reference}", hint="set the value of the time of the plan"
        ) from fault


def _revealed(operation: Operation, values: Mapping[str, str]) -> Operation:
    def text(found: str) -> Json:
        return _value_of(found, values)

    def undone(found: str) -> Json:
        return found if found == KEPT else text(found)

    request, inverse = operation.request, operation.inverse
    return replace(
        operation,
        request=replace(request, body=mapped(request.body, text)),
        inverse=tuple(replace(one, body=mapped(one.body, undone)) for one in inverse),
    )


def _value_of(text: str, values: Mapping[str, str]) -> Json:
    if MARK not in text:
        return text
    whole = _MARKER.fullmatch(text)
    if whole and whole[2] == "number":
        return _number(values[_reference(whole)])
    if MARK in _MARKER.sub("|", text) or any(found[2] == "number" for found in _MARKER.finditer(text)):
        raise PlanFileError(f"malformed marker {MARK}...}}}}", hint="run `hsync plan` again")
    return _MARKER.sub(lambda found: _SPELLINGS[found[2] or ""](values[_reference(found)]), text)


def _number(value: str) -> int:
    try:
        return int(value)
    except ValueError as fault:
        raise PlanFileError("expected a number as the value of a secret", hint="run `hsync plan` again") from fault


def _reference(found: re.Match[str]) -> str:
    return found[1] if is_recipe(found[1]) else unquote(found[1], errors="surrogateescape")
