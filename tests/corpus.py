"""The corpora in `HSYNC_CORPUS`, or `shared/corpus` in the checkout. Without them, tests that need one are skipped."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(os.environ.get("HSYNC_CORPUS", Path(__file__).resolve().parents[2] / "shared" / "corpus"))

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpora are not beside this checkout")


def read_text(path: Path) -> str:
    """A text with unchanged line ends, and undecodable bytes as surrogates."""
    return path.read_bytes().decode("utf-8", "surrogateescape")


def json_lines(name: str) -> Iterator[dict[str, Any]]:
    """Records of a .jsonl file below the corpora."""
    with (CORPUS / name).open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def transitions() -> list[tuple[str, Path, Path]]:
    """The pairs of PAIRS.tsv: name, current, desired."""
    folder = CORPUS / "transitions"
    rows = (folder / "PAIRS.tsv").read_text(encoding="utf-8").splitlines() if folder.is_dir() else []
    return [(n, folder / c, folder / d) for n, c, d in (row.split("\t")[:3] for row in rows if row[:1] != "#")]
