"""docs/templates.md lists exactly the filters, tests and globals of templates, and its examples are correct."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hsync.render import render
from hsync.render.ansible import ANSIBLE_FILTERS, ANSIBLE_TESTS
from hsync.render.environment import Environment, Loader, Settings, environment_of
from hsync.render.filters import FILTERS
from hsync.render.opaque import Taking
from hsync.render.project_code import Additions
from hsync.render.unknown import INSTEAD

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "templates.md").read_text(encoding="utf-8")
ALIASES = ("ansible.builtin.", "ansible.utils.")

_BLOCK = re.compile(r"^```jinja\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXAMPLE = re.compile(r"(?P<source>.*) \{# (?P<result>.*) #\}")


def section(title: str) -> str:
    """The text below a heading of the second level."""
    found = TEXT.partition(f"\n## {title}\n")[2]
    assert found, title
    return found.partition("\n## ")[0]


def listed(text: str) -> list[str]:
    """The names in the first cells of tables."""
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def environment() -> Environment:
    return environment_of(
        Loader(Path("x"), (), None), Settings.of("", ""), (), Taking(), Additions(), "plain", as_ansible=False
    )


@pytest.mark.parametrize("title", ["Filters", "Tests", "Globals"])
def test_the_page_lists_what_a_template_has(title: str) -> None:
    have = [name for name in getattr(environment(), title.lower()) if not name.startswith(ALIASES)]
    assert sorted(listed(section(title))) == sorted(have)


def examples() -> list[tuple[str, str]]:
    found = []
    for line in "".join(_BLOCK.findall(TEXT)).splitlines():
        match = _EXAMPLE.fullmatch(line)
        assert match, line
        found.append((match["source"], match["result"]))
    return found


@pytest.mark.parametrize(("source", "result"), examples())
def test_an_example_gives_what_it_says(source: str, result: str, tmp_path: Path) -> None:
    (tmp_path / "t.j2").write_text(source, encoding="utf-8")
    assert render(tmp_path / "t.j2", variables={}, root=tmp_path).text.strip() == result


def test_each_filter_and_test_of_ours_has_an_example() -> None:
    shown = "\n".join(source for source, _ in examples())
    assert [name for name in {**FILTERS, **ANSIBLE_FILTERS} if not re.search(rf"(\| |'){name}\b", shown)] == []
    assert [name for name in ANSIBLE_TESTS if not re.search(rf"\bis {name}\b", shown)] == []


def test_every_replacement_that_the_guide_names_is_what_a_template_is_told() -> None:
    guide = (DOCS / "from-ansible.md").read_text(encoding="utf-8").partition("\n## Missing filters\n")[2]
    named = [name for row in re.findall(r"^\| (`.*?`) \|", guide, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)]
    assert len(named) > 10
    assert [name for name in named if name not in INSTEAD and name != "now"] == []


def test_what_is_there_is_not_told_to_be_replaced() -> None:
    have = environment()
    assert [name for name in INSTEAD if name in have.filters or name in have.tests] == []
