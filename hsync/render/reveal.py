"""reveal: replaces the tokens of secrets with their values, in the text of a template.

Rule 1: a value must be part of one word of its line, and HAProxy must read its characters unchanged: a blank, a quote
or a line end would split it into words that are not known as secrets.
Rule 2: messages have no value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hsync.errors import ConfigError, Fault, HsyncError, NotAllowedError
from hsync.plan.recipes import Recipe
from hsync.render.derivations import CONTROL, SPECIAL
from hsync.render.rendered import Rendered
from hsync.render.taken import OPENING, TOKEN, Taken, recipes
from hsync.secrecy import MASK, SHORT
from hsync.syntax.words import Split, split

__all__ = ["Revealed", "reveal"]

QUOTING = frozenset({"quote"})
"""Filters that write a value as a word of HAProxy: the text between the quotes is not the value."""


@dataclass(frozen=True, slots=True)
class Revealed:
    """A text with the values of its secrets.

    Args:
        text: the text.
        shown: the same, in which secrets are masked.
        places: the keys of the secrets of each line that has any, by its number.
    """

    text: str
    shown: str
    places: dict[int, tuple[str, ...]]


def reveal(rendered: Rendered, value_of: Callable[[Recipe], str]) -> Revealed:
    """Replace the tokens of a text with the values of secrets.

    Args:
        rendered: the text with tokens.
        value_of: returns the value of a secret.

    Raises:
        InputError: a secret has no value, or some values are not possible at their places: all of them at once.
        NotAllowedError: a secret may not be read.
    """
    if not rendered.taken:
        return Revealed(rendered.text, rendered.text, {})
    known = recipes(rendered.taken)
    secrets = [(recipe, _looked_up(recipe, one, value_of)) for recipe, one in zip(known, rendered.taken, strict=True)]
    lines = rendered.text.split("\n")
    places: dict[int, tuple[str, ...]] = {}
    faults: list[Fault] = []
    for at, line in enumerate(lines):
        if OPENING in line:
            found = [secrets[int(number)] for number in TOKEN.findall(line)]
            places[at + 1] = tuple(dict.fromkeys(recipe.key for recipe, _ in found))
            lines[at], wrong = _revealed(line, found, rendered.lines[at] if at < len(rendered.lines) else "")
            faults += wrong
    if faults:
        hint = 'write {{ secret("env:NAME") | quote }}: this makes one word of any value'
        raise ConfigError("the value of a secret is not possible at its place:", faults, hint=hint)
    return Revealed("\n".join(lines), TOKEN.sub(MASK, rendered.text), places)


def _looked_up(recipe: Recipe, taken: Taken, value_of: Callable[[Recipe], str]) -> str:
    try:
        return value_of(recipe)
    except HsyncError as fault:
        told = Fault(taken.where, fault.message, line=taken.line).shown() if taken.where else fault.message
        fault.message, fault.args = told, (told,)
        if isinstance(fault, NotAllowedError):
            fault.claims = tuple((text, taken.where, setting) for text, _, setting in fault.claims)
        raise


def _revealed(line: str, secrets: Sequence[tuple[Recipe, str]], where: str) -> tuple[str, list[Fault]]:
    """A line with the values of its secrets, and their faults."""
    *texts, last = TOKEN.split(line)[::2]
    whole, starts = "", []
    for text, (_, value) in zip(texts, secrets, strict=True):
        starts.append(len(whole) + len(text))
        whole += text + value
    whole += last
    found, faults = split(whole), []
    for (recipe, value), start in zip(secrets, starts, strict=True):
        quoted = recipe.name in QUOTING
        if why := _why_not(whole, found, value, start, quoted=quoted):
            remedy = "" if quoted else "use the filter quote"
            faults.append(Fault(where, f"the secret {recipe.key} {why}", remedy, line=TOKEN.sub(MASK, line)))
    return whole, faults


def _why_not(whole: str, found: Split, value: str, start: int, *, quoted: bool) -> str:
    """Why a value is not possible at a place of a line; "" if it is."""
    end = start + len(value)
    if bad := CONTROL.search(value):
        return "has a line break" if bad[0] in "\r\n" else "has a control character"
    if found.comment is not None and start >= len(whole) - len(found.comment):
        return ""
    word = next((one for one in found.words if one.column <= start + 1 and end < one.column + len(one.raw)), None)
    if word is None:
        return "would be several words here"
    if not quoted and (value not in word.value or (found.fault is not None and SPECIAL.search(value))):
        return "has a character with a special meaning for HAProxy here"
    if len(value) < SHORT and (_is_letter(whole[start - 1 : start]) or _is_letter(whole[end : end + 1])):
        return "is short and part of a word, in which it cannot be hidden reliably"
    return ""


def _is_letter(text: str) -> bool:
    return text.isalnum() or text == "_"
