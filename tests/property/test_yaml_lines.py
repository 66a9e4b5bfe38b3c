"""What is read as plain YAML means the same to ruamel.yaml, to the place of every text; and most files are plain.

Texts are written from values in every style of the plain part, and then damaged with the characters that mean something
in YAML. A text that the fast reader takes must have the same value and no fault in the other one.
"""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hsync.render import yaml_files
from hsync.render.yaml_files import Read, read_yaml
from hsync.render.yaml_lines import NotPlainError

VERSIONS = ["", "1.1", "1.2"]

bare = st.sampled_from(
    ["web1", "10.0.0.1", "10.0.0.1:80", "/etc/ssl", "80", "-5", "1.5", "a b", "a - b", "true", "null", "~", "x@y", "no",
     "0660", "1:30", "2001:db8::1", "a:b", "$x", "(a)", "+1", "1_000", "0x1f", ".5", "e5", "y", "a=b", "50%",
     "2020-01-01", "=", ".inf"]
)  # fmt: skip
quoted = st.sampled_from(
    ['""', "''", '"{{ x }}"', "'a: b'", '"# no"', "'{% if x %}'", '"é"', "'\"'", '"a, b"', "'[x]'", '"- a"', "' '"]
)
scalars = st.one_of(bare, bare, quoted)
keys = st.one_of(
    st.sampled_from(["a", "b", "c-d", "e_f", "name", "on", "null", "y", "A.b", "'q'", '"r s"', "'<<'"]), st.just("port")
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=8,
)
tails = st.sampled_from(["", "", "", " # c", "  ", "\n# c", "\n", "\n  # c\n"])

Draw = Callable[[st.SearchStrategy[object]], object]


def flow(value: object, comma: str) -> str:
    if isinstance(value, list):
        return "[" + comma.join(flow(one, comma) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + comma.join(f"{key}: {flow(one, comma)}" for key, one in value.items()) + "}"
    return str(value)


@st.composite
def documents(draw: Callable[..., object]) -> str:
    lines: list[str] = []

    def block(value: object, indent: int) -> None:
        pad = " " * indent
        if isinstance(value, dict):
            for key, one in value.items():
                below(f"{pad}{key}:", one, indent)
        elif isinstance(value, list):
            for one in value:
                if isinstance(one, dict) and one and draw(st.booleans()):
                    before = len(lines)
                    block(one, indent + 2)
                    lines[before] = f"{pad}- {lines[before].lstrip(' ')}"
                else:
                    below(f"{pad}-", one, indent)

    def below(head: str, value: object, indent: int) -> None:
        if not isinstance(value, dict | list) or not value or draw(st.integers(0, 2)) == 0:
            lines.append(f"{head} {flow(value, draw(st.sampled_from([', ', ',', ' , '])))}{draw(tails)}")  # type: ignore[arg-type]
            return
        lines.append(f"{head}{draw(tails)}")
        deeper = draw(st.sampled_from([2, 2, 4, 0 if isinstance(value, list) and head.endswith(":") else 2]))
        assert isinstance(deeper, int)
        block(value, indent + deeper)

    block(draw(st.dictionaries(keys, values, min_size=1, max_size=4)), 0)
    return (
        str(draw(st.sampled_from(["", "", "---\n", "# c\n", "--- # c\n", "\n"])))
        + "\n".join(lines)
        + str(draw(st.sampled_from(["", "\n", "\n\n"])))
    )


edits = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from(["", *":#-,[]{}&*!|>'\"%@`?~\n \t<=\\.\r\u2028", "  ", ": ", "- ", "\n...\n", "\n---\n", "<<: "]), st.integers(0, 2)),
    max_size=3,
)  # fmt: skip


def damaged(text: str, changes: list[tuple[float, str, int]]) -> str:
    for where, put, gone in changes:
        at = int(where * len(text))
        text = text[:at] + put + text[at + gone :]
    return text


def slow(text: str, version: str) -> Read:
    with patch.object(yaml_files, "_read_plain", side_effect=NotPlainError):
        return read_yaml(text, "v.yaml", version)


def plain(text: str, version: str) -> Read | None:
    try:
        return yaml_files._read_plain(text, "v.yaml", version)
    except NotPlainError:
        return None


def same(text: str, version: str) -> bool:
    """Compare the two readers; whether there was something to compare."""
    found = plain(text, version)
    if found is None:
        return False
    expected = slow(text, version)
    assert expected.faults == []
    assert (repr(found.value), found.places) == (repr(expected.value), expected.places)
    return True


@settings(max_examples=300, deadline=None)
@given(documents(), edits, st.sampled_from(VERSIONS))
@example("a:\n- b:\n  - c\n-\n- d: 1\n  e:\n", [], "")
@example("a: {b: [1, {c: 'x'}], d: []}\n", [], "")
@example("a:\n    b: 1\n  c: 2\n", [], "")
@example("a: b\n  c\n", [], "")
@example("a: 'it''s'\n", [], "")
@example("a: {'b':1}\n", [], "")
@example("a: [b: 1]\n", [], "")
@example("- a\nb: 1\n", [], "")
@example("a: [\n1]\n", [], "")
@example("a: 1\n...\n", [], "")
@example("a: 1\n--- \n", [], "")
@example("  a: 1\n  b: 2\n", [], "")
@example("a: -\n", [], "")
@example("a: 1#2\n", [], "")
@example("a: - b\n", [], "")
@example("a: 1 \n", [], "1.1")
def test_plain_yaml_is_read_as_by_the_other_reader(
    text: str, changes: list[tuple[float, str, int]], version: str
) -> None:
    same(damaged(text, changes), version)


def test_most_texts_are_plain() -> None:
    """The property above says nothing of texts that are left to the other reader."""
    compared: list[bool] = []

    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    @given(documents())
    def count(text: str) -> None:
        compared.append(same(text, "1.1"))

    count()
    assert sum(compared) > len(compared) / 2


PLAIN = [
    ("a: 1", {"a": 1}),
    ("---\na: ~ # c\nb:\n", {"a": None, "b": None}),
    ("a:\n- 1\n- b: 2\n  c: [x, {d: 'e'}]\n-\n", {"a": [1, {"b": 2, "c": ["x", {"d": "e"}]}, None]}),
    ("'a b': \"{{ c }}\"\n", {"a b": "{{ c }}"}),
    ("- a\n- [ ]\n- { }\n", ["a", [], {}]),
]


@pytest.mark.parametrize(("text", "value"), PLAIN)
def test_what_is_plain(text: str, value: object) -> None:
    found = plain(text, "")
    assert found is not None
    assert found.value == value


OTHERS = ["", "# c\n", "a", "a: &x 1\nb: *x\n", "a: !!str 1\n", "a: |\n  b\n", "a: >\n  b\n", "<<: {a: 1}\n", "? a\n: b\n", 'a: "b\\n"\n', "a: 1\na: 2\n", "a: {b: 1, b: 2}\n", "a:\tb\n", "a: no\n", "on: 1\n", "a: [1\n", "a: 1\r\n", "1: a\n", "%YAML 1.1\n---\na: 1\n", "a: [1,]\n", "a: '\n", "- - a\n", "a: b: c\n", "a" * 20 + ":\n" + "".join(" " * n + "a:\n" for n in range(1, 99))]  # fmt: skip


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_left_to_the_other_reader(text: str) -> None:
    assert plain(text, "") is None
