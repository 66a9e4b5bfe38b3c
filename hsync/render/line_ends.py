"""line_ends: a tag inside a line of text does not swallow the line's end.

With `trim_blocks` jinja2 removes the line end behind any tag, so that `server a {% if tls %}ssl{% endif %}` and the
next line become one directive, in silence. Here a tag that ends a line keeps the line end when the line has text of its
own and the tag closes nothing that an earlier line opened. Tags alone on their line still leave nothing behind.

Theory of operation: before a template is compiled, `%}` becomes `+%}` (jinja2's own sign for it) at those places. The
template's lexer tells tags from text; line numbers stay as they are.

Source: https://jinja.palletsprojects.com/en/stable/templates/#whitespace-control
"""

from __future__ import annotations

from collections.abc import Callable

from jinja2.lexer import Lexer

__all__ = ["keep_line_ends"]

_CAPTURES = frozenset({"set", "macro"})
"""Blocks whose text is not output where it stands."""


class _Line:
    """What a line of a template has had so far."""

    def __init__(self) -> None:
        self.has_text = False
        self.closes_earlier = False
        self.opened: list[tuple[str, bool]] = []

    def text(self, value: str) -> None:
        """Text, of which the last line counts."""
        if "\n" in value:
            self.has_text = self.closes_earlier = False
            self.opened.clear()
        self.has_text = self.has_text or bool(value.rpartition("\n")[2].strip())

    def tag(self, name: str) -> None:
        """A tag by its first word."""
        if not name.startswith("end"):
            self.opened.append((name, self.has_text))
            return
        for index in range(len(self.opened) - 1, -1, -1):
            opener, had_text = self.opened[index]
            if opener == name[3:]:
                del self.opened[index:]
                self.has_text = had_text if opener in _CAPTURES else self.has_text
                return
        self.closes_earlier = True

    @property
    def keeps_its_end(self) -> bool:
        """Whether the line end behind a tag belongs to the text."""
        return self.has_text and not self.closes_earlier


def keep_line_ends(source: str, lexer: Lexer, name: str | None, filename: str | None) -> str:
    """The template with `+%}` where a line of text ends in a tag.

    Args:
        source: the template, with LF as line ends.
        lexer: of its environment.
        name: of the template, for faults in its syntax.
        filename: likewise.
    """
    pieces, copied, at, line = [], 0, 0, _Line()
    before = ""
    for _, kind, value in lexer.tokeniter(source, name, filename):
        # What the lexer leaves out are blanks in front of a tag.
        found = source.index(value, at)
        if "\n" in source[at:found]:
            line = _Line()
        at = found + len(value)
        if kind in _EVENTS:
            _EVENTS[kind](line, value)
        elif kind == "name" and before == "block_begin":
            line.tag(value)
        if kind in _ENDS and "\n" in value:
            if line.keeps_its_end and value.endswith(("%}\n", "#}\n")) and value[-4:-3] not in {"-", "+"}:
                pieces += [source[copied : at - 3], "+"]
                copied = at - 3
            line = _Line()
        before = before if kind == "whitespace" else kind
    return "".join([*pieces, source[copied:]])


_ENDS = frozenset({"block_end", "comment_end", "raw_begin", "raw_end"})

_EVENTS: dict[str, Callable[[_Line, str], None]] = {
    "data": _Line.text,
    "variable_begin": _Line.text,
    "raw_begin": lambda line, _: line.tag("raw"),
    "raw_end": lambda line, _: line.tag("endraw"),
}
