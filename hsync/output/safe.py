r"""safe: makes text from outside safe for a terminal and for Markdown, at two places.

On the way in: `of_plain_text` decorates each function that makes a text for people, and makes every string in its
arguments plain, in all fields of all values. So a new field of a plan is plain without further code.
On the way out: all text for the terminal passes `fit`, which keeps line feeds and the styles of `look`, and escapes all
other characters that `plain` would escape.

Rule 1: an invisible character, or one that acts on a terminal, is shown as `\xNN` (a byte) or `\uNNNN` (a character).
A tab becomes one blank.
Rule 2: to make a plain text plain again does not change it.

Source: ECMA-48 (control functions); Unicode TR 36 (bidirectional controls, invisible characters), and the property
Default_Ignorable_Code_Point of the Unicode Character Database.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache, wraps
from itertools import accumulate, groupby
from operator import is_
from typing import ParamSpec, TypeVar, cast

from hsync.output.look import STYLE

__all__ = [
    "ELLIPSIS",
    "ascii_json",
    "cell",
    "code",
    "cut",
    "fenced",
    "fit",
    "hanging",
    "made_plain",
    "of_plain_text",
    "plain",
    "plain_lines",
    "prose",
    "width_of",
]

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")

_UNSEEN = re.compile(
    "[\u034f\u115f-\u11ff\u17b4\u17b5\u180b-\u180f\u2800\u3164\ud7b0-\ud7ff\ufe00-\ufe0f\uffa0\ufffc"
    "\U00016fe4\U0001d159\U000e0100-\U000e01ef]"
)
"""Characters that are printable for Python, but invisible or without a column of their own: joiners, fillers, blanks
other than the space, variation selectors, parts of Korean syllables."""

_COMMON = re.compile("[ -~\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2190-\u21ff]*")
"""Texts of harmless characters only: European letters, quotation marks, dashes, arrows."""

_CONTROLS = re.compile("[^ -~]")
"""The ASCII characters that are not printable."""

MOST_MARKS = 3
"""Maximum number of combining characters after a letter. Further ones, those without a letter, and enclosing ones can
cover the text around them."""

ELLIPSIS = "…"


def plain(text: str) -> str:
    """Text as one line without any effect on a terminal.

    Args:
        text: any text; bytes that are not UTF-8 are surrogates.
    """
    if text.isascii():
        return text if text.isprintable() else _CONTROLS.sub(lambda found: _shown(found[0]), text)
    return text if _COMMON.fullmatch(text) else "".join(_visible(text))


def _visible(text: str) -> Iterator[str]:
    """The characters of a text, or their escapes."""
    import unicodedata

    marks = MOST_MARKS
    for one in text:
        kind = unicodedata.category(one)
        marks = marks + 1 if kind[0] == "M" else 0 if kind[0] in "LN" else MOST_MARKS
        covers = kind == "Me" or (kind[0] == "M" and marks > MOST_MARKS)
        yield _escaped(one) if covers else _shown(one)


def _shown(character: str) -> str:
    if character == "\t":
        return " "
    return character if character.isprintable() and not _UNSEEN.match(character) else _escaped(character)


def _escaped(character: str) -> str:
    point = ord(character)
    if 0xDC80 <= point <= 0xDCFF:
        return f"\\x{point - 0xDC00:02x}"
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def made_plain(value: Value) -> Value:
    """A value with every string in it plain: in fields, tuples, lists, dicts and their names.

    Args:
        value: any value; an `Address`, and query and body of a `Request`, are not changed: see `_names`.
    """
    return cast("Value", _made_plain(value))


def _made_plain(value: object) -> object:
    if type(value) is str:
        return plain(value)
    if value is None or isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, tuple):
        many = tuple(map(_made_plain, value))
        return value if all(map(is_, many, value)) else many
    if isinstance(value, dict):
        return {_made_plain(name): _made_plain(item) for name, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        names = _names(type(value))
        new = {name: made for name in names if (made := _made_plain(item := getattr(value, name))) is not item}
        return replace(value, **new) if new else value
    return list(map(_made_plain, value)) if isinstance(value, list | Iterator) else value


@cache
def _names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass to make plain: not those of an `Address`, which has percent signs, and not query and
    body of a `Request`, which `output.bodies` makes plain line by line.
    """
    from hsync.model import Address  # these modules are already loaded here
    from hsync.plan.plan import Request

    assert is_dataclass(kind), "only dataclasses are passed"
    if kind is Address:
        return ()
    return tuple(field.name for field in fields(kind) if kind is not Request or field.name in {"method", "path"})


def of_plain_text(function: Callable[Arguments, str]) -> Callable[Arguments, str]:
    """Decorate a function that makes a text for people: every string in its arguments is made plain."""

    @wraps(function)
    def writing(*args: Arguments.args, **named: Arguments.kwargs) -> str:
        return function(*map(made_plain, args), **made_plain(named))  # type: ignore[arg-type]

    return writing


def fit(page: str) -> str:
    """Lines for a terminal, in which everything but line feeds and the styles of `look` is plain.

    Args:
        page: the text of an output.
    """
    return "\n".join(
        "".join(piece if number % 2 else plain(piece) for number, piece in enumerate(STYLE.split(line)))
        for line in page.split("\n")
    )


def plain_lines(text: str) -> str:
    """Plain lines for a terminal, without any style.

    Args:
        text: lines; the line feeds are kept.
    """
    return "\n".join(map(plain, text.split("\n")))


def hanging(message: str) -> str:
    """A plain message with a hanging indent, so that text from outside cannot look like a line of hsync.

    Args:
        message: lines; indented lines keep their indentation.
    """
    first, *rest = map(plain, message.split("\n"))
    return "\n".join([first, *(one if one.startswith("  ") or not one else f"  {one}" for one in rest)])


def width_of(text: str) -> int:
    """Number of columns of a plain text on a terminal."""
    return len(text) if text.isascii() or _COMMON.fullmatch(text) else sum(map(_columns, text))


def _columns(character: str) -> int:
    import unicodedata

    if unicodedata.category(character) == "Mn":
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def cut(text: str, room: int) -> str:
    """A plain text, cut to a number of columns, with an ellipsis if it was cut.

    Args:
        text: a plain text.
        room: number of columns; less than one counts as one.
    """
    if width_of(text) <= room:
        return text
    used = accumulate(map(_columns, text), initial=1)
    fitting = sum(columns <= room for columns in used) - 1
    return text[: max(fitting, 0)] + ELLIPSIS


def ascii_json(value: object) -> str:
    """JSON with escapes for all control characters, including DEL, which the module `json` does not escape."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True).replace("\x7f", "\\u007f")


def fenced(lines: list[str], language: str = "") -> list[str]:
    """Lines as a fenced block of Markdown; the fence is longer than any run of backquotes inside."""
    runs = [len(run) for line in lines for run in re.findall("`+", line)]
    fence = "`" * max(3, max(runs, default=0) + 1)
    return [fence + language, *(plain(line) for line in lines), fence]


def code(text: str) -> str:
    """Text as inline code of Markdown, in which it has no other effect."""
    shown = plain(text)
    if not shown.strip():
        return "(empty)"
    runs = [len(run) for run in re.findall("`+", shown)]
    fence = "`" * (max(runs, default=0) + 1)
    pad = " " if shown[0] in " `" or shown[-1] in " `" else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


_RISKY = re.compile(r"[\\`*_{}\[\]<>#|~!&@$^]|//|\bwww\.|:[a-z_+-][\w+-]*:|\bGH-\d", re.IGNORECASE)
"""Words that Markdown, GitHub or GitLab may turn into something else: links, mentions, references."""

_MARKER = re.compile(r"[-+=]+|\d+[.)]")
"""A first word that begins a list or a line."""

_TOKEN = re.compile(r"(?<!\S)`(?P<quoted>[^`]*[^`\s][^`]*)`(?=[).,;:?]*(?:\s|$))|\S+")
"""A text in backquotes, as in messages of hsync; or a word."""


def prose(text: str) -> str:
    """Text as words of Markdown: nothing in it is a link, an image, HTML, a mention, a list or an emphasis.

    A backslash does not prevent mentions, and links of bare addresses, which are found after Markdown was rendered;
    inline code does.
    """
    made, shown = list[str](), plain(text).strip()
    for kind, many in groupby(_TOKEN.finditer(shown), key=_kind_of):
        tokens = list(many)
        blank = " " if made and shown[tokens[0].start() - 1].isspace() else ""
        words = " ".join(token[0] for token in tokens)
        made.append(blank + (words if kind == "prose" else code(words if kind == "code" else tokens[0]["quoted"])))
    return "".join(made)


def _kind_of(token: re.Match[str]) -> str:
    """`prose`, `code`, or for quoted text a unique kind, so that it is not joined with its neighbours."""
    if token["quoted"]:
        return f"quoted {token.start()}"
    risky = _RISKY.search(token[0]) or (not token.start() and _MARKER.fullmatch(token[0]))
    return "code" if risky else "prose"


def cell(markdown: str) -> str:
    r"""A cell of a table with escaped pipes. A backslash before a pipe is replaced, since `\\|` would end the cell."""
    return markdown.replace("\\|", "\\x5c|").replace("|", "\\|")
