"""taken: the secrets that a template has read, and their tokens in its text.

A token is `NUL $ number ;`. It is unambiguous, since templates and variables with NUL are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hsync.plan.recipes import Recipe

__all__ = ["OPENING", "TOKEN", "Taken", "recipes", "token"]

TOKEN = re.compile("\0\\$(\\d+);")
OPENING = "\0$"


@dataclass(frozen=True, slots=True)
class Taken:
    """A secret that a template has read, or the result of a filter for a secret.

    Args:
        name: the reference, `env:TOKEN`; or the name of a filter.
        text: the argument of the filter, with tokens of earlier secrets; None for a reference.
        arguments: further arguments of the filter.
        where: the line of the template, `templates/haproxy.cfg.j2:12`.
        line: its text.
    """

    name: str
    text: str | None = None
    arguments: tuple[str, ...] = ()
    where: str = ""
    line: str = ""


def token(number: int) -> str:
    """The token of a secret.

    Args:
        number: its index among the secrets of the template.
    """
    return f"{OPENING}{number};"


def recipes(taken: Sequence[Taken]) -> list[Recipe]:
    """The recipe of each secret.

    Args:
        taken: the secrets, in the order in which the template has read them.

    Raises:
        ValueError: a token belongs to no earlier secret.
    """
    made: list[Recipe] = []
    for one in taken:
        if one.text is None:
            made.append(Recipe(one.name))
            continue
        parts: list[str | Recipe] = []
        for at, part in enumerate(TOKEN.split(one.text)):
            if at % 2 and int(part) >= len(made):
                raise ValueError(f"no secret {part}")
            parts += [made[int(part)]] if at % 2 else [part] if part else []
        made.append(Recipe(one.name, tuple(parts), one.arguments))
    return made
