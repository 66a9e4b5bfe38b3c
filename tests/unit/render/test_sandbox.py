"""No filter, test, global or value of a template opens a way to attributes of Python, files or the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsync.errors import InputError
from hsync.render import Secrets, load_variables, render

VARIABLES = """\
text: x
admin: {port: 1, read: yes-read, read_all: r, raw: w, path: /p, resolver: s, unread: u, known: k}
own: {path: /p, raw: w, resolver: s, again: "{{ own.path }} {{ own.raw }} {{ own.resolver }}"}
open: {a: 1, way: "{{ open._resolver }}"}
far: {a: 1, way: "{{ far.resolver.environment }}"}
listed: [1, "{{ listed._resolver }}"]
"""


def text(source: str, folder: Path) -> str:
    (folder / "t.j2").write_text(source, encoding="utf-8")
    (folder / "v.yaml").write_text(VARIABLES, encoding="utf-8")
    known = load_variables([folder / "v.yaml"], ["admin.port=2"] if "admin" in source else [], root=folder)
    return render(folder / "t.j2", variables=known, root=folder, secrets=Secrets(folder, {"PW": "x"})).text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ admin.port }} {{ admin.read }} {{ admin.read_all }} {{ admin.unread }}", "2 yes-read r u"),
        ("{{ admin.port }} {{ admin.raw }} {{ admin.path }} {{ admin.resolver }} {{ admin.known }}", "2 w /p s k"),
        ("{{ own.again }}", "/p w s"),
        ("{{ nope.known | default('d') }}{{ nope.environment.x | default('d') }}", "dd"),
    ],
)
def test_no_key_of_a_variable_is_hidden(source: str, expected: str, tmp_path: Path) -> None:
    assert text(source, tmp_path) == expected


CLOSED = [
    "{{ text.__class__ }}",
    "{{ text | attr('__class__') }}",
    "{{ [text] | map(attribute='__class__') | first }}",
    "{{ [text] | map('attr', '__class__') | first }}",
    "{{ '__class__' | extract(text) }}",
    "{{ ['__class__'] | map('extract', text, '__mro__') | first }}",
    "{{ '{0.__class__}'.format(text) }}",
    "{{ secret.__self__ }}",
    "{{ secret.__func__ }}",
    "{{ lookup.__globals__ }}",
    "{{ lookup.__code__ }}",
    "{{ omit.__class__ }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ self.__init__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ open.way }}",
    "{{ far.way }}",
    "{{ listed[1] }}",
    "{{ admin.port }}{{ admin._read }}",
    "{{ nope._known }}",
    "{{ nope.__class__ }}",
    "{{ ('a' | zip('b')).__class__ }}",
    "{{ ('a' | regex_search('a')).__class__ }}",
    "{{ range.__init__ }}",
    "{{ '{a.__class__}'.format_map({'a': text}) }}",
    "{% include '/etc/passwd' %}",
    "{% include '../t.j2' %}",
    "{% import 'os' as os %}",
    "{{ lookup('pipe', 'id') }}",
    "{{ query('env', 'HOME') }}",
]


@pytest.mark.parametrize("source", CLOSED)
def test_a_way_out_of_the_sandbox_is_closed(source: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        text(source, tmp_path)
