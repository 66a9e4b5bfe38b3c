"""Bombs: templates and variables that ask for all the time, memory or output there is, in a process with small limits.

Each is refused with the line of the template, the limit and how to raise it; CPU time and memory stay bounded.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from hsync.errors import InputError
from hsync.render import Job, Limits, render_apart

pytestmark = pytest.mark.attack("bombs")

LIMITS = Limits(seconds=1, memory_mb=150, output_mb=1)

TIME = r"this takes more than 1 s of CPU time"
MEMORY = r"this needs more than 150 MB of memory"
OUTPUT = r"this gives more than 1 MB of text"
ENDLESS = r"this includes, calls or extends itself, or is nested too deep"
ANY = rf"(?:{TIME}|{MEMORY}|{OUTPUT})"

GROWN = "{% set ns = namespace(a=[0], b=[0]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}\n"
DEEP = "{% set ns = namespace(a=[0]) %}{% for i in range(99999) %}{% set ns.a = [ns.a] %}{% endfor %}\n"
TWICE = "{% for i in range(99999) %}{% for j in range(99999) %}"
ENDS = "{% endfor %}{% endfor %}"

BOMBS = {
    # Loops, whose bodies give nothing, keep something, or write.
    "nested loops": (f"x\n{TWICE}{ENDS}", rf"main\.j2:2: {TIME}"),
    "nested loops over several lines": ("x\n{% for i in range(99999) %}\n{% for j in range(99999) %}\n{% set x = i %}\n{% endfor %}{% endfor %}", rf"main\.j2:[34]: {TIME}"),
    "a loop that writes": (f"x\n{TWICE}{{{{ i }}}} line\n{ENDS}", rf"main\.j2:2: {ANY}"),
    "a loop that writes large texts": (f"x\n{TWICE}\n{{{{ 'x' * 100000 }}}}{ENDS}", rf"main\.j2:[23]: {ANY}"),
    "a list that grows": (f"{{% set l = [] %}}\n{TWICE}\n{{% do l.append('x' * 1000) %}}{ENDS}", rf"main\.j2:3: {ANY}"),
    "an object that grows": (f"{{% set d = {{}} %}}\n{TWICE}\n{{% do d.update({{i * 99999 + j: i}}) %}}{ENDS}", rf"main\.j2:3: {ANY}"),
    "a namespace that doubles": ("{% set ns = namespace(x='abc') %}\n{% for i in range(99) %}\n{% set ns.x = ns.x ~ ns.x %}\n{% endfor %}", rf"main\.j2:3: {MEMORY}"),
    "a cycler": (f"{{% set c = cycler('a', 'b') %}}\n{TWICE}{{{{ c.next() }}}}{ENDS}", rf"main\.j2:2: {ANY}"),
    "a loop over a list that it makes longer": ("{% set l = [1] %}\n{% for i in l %}\n{% do l.append(1) %}{% endfor %}", rf"main\.j2:[23]: {ANY}"),
    "a recursive loop": ("x\n{% for i in [1, 2, 3] recursive %}\n{{ loop([1, 2, 3]) }}{% endfor %}", rf"main\.j2:3: {ENDLESS}"),
    # Numbers and texts.
    "a power": ("x\n{{ 9 ** (9 ** 9) }}", rf"main\.j2:2: {ANY}"),
    "a power of a variable": ("x\n{% set n = 9 %}\n{{ n ** (n ** n) }}", rf"main\.j2:3: {ANY}"),
    "a power that is not shown": ("x\n{% set n = 9 ** (9 ** 9) %}", rf"main\.j2:2: {ANY}"),
    "a text times a number": ("x\n{{ 'x' * 10 ** 10 }}", rf"main\.j2:2: {MEMORY}"),
    "a list times a number": ("x\n{% set l = [1] * 10 ** 10 %}", rf"main\.j2:2: {MEMORY}"),
    "a list times a number, again and again": (f"x\n{{% set l = [1] * 10 ** 6 %}}{TWICE}{{% set x = l | sum %}}{ENDS}", rf"main\.j2:2: {ANY}"),
    "%d with a width": ("x\n\n{{ '%1000000000d' | format(1) }}", rf"main\.j2:3: {MEMORY}"),
    "% with a width": ("x\n\n{{ '%1000000000d' % 1 }}", rf"main\.j2:3: {MEMORY}"),
    "format with a width": ("x\n\n{{ '{:>1000000000}'.format(1) }}", rf"main\.j2:3: {MEMORY}"),
    "format with a precision": ("x\n\n{{ '{:.999999999f}'.format(1.5) }}", rf"main\.j2:3: {MEMORY}"),
    "center": ("x\n{{ 'a' | center(10 ** 9) }}", rf"main\.j2:2: {MEMORY}"),
    "ljust": ("x\n{{ 'a'.ljust(10 ** 9) }}", rf"main\.j2:2: {MEMORY}"),
    "expandtabs": ("x\n{{ ('\t' * 1000).expandtabs(10 ** 7) }}", rf"main\.j2:2: {MEMORY}"),
    "indent": ("x\n{{ ('a\\n' * 10000) | indent(10 ** 6) | length }}", rf"main\.j2:2: {MEMORY}"),
    "replace": ("x\n{{ ('a' * 10 ** 6) | replace('a', 'b' * 10 ** 6) }}", rf"main\.j2:2: {MEMORY}"),
    "join": ("x\n{{ (['x' * 10 ** 6] * 10 ** 6) | join('y' * 10 ** 6) }}", rf"main\.j2:2: {MEMORY}"),
    "wordwrap": ("x\n{{ ('ab ' * 10 ** 7) | wordwrap(1) }}", rf"main\.j2:2: {ANY}"),
    "batch": ("x\n{{ [1] | batch(10 ** 9, 0) | list | length }}", rf"main\.j2:2: {MEMORY}"),
    "slice": ("x\n{{ [1] | slice(10 ** 9) | list | length }}", rf"main\.j2:2: {ANY}"),
    "range of anything": ("x\n{{ range(10 ** 12) | list }}", r"main\.j2:2: OverflowError: Range too big"),
    "lipsum": ("x\n{{ lipsum(n=10 ** 9) }}", r"main\.j2:2: 'lipsum' is undefined"),
    "characters that normalise to many": ("x\n{{ ('ﷺ' * 10 ** 8) | upper | lower | length }}", rf"main\.j2:2: {ANY}"),
    # Patterns, comparisons and dumps: functions of C, some of which no exception can leave.
    "a pattern that goes back": ("x\n{{ ('a' * 40 ~ 'b') | regex_search('(a+)+$') }}", rf"main\.j2:2: {TIME}"),
    "a replacement that goes back": ("x\n{{ ('a' * 40 ~ 'b') | regex_replace('^(a|a)*$', '') }}", rf"main\.j2:2: {TIME}"),
    "a test that goes back": ("x\n{% if ('a' * 40 ~ 'b') is match('(a*)*$') %}{% endif %}", rf"main\.j2:2: {TIME}"),
    "two lists that are compared": (f"{GROWN}x\n{{{{ ns.a == ns.b }}}}", rf"main\.j2:3: {TIME}"),
    "a list in a list as JSON": (f"{GROWN}x\n{{{{ ns.a | to_json }}}}", rf"main\.j2:3: {ANY}"),
    "a list in a list as text": (f"{GROWN}x\n{{{{ ns.a | string }}}}", rf"main\.j2:3: {ANY}"),
    "a list in a list, flat": (f"{GROWN}x\n{{{{ ns.a | flatten | length }}}}", rf"main\.j2:3: {ANY}"),
    "a list in a list, printed": (f"{GROWN}x\n{{{{ ns.a | pprint }}}}", rf"main\.j2:3: {ANY}"),
    "depth as text": (f"{DEEP}x\n{{{{ ns.a | string | length }}}}", rf"main\.j2:3: {ENDLESS}"),
    "depth as JSON": (f"{DEEP}x\n{{{{ ns.a | to_json }}}}", r"main\.j2:3: (?:to_json: maximum recursion depth|.* nested too deep)"),
    "depth from JSON": ("x\n{{ ('[' * 10 ** 5) | from_json }}", r"main\.j2:2: (?:from_json: maximum recursion depth|.* nested too deep)"),
    "YAML from YAML": ("x\n{{ ('- ' * 10 ** 5) | from_yaml }}", rf"main\.j2:2: (?:{ANY}|from_yaml:1:\d+: nested too deep)"),
    "differences": ("x\n{{ range(99999) | list | difference(range(99999) | list) | length }}", rf"main\.j2:2: {TIME}"),
    # Circles.
    "a macro that calls itself": ("x\n{% macro f() %}\n{{ f() }}\n{% endmacro %}\n{{ f() }}", rf"main\.j2:3: {ENDLESS}"),
    "a macro that calls itself twice": ("{% macro f(n) %}\n{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}\n{% endmacro %}\n{{ f(60) }}", rf"main\.j2:2: {ANY}"),
    "two macros that call each other": ("{% macro f() %}{{ g() }}{% endmacro %}\n{% macro g() %}{{ f() }}{% endmacro %}\n{{ f() }}", rf"main\.j2:[12]: {ENDLESS}"),
    "a template that includes itself": ("x\n{% include 'main.j2' %}", rf"main\.j2:2: {ENDLESS}"),
    "a template that includes one that includes it": ("x\n{% include 'back.j2' %}", rf"(?:main|back)\.j2:[12]: {ENDLESS}"),
    "a template that extends itself": ("{% extends 'main.j2' %}", rf"main\.j2:1: {ENDLESS}"),
    "a template that imports itself": ("x\n{% import 'main.j2' as m with context %}", rf"main\.j2:2: {ENDLESS}"),
    "a block that shows itself": ("x\n{% block a %}\n{{ self.a() }}{% endblock %}", rf"main\.j2:3: {ENDLESS}"),
    "an expression of brackets": ("x\n{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", rf"main\.j2:2: {ENDLESS}"),
    "an expression of lists": ("x\n{{ " + "[" * 5000 + "]" * 5000 + " }}", rf"main\.j2:2: {ENDLESS}"),
    "many nested ifs": ("x\n" + "{% if 1 %}" * 3000 + "{% endif %}" * 3000, rf"main\.j2:2: {ENDLESS}"),
    "a long chain of filters": ("x\n{{ 'a'" + " | upper" * 20000 + " }}", rf"main\.j2:2: (?:{ENDLESS}|{ANY})"),
    # What the process reads before and around templates.
    "a part that is a bomb": ("x\n{% include 'part.j2' %}", rf"part\.j2:3: {ANY}"),
    "a constant": ("x\n{{ ('x' * 10 ** 8) | length }}{{ ('x' * 10 ** 8) }}", rf"main\.j2:2: {ANY}"),
    "a line without end": ("x\n" + "a" * 2_000_000, rf"main\.j2:2: {OUTPUT}"),
    "many lines": ("x\n" * 600_000, rf"main\.j2(?::\d+)?: {ANY}"),
}  # fmt: skip

FILES = {
    "back.j2": "{% include 'main.j2' %}",
    "part.j2": f"x\n\n{TWICE}{{% set x = i %}}{ENDS}",
}


def refusal(folder: Path, *files: str, limits: Limits = LIMITS) -> InputError:
    wanted = Job((folder / "main.j2",), (folder,), folder, tuple(folder / name for name in files))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(InputError) as caught:
        render_apart(wanted, limits)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert used < limits.seconds + 2.5
    assert after.ru_maxrss <= max(before.ru_maxrss, (limits.memory_mb + 20) * 1024) + 8 * 1024
    return caught.value


def _some(names: Iterable[str]) -> Iterator[object]:
    """Every third is in `make test`, the others in `make torture`."""
    for number, name in enumerate(names):
        yield pytest.param(name, marks=[pytest.mark.torture] if number % 3 else [])


@pytest.mark.parametrize("name", [*_some(BOMBS)])
def test_a_bomb_is_refused_at_its_line(name: str, tmp_path: Path) -> None:
    text, told = BOMBS[name]
    for file, content in {**FILES, "main.j2": text}.items():
        (tmp_path / file).write_text(content)
    error = refusal(tmp_path)
    assert re.match(told, error.message), error.message[:300]
    assert error.hint
    assert len(error.message) < 1000
    if limit := re.search(ANY, error.message):
        name = {"takes": "SECONDS=4", "needs": "MEMORY_MB=600", "gives": "OUTPUT_MB=4"}[limit[0].split()[1]]
        assert error.hint == f"correct it, or raise the limit: export HSYNC_RENDER_{name}"


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)

VARIABLES = {
    "billions of laughs": (LAUGHS, r"  v\.yaml:7:\d+: more than 2000000 values"),
    "laughs in objects": (re.sub(r"\[(.*)\]", lambda m: "{" + ", ".join(f"k{i}: {v}" for i, v in enumerate(m[1].split(", "))) + "}", LAUGHS, flags=re.MULTILINE), r"  v\.yaml:7:\d+: more than 2000000 values"),
    "depth in brackets": ("a: " + "[" * 100_000, r"  v\.yaml:1:\d+: nested too deep"),
    "depth in blocks": ("".join(" " * n + "a:\n" for n in range(2000)), rf"(?:v\.yaml:\d+: {ANY}|[^\n]*\n  v\.yaml:\d+:\d+: nested too deep)"),
    "depth in lists": ("- " * 100_000, rf"(?:v\.yaml:\d+: {ANY}|[^\n]*\n  v\.yaml:\d+:\d+: nested too deep)"),
    "many values": ("a:\n" + "- {b: 1, c: [1, 2, 3]}\n" * 60_000, rf"v\.yaml(?::\d+)?: {ANY}"),
    "one large text": ("a: |\n" + "  " + "x" * 1000 + "\n" + "  x\n" * 3_000_000, rf"v\.yaml(?::\d+)?: {ANY}"),
    "many keys": ("".join(f"k{n}: {n}\n" for n in range(200_000)), rf"v\.yaml(?::\d+)?: {ANY}"),
    "many anchors": ("".join(f"k{n}: &a{n} {{x: 1}}\n" for n in range(100_000)), rf"v\.yaml(?::\d+)?: {ANY}"),
    "merges of merges": ("a: &a {x: 1}\n" + "".join(f"{new}: &{new}\n  <<: [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)), r"  v\.yaml:\d+:\d+: more than 2000000 values"),
}  # fmt: skip


@pytest.mark.parametrize("name", [*_some(VARIABLES)])
def test_variables_that_are_a_bomb_are_refused(name: str, tmp_path: Path) -> None:
    text, told = VARIABLES[name]
    (tmp_path / "main.j2").write_text("x")
    (tmp_path / "v.yaml").write_text(text)
    error = refusal(tmp_path, "v.yaml")
    assert re.search(told, error.message), error.message[:300]
    assert error.hint or "split the file" in error.message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("v.json", "[" * 100_000),
        ("v.json", '{"a":' * 100_000),
        ("v.toml", "a = " + "[" * 100_000),
        ("v.json", '{"a": [' + "[]," * 5_000_000 + "[]]}"),
    ],
)
def test_other_variables_that_are_a_bomb_are_refused(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "main.j2").write_text("x")
    (tmp_path / name).write_text(text)
    error = refusal(tmp_path, name)
    assert re.search(rf"{re.escape(name)}(?::\d+:\d+: nested too deep|: {ANY}|:\d+:\d+: )", error.message), (
        error.message[:300]
    )


def test_templates_among_the_variables_are_bounded_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "main.j2").write_text("x\n{{ a }}\n")
    (tmp_path / "v.yaml").write_text(
        'b: 1\na: "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"\n'
    )
    assert re.match(rf"main\.j2:1: v\.yaml:2:4: a: {TIME}", refusal(tmp_path, "v.yaml").message)


@pytest.mark.parametrize(
    "name",
    [
        "a list that grows",
        pytest.param("nested loops", marks=pytest.mark.torture),
        pytest.param("a pattern that goes back", marks=pytest.mark.torture),
        pytest.param("two lists that are compared", marks=pytest.mark.torture),
    ],
)
def test_the_default_limits_hold_as_well(name: str, tmp_path: Path) -> None:
    """In less than 10 s of CPU time and 512 MB of memory."""
    (tmp_path / "main.j2").write_text(BOMBS[name][0])
    # In a process of its own: what is used counts for all its children together.
    done = subprocess.run([sys.executable, "-c", ALONE, tmp_path], capture_output=True, text=True, check=True)
    message, seconds, kilobytes = done.stdout.rsplit(maxsplit=2)
    limits = "takes more than 6 s of CPU time|needs more than 400 MB of memory"
    assert re.match(rf"main\.j2:\d: this (?:{limits})", message), message
    assert float(seconds) < 9
    assert int(kilobytes) < 512 * 1024


ALONE = """
import resource, sys
from pathlib import Path
from hsync.errors import InputError
from hsync.render import Job, render_apart
folder = Path(sys.argv[1])
try:
    render_apart(Job((folder / "main.j2",), (folder,), folder))
except InputError as error:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(error.message, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


def test_what_the_hint_says_is_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "main.j2").write_text("{% set l = ['x' * 1000000] %}{{ l[0] | length }}{{ (l[0] * 60) | length }}")
    wanted = Job((tmp_path / "main.j2",), (tmp_path,), tmp_path)
    monkeypatch.setenv("HSYNC_RENDER_MEMORY_MB", "75")
    with pytest.raises(InputError, match="more than 75 MB of memory") as caught:
        render_apart(wanted)
    _, _, typed = caught.value.hint.partition("export ")
    name, _, value = typed.partition("=")
    os.environ[name] = value
    assert render_apart(wanted).rendered[0].text.startswith("1000000")
