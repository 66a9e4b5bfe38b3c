"""marks: which line of which template a rendered line comes from, exact through loops, includes and macros.

Rule 1: marks never change what is rendered: no filter, test or comparison of a template ever sees one, and `template`
compares the text with that of a rendering without marks.
Rule 2: a line comes from where its first character that is no blank comes from; a blank line from where it ends.

Theory of operation: a mark is `NUL number ;`, where the number stands for a template line, or `NUL number ^ ;` when
what follows begins that line. The token stream of each template gets one in front of every line of text and of every
expression, after the lexer has done its whitespace control. What a macro, a `set` block, `caller()`, `super()` or a
block gives is a `Marked`: a string whose content has no marks, which carries the marked text beside it. Only when it is
output as it is (`finalize`), or joined into another one (`concat`), the marked text is used. `sources_of` reads the
marks back from the whole. `NUL s ;` is a soft end (see `line_ends`), which `with_line_ends` decides on.

NUL cannot come from anywhere else: templates that hold one are refused, and so are values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import Environment
from jinja2.ext import Extension
from jinja2.filters import do_indent, do_trim
from jinja2.lexer import Token, TokenStream
from jinja2.nodes import CallBlock, Concat, Expr, FilterBlock, For, Impossible, Node, TemplateData

from hsync.render.line_ends import SOFT, keep_line_ends

__all__ = [
    "FinalizingGenerator",
    "Marked",
    "form_of",
    "indent",
    "mark_extension",
    "number_at_longest",
    "plain_of",
    "sources_of",
    "trim",
    "with_line_ends",
    "with_marks",
]

_MARK = re.compile("\0(\\d+)(\\^?);")
_ANY = re.compile("\0(?:\\d+\\^?|s);")
_LEAD = re.compile("(?:\\s|\0\\d+\\^?;|\0s;)*")
_SOFT_END = "\0s;"

_OUTPUT_BLOCKS = frozenset({"call", "filter"})
"""Tags that output a value of their own; all others output what stands inside them."""


_CONSTANT = 1000
"""Characters of a constant in compiled code."""

_LINE_ENDERS = frozenset({"data", "block_end"})
"""Tokens that may end with the end of a line."""


class Marked(str):
    """Text of a template: a string like any other, with its marked form beside it."""

    __slots__ = ("_marked",)
    _marked: str


def with_marks(form: str) -> Marked:
    """The text whose marked form this is."""
    text = Marked(plain_of(form))
    text._marked = form  # noqa: SLF001 - names that begin with an underscore are closed to templates
    return text


def form_of(text: Marked) -> str:
    """The marked form of a text."""
    return text._marked  # noqa: SLF001 - see with_marks


def plain_of(marked: str) -> str:
    """A marked text without its marks."""
    return _ANY.sub("", marked)


def with_line_ends(marked: str) -> str:
    """The marked text in which each soft end is a line end or nothing.

    Args:
        marked: the whole text.
    """
    *lines, last = marked.split("\n")
    if plain_of(last).strip() and not plain_of(last.rpartition(_SOFT_END)[2]) and _SOFT_END in last:
        lines, last = [*lines, last], ""
    return "\n".join(_decided(line) if _SOFT_END in line else line for line in [*lines, last])


def _decided(line: str) -> str:
    """A soft end is a line end if words stand before it, and those behind it begin a line of a template."""
    done: list[str] = []
    has_words = False
    for piece in line.split(_SOFT_END):
        words = bool(plain_of(piece).strip())
        first = _MARK.match(piece)
        if words and has_words and first and first[2]:
            done.append("\n")
        has_words = has_words or words
        done.append(piece)
    return "".join(done)


def sources_of(marked: str, sources: list[str]) -> Iterator[str]:
    """The source of each line of a marked text.

    Args:
        marked: the whole text.
        sources: what the numbers of marks stand for; the first one is that of a text without marks.
    """
    now = 0
    *lines, last = marked.split("\n")
    for line in [*lines, last] if plain_of(last) else lines:
        numbers = _MARK.findall(_lead_of(line))
        yield sources[int(numbers[-1][0]) if numbers else now]
        if "\0" in line and (marks := _MARK.findall(line)):
            now = int(marks[-1][0])


def number_at_longest(pieces: Sequence[str]) -> int | None:
    """The number of the mark in front of the longest piece of a text; None when there is none.

    Args:
        pieces: of a marked text, in its order.
    """
    longest = max(range(len(pieces)), key=lambda at: len(pieces[at]), default=-1)
    for piece in reversed(pieces[: longest + 1]):
        at = piece.rfind("\0")
        if found := _MARK.match(piece, at) if at >= 0 else None:
            return int(found[1])
    return None


def _lead_of(text: str) -> str:
    """The blanks and marks that a text begins with."""
    found = _LEAD.match(text)
    return found.group() if found else ""


def trim(value: str, chars: str | None = None) -> str:
    """The filter `trim`, which keeps the marks of a template's text."""
    if not isinstance(value, Marked) or chars is not None:
        return do_trim(value, chars)
    lead = _lead_of(form_of(value))
    rest = form_of(value)[len(lead) :].rstrip()
    while rest.endswith(";") and _ANY.fullmatch(rest, max(rest.rfind("\0"), 0)):
        rest = rest[: rest.rfind("\0")].rstrip()
    return with_marks("".join(mark.group() for mark in _MARK.finditer(lead)) + rest)


def indent(value: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:  # noqa: FBT001, FBT002
    """The filter `indent`, which keeps the marks of a template's text."""
    if not isinstance(value, Marked):
        return do_indent(value, width, first, blank)
    pad = width if isinstance(width, str) else " " * width
    head, *lines = form_of(value).split("\n")
    padded = [_padded(pad, line) if blank or plain_of(line) else line for line in lines]
    return with_marks("\n".join([_padded(pad, head) if first else head, *padded]))


def _padded(pad: str, line: str) -> str:
    """A marked line behind a padding that counts as its own."""
    end = 0
    while mark := _ANY.match(line, end):
        end = mark.end()
    return line[:end] + pad + line[end:]


class MarkExtension(Extension):
    """Puts the marks into the token stream of a template."""

    mark: Callable[[str | None, int], str]
    keeps: bool

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The same template, in which tags inside a line leave the line's end alone."""
        return keep_line_ends(source, self.environment.lexer, name, filename) if self.keeps else source

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """The same tokens with a mark in front of each line of text, each expression and each block that outputs."""
        before: Token | None = None
        begins = True
        for token in stream:
            if before is not None:
                if token.type == "name" and token.value in _OUTPUT_BLOCKS:
                    yield Token(before.lineno, "data", self._mark(stream.name, before.lineno, begins))
                yield before
                before = None
            if token.type == "block_begin":
                before = token
                continue
            if token.type == "data":
                yield Token(token.lineno, "data", self._marked_lines(stream.name, token, begins))
            else:
                if token.type == "variable_begin":
                    yield Token(token.lineno, "data", self._mark(stream.name, token.lineno, begins))
                yield token
            begins = token.type in _LINE_ENDERS and token.value.endswith("\n") and token.value[:1] != "-"

    def _mark(self, name: str | None, line: int, begins: bool) -> str:  # noqa: FBT001
        mark = self.mark(name, line)
        return f"{mark[:-1]}^;" if begins else mark

    def _marked_lines(self, name: str | None, token: Token, begins: bool) -> str:  # noqa: FBT001
        value, number = token.value, token.lineno
        soft = value.startswith(f"{SOFT}\n")
        if soft:
            value, number, begins = value[len(SOFT) + 1 :], number + 1, True
        lines = value.removeprefix(SOFT).split("\n")
        marks = (self._mark(name, number + offset, begins or offset > 0) for offset in range(len(lines)))
        marked = [mark + line for mark, line in zip(marks, lines, strict=True)]
        return (_SOFT_END if soft else "") + "\n".join([*marked[:-1], marked[-1] if lines[-1] else ""])


class FinalizingGenerator(CodeGenerator):
    """Lets `{% filter %}`, `{% call %}` and recursive loops pass `finalize` as `{{ }}` does; jinja2 does not."""

    _open = False

    def _output_child_to_const(self, node: Expr, frame: Frame, finalize: object) -> str:
        """The text of a constant, which is in the compiled code; what is large is made when the template runs."""
        const: str = super()._output_child_to_const(node, frame, finalize)  # type: ignore[arg-type]
        if len(const) > _CONSTANT and not isinstance(node, TemplateData):
            raise Impossible
        return const

    def visit_Concat(self, node: Concat, frame: Frame) -> None:  # noqa: N802 - as jinja2 calls it
        """Write `~`, which joins secrets as well."""
        self.write("environment.concatenated((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def start_write(self, frame: Frame, node: Node | None = None) -> None:
        """Begin to output a value."""
        super().start_write(frame, node)
        self._open = isinstance(node, FilterBlock | CallBlock | For)
        if self._open:
            self.write("str(environment.finalize(")

    def end_write(self, frame: Frame) -> None:
        """End the output of a value."""
        if self._open:
            self.write("))")
        self._open = False
        super().end_write(frame)


def mark_extension(
    environment: Environment, mark: Callable[[str | None, int], str], *, keeps: bool = True
) -> MarkExtension:
    """The extension for an environment.

    Args:
        environment: that it is for.
        mark: gives the mark for a template's name and a line.
        keeps: whether a tag at the end of a line of text leaves the line end.
    """
    extension = MarkExtension(environment)
    extension.mark = mark
    extension.keeps = keeps
    return extension
