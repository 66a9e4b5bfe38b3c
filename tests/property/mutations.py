"""Texts that nobody would write: good ones, damaged at a few places."""

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
"""What is put into a text: what ends lines or words somewhere, quotes, numbers without end, words of the language."""


@st.composite
def damaged(draw: st.DrawFn, texts: st.SearchStrategy[str], pieces: Sequence[str] = NASTY, most: int = 4) -> str:
    """A text with some pieces put in, taken out, doubled or moved; sometimes it stays as it is."""
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
    """The same as bytes; lone surrogates are bytes that are no UTF-8, or three of them."""
    return damaged(texts, pieces).map(as_bytes)


def as_bytes(text: str) -> bytes:
    """A text as a file may hold it."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
