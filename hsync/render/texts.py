"""texts: texts among the variables that are more than their characters.

Rule 1: everything else sees them as the text that they are: in JSON, in comparisons, in a line.
"""

from __future__ import annotations

from jinja2.exceptions import TemplateRuntimeError

__all__ = ["Given", "Unsafe"]

_FALSE_WORDS = frozenset({"false", "no", "off", "n", "0", "null", "none", "~"})


class Unsafe(str):
    """A text that is no template, whatever braces it has: `!unsafe` in YAML."""

    __slots__ = ()


class Given(Unsafe):
    """A text of `--var`. One that reads as false is refused as a condition, where it would count as true."""

    __slots__ = ()

    def __bool__(self) -> bool:
        if self.lower() in _FALSE_WORDS:
            raise TemplateRuntimeError(
                f"the text {str(self)!r} of --var would count as true in a condition: "
                f"give --var-json NAME=false, or write the filter bool in the template"
            )
        return len(self) > 0
