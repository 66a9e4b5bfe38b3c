"""The glossary is short, and the documents use its terms, not other words for the same thing.

The data are on the page: the first table has the terms, the second one the words that are not used.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Module, modules

GLOSSARY = ROOT / "docs" / "glossary.md"
MOST = 40

CODE = re.compile(r"^(?P<fence>`{3,}).*?^(?P=fence)$|`[^`\n]+`|\]\([^)]*\)", re.MULTILINE | re.DOTALL)
"""Code blocks, words in backticks and link targets, which are not prose."""

PAGES = [ROOT / "README.md", *(path for path in sorted((ROOT / "docs").rglob("*.md")) if path != GLOSSARY)]


def rows(heading: str) -> list[tuple[str, str]]:
    """The first two columns of the table below a heading."""
    page = f"\n{GLOSSARY.read_text(encoding='utf-8')}"
    part = page.partition(f"\n{heading}\n")[2].partition("\n## ")[0]
    cells = [[one.strip() for one in line.split("|")[1:3]] for line in part.splitlines() if line.startswith("|")]
    return [(first, second) for first, second in cells[2:]]


def terms() -> list[str]:
    return [term for first, _ in rows("# Glossary") for term in first.split(", ")]


def not_used() -> list[str]:
    return [word for first, _ in rows("## Words that are not used") for word in first.split(", ")]


def used(text: str) -> list[str]:
    """Words of a text for which the glossary has another term."""
    prose = CODE.sub(" ", text)
    return [
        word for word in not_used() if re.search(rf"\b{word}(?:s|d|ed)?\b".replace(" ", r"\s+"), prose, re.IGNORECASE)
    ]


def test_the_glossary_is_short() -> None:
    assert 20 < len(terms()) <= MOST


def test_a_term_has_one_meaning() -> None:
    assert sorted(set(terms())) == sorted(terms())
    assert [first for first, meaning in rows("# Glossary") if not meaning] == []


def test_terms_are_sorted() -> None:
    firsts = [first for first, _ in rows("# Glossary")]
    assert firsts == sorted(firsts)


def test_the_word_to_use_is_a_term() -> None:
    words = {word for _, instead in rows("## Words that are not used") for word in instead.split()}
    assert words - set(terms()) <= {"push", "file", "fix"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_uses_the_words_of_the_glossary(path: Path) -> None:
    assert used(path.read_text(encoding="utf-8")) == []


def explanations(module: Module) -> Iterator[str]:
    """Docstrings of a module, including those below constants."""
    for node in module.nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value


@pytest.mark.parametrize("module", [pytest.param(one, id=one.name) for one in modules()])
def test_a_docstring_uses_the_words_of_the_glossary(module: Module) -> None:
    assert [word for text in explanations(module) for word in used(text)] == []


def test_docstrings_are_seen() -> None:
    tree = ast.parse('"""A."""\nX = "B"\n"""C."""\n\n\ndef f() -> None:\n    """D."""\n')
    assert list(explanations(Module("hsync.x", ROOT, tree))) == ["A.", "C.", "D."]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the API line of a server", ["API line"]),
        ("two API\nlines", ["API line"]),
        ("a Listener", ["listener"]),
        ("it reconciled, and repairs", ["reconcile", "repair"]),
        ("`listener` and ```text\n", []),
        ("```yaml\nlistener: x\n```\n[x](listener.md)", []),
        ("a line, a release, recommended", []),
    ],
)
def test_another_word_is_found(text: str, found: list[str]) -> None:
    assert used(text) == found
