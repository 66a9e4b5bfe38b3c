"""Golden files: outputs at their last review. `HSYNC_UPDATE_GOLDEN=1` updates them."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def check_golden(name: str, text: str) -> None:
    """Compare a text with the golden file with this name."""
    file = FOLDER / name
    if os.environ.get("HSYNC_UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert file.is_file(), f"no golden file {name}: look at the text, then run with HSYNC_UPDATE_GOLDEN=1"
    assert text == file.read_text(encoding="utf-8"), f"{name} differs: look, then run with HSYNC_UPDATE_GOLDEN=1"
