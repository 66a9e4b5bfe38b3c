"""derivations: filters for secrets. Their result is a secret as well, with a recipe instead of a name.

A template never has the value of a secret, so these filters do not run in it: they run after a template was rendered,
and again when a plan is applied.

Rule 1: pure functions of texts: the same value gives the same text on every machine.
Rule 2: a message has no part of the value.

Source: HAProxy manual 2.2 "Quoting and escaping"; Ansible's filters of the same names.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

__all__ = ["ARGUMENTS", "CONTROL", "DERIVATIONS", "SPECIAL", "derived", "quoted_word"]

CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
SPECIAL = re.compile(r"[\s\"'\\#$]")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted_word(text: str) -> str:
    """A text as one word of HAProxy: bare if possible, else in quotes.

    Raises:
        ValueError: the text has NUL.
    """
    if "\0" in text:
        raise ValueError("HAProxy does not accept NUL in a word")
    if text and not SPECIAL.search(text) and not CONTROL.search(text):
        return text
    if "'" not in text and not CONTROL.search(text) and "\t" not in text:
        return f"'{text}'"
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    return _ESCAPES.get(char) or (f"\\x{ord(char):02x}" if CONTROL.match(char) else char)


def bare_word(text: str) -> str:
    """Return a text that is one bare word.

    Raises:
        ValueError: the text needs quotes.
    """
    if not text or SPECIAL.search(text) or CONTROL.search(text):
        raise ValueError("it is not one bare word")
    return text


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _b64decode(text: str) -> str:
    try:
        return b64decode(text, validate=True).decode("utf-8")
    except ValueError:
        raise ValueError("it is not base64 of a text") from None


def _hash(text: str, kind: str = "sha1") -> str:
    if kind not in hashlib.algorithms_guaranteed or kind.startswith("shake"):
        raise ValueError(f"unknown algorithm {kind!r}; known are md5, sha1, sha224, sha256, sha384, sha512")
    return hashlib.new(kind, _bytes(text), usedforsecurity=False).hexdigest()


DERIVATIONS: Mapping[str, Callable[..., str]] = {
    "b64decode": _b64decode,
    "b64encode": lambda text: b64encode(_bytes(text)).decode("ascii"),
    "checksum": _hash,
    "hash": _hash,
    "lower": str.lower,
    "md5": lambda text: _hash(text, "md5"),
    "quote": quoted_word,
    "regex_escape": re.escape,
    "sha1": _hash,
    "shell_quote": shlex.quote,
    "to_json": json.dumps,
    "trim": str.strip,
    "upper": str.upper,
    "urlencode": lambda text: quote(_bytes(text), safe="/"),
    "word": bare_word,
}
"""Filters that accept a secret. All other filters refuse it."""


def _part(text: str, start: str, length: str) -> str:
    return text[int(start) : int(start) + int(length)]


RECIPES: Mapping[str, Callable[..., str]] = {**DERIVATIONS, "part": _part}
"""Functions in recipes: the filters, and `part`, which plans use if the API splits a secret into several fields."""

ARGUMENTS: Mapping[str, int] = {"hash": 1}
"""Maximum number of arguments of a filter, besides the secret."""


def derived(name: str, text: str, arguments: Sequence[str] = ()) -> str:
    """The result of a filter.

    Args:
        name: name of the filter.
        text: the text.
        arguments: arguments of the filter.

    Raises:
        ValueError: there is no such filter for secrets, or it does not accept the text; the message has no part of it.
    """
    try:
        return RECIPES[name](text, *arguments)
    except (LookupError, TypeError) as fault:
        raise ValueError("there is no such filter for secrets") from fault
