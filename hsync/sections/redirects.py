"""redirect: the lines that no API object has. Manual chapter 4.2; the API has `http-request redirect` only.

Rule 1: the server reads the words in pairs. It keeps the target, the code and one further pair, and drops any other. It
cannot parse a line with an odd number of words.

Source: client-native `config-parser/parsers/http/actions/redirect.go`; 3.4.2 and 3.2.5.
"""

from __future__ import annotations

from hsync.schema import (
    Aside,
    Cond,
    Enum,
    Fieldless,
    Fields,
    Flag,
    Form,
    Key,
    Mismatch,
    Params,
    Reader,
    Seq,
    Word,
)

__all__ = ["REDIRECTS", "kept"]

_TARGETS = ("location", "prefix", "scheme")


class _Pairs(Fieldless):
    """Words in pairs, as the server reads them.

    Args:
        whole: whether to refuse lines of which the server drops a pair, or which have no target.
    """

    def __init__(self, *, whole: bool = False) -> None:
        self.whole = whole

    def read(self, reader: Reader, into: Fields) -> None:  # noqa: ARG002 - sets no field
        """Take all pairs, at least one."""
        first: list[str] = []
        while not first or reader.peek() is not None:
            first.append(reader.take("a pair of words"))
            reader.take("a pair of words")
        others = [word for word in first if word not in (*_TARGETS, "code")]
        if self.whole and (len(others) > 1 or not set(first) & set(_TARGETS)):
            raise Mismatch(reader.at, "a target and one pair of option words")


def kept(head: str) -> tuple[Form, ...]:
    """The patterns of a redirect that the server can parse: first the lines that it keeps whole, then all others."""
    return (Form(head, _Pairs(whole=True), Cond()), Form(head, _Pairs(), Cond(), cut=_ONE_PAIR))


_ONE_PAIR = "keep only one pair of option words, or use `http-request return status 302 hdr location ...`"

REDIRECTS = Aside(
    Form(
        "redirect",
        Params(
            Seq(Enum("type", *_TARGETS), Word("value")),
            Key("code", Word("code")),
            *(Flag(word, on=True) for word in ("drop-query", "keep-query", "append-slash", "ignore-empty")),
            *(Key(word, Word(word)) for word in ("set-cookie", "clear-cookie")),
        ),
        Cond(),
    ),
    kept("redirect"),
)
