"""Damaged texts: good texts with damage at a few places."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

__all__ = ["NASTY", "as_bytes", "damaged", "damaged_bytes"]

NASTY = (
    *("\x00", "\x01", "\x1b", "\x7f", "\t", "\n", "\n\n", "\r", "\r\n", "\v", "\f", "\n\f\n", "\n\v\n"),
    *("\x1c", "\n\x1c\n", "\x1f", "\x85", "\n\x85\n", "\xa0", "\u2028", "\n\u3000\n", "\ufeff", "\u202e", "\ud800"),
    *("\udce9", "\U0001f600", "'", '"', "\\", "\\x", "\\x4", "$", '"${A}"', "#", " # ", ".if x\n", ".endif\n"),
    *("%", "%%", "%zz", "%00", "{{", "}}", "{%", "[", "]", "{", "}", "(", ")", ",", ":", "-", "=", "/", "..", "../"),
    *("0", "-1", "1e999", "NaN", "Infinity", "9" * 30, "9" * 5000, "null", "true", "[]", "{}", '""', "&a *a", "!!x"),
    *(
        "global\n",
        "defaults\n",
        "\nbackend a\n",
        "\nlisten x\n",
        "backend",
        "from",
        "default",
        "no",
        "unknown",
        "a" * 300,
    ),
    "###_config-snippet_### BEGIN\n",
    "###_config-snippet_### END\n",
)
"""Pieces to insert: ends of lines or words, quotes, very long numbers, words of the language."""


@st.composite
def damaged(draw: st.DrawFn, texts: st.SearchStrategy[str], pieces: Sequence[str] = NASTY, most: int = 4) -> str:
    """A text with some pieces inserted, deleted, doubled or moved; sometimes unchanged."""
    text = draw(texts)
    for _ in range(draw(st.integers(0, most))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from((0, 0, 1, 2, 5, 20, 200))))
        cut = text[start:end]
        put = draw(st.sampled_from(("nasty", "nasty", "nasty", "gone", "twice", "moved", "any")))
        if put == "moved":
            rest = text[:start] + text[end:]
            at = draw(st.integers(0, len(rest)))
            text = rest[:at] + cut + rest[at:]
            continue
        new = {"gone": "", "twice": cut + cut}.get(put)
        if new is None:
            new = draw(st.sampled_from(pieces) if put == "nasty" else st.text(max_size=6))
        text = text[:start] + new + text[end:]
    return text


def damaged_bytes(texts: st.SearchStrategy[str], pieces: Sequence[str] = NASTY) -> st.SearchStrategy[bytes]:
    """A damaged text as bytes; a lone surrogate becomes one byte that is not UTF-8, or three bytes."""
    return damaged(texts, pieces).map(as_bytes)


def as_bytes(text: str) -> bytes:
    """A text as the bytes of a file."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
