"""texts: types of texts in variables with a special meaning.

Rule 1: everywhere else they are ordinary texts: in JSON, in comparisons, in a line.
"""

from __future__ import annotations

from jinja2.exceptions import TemplateRuntimeError

__all__ = ["Given", "Unsafe"]

_FALSE_WORDS = frozenset({"false", "no", "off", "n", "0", "null", "none", "~"})


class Unsafe(str):
    """A text that is never a template, also with braces: `!unsafe` in YAML."""

    __slots__ = ()


class Given(Unsafe):
    """A text of `--var`. A text like `false` is refused as a condition, in which it would be true."""

    __slots__ = ()

    def __bool__(self) -> bool:
        if self.lower() in _FALSE_WORDS:
            raise TemplateRuntimeError(
                f"the text {str(self)!r} of --var is true in a condition: "
                f"give --var-json NAME=false, or use the filter bool in the template"
            )
        return len(self) > 0
