"""Filters and tests of Ansible: cases beyond `docs/templates.md`, and refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsync.errors import InputError
from hsync.render import Secrets
from hsync.schema import Json
from tests.unit.render.revealing import revealed

VARIABLES: dict[str, Json] = {
    "net": "10.0.0.0/24",
    "host": "10.0.0.5/24",
    "six": "2001:db8::1",
    "null": None,
    "deep": [[1, None], [[2]]],
}


def text(source: str, folder: Path) -> str:
    (folder / "t.j2").write_text(source, encoding="utf-8")
    secrets = Secrets(
        folder,
        {
            "PW": "s3cr3t word",
            "B64": "czNjcjN0LXdvcmQ=",
            "JSON": '{"password": "s3cr3t"}',
            "ACC": "s3cr3té",
            "BLANK": " ",
        },
    )
    return revealed(folder / "t.j2", VARIABLES, secrets)


GIVEN = [
    ("{{ true | bool | ternary(1, 2) }}{{ null | bool | ternary(1, 2) }}{{ 'OFF' | bool | ternary(1, 2) }}{{ 1 | bool | ternary(1, 2) }}", "1221"),
    ("{{ null | ternary(1, 2, 3) }}{{ null | ternary(1, 2) }}", "32"),
    ("{{ {'a': [1, 2]} | combine({'a': [2, 3]}, list_merge='prepend') | to_json }}", '{"a": [2, 3, 1, 2]}'),
    ("{{ {'a': [1, 2]} | combine({'a': [2, 3]}, list_merge='append_rp') | to_json }}", '{"a": [1, 2, 3]}'),
    ("{{ {'a': [1, 2]} | combine({'a': [2, 3]}, list_merge='prepend_rp') | to_json }}", '{"a": [2, 3, 1]}'),
    ("{{ {'a': [1]} | combine({'a': [2]}, list_merge='keep') | to_json }}", '{"a": [1]}'),
    ("{{ {'a': {'x': 1}} | combine({'a': {'y': 2}}) | to_json }}", '{"a": {"y": 2}}'),
    ("{{ [{'a': 1}, [{'b': 2}]] | combine({'c': 3}) | to_json }}", '{"a": 1, "b": 2, "c": 3}'),
    ("{{ {'a': {'b': {'c': 1}}} | combine({'a': {'b': {'d': 2}}}, recursive=True) | to_json }}", '{"a": {"b": {"c": 1, "d": 2}}}'),
    ("{{ {'a': 1} | dict2items(key_name='name', value_name='port') | to_json }}", '[{"name": "a", "port": 1}]'),
    ("{{ deep | flatten | to_json }}{{ deep | flatten(skip_nulls=false) | to_json }}", "[1, 2][1, null, 2]"),
    ("{{ 3 | flatten | to_json }}", "[3]"),
    ("{{ 'A1a2' | regex_replace('a', 'b', ignorecase=true, count=1) }}", "b1a2"),
    ("{{ 'ab' | regex_replace('(?P<x>a)', '\\\\g<x>\\\\g<x>') }}", "aab"),
    ("{{ 'web-01' | regex_search('(\\\\w+)-(?P<n>\\\\d+)', '\\\\1', '\\\\g<n>') | join('/') }}", "web/01"),
    ("{{ 'x' | regex_search('y') is none and 'none' }}", "none"),
    ("{{ 'a\\nB' | regex_findall('^b', multiline=true, ignorecase=true) | join }}", "B"),
    ("{{ 'a.b[1]' | regex_escape('posix_basic') }}", "a\\.b\\[1\\]"),
    ("{{ 'a b  c' | split | join(',') }}{{ 'a-b-c' | split('-', 1) | join(',') }}", "a,b,ca,b-c"),
    ("{{ 'x' | basename }}{{ 'x' | dirname }}.", "x."),
    ("{{ ('http://u:p@h/x?q#f' | urlsplit).query }}", "q"),
    ("{{ 'a\\nb\\n' | comment }}|", "#\n# a\n# b\n#|"),
    ("{{ 'a' | comment('plain', decoration='## ', prefix='', postfix='end') }}", "## a\nend"),
    ("{{ [{'n': 1}] | subelements('x', skip_missing=true) | length }}", "0"),
    ("{{ ['a'] | map('extract', {'a': {'b': {'c': 1}}}, ['b', 'c']) | join }}", "1"),
    ("{{ 'a' | extract({'a': 1}) }}", "1"),
    ("{{ {'b': 1} | to_json(indent=1) | lines }}", '{\n "b": 1\n}'),
    ("{{ 'y' if 'ab' is contains('b') else 'n' }}{{ 'y' if {'a': 1} is contains('b') else 'n' }}", "yn"),
    ("{{ 'y' if 'WEB' is match('web', ignorecase=true) else 'n' }}", "y"),
    ("{{ 'y' if '1.10.0' is version('1.9', 'gt') and '2.8-dev' is version('2.8', 'ne') else 'n' }}", "y"),
    ("{{ host | ipaddr }} {{ host | ipaddr('host') }} {{ host | ipaddr('net') is false }}{{ '' if net | ipaddr('net') else 'x' }}".replace("{{ host | ipaddr('net') is false }}", ""), "10.0.0.5/24 10.0.0.5/24 "),
    ("{{ net | ipaddr('net') }} {{ net | ipaddr('type') }} {{ host | ipaddr('type') }} {{ net | ipaddr('size') }}", "10.0.0.0/24 network address 256"),
    ("{{ net | ipaddr('broadcast') }} {{ net | ipaddr('netmask') }} {{ net | ipaddr('hostmask') }} {{ net | ipaddr('prefix') }}", "10.0.0.255 255.255.255.0 0.0.0.255 24"),
    ("{{ host | ipaddr('subnet') }} {{ host | ipaddr('cidr') }} {{ host | ipaddr('network_id') }} {{ host | ipaddr('ip') }}", "10.0.0.0/24 10.0.0.5/24 10.0.0.0 10.0.0.5"),
    ("{{ six | ipaddr('wrap') }} {{ six | ipaddr('version') }} {{ six | ipaddr('ipv6') }} {{ '1.2.3.4' | ipaddr('int') }}", "[2001:db8::1] 6 2001:db8::1 16909060"),
    ("{{ '1.2.3.4' | ipaddr('revdns') }} {{ '1.2.3.4' | ipaddr('ipv4') }} {{ '8.8.8.8' | ipaddr('public') }}", "4.3.2.1.in-addr.arpa. 1.2.3.4 8.8.8.8"),
    ("{{ '10.0.0.1' | ipaddr('private') }} {{ '127.0.0.1' | ipaddr('loopback') }} {{ '10.0.0.1' | ipaddr('unicast') }} {{ '224.0.0.1' | ipaddr('multicast') }}", "10.0.0.1 127.0.0.1 10.0.0.1 224.0.0.1"),
    ("{{ ['10.0.0.1', '10.1.0.1', '::1'] | ipaddr('10.0.0.0/24') | join }} {{ '10.0.0.0/24' | ipaddr('-2') }}", "10.0.0.1 10.0.0.254/24"),
    ("{{ ['10.0.0.1', 'x', true, none, '::1'] | ipaddr('bool') | length }} {{ 'y' if '10.0.0.1' | ipaddr('bool') else 'n' }}", "2 y"),
    ("{{ ['x', '::1/64', 7] | ipwrap | join(' ') }} {{ '10.0.0.1/32' | ipaddr('host') }}", "x [::1]/64 7 10.0.0.1/32"),
    ("{% for q in ['net', 'public', 'private', 'loopback', 'multicast', 'ipv6', 300] %}{{ 'y' if '10.0.0.1/24' | ipaddr(q) else 'n' }}{% endfor %}", "nnynnnn"),
    ("{% for q in ['address', 'host', 'ip', 'ipv6', 'unicast'] %}{{ 'y' if '224.0.0.0/24' | ipaddr(q) else 'n' }}{% endfor %}{{ 'y' if '::1' | ipv4 else 'n' }}{{ 'y' if '1.1.1.1' | ipaddr('broadcast') else 'n' }}{{ 'y' if '1.1.1.1' | ipaddr('ipv4') else 'n' }}", "nnnnnnny"),
    ("{{ 'yes' | ansible.builtin.bool | ansible.builtin.ternary('a', 'b') }}{{ '::1' | ansible.utils.ipwrap }}", "a[::1]"),
    ("{{ secret('env:PW') | b64encode }}", "czNjcjN0IHdvcmQ="),
    ("{{ ('admin:' ~ secret('env:PW')) | b64encode }}", "YWRtaW46czNjcjN0IHdvcmQ="),
    ("{{ [secret('env:JSON')] | to_json | quote }}", """'["{\\"password\\": \\"s3cr3t\\"}"]'"""),
    ("{{ {'a': secret('env:PW'), 'b': [1, secret('env:ACC')]} | to_json | quote }}", """'{"a": "s3cr3t word", "b": [1, "s3cr3t\\u00e9"]}'"""),
    ("{{ {'a': secret('env:ACC')} | to_nice_json(indent=1) | quote }}", '"{\\n \\"a\\": \\"s3cr3t\\\\u00e9\\"\\n}"'),
    ("{{ secret('env:B64') | b64decode }}{{ secret('env:ACC') | upper | lower }}", "s3cr3t-words3cr3té"),
    ("{{ secret('env:ACC') | hash('sha256') }}", "cb5ab0b0fa737047536d50c2cdf138afb13f93660d22fb5a4a59eaee01bb5b32"),
    ("{{ secret('env:ACC') | md5 }}", "2346a5979b279801546b59bbca28f64c"),
    ("{{ secret('env:ACC') | urlencode }} {{ secret('env:ACC') | regex_escape }} {{ secret('env:PW') | shell_quote | quote }}", "s3cr3t%C3%A9 s3cr3té \"'s3cr3t word'\""),
    ("{{ 'plain' | b64encode }}{{ [1.5, true] | to_json | b64encode }}", "cGxhaW4=WzEuNSwgdHJ1ZV0="),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), GIVEN)
def test_a_filter_gives_what_ansible_s_gives(source: str, expected: str, tmp_path: Path) -> None:
    assert text(source, tmp_path) == expected


LOOKS = "t.j2:1: this would read or change a secret"
REFUSED = [
    ("{{ 'maybe' | bool }}", "'maybe' is neither true nor false"),
    ("{{ nope | bool }}", "'nope' is undefined"),
    ("{{ nope | mandatory }}", "'nope' is undefined"),
    ("{{ nope | mandatory('say the port') }}", "say the port"),
    ("{{ {} | combine([1]) }}", "combine: expected objects, got a number"),
    ("{{ {} | combine(nope) }}", "'nope' is undefined"),
    ("{{ {} | combine({}, list_merge='x') }}", "list_merge: expected one of replace, keep"),
    ("{{ 'x' | dict2items }}", "dict2items: expected an object, got a text"),
    ("{{ [1] | items2dict }}", "items2dict: expected a list of objects"),
    ("{{ 'a' | regex_replace('(', '') }}", "the regular expression '('"),
    ("{{ 'a' | regex_replace('a', '\\\\2') }}", "the replacement"),
    ("{{ 'a' | regex_search('a', 'b') }}", "'b' is not a group"),
    ("{{ 'a' | regex_search('a', '\\\\2') }}", "regex_search"),
    ("{{ 'a' | regex_escape('x') }}", "re_type: expected python or posix_basic"),
    ("{{ 'a' | comment('xml') }}", "expected the style plain"),
    ("{{ 'http://[' | urlsplit }}", "urlsplit: 'http://['"),
    ("{{ 'http://x' | urlsplit('prt') }}", "unknown part 'prt'"),
    ("{{ 'x' | from_json }}", "from_json: "),
    ("{{ 'a: no' | from_yaml }}", "no is false in YAML 1.1"),
    ("{{ 'a: [' | from_yaml }}", "from_yaml:1:5"),
    ("{{ range | to_json }}", "to_json: "),
    ("{{ nope | to_json }}", "'nope' is undefined"),
    ("{{ [nope] | to_json }}", "'nope' is undefined"),
    ("{{ 'é' | b64decode }}", "b64decode"),
    ("{{ 'YQ=' | b64decode }}", "b64decode"),
    ("{{ 'a' | b64encode('x') }}", "unknown encoding"),
    ("{{ 'é' | b64encode('ascii') }}", "ascii"),
    ("{{ 'a' | hash('x') }}", "hash: unknown algorithm 'x'"),
    ("{{ 'y' if 'a' is version('') else 'n' }}", "'' is not a version"),
    ("{{ 'y' if '1' is version('1', '~') else 'n' }}", "unknown operator '~'"),
    ("{{ 'y' if 'a' is regex('a', match_type='x') else 'n' }}", "match_type: expected search"),
    ("{{ 'y' if 1 is contains(1) else 'n' }}", "expected a list, an object or a text, got a number"),
    ("{{ 'y' if nope is contains(1) else 'n' }}", "'nope' is undefined"),
    ("{{ [{}] | subelements('x') }}", "an object does not have 'x'"),
    ("{{ '10.0.0.1' | ipaddr('x') }}", "unknown query 'x'"),
    ("{{ 'x' | ipaddr }}", "the value is false"),
    ("{{ lookup('env', 'HOME') }}", "templates have no lookups"),
    ("{{ query('file', 'x') }}", "templates have no lookups"),
    ("{{ null | default(omit, true) }}", "omit removes entries"),
    ("{{ 'a' | extract({}) }}", "has no attribute 'a'"),
    ("{{ '__class__' | extract(net) }}", "__class__"),
    ("{{ net | map('extract', net) }}", ""),
    ("{{ secret('env:PW') | length }}", LOOKS),
    ("{{ secret('env:PW') | hash('sha512', 'x') }}", "hash does not accept these arguments for a secret"),
    ("{{ secret('env:PW') | hash('crc') }}", "t.j2:1: secret hash(env:PW,'crc'): hash: unknown algorithm 'crc'"),
    ("{{ secret('env:PW') | b64decode }}", "t.j2:1: secret b64decode(env:PW): b64decode: it is not base64"),
    ("{{ secret('env:PW') | word }}", "t.j2:1: secret word(env:PW): word: it is not one bare word"),
    ("{{ secret('env:BLANK') | trim }}", "t.j2:1: secret trim(env:BLANK): trim has an empty result"),
    ("{{ secret('env:PW') }}", "t.j2:1: the secret env:PW would be several words here; use the filter quote"),
    ("{{ (secret('env:JSON') | from_json).password }}", LOOKS),
    ("{{ (secret('env:JSON') | from_yaml).password }}", LOOKS),
    ("{{ secret('env:PW') | urlsplit('password') }}", LOOKS),
    ("{{ {secret('env:ACC'): 1} | to_json }}", LOOKS),
]  # fmt: skip


@pytest.mark.parametrize(("source", "what"), REFUSED)
def test_what_ansible_would_guess_is_refused(source: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        text(source, tmp_path)
    assert what in str(caught.value)
    assert "t.j2:1" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
