"""limits: limits of time, memory and output of a rendering. Only the operator can change them.

Rule 1: nothing that a project brings (hsync.toml, templates, variables) changes a limit.
Rule 2: a message names the limit and the variable that raises it.

The defaults are several times what 50,000 servers need, and small enough for a shared build machine.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from hsync.errors import UsageError

__all__ = ["Limits", "OverLimitError", "keep_reserve"]

_PREFIX = "HSYNC_RENDER_"

_WORDS = {
    "seconds": "this takes more than {} s of CPU time",
    "memory_mb": "this needs more than {} MB of memory",
    "output_mb": "this gives more than {} MB of text",
}

_RESERVE_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one rendering, for all its templates and variables together.

    Args:
        seconds: CPU time, in seconds.
        memory_mb: address space of the process that renders, in MB.
        output_mb: text of one template, in MB.
    """

    seconds: int = 6
    memory_mb: int = 400
    output_mb: int = 32

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] | None = None, base: Limits | None = None) -> Limits:
        """The limits of the operator: `HSYNC_RENDER_SECONDS`, `HSYNC_RENDER_MEMORY_MB`, `HSYNC_RENDER_OUTPUT_MB`.

        Args:
            environment: variables by name; None for those of the process.
            base: the limits for which no variable is set; None for the defaults.

        Raises:
            UsageError: a variable is not a positive whole number.
        """
        found = os.environ if environment is None else environment
        given = {name: found[variable] for name, variable in variables().items() if found.get(variable)}
        return replace(base or cls(), **{name: _number(variables()[name], text) for name, text in given.items()})

    def of(self, fault: BaseException) -> OverLimitError | None:
        """The limit that an error is about; None if it is another error. Frees the reserve.

        Args:
            fault: the error.
        """
        RESERVE.clear()
        if isinstance(fault, MemoryError):
            return self.over("memory_mb")
        return fault if isinstance(fault, OverLimitError) else None

    def over(self, name: str) -> OverLimitError:
        """The error of a limit.

        Args:
            name: name of the limit.
        """
        value: int = getattr(self, name)
        hint = f"correct it, or raise the limit: export {variables()[name]}={value * 4}"
        return OverLimitError(_WORDS[name].format(value), hint)


RESERVE: list[bytearray] = []
"""Memory for the error that reports that the memory is used up; see `keep_reserve`."""


def keep_reserve() -> None:
    """Reserve memory for error messages."""
    RESERVE.append(bytearray(_RESERVE_BYTES))


class OverLimitError(BaseException):
    """A limit was reached. Not an `Exception`, so that neither jinja2 nor a filter of a project can catch it.

    Args:
        message: the limit: `this takes more than 6 s of CPU time`.
        hint: the remedy.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def variables() -> dict[str, str]:
    """The variables of the limits, by name."""
    return {one.name: _PREFIX + one.name.upper() for one in fields(Limits)}


def _number(variable: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:12]) <= _MOST:
        raise UsageError(
            f"{variable}={text[:40]!r}: expected a whole number from 1 to {_MOST}",
            hint=f"export {variable}={getattr(Limits(), variable.removeprefix(_PREFIX).lower())}",
        )
    return int(text)


_MOST = 1_000_000
