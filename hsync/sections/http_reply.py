"""The reply of `deny`, `return` and `http-error`. Manual chapters 4.4 (return) and 4.2 (http-error).

Rule 1: words that the server would drop silently are refused, so that the line is opaque: a status that is not in its
lists, `hdr` together with an error file, a reply of one word.

Source: client-native `config-parser/parsers/http/actions/return.go`, `deny.go`, `status.go`.
"""

from __future__ import annotations

from collections.abc import Iterator

from hsync.schema import Arg, Body, Field, Fields, Int, Key, Lit, Many, Mismatch, OneOf, Params, Reader, Word, get, put

__all__ = ["Reply", "status_words"]

_ERROR_FILES = frozenset({"default-errorfiles", "errorfile", "errorfiles"})
_FORMATS = ("default-errorfiles", "errorfile", "errorfiles", "file", "lf-file", "lf-string", "string")
_STATUSES = range(200, 510)
_ERROR_STATUSES = frozenset({200, 400, 403, 404, 405, 407, 408, 410, 413, 425, 429, 500, 503, 504})
"""Statuses that the server writes for a reply, and for a reply with an error file; it drops any other status."""


class _Content(Arg):
    """`string TEXT`, `errorfile FILE` and so on; `default-errorfiles` has no argument."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Take the format and its content."""
        form = reader.take("a content")
        if form not in _FORMATS:
            raise Mismatch(reader.at - 1, " or ".join(_FORMATS))
        put(into, "return_content_format", form)
        if form != "default-errorfiles":
            Word("return_content").read(reader, into)

    def write(self, body: Body) -> list[str] | None:
        """The format and its content."""
        form, content = get(body, "return_content_format"), get(body, "return_content")
        if not isinstance(form, str) or not form:
            return None
        return (
            [form] if form == "default-errorfiles" or not isinstance(content, str) or not content else [form, content]
        )

    def fields(self) -> Iterator[Field]:
        """Format and content."""
        yield Field("return_content_format", kind="enum")
        yield Field("return_content")


class Reply(Params):
    """Parameters of a reply, in any order.

    Args:
        status: the parameter for the status, if there is one.
        status_field: its JSON field.
        blank_type: whether the server reads an absent content type as `""`.
    """

    def __init__(self, *status: Arg, status_field: str = "", blank_type: bool = False) -> None:
        hdr = Many("return_hdrs", Lit("hdr"), Word("name"), Word("fmt"))
        super().__init__(*status, Key("content-type", Word("return_content_type")), _Content(), hdr)
        self.status_field = status_field
        self.blank_type = blank_type

    def read(self, reader: Reader, into: Fields) -> None:
        """Read the parameters; raise `Mismatch` for words that the server would drop."""
        start = reader.at
        super().read(reader, into)
        error_file = into.get("return_content_format") in _ERROR_FILES
        if error_file and "return_hdrs" in into:
            raise Mismatch(start, "no hdr beside an error file")
        if self.status_field:
            if reader.at - start == 1:
                raise Mismatch(start, "a second parameter")
            status = into.get(self.status_field)
            if status is not None and status not in (_ERROR_STATUSES if error_file else _STATUSES):
                raise Mismatch(start, "a status that the API writes")
        if self.blank_type:
            into.setdefault("return_content_type", "")


def status_words(field: str, *words: str) -> OneOf:
    """The status parameter under several names; the first name is written."""
    return OneOf(*(Key(word, Int(field, low=200, high=599)) for word in words))
