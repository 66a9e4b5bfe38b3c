"""filters: convert values to words of a haproxy.cfg.

Rule 1: a value cannot add a line to the output. Line feeds are allowed only with `lines`, and with `quote`, which
writes them as escapes of HAProxy.
Rule 2: a value without a meaning in a configuration is an error: None, True, a list.

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
    """A text of several lines that a template has allowed with `lines`."""

    __slots__ = ()


def finalize(value: object) -> object:
    """Convert the value of an expression to output.

    Args:
        value: of the expression.

    Returns:
        A value whose `str` is the text.

    Raises:
        TemplateRuntimeError: the value has control characters, or is neither a text nor a number.
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
    """A secret with its surrounding text."""
    form = form_in(value)
    if not isinstance(value, OpaqueText):
        _one_line(TOKEN.sub("", form))
    return form


def plain_text(value: object) -> object:
    """Convert the value of an expression to output that may have several lines: in variables, and without marks.

    Args:
        value: of the expression.

    Raises:
        TemplateRuntimeError: the value is neither a text nor a number.
    """
    if type(value) is str or isinstance(value, Undefined | str):
        return value
    if isinstance(value, Opaque):
        return form_in(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise TemplateRuntimeError(_refusal(value))


def ansible_text(value: object, checked: Callable[[object], object]) -> object:
    """Convert the value of an expression to output as Ansible does: null is empty, and a text can have several lines.

    Args:
        value: of the expression.
        checked: converts all other values.
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
        return "the value is null, not a text: give a default, or put the line into {% if %}"
    if isinstance(value, bool):
        return f"the value is {str(value).lower()}, not a word of HAProxy: put {{% if %}} around the words"
    if isinstance(value, Iterable):
        return f"a {type(value).__name__} is not a text: loop over it, or join it"
    return f"a {type(value).__name__} is not a text"


def _one_line(value: str) -> str:
    found = None if value.isprintable() else CONTROL.search(value)
    if found is None:
        return value
    if found.group() in "\r\n":
        raise TemplateRuntimeError(
            f"a line break in the value {_shown(value)} would begin a new line of the configuration: "
            "use the filter quote for a word, or the filter lines for whole lines"
        )
    raise TemplateRuntimeError(f"control character {found.group()!r} in the value {_shown(value)}")


def _shown(value: str) -> str:
    return repr(value if len(value) <= 40 else value[:39] + "…")


def lines(value: object, indent: int = 0) -> str:
    """Allow a text of several lines, without its last line end.

    Args:
        value: the text.
        indent: number of blanks before every line but the first.
    """
    if isinstance(value, Marked):
        whole = form_of(value)
        return marks.indent(with_marks(whole.removesuffix("\n")), indent, blank=True)
    parts = str(value).removesuffix("\n").replace("\r\n", "\n").split("\n")
    return Lines(("\n" + " " * indent).join(_one_line(part) for part in parts))


def quote(value: object) -> str:
    """A text as one word of HAProxy: bare if possible, else in quotes.

    Args:
        value: a text or a number.
    """
    try:
        return quoted_word(str(plain_text(value)))
    except ValueError as fault:
        raise TemplateRuntimeError(str(fault)) from fault


def word(value: object) -> str:
    """Return a text that is one bare word, for names and addresses; refuse a text that needs quotes."""
    text = _one_line(str(plain_text(value)))
    if not text or SPECIAL.search(text):
        raise TemplateRuntimeError(f"{_shown(text)} is not one bare word")
    return text


def addr(value: object, port: object = None) -> str:
    """An address in the syntax of binds and servers: `10.0.0.1:80`, `[2001:db8::1]:80`, `www.example:80`, `*:80`.

    Args:
        value: an address or a host name.
        port: a number; None for no port.
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
        raise TemplateRuntimeError(f"{_shown(number)} is not a port")
    return f"{host}:{int(number)}"


def natural(values: Iterable[object], attribute: str = "") -> list[object]:
    """Sorted with numbers by value: `web2` before `web10`.

    Args:
        values: texts, numbers or objects; for an object, its keys are sorted.
        attribute: the key to sort objects by.
    """

    def key(value: object) -> list[tuple[int, int, str]]:
        one = value[attribute] if attribute and isinstance(value, dict) else value
        parts = _DIGITS.split(str(one))
        return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]

    return sorted(values, key=key)


def indent(value: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:  # noqa: FBT001, FBT002
    """The filter `indent` of jinja2, which keeps `lines`."""
    made = marks.indent(value, width, first, blank)
    return Lines(made) if isinstance(value, Lines) else made


def trim(value: str, chars: str | None = None) -> str:
    """The filter `trim` of jinja2, which keeps `lines`."""
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
