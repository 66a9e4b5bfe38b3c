from __future__ import annotations

from pathlib import Path

import pytest

from hsync.errors import UsageError
from hsync.render import load_variables, render

VARIABLES = (
    'maxconn: 1\nadmin: {port: 1, deep: {x: 1}}\nlist: [1]\nwelcome: "{{ shop }}"\nnested: {a: "{{ maxconn }}"}\n'
)


def text(folder: Path, template: str, pairs: list[str], json_pairs: list[str] | None = None) -> str:
    (folder / "t.j2").write_text(template, encoding="utf-8")
    (folder / "part.j2").write_text("{{ cert }}", encoding="utf-8")
    (folder / "v.yaml").write_text(VARIABLES, encoding="utf-8")
    known = load_variables([folder / "v.yaml"], pairs, json_pairs or [], root=folder)
    return render(folder / "t.j2", variables=known, root=folder).text


READ = [
    ("{{ maxconn }}", ["maxconn=3"]),
    ("{{ nested.a }}", ["nested.b=3"]),
    ("{% if false %}{% include 'none.j2' %}{% include 'part.j2' %}{% include 'part.j2' %}{% endif %}", ["cert=3"]),
    ("{% if false %}{{ maxconn }}{% endif %}", ["maxconn=3"]),
    ("{% if false %}{% include 'part.j2' %}{% endif %}", ["cert=3"]),
    ("{% macro f() %}{{ maxconn }}{% endmacro %}", ["maxconn=3"]),
    ("{{ welcome }}", ["shop=3"]),
    ("{% if false %}{% endif %}", ["shop=3"]),
    ("{{ admin.port }}", ["admin.port=3"]),
    ("{{ admin['port'] }}", ["admin.port=3"]),
    ("{{ admin.get('port') }}", ["admin.port=3"]),
    ("{{ 'port' in admin and 1 }}", ["admin.port=3"]),
    ("{{ admin.deep.new | default('') }}", ["admin.deep.new=3"]),
    ("{{ new.a.b }}", ["new.a.b=3"]),
    ("{{ admin | length }}{{ admin.keys() | join }}", ["admin.other=3"]),
    ("{% for k in admin %}{{ k }}{% endfor %}", ["admin.other=3"]),
    ("{% for k, v in admin.items() %}{{ k }}{% endfor %}", ["admin.other=3"]),
    ("{{ admin.values() | list | length }}", ["admin.other=3"]),
    ("{{ admin | dictsort | length }}", ["admin.other=3"]),
    ("{{ admin | to_json }}", ["admin.other=3"]),
    ("{{ admin | combine({}) | length }}", ["admin.deep.other=3", "admin.deep.more=3"]),
]


@pytest.mark.parametrize(("template", "pairs"), READ)
def test_a_value_that_is_read_is_taken(template: str, pairs: list[str], tmp_path: Path) -> None:
    text(tmp_path, template, pairs)


UNREAD = [
    ("{{ maxconn }}", ["maxcon=3"], "--var maxcon: no template reads maxcon; did you mean 'maxconn'?"),
    ("{{ maxconn }}", ["zzz=3"], "--var zzz: no template reads zzz"),
    ("{{ maxconn }}", ["a=3", "b=3"], "--var a: no template reads a\n--var b: no template reads b"),
    ("{{ admin.port }}", ["admin.prt=3"], "--var admin.prt: no template reads admin.prt; did you mean 'admin.port'?"),
    ("{{ admin.port }}", ["admin.deep.y=3"], "no template reads admin.deep.y"),
    ("{{ admin.deep.x }}", ["admin.deep.xx=3"], "no template reads admin.deep.xx"),
    ("x", ["list=3"], "--var list: no template reads list"),
]


@pytest.mark.parametrize(("template", "pairs", "what"), UNREAD)
def test_a_value_that_nothing_reads_is_refused(template: str, pairs: list[str], what: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        text(tmp_path, template, pairs)
    assert what in str(caught.value)
    assert caught.value.hint


def test_a_json_value_that_nothing_reads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--var-json maxcon: no template reads maxcon; did you mean 'maxconn'"):
        text(tmp_path, "{{ maxconn }}", [], ["maxcon=3"])


@pytest.mark.parametrize("word", ["false", "no", "Off", "null", "0"])
def test_a_text_that_reads_as_false_is_no_condition(word: str, tmp_path: Path) -> None:
    template = "{% if tls %}ssl{% endif %}"
    with pytest.raises(Exception, match=r"t\.j2:1: the text '\w+' of --var is true in a condition") as caught:
        text(tmp_path, template, [f"tls={word}"])
    assert "--var-json NAME=false" in str(caught.value)
    assert text(tmp_path, template, [], ["tls=false"]) == ""
    assert text(tmp_path, "{% if tls == '" + word + "' %}ssl{% endif %}", [f"tls={word}"]) == "ssl"
    assert text(tmp_path, template, ["tls=yes"]) == "ssl"
    assert text(tmp_path, template, ["tls="]) == ""
    assert text(tmp_path, "{{ tls }}", [f"tls={word}"]) == word
