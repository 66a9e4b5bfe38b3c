"""Texts of an enemy, and what a terminal and a page make of an output: two programs that others wrote look at it.

`screen_of` is a terminal (pyte), `page_of` is the markdown of GitHub (cmark-gfm). Neither knows hsync.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import Enum
from html.parser import HTMLParser
from typing import cast

import cmarkgfm
import pyte
from wcwidth import wcwidth

from hsync.model import Address

__all__ = [
    "ALL",
    "CHARACTERS",
    "MARKUP",
    "Page",
    "batches",
    "hostile",
    "page_of",
    "payload",
    "refuse_tricks",
    "screen_of",
    "seen",
]


def _named(kind: str, *points: int) -> dict[str, str]:
    return {f"{kind} U+{point:04X}": chr(point) for point in points}


CHARACTERS = {
    **_named("C0", *range(0x20)),
    **_named("DEL", 0x7F),
    **_named("C1", *range(0x80, 0xA0)),
    **_named("blank", 0xA0, 0x1680, 0x2000, 0x2003, 0x200A, 0x202F, 0x205F, 0x2800, 0x3000),
    **_named("soft hyphen", 0xAD),
    **_named("bidi", 0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),
    **_named("zero width", 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x34F),
    **_named("invisible operator", *range(0x2061, 0x2066)),
    **_named("deprecated format", *range(0x206A, 0x2070)),
    **_named("separator", 0x2028, 0x2029),
    **_named("interlinear", 0xFFF9, 0xFFFA, 0xFFFB),
    **_named("object", 0xFFFC),
    **_named("hangul filler", 0x115F, 0x1160, 0x3164, 0xFFA0),
    **_named("khmer", 0x17B4, 0x17B5),
    **_named("mongolian", *range(0x180B, 0x1810)),
    **_named("variation", *range(0xFE00, 0xFE10), 0xE0100, 0xE01EF),
    **_named("tag", 0xE0001, 0xE0020, 0xE0041, 0xE007F),
    **_named("music", 0x1D159, 0x1D173, 0x1D17A),
    **_named("hieroglyph", 0x13430, 0x1343F),
    **_named("shorthand", 0x1BCA0, 0x1BCA3),
    **_named("khitan", 0x16FE4),
    **_named("no character", 0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF),
    **_named("surrogate", 0xD800, 0xDBFF, 0xDC00, 0xDFFF),
    **_named("byte", 0xDC80, 0xDC9B, 0xDCFF),
    **_named("private", 0xE000, 0xF8FF, 0xF0000, 0x10FFFD),
    **_named("unassigned", 0x378, 0xE0FFF),
    **_named("mark", 0x301, 0x489, 0x20DD, 0x1AB0),
}
"""What acts on a terminal, cannot be seen, looks like a blank, or covers its neighbours."""


def payload(characters: str) -> str:
    """A text in which characters begin what control sequences begin: clear, colour, title, a charset; and faked lines.

    Args:
        characters: each of them begins all of it.
    """
    return "".join(f"q {one}[2J{one}31m{one}]0;p{one}\\{one}(0{one}z" for one in characters)


ALL = "".join(CHARACTERS.values())
"""All of them, one behind the other."""


def batches(size: int) -> list[str]:
    """The characters in groups, so that one screen or page shows several."""
    return [ALL[start : start + size] for start in range(0, len(ALL), size)]


MARKUP = {
    "link": "[q](https://evil.example)",
    "link by reference": "[q][1]\n\n[1]: https://evil.example",
    "reference on the line": "[1]: https://evil.example",
    "image": "![q](https://evil.example/x.png)",
    "autolink": "<https://evil.example>",
    "bare URL": "q https://evil.example/q z",
    "bare host": "q www.evil.example z",
    "bare ftp": "ftp://evil.example",
    "address": "q a.b@evil.example z",
    "address in brackets": "<a@evil.example>",
    "mailto": "mailto:a@evil.example",
    "xmpp": "xmpp:a@evil.example/q",
    "mention": "@all and cc @team/security",
    "mention behind a word": "q(@admin)",
    "issue": "fixes #1 and evil/repo#2, GH-3, !4",
    "commit": "evil/repo@0123456789abcdef0123456789abcdef01234567",
    "html": "<script>alert(1)</script><b onclick=x>q</b>",
    "comment": "<!-- q -->",
    "end of the fold": "</details></summary>",
    "entity": "&lt;b&gt; &#64;all &copy;",
    "heading": "# q",
    "heading below": "q\n===",
    "line": "---",
    "stars": "***",
    "list": "- q",
    "list behind blanks": "  - q",
    "list with a plus": "+ q",
    "numbers": "1. q",
    "numbers with a parenthesis": "1) q",
    "task": "[ ] q",
    "quote": "> q",
    "code by blanks": "        q",
    "fence": "```\nq\n```",
    "long fence": "``````````\n</details>\n@all",
    "fence of tildes": "~~~\nq",
    "open code": "`q",
    "code around": "``q``",
    "code at the ends": "`q` `z`",
    "emphasis": "*q* _z_ **q** __z__ ***q***",
    "strike": "~~q~~",
    "table": "| a | b |\n|---|---|\n| c | d |",
    "pipe": "q|z",
    "pipe behind a backslash": "q\\|z \\\\|",
    "pipe behind code": "`|` q",
    "backslash": "q\\",
    "hard break": "q  \nz\\\nq",
    "footnote": "q[^1]\n\n[^1]: z",
    "math": "$q$ $$z$$",
    "emoji": ":skull: q",
    "only blanks": "   ",
    "nothing": "",
    "tabs": "\tq\t",
    "liquid": "{{ q }} {% z %}",
}
"""Markdown of an enemy: none of it may become more than text."""


def hostile(value: object, text: str) -> object:
    """A value with every text in it replaced, in fields, tuples, lists, dicts and their names; not what is a choice.

    Args:
        value: a plan, for example.
        text: of the enemy.
    """
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return text
    if isinstance(value, Address):  # it comes from a file: surrogates stand for bytes
        name = re.sub("[\ud800-\udc7f\udd00-\udfff]", "?", text)
        return replace(value, name=name if value.name else "", key=name if value.key else "")
    if isinstance(value, tuple | list):
        return type(value)(hostile(one, text) for one in value)
    if isinstance(value, dict):
        return {f"{text}{n}": hostile(item, text) for n, item in enumerate(value.values())}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: hostile(getattr(value, one.name), text) for one in fields(value)})
    return value


# A terminal

STYLE = re.compile(r"\x1b\[[0-9;]*m")
COLOURS = frozenset({"default", "red", "green", "brown", "cyan"})


@dataclass(frozen=True)
class Screen:
    """What a terminal shows.

    Args:
        lines: from top to bottom, without blanks at their ends.
        colours: all that are seen.
    """

    lines: tuple[str, ...]
    colours: frozenset[str]


class _Screen(pyte.Screen):
    """A terminal that nobody may ask for anything: its answer would be typed at the next prompt."""

    def write_process_input(self, data: str) -> None:
        """An answer to what the output asked."""
        raise AssertionError(data)


def screen_of(output: str) -> Screen:
    """What a terminal shows of an output. Everything but lines and our own colours is refused.

    Args:
        output: as it is written, with line feeds.
    """
    expected = STYLE.sub("", output).split("\n")
    columns = max(map(width_of, expected)) + 2
    screen = _Screen(columns, len(expected) + 2)
    modes = set(screen.mode)
    pyte.Stream(screen).feed(output.replace("\n", "\r\n"))
    rows = [screen.buffer[number] for number in range(len(expected))]
    lines = tuple("".join(row[n].data for n in range(max(row, default=-1) + 1)).rstrip() for row in rows)
    assert lines == tuple(unicodedata.normalize("NFC", line.rstrip()) for line in expected)
    assert (screen.cursor.x, screen.cursor.y) == (width_of(expected[-1]), len(expected) - 1)
    assert (screen.title, screen.icon_name, set(screen.mode)) == ("", "", modes)
    looks = {pyte.screens.Char("", *cell[1:]) for row in rows for cell in row.values()}
    assert {one._replace(fg="default", bold=False) for one in looks} <= {pyte.screens.Char("")}
    colours = frozenset(one.fg for one in looks)
    assert colours <= COLOURS
    refuse_tricks(STYLE.sub("", output))
    return Screen(lines, colours)


def width_of(line: str) -> int:
    return sum(max(wcwidth(one), 0) for one in line)


def refuse_tricks(text: str) -> None:
    """Refuse what cannot be seen. The table of Unicode decides, and that of the columns of characters.

    Args:
        text: lines.
    """
    for line in text.split("\n"):
        for before, one in zip("\n" + line, line, strict=False):
            kind = unicodedata.category(one)
            assert one == " " or kind[0] in "LNPSM", f"{one!r} of kind {kind}"
            assert kind[0] != "M" or unicodedata.category(before)[0] in "LNM", f"{one!r} behind {before!r}"
            assert wcwidth(one) > 0 or kind == "Mn", f"{one!r} has no width"


def seen(text: str) -> str:
    """What people compare: words, whatever is between them, and letters, however they are composed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


# A page

KNOWN = frozenset(
    ["h3", "p", "strong", "details", "summary", "pre", "code", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"]
)
REFERENCES = re.compile(
    r"(?i)(?:^|[^\w/])@\w|https?://|ftp://|www\.|[\w.+-]+@[\w-]+\.\w|(?:^|\W)#\d|\bGH-\d|(?:^|\W)!\d|\w/\w[\w.-]*[#@]|:[a-z_+-][\w+-]*:|\$"
)
"""What GitHub and GitLab make links, mentions and pictures of behind markdown, outside of code."""


@dataclass
class Page(HTMLParser):
    """A page as a browser takes it.

    Args:
        shape: its elements in order, without code inside of lines.
        words: text outside of code.
        text: all text.
    """

    shape: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    text: str = ""
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Only what hsync writes, without anything that acts."""
        assert tag in KNOWN, tag
        assert {name for name, _ in attrs} <= {"lang", "align", "style"}, attrs
        if tag != "code":
            self.shape.append(tag)
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Elements end in order."""
        assert self._open.pop() == tag
        if tag != "code":
            self.shape.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        """Text, in code or outside of it."""
        self.text += data
        if not {"code", "pre"} & set(self._open):
            self.words.append(data)
            assert not REFERENCES.search(data), data

    def handle_comment(self, data: str) -> None:
        """There is none."""
        raise AssertionError(data)


def page_of(markdown: str) -> Page:
    """What GitHub makes of a page.

    Args:
        markdown: as it is written.
    """
    refuse_tricks(markdown)
    page = Page()
    page.feed(
        cast(
            "str", cmarkgfm.github_flavored_markdown_to_html(markdown, options=cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE)
        )
    )
    page.close()
    return page
