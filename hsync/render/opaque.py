"""opaque: the type of a secret in a template: it has no value, and can only be output as a whole.

Rule 1: the process that renders has references, not values: its parent reads the values.
Rule 2: any operation that would change or read a secret is an error at the line of the template: a slice, a comparison,
a filter that is not in `DERIVATIONS`.
Rule 3: the result of such a filter is a secret.

Theory of operation: in a text, a secret is a token (see `taken`), besides the marks of lines (see `marks`). A text with
a token is not a `str` for a template but an `Opaque`. It can be output, joined with `~`, `+` and `join`, and passed to
a filter; the text around the token can be trimmed and indented. A bug in these rules can damage a token, but cannot
show a secret.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial, wraps
from types import FrameType
from typing import NamedTuple, NoReturn

from jinja2 import Template, pass_eval_context
from jinja2.exceptions import TemplateRuntimeError
from jinja2.filters import do_join, make_attrgetter
from jinja2.nodes import EvalContext
from jinja2.runtime import str_join

from hsync.errors import InputError
from hsync.render.derivations import ARGUMENTS, CONTROL, DERIVATIONS
from hsync.render.marks import Marked, form_of, indent, plain_of, trim, with_marks
from hsync.render.nested import Resolver
from hsync.render.taken import OPENING, TOKEN, Taken, token

__all__ = ["Opaque", "OpaqueText", "Taking", "concatenated", "form_in", "joined", "opaque_text"]

_REFUSAL = (
    "this would read or change a secret: join it with ~, or use one of the filters for secrets"
    f": {', '.join(sorted(DERIVATIONS))}"
)

KINDS = ("env", "file", "cmd")


class Place(NamedTuple):
    """The place where a template reads a secret: name and line of the template, and the variable with it, or ""."""

    template: str | None
    line: int
    variable: str = ""


class Opaque:
    """A value with a secret in it. Templates cannot read attributes with a leading underscore."""

    __slots__ = ("_form",)

    def __init__(self, form: str) -> None:
        self._form = form

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise TemplateRuntimeError(_REFUSAL)

    def __bool__(self) -> bool:
        """Always true: a secret is never empty."""
        return True

    def __add__(self, other: object) -> Opaque:
        return joined([self, other])

    def __radd__(self, other: object) -> Opaque:
        return joined([other, self])


def _refuse(self: Opaque, *_: object) -> NoReturn:
    del self
    raise TemplateRuntimeError(_REFUSAL)


_READING = ("str", "repr", "format", "len", "iter", "getitem", "contains", "reversed", "html", "int", "float", "index")
_CHANGING = ("call", "hash", "eq", "ne", "lt", "le", "gt", "ge", "mul", "rmul", "mod", "rmod", "sub", "rsub", "neg")

for _name in (*_READING, *_CHANGING):
    setattr(Opaque, f"__{_name}__", _refuse)


class OpaqueText(Opaque):
    """The text of a macro or block with a secret in it, of one line or several."""

    __slots__ = ()


def form_in(value: Opaque) -> str:
    """The text of a value, with tokens; for a text of a template also with marks."""
    return value._form  # noqa: SLF001 - see Opaque


def opaque_text(form: str) -> OpaqueText | None:
    """A text of a template as a value, if it has a secret, else None.

    Args:
        form: the text, with its tokens and marks.
    """
    return OpaqueText(form) if OPENING in form else None


def joined(parts: Iterable[object]) -> Opaque:
    """Several values as one, as with `~`, without the marks of lines."""
    return Opaque("".join(plain_of(form_in(part)) if isinstance(part, Opaque) else str(part) for part in parts))


def concatenated(parts: Iterable[object]) -> object:
    """The operator `~`, instead of jinja2's own."""
    values = tuple(parts)
    return joined(values) if any(isinstance(value, Opaque) for value in values) else str_join(values)


class Taking:
    """The secrets of one rendering: gives them to templates, and records their places."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str | None, tuple[str, ...]], int] = {}
        self._places: list[Place] = []

    def secret(self, reference: str) -> Opaque:
        """The global `secret`: returns a secret as a value.

        Args:
            reference: `env:NAME`, `file:PATH`, or `cmd:NAME`; without the last line end of a file or an output.
        """
        kind, colon, name = str(reference).partition(":")
        if kind not in KINDS or not colon or not name:
            hint = 'write {{ secret("env:NAME") }}'
            raise InputError("expected a secret: env:NAME, file:PATH or cmd:NAME", hint=hint)
        return self._opaque(str(reference), None, ())

    def filters(self, own: Mapping[str, Callable[..., object]]) -> dict[str, Callable[..., object]]:
        """The filters for secrets, which replace other filters with their names.

        Args:
            own: filters by name, for values without a secret.
        """
        made = {name: _choosing(own[name], partial(self.derive, name)) for name in DERIVATIONS}
        around = {name: _choosing(own[name], filter_) for name, filter_ in _AROUND.items()}
        nested = {name: partial(self._to_json, made.get(name, own[name])) for name in ("to_json", "to_nice_json")}
        return {**made, **around, **nested, "join": _join}

    def derive(self, name: str, value: Opaque, *arguments: object, **named: object) -> Opaque:
        """Apply a filter to a secret.

        Args:
            name: name of the filter.
            value: the value with the secret.
            arguments: arguments of the filter.
            named: named arguments of the filter.
        """
        texts = (*arguments, *named.values())
        if len(texts) > ARGUMENTS.get(name, 0) or not all(type(text) is str for text in texts):
            raise TemplateRuntimeError(f"{name} does not accept these arguments for a secret")
        if name == "trim" and isinstance(value, OpaqueText):
            return _with_form(trim(with_marks(form_in(value))))
        return self._opaque(name, plain_of(form_in(value)), tuple(map(str, texts)))

    def _to_json(self, own: Callable[..., object], value: object, *arguments: object, **named: object) -> object:
        """The filter `to_json`, also for lists and objects with secrets in them."""
        found: list[Opaque] = []
        text = own(value if isinstance(value, Opaque) else _without_secrets(value, found), *arguments, **named)
        if not found:
            return text
        *parts, last = _HOLE.split(str(text))[::2]
        made = [self.derive("to_json", one) for one in found]
        return joined([piece for part, one in zip(parts, made, strict=True) for piece in (part, one)] + [last])

    def taken(self, names: Mapping[str | None, str], texts: Mapping[str | None, str]) -> tuple[Taken, ...]:
        """The secrets that templates read, in order.

        Args:
            names: names of the templates' files, by the names that templates use.
            texts: texts of the templates, likewise.
        """
        return tuple(
            Taken(name, text, arguments, *_line(place, names, texts))
            for (name, text, arguments), place in zip(self._numbers, self._places, strict=True)
        )

    def _opaque(self, name: str, text: str | None, arguments: tuple[str, ...]) -> Opaque:
        key = (name, text, arguments)
        if key not in self._numbers:
            self._numbers[key] = len(self._places)
            self._places.append(_here())
        return Opaque(token(self._numbers[key]))


def _choosing(own: Callable[..., object], of_secrets: Callable[..., object]) -> Callable[..., object]:
    """A filter with another implementation for values with a secret."""

    @wraps(own)
    def choosing(value: object, *arguments: object, **named: object) -> object:
        return (of_secrets if isinstance(value, Opaque) else own)(value, *arguments, **named)

    return choosing


_HOLE = re.compile(r'"\\ue000(\d+)\\ue000"')
"""Placeholder of a secret in JSON: the escape of a character without a meaning."""


def _without_secrets(value: object, found: list[Opaque]) -> object:
    """A value with placeholders instead of its secrets, which are added to `found`."""
    if isinstance(value, Opaque):
        found.append(value)
        return f"\ue000{len(found)}\ue000"
    if isinstance(value, Mapping):
        return {key: _without_secrets(item, found) for key, item in value.items()}
    return [_without_secrets(item, found) for item in value] if isinstance(value, list | tuple) else value


def _with_form(text: str) -> OpaqueText:
    assert isinstance(text, Marked)
    return OpaqueText(form_of(text))


def _indent(value: Opaque, width: int | str = 4, first: bool = False, blank: bool = False) -> Opaque:  # noqa: FBT001, FBT002
    return _with_form(indent(with_marks(form_in(value)), width, first, blank))


def _lines(value: Opaque, width: int = 0) -> Opaque:
    form = form_in(value).removesuffix("\n")
    if not isinstance(value, OpaqueText) and CONTROL.search(TOKEN.sub("", form).replace("\n", "")):
        raise TemplateRuntimeError("the line has a control character")
    return _with_form(indent(with_marks(form), width, blank=True))


_AROUND: Mapping[str, Callable[..., object]] = {"indent": _indent, "lines": _lines, "string": lambda value: value}
"""Filters that change only the text around a secret."""


@pass_eval_context
def _join(context: EvalContext, value: Iterable[object], d: object = "", attribute: str | int | None = None) -> object:
    """The filter `join` of jinja2, also for secrets."""
    items = list(value if attribute is None else map(make_attrgetter(context.environment, attribute), value))
    if not any(isinstance(item, Opaque) for item in (*items, d)):
        return do_join(context, items, str(d))
    return joined([part for item in items for part in (d, item)][1:])


def _here() -> Place:
    """The current line of the innermost template, and the variable that it reads, if that has a template."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the only way to read the callers
    variable = ""
    while frame is not None:
        template, here = frame.f_globals.get("__jinja_template__"), frame.f_locals
        if frame.f_code is Resolver.evaluated.__code__ and not variable:
            variable = here["self"].place(here["path"])
        if isinstance(template, Template) and template.name is not None:
            return Place(template.name, template.get_corresponding_lineno(frame.f_lineno), variable)
        frame = frame.f_back
    return Place(None, 0, variable)


def _line(place: Place, names: Mapping[str | None, str], texts: Mapping[str | None, str]) -> tuple[str, str]:
    """A place for messages, and the text of its line."""
    line = "".join(texts.get(place.template, "").split("\n")[place.line - 1 : place.line])
    template = f"{names[place.template]}:{place.line}" if place.template in names else ""
    return ": ".join(filter(None, (template, place.variable))), line
