"""No filter, test, global or value of a template gives access to Python attributes, files or the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsync.errors import InputError
from hsync.render import Secrets, load_variables
from tests.unit.render.revealing import revealed

pytestmark = pytest.mark.attack("templates that break out")

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
    return revealed(folder / "t.j2", known, Secrets(folder, {"PW": "x"}))


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
    # Payloads of public collections, as they are, and in the spellings that get around filters of names.
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''.__class__.__base__.__subclasses__()[40]('/etc/passwd').read() }}",
    "{{ [].__class__.__base__.__subclasses__() }}",
    "{{ {}.__class__.__bases__[0] }}",
    "{{ ().__class__.__bases__ }}",
    "{{ 1.__class__ }}",
    "{{ (1).__class__ }}",
    "{{ 1.0.__class__.__mro__ }}",
    "{{ true.__class__ }}",
    "{{ none.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ ''['__cl' ~ 'ass__'] }}",
    "{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "{{ ''|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "{{ ''|attr(['_'*2,'class','_'*2]|join) }}",
    "{{ ''|attr('%s%sclass%s%s'|format('_','_','_','_')) }}",
    "{{ ''|attr('__class__')|attr('__mro__') }}",
    "{{ dict(__class__=1).__class__ }}",
    "{% set a = ''.__class__ %}{{ a }}",
    "{% for c in [].__class__.__base__.__subclasses__() %}{{ c }}{% endfor %}",
    "{% if ''.__class__ %}x{% endif %}",
    "{% with x = ''.__class__ %}{{ x }}{% endwith %}",
    "{{ self.__class__ }}",
    "{{ self._TemplateReference__context.cycler.__init__.__globals__.os }}",
    "{{ self.__init__.__globals__.__builtins__ }}",
    "{{ self }}",
    "{{ self.x }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__.os.popen('id').read() }}",
    "{{ namespace.__init__.__globals__.os.popen('id').read() }}",
    "{{ namespace().__class__ }}",
    "{{ cycler('a').__class__ }}",
    "{{ lipsum.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os']['popen']('id').read() }}",
    "{{ url_for.__globals__.os }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ config.items() }}",
    "{{ config.from_object('os') }}",
    "{{ request.application.__globals__ }}",
    "{{ request|attr('application') }}",
    "{{ g.pop.__globals__ }}",
    "{{ session }}",
    "{{ range.__class__ }}",
    "{{ range(1).__class__ }}",
    "{{ dict.__class__ }}",
    "{{ dict.__base__ }}",
    "{{ dict.mro() }}",
    "{{ dict.fromkeys.__self__ }}",
    "{{ ''.join.__self__.__class__ }}",
    "{{ ''.format.__self__.__class__ }}",
    "{{ '{0.__class__.__init__.__globals__}'.format(cycler) }}",
    "{{ '{0[__class__]}'.format(text) }}",
    "{{ '%(x)s'.__mod__({'x': 1}) }}",
    "{{ 'x'.__add__('y') }}",
    "{{ ('{0.__class__}' | format(text)).x }}",
    "{{ '{x.__class__}'.format(**{'x': text}) }}",
    "{{ (('{x.__class__}').format)(x=text) }}",
    "{% set f = '{0.__class__}'.format %}{{ f(text) }}",
    "{{ ['{0.__class__}'] | map('format', text) | first | attr('x') }}",
    "{{ text | map(attribute='__class__') | list }}",
    "{{ [text] | groupby('__class__') }}",
    "{{ [text] | sort(attribute='__class__') }}",
    "{{ [text] | sum(attribute='__class__') }}",
    "{{ [text] | unique(attribute='__class__') | list }}",
    "{{ [text] | selectattr('__class__.__name__') | list | first }}",
    "{{ [admin] | map(attribute='port.__class__') | first }}{{ admin.port }}",
    "{{ [text, text] | max(attribute='__class__') }}",
    "{{ [cycler] | map('attr', '__init__') | map('attr', '__globals__') | first }}",
    "{{ text | natural(attribute='__class__') }}",
    "{{ lookup('file', '/etc/passwd') }}",
    "{{ lookup('url', 'http://127.0.0.1') }}",
    "{{ q('pipe', 'id') }}",
    "{{ lookup.__init__ }}",
    "{{ lookup.__wrapped__ }}",
    "{{ secret.__wrapped__ }}",
    "{{ secret('file:/etc/shadow-of-nobody') }}",
    "{{ secret('pipe:id') }}",
    "{{ secret('env:NONE') }}",
    "{{ ''.__init_subclass__ }}",
    "{{ caller.__globals__ }}",
    "{{ loop.__class__ }}",
    "{% for i in [1] %}{{ loop.__class__ }}{% endfor %}",
    "{% for i in [1] %}{{ loop._iterable }}{% endfor %}",
    "{% macro m() %}{% endmacro %}{{ m.__class__ }}",
    "{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}",
    "{% macro m() %}{{ caller.__globals__ }}{% endmacro %}{% call m() %}{% endcall %}",
    "{% import 't.j2' as t %}{{ t.__class__ }}",
    "{% include '//etc/passwd' %}",
    "{% include '....//etc/passwd' %}",
    "{% include ['/etc/passwd', '../../etc/passwd'] %}",
    "{% include 'file:///etc/passwd' %}",
    "{% extends '/etc/passwd' %}",
    "{% from '/etc/passwd' import x %}",
    "{% debug %}",
    "{% trans %}x{% endtrans %}",
    "{{ _('x') }}",
    "{{ gettext('x') }}",
    "{{ exec('1') }}",
    "{{ eval('1') }}",
    "{{ open('/etc/passwd') }}",
    "{{ __import__('os') }}",
    "{{ os.environ }}",
    "{{ __builtins__ }}",
    "{{ environment }}",
    "{{ context.environment }}",
    "{{ template }}",
    "{% do ''.__class__ %}{{ ''.__class__ }}",
    "{{ (text.encode() | string).__class__ }}",
    "{{ text.__reduce_ex__(2) }}",
    "{{ text.__getattribute__('x') }}",
    "{{ admin.port }}{{ admin.__getattr__ }}",
    "{{ [].__reversed__ }}",
    "{{ {}.get.__self__ }}",
    "{{ {}.items().mapping.__class__ }}",
    "{{ omit }}",
    "{{ omit.environment }}",
]


@pytest.mark.parametrize("source", CLOSED)
def test_a_way_out_of_the_sandbox_is_closed(source: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        text(source, tmp_path)
    assert caught.value.message.startswith(("t.j2:1: ", "t.j2:1:"))
    assert "root:" not in caught.value.message
    assert caught.value.hint


def test_there_are_many_of_them() -> None:
    assert len(CLOSED) == len(set(CLOSED)) > 101
