"""recipes: names of secrets: a reference, or a filter with texts and other secrets.

    env:TOKEN                         a reference: its kind and its name
    b64encode('joe:'~env:TOKEN)       the result of a filter for a text and a secret
    hash(env:TOKEN,'sha256')          with an argument

A recipe has no value of a secret: a plan file has the recipe, and `apply` computes the value again.

Rule 1: `read_recipe(str(recipe)) == recipe`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

__all__ = ["Recipe", "is_recipe", "of_key", "read_recipe"]

_NAME = re.compile(r"[a-z0-9_]+(?=\()")
_REFERENCE = re.compile(r"[a-z]+:[^'()~, {}|]*")
_TEXT = re.compile(r"'([^'()~, {}|]*)'")
_ARGUMENT = re.compile(rf",{_TEXT.pattern}")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A secret by its name.

    Args:
        name: a reference, `env:TOKEN`; or the name of a filter.
        parts: the parts of the filter's input: texts and secrets, which are joined; None for a reference.
        arguments: further arguments of the filter.
    """

    name: str
    parts: tuple[str | Recipe, ...] | None = None
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The recipe as a text without blanks and braces."""
        if self.parts is None:
            return _escaped(self.name)
        parts = "~".join(str(part) if isinstance(part, Recipe) else _text(part) for part in self.parts)
        return f"{self.name}({','.join([parts, *map(_text, self.arguments)])})"

    @property
    def key(self) -> str:
        """The key of a secret: the reference as written, or the recipe as a text."""
        return self.name if self.parts is None else str(self)

    def references(self) -> Iterator[str]:
        """The references in the recipe."""
        if self.parts is None:
            yield self.name
        for part in self.parts or ():
            if isinstance(part, Recipe):
                yield from part.references()

    def value(self, look: Callable[[str], str], make: Callable[[str, str, Sequence[str]], str]) -> str:
        """The value.

        Args:
            look: returns the value of a reference.
            make: returns the result of a filter, from its name, a text and its arguments.
        """
        if self.parts is None:
            return look(self.name)
        text = "".join(part.value(look, make) if isinstance(part, Recipe) else part for part in self.parts)
        return make(self.name, text, self.arguments)


def _escaped(text: str) -> str:
    return quote(text, safe="/:@+=", errors="surrogateescape").replace("~", "%7E")


def _text(text: str) -> str:
    return f"'{_escaped(text)}'"


def is_recipe(key: str) -> bool:
    """Whether the key of a secret is a recipe, not a reference."""
    return _NAME.match(key) is not None


def of_key(key: str) -> Recipe:
    """The inverse of `Recipe.key`.

    Raises:
        ValueError: the key is malformed.
    """
    return read_recipe(key) if is_recipe(key) else Recipe(key)


def read_recipe(text: str) -> Recipe:
    """Read a recipe.

    Args:
        text: the recipe as a text.

    Raises:
        ValueError: the text is not a recipe.
    """
    try:
        recipe, end = _read(text, 0)
    except RecursionError as fault:
        raise ValueError(text) from fault
    if end != len(text):
        raise ValueError(text)
    return recipe


def _read(text: str, at: int) -> tuple[Recipe, int]:
    if name := _NAME.match(text, at):
        parts: list[str | Recipe] = []
        end = name.end()
        while not parts or text[end : end + 1] == "~":
            part, end = _part(text, end + 1)
            parts.append(part)
        arguments = []
        while argument := _ARGUMENT.match(text, end):
            arguments.append(unquote(argument[1], errors="surrogateescape"))
            end = argument.end()
        if text[end : end + 1] != ")":
            raise ValueError(text)
        return Recipe(name[0], tuple(parts), tuple(arguments)), end + 1
    if reference := _REFERENCE.match(text, at):
        return Recipe(unquote(reference[0], errors="surrogateescape")), reference.end()
    raise ValueError(text)


def _part(text: str, at: int) -> tuple[str | Recipe, int]:
    if found := _TEXT.match(text, at):
        return unquote(found[1], errors="surrogateescape"), found.end()
    return _read(text, at)
