"""The keywords that HAProxy itself prints (`haproxy -dKall`), and whether the section types have them.

Rule: a known keyword begins a row, a form or a parameter. Whether the rest of the line can be written is
the subject of other oracles.

Source: docs/reference/recordings.md 2; `crt-list` is the format of another file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from hsync.schema import Arg, Params
from hsync.schema.groups import first_words
from hsync.sections import by_kind
from hsync.sections.binds import BINDS
from hsync.sections.servers import SERVERS
from tests.corpus import CORPUS

VERSIONS = ("2.8", "3.5-dev5")

_BEGIN = "# List of registered configuration keywords:"
_PROXIES = ("frontend", "backend", "defaults")
_PARAMETER = re.compile(r"(bind|server) (?:<\w+> )+(?:ssl (?=\S+ |\S+$))?(\S+)")


def printed(version: str) -> list[str]:
    """`global maxconn`, `listen option nolinger`, `listen server check`: section, then the words of the keyword."""
    text = (CORPUS / "keywords" / f"{version}.txt").read_text(encoding="utf-8").partition(_BEGIN)[2].partition("\n#")[0]
    found: dict[str, None] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("\t"):
            found[f"{section} {_words(line.strip())}"] = None
        else:
            section = line
    return [one for one in found if not one.startswith("crt-list ")]


def _words(line: str) -> str:
    """The words without numbers of arguments (`+1`), section kinds (`[ FE ]`), and parentheses (`*`)."""
    bare = re.sub(r" \+-?\d.*| \[.*|\*$", "", line)
    match = _PARAMETER.fullmatch(bare)
    return f"{match[1]} {match[2]}" if match else bare


def known(keyword: str) -> bool:
    """Whether the section types have a keyword of `printed`."""
    section, *words = keyword.split()
    kinds = _PROXIES if section == "listen" else (section,)
    if words[0] in _PARAMETERS and len(words) == 2:
        return words[1] in _parameters(words[0])
    return any(tuple(words) in _heads(kind) for kind in kinds)


_PARAMETERS = {"bind": BINDS, "server": SERVERS}


@cache
def _parameters(keyword: str) -> frozenset[str]:
    """The words that begin parameters of a bind or server line."""
    args = _all_args(_PARAMETERS[keyword].forms[0].args)
    return frozenset(word.rstrip("(") for arg in args if isinstance(arg, Params) for word in arg.by_word)


def _all_args(args: tuple[Arg, ...]) -> Iterator[Arg]:
    for arg in args:
        yield arg
        yield from _all_args(getattr(arg, "args", ()))


@cache
def _heads(kind: str) -> frozenset[tuple[str, ...]]:
    """All known starts of lines of a section, including the first argument."""
    section = by_kind()[kind]
    found: set[tuple[str, ...]] = set()
    for row in section.rows:
        for head in row.heads():
            found |= {head[:length] for length in range(1, len(head) + 1)}
            found |= {(*head, word) for word in first_words(row.args)}
    for child in section.children:
        for form in child.forms:
            for head in form.heads():
                words = tuple(word.rstrip("(") for word in head)
                found |= {words[:length] for length in range(1, len(words) + 1)}
            # `track-sc0`, `lua.NAME`: the action is the beginning of a word.
            found |= {(*form.head, str(action)) for name, action in form.const.items() if name in {"type", "action"}}
    return frozenset(found)
