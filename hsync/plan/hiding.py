"""hiding: masks the secrets in lines of a configuration, by their places.

Rule 1: a secret is masked only at its place: in its word of its line. The same word at another place is not masked,
since the mask would show that the word is the secret; all outputs mask the same places for the same reason.
Rule 2: every output masks lines with this module: changes, diff, unaddressed lines, reasons, faults, messages.
Rule 3: a line is parsed as a line of any section that has its keyword, so lines of `listen`, of unknown kinds, and
lines that hsync cannot parse to their end have masked secrets, too. In doubt a word is masked.

Theory of operation: most secrets are fields that the section tables mark as secret. To find the word of such a field,
each word is replaced, and the line parsed again. Two kinds of words are secret without a table: the value after a
secret name (`setenv API_TOKEN`, `set-header Authorization`), and values that look like credentials at any place
(`Basic ...`, `://user:password@`).

Messages *about* a text, such as those of a server, have no places. In them a secret is masked by its value, unless the
value is also an ordinary word of the text: then the message does not reveal it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache, lru_cache

from hsync.schema import Fields, Form, Json, Mismatch, Row, get
from hsync.secrecy import MASK, hide_line
from hsync.sections import by_kind
from hsync.syntax import Section, Word, split

__all__ = [
    "hidden_by_its_words",
    "hidden_line",
    "hidden_reason",
    "lines_in",
    "repeated",
    "secret_words",
    "telling",
    "values_at_paths",
]

_SUSPECT = (
    *("auth", "pass", "pwd", "secret", "token", "key", "credential", "user", "md5sig", "acme-vars"),
    *("set-var", "setenv", "send", "://", "basic", "bearer", "digest"),
)
"""A line without a match has no secret; a test checks this against the tables. It is a fast path for most lines."""


def is_suspect(text: str) -> bool:
    """Whether a line may have a secret."""
    return any(map(text.lower().__contains__, _SUSPECT))


def hidden_line(text: str) -> str:
    """A line with masked secrets, otherwise unchanged.

    Args:
        text: a line of a configuration, with or without indentation and line end.
    """
    return hidden_by_its_words(hide_line(text))


@lru_cache(maxsize=131_072)
def hidden_by_its_words(text: str) -> str:
    """The same, but without the secrets that the run has learned.

    Args:
        text: likewise.
    """
    comment = split(text).comment if "#" in text and is_suspect(text) else None
    if comment is not None:  # a commented-out line has secrets, too
        end = len(text.rstrip("\r\n"))
        before = text[: end - len(comment)]
        return hidden_by_its_words(before[:-1]) + "#" + hidden_by_its_words(comment) + text[end:]
    for word, shown in reversed(list(_spots(text))):
        start = word.column - 1
        text = text[:start] + shown + text[start + len(word.raw) :]
    return text


def secret_words(text: str) -> frozenset[str]:
    """The secrets of a line: as written, and as read by HAProxy."""
    return frozenset(one for word, shown in _spots(text) for one in _behind(word, shown))


def _behind(word: Word, shown: str) -> Iterator[str]:
    """The part of a word that the mask replaces."""
    head, _, tail = shown.partition(MASK)
    for spelling in (word.raw, word.value):
        inner = spelling[len(head) : len(spelling) - len(tail)]
        yield from (one for one in (inner, inner.strip("\"'")) if one)
        yield from (one for one in _PIECES.findall(inner) if not _TELLS_NOTHING.fullmatch(one))


_PIECES = re.compile(r"[^\s:=,;()\"'\\/]{4,}")
_TELLS_NOTHING = re.compile("basic|bearer|digest|negotiate|authorization|auth|pass|login|http", re.IGNORECASE)
"""Separators in a secret of several words, since a message may quote one of them."""


def hidden_reason(reason: str, text: str) -> str:
    """A reason that quotes words of a line, with masked secrets in the quotes.

    Args:
        reason: the reason, for people.
        text: the line.
    """
    found = {one for word in secret_words(text) for one in (word, repr(word)[1:-1])}
    if not found:
        return reason
    pattern = "|".join(re.escape(one) for one in sorted(found, key=len, reverse=True))
    words = re.compile(rf"(?<![^\s'\"`])(?:{pattern})(?![^\s'\"`])")
    return _QUOTED.sub(lambda quoted: words.sub(MASK, quoted[0]), reason)


_QUOTED = re.compile("""'(?:[^'\\\\]|\\\\.)+'|"(?:[^"\\\\]|\\\\.)+"|`[^`]+`""")


def telling(sections: Iterable[Section]) -> frozenset[str]:
    """The secrets of sections that are masked by their values in messages.

    Args:
        sections: all sections of the texts of the messages.
    """
    lines = {line.text for section in sections for line in section.directives if is_suspect(line.text)}
    found = {secret for line in lines for secret in secret_words(line)}
    if not found:
        return frozenset()
    shown = "\n".join(hidden_line(line) for section in sections for line in section.lines)
    return frozenset(secret for secret in found if not re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", shown))


def repeated(words: str) -> frozenset[str]:
    """The secrets in lines of a configuration that a server quotes, a line each or joined with `; `.

    Args:
        words: the server's message.
    """
    lines = (line for line in lines_in(words) if line.partition(" ")[0] in _beginnings())
    return frozenset(one for line in lines for one in secret_words(line))


def lines_in(words: str) -> list[str]:
    """The parts of a server's message that may be lines of a configuration: single lines, and joined lines.

    Args:
        words: the server's message, after the words of hsync.
    """
    return [line.strip() for line in re.split("; |: |\n", words)]


@cache
def _beginnings() -> frozenset[str]:
    """First words of lines that may have a secret, without words that can begin a sentence."""
    checks, rules = (
        {"tcp-check", "http-check", "option"},
        {"http-request", "http-response", "http-after-response", "acl"},
    )
    return frozenset(_tables()) | _SETTING | checks | rules | {"set-var"}


# Places


def _spots(text: str) -> Iterator[tuple[Word, str]]:
    """The indexes of words with a secret and their replacements, in order, without duplicates."""
    if not is_suspect(text):
        return
    words = split(text).words
    found: dict[int, str] = {}
    for rule in (_of_tables, *_RULES):
        for place, shown in rule(words) if words else ():
            found.setdefault(place, shown)
    yield from ((words[place], found[place]) for place in sorted(found))


_Spots = Iterator[tuple[int, str]]
_Table = tuple[tuple[str, ...], Row | Form, tuple[str, ...]]


def _of_tables(words: Sequence[Word]) -> _Spots:
    """Secret fields of the section tables."""
    raw = [word.raw for word in words]
    for head, row, secret in _tables().get(words[0].value, ()):
        if tuple(word.value for word in words[: len(head)]) == head:
            plain = [*head, *raw[len(head) :]]
            spots = list(_of_row(row, secret, plain, len(head)))
            yield from spots
            if isinstance(row, Row) and not head[0].startswith("default-"):
                # The secret is the whole value: the remaining words are a part of it without quotes.
                yield from ((place, MASK) for place in range(spots[-1][0] + 1 if spots else len(head), len(words)))


def _of_row(row: Row | Form, secret: tuple[str, ...], raw: list[str], start: int) -> _Spots:
    body = _beginning(row, raw)
    strings = [value for value in values_at_paths(body, secret) if isinstance(value, str)]
    for place in range(start, len(raw)):
        for value in strings:
            at = raw[place].rfind(value)
            while at >= 0:
                if PROBE in values_at_paths(
                    _beginning(row, _with(raw, place, _put(raw[place], at, value, PROBE))), secret
                ):
                    yield place, _put(raw[place], at, value, MASK)
                at = raw[place].rfind(value, 0, at)
    if not strings and any(get(body, path) for path in secret):
        yield from ((place, MASK) for place in range(start, len(raw)) if "=" in raw[place])  # names and values in one


PROBE = "hsyncprobe"


def _with(raw: list[str], place: int, word: str) -> list[str]:
    return [*raw[:place], word, *raw[place + 1 :]]


def _put(word: str, at: int, value: str, new: str) -> str:
    return word[:at] + new + word[at + len(value) :]


@cache
def _tables() -> dict[str, list[_Table]]:
    """The rows of all sections with secret fields, with their keywords and these fields, by first word."""
    found: dict[str, list[_Table]] = {}
    for section_type in by_kind().values():
        rows: list[Row | Form] = [*section_type.rows, *(one for child in section_type.children for one in child.forms)]
        for row in rows:
            secret = tuple(field.path for field in row.fields() if field.secret)
            for head in row.heads() if secret else ():
                found.setdefault(head[0], []).append((head, row, secret))
    return found


def _beginning(row: Row | Form, words: Sequence[str]) -> Fields:
    """The fields that a row parses from the beginning of a line."""
    for end in range(len(words), 0, -1):
        body: Fields = {}
        with suppress(Mismatch):
            row.read(words[:end], body)
            return body
    return {}


def values_at_paths(body: Fields, paths: Iterable[str]) -> list[Json]:
    """The values of fields; for lists, those of their items.

    Args:
        body: an object.
        paths: dotted names, `stats_auths[].passwd`.
    """
    found: list[Json] = []
    for path in paths:
        head, mark, tail = path.partition("[].")
        value = get(body, head)
        if mark and isinstance(value, list):
            found += [one for item in value if isinstance(item, dict) for one in values_at_paths(item, [tail])]
        elif value is not None and value != "":
            found.append(value)
    return found


# What no table knows


_NAMES = re.compile("pass|pwd|secret|token|key|credential|authorization|(?:^|[-_.])auth(?:$|[-_.])", re.IGNORECASE)
"""Names whose values are secrets: of variables, headers, parameters, cookies."""

_KEYWORDS = frozenset({"password", "insecure-password", "ca-sign-pass", "tcp-md5sig"})
"""Keywords in the middle of a line whose next word is a secret, also if the line cannot be parsed to its end."""

_NAMING = frozenset({"hdr", "set-header", "add-header", "replace-header", "replace-value", "set-param"})
_SETTING = frozenset({"setenv", "presetenv"})
_ENDS = frozenset({"if", "unless", "hdr", "}", "{", "meth", "uri", "ver", "body", "||", "or"})
_NO_VALUE = re.compile(r"(?:%\[[^\]]*\]|\s)+|\x01?\$\{?\w+\}?")
"""Expressions and variables, whose values are not in the text."""

_FETCH = re.compile(r"(?:\w+\.)?(?:hdr|fhdr|hdr_\w+|url_param|urlp|cook|body_param|scook)\w*\(([^),]+)", re.IGNORECASE)
_SCHEMES = re.compile(r"(?:basic|bearer|digest|negotiate|apikey)\s+\S", re.IGNORECASE)
_HEADER = re.compile(r"(?:authorization|api-?key|[\w-]*token)\s*:\s*\S", re.IGNORECASE)
_URL = re.compile(r"(://[^/@:\s]*:)[^/@\s]+(?=@)")
_LOGIN = re.compile(r"\b(?:auth|pass|password|login)\b", re.IGNORECASE)
_VARIABLE = re.compile(r"set-var(?:-fmt)?(?:\(([^),]+).*\))?")


def _is_value(word: Word) -> bool:
    return not _NO_VALUE.fullmatch(word.value)


def _behind_names(words: Sequence[Word]) -> _Spots:
    """Values after a secret name, up to a condition or the next name."""
    for place, word in enumerate(words[:-1]):
        named = word.value in _NAMING and _NAMES.search(words[place + 1].value)
        named = named or (place == 0 and word.value in _SETTING and _NAMES.search(words[1].value))
        for at in range(place + 2, len(words)) if named else ():
            if words[at].value in _ENDS:
                break
            if _is_value(words[at]):
                yield at, MASK


def _behind_keywords(words: Sequence[Word]) -> _Spots:
    for place, word in enumerate(words[1:-1], 1):
        if word.value in _KEYWORDS:
            yield place + 1, MASK
    if words[0].value == "user" and len(words) > 3 and words[2].value not in {"groups", "group"}:
        yield 3, MASK  # a misspelt `password`


def _in_variables(words: Sequence[Word]) -> _Spots:
    """`set-var(txn.token) str(...)`, `set-var proc.token str(...)`."""
    for place, word in enumerate(words[:-1]):
        match = _VARIABLE.fullmatch(word.value)
        at = place + (1 if match and match[1] else 2)
        name = (match[1] or words[place + 1].value) if match else ""
        if _NAMES.search(name) and at < len(words) and (words[at].value.startswith("str(") or "fmt" in word.value):
            yield at, MASK


def _compared(words: Sequence[Word]) -> _Spots:
    """Values with which a header, cookie or parameter with a secret name is compared, in an acl or a condition."""
    secret, skip = False, False
    for place, word in enumerate(words):
        fetch = _FETCH.match(word.value)
        if fetch or word.value in _ENDS:
            secret = bool(fetch and _NAMES.search(fetch[1]))
        elif skip or word.value.startswith("-"):
            skip = not skip and word.value in {"-f", "-m", "-M", "-u"}
        elif secret and _is_value(word):
            yield place, MASK


def _looking_like_one(words: Sequence[Word]) -> _Spots:
    """Values that look like credentials."""
    for place, word in enumerate(words):
        if place and (_SCHEMES.match(word.value) or _HEADER.search(word.value)):
            yield place, MASK
        elif _URL.search(word.raw):
            yield place, _URL.sub(rf"\1{MASK}", word.raw)


def _sent(words: Sequence[Word]) -> _Spots:
    """The login that a check sends: a word with AUTH or PASS in it."""
    if [word.value for word in words[:1]] != ["tcp-check"] or len(words) < 3 or not words[1].value.startswith("send"):
        return
    text = words[2].value
    with suppress(ValueError):
        text = bytes.fromhex(text).decode("latin-1") if "binary" in words[1].value else text
    if _LOGIN.search(text):
        yield 2, MASK


_RULES: tuple[Callable[[Sequence[Word]], _Spots], ...] = (
    _behind_names,
    _behind_keywords,
    _in_variables,
    _compared,
    _looking_like_one,
    _sent,
)
