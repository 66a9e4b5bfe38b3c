"""Reads the case files: blocks of lines; the first word of a line is its kind (README.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "sections"


@dataclass(frozen=True)
class Case:
    """A block, with its file and line."""

    kind: str
    where: str
    parts: dict[str, str]


def cases(*words: str) -> list[Case]:
    """All blocks of all section kinds with a line that begins with one of the words."""
    blocks = [case for path in sorted(FOLDER.glob("*.txt")) for case in _blocks(path)]
    return [case for case in blocks if any(word in case.parts for word in words)]


def _blocks(path: Path) -> Iterator[Case]:
    parts: dict[str, str] = {}
    start = 0
    for number, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), ""], 1):
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            assert word not in parts, f"{path.name}:{number}: {word} twice in a block"
            start = start or number
            parts[word] = rest
        elif not line.strip() and parts:
            yield Case(path.stem, f"{path.name}:{start}", parts)
            parts, start = {}, 0
