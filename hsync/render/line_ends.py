"""line_ends: keeps the line end after a tag at the end of a line of text, so that the next line is not joined to it.

With `trim_blocks` jinja2 removes the line end after any tag, so that `server a {% if tls %}ssl{% endif %}` and the
next line silently become one directive. Here such a line end becomes a *soft end* if the line has text of its own and
closes every block that it opens. After rendering, a soft end is a line end only if there are words on both sides of it,
and the words after it begin a line of a template; the last line keeps its end as well. In all other cases the text is
that of jinja2.

Theory of operation: before a template is compiled, `SOFT` is inserted between such a tag and its line end, so that
jinja2 keeps the line end. `marks` removes both from the token stream again, and inserts a mark, which is invisible to
filters and comparisons of templates.

Source: https://jinja.palletsprojects.com/en/stable/templates/#whitespace-control
"""

from __future__ import annotations

from collections.abc import Callable

from jinja2.lexer import Lexer

__all__ = ["SOFT", "keep_line_ends"]

SOFT = "\0e;"

_CAPTURES = frozenset({"set", "macro"})
"""Blocks whose text is not output at their place."""

_BLOCKS = frozenset({"autoescape", "block", "call", "filter", "for", "if", "macro", "raw", "set", "with"})
"""Tags that open a block; `set` only without a value."""

_BRANCHES = frozenset({"elif", "else"})


class _Line:
    """The content of a line of a template up to the current token."""

    def __init__(self) -> None:
        self.has_text = False
        self.closes_earlier = False
        self.opened: list[tuple[str, bool]] = []
        self.sets = False

    def text(self, value: str) -> None:
        """Add text; only its last line matters."""
        if "\n" in value:
            self.__init__()  # type: ignore[misc]
        self.has_text = self.has_text or bool(value.rpartition("\n")[2].strip())

    def tag(self, name: str) -> None:
        """Add a tag, by its first word."""
        self.sets = name == "set"
        if name in _BLOCKS:
            self.opened.append((name, self.has_text))
        elif name in _BRANCHES:
            self.closes_earlier = self.closes_earlier or not self.opened
        elif name.startswith("end"):
            self.close(name[3:])

    def operator(self, value: str) -> None:
        """Add an operator in a tag: `{% set x = 1 %}` does not open a block."""
        if self.sets and value in {"=", "|", "("}:
            self.sets = False
            if value == "=":
                self.opened.pop()

    def close(self, name: str) -> None:
        """Add the end of a block."""
        for index in range(len(self.opened) - 1, -1, -1):
            opener, had_text = self.opened[index]
            if opener == name:
                del self.opened[index:]
                self.has_text = had_text if opener in _CAPTURES else self.has_text
                return
        self.closes_earlier = True

    @property
    def has_a_soft_end(self) -> bool:
        """Whether the line end after a tag may belong to the text."""
        return self.has_text and not self.closes_earlier and not self.opened


def keep_line_ends(source: str, lexer: Lexer, name: str | None, filename: str | None) -> str:
    """The template with `SOFT` at the end of each line of text that ends with a tag.

    Args:
        source: the template, with LF as line ends.
        lexer: the lexer of its environment.
        name: name of the template, for faults in its syntax.
        filename: likewise.
    """
    pieces, copied, at, line = [], 0, 0, _Line()
    before = ""
    for _, kind, value in lexer.tokeniter(source, name, filename):
        # The lexer omits blanks before a tag.
        found = source.index(value, at)
        if "\n" in source[at:found]:
            line = _Line()
        at = found + len(value)
        if kind == "name" and before == "block_begin":
            line.tag(value)
        elif kind in _EVENTS:
            _EVENTS[kind](line, value)
        if kind in _ENDS and "\n" in value:
            if line.has_a_soft_end and value.endswith(("%}\n", "#}\n")) and value[-4:-3] not in {"-", "+"}:
                pieces += [source[copied : at - 1], SOFT]
                copied = at - 1
            line = _Line()
        before = before if kind == "whitespace" else kind
    return "".join([*pieces, source[copied:]])


_ENDS = frozenset({"block_end", "comment_end", "raw_begin", "raw_end", "variable_end"})

_EVENTS: dict[str, Callable[[_Line, str], None]] = {
    "data": _Line.text,
    "variable_begin": _Line.text,
    "operator": _Line.operator,
    "raw_begin": lambda line, _: line.tag("raw"),
    "raw_end": lambda line, _: line.tag("endraw"),
}
