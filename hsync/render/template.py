"""template: a template and its variables made into text, with the source of every line.

Rule 1: the same inputs give the same bytes: no clock, no random numbers, no environment but through `secret`.
Rule 2: an undefined variable is an error, with the template's line and the nearest name.
Rule 3: every fault of a template leaves as `InputError`, whatever the template did.

Theory of operation: jinja2's sandbox, with `trim_blocks` and `lstrip_blocks`: a tag on a line of its own leaves no line
behind, and one inside a line of text leaves its line end alone (see `line_ends`). `marks` keeps the sources,
`filters` decides what a value may put into a line. Text is UTF-8; other bytes travel as surrogates, as in the parser of
configurations. Line ends become LF.

Source: https://jinja.palletsprojects.com/en/stable/sandbox/
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import ClassVar

from jinja2 import Environment, StrictUndefined, Template
from jinja2.exceptions import TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.loaders import BaseLoader, split_template_path
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import missing

from hsync.errors import Fault, HsyncError, InputError
from hsync.render.files import read_bytes, shown
from hsync.render.filters import FILTERS, finalize
from hsync.render.marks import FinalizingGenerator, concat, form_of, indent, mark_extension, sources_of, trim
from hsync.render.secrets import Secrets
from hsync.schema import Json

__all__ = ["Rendered", "render"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The desired text and where it comes from.

    Args:
        text: the text.
        lines: the source of each line, `templates/haproxy.cfg.j2:41`.
        digests: hex digests of what it was made from, by name and sorted: templates, `variables`, `secret env:NAME`.
        secrets: values that outputs must mask; never to be shown.
    """

    text: str
    lines: tuple[str, ...]
    digests: tuple[tuple[str, str], ...]
    secrets: tuple[str, ...] = field(default=(), repr=False)


def render(
    template: Path,
    *,
    search: Sequence[Path] = (),
    variables: Mapping[str, Json],
    root: Path | None = None,
    secrets: Secrets | None = None,
) -> Rendered:
    """Render a template.

    Args:
        template: the file.
        search: folders that includes and imports are looked for in; the template's own when there are none.
        variables: what the template sees; it gets a copy.
        root: folder of the project, which sources are named from.
        secrets: what `secret("env:NAME")` asks.

    Returns:
        The text, its sources, digests and secrets.

    Raises:
        InputError: a fault of the template, at its line.
    """
    secrets = secrets or Secrets(root or Path())
    loader = _Loader(template, tuple(search) or (template.parent,), root)
    environment = _environment(loader, tuple(variables), secrets)
    try:
        made = environment.get_template(loader.main)
        text = concat(made.root_render_func(made.new_context(copy.deepcopy(dict(variables)))))
    except Exception as fault:
        raise _as_input_error(fault, loader, environment.filters) from fault
    digests = (*loader.digests.items(), ("variables", _digest_of(variables)), *secrets.fingerprints())
    return Rendered(str(text), tuple(sources_of(form_of(text), loader.sources)), tuple(sorted(digests)), secrets.values)


def _digest_of(variables: Mapping[str, Json]) -> str:
    canonical = json.dumps(variables, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class _Loader(BaseLoader):
    """Finds templates, and remembers their names, digests and marks.

    Args:
        template: the main template, whatever the search folders hold under its name.
        search: folders for all others.
        root: what names are relative to.
    """

    def __init__(self, template: Path, search: tuple[Path, ...], root: Path | None) -> None:
        self.main = template.as_posix()
        self.search = search
        self.root = root
        self.sources = [f"{shown(template, root)}:1"]
        self.digests: dict[str, str] = {}
        self.names: dict[str | None, str] = {self.main: shown(template, root)}
        self.texts: dict[str | None, str] = {}
        self._marks: dict[tuple[str | None, int], str] = {}

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        """The text of a template, by the name that templates use."""
        del environment
        path = self._find(template)
        data = read_bytes(path, "template")
        name = self.names[template] = shown(path, self.root)
        self.digests[name] = hashlib.sha256(data).hexdigest()
        text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
        if "\0" in text:
            raise TemplateSyntaxError("a NUL in the template", text[: text.index("\0")].count("\n") + 1, template)
        self.texts[template] = text
        return text, str(path), None

    def _find(self, template: str) -> Path:
        if template == self.main:
            return Path(template)
        parts = split_template_path(template)
        for folder in self.search:
            path = folder.joinpath(*parts)
            if path.is_file():
                return path
        raise TemplateNotFound(template)

    def mark(self, template: str | None, line: int) -> str:
        """The mark of a template's line."""
        key = (template, line)
        if key not in self._marks:
            self._marks[key] = f"\0{len(self.sources)};"
            self.sources.append(f"{self.names[template]}:{line}")
        return self._marks[key]


class _Environment(SandboxedEnvironment):
    """The sandbox whose texts carry marks."""

    code_generator_class = FinalizingGenerator
    concat = staticmethod(concat)


def _environment(loader: _Loader, known: tuple[str, ...], secrets: Secrets) -> _Environment:
    environment = _Environment(
        loader=loader,
        undefined=type("Undefined", (_Undefined,), {"known": known}),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=finalize,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        cache_size=-1,
    )
    environment.extensions["marks"] = mark_extension(environment, loader.mark)
    environment.filters |= {**FILTERS, "indent": indent, "trim": trim}
    environment.globals["secret"] = secrets.get
    # Rule 1: what gives another text each time.
    del environment.filters["random"], environment.globals["lipsum"]
    return environment


class _Undefined(StrictUndefined):
    """An undefined value that knows what was defined."""

    __slots__ = ()
    known: ClassVar[tuple[str, ...]] = ()

    @property
    def _undefined_message(self) -> str:
        message = super()._undefined_message
        where = self._undefined_obj
        names = self.known if where is missing else tuple(where) if isinstance(where, dict) else ()
        near = get_close_matches(str(self._undefined_name), names, n=1)
        return f"{message}; did you mean {near[0]!r}?" if near else message


# Faults


def _as_input_error(fault: Exception, loader: _Loader, filters: Iterable[str]) -> InputError:
    if isinstance(fault, TemplateSyntaxError):
        name = fault.name if fault.name in loader.names else loader.main
        told = _told((name, fault.lineno), f"{fault.message}{_near_filter(fault, filters)}", loader)
        return InputError(told, hint="this is a fault in the template's own syntax")
    place, hint = _place(fault.__traceback__), "change the template or the value"
    if isinstance(fault, HsyncError):
        return InputError(_told(place, fault.message, loader), hint=fault.hint)
    if isinstance(fault, TemplateNotFound):
        folders = ", ".join(shown(folder, loader.root) for folder in loader.search)
        told = _told(place, f"no template {fault} in {folders}", loader)
        return InputError(told, hint="see `templates` in hsync.toml")
    if isinstance(fault, UndefinedError):
        hint = "define it in a file of variables or with --var, or give a default"
    what = str(fault) if isinstance(fault, TemplateError) else f"{type(fault).__name__}: {fault}"
    return InputError(_told(place, what, loader), hint=hint)


_QUOTED = re.compile(r"'([^']*)'")


def _near_filter(fault: TemplateSyntaxError, filters: Iterable[str]) -> str:
    named = _QUOTED.findall(fault.message or "") if (fault.message or "").startswith("No filter named") else []
    near = [meant for name in named for meant in get_close_matches(name, filters, n=1)]
    return f" Did you mean {near[0]!r}?" if near else ""


def _told(place: tuple[str | None, int] | None, what: str, loader: _Loader) -> str:
    """What is wrong, with its place, the template's line, and a caret below the word that the fault names."""
    if place is None:
        return what
    name, number = place
    lines = loader.texts.get(name, "").split("\n")
    line = lines[number - 1] if number <= len(lines) and lines[number - 1].strip() else ""
    found = (re.search(rf"(?<!\w){re.escape(word)}(?!\w)", line) for word in _QUOTED.findall(what) if word)
    column = next((match.start() + 1 for match in found if match), 0)
    return Fault(f"{loader.names[name]}:{number}", what, line=line, column=column).shown()


def _place(trace: TracebackType | None) -> tuple[str | None, int] | None:
    """Name and line of the innermost template in a traceback."""
    found: tuple[str | None, int] | None = None
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if isinstance(template, Template):
            found = (template.name, template.get_corresponding_lineno(trace.tb_lineno))
        trace = trace.tb_next
    return found
