r"""safe: text from outside made fit for a terminal and for markdown. All of it passes here, at two places.

The door: whoever makes something for people takes its arguments through `of_plain_text`: every text in them, whatever
field of whatever value it is in, is plain then. So a new field of a plan is plain before anybody thinks of it.
The exit: what goes to the terminal passes `fit`, which lets line feeds and the styles of `look` through, and no other
character that `plain` would show as an escape.

Rule 1: what cannot be seen, or acts on a terminal, is shown as `\xNN` (a byte) or `\uNNNN` (a character).
A tab becomes one blank.
Rule 2: a plain text stays the same when it is made plain again.

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
"""What Python calls printable, and takes no column of its own or shows nothing there: joiners, fillers, blanks that are
none, selectors of variants, parts of Korean syllables."""

_COMMON = re.compile("[ -~\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2190-\u21ff]*")
"""Texts that need no closer look: letters of Europe, quotation marks, dashes, arrows."""

MOST_MARKS = 3
"""Combining characters that a letter may have. Further ones, those of no letter and those that enclose one cover what
is around them."""

ELLIPSIS = "…"


def plain(text: str) -> str:
    """Text as one line that does nothing to a terminal.

    Args:
        text: anything; bytes that are not UTF-8 travel as surrogates.
    """
    if text.isascii():
        return text if text.isprintable() else "".join(map(_shown, text))
    return text if _COMMON.fullmatch(text) else "".join(_visible(text))


def _visible(text: str) -> Iterator[str]:
    """The characters of a text, or what is shown in their place."""
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
    """A value with every text in it plain: in fields, tuples, lists, dicts and their names.

    Args:
        value: anything; an `Address` stays, and so do query and body of a `Request`: see `_names`.
    """
    return cast("Value", _made_plain(value))


def _made_plain(value: object) -> object:
    if isinstance(value, Enum):
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
    """The fields of a dataclass that are made plain: not what is written with percent signs, and not what a request
    sends, which `output.bodies` shows line by line and makes plain itself.
    """
    from hsync.model import Address  # by now somebody else has loaded these
    from hsync.plan.plan import Request

    assert is_dataclass(kind), "only types of such values come here"
    if kind is Address:
        return ()
    return tuple(field.name for field in fields(kind) if kind is not Request or field.name in {"method", "path"})


def of_plain_text(function: Callable[Arguments, str]) -> Callable[Arguments, str]:
    """Make a function that writes for people get its arguments with every text in them plain."""

    @wraps(function)
    def writing(*args: Arguments.args, **named: Arguments.kwargs) -> str:
        return function(*map(made_plain, args), **made_plain(named))  # type: ignore[arg-type]

    return writing


def fit(page: str) -> str:
    """Lines for a terminal: nothing in them acts on it but line feeds and the styles of `look`.

    Args:
        page: what an output wrote.
    """
    return "\n".join(
        "".join(piece if number % 2 else plain(piece) for number, piece in enumerate(STYLE.split(line)))
        for line in page.split("\n")
    )


def plain_lines(text: str) -> str:
    """Lines for a terminal without any style.

    Args:
        text: with line feeds, which stay.
    """
    return "\n".join(map(plain, text.split("\n")))


def hanging(message: str) -> str:
    """A message of which only the first line begins at the margin: words of others cannot pass for a line of hsync.

    Args:
        message: lines; those that are indented stay as they are.
    """
    first, *rest = map(plain, message.split("\n"))
    return "\n".join([first, *(one if one.startswith("  ") or not one else f"  {one}" for one in rest)])


def width_of(text: str) -> int:
    """Columns that a plain text takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    import unicodedata

    if unicodedata.category(character) == "Mn":
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def cut(text: str, room: int) -> str:
    """A plain text that fits into so many columns; what was cut is marked.

    Args:
        text: a plain text.
        room: columns; less than one counts as one.
    """
    if width_of(text) <= room:
        return text
    used = accumulate(map(_columns, text), initial=1)
    fitting = sum(columns <= room for columns in used) - 1
    return text[: max(fitting, 0)] + ELLIPSIS


def ascii_json(value: object) -> str:
    """JSON in which everything that a terminal could act on is an escape, also the one that `json` leaves."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True).replace("\x7f", "\\u007f")


def fenced(lines: list[str], language: str = "") -> list[str]:
    """Lines as a fenced block of markdown; the fence is longer than any run of backquotes inside."""
    runs = [len(run) for line in lines for run in re.findall("`+", line)]
    fence = "`" * max(3, max(runs, default=0) + 1)
    return [fence + language, *(plain(line) for line in lines), fence]


def code(text: str) -> str:
    """Text as inline code of markdown, where nothing in it is more than text."""
    shown = plain(text)
    if not shown.strip():
        return "(empty)"
    runs = [len(run) for run in re.findall("`+", shown)]
    fence = "`" * (max(runs, default=0) + 1)
    pad = " " if shown[0] in " `" or shown[-1] in " `" else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


_RISKY = re.compile(r"[\\`*_{}\[\]<>#|~!&@$^]|//|\bwww\.|:[a-z_+-][\w+-]*:|\bGH-\d", re.IGNORECASE)
"""Words that markdown, or what GitHub and GitLab do behind it, may make something of: links, mentions, references."""

_MARKER = re.compile(r"[-+=]+|\d+[.)]")
"""A first word that begins a list or a line."""

_TOKEN = re.compile(r"(?<!\S)`(?P<quoted>[^`]*[^`\s][^`]*)`(?=[).,;:?]*(?:\s|$))|\S+")
"""What stands between backquotes, as in messages of hsync; or a word."""


def prose(text: str) -> str:
    """Text as words of markdown: nothing in it is a link, an image, HTML, a mention, a list or an emphasis.

    A backslash does not help against mentions and addresses, which are looked for behind markdown; inline code does.
    """
    made, shown = list[str](), plain(text).strip()
    for kind, many in groupby(_TOKEN.finditer(shown), key=_kind_of):
        tokens = list(many)
        blank = " " if made and shown[tokens[0].start() - 1].isspace() else ""
        words = " ".join(token[0] for token in tokens)
        made.append(blank + (words if kind == "prose" else code(words if kind == "code" else tokens[0]["quoted"])))
    return "".join(made)


def _kind_of(token: re.Match[str]) -> str:
    """`prose`, `code`, or for what is quoted a kind of its own, so that it is not joined with what is beside it."""
    if token["quoted"]:
        return f"quoted {token.start()}"
    risky = _RISKY.search(token[0]) or (not token.start() and _MARKER.fullmatch(token[0]))
    return "code" if risky else "prose"


def cell(markdown: str) -> str:
    """A cell of a table, which no pipe in it ends. A backslash before one is an escape: two of them would end it."""
    return markdown.replace("\\|", "\\x5c|").replace("|", "\\|")
