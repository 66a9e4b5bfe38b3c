"""Random lines and configurations, checked by HAProxy itself: it accepts those that hsync accepts, with listed exceptions.

A line that the installed HAProxy does not know (too old, too new, built without) is omitted, and counted. `HSYNC_ROWS`
and `HSYNC_PAIRS` as in `test_rows` and `test_pairs`.
"""

from __future__ import annotations

import itertools
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from hsync.model import Configuration
from hsync.plan.obstacles import newer
from hsync.plan.references import misspellings, undefined
from hsync.schema import Shape
from hsync.sections import by_kind
from tests.property.haproxy import Refusal, needs_haproxy, refusals, version, workplace
from tests.property.refused import BESIDE, GLOBAL, REFUSED, UNJUDGED, Refused, refusal_of
from tests.property.spelling import Look, written
from tests.property.strategies import Line, Part, Style, configurations
from tests.property.test_rows import chunks, each, kind_of
from tests.property.values import NAMES
from tests.property.words import Scope

LINES = int(os.environ.get("HSYNC_ROWS", "2"))
CONFIGURATIONS = int(os.environ.get("HSYNC_PAIRS", "25"))
COMMON = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # all are judged: there is nothing to shrink
)


def acceptable(kind: str, line: str) -> bool:
    """Whether the installed HAProxy knows a line, and the line is no listed exception."""
    unjudged = any(newer(since, version()) and re.match(pattern, f"{kind} {line}") for since, pattern in UNJUDGED)
    return not unjudged and refusal_of(kind, line) is None


ACCEPTABLE = Style(Scope("3.4"), keep=acceptable)
PRELUDE = ["global", *(f"  {line}" for line in GLOBAL)]

pytestmark = needs_haproxy


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workplace(tmp_path_factory.mktemp("haproxy"))


@pytest.fixture(scope="module")
def around(folder: Path) -> list[str]:
    """Global and all sections that others may refer to, without lines that this HAProxy does not know; global is the first."""
    lines = list(PRELUDE)
    for one in by_kind().values():
        for name in NAMES.get(one.path, ()):
            lines += section(f"{one.kind} {name}", [])
    return known(folder, lines)[0]


def with_beside(kind: str, lines: list[str]) -> list[str]:
    """The lines, below the lines that HAProxy requires together with them."""
    missing = {
        head: rest
        for head, rest in BESIDE.get(kind, {}).items()
        if not any(f"{line} ".startswith(f"{head} ") for line in lines)
    }
    return [*(f"{head} {rest}".strip() for head, rest in missing.items()), *lines]


def without_clashes(lines: list[str]) -> list[str]:
    """The lines without those that exclude an earlier line."""
    banned = [second for first, second in CLASHES if any(re.match(first, line) for line in lines)]
    return [line for line in lines if not any(re.match(second, line) for second in banned)]


def section(header: str, lines: list[str]) -> list[str]:
    """A section with the lines that HAProxy requires, and without lines that exclude each other."""
    return [header, *(f"  {line}" for line in without_clashes(with_beside(header.split(maxsplit=1)[0], lines)))]


def with_its_section(lines: list[str], at: int) -> Iterator[int]:
    """The numbers of a line and its section's header; of the whole section for a header."""
    yield at
    if not lines[at].startswith(" "):
        yield from itertools.takewhile(lambda below: lines[below].startswith(" "), range(at + 1, len(lines)))


def sections(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The headers, and the lines below each."""
    heads = [at for at, line in enumerate(lines) if not line.startswith(" ")]
    for at, after in itertools.pairwise((*heads, len(lines))):
        yield lines[at], [line[2:] for line in lines[at + 1 : after]]


def known(folder: Path, lines: list[str]) -> tuple[list[str], tuple[Refusal, ...]]:
    """A text without the lines that this HAProxy does not know, and the refusals of this text."""
    while told := refusals(folder, "\n".join(lines) + "\n"):
        unknown = {at for one in told if one.unknown and one.line for at in with_its_section(lines, one.line - 1)}
        left = [line for at, line in enumerate(lines) if at not in unknown]
        again = [line for header, below in sections(left) for line in section(header, below)]
        if again == lines:
            break
        lines = again
    return lines, told


# Lines


def apart(kind: str, lines: list[str], around: list[str]) -> tuple[str, dict[int, int]]:
    """A text with each line in a section of its own, and the numbers of these lines in the text."""
    head = 1 + sum(1 for _ in itertools.takewhile(lambda line: line.startswith(" "), around[1:]))
    text = around[:head]
    places: dict[int, int] = {}
    for number, line in enumerate(lines):
        first = len(text) + 1
        header = kind if by_kind()[kind].shape is Shape.SINGLETON else f"{kind} s{number}"
        text += [header, *with_beside(kind, [line])]
        places |= dict.fromkeys(range(first, len(text) + 1), number)
    return "\n".join([*text, *around[head:]]) + "\n", places


def refused_lines(
    folder: Path, kind: str, lines: list[str], around: list[str]
) -> Iterator[tuple[str, tuple[Refusal, ...]]]:
    """The lines that HAProxy refuses, checked one by one, after a check of all together."""
    while lines:
        text, places = apart(kind, lines, around)
        told = refusals(folder, text)
        if not told:
            return
        suspects = {at for one in told if (at := suspect(one, places)) is not None} or set(range(len(lines)))
        for at in suspects:
            if alone := refusals(folder, apart(kind, [lines[at]], around)[0]):
                yield lines[at], alone
        lines = [line for at, line in enumerate(lines) if at not in suspects]


def suspect(refusal: Refusal, places: dict[int, int]) -> int | None:
    """The lines that may cause a refusal: by the line, or by the section in the message."""
    named = re.search(r"\bs(\d+)\b", refusal.message)
    return places.get(refusal.line, int(named[1]) if named and int(named[1]) in places.values() else None)


def test_haproxy_accepts_every_line(folder: Path, around: list[str]) -> None:
    count: Counter[str] = Counter()
    wrong: dict[str, str] = {}

    def judge(lines: tuple[Line, ...]) -> None:
        @settings(COMMON, max_examples=LINES)
        @given(each(lines))
        def hold(texts: tuple[str, ...]) -> None:
            kind = kind_of(lines)
            good = [text for text in dict.fromkeys(texts) if acceptable(kind, text)]
            count["lines"] += len(texts)
            count["listed"] += len(texts) - len(good)
            for line, told in refused_lines(folder, kind, good, around):
                if any(one.unknown for one in told):
                    count["not known to this HAProxy"] += 1
                else:
                    wrong[f"{kind} {line}"] = told[0].message

        hold()

    for lines in chunks("3.4", odd=False):
        judge(lines)
    judged = count["lines"] - count["listed"] - count["not known to this HAProxy"]
    print(*(f"{many:6} {what}" for what, many in count.items()), sep="\n")
    print(f"{1 - len(wrong) / judged:.2%} of {judged} lines accepted", *wrong.items(), sep="\n")
    assert len(wrong) <= judged * 0.005
    assert judged > count["lines"] * 0.7


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.example)
def test_haproxy_refuses_what_is_listed(folder: Path, around: list[str], refused: Refused) -> None:
    assert refusal_of(refused.kind, refused.example) is refused
    if newer(refused.since, version()):
        pytest.skip(f"HAProxy refuses it since {refused.since}, as far as measured")
    assert refusals(folder, apart(refused.kind, [refused.example], around)[0])


# Configurations

ONCE = {
    "threads": re.compile("global (?:thread-group|nbthread)"),
    "listener": re.compile("peers (?:bind|peer) "),
    "address": re.compile(r"\S+ bind (\S+)"),
    "bandwidth": re.compile(r"\S+ filter bwlim-\S+ (\S+)"),
    "compression": re.compile(r"\S+ (?:filter |compression |http-\S+ cache-)"),
    "user": re.compile("global (?:user|uid) "),
    "group": re.compile("global (?:group|gid) "),
    "connect": re.compile(r"\S+ (?:http|tcp)-check connect"),
}
"""Only the first of a section's lines that match one of these patterns with the same words is kept."""

WHOLE = re.compile(r"\b(id \d+|guid(-prefix)? \S+)|^ssl-f-use ")
"""The same for all lines of a configuration."""

_RULES = r"(tcp-request|tcp-response|http-request|http-response|http-after-response|quic-initial) "
NOT_FOR = (
    ("defaults", {"defaults"}, re.compile(_RULES)),
    ("defaults", {"frontend", "backend"}, re.compile(_RULES)),
    ("defaults", {"frontend"}, re.compile(r"tcp-response content |compression |http-\S+ cache-")),
    ("defaults", {"backend"}, re.compile(r"(http|tcp)-re\S+ (content )?capture .* len ")),
    (
        "defaults",
        {"backend"},
        re.compile(r"tcp-request (connection|session) |quic-initial |compression |http-\S+ cache-"),
    ),
    ("defaults", {"backend"}, re.compile("disabled$|option transparent$")),  # see `CLASHES`
    ("defaults", {"frontend"}, re.compile("disabled$")),
    ("backend", {"frontend"}, re.compile("mode (?!http)")),
)
"""Lines that a section must not have if sections of all these kinds refer to it, by `from` or `use_backend`."""

CLASHES = (
    ("stick-table ", "disabled$"),  # HAProxy 3.4.0 dies of both
    ("mode (?!http)", "quic-initial "),
    ("mode (?!http)", "(default-)?server(-template)? .*(cookie|redir) "),
    ("option transparent$", "balance "),
    ("stats (auth|realm) ", "stats http-request "),
)
"""The first words of lines that exclude each other. The second line is omitted."""


def text_of(parts: tuple[Part, ...]) -> str:
    """The text of a configuration without contradictions."""
    taken: set[str] = set()
    lines = list(PRELUDE)
    for part in parts:
        header = " ".join(filter(None, (part.kind, part.name, part.parent and f"from {part.parent}")))
        told = users(part, parts)
        banned = [regex for kind, kinds, regex in NOT_FOR if part.kind == kind and kinds <= told]
        kept = [line for line in first_of(part, taken) if not any(regex.match(line) for regex in banned)]
        lines += section(header, kept)
    return "\n".join([*lines, *PRELUDE]) + "\n"  # once more: the last one counts


def users(part: Part, parts: tuple[Part, ...]) -> set[str]:
    """The kinds of the sections that refer to a section, directly or by their defaults."""
    direct = [other for other in parts if other is not part and part.name in other.text]
    between = [one for one in direct if one.kind == "defaults" and one.parent == part.name != ""]
    return {one.kind for one in direct}.union(*(users(one, parts) for one in between))


def first_of(part: Part, taken: set[str]) -> Iterator[str]:
    """The lines without repetitions of lines that may occur only once; checks begin with a connection."""
    for line in sorted(part.lines, key=lambda line: not ONCE["connect"].match(f"{part.kind} {line}")):
        once = {
            f"{part.key} {name} {match.groups()}"
            for name, regex in ONCE.items()
            if (match := regex.match(f"{part.kind} {line}"))
        }
        once |= {match[0]} if (match := WHOLE.search(line)) else set()
        if not once & taken:
            yield line
        taken |= once


def by_hand(lines: list[str], seed: int) -> str:
    """Configurations as people write them: comments, blank lines, any indentation, other quotes."""
    look = Look(seed, remarks=True, blanks=True, quotes=True)
    heads = [at for at, line in enumerate(lines) if not line.startswith(" ")]
    ends = [*heads[1:], len(lines)]
    return "".join(written(lines[at], lines[at + 1 : end], look) for at, end in zip(heads, ends, strict=True))


def test_haproxy_accepts_every_configuration(folder: Path) -> None:
    count: Counter[str] = Counter()
    wrong: list[str] = []

    @settings(COMMON, max_examples=CONFIGURATIONS)
    @given(configurations(ACCEPTABLE))
    def hold(parts: tuple[Part, ...]) -> None:
        lines = text_of(parts).splitlines()
        kept, told = known(folder, lines)
        count["configurations"] += 1
        count["lines"] += len(lines)
        count["lines not known to this HAProxy"] += len(lines) - len(kept)
        if told:
            wrong.append("\n".join([*kept, *(f"# {one}" for one in told)]))
            return
        text = by_hand(kept, seed=count["configurations"])
        told = refusals(folder, text)
        read = Configuration.from_text(text)
        told = told or tuple(Refusal(0, str(one)) for one in (*undefined(read), *misspellings(read)))
        if told:
            wrong.append("\n".join([text, *(f"# {one}" for one in told)]))

    hold()
    print(*(f"{many:6} {what}" for what, many in count.items()), sep="\n")
    print(f"{1 - len(wrong) / count['configurations']:.2%} of the configurations accepted", *wrong, sep="\n\n")
    assert len(wrong) <= count["configurations"] * 0.005
