from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from hsync.errors import InputError
from hsync.render import Rendered, Secrets, render
from hsync.render.project_code import Additions
from hsync.render.reveal import reveal
from hsync.schema import Json

Write = Callable[[dict[str, str]], Path]

ITEMS: dict[str, Json] = {"items": ["a", "b"], "name": "x", "on": True, "off": False, "nothing": None, "port": 80}


@pytest.fixture
def project(tmp_path: Path) -> Write:
    """Write templates below `t` of a folder."""

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / "t" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
        return tmp_path

    return write


def made(root: Path, variables: dict[str, Json] | None = None) -> Rendered:
    known = ITEMS if variables is None else variables
    return render(root / "t" / "main.j2", search=[root / "t"], variables=known, root=root)


def table(rendered: Rendered) -> list[tuple[str, str]]:
    """Source and text of each line."""
    return [
        (source.removeprefix("t/"), line)
        for source, line in zip(rendered.lines, rendered.text.removesuffix("\n").split("\n"), strict=True)
    ]


MACROS = """\
{% macro bind(port) %}
bind :{{ port }}
bind :{{ port }} ssl
{% endmacro %}
{% macro section(name) %}
backend {{ name }}
{{ caller() }}
# end
{% endmacro %}
"""

SOURCES: list[tuple[str, dict[str, str], list[tuple[str, str]]]] = [
    ("plain text", {"main.j2": "a\n\nb\n"}, [("main.j2:1", "a"), ("main.j2:2", ""), ("main.j2:3", "b")]),
    ("no final line end", {"main.j2": "a\nb"}, [("main.j2:1", "a"), ("main.j2:2", "b")]),
    ("an expression begins the line", {"main.j2": "\n{{ name }} y\n"}, [("main.j2:1", ""), ("main.j2:2", "x y")]),
    (
        "a loop",
        {"main.j2": "a\n{% for i in items %}\n  s {{ i }}\n\n{% endfor %}\nb\n"},
        [("main.j2:1", "a"), ("main.j2:3", "  s a"), ("main.j2:4", ""), ("main.j2:3", "  s b"), ("main.j2:4", ""), ("main.j2:6", "b")],
    ),
    (
        "a condition",
        {"main.j2": "{% if off %}\na\n{% elif on %}\nb\n{% else %}\nc\n{% endif %}\nd\n"},
        [("main.j2:4", "b"), ("main.j2:8", "d")],
    ),
    (
        "an include, in the place of its tag",
        {"main.j2": "a\n  {% include 'p/q.j2' %}\nb\n", "p/q.j2": "\n{{ name }}\n"},
        [("main.j2:1", "a"), ("p/q.j2:1", ""), ("p/q.j2:2", "x"), ("main.j2:3", "b")],
    ),
    (
        "a macro, from where it is written",
        {"main.j2": "{% from 'm.j2' import bind %}\na\n  {{ bind(80) }}b\n", "m.j2": MACROS},
        [("main.j2:2", "a"), ("m.j2:2", "  bind :80"), ("m.j2:3", "bind :80 ssl"), ("main.j2:3", "b")],
    ),
    (
        "a call block, both sides",
        {"main.j2": "{% import 'm.j2' as m %}\n{% call m.section('w') %}\n  s1\n  s2\n{%- endcall %}\nz\n", "m.j2": MACROS},
        [("m.j2:6", "backend w"), ("main.j2:3", "  s1"), ("main.j2:4", "  s2"), ("m.j2:8", "# end"), ("main.j2:6", "z")],
    ),
    (
        "a set block, from where it is written",
        {"main.j2": "{% set b %}\nq\nr\n{% endset %}\na\n{{ b }}c\n"},
        [("main.j2:5", "a"), ("main.j2:2", "q"), ("main.j2:3", "r"), ("main.j2:6", "c")],
    ),
    (
        "a set block passed on, concatenated in another",
        {"main.j2": "{% set b %}\nq\n{% endset %}\n{% set c %}\np\n{{ b }}{% endset %}\n{{ c }}"},
        [("main.j2:5", "p"), ("main.j2:2", "q")],
    ),
    (
        "indent and trim keep the sources",
        {"main.j2": "{% set b %}\n\n q\n\n r\n\n{% endset %}\n{{ b|trim|indent(2) }}\n{{ b|indent(1, true, true)|trim }}!\n"},
        [("main.j2:3", "q"), ("main.j2:4", ""), ("main.j2:5", "   r"), ("main.j2:3", "q"), ("main.j2:4", " "), ("main.j2:5", "  r!")],
    ),
    (
        "indent with text",
        {"main.j2": "{% filter indent('> ', first=true) %}\nq\nr\n{% endfilter %}\n"},
        [("main.j2:2", "> q"), ("main.j2:3", "> r")],
    ),
    (
        "another filter: from its own line",
        {"main.j2": "{% filter upper|lines %}\nq\nr\n{% endfilter %}\n\nz\n"},
        [("main.j2:1", "Q"), ("main.j2:1", "R"), ("main.j2:6", "z")],
    ),
    (
        "a value of several lines",
        {"main.j2": "a\n  {{ 'q\nr'|lines(2) }}\nz\n"},
        [("main.j2:1", "a"), ("main.j2:2", "  q"), ("main.j2:2", "  r"), ("main.j2:4", "z")],
    ),
    (
        "blocks and inheritance",
        {
            "main.j2": "{% extends 'base.j2' %}\n{% block two %}\nb2\n{{ super() }}{% endblock %}\n",
            "base.j2": "a\n{% block one %}\nb\n{% endblock %}\n{% block two %}\nc\n{% endblock %}\n{{ self.one() }}",
        },
        [("base.j2:1", "a"), ("base.j2:3", "b"), ("main.j2:3", "b2"), ("base.j2:6", "c"), ("base.j2:3", "b")],
    ),
    (
        "comments, raw blocks, whitespace control",
        {"main.j2": "{# 1\n2 #}\na\n{% raw %}\n{{ 4 }}\n{% endraw %}\nb {%- if on %}\n\n c\n{%- endif +%}\nd\n"},
        [("main.j2:3", "a"), ("main.j2:4", ""), ("main.j2:5", "{{ 4 }}"), ("main.j2:7", "b"), ("main.j2:9", " c"), ("main.j2:11", "d")],
    ),
    (
        "a tag in the middle of a line",
        {"main.j2": "a{% for i in items %} {{ i }}{% endfor %}\nb {% if on %}c{% endif %}\n"},
        [("main.j2:1", "a a b"), ("main.j2:2", "b c")],
    ),
    ("line ends of other systems", {"main.j2": "a\r\n{{ name }}\r\nb"}, [("main.j2:1", "a"), ("main.j2:2", "x"), ("main.j2:3", "b")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "files", "expected"), SOURCES, ids=[row[0] for row in SOURCES])
def test_every_line_names_its_source(
    project: Write, name: str, files: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    assert table(made(project(files))) == expected


def test_recursive_loops_name_their_lines(project: Write) -> None:
    text = "{% for i in tree recursive %}\nn {{ i.n }}\n{{ loop(i.c) }}{% endfor %}\nz\n"
    tree: Json = [{"n": "a", "c": [{"n": "b", "c": []}]}, {"n": "c", "c": []}]
    assert table(made(project({"main.j2": text}), {"tree": tree})) == [
        ("main.j2:2", "n a"),
        ("main.j2:2", "n b"),
        ("main.j2:2", "n c"),
        ("main.j2:4", "z"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% set b %}\nab\n{% endset %}\n{{ b|length }}", "3"),
        ("{% set b %}ab{% endset %}\n{{ b == 'ab' }}", None),
        ("{% set b %}ab{% endset %}\n{{ 'y' if b == 'ab' else 'n' }}{{ b|upper }}{{ b ~ 'c' }}{{ b[0] }}", "yABabca"),
        ("{% set b %} ab {% endset %}\n[{{ b|trim }}][{{ b|trim(' a') }}][{{ b|indent }}]", "[ab][b][ ab ]"),
        ("{% set b %}{% endset %}\n[{{ b }}][{{ b|trim }}][{{ 'x' if b else 'empty' }}]", "[][][empty]"),
        ("{% set b = ' q ' %}[{{ b|trim }}][{{ b|indent(2, true) }}]", "[q][   q ]"),
        ("{% do items.append('c') %}{% for i in items %}{% if i == 'b' %}{% continue %}{% endif %}{{ i }}{% endfor %}", "ac"),
        ("{{ 1 + 1 }} {{ 1.5 }} {{ port }}\t{{ '' }}.", "2 1.5 80\t."),
        ("{% set b %}\na\nb\n{% endset %}\n{{ b|replace('a', 'c')|lines }}", "c\nb"),
        ("{% set b %}\na\nb\n{% endset %}\n{{ b|lines }}", "a\nb"),
        ("{% set b %}\na\n\nb\n{% endset %}\n{{ b|lines(2) }}", "a\n  \n  b"),
        ("{% set b %}web{% endset %}\n{{ b|word }} {{ b|quote }} {{ b|addr(80) }}", "web web web:80"),
        ("{{ 'a\\nb'|lines|indent(2)|trim }}", "a\n  b"),
        ("{{ 'a\r\nb\n'|lines }}", "a\nb"),
        ("", ""),
    ],
)  # fmt: skip
def test_marks_are_not_seen_by_the_template(project: Write, text: str, expected: str | None) -> None:
    root = project({"main.j2": text})
    if expected is None:
        with pytest.raises(InputError, match="the value is true, not a word"):
            made(root)
    else:
        assert made(root).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ nme.a.b | default(5) }}", "5"),
        ("{{ nme.a['b'].c | default(name) }}", "x"),
        ("{{ {}.a.b | default('d') }}", "d"),
        ("{{ nme._a | default('d') }}", "d"),
        ("{{ 1 if nme.a is defined else 2 }}{{ 3 if nme.a.b is undefined else 4 }}", "23"),
    ],
)
def test_parts_of_what_is_undefined_may_be_asked_for(project: Write, text: str, expected: str) -> None:
    assert made(project({"main.j2": text})).text == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "a b\n  c\nd\n"),
        ("#jinja2: trim_blocks: True\n", "\na b  c\nd\n"),
        ("#jinja2: trim_blocks: False, lstrip_blocks: True\n", "\na b\n\n  c\n\nd\n"),
    ],
)
def test_a_header_of_ansible_chooses_how_tags_treat_blanks(project: Write, header: str, expected: str) -> None:
    text = "a{% if on %} b{% endif %}\n{% if on %}\n  c\n{% endif %}\nd\n"
    assert made(project({"main.j2": header + text})).text == expected


def test_a_header_of_ansible_chooses_delimiters(project: Write) -> None:
    text = "#jinja2: variable_start_string: '[%', variable_end_string: '%]'\n[% name %] {{ name }}\n"
    assert table(made(project({"main.j2": text}))) == [("main.j2:1", ""), ("main.j2:2", "x {{ name }}")]


def test_a_text_that_is_another_one_each_time_is_refused(project: Write) -> None:
    numbers = iter(range(9))
    additions = Additions(filters={"next": lambda value: value + next(numbers)})
    root = project({"main.j2": "{{ 1 | next }}"})
    with pytest.raises(InputError, match=r"t/main\.j2 gives a different text each time") as caught:
        render(root / "t" / "main.j2", variables={}, root=root, additions=additions)
    assert "filters" in caught.value.hint


def test_an_empty_text_has_no_lines(project: Write) -> None:
    assert made(project({"main.j2": ""})).lines == ()
    assert made(project({"main.j2": "{% filter trim %}\n\n{% endfilter %}\n"})).lines == ()


def test_the_template_gets_a_copy(project: Write) -> None:
    variables: dict[str, Json] = {"items": ["a"]}
    made(project({"main.j2": "{% do items.append('b') %}"}), variables)
    assert variables == {"items": ["a"]}


def test_bytes_go_through(project: Write) -> None:
    assert made(project({"main.j2": "# caf\udce9 \u2028 é\n"})).text == "# caf\udce9 \u2028 é\n"


FAULTS: list[tuple[str, dict[str, str], str, str]] = [
    ("an undefined variable", {"main.j2": "a\n  b {{ nme }}\n"}, "t/main.j2:2: 'nme' is undefined; did you mean 'name'?", "--var"),
    ("one without a near name", {"main.j2": "{{ zzz }}"}, "t/main.j2:1: 'zzz' is undefined", "--var"),
    ("an undefined key", {"main.j2": "\n{{ {'port': 1}.prt }}"}, "t/main.j2:2: 'dict object' has no attribute 'prt'; did you mean 'port'?", ""),
    ("an undefined key of a text", {"main.j2": "{{ name.prt }}"}, "t/main.j2:1: 'str object' has no attribute 'prt'", ""),
    ("an undefined index", {"main.j2": "{{ items[7] }}"}, "has no element 7", ""),
    ("an undefined condition", {"main.j2": "{% if nme %}{% endif %}"}, "t/main.j2:1: 'nme' is undefined", ""),
    ("in an include", {"main.j2": "\n{% include 'p.j2' %}", "p.j2": "\n\n{{ nme }}"}, "t/p.j2:3: 'nme' is undefined", ""),
    ("in a macro", {"main.j2": "{% import 'm.j2' as m %}\n{{ m.f() }}", "m.j2": "{% macro f() %}\n\n{{ nme }}{% endmacro %}"}, "t/m.j2:3: 'nme'", ""),
    ("in a text of many lines", {"main.j2": "{% set b %}\na\n{{ name }}\n{{ nme }}\n{% endset %}"}, "t/main.j2:4: 'nme'", ""),
    ("a template that is missing", {"main.j2": "\n{% include 'x.j2' %}"}, "t/main.j2:2: no template x.j2 in t", "hsync.toml"),
    ("a template outside", {"main.j2": "{% include '../x.j2' %}"}, "t/main.j2:1: no template ../x.j2 in t", ""),
    ("none of several", {"main.j2": "{% include ['x', 'y'] %}"}, "t/main.j2:1: no template none of the templates given were found: x, y", ""),
    ("syntax", {"main.j2": "a\n{% if %}\n"}, "t/main.j2:2: Expected an expression", "syntax"),
    ("a tag left open", {"main.j2": "a\n{% if on %}\n"}, "t/main.j2:2: Unexpected end of template", "syntax"),
    ("syntax in an include", {"main.j2": "{% include 'p.j2' %}", "p.j2": "\n{{ a b }}"}, "t/p.j2:2: expected token", "syntax"),
    ("an unknown filter", {"main.j2": "\n{{ name|qute }}"}, "t/main.j2:2:9: No filter named 'qute'. Did you mean 'quote'?", "docs/templates.md"),
    ("an unknown filter of a branch", {"main.j2": "a\nb\n{% if off %}\n{{ name|zzz }}{% endif %}"}, "t/main.j2:4:9: No filter named 'zzz'", "filters"),
    ("an unknown test of a tag", {"main.j2": "a\n\n{% if name is not strng %}{% endif %}"}, "t/main.j2:3:19: No test named 'strng'. Did you mean 'string'?", ""),
    ("one that is far from all", {"main.j2": "{{ name|combin_all(1) }}"}, "No filter named 'combin_all'.\n", ""),
    ("a filter of Ansible that is not there", {"main.j2": "{{ name|json_query('x') }}"}, "Instead: select with the filters", ""),
    ("a test written as a filter", {"main.j2": "{{ name|defined }}"}, "It is a test: is defined", ""),
    ("a filter named in map", {"main.j2": "{{ items|map('uper')|join }}"}, "t/main.j2:1:15: No filter named 'uper'. Did you mean 'upper'?", ""),
    ("a test named in selectattr", {"main.j2": "{{ items|selectattr('a', 'eqalto')|list }}"}, "No test named 'eqalto'. Did you mean 'equalto'?", ""),
    ("unknown names, all at once", {"main.j2": "{{ name|aa }}\n{{ name|bb }}{{ name|bb }}"}, "t/main.j2:2:22: No filter named 'bb'", ""),
    ("HAProxy's own braces", {"main.j2": "a\nset-header X {%[src]}\n"}, "t/main.j2:2:14: unexpected '}'", "{% raw %}"),
    ("HAProxy's own braces of a log", {"main.j2": "log-format {%ci:%cp}\n"}, "t/main.j2:1:12: ", "{% raw %}"),
    ("HAProxy's own braces, twice", {"main.j2": "log-format {{%ci}}\n"}, "t/main.j2:1:12: ", "{% raw %}"),
    ("a comment that nobody meant", {"main.j2": "\nlog {# foo\n\n"}, "t/main.j2:2:5: Missing end of comment tag", "{% raw %}"),
    ("a part of what is undefined", {"main.j2": "\n{{ nme.a.b[0].c }}"}, "t/main.j2:2: 'nme' is undefined; did you mean 'name'?", "--var"),
    ("a text as a number", {"main.j2": "{{ name + 1 }}"}, "TypeError", "--var-json"),
    ("a header that is no value", {"main.j2": "#jinja2: trim_blocks: x y\n"}, "t/main.j2:1: #jinja2: unknown setting or wrong value: 'trim_blocks'", ""),
    ("tags that cross", {"main.j2": "{% if on %}a{% for i in items %}b{% endif %}{% endfor %}\n"}, "t/main.j2:1: Encountered unknown tag 'endif'", ""),
    ("a name on another line than its filter", {"main.j2": "{{ items|map(\n'uper') }}"}, "t/main.j2:1: No filter named 'uper'", ""),
    ("a header of nonsense", {"main.j2": "#jinja2: trim_bloks: True\n"}, "t/main.j2:1: #jinja2: unknown setting or wrong value: 'trim_bloks'", ""),
    ("a header with another type", {"main.j2": "#jinja2: trim_blocks: 1, lstrip_blocks: x y\n"}, "t/main.j2:1: #jinja2: unknown setting or wrong value: 'trim_blocks'", ""),
    ("a NUL", {"main.j2": "a\nb\0\n"}, "t/main.j2:2: the template has a NUL", "syntax"),
    ("Python's errors", {"main.j2": "\n{{ 1 / 0 }}"}, "t/main.j2:2: ZeroDivisionError: division by zero", ""),
    ("endless recursion", {"main.j2": "{% include 'main.j2' %}"}, "RecursionError", ""),
    ("what the sandbox forbids", {"main.j2": "\n{{ name.__class__ }}"}, "t/main.j2:2: access to attribute '__class__' of 'str' object is unsafe", ""),
    ("the marked form", {"main.j2": "{% set b %}a{% endset %}\n{{ b._marked }}"}, "t/main.j2:2: access to attribute '_marked'", ""),
    ("random text", {"main.j2": "{{ items|random }}"}, "No filter named 'random'", ""),
    ("random words", {"main.j2": "{{ lipsum() }}"}, "'lipsum' is undefined", ""),
    ("null", {"main.j2": "{{ nothing }}"}, "t/main.j2:1: the value is null", ""),
    ("false", {"main.j2": "{{ off }}"}, "t/main.j2:1: the value is false", ""),
    ("a list", {"main.j2": "{{ items }}"}, "t/main.j2:1: a list is not a text: loop over it, or join it", ""),
    ("a function", {"main.j2": "{{ items.append }}"}, "a builtin_function_or_method is not a text", ""),
    ("a line feed", {"main.j2": "\n{{ 'a\nb' }}"}, "t/main.j2:2: a line break in the value 'a\\nb' would begin a new line", "value"),
    ("a line feed in a macro", {"main.j2": "{% macro f(x) %}\n{{ x }}\n{% endmacro %}\n{{ f('a\nb') }}"}, "t/main.j2:2: a line break", ""),
    ("a line feed by a filter", {"main.j2": "{% filter replace('a', 'b\nc') %}a{% endfilter %}"}, "t/main.j2:1: a line break", ""),
    ("a line feed by a call", {"main.j2": "{% call secret('env:TWO') %}{% endcall %}"}, "t/main.j2:1: TypeError", ""),
    ("a carriage return", {"main.j2": "{{ 'a\\rb' }}"}, "a line break in the value", ""),
    ("a control character", {"main.j2": "{{ 'a\\x1bb' }}"}, "control character '\\x1b' in the value", ""),
    ("a long value", {"main.j2": "{{ 'a' * 50 ~ '\\n' }}"}, "in the value 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…'", ""),
    ("a control character in lines", {"main.j2": "{{ 'a\\x00b\\n'|lines }}"}, "control character '\\x00'", ""),
    ("a secret that is missing", {"main.j2": "\n{{ secret('env:NONE') }}"}, "t/main.j2:2: secret env:NONE: the variable is not set", "export NONE"),
    ("a secret of several lines", {"main.j2": "{{ secret('env:TWO') }}"}, "t/main.j2:1: the secret env:TWO has a line break", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "files", "what", "hint"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_fault_names_its_place(project: Write, name: str, files: dict[str, str], what: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        reveal(made(project(files)), Secrets(environment={"TWO": "a\nb"}).value_of)
    assert what in str(caught.value)
    assert hint in caught.value.hint
    assert caught.value.hint


SHOWN = [
    ("a\n  b {{ nme }}\n", "t/main.j2:2: 'nme' is undefined; did you mean 'name'?\n      b {{ nme }}\n           ^"),
    ("x {{ name.foo }}", "t/main.j2:1: 'str object' has no attribute 'foo'\n    x {{ name.foo }}\n              ^"),
    (
        "{{ name | defalt(1) }}",
        "t/main.j2:1:11: No filter named 'defalt'. Did you mean 'default'?\n    {{ name | defalt(1) }}\n              ^",
    ),
    ("{{ name | zzzzzz }}", "t/main.j2:1:11: No filter named 'zzzzzz'.\n    {{ name | zzzzzz }}\n              ^"),
    ("a\n{{ 1 / 0 }}", "t/main.j2:2: ZeroDivisionError: division by zero\n    {{ 1 / 0 }}"),
    ("{% if name %}\n", "t/main.j2:1: Unexpected end of template. "),
    ("a\0b", "t/main.j2:1: the template has a NUL"),
]


@pytest.mark.parametrize(("text", "told"), SHOWN)
def test_a_fault_shows_the_template_s_line_with_a_caret(text: str, told: str, project: Write) -> None:
    with pytest.raises(InputError) as caught:
        made(project({"main.j2": text}))
    assert caught.value.message.startswith(told)


def test_a_template_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read the template .*none\.j2: No such file"):
        render(tmp_path / "none.j2", variables={})


def test_digests_are_of_what_was_used(project: Write) -> None:
    root = project({"main.j2": "{% include 'p.j2' %}{{ secret('env:PW') }}", "p.j2": "a\n", "unused.j2": ""})
    rendered = made(root, {"b": 1, "a": [1]})
    names = [name for name, _ in rendered.digests]
    assert names == ["t/main.j2", "t/p.j2", "variables"]
    digests = dict(rendered.digests)
    assert digests["t/p.j2"] == hashlib.sha256(b"a\n").hexdigest()
    assert digests["variables"] == hashlib.sha256(b'{"a":[1],"b":1}').hexdigest()


def test_the_same_inputs_give_the_same_bytes(project: Write) -> None:
    root = project({"main.j2": "{% for k, v in m|dictsort %}\n{{ k }} {{ v }}\n{% endfor %}\n"})
    assert made(root, {"m": {"b": 1, "a": 2}}) == made(root, {"m": {"a": 2, "b": 1}})


def test_search_folders_are_tried_in_order_but_the_template_is_the_one_given(project: Write) -> None:
    root = project({"main.j2": "{% include 'p.j2' %}", "one/main.j2": "wrong", "two/p.j2": "2\n", "three/p.j2": "3\n"})
    folders = [root / "t" / name for name in ("one", "two", "three")]
    rendered = render(root / "t" / "main.j2", search=folders, variables={}, root=root)
    assert (rendered.text, rendered.lines) == ("2\n", ("t/two/p.j2:1",))


def test_without_search_folders_the_template_s_own_is_used(project: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project({"main.j2": "{% include 'p.j2' %}", "p.j2": "a\n"}))
    rendered = render(Path("t/main.j2"), variables={})
    assert (rendered.text, rendered.lines) == ("a\n", ("t/p.j2:1",))


def test_a_template_outside_the_root_keeps_its_path(project: Write, tmp_path: Path) -> None:
    root = project({"main.j2": "a\n"})
    elsewhere = tmp_path / "elsewhere"
    rendered = render(root / "t" / "main.j2", variables={}, root=elsewhere)
    assert rendered.lines == (f"{root.as_posix()}/t/main.j2:1",)
