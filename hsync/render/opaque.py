"""opaque: a secret as a template has it: a type without a value, which goes into a text whole, or not at all.

Rule 1: the process that renders has no values: it knows references, and its parent looks them up.
Rule 2: whatever would change a secret, or look at it, is an error at the line of the template: a slice, a comparison,
a filter that is not one of `DERIVATIONS`.
Rule 3: what such a filter makes of a secret is a secret.

Theory of operation: a secret stands in a text as a token (see `taken`), beside the marks of lines (see `marks`). A text
with a token is no `str` for a template but an `Opaque`. What can be done with it is written here: it is output, joined
with `~`, `+` and `join`, given to a filter; the text around it is trimmed and indented. A hole in these rules would
damage a token, and show no secret.
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
    "this would look at a secret, or change it: join it with ~, or use one of the filters that make another secret of "
    f"it: {', '.join(sorted(DERIVATIONS))}"
)

KINDS = ("env", "file", "cmd")


class Place(NamedTuple):
    """Where a secret was taken: name and line of a template, and the variable with it; "" when it is in none."""

    template: str | None
    line: int
    variable: str = ""


class Opaque:
    """A value with a secret in it. Names that begin with an underscore are closed to templates."""

    __slots__ = ("_form",)

    def __init__(self, form: str) -> None:
        self._form = form

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise TemplateRuntimeError(_REFUSAL)

    def __bool__(self) -> bool:
        """A secret is never empty."""
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
    """Text of a template with a secret in it, of one line or several: what a macro or a block gives."""

    __slots__ = ()


def form_in(value: Opaque) -> str:
    """The text of a value, with tokens; of a text of a template also with its marks."""
    return value._form  # noqa: SLF001 - see Opaque


def opaque_text(form: str) -> OpaqueText | None:
    """A text of a template, if there is a secret in it; None when there is none.

    Args:
        form: the text, with its tokens and marks.
    """
    return OpaqueText(form) if OPENING in form else None


def joined(parts: Iterable[object]) -> Opaque:
    """Several values as one; only values, as with `~`: marks of lines are left out."""
    return Opaque("".join(plain_of(form_in(part)) if isinstance(part, Opaque) else str(part) for part in parts))


def concatenated(parts: Iterable[object]) -> object:
    """What `~` gives; takes the place of jinja2's own."""
    values = tuple(parts)
    return joined(values) if any(isinstance(value, Opaque) for value in values) else str_join(values)


class Taking:
    """The secrets of one rendering: gives them to templates, and remembers which were taken, and where."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str | None, tuple[str, ...]], int] = {}
        self._places: list[Place] = []

    def secret(self, reference: str) -> Opaque:
        """What `secret("env:NAME")` gives.

        Args:
            reference: `env:NAME`, `file:PATH`, whose last line end is left out, or `cmd:NAME`.
        """
        kind, colon, name = str(reference).partition(":")
        if kind not in KINDS or not colon or not name:
            raise InputError("a secret is named env:NAME, file:PATH or cmd:NAME", hint='write {{ secret("env:NAME") }}')
        return self._opaque(str(reference), None, ())

    def filters(self, own: Mapping[str, Callable[..., object]]) -> dict[str, Callable[..., object]]:
        """The filters that take secrets as far as that shows nothing of them, in place of others of their names.

        Args:
            own: filters by name, for all other values.
        """
        made = {name: _choosing(own[name], partial(self.derive, name)) for name in DERIVATIONS}
        around = {name: _choosing(own[name], filter_) for name, filter_ in _AROUND.items()}
        nested = {name: partial(self._to_json, made.get(name, own[name])) for name in ("to_json", "to_nice_json")}
        return {**made, **around, **nested, "join": _join}

    def derive(self, name: str, value: Opaque, *arguments: object, **named: object) -> Opaque:
        """What a filter makes of a secret.

        Args:
            name: of the filter.
            value: with the secret.
            arguments: of the filter.
            named: likewise.
        """
        texts = (*arguments, *named.values())
        if len(texts) > ARGUMENTS.get(name, 0) or not all(type(text) is str for text in texts):
            raise TemplateRuntimeError(f"{name} takes no such arguments for a secret")
        if name == "trim" and isinstance(value, OpaqueText):
            return _with_form(trim(with_marks(form_in(value))))
        return self._opaque(name, plain_of(form_in(value)), tuple(map(str, texts)))

    def _to_json(self, own: Callable[..., object], value: object, *arguments: object, **named: object) -> object:
        """JSON, also of lists and objects with secrets in them."""
        found: list[Opaque] = []
        text = own(value if isinstance(value, Opaque) else _without_secrets(value, found), *arguments, **named)
        if not found:
            return text
        *parts, last = _HOLE.split(str(text))[::2]
        made = [self.derive("to_json", one) for one in found]
        return joined([piece for part, one in zip(parts, made, strict=True) for piece in (part, one)] + [last])

    def taken(self, names: Mapping[str | None, str], texts: Mapping[str | None, str]) -> tuple[Taken, ...]:
        """The secrets that were taken, in their order.

        Args:
            names: of templates' files, by the names that templates use.
            texts: of templates, likewise.
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
    """A filter that is another one for values with a secret."""

    @wraps(own)
    def choosing(value: object, *arguments: object, **named: object) -> object:
        return (of_secrets if isinstance(value, Opaque) else own)(value, *arguments, **named)

    return choosing


_HOLE = re.compile(r'"\\ue000(\d+)\\ue000"')
"""A secret in JSON: a character that has no meaning, as JSON writes it."""


def _without_secrets(value: object, found: list[Opaque]) -> object:
    """A value in which holes are in the place of its secrets, which are added to those that were found."""
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
        raise TemplateRuntimeError("a control character in a line")
    return _with_form(indent(with_marks(form), width, blank=True))


_AROUND: Mapping[str, Callable[..., object]] = {"indent": _indent, "lines": _lines, "string": lambda value: value}
"""Filters that leave secrets whole, and change the text around them."""


@pass_eval_context
def _join(context: EvalContext, value: Iterable[object], d: object = "", attribute: str | int | None = None) -> object:
    """The filter `join` of jinja2, also for secrets."""
    items = list(value if attribute is None else map(make_attrgetter(context.environment, attribute), value))
    if not any(isinstance(item, Opaque) for item in (*items, d)):
        return do_join(context, items, str(d))
    return joined([part for item in items for part in (d, item)][1:])


def _here() -> Place:
    """The line of the innermost template that is running, and the variable that it reads, if that is a template."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the way to look at one's callers
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
    """Where a place is, for messages, and the text of its line."""
    line = "".join(texts.get(place.template, "").split("\n")[place.line - 1 : place.line])
    template = f"{names[place.template]}:{place.line}" if place.template in names else ""
    return ": ".join(filter(None, (template, place.variable))), line
