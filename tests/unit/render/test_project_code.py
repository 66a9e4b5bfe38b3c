from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from hsync.errors import InputError
from hsync.render import render, run_project_code
from hsync.render.project_code import Additions

OWN = """\
FILTERS = {"double": lambda value: value * 2}
TESTS = {"odd": lambda value: value % 2 == 1, "tiny": lambda value: value < 3}
GLOBALS = {"zone": "eu"}
"""
PLUGIN = """\
class FilterModule(object):
    def filters(self):
        return {"flatten": lambda value: ",".join(sorted(value))}

class TestModule:
    def tests(self):
        return {"tiny": lambda value: value < 3}
"""


def added(folder: Path, code: str) -> Additions:
    (folder / "own.py").write_text(code, encoding="utf-8")
    return run_project_code(folder / "own.py", folder)


def text(folder: Path, template: str, code: str) -> str:
    (folder / "t.j2").write_text(template, encoding="utf-8")
    return render(folder / "t.j2", variables={}, root=folder, additions=added(folder, code)).text


def test_a_project_adds_filters_tests_and_globals(tmp_path: Path) -> None:
    code = OWN.replace('"odd": lambda value: value % 2 == 1, ', "")
    assert text(tmp_path, "{{ 2 | double }} {{ zone }} {{ 1 if 2 is tiny else 0 }}", code) == "4 eu 1"


def test_a_plugin_of_ansible_is_taken_and_may_replace_a_filter_of_ansible(tmp_path: Path) -> None:
    assert text(tmp_path, "{{ {'b': 1, 'a': 2} | flatten }} {{ 1 if 2 is tiny else 0 }}", PLUGIN) == "a,b 1"


def test_the_file_is_among_the_digests(tmp_path: Path) -> None:
    (tmp_path / "t.j2").write_text("x", encoding="utf-8")
    rendered = render(tmp_path / "t.j2", variables={}, root=tmp_path, additions=added(tmp_path, PLUGIN))
    assert dict(rendered.digests)["own.py"] == hashlib.sha256(PLUGIN.encode()).hexdigest()


REFUSED = [
    (OWN, "own.py: duplicate name: templates already have odd"),
    ('FILTERS = {"upper": str}', "own.py: duplicate name: templates already have upper"),
    ('GLOBALS = {"secret": str}', "own.py: duplicate name: templates already have secret"),
    ("x = 1\n1 / 0\n", "own.py:2: ZeroDivisionError"),
    ("x = \n", "own.py:1: SyntaxError"),
    ("def f():\n    raise ValueError('no')\nf()\n", "own.py:2: ValueError: no"),
    ("FILTERS = [1]", "own.py: TypeError: FILTERS is not a dict of names"),
    ("FILTERS = {1: str}", "own.py: TypeError: FILTERS is not a dict of names"),
    ('FILTERS = {"x": 1}', "own.py: TypeError: FILTERS['x'] is not a function"),
    ("FilterModule = 1", "own.py has no filters, tests or globals"),
    ("", "own.py has no filters, tests or globals"),
]


@pytest.mark.parametrize(("code", "what"), REFUSED)
def test_a_file_that_offers_something_else_is_refused(code: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        text(tmp_path, "x", code)
    assert what in str(caught.value)
    assert caught.value.hint
    assert str(tmp_path) not in str(caught.value)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read the file of filters .*none\.py"):
        run_project_code(tmp_path / "none.py", tmp_path)


def test_a_fault_of_a_filter_names_the_template(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"t\.j2:2: TypeError"):
        text(tmp_path, "\n{{ none | double }}", OWN.replace('"odd": lambda value: value % 2 == 1, ', ""))
