from __future__ import annotations

from pathlib import Path

import pytest

from hsync.errors import InputError
from hsync.render import Secrets, load_variables, render
from tests.unit.render.revealing import revealed


def text(folder: Path, template: str, variables: str, name: str = "v.yaml") -> str:
    (folder / "t.j2").write_text(template, encoding="utf-8")
    (folder / name).write_text(variables, encoding="utf-8")
    known = load_variables([folder / name], ["raw={{ shop }}"] if "{{ raw" in template else [], root=folder)
    return revealed(folder / "t.j2", known, Secrets(folder, {"PW": "hunter2"}))


RESOLVED = [
    ("a text", "{{ b }}", 'a: x\nb: "{{ a }} one"\n', "x one"),
    ("over several steps, in any order", "{{ c }}", 'c: "{{ b }}!"\nb: "{{ a }}?"\na: x\n', "x?!"),
    ("a number stays a number", "{{ b + 1 }}", 'a: 1\nb: "{{ a }}"\n', "2"),
    ("a list stays a list", "{{ b | join(',') }}", 'a: [1, 2]\nb: "{{ a }}"\n', "1,2"),
    ("a truth stays one", "{% if b %}y{% else %}n{% endif %}", 'a: false\nb: "{{ a }}"\n', "n"),
    ("blanks around an expression are none", "{{ b + 1 }}", "a: 1\nb: '{{ a }}'\n", "2"),
    ("text beside it makes it a text", "{{ b ~ 1 }}", 'a: 1\nb: "{{ a }}0"\n', "101"),
    ("inside of lists and objects", "{{ c.d[1].e }}", 'a: x\nc: {d: [1, {e: "{{ a }}"}]}\n', "x"),
    ("a part of the same object", "{{ a.w }} {{ a.z[1] }}", 'a: {x: 1, w: "{{ a.x + 1 }}", z: [1, "{{ a.z[0] }}"]}\n', "2 1"),
    ("all parts of the same list", "{{ a[2] }}", 'a: [1, 2, "{{ a[:2] | sum }}"]\n', "3"),
    ("an object that looks at itself", "{{ a.k }}", 'a: {b: {c: 1}, k: "{{ a.b.items() | length }}{{ a.b.values() | sum }}"}\n', "11"),
    ("through get", "{{ a.k }}{{ a.m }}", 'a: {b: 1, k: "{{ a.get(\'b\') }}", m: "{{ a.get(\'q\', 7) }}"}\n', "17"),
    ("an object of itself", "{{ a.k.c }}", 'a: {b: {c: 1}, k: "{{ a.b }}"}\n', "1"),
    ("a list of itself", "{{ a.k | sum }}", 'a: {b: [1, 2], k: "{{ a.b }}"}\n', "3"),
    ("each of itself", "{{ a.k }}", 'a: {b: [1, 2], k: "{% for i in a.b %}{{ i }}{% endfor %}"}\n', "12"),
    ("a list among statements", "{{ b | join(',') }}", "a: [1]\nb: |\n  {% set c = a + [2] %}\n  {{ c }}\n", "1,2"),
    ("a list that is written out", "{{ b | join(',') }}", 'b: "{{ [1, 2] }}"\n', "1,2"),
    ("a number that is written out", "{{ b + 1 }}", 'b: "{{ 1 }}"\n', "2"),
    ("a number beside text", "{{ b }}", 'b: "{{ 1 }}{{ 2 }}x"\n', "12x"),
    ("a macro", "{{ b }}", 'b: "{% macro f(x) %}<{{ x }}>{% endmacro %}{{ f(1) }}{{ f(2) }}"\n', "<1><2>"),
    ("read in several places", "{% block x %}{{ b }}{% endblock %}{{ b }}", 'a: x\nb: "{{ a }}"\n', "xx"),
    ("a part that is read twice", "{{ a.x }}", 'a: {x: "{{ a.w }}{{ a.w }}", w: "{{ 1 }}"}\n', "11"),
    ("without quotes", "{{ b }}", "a: x\nb: y {{ a }}\n", "y x"),
    ("statements", "{{ b }}", 'a: [1, 2]\nb: "{% for i in a %}{{ i }};{% endfor %}"\n', "1;2;"),
    ("filters", "{{ b }}", "a: ab\nb: \"{{ a | regex_replace('(a)', '\\\\1\\\\1') }}\"\n", "aab"),
    ("a secret", "{{ b }}", "b: \"x {{ secret('env:PW') }}\"\n", "x hunter2"),
    ("what it gives is no template once more", "{{ b }}", 'a: "{% raw %}{{ no }}{% endraw %}"\nb: "{{ a }}"\n', "{{ no }}"),
    ("raw", "{{ a }}", 'a: "{% raw %}{{ x }}{% endraw %}"\n', "{{ x }}"),
    ("unsafe", "{{ a }}", 'a: !unsafe "{{ x }} {%[src]}"\n', "{{ x }} {%[src]}"),
    ("a value of --var", "{{ raw }}", "shop: x\n", "{{ shop }}"),
    ("what nobody reads is not looked at", "{{ a.x }}", 'a: {x: 1, w: "{{ no }}"}\nb: "{{ no }} {{ b }}"\n', "1"),
    ("undefined inside is undefined", "{{ a.w | default('d') }}{{ 1 if a.w is defined else 2 }}", 'a: {w: "p {{ no }}"}\n', "d2"),
    ("omit leaves an entry out", "{{ a | length }}", 'a: {x: 1, w: "{{ no | default(omit) }}"}\n', "1"),
    ("in a macro and an import", "{% macro m() %}{{ b }}{% endmacro %}{{ m() }}", 'a: x\nb: "{{ a }}"\n', "x"),
    ("set again by the template", "{% set b = '{{ a }}' %}{{ b }}", 'a: x\nb: "{{ a }}"\n', "{{ a }}"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "template", "variables", "expected"), RESOLVED, ids=[row[0] for row in RESOLVED])
def test_variables_in_variables_are_resolved(
    name: str, template: str, variables: str, expected: str, tmp_path: Path
) -> None:
    assert name
    assert text(tmp_path, template, variables) == expected


REFUSED = [
    ("{{ a }}", 'a: "{{ a }}"\n', "t.j2:1: v.yaml:1:4: a needs itself:\n  needs v.yaml:1:4: a"),
    ("{{ a }}", 'a: "{{ b }}"\nb: "x {{ c }}"\nc: "{{ a }}"\n', "v.yaml:1:4: a needs itself:\n  needs v.yaml:2:4: b\n  needs v.yaml:3:4: c\n  needs v.yaml:1:4: a"),
    ("{{ a.x }}", 'a: {x: "{{ a.w }}", w: "{{ a.x }}"}\n', "v.yaml:1:8: a.x needs itself:\n  needs v.yaml:1:24: a.w"),
    ("{{ a.x }}", 'a: {x: "{{ a }}"}\n', "v.yaml:1:8: a.x needs itself"),
    ("{{ b }}", 'shop: 1\nb: "{{ shp }} one"\n', "t.j2:1: v.yaml:2:4: b: 'shp' is undefined; did you mean 'shop'?"),
    ("{{ b }}", 'b: "{{ 1 / 0 }}"\n', "v.yaml:1:4: b: ZeroDivisionError"),
    ("{{ b }}", 'b: "{{ 1 | nope }}"\n', "v.yaml:1:4: b: No filter named 'nope'."),
    ("{{ b }}", 'b: "x {% if %}"\n', "v.yaml:1:4: b: Expected an expression"),
    ("{{ b }}", "b: \"{{ secret('env:NO') }}\"\n", "v.yaml:1:4: b: secret env:NO: the variable is not set"),
    ("{{ b }}", 'a: true\nb: "x {{ a }}"\n', "v.yaml:2:4: b: the value is true, not a word"),
    ("{{ b.k }}", 'a: &a {k: "{{ no }}"}\nb: *a\n', "v.yaml:2:1: b.k: 'no' is undefined"),
    ("{{ c }}", 'b: "{{ 1 / 0 }}"\nc: "{{ b }}"\n', "v.yaml:2:4: c: v.yaml:1:4: b: ZeroDivisionError"),
]  # fmt: skip


@pytest.mark.parametrize(("template", "variables", "what"), REFUSED)
def test_a_fault_names_the_places_of_all_variables_on_the_way(
    template: str, variables: str, what: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        text(tmp_path, template, variables)
    assert what in str(caught.value)
    assert caught.value.hint


def test_a_variable_without_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.j2").write_text("{{ a }}", encoding="utf-8")
    with pytest.raises(InputError, match=r"t\.j2:1: the variable a: 'no' is undefined"):
        render(tmp_path / "t.j2", variables={"a": "{{ no }}"}, root=tmp_path)


def test_a_syntax_fault_names_the_ways_out(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        text(tmp_path, "{{ b }}", 'b: "capture {%[src]}"\n')
    assert "{% raw %}" in caught.value.hint
    assert "!unsafe" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "variables", "place"),
    [
        ("v.json", '{"a": 1,\n "b": "{{ no }} \\u00e9"}', "v.json:2: b: "),
        ("v.toml", 'a = 1\n[b]\nc = """\n{{ no }}\n"""\n', "v.toml:4: b.c: "),
    ],
)
def test_places_are_known_of_other_files_as_well(name: str, variables: str, place: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        text(tmp_path, "{{ b.c }}" if "toml" in name else "{{ b }}", variables, name)
    assert place in str(caught.value)


def test_a_very_long_chain_ends_in_a_message(tmp_path: Path) -> None:
    chain = "".join(f'v{number}: "{{{{ v{number + 1} }}}}"\n' for number in range(2000))
    with pytest.raises(InputError, match="RecursionError"):
        text(tmp_path, "{{ v0 }}", chain + "v2000: x\n")
