"""All citations in modules and documents exist in this repository: pages, sections of pages, files.

A module head names its source as `docs/reference/dataplane-api.md 6.1`; a section is the number of a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

FOLDERS = ("hsync", "tests", "bench", "demo", "docs")

IMAGINED = {
    "filter_plugins/x.py": "a file of an Ansible role",
}
"""Paths that are only examples, with their meaning."""

HOMES = (".", "hsync", "hsync/dataplane")
"""Folders in which a short path may start."""

PAGE = re.compile(
    r"\b(?P<page>docs/[\w/-]+\.md)"
    r"(?P<rest>(?:,?\s+(?:and\s+|to\s+|section\s+)*\d+(?:\.\d+)*\b(?:\s\([^)]*\))?)*)"
)
FILE = re.compile(  # but for those that stand for any: `hsync/sections/KIND.py`
    r"(?<![\w/.-])(?:docs|tests|hsync|bench|demo|examples)/(?:[\w-]+/)*(?![A-Z]+\.)[\w-]+\.(?:py|md|txt|go|toml|j2|cfg)\b"
)
HEADING = re.compile(r"^#+ (\d+(?:\.\d+)*)\.? |^(\d+)\. ", re.MULTILINE)
SHORT = re.compile(r"`((?:[a-z_]+/)+[a-z_]+\.py)`")
"""A module in a document, relative to the package: `plan/obstacles.py`."""
NOT_HERE = re.compile(
    r"(?<!docs/)(?<!\()\breference(?:/\w| \d)|\(reference \d|\bdesign\.md|\bexchanges? (?:\d|README)|\boracle README|\bcorpus/\w+/README"
)


def texts() -> Iterator[Path]:
    """All sources and documents."""
    yield from (ROOT / "README.md", ROOT / "pyproject.toml")
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".md"} and path != Path(__file__):
                yield path


TEXTS = [pytest.param(path, id=str(path.relative_to(ROOT))) for path in texts()]


@cache
def sections(page: str) -> frozenset[str]:
    """The section numbers of a page: those of its headings, and `7.3` for the third list item below heading 7."""
    found: set[str] = set()
    above = ""
    for match in HEADING.finditer((ROOT / page).read_text(encoding="utf-8")):
        above = match[1] or above
        found.add(match[1] or f"{above}.{match[2]}")
    return frozenset(found)


def wrong(text: str) -> list[str]:
    """Citations of a page, section or file that does not exist."""
    found = [path for path in FILE.findall(text) if not (ROOT / path).is_file()]
    found += [one for one in SHORT.findall(text) if not any((ROOT / above / one).is_file() for above in HOMES)]
    found += NOT_HERE.findall(text)
    for match in PAGE.finditer(text):
        numbers = re.findall(r"(?<![\w.])\d+(?:\.\d+)*", re.sub(r"\([^)]*\)", "", match["rest"]))
        if (ROOT / match["page"]).is_file():
            found += [f"{match['page']} {number}" for number in numbers if number not in sections(match["page"])]
    return [one for one in found if one not in IMAGINED]


@pytest.mark.parametrize("path", TEXTS)
def test_a_citation_leads_somewhere(path: Path) -> None:
    assert wrong(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Source: docs/reference/dataplane-api.md 6.1.", []),
        ("Source: docs/reference/dataplane-api.md 1 to 3, 5 (cost, 9.9), 4.2 and 4.3 (what 8.8); tests/x", []),
        ("Source: docs/reference/dataplane-api.md 7.3, 7.5.", []),
        ("Source: docs/reference/dataplane-api.md 6.1 and\n    99.1", ["docs/reference/dataplane-api.md 99.1"]),
        ("Source: docs/reference/dataplane-api.md 7.9", ["docs/reference/dataplane-api.md 7.9"]),
        ("Source: docs/reference/nowhere.md 1", ["docs/reference/nowhere.md"]),
        ("Source: reference/runtime.md", ["reference/r"]),
        ("Source: design.md 8; exchange 118", ["design.md", "exchange 1"]),
        ("as hsync/plan/nowhere.py does", ["hsync/plan/nowhere.py"]),
        ("`plan/obstacles.py`, `embedded/storage.py`, `plan/nowhere.py`", ["plan/nowhere.py"]),
    ],
)
def test_a_citation_that_leads_nowhere_is_found(text: str, found: list[str]) -> None:
    assert wrong(text) == found


def test_every_exception_is_needed() -> None:
    everything = "\n".join(path.read_text(encoding="utf-8") for path in texts())
    assert [one for one in IMAGINED if one not in everything] == []


def test_citations_are_found() -> None:
    cited = [match for path in texts() for match in PAGE.finditer(path.read_text(encoding="utf-8")) if match["rest"]]
    assert len(cited) > 40
