"""yaml_scalars: the values of bare words of YAML, in version 1.1 (Ansible, PyYAML) and in version 1.2.

Rule 1: a word that the two versions read differently is a fault, unless the project sets the version.

Source: https://yaml.org/spec/1.2.2/ 10.3.2 (core schema), https://yaml.org/type/ as implemented by PyYAML's resolver
and safe constructor: `y` and `n` are texts, and an exponent needs a sign.
"""

from __future__ import annotations

import re

__all__ = ["UnreadError", "ambiguity", "in_1_1", "in_1_2"]

Scalar = str | int | float | bool | None


class UnreadError(ValueError):
    """A word whose value is not possible in JSON, such as a date."""


_BARE_TEXT = re.compile(r"[A-Za-z_/*$@%(<>=\[{][^\n]*")
_WORDS_1_1 = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
_LETTERS = {"y": True, "n": False}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_ENDLESS = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

_INT_1_2 = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT_1_2 = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

_INT_1_1 = re.compile(
    r"[-+]?(0b[0-1_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*(?P<clock>(:[0-5]?[0-9])+)?)",
)
_FLOAT_1_1 = re.compile(
    r"[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?"
    r"|[-+]?[0-9][0-9_]*(?P<clock>(:[0-5]?[0-9])+\.[0-9_]*)"
)
_DATE_1_1 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9].*")

_MOST_DIGITS = 4300
"""Maximum number of digits: Python does not read longer numbers, and no configuration has any."""


def in_1_2(word: str) -> Scalar:
    """The value of a bare word in YAML 1.2.

    Args:
        word: as it is written, without quotes.

    Raises:
        UnreadError: the value is not possible in JSON.
    """
    if word in _NULLS:
        return None
    if word in _TRUTHS:
        return _TRUTHS[word]
    if _INT_1_2.fullmatch(word):
        return _int(word, {"0o": 8, "0x": 16}.get(word[:2], 10))
    if _ENDLESS.fullmatch(word):
        raise UnreadError(f"{word} is not a JSON number")
    return _float(word, word) if _FLOAT_1_2.fullmatch(word) else word


def in_1_1(word: str) -> Scalar:
    """The value of a bare word in YAML 1.1, as in PyYAML.

    Args:
        word: as it is written, without quotes.

    Raises:
        UnreadError: the value is not possible in JSON.
    """
    if word in _NULLS:
        return None
    if word in {word.lower(), word.upper(), word.capitalize()} and word.lower() in _WORDS_1_1:
        return _WORDS_1_1[word.lower()]
    if found := _INT_1_1.fullmatch(word):
        return _int_1_1(word.replace("_", ""), clock=bool(found["clock"]))
    if _ENDLESS.fullmatch(word):
        raise UnreadError(f"{word} is not a JSON number")
    if found := _FLOAT_1_1.fullmatch(word):
        plain = word.replace("_", "")
        return _clock(plain) if found["clock"] else _float(plain, word)
    if _DATE_1_1.fullmatch(word):
        raise UnreadError(f"a date ({word}) is not a text, number, list or object")
    return word


def _int_1_1(plain: str, *, clock: bool) -> int:
    if clock:
        return int(_clock(plain))
    digits = plain.lstrip("+-")
    base = {"0b": 2, "0x": 16}.get(digits[:2], 8 if digits[:1] == "0" and len(digits) > 1 else 10)
    return _int(plain, base)


def _int(plain: str, base: int) -> int:
    if len(plain) > _MOST_DIGITS:
        raise UnreadError(f"a number of {len(plain)} digits is too long")
    try:
        return int(plain, base)
    except ValueError:
        raise UnreadError(f"{plain} is not a number") from None


def _float(plain: str, word: str) -> float:
    value = float(plain)
    if value in {float("inf"), float("-inf")}:
        raise UnreadError(f"{word} is not a JSON number")
    return value


def _clock(plain: str) -> float:
    """`1:30`, a number with the base 60."""
    sign = -1 if plain.startswith("-") else 1
    value = 0.0
    for part in plain.lstrip("+-").split(":"):
        value = value * 60 + float(part)
    return sign * value


def ambiguity(word: str, *, is_key: bool = False) -> tuple[str, str] | None:
    """The difference between the versions for a bare word.

    Args:
        word: the word.
        is_key: whether it is a key: `y` and `n` are texts as keys in both versions.

    Returns:
        The values in both versions, and a remedy; None if the versions agree.
    """
    if len(word) > 5 and _BARE_TEXT.fullmatch(word):
        return None
    if word.lower() in _LETTERS and not is_key:
        meant = _shown(_LETTERS[word.lower()])
        return f"{word} is {meant} in YAML 1.1 and a text in YAML 1.2", f'write {meant} or "{word}"'
    old, new = _reading(in_1_1, word), _reading(in_1_2, word)
    if old == new:
        return None
    choices = dict.fromkeys(shown for shown in (_writable(old), _writable(new), f'"{word}"') if shown)
    return (
        f"{word} is {old[1]} in YAML 1.1 (Ansible) and {new[1]} in YAML 1.2",
        f"write {' or '.join(choices)}",
    )


def _reading(read: object, word: str) -> tuple[str, str]:
    """Kind and description of the value in a version."""
    try:
        value = in_1_1(word) if read is in_1_1 else in_1_2(word)
    except UnreadError:
        return "other", "a date" if _DATE_1_1.fullmatch(word) else "not a JSON number"
    if isinstance(value, str):
        return "text", f'the text "{value}"'
    return type(value).__name__, _shown(value)


def _writable(reading: tuple[str, str]) -> str:
    return "" if reading[0] in {"text", "other"} else reading[1]


def _shown(value: Scalar) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
