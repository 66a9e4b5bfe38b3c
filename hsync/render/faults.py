"""faults: converts each error of a template into an `InputError` with file, line, column and a remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import FrameType, TracebackType
from typing import Protocol

from jinja2 import Environment, Template
from jinja2.exceptions import TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.lexer import Lexer
from jinja2.nodes import Node
from jinja2.parser import Parser

from hsync.errors import ConfigError, Fault, HsyncError, InputError, NotAllowedError
from hsync.render.limits import Limits
from hsync.render.unknown import UnknownNamesError

__all__ = ["as_input_error"]


class Source(Protocol):
    """The templates of a rendering, for messages."""

    main: str
    limits: Limits

    @property
    def texts(self) -> Mapping[str | None, str]:
        """The texts of templates, by the names that templates use."""

    @property
    def names(self) -> Mapping[str | None, str]:
        """The names of their files, by the names that templates use."""

    @property
    def folders(self) -> str:
        """The search folders."""


Place = tuple[str | None, int]

_ENDLESS = "this includes, calls or extends itself, or is nested too deep (RecursionError: over 1000 nested calls)"
_SYNTAX = "correct the syntax of the template"
_RAW = "put a {} that belongs to HAProxy, not to the template, between {{% raw %}} and {{% endraw %}}"
_OF_HAPROXY = re.compile(r"\{%(?![-+]?\s*[A-Za-z_]|[-+]?\s*$)|\{\{(?=\s*%)|\{%(?=[a-z]{1,3}\s*[:}\]])|\{#(?![^\n]*#\})")
"""An opening of a tag that looks like HAProxy's own text: `{%[src]}`, `{{%ci`, `{%ci:%cp}`, `{#` without its end."""


def as_input_error(fault: BaseException, source: Source) -> InputError | NotAllowedError:
    """The `InputError` for an error of a rendering.

    Args:
        fault: the error.
        source: the templates.
    """
    if isinstance(fault, UnknownNamesError):
        return _unknown(fault, source)
    if isinstance(fault, TemplateSyntaxError):
        return _syntax(fault, source)
    place, hint = _place(fault.__traceback__, source), "change the template or the value"
    if over := source.limits.of(fault):
        told = _told(place, over.message, source) if place else f"{source.names[source.main]}: {over.message}"
        return InputError(told, hint=over.hint)
    if isinstance(fault, RecursionError):
        return InputError(_told(place, _ENDLESS, source), hint="remove the recursion, or reduce the nesting")
    if isinstance(fault, NotAllowedError):
        return _not_allowed(fault, place, source)
    if isinstance(fault, HsyncError):
        return InputError(_told(place, fault.message, source), hint=fault.hint)
    if isinstance(fault, TemplateNotFound):
        told = _told(place, f"no template {fault} in {source.folders}", source)
        return InputError(told, hint="see `templates` in hsync.toml")
    if isinstance(fault, UndefinedError):
        hint = "define it in a file of variables or with --var, or give a default"
    what = str(fault) if isinstance(fault, TemplateError) else f"{type(fault).__name__}: {fault}"
    if isinstance(fault, TypeError) and "str" in what:
        hint = "change the template or the value; --var gives text, --var-json NAME=8080 a number"
    return InputError(_told(place, what, source), hint=hint)


def _not_allowed(fault: NotAllowedError, place: Place | None, source: Source) -> NotAllowedError:
    """An error with the line of the template that caused it."""
    where = f"{source.names[place[0]]}:{place[1]}" if place else ""
    claims = [(text, where, setting) for text, _, setting in fault.claims]
    return NotAllowedError(_told(place, fault.message, source), claims=claims, hint=fault.hint)


def _unknown(fault: UnknownNamesError, source: Source) -> InputError:
    name = fault.template if fault.template in source.names else source.main
    lines = source.texts.get(name, "").split("\n")
    faults = [
        Fault(f"{source.names[name]}:{number}" + (f":{column}" if column else ""), what, line=line, column=column)
        for number, column, what in fault.found
        for line in [lines[number - 1] if number <= len(lines) else ""]
    ]
    hint = "filters and tests are listed in docs/templates.md; `filters` in hsync.toml adds your own"
    if len(faults) == 1:
        return InputError(faults[0].shown(), hint=hint)
    return ConfigError("the template uses filters or tests that do not exist:", faults, hint=hint)


def _syntax(fault: TemplateSyntaxError, source: Source) -> InputError:
    name = fault.name if fault.name in source.names else source.main
    lines = source.texts.get(name, "").split("\n")
    found = next(_of_haproxy(lines, fault.lineno), None)
    if found is None:
        return InputError(_told((name, fault.lineno), fault.message or "", source), hint=_SYNTAX)
    number, match = found
    where = f"{source.names[name]}:{number}:{match.start() + 1}"
    told = Fault(where, fault.message or "", line=lines[number - 1], column=match.start() + 1).shown()
    return InputError(told, hint=_RAW.format(match.group()))


def _of_haproxy(lines: list[str], last: int) -> Iterator[tuple[int, re.Match[str]]]:
    """Openings that may belong to HAProxy, the nearest one at or above a line first."""
    for number in range(min(last, len(lines)), 0, -1):
        match = _OF_HAPROXY.search(lines[number - 1])
        if match:
            yield number, match


_QUOTED = re.compile(r"'([^']*)'")


def _told(place: Place | None, what: str, source: Source) -> str:
    """A message with its place, the line of the template, and a caret below the faulty word."""
    if place is None:
        return what
    name, number = place
    lines = source.texts.get(name, "").split("\n")
    line = lines[number - 1] if number <= len(lines) and lines[number - 1].strip() else ""
    found = (re.search(rf"(?<!\w){re.escape(word)}(?!\w)", line) for word in _QUOTED.findall(what) if word)
    column = next((match.start() + 1 for match in found if match), 0)
    return Fault(f"{source.names[name]}:{number}", what, line=line, column=column).shown()


def _place(trace: TracebackType | None, source: Source) -> Place | None:
    """Name and line of the innermost template in a traceback, while it is run or compiled."""
    found: Place | None = None
    compiled: str | None = None
    while trace is not None:
        frame = trace.tb_frame
        template = frame.f_globals.get("__jinja_template__")
        if isinstance(template, Template) and template.name is not None:
            found = (template.name, template.get_corresponding_lineno(trace.tb_lineno))
        if frame.f_code is Environment.compile.__code__:
            compiled = frame.f_locals.get("name")
        if compiled in source.names and (line := _compiled_line(frame)):
            found = (compiled, line)
        trace = trace.tb_next
    return found


def _compiled_line(frame: FrameType) -> int:
    """The current line of a function of jinja2's compiler; 0 for other functions."""
    node, parser = frame.f_locals.get("node"), frame.f_locals.get("self")
    if isinstance(node, Node):
        return node.lineno
    if isinstance(parser, Parser) and hasattr(parser, "stream"):
        return parser.stream.current.lineno
    line = frame.f_locals.get("lineno") if frame.f_code is Lexer.tokeniter.__code__ else 0
    return line if isinstance(line, int) else 0
