"""Tags that keep the line end, with the result of jinja2's `trim_blocks` where it differs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from jinja2 import Environment
from jinja2.exceptions import TemplateSyntaxError

from hsync.errors import InputError
from hsync.render import render
from hsync.render.line_ends import SOFT, keep_line_ends

ENVIRONMENT = Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)


def rendered(text: str) -> str:
    kept = keep_line_ends(text, ENVIRONMENT.lexer, "t", "t")
    assert kept.replace(SOFT, "") == text
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t"
        path.write_text(text, encoding="utf-8")
        return render(path, variables={"on": True, "off": False, "items": ["a", "b"], "x": "X"}).text


KEPT = [
    ("a {% if on %}b{% endif %}\n", "a b\n"),
    ("a\n{{ x }}{% if off %}b{% endif %}\n", "a\nX\n"),
    ("a {% if on %}b{% endif %}\nc\n", "a b\nc\n"),
    ("a {% if off %}b{% endif %}\nc\n", "a \nc\n"),
    ("{{ x }}{% if off %}b{% endif %}\nc\n", "X\nc\n"),
    ("{% if on %}b{% endif %}\nc\n", "b\nc\n"),
    ("{% for i in items %}{{ i }}{% endfor %}\nc\n", "ab\nc\n"),
    ("a {# why #}\nb\n", "a \nb\n"),
    ("a {% raw %}{{ x }}{% endraw %}\nb\n", "a {{ x }}\nb\n"),
    ("a {% set y = 1 %}\nb\n", "a \nb\n"),
    ("a{% set y | upper %}b{% endset %}\n{{ y }}\n", "a\nB\n"),
    ("a\nb {% if on %}{% if off %}d{% else %}e{% endif %}{% endif %}\nc\n", "a\nb e\nc\n"),
    ("{% if on %}\na {% if on %}b{% endif %}\n{% endif %}\nc\n", "a b\nc\n"),
    ("{% for i in items %}\n  s {{ i }}{% if on %} ssl{% endif %}\n{% endfor %}\nc\n", "  s a ssl\n  s b ssl\nc\n"),
    ("{% macro f(i) %}\ns {{ i }}{% if on %} ssl{% endif %}\n{% endmacro %}\n{{ f(1) }}\nc\n", "s 1 ssl\nc\n"),
    ("a {% if on %}b{% endif %}\n{% if on %}\nc\n{% endif %}\n", "a b\nc\n"),
    ("a {% if on %}b{% endif %}\n{{ x }}\n", "a b\nX\n"),
    ("a\n{%- if on %} b{% endif %}\nc\n", "a b\nc\n"),
    ("a {% if\n on %}b{% endif %}\nc\n", "a b\nc\n"),
]

AS_JINJA2 = [
    ("a {% if on %}b{% endif %}\n\nc\n", "an empty line, as authors who know of it write one"),
    ("a {% if on %}\nb\n{% endif %}\nc\n", "a block that goes on below"),
    ("a {% for i in items %}\n {{ i }}\n{%- endfor %}\nc\n", "a loop that goes on below"),
    ("{% if on %}\na {% else %}\nb\n{% endif %}\nc\n", "a branch that ends in the line"),
    ("a{% if on %} b{% endif %}\n{% if on %} c{% endif %}\n\nd\n", "what follows does not begin its line"),
    (
        "{% macro f() %}\n-m{% if on %} str{% endif %}\n{% endmacro %}\na {{ f() }} b\n",
        "the value of a macro inside of a line",
    ),
    (
        "{% set y %}\nb{% if on %} c{% endif %}\n{% endset %}\n{{ y|length }} {{ y }} d\n",
        "the value of a block inside of a line",
    ),
    ("a{{ x -}}\n{% set y = 1 %}\nb\n", "a tag alone on its line behind a minus"),
    ("{% if on %}\nb\n{% endif %}\nc\n", "a tag alone on its line leaves nothing"),
    ("  {% if on %}  \n  b\n  {% endif %}\nc\n", "blanks beside it are nothing"),
    ("{# why #}\nb\n", "a comment alone likewise"),
    ("{% set y %}b{% endset %}\n{{ y }}\n", "what a set block captures is not on this line"),
    ("{% macro f() %}b{% endmacro %}\n{{ f() }}\n", "nor what a macro has"),
    ("{% for i in items %}\n{{ i }}{% endfor %}\nc\n", "an end of an earlier block is there to join"),
    ("{% raw %}\n{{ x }}{% endraw %}\nc\n", "an end of an earlier raw block likewise"),
    ("a {% if on %}b{% endif -%}\nc\n", "a minus joins"),
    ("a {% if on %}b{% endif +%}\nc\n", "a plus keeps"),
    ("a {% if on %}b{% endif -%}\n\n  c{% if on %}d{% endif %}", "a minus joins over several lines"),
    ("a\n{%- if on %}b{% endif %} d\nc\n", "a tag in front of text"),
    ("{% if on -%}\n  b\n{%- endif %}\nc\n", "a tag alone on its line, joined by a minus"),
    ("{% raw -%}\n b{% endraw %}\nc\n", "a raw block joined by a minus"),
    ("a {% if on %}b{% endif %}", "no line end at all"),
    ("{% set y = '%}' %}\n{{ y }}\n", "what looks like an end inside of a tag"),
    ("", "nothing"),
]


@pytest.mark.parametrize(("text", "expected"), KEPT)
def test_a_tag_inside_a_line_leaves_its_end(text: str, expected: str) -> None:
    assert rendered(text) == expected


@pytest.mark.parametrize(("text", "because"), AS_JINJA2)
def test_all_else_is_as_in_jinja2(text: str, because: str) -> None:
    assert because
    assert rendered(text) == ENVIRONMENT.from_string(text).render(on=True, off=False, items=["a", "b"], x="X")


def test_faults_keep_their_place() -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        keep_line_ends("a\n{{ 'b }}", ENVIRONMENT.lexer, "t", "t")
    assert caught.value.lineno == 2
    assert not isinstance(caught.value, InputError)
