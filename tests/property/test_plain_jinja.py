"""For any template, each line has the words that plain jinja2 renders, or the template is refused.

Templates are put together from pieces with every form of whitespace control, macros, call, set and filter blocks,
includes, loops and conditions, and rendered by hsync and by jinja2 with the same switches. hsync may only add line ends:
where a tag would join two lines of templates. Without a line of text that ends in a tag, the texts are equal.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader

from hsync.errors import InputError
from hsync.render import render
from hsync.render.filters import lines
from hsync.render.line_ends import SOFT, keep_line_ends
from hsync.schema import Json

VARIABLES: dict[str, Json] = {"items": ["a", "b"], "none": [], "on": True, "off": False, "x": "X", "empty": "", "n": 2}

Pieces = st.SearchStrategy[str]

lefts = st.sampled_from(["{%", "{%-", "{%+"])
rights = st.sampled_from(["%}", "-%}", "+%}", "%}\n", "%}\n", "-%}\n", "%}\n  ", "%} "])
outputs = st.builds(
    lambda left, inner, right: f"{left} {inner} {right}",
    st.sampled_from(["{{", "{{-"]),
    st.sampled_from(
        [
            *("x", "empty", "n", "items|join(' ')", "'q'|replace('q', '')", "x|upper", "m.kind(n)", "m.kind(1)"),
            *("m.line(x)", "m.line(x)|trim", "m.line(x)|indent(2)", "m.line(x)|replace('\\n', ' ')", "m.line(x)|lines"),
            *(
                "kept",
                "kept|trim",
                "kept|indent(2, true)",
                "kept|length",
                "kept|replace('k', '')",
                "kept ~ x",
                "kept|word",
            ),
            *("m.line(m.kind(n))|upper|trim", "'y' if kept == 'k' else 'n'", "m.kind(n)|length", "(kept ~ kept)|trim"),
        ]
    ),
    st.sampled_from(["}}", "-}}", "}}\n", "-}}\n", "}}\n\n"]),
)
texts = st.sampled_from(["a", " b", "c ", "\n", "\n\n", "  ", "d\n", "\n  e", " f\n  g\n", "# h\n", "server s "])
comments = st.sampled_from(["{# c #}", "{#- c #}", "{# c -#}", "{# c #}\n", "{# c\nc #}\n"])
raws = st.sampled_from(
    ["{% raw %}{{ r }}{% endraw %}", "{% raw %}\n{% r %}\n{% endraw %}\n", "{%- raw -%} r {%- endraw %}"]
)
singles = st.sampled_from(
    [
        "include 'part'",
        "include 'nothing'",
        "set y = x",
        "do items.append('c') if items | length < 4",  # else a loop over them would never end
        "include 'open'",
        "import 'macros' as o",
    ]
)


def tag(words: str, left: str, right: str) -> str:
    return f"{left} {words} {right}"


statements = st.builds(tag, singles, lefts, rights)
leaves = st.one_of(texts, texts, texts, outputs, outputs, statements, comments, raws)

PAIRS = [
    ("if on", "endif"),
    ("if off", "endif"),
    ("if n == 1", "endif"),
    ("for i in items", "endfor"),
    ("for i in none", "endfor"),
    ("set kept", "endset"),
    ("set kept | trim", "endset"),
    ("call m.around()", "endcall"),
    ("filter trim", "endfilter"),
    ("filter indent(1, true)", "endfilter"),
    ("filter replace('a', '')", "endfilter"),
    ("filter lines", "endfilter"),
    ("with z = x", "endwith"),
    ("macro local(v)", "endmacro"),
]


def wrapped(inner: Pieces) -> Pieces:
    body = st.lists(inner, max_size=4).map("".join)
    around = st.builds(
        lambda pair, sides, text: tag(pair[0], *sides[:2]) + text + tag(pair[1], *sides[2:]),
        st.sampled_from(PAIRS),
        st.tuples(lefts, rights, lefts, rights),
        body,
    )
    branches = st.builds(
        lambda words, sides, one, other: (
            tag("if n == 3", *sides[:2]) + one + tag(words, *sides[2:4]) + other + tag("endif", *sides[4:])
        ),
        st.sampled_from(["else", "elif on", "elif off"]),
        st.tuples(lefts, rights, lefts, rights, lefts, rights),
        body,
        body,
    )
    return st.one_of(around, branches)


templates = st.lists(st.recursive(leaves, wrapped, max_leaves=10), max_size=6).map("".join)

MACROS = """\
{% macro kind(x) %}
  {% if x == 1 %}
    {{- "-m str" -}}
  {% elif x == 2 %}
  {% endif %}
{% endmacro %}
{% macro line(x) %}
server {{ x }}{% if x %} check{% endif END%}
{% endmacro %}
{% macro around() %}
before
{{ caller() }}
after{% if caller %} it{% endif END%}
{% endmacro %}
"""
FILES = {
    "macros": MACROS,
    "part": "part{% if n %} p{% endif END%}\n",
    "open": "no line end {{ x }}",
    "nothing": "{# nothing #}\n",
}


def only_more_line_ends(ours: str, plain: str) -> bool:
    """Whether a text equals the plain one, except for additional line ends between words."""
    at = 0
    for char in ours:
        if at < len(plain) and char == plain[at]:
            at += 1
        elif char != "\n":
            return False
    return at == len(plain)


HEADS = ["{% import 'macros' as m %}{% set kept = 'k' %}", "{% import 'macros' as m %}\n{% set kept %}k{% endset %}\n"]


def refused_or_compared(template: str, end: str) -> bool:
    """Compare the two renderings; False if hsync refuses the template."""
    files = {**{file: text.replace("END%}", f"{end}%}}") for file, text in FILES.items()}, "main": template}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        plain = Environment(
            loader=FileSystemLoader(folder),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            extensions=["jinja2.ext.do"],
        )
        plain.filters |= {"lines": lines, "word": str}
        rendered = None
        try:
            rendered = render(folder / "main", search=[folder], variables=VARIABLES, root=folder)
        except InputError as error:
            same = "each time" not in str(error)
        else:
            same = True
        assert same, "marks have changed the text"
        if rendered is None:
            return False
        expected = plain.get_template("main").render({**VARIABLES, "items": ["a", "b"]})
    assert only_more_line_ends(rendered.text, expected)
    if not any(SOFT in keep_line_ends(text, plain.lexer, None, None) for text in files.values()):
        assert rendered.text == expected
    assert len(rendered.lines) == len(rendered.text.removesuffix("\n").split("\n")) * bool(rendered.text)
    return True


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(HEADS), templates, st.sampled_from(["", "+"]))
@example(HEADS[0], "acl a path_end {{ m.kind(1) }} jpg\nacl b path_end {{ m.kind(2) }} jpg\n", "+")
@example(HEADS[0], "http-request deny if {% for a in items %}\n {{ a }}\n{%- endfor %}\n", "+")
def test_the_words_are_those_of_jinja2(head: str, body: str, end: str) -> None:
    refused_or_compared(head + body, end)


def test_most_templates_are_compared() -> None:
    """The property above does not cover refused templates."""
    compared: list[bool] = []

    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(st.sampled_from(HEADS), templates)
    def count(head: str, body: str) -> None:
        compared.append(refused_or_compared(head + body, "+"))

    count()
    assert sum(compared) > len(compared) / 2
