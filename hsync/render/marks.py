"""marks: which line of which template a rendered line comes from, exact through loops, includes and macros.

Rule 1: marks do not change the text: they are invisible to filters, tests and comparisons of a template, and `template`
compares the text with that of a rendering without marks.
Rule 2: the source of a line is that of its first character other than a blank; for a blank line, that of its end.

Theory of operation: a mark is `NUL number ;`, with the number of a template line, or `NUL number ^ ;` at the
beginning of that line. In the token stream of each template a mark is inserted before every line of text and every
expression, after the whitespace control of the lexer. The result of a macro, a `set` block, `caller()`, `super()` or a
block is a `Marked`: a string without marks that has the marked text as an attribute. The marked text is used only if
the string is output unchanged (`finalize`), or joined to another one (`concat`). `sources_of` reads the marks of the
whole text. `NUL s ;` is a soft end (see `line_ends`), for which `with_line_ends` decides whether it is a line end.

NUL is unambiguous, since templates and values that have one are refused.
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
"""Tags that output a value of their own; all other tags output their content."""


_CONSTANT = 1000
"""Maximum number of characters of a constant in compiled code."""

_LINE_ENDERS = frozenset({"data", "block_end"})
"""Tokens that may end with a line end."""


class Marked(str):
    """A text of a template: a string without marks that has its marked form as an attribute."""

    __slots__ = ("_marked",)
    _marked: str


def with_marks(form: str) -> Marked:
    """The text with this marked form."""
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
    """The marked text with each soft end replaced by a line end or nothing.

    Args:
        marked: the whole text.
    """
    *lines, last = marked.split("\n")
    if plain_of(last).strip() and not plain_of(last.rpartition(_SOFT_END)[2]) and _SOFT_END in last:
        lines, last = [*lines, last], ""
    return "\n".join(_decided(line) if _SOFT_END in line else line for line in [*lines, last])


def _decided(line: str) -> str:
    """A soft end is a line end if there are words before it, and the words after it begin a line of a template."""
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
        sources: the sources by the numbers of marks; the first one is for text without marks.
    """
    now = 0
    *lines, last = marked.split("\n")
    for line in [*lines, last] if plain_of(last) else lines:
        numbers = _MARK.findall(_lead_of(line))
        yield sources[int(numbers[-1][0]) if numbers else now]
        if "\0" in line and (marks := _MARK.findall(line)):
            now = int(marks[-1][0])


def number_at_longest(pieces: Sequence[str]) -> int | None:
    """The number of the mark before the longest piece of a text; None if there is no mark.

    Args:
        pieces: the pieces of a marked text, in order.
    """
    longest = max(range(len(pieces)), key=lambda at: len(pieces[at]), default=-1)
    for piece in reversed(pieces[: longest + 1]):
        at = piece.rfind("\0")
        if found := _MARK.match(piece, at) if at >= 0 else None:
            return int(found[1])
    return None


def _lead_of(text: str) -> str:
    """The blanks and marks at the beginning of a text."""
    found = _LEAD.match(text)
    return found.group() if found else ""


def trim(value: str, chars: str | None = None) -> str:
    """The filter `trim`, which keeps marks."""
    if not isinstance(value, Marked) or chars is not None:
        return do_trim(value, chars)
    lead = _lead_of(form_of(value))
    rest = form_of(value)[len(lead) :].rstrip()
    while rest.endswith(";") and _ANY.fullmatch(rest, max(rest.rfind("\0"), 0)):
        rest = rest[: rest.rfind("\0")].rstrip()
    return with_marks("".join(mark.group() for mark in _MARK.finditer(lead)) + rest)


def indent(value: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:  # noqa: FBT001, FBT002
    """The filter `indent`, which keeps marks."""
    if not isinstance(value, Marked):
        return do_indent(value, width, first, blank)
    pad = width if isinstance(width, str) else " " * width
    head, *lines = form_of(value).split("\n")
    padded = [_padded(pad, line) if blank or plain_of(line) else line for line in lines]
    return with_marks("\n".join([_padded(pad, head) if first else head, *padded]))


def _padded(pad: str, line: str) -> str:
    """A marked line with a padding after its first mark."""
    end = 0
    while mark := _ANY.match(line, end):
        end = mark.end()
    return line[:end] + pad + line[end:]


class MarkExtension(Extension):
    """Inserts marks into the token stream of a template."""

    mark: Callable[[str | None, int], str]
    keeps: bool

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template with soft ends, see `line_ends`."""
        return keep_line_ends(source, self.environment.lexer, name, filename) if self.keeps else source

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """The tokens with a mark before each line of text, each expression and each block with output."""
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
    """Applies `finalize` also to `{% filter %}`, `{% call %}` and recursive loops, which jinja2 does not."""

    _open = False

    def _output_child_to_const(self, node: Expr, frame: Frame, finalize: object) -> str:
        """The text of a constant in the compiled code; a large one is computed when the template runs."""
        const: str = super()._output_child_to_const(node, frame, finalize)  # type: ignore[arg-type]
        if len(const) > _CONSTANT and not isinstance(node, TemplateData):
            raise Impossible
        return const

    def visit_Concat(self, node: Concat, frame: Frame) -> None:  # noqa: N802 - as jinja2 calls it
        """Compile `~`, which can also join secrets."""
        self.write("environment.concatenated((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def start_write(self, frame: Frame, node: Node | None = None) -> None:
        """Compile the begin of the output of a value."""
        super().start_write(frame, node)
        self._open = isinstance(node, FilterBlock | CallBlock | For)
        if self._open:
            self.write("str(environment.finalize(")

    def end_write(self, frame: Frame) -> None:
        """Compile the end of the output of a value."""
        if self._open:
            self.write("))")
        self._open = False
        super().end_write(frame)


def mark_extension(
    environment: Environment, mark: Callable[[str | None, int], str], *, keeps: bool = True
) -> MarkExtension:
    """The extension of an environment.

    Args:
        environment: the environment.
        mark: returns the mark for a template's name and a line.
        keeps: whether a line of text that ends with a tag keeps its line end.
    """
    extension = MarkExtension(environment)
    extension.mark = mark
    extension.keeps = keeps
    return extension
