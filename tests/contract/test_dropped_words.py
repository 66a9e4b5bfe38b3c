"""The plan knows the words that a server drops from a pushed text, compared with the library of the real server.

Each row and form of each section type gives a line, to which surplus words are added, at its end or before its condition.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hsync.model import Configuration
from hsync.plan.losses import losses
from hsync.schema import Shape
from hsync.schema.forms import CONDITION_WORDS
from hsync.sections import by_kind
from hsync.sections.dropped import fewest_dropped
from hsync.syntax import raw_words
from tests.oracle.engine import API, Engine, engine
from tests.property.strategies import Line, lines_of
from tests.property.words import Scope

__all__ = ["engine"]

ONCE = settings(
    max_examples=2,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)

MEASURED = sorted(set(by_kind()) - {"healthcheck", "traces"})
"""Section kinds of which the library keeps several sections with different names."""

CANARIES = ["zz9", "yy8"]


def lengthened(line: str) -> Iterator[list[str]]:
    """The words of a line with one and with two surplus words, at a place where HAProxy would read them."""
    words = raw_words(line)
    end = next((at for at, word in enumerate(words) if word in CONDITION_WORDS), len(words))
    yield from ([*words[:end], *CANARIES[:size], *words[end:]] for size in (1, 2))


def text(kind: str, lines: list[str]) -> str:
    """A configuration with each line in a section of its own."""
    single = by_kind()[kind].shape is Shape.SINGLETON
    return "".join(f"{kind}{'' if single else f' s{at}'}\n  {line}\n" for at, line in enumerate(lines))


def keeps(engine: Engine, kind: str, lines: list[str]) -> list[bool]:
    """Whether the library keeps the surplus words of each line after a push."""
    if by_kind()[kind].shape is Shape.SINGLETON:
        return [CANARIES[0] in engine.rewrite(text(kind, [line])) for line in lines]
    stored = Configuration.from_text(engine.rewrite(text(kind, lines))).sections
    return [CANARIES[0] in stored[kind, f"s{at}"].text for at in range(len(lines))]


@pytest.mark.parametrize("kind", MEASURED)
def test_no_line_is_refused_for_words_that_the_server_keeps(engine: Engine, kind: str) -> None:
    made: list[Line] = [line for line in lines_of(kind, Scope(API, odd=False)) if not line.raw_only]

    @ONCE
    @given(st.tuples(*(line.made for line in made)))
    def hold(texts: tuple[str, ...]) -> None:
        lines = [" ".join(words) for line in texts for words in lengthened(line) if line.isascii()]
        for line, kept in zip(lines, keeps(engine, kind, lines), strict=True):
            said = [fault.what for fault in losses(Configuration.from_text(text(kind, [line])), API)]
            known = any("does not know the" in what for what in said)
            assert not (kept and known), line
            if not kept and fewest_dropped(raw_words(line)) == 1 and not said:
                assert not Configuration.from_text(text(kind, [line])).resources(key(kind)).opaque, line

    hold()


def key(kind: str) -> tuple[str, str]:
    return (kind, "" if by_kind()[kind].shape is Shape.SINGLETON else "s0")


DROPPED = [
    ("resolvers", "nameserver n2 192.0.2.54:53 source 192.0.2.1", "the last 2 words and drops them"),
    ("mailers", "mailer m 192.0.2.25:25 source 192.0.2.1", "the last 2 words and drops them"),
    ("peers", "peer p 192.0.2.1:1024 shard 1 check", "the last word and drops it"),
    ("global", "nbthread 4 8", "the last word and drops it"),
    ("backend", "cookie SRV insert further", "the last word and drops it"),
    ("backend", "timeout server 5s further", "the last word and drops it"),
    ("frontend", "option dontlognull further", "the last word and drops it"),
    ("frontend", "http-request set-nice 5 further if TRUE", "the word after word 3 and drops it"),
    ("frontend", "http-request allow further words", "the last 2 words and drops them"),
    ("frontend", "tcp-request content accept further if TRUE", "the word after word 3 and drops it"),
    ("frontend", "http-request set-map(m.map) %[src] a further words", "the last 2 words and drops them"),
]
"""Section kind, line, and message."""


@pytest.mark.parametrize(("kind", "line", "says"), DROPPED)
def test_the_server_drops_the_words_and_the_plan_is_refused_on_that_line(
    engine: Engine, kind: str, line: str, says: str
) -> None:
    """The library drops the words, as the message says."""
    desired = text(kind, [line])
    assert line not in engine.rewrite(desired)
    (fault,) = losses(Configuration.from_text(desired), API)
    assert fault.what == f"`{line}`: the server does not know {says}"
    assert fault.remedy == "remove them, or manage this host without a Data Plane API"
    assert fault.where == "haproxy.cfg:2"


KEPT = [
    ("frontend", "http-request allow further"),
    ("backend", "balance uri further"),
    ("backend", "server s 127.0.0.1:80 further words"),
    ("frontend", "bind 127.0.0.1:80 further words"),
    ("backend", "stick-table type ip size 1m further words"),
    ("frontend", "filter compression further"),
]
"""Lines with unknown words that a server keeps as text."""


@pytest.mark.parametrize(("kind", "line"), KEPT)
def test_what_the_server_keeps_as_text_is_not_refused(engine: Engine, kind: str, line: str) -> None:
    desired = text(kind, [line])
    assert line in engine.rewrite(desired)
    assert losses(Configuration.from_text(desired), API) == []


def test_no_secret_is_in_what_is_said() -> None:
    desired = Configuration.from_text("userlist u\n  user joe insecure-password canary1 groups g canary2\n")
    (fault,) = losses(desired, API)
    assert "canary1" not in str(fault)
