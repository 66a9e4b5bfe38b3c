"""filters: values made into words of a haproxy.cfg.

Rule 1: a value that is output in a line stays in that line. Line feeds pass only by `lines`, or inside `quote`, which
writes them as HAProxy's own escapes.
Rule 2: what has no meaning in a configuration is refused instead of written: None, True, a list.

Source: HAProxy manual 2.2 "Quoting and escaping", 11.1 (addresses).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping

from jinja2 import Undefined
from jinja2.exceptions import TemplateRuntimeError

from hsync.render import marks
from hsync.render.derivations import CONTROL, SPECIAL, quoted_word
from hsync.render.marks import Marked, form_of, with_marks
from hsync.render.opaque import Opaque, OpaqueText, form_in
from hsync.render.taken import TOKEN

__all__ = ["FILTERS", "ansible_text", "finalize", "lines", "plain_text"]

_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?|\*")
_DIGITS = re.compile(r"(\d+)")


class Lines(str):
    """Text of several lines that a template let pass."""

    __slots__ = ()


def finalize(value: object) -> object:
    """What an expression outputs.

    Args:
        value: of the expression.

    Returns:
        Something whose `str` is the text.

    Raises:
        TemplateRuntimeError: it has control characters, or is no text and no number.
    """
    if type(value) is str:
        return _one_line(value)
    if isinstance(value, Marked):
        return form_of(value)
    if isinstance(value, Opaque):
        return _opaque(value)
    if isinstance(value, Undefined | Lines):
        return value
    if isinstance(value, str):
        return _one_line(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise TemplateRuntimeError(_refusal(value))


def _opaque(value: Opaque) -> str:
    """A secret with the text around it."""
    form = form_in(value)
    if not isinstance(value, OpaqueText):
        _one_line(TOKEN.sub("", form))
    return form


def plain_text(value: object) -> object:
    """What an expression outputs where lines may be several: inside of a value, and in a rendering without marks.

    Args:
        value: of the expression.

    Raises:
        TemplateRuntimeError: it is no text and no number.
    """
    if type(value) is str or isinstance(value, Undefined | str):
        return value
    if isinstance(value, Opaque):
        return form_in(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise TemplateRuntimeError(_refusal(value))


def ansible_text(value: object, checked: Callable[[object], object]) -> object:
    """What an expression outputs where values are those of Ansible: null is empty, and lines of a text are lines.

    Args:
        value: of the expression.
        checked: what decides on everything else.
    """
    if value is None:
        return ""
    if isinstance(value, str) and not isinstance(value, Marked):
        for line in value.split("\n"):
            _one_line(line)
        return value
    return checked(value)


def _refusal(value: object) -> str:
    if value is None:
        return "the value is null, which is no text: give a default, or write the line inside {% if %}"
    if isinstance(value, bool):
        return f"the value is {str(value).lower()}, which is no word of HAProxy: write {{% if %}} around the words"
    if isinstance(value, Iterable):
        return f"a {type(value).__name__} is no text: loop over it, or join it"
    return f"a {type(value).__name__} is no text"


def _one_line(value: str) -> str:
    found = None if value.isprintable() else CONTROL.search(value)
    if found is None:
        return value
    if found.group() in "\r\n":
        raise TemplateRuntimeError(
            f"a line break in the value {_shown(value)} would begin a new line of the configuration: "
            "use the filter quote inside a word, or lines if these are whole lines"
        )
    raise TemplateRuntimeError(f"control character {found.group()!r} in the value {_shown(value)}")


def _shown(value: str) -> str:
    return repr(value if len(value) <= 40 else value[:39] + "…")


def lines(value: object, indent: int = 0) -> str:
    """Let a text of several lines pass, without its last line end.

    Args:
        value: the text.
        indent: blanks in front of every line but the first.
    """
    if isinstance(value, Marked):
        whole = form_of(value)
        return marks.indent(with_marks(whole.removesuffix("\n")), indent, blank=True)
    parts = str(value).removesuffix("\n").replace("\r\n", "\n").split("\n")
    return Lines(("\n" + " " * indent).join(_one_line(part) for part in parts))


def quote(value: object) -> str:
    """One word of HAProxy whose decoded value is the text: bare when that is enough, else in quotes.

    Args:
        value: a text or a number.
    """
    try:
        return quoted_word(str(plain_text(value)))
    except ValueError as fault:
        raise TemplateRuntimeError(str(fault)) from fault


def word(value: object) -> str:
    """A text that is one bare word, for names and addresses; refuses anything that would need quotes."""
    text = _one_line(str(plain_text(value)))
    if not text or SPECIAL.search(text):
        raise TemplateRuntimeError(f"{_shown(text)} is not one bare word")
    return text


def addr(value: object, port: object = None) -> str:
    """An address as binds and servers take it: `10.0.0.1:80`, `[2001:db8::1]:80`, `www.example:80`, `*:80`.

    Args:
        value: an address or a host name.
        port: a number; None leaves it out.
    """
    host = word(value).removeprefix("[").removesuffix("]")
    try:
        host = f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    except ValueError:
        if not _HOST.fullmatch(host):
            raise TemplateRuntimeError(f"{_shown(host)} is neither an address nor a host name") from None
    if port is None:
        return host
    number = str(plain_text(port))
    if not number.isascii() or not number.isdecimal() or not 0 < int(number) < 65536:
        raise TemplateRuntimeError(f"{_shown(number)} is no port")
    return f"{host}:{int(number)}"


def natural(values: Iterable[object], attribute: str = "") -> list[object]:
    """Sorted as people count: `web2` before `web10`.

    Args:
        values: texts, numbers or objects; the keys of an object when it is one.
        attribute: the key to sort objects by.
    """

    def key(value: object) -> list[tuple[int, int, str]]:
        one = value[attribute] if attribute and isinstance(value, dict) else value
        parts = _DIGITS.split(str(one))
        return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]

    return sorted(values, key=key)


def indent(value: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:  # noqa: FBT001, FBT002
    """The filter `indent` of jinja2: lines that may pass still may."""
    made = marks.indent(value, width, first, blank)
    return Lines(made) if isinstance(value, Lines) else made


def trim(value: str, chars: str | None = None) -> str:
    """The filter `trim` of jinja2: lines that may pass still may."""
    made = marks.trim(value, chars)
    return Lines(made) if isinstance(value, Lines) else made


FILTERS: Mapping[str, Callable[..., object]] = {
    "addr": addr,
    "indent": indent,
    "lines": lines,
    "natural": natural,
    "quote": quote,
    "trim": trim,
    "word": word,
}
