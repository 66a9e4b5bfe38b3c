"""The sources of rendered lines are exact for all combinations of loops, includes, macros and blocks.

Each line of the templates has its own place in it (`@main:7@`), so each rendered line shows the expected source. And
the text is that of jinja2 without marks.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader

from hsync.render import render
from hsync.render.filters import lines
from hsync.schema import Json

HERE = "@?@"
"""Placeholder for `@file:line@` until a file is complete."""

VARIABLES: dict[str, Json] = {"items": ["a", "b"], "nothing": [], "on": True, "off": False, "x": "X"}

leaf = st.sampled_from(
    [
        [f"text {HERE}"],
        [f"  indented {HERE}  "],
        [f"{HERE} {{{{ x }}}}"],
        [f"{{{{ '{HERE}' }}}} {{{{ x }}}}"],
        [f"{{{{ x }}}} {HERE}"],
        [f"{HERE} {{% if on %}}and{{% endif %}} more"],
        [f"{HERE} {{% if off %}}and{{% else %}}or{{% endif %}} {{# note #}} more"],
        [""],
        ["{# a comment", "of lines #}"],
        ["{% raw %}", f"{{{{ raw }}}} {HERE}", "{% endraw %}"],
        ["{% include 'part' %}"],
        ["  {% include 'part' %}"],
        ["{{ m.one() }}"],
        [f"{HERE} {{{{ m.one() }}}}"],
        ["{{ m.one()|trim }}"],
        ["{{ m.one()|indent(2) }}"],
        ["{{- x }} joins", f"{HERE}"],
    ]
)


def wrapped(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    pairs = st.sampled_from(
        [
            ("{% for i in items %}", "{% endfor %}"),
            ("{%- for i in items +%}", "{% endfor -%}"),
            ("{% for i in nothing %}", "{% endfor %}"),
            ("{% if on %}", "{% endif %}"),
            ("  {% if on -%}", "  {%- endif %}"),
            ("{% if off %}", "{% endif %}"),
            ("{% call m.around() %}", "{% endcall %}"),
            ("{% filter indent(2, true) %}", "{% endfilter %}"),
            ("{% filter trim %}", "{% endfilter %}"),
            ("{% set b %}", "{% endset %}{{ b }}{{ b }}"),
            ("{% with %}", "{% endwith %}"),
        ]
    )
    return st.builds(
        lambda pair, blocks: [pair[0], *(line for block in blocks for line in block), pair[1]],
        pairs,
        st.lists(inner, max_size=3),
    )


templates = st.lists(st.recursive(leaf, wrapped, max_leaves=6), max_size=4).map(
    lambda blocks: [line for block in blocks for line in block]
)

MACROS = [
    "{% macro one() %}",
    f"  {HERE} one",
    "{% for i in [1, 2] %}",
    f"{HERE} {{{{ i }}}}",
    "{% endfor %}",
    "{% endmacro %}",
    "",
    "{% macro around() %}",
    f"{HERE} before",
    "{{ caller() }}",
    f"{HERE} after",
    "{% endmacro %}",
]
PART = [f"part {HERE}", "{% if on %}", f"{{{{ x }}}} {HERE}", "{% endif %}"]


def numbered(name: str, text: list[str]) -> str:
    return "".join(line.replace(HERE, f"@{name}:{number}@") + "\n" for number, line in enumerate(text, 1))


@settings(max_examples=100, deadline=None)
@given(templates)
def test_each_line_names_its_source_and_marks_change_nothing(template: list[str]) -> None:
    main = ["{% import 'macros' as m %}", *template]
    files = {"main": numbered("main", main), "macros": numbered("macros", MACROS), "part": numbered("part", PART)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        rendered = render(folder / "main", search=[folder], variables=VARIABLES, root=folder)
        plain = Environment(
            loader=FileSystemLoader(folder), trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
        )
        plain.filters["lines"] = lines
        assert rendered.text == plain.get_template("main").render(VARIABLES)
    rendered_lines = rendered.text.removesuffix("\n").split("\n") if rendered.text else []
    for source, line in zip(rendered.lines, rendered_lines, strict=True):
        first = re.search(r"@(\w+:\d+)@", line)
        if first:
            assert source == first.group(1)
