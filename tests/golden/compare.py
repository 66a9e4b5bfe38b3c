"""Golden files: what an output was when somebody last looked at it. `HSYNC_UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def check_golden(name: str, text: str) -> None:
    """Compare a text with the golden file of this name."""
    file = FOLDER / name
    if os.environ.get("HSYNC_UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert file.is_file(), f"no golden file {name}: look at the text, then run with HSYNC_UPDATE_GOLDEN=1"
    assert text == file.read_text(encoding="utf-8"), f"{name} differs: look, then run with HSYNC_UPDATE_GOLDEN=1"
