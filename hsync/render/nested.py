"""nested: templates in variables, resolved like in Ansible.

Rule 1: a text with a tag is a template. It is resolved when it is read, with all variables that it reads. A text that
is not read is not resolved.
Rule 2: the value of a text that consists of one expression keeps its type; a list or an object keeps it also with
blanks and statements around the expression.
Rule 3: a text that needs its own value is an error, with the chain of places.
Rule 4: the result of a template is not a template, also if it has a tag.

Theory of operation: a variable with such a text is a `Pending` in the context of the template; `environment` resolves
it when it is read. The result has no `Pending` in it. While a value is resolved that reads other parts of itself
(`a: {x: 1, y: "{{ a.x }}"}`), it is a `_View`, which resolves each part when it is read.

Source: Ansible's user guide, "Using variables"; `AnsibleJ2Vars` in ansible-core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from jinja2 import StrictUndefined, Undefined, meta
from jinja2.exceptions import TemplateError, TemplateSyntaxError, UndefinedError

from hsync.errors import HsyncError, InputError
from hsync.render.limits import OverLimitError
from hsync.render.texts import Given, Unsafe
from hsync.render.unknown import UnknownNamesError
from hsync.render.yaml_files import Path, looks_like_template

if TYPE_CHECKING:
    from _collections_abc import dict_items

    from jinja2 import Environment

    from hsync.schema import Json

__all__ = ["OMIT", "Pending", "Resolver", "with_templates"]


class Omit(StrictUndefined):
    """`omit`: the value of an entry that is removed from its object. It is never output."""

    __slots__ = ()


OMIT = Omit(hint="omit removes entries of variables; in a line, put {% if %} around the words")


class Pending:
    """A variable whose value is not resolved yet."""

    __slots__ = ("get",)

    def __init__(self, get: Callable[[], object]) -> None:
        self.get = get


def with_templates(variables: Mapping[str, Json]) -> frozenset[str]:
    """Names of variables with a template in their values."""
    return frozenset(name for name, value in variables.items() if _has_template(value))


class Resolver:
    """Resolves the variables of one rendering.

    Args:
        environment: compiles texts; its undefined values suggest names of variables.
        variables: the variables, which are copied.
        place: `file:line:column: name` of a path.
        templated: names from `with_templates`.
    """

    def __init__(
        self,
        environment: Environment,
        variables: Mapping[str, Json],
        place: Callable[[Path], str],
        templated: frozenset[str],
    ) -> None:
        self.environment = environment
        self.raw = {name: _copied(value) for name, value in variables.items()}
        self.place = place
        self.done: dict[Path, object] = {}
        self.open: list[Path] = []
        self.context: dict[str, object] = {
            name: Pending(partial(self.variable, name)) if name in templated else value
            for name, value in self.raw.items()
        }

    def variable(self, name: str) -> object:
        """The value of a variable, with resolved templates."""
        if (name,) not in self.done:
            raw = self.raw[name]
            if isinstance(raw, dict | list) and any(path[0] == name for path in self.open):
                return self.view(raw, (name,))
            self.done[name,] = self.resolved(raw, (name,))
        return self.done[name,]

    def mentioned(self) -> set[str]:
        """Names in the templates of variables, also in those that are not read."""
        found: set[str] = set()
        for text in _templates(list(self.raw.values())):
            with suppress(TemplateError):
                found |= meta.find_undeclared_variables(self.environment.parse(text))
        return found

    def view(self, raw: Json, path: Path) -> object:
        """The view of a value that is being resolved."""
        if isinstance(raw, dict):
            return _View(self, raw, path)
        if isinstance(raw, list):
            return _ListView(self, raw, path)
        return self.resolved(raw, path)

    def resolved(self, raw: Json, path: Path) -> object:
        """A value with resolved templates."""
        if isinstance(raw, dict):
            items = ((key, self.resolved(value, (*path, key))) for key, value in raw.items())
            return {key: value for key, value in items if not isinstance(value, Omit)}
        if isinstance(raw, list):
            return [self.resolved(value, (*path, index)) for index, value in enumerate(raw)]
        if isinstance(raw, str) and not isinstance(raw, Unsafe) and looks_like_template(raw):
            return self.text(raw, path)
        return raw

    def text(self, text: str, path: Path) -> object:
        """The value of a template in a variable."""
        if path not in self.done:
            if path in self.open:
                chain = [self.place(one) for one in (*self.open[self.open.index(path) :], path)]
                raise InputError(
                    "\n  needs ".join([f"{chain[0]} needs itself:", *chain[1:]]), hint="remove the cycle of variables"
                )
            self.open.append(path)
            try:
                self.done[path] = self.evaluated(text, path)
            finally:
                self.open.pop()
        return self.done[path]

    def evaluated(self, text: str, path: Path) -> object:
        """The same, with the place of the text in every error."""
        try:
            return self.materialized(self._value_of(text))
        except UndefinedError as fault:
            return self.environment.undefined(hint=f"{self.place(path)}: {fault.message}")
        except TemplateSyntaxError as fault:
            hint = "if the text is not a template, put '{% raw %}...{% endraw %}' around it, or !unsafe before it"
            raise InputError(f"{self.place(path)}: {fault.message}", hint=hint) from fault
        except HsyncError as fault:
            if self.place(path) in fault.message:
                raise
            raise InputError(f"{self.place(path)}: {fault.message}", hint=fault.hint) from fault
        except OverLimitError as over:
            raise InputError(f"{self.place(path)}: {over.message}", hint=over.hint) from over
        except (RecursionError, MemoryError):
            raise
        except Exception as fault:
            what = (
                str(fault)
                if isinstance(fault, TemplateError | UnknownNamesError)
                else f"{type(fault).__name__}: {fault}"
            )
            raise InputError(f"{self.place(path)}: {what}", hint="change the variable") from fault

    def _value_of(self, text: str) -> object:
        template = self.environment.from_string(_with_plain_backslashes(text, self.environment))
        value = self.environment.concat(template.root_render_func(template.new_context(self.context)))
        if isinstance(value, Undefined) and not isinstance(value, Omit):
            str(value)
        return value

    def materialized(self, value: object) -> object:
        """The value without views."""
        if isinstance(value, _View | _ListView):
            return self.resolved(value._raw, value._path)  # noqa: SLF001 - see _View
        if isinstance(value, dict):
            return {key: self.materialized(item) for key, item in value.items()}
        return [self.materialized(item) for item in value] if isinstance(value, list) else value


_LEAVES = frozenset({str, int, float, bool, type(None), Unsafe, Given})
"""Types of values without parts. They are checked here, since a call for each leaf would take most of the time."""


def _copied(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: item if type(item) in _LEAVES else _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [item if type(item) in _LEAVES else _copied(item) for item in value]
    return value


def _has_template(value: Json) -> bool:
    if type(value) is str:
        return "{" in value and looks_like_template(value)
    if not isinstance(value, dict | list):
        return False
    for item in value.values() if isinstance(value, dict) else value:
        if (type(item) not in _LEAVES or (type(item) is str and "{" in item)) and _has_template(item):
            return True
    return False


def _templates(value: Json) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _templates(item)
    elif isinstance(value, str) and _has_template(value):
        yield value


def _with_plain_backslashes(text: str, environment: Environment) -> str:
    r"""A text in whose expressions a backslash is not an escape, as in Ansible: `'\1'` is a back reference."""
    if "\\" not in text:
        return text
    pieces, copied, at, inside = [], 0, 0, False
    for _, kind, value in environment.lexer.tokeniter(text, None):
        at = text.index(value, at) + len(value)
        inside = kind == "variable_begin" or (inside and kind != "variable_end")
        if inside and kind == "string" and "\\" in value:
            pieces += [text[copied : at - len(value)], value.replace("\\", "\\\\")]
            copied = at
    return "".join([*pieces, text[copied:]])


class _View(dict[str, object]):
    """An object that is being resolved: each of its parts is resolved when it is read.

    Templates cannot read attributes with a leading underscore, so they cannot hide a key of a variable.
    """

    def __init__(self, resolver: Resolver, raw: dict[str, Json], path: Path) -> None:
        super().__init__(raw)
        self._resolver, self._raw, self._path = resolver, raw, path

    def __getitem__(self, key: str) -> object:
        return self._resolver.view(self._raw[key], (*self._path, key))

    def get(self, key: str, default: object = None) -> object:
        """See the method of `dict`."""
        return self[key] if key in self._raw else default

    def items(self) -> dict_items[str, object]:
        """See the method of `dict`."""
        return {key: self[key] for key in self._raw}.items()

    def values(self) -> list[object]:  # type: ignore[override]
        """See the method of `dict`."""
        return [self[key] for key in self._raw]


class _ListView(list[object]):
    """A list that is being resolved."""

    def __init__(self, resolver: Resolver, raw: list[Json], path: Path) -> None:
        super().__init__(raw)
        self._resolver, self._raw, self._path = resolver, raw, path

    def __getitem__(self, index: object) -> object:  # type: ignore[override]
        found = range(len(self._raw))[index]  # type: ignore[call-overload]
        if isinstance(found, range):
            return [self[one] for one in found]
        return self._resolver.view(self._raw[found], (*self._path, found))

    def __iter__(self) -> Iterator[object]:
        return (self[index] for index in range(len(self._raw)))
