"""environment: the jinja2 environments in which templates are compiled and run.

Rule 1: rendering is reproducible: there is no clock, and there are no random numbers.
Rule 2: no filter, test or global reads a file, a variable of the process, or an attribute that the sandbox of jinja2
forbids.
Rule 3: attributes of an undefined value are undefined, so that `a.b.c | default(5)` works; any other use is an error.

Source: https://jinja.palletsprojects.com/en/stable/sandbox/; Ansible for `#jinja2:` in the first line of a template.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import CodeType
from typing import ClassVar

from jinja2 import Environment as Jinja
from jinja2 import StrictUndefined, Template, nodes
from jinja2.compiler import Frame
from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError
from jinja2.loaders import BaseLoader, split_template_path
from jinja2.nativetypes import NativeCodeGenerator
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import missing

from hsync.errors import InputError
from hsync.render.ansible import ANSIBLE_FILTERS, ANSIBLE_GLOBALS, ANSIBLE_TESTS
from hsync.render.files import read_bytes, shown
from hsync.render.filters import FILTERS, ansible_text, finalize, plain_text
from hsync.render.limits import Limits
from hsync.render.marks import FinalizingGenerator, Marked, form_of, mark_extension, with_marks
from hsync.render.nearest import did_you_mean
from hsync.render.nested import Pending
from hsync.render.notes import Notes
from hsync.render.opaque import Opaque, Taking, concatenated, joined, opaque_text
from hsync.render.project_code import Additions
from hsync.render.unknown import refuse_unknown
from hsync.trust.reach import Reach

__all__ = ["Environment", "Loader", "Settings", "environment_of"]


class Loader(BaseLoader):
    """Finds templates, and records their names, digests and marks.

    Args:
        template: the main template, also if a search folder has another file of this name.
        search: folders of all other templates.
        root: the folder to which names are relative.
        limits: the limits of a rendering, for messages.
        notes: records the compiled templates.
        reach: the files that may be read.
    """

    def __init__(
        self,
        template: Path,
        search: tuple[Path, ...],
        root: Path | None,
        limits: Limits | None = None,
        notes: Notes | None = None,
        reach: Reach | None = None,
    ) -> None:
        self.main = template.as_posix()
        self.search = search
        self.root = root
        self.limits = limits or Limits()
        self._notes = notes or Notes()
        self._reach = reach
        self._codes: dict[str, str] = {}
        self.sources = [f"{shown(template, root)}:1"]
        self.digests: dict[str, str] = {}
        self.names: dict[str | None, str] = {self.main: shown(template, root)}
        self.texts: dict[str | None, str] = {}
        self._marks: dict[tuple[str | None, int], str] = {}

    @property
    def folders(self) -> str:
        """The search folders, for messages."""
        return ", ".join(shown(folder, self.root) for folder in self.search)

    def main_text(self) -> str:
        """The text of the main template, with its header."""
        return self._text(self.main)

    def get_source(self, environment: Jinja, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        """The text of a template with a name that templates use."""
        del environment
        text = self._text(template)
        if template == self.main and text.startswith(_HEADER):
            text = text.partition("\n")[1] + text.partition("\n")[2]
        code = f"template-{len(self._codes)}"
        self._codes[code] = self.names[template]
        return text, code, None

    def compiled(self, made: Template) -> None:
        """Record a compiled template. Each template is compiled twice, with marks and without."""
        if made.filename in self._codes:
            self._notes.compiled(made.filename, self._codes[made.filename], made.debug_info)

    def _text(self, template: str) -> str:
        if template not in self.texts:
            self.texts[template] = self._read(self._find(template), template)
        return self.texts[template]

    def _read(self, path: Path, template: str) -> str:
        data = read_bytes(path, "template", reach=self._reach)
        name = self.names[template] = shown(path, self.root)
        self.digests[name] = hashlib.sha256(data).hexdigest()
        text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
        if "\0" in text:
            self.texts[template] = text
            raise TemplateSyntaxError("the template has a NUL", text[: text.index("\0")].count("\n") + 1, template)
        return text

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


_HEADER = "#jinja2:"

_SWITCHES = ("trim_blocks", "lstrip_blocks", "keep_trailing_newline")
_DELIMITERS = tuple(f"{tag}_{side}_string" for tag in ("block", "variable", "comment") for side in ("start", "end"))


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of jinja2 for a template.

    Args:
        switches: switches of jinja2, by name.
        delimiters: delimiters of jinja2, by name.
        keeps_line_ends: whether a line of text that ends with a tag keeps its line end; see `line_ends`.
    """

    switches: Mapping[str, bool]
    delimiters: Mapping[str, str]
    keeps_line_ends: bool

    @classmethod
    def of(cls, text: str, name: str) -> Settings:
        """The settings of a main template: hsync's, or Ansible's if the first line is `#jinja2:`.

        Raises:
            TemplateSyntaxError: the first line has an unknown setting.
        """
        if not text.startswith(_HEADER):
            return cls(dict.fromkeys(_SWITCHES, True), {}, keeps_line_ends=True)
        switches = {"trim_blocks": True, "lstrip_blocks": False, "keep_trailing_newline": True}
        delimiters: dict[str, str] = {}
        for setting in text.partition("\n")[0].removeprefix(_HEADER).split(","):
            key, _, written = (part.strip() for part in setting.partition(":"))
            value = _literal(written)
            if key in _SWITCHES and isinstance(value, bool):
                switches[key] = value
            elif key in _DELIMITERS and isinstance(value, str) and value:
                delimiters[key] = value
            else:
                known = ", ".join(_SWITCHES + _DELIMITERS)
                raise TemplateSyntaxError(
                    f"#jinja2: unknown setting or wrong value: {key!r}; known are {known}", 1, name
                )
        return cls(switches, delimiters, keeps_line_ends=False)


def _literal(written: str) -> object:
    import ast

    try:
        value: object = ast.literal_eval(written)
    except (ValueError, SyntaxError):
        return None
    return value


class _Context(Context):
    """Resolves variables when they are read, and records which were read."""

    def resolve_or_missing(self, key: str) -> object:
        """The value of a name."""
        value: object = super().resolve_or_missing(key)
        environment = self.environment
        assert isinstance(environment, Environment)
        environment.reads.add(key)
        return value.get() if isinstance(value, Pending) else value


class _Template(Template):
    """A compiled template that is recorded by the loader."""

    @classmethod
    def from_code(
        cls,
        environment: Jinja,
        code: CodeType,
        globals: MutableMapping[str, object],  # noqa: A002 - as of every template
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        made = super().from_code(environment, code, globals, uptodate)
        if isinstance(environment.loader, Loader):
            environment.loader.compiled(made)
        return made


_OF_DICTS = frozenset(dir(dict))
"""Names that always mean a method of an object, also if it has such a key."""


class Environment(SandboxedEnvironment):
    """The sandbox. It refuses unknown filters and tests when a template is compiled."""

    context_class = _Context
    template_class = _Template
    concatenated = staticmethod(concatenated)
    code_generator_class = FinalizingGenerator
    reads: set[str]

    def getattr(self, obj: object, attribute: str) -> object:
        """The value of a key of an object, or an attribute of any other value."""
        if type(obj) is dict and attribute not in _OF_DICTS:
            try:
                return obj[attribute]
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        refuse_unknown(tree, source, name, self.filters, self.tests)
        return tree


class _ValueGenerator(NativeCodeGenerator):
    """Outputs values as they are."""

    visit_Concat = FinalizingGenerator.visit_Concat  # noqa: N815 - as jinja2 calls it

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: object) -> str:
        del finalize
        const = node.as_const(frame.eval_ctx)
        if not isinstance(const, str):
            raise nodes.Impossible
        return const


class _ValueEnvironment(Environment):
    """The sandbox for templates in variables, whose results may have any type."""

    code_generator_class = _ValueGenerator  # type: ignore[assignment]

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)
        self.as_text = self.finalize or str
        self.finalize = None

    def concat(self, pieces: Iterable[object]) -> object:  # type: ignore[override]
        """The value of a template from its pieces."""
        found = list(pieces)
        if len(found) == 1:
            return found[0]
        values = [piece for piece in found if not (isinstance(piece, str) and not piece.strip())]
        if len(values) == 1 and isinstance(values[0], dict | list):
            return values[0]
        if any(isinstance(piece, Opaque) for piece in found):
            return joined(piece if isinstance(piece, Opaque) else self.as_text(piece) for piece in found)
        return "".join(str(self.as_text(piece)) for piece in found)


class _PlainEnvironment(Environment):
    """The sandbox without marks: its texts are those of jinja2."""

    @staticmethod
    def concat(pieces: Iterable[str]) -> object:  # type: ignore[override]
        """The text of a block, macro or call from its pieces."""
        text = "".join(pieces)
        return opaque_text(text) or text


class _MarkedEnvironment(Environment):
    """The sandbox with marks in its texts."""

    @staticmethod
    def concat(pieces: Iterable[str]) -> object:  # type: ignore[override]
        """The text of a block, macro or call from its pieces."""
        form = "".join(form_of(piece) if isinstance(piece, Marked) else piece for piece in pieces)
        return opaque_text(form) or with_marks(form)


def environment_of(
    loader: Loader,
    settings: Settings,
    known: tuple[str, ...],
    taking: Taking,
    additions: Additions,
    kind: str,
    *,
    as_ansible: bool,
) -> Environment:
    """Create an environment.

    Args:
        loader: the loader of templates.
        settings: the settings of the main template.
        known: names of variables, for suggestions.
        taking: has the global `secret`, and the filters for secrets.
        additions: the project's own filters, tests and globals.
        kind: "marked" for templates with marks, "plain" for templates without marks, "values" for variables.
        as_ansible: whether null is an empty text, and a text can have several lines.
    """
    checked = finalize if kind == "marked" else plain_text
    environment = {"marked": _MarkedEnvironment, "plain": _PlainEnvironment, "values": _ValueEnvironment}[kind](
        loader=loader,
        undefined=type("Undefined", (_Undefined,), {"_known": known}),
        finalize=partial(ansible_text, checked=checked) if as_ansible else checked,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        cache_size=-1,
        optimized=False,  # else a huge constant would be computed before its line is known
        **settings.switches,
        **settings.delimiters,
    )
    environment.reads = set()
    if kind == "marked":
        environment.extensions["marks"] = mark_extension(environment, loader.mark, keeps=settings.keeps_line_ends)
    _furnish(environment, taking)
    _refuse_known(environment, additions)
    environment.filters |= additions.filters
    environment.tests |= additions.tests
    environment.globals |= additions.globals
    return environment


def _refuse_known(environment: Environment, additions: Additions) -> None:
    """Refuse additions with names of jinja2 or hsync; names of Ansible may be replaced."""
    own = (
        (set(environment.filters) - set(ANSIBLE_FILTERS), additions.filters),
        (set(environment.tests) - set(ANSIBLE_TESTS), additions.tests),
        (set(environment.globals) - {"ansible_managed"}, additions.globals),
    )
    twice = sorted(name for known, added in own for name in added if name in known)
    if twice:
        told = f"{', '.join(additions.digests)}: duplicate name: templates already have {', '.join(twice)}"
        raise InputError(told, hint="choose another name")


def _furnish(environment: Environment, taking: Taking) -> None:
    """Add hsync's filters, tests and globals to those of jinja2; those of Ansible also with their long names."""
    filters: dict[str, Callable[..., object]] = dict(ANSIBLE_FILTERS)
    filters.update(FILTERS)
    filters |= taking.filters(environment.filters | filters)
    for collection in ("ansible.builtin.", "ansible.utils."):
        environment.filters |= {f"{collection}{name}": one for name, one in filters.items() if name in ANSIBLE_FILTERS}
        environment.tests |= {f"{collection}{name}": one for name, one in ANSIBLE_TESTS.items()}
    environment.filters |= filters
    environment.tests |= ANSIBLE_TESTS
    environment.globals |= {**ANSIBLE_GLOBALS, "secret": taking.secret}
    del environment.filters["random"], environment.globals["lipsum"]


class _Undefined(StrictUndefined):
    """An undefined value that suggests defined names, and whose attributes are undefined as well."""

    __slots__ = ()
    _known: ClassVar[tuple[str, ...]] = ()

    @property
    def _undefined_message(self) -> str:
        message = super()._undefined_message
        if self._undefined_hint:
            return message
        where = self._undefined_obj
        names = self._known if where is missing else tuple(where) if isinstance(where, dict) else ()
        return f"{message}{did_you_mean(str(self._undefined_name), (name for name in names if isinstance(name, str)))}"

    def __getattr__(self, name: str) -> _Undefined:
        if name.startswith("_"):
            raise AttributeError(name)
        return self

    def __getitem__(self, _: object) -> _Undefined:  # type: ignore[override]
        return self
