"""cfg -> JSON -> cfg keeps the meaning and all order-sensitive orders, or is refused with the lines.

`HSYNC_PAIRS` is the number of configurations, which are the same in each run.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from hsync.errors import ConfigError
from hsync.model import Configuration, ResourceSection
from hsync.output.conversion import configuration_object, configuration_text
from hsync.plan.compare import compare
from hsync.plan.order import tangles
from hsync.sections import grammar, parse
from hsync.syntax import lost
from hsync.syntax.document import SNIPPET_BEGIN
from tests.corpus import CORPUS, needs_corpus, read_text
from tests.property.edits import PLACINGS, placed
from tests.property.strategies import configurations, text_of
from tests.property.test_pairs import NEWEST, NEWEST_WITH_RAW, PAIRS, SETTINGS


def there_and_back(text: str) -> str:
    """The text after both conversions; ConfigError if it is refused."""
    made = json.loads(json.dumps(configuration_object(Configuration.from_text(text, "it.cfg"))))
    return configuration_text(made, "it.json")


def in_order(section: ResourceSection) -> dict[str, list[Hashable]]:
    """The lines of each collection in order, including opaque ones of their keyword; then the other opaque lines."""
    found: dict[str, list[tuple[int, Hashable]]] = {}
    for path, many in section.children.items():
        found[path] = [(one.line.number if one.line else 0, one.meaning) for one in many]
    for one in section.opaque:
        for path in [path for path, _ in one.after] or [f"opaque {one.line.words[0]}"]:
            found.setdefault(path, []).append((one.line.number, one.meaning))
    return {path: [meaning for _, meaning in sorted(many, key=lambda one: one[0])] for path, many in found.items()}


def held(text: str, back: str) -> None:
    before, after = Configuration.from_text(text), Configuration.from_text(back)
    assert compare(before, after) == ()
    for key in before.sections:
        if key in after.sections:
            one, other = before.resources(key), after.resources(key)
            assert in_order(one) == in_order(other)
            if one.type:
                assert [t.order for t in tangles(one.section)] == [t.order for t in tangles(other.section)]


def converted(text: str) -> bool:
    """Whether a text can be converted; if not, asserts that the refusal names lines of it."""
    configuration = Configuration.from_text(text, "it.cfg")
    if lost(configuration.document, grammar()):
        return False
    try:
        back = there_and_back(text)
    except ConfigError as refusal:
        numbers = [int(fault.where.split(":")[1]) for fault in refusal.faults]
        assert numbers
        assert all(0 < number <= text.count("\n") for number in numbers)
        return False
    held(text, back)
    assert there_and_back(back) == back
    return True


@st.composite
def texts(draw: st.DrawFn) -> str:
    style = draw(st.sampled_from((NEWEST, NEWEST_WITH_RAW)))
    sections = draw(configurations(style))
    return text_of(draw(placed(sections, draw(st.sampled_from(PLACINGS)))))


def test_generated_configurations() -> None:
    refused: list[str] = []

    @SETTINGS
    @given(texts())
    def hold(text: str) -> None:
        note(text)
        if not converted(text):
            refused.append(text)

    hold()
    print(f"refused: {len(refused)} of {PAIRS}")
    assert len(refused) <= PAIRS / 2


@st.composite
def mixed(draw: st.DrawFn) -> str:
    """A text with the lines of each section in random order."""
    found = []
    for section in parse(draw(texts())).sections:
        header, *below = section.lines
        found += [header, *(below if SNIPPET_BEGIN in section.text else draw(st.permutations(below)))]
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in found)


@settings(SETTINGS, max_examples=max(1, PAIRS // 2))
@given(mixed())
def test_lines_in_any_order_are_kept_so_or_refused(text: str) -> None:
    note(text)
    converted(text)


def files() -> Iterator[Path]:
    for suffix in ("*.cfg", "*.conf"):
        yield from sorted(CORPUS.rglob(suffix))


@needs_corpus
def test_every_file_of_the_corpora() -> None:
    refused = [str(path) for path in files() if not converted(read_text(path))]
    assert len(refused) <= len(list(files())) / 20, refused


CASES = [
    # rules that stay text among rules that have JSON
    """backend b
  mode http
  http-request replace-path '^([^ ?]*)$' '\\1/' if { path /a }
  http-request sc-set-gpt0(0) 2 if { src 127.0.0.1 }
  http-request deny
  http-request frobnicate x
  http-request set-header X y
  http-request frobnicate z
""",
    # servers and binds that stay text
    """backend b
  server s1 192.0.2.1:80 frobnicate
  server s2 192.0.2.2:80
  server s3 192.0.2.3:80 frobnicate
  server s4 192.0.2.4:80
""",
    "frontend f\n  bind 192.0.2.1:1 name a\n  bind 192.0.2.1:2 name b frobnicate\n  bind 192.0.2.1:3 name c\n",
    # acls stay above the rules that name them, also when they are text
    "frontend f\n  acl a path /\n  acl b frobnicate(\\ x) y\n  http-request deny if a b\n  frob x\n",
    # a block keeps its place
    """backend b
  http-request deny if { src 192.0.2.1 }
  ###_config-snippet_### BEGIN
  http-request deny
  ###_config-snippet_### END
  http-request allow
  server s 192.0.2.1:80
""",
    # what defaults a listen section takes
    "defaults a\n  mode http\nlisten l\n  bind :1\ndefaults b\n  mode tcp\nbackend x\n  server s 192.0.2.1:1\n",
]


@pytest.mark.parametrize("text", CASES)
def test_order_is_kept(text: str) -> None:
    assert converted(text)


REFUSED = [
    ("backend b\n  server a 192.0.2.1:80\n  default-server check\n  server b 192.0.2.2:80\n", {2, 3, 4}),
    ("frontend f\n  option httplog\n  log-format x\n", {2, 3}),
    ("backend a\n  server s 192.0.2.1:80\n  server s 192.0.2.2:80\n", {2, 3}),
    ("frontend f\n  mode http\ndefaults d\n  mode tcp\n", {1}),
    (
        """backend b
  server s 192.0.2.1:80
  ###_config-snippet_### BEGIN
  http-request deny
  server t 192.0.2.2:80
  ###_config-snippet_### END
  http-request allow
""",
        {4, 5},
    ),
]


@pytest.mark.parametrize(("text", "numbers"), REFUSED)
def test_what_cannot_be_kept_is_refused_with_its_lines(text: str, numbers: set[int]) -> None:
    with pytest.raises(ConfigError, match="the order of its lines") as refusal:
        there_and_back(text)
    found = {int(fault.where.removeprefix("it.cfg:")) for fault in refusal.value.faults}
    assert found
    assert found <= numbers


def test_lines_under_a_condition_are_refused() -> None:
    configuration = Configuration.from_text("global\n  .if feature(OPENSSL)\n  maxconn 1\n  .endif\n", "it.cfg")
    assert [fault.where for fault in lost(configuration.document, grammar())] == ["it.cfg:2:3", "it.cfg:4:3"]
