"""project: reads hsync.toml, which is searched from a folder upwards.

    template = "templates/haproxy.cfg.j2"       # rendered into the desired configuration
    templates = ["templates"]                   # folders of included and imported templates
    vars = ["vars/common.yaml", "vars/*.toml"]  # merged in this order; the files of a pattern are sorted
    state = "state"                             # folder of the state files
    target = "edge1"                            # default of -t
    prune = true                                # false: sections that hsync did not create are unmanaged
    protect = ["backend/payments*"]             # never deleted
    ignore = ["backend/consul-*"]               # unmanaged
    max_delete = 5                              # refuse plans that delete more resources; "30%": more of the sections
    accept = ["tls-weaker@frontend/lab*: no one else can reach it"]    # or [[accept]] with risk, at, reason
    yaml = "1.1"                                # read no, 0660, 1:30 like Ansible; default: refuse them
    values = "ansible"                          # allow null as an empty text, and texts of several lines
    filters = "hsync_filters.py"                # Python code: the project's own filters, tests and globals

    [environments.prod]
    vars = ["vars/prod.yaml"]                   # merged after the common ones
    target = "edge1"

    [watch]                                     # see hsync.render.thresholds
    errors_percent = 5

    [targets.edge1]                             # settings of a target: see hsync.dataplane.targets
    url = "https://edge1.example:5555"

Rule 1: an unknown key is refused, with the nearest known one, so that a misspelt limit is not silently off.
Rule 2: paths are relative to the folder of the file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from hsync.errors import InputError, UsageError
from hsync.plan.limit import Limit, limit_of
from hsync.plan.risk import Accept
from hsync.render.files import read_bytes, shown
from hsync.render.nearest import did_you_mean
from hsync.render.thresholds import Thresholds

__all__ = ["FILE_NAME", "Environment", "Project", "find_project", "line_of", "load_project"]

FILE_NAME = "hsync.toml"


@dataclass(frozen=True, slots=True)
class Environment:
    """A table `[environments.NAME]`: `vars` are merged after the project's; `target` replaces the project's."""

    vars: tuple[str, ...] = ()
    target: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A project.

    Args:
        root: folder of hsync.toml; the working directory if there is none.
        template: the main template.
        templates: folders of all templates.
        vars: files of variables, or patterns of them, as written.
        state: folder of the state files, or the URL of a store (see `hsync.store.kinds`).
        target: name of the default target; "" for none.
        prune: whether sections that the templates do not have are deleted; if false, only sections that hsync created.
        protect: patterns of sections that are never deleted, `kind/name`.
        ignore: patterns of unmanaged sections, `kind/name`.
        max_delete: how much a plan may delete; None if the project does not say.
        accept: the risks that the project accepts.
        yaml: version of YAML for bare words; "" refuses words that 1.1 and 1.2 read differently.
        values: "ansible" allows null as an empty text, and texts of several lines; "" refuses both.
        filters: Python file with the project's own filters, tests and globals; it is code, see `project_code`.
        targets: the tables `[targets.NAME]`, as written.
        environments: the tables `[environments.NAME]`.
        environment: the name of the one that is in use; "" for none.
        watch: the table `[watch]`.
    """

    root: Path
    template: Path
    templates: tuple[Path, ...]
    vars: tuple[str, ...] = ()
    state: str = "state"
    target: str = ""
    prune: bool = True
    protect: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    max_delete: Limit | None = None
    accept: tuple[Accept, ...] = ()
    yaml: str = ""
    values: str = ""
    filters: Path | None = None
    targets: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    environment: str = ""
    watch: Thresholds = field(default_factory=Thresholds)

    def in_environment(self, name: str) -> Project:
        """The project with the settings of an environment.

        Args:
            name: as in `[environments.NAME]`; "" for the unchanged project.

        Raises:
            UsageError: the environment does not exist.
        """
        if not name:
            return self
        if name not in self.environments:
            known = ", ".join(self.environments) or "none"
            raise UsageError(
                f"no environment {name!r}{did_you_mean(name, self.environments)}", hint=f"{FILE_NAME} has: {known}"
            )
        chosen = self.environments[name]
        return replace(self, environment=name, vars=(*self.vars, *chosen.vars), target=chosen.target or self.target)

    def variable_files(self) -> tuple[Path, ...]:
        """The files of `vars`, in the order in which they are merged.

        Raises:
            InputError: a file does not exist, or no file matches a pattern.
        """
        return tuple(path for name in self.vars for path in self._files(name))

    def _files(self, name: str) -> Iterator[Path]:
        if not set("*?[") & set(name):
            yield self.root / name
            return
        try:
            found = sorted(path for path in self.root.glob(name) if path.is_file())
        except (ValueError, NotImplementedError) as fault:
            raise InputError(f"{FILE_NAME}: vars: {name!r}: {fault}", hint="patterns are relative paths") from fault
        if not found:
            raise InputError(f"{FILE_NAME}: vars: no file matches {name!r}", hint="create one, or remove the pattern")
        yield from found


def find_project(start: Path) -> Project:
    """The project of a folder.

    Args:
        start: the folder in which the search for hsync.toml begins; it continues in the parents.

    Returns:
        The project of the first hsync.toml; a project with the defaults in `start` if there is none.

    Raises:
        InputError: the file has a fault.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / FILE_NAME).is_file():
            return load_project(folder / FILE_NAME)
    return _project(start.resolve(), {})


def load_project(path: Path) -> Project:
    """Read an hsync.toml.

    Args:
        path: the file.

    Returns:
        The project, rooted in the folder of the file.

    Raises:
        InputError: the file cannot be read, is not TOML, or has an unknown key or a value of the wrong type.
    """
    root = path.parent
    try:
        table = tomllib.loads(read_bytes(path, "project file").decode())
        return _project(root, table)
    except (ValueError, RecursionError) as fault:
        raise InputError(f"{shown(path, root)}{_place(fault, path)}: {fault}", hint="correct the file") from fault


_CONTROL = re.compile("[\x00-\x1f\x7f]")


class _SettingError(ValueError):
    """A setting with a wrong value; `key` is its path, `environments.prod.vars`."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(what)
        self.key = key


def _place(fault: Exception, path: Path) -> str:
    """`:LINE` of the setting with the fault; "" if it is not found."""
    if not isinstance(fault, _SettingError):
        return ""
    keys = tuple(fault.key.partition("[")[0].split("."))
    line = line_of(read_bytes(path, "project file").decode(), keys)
    return f":{line}" if line else ""


_HEADER = re.compile(r"\s*\[+\s*([^\]#]+?)\s*\]")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")


def line_of(text: str, keys: Sequence[str]) -> int:
    """The line of a key or a table in a TOML file; 0 if it is not found, for example in an inline table.

    Args:
        text: the text of the file, which is TOML.
        keys: the path of the key.
    """
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
            found = table
        elif key := _KEY.match(line):
            found = (*table, *_parts(key[1]))
        else:
            continue
        if found[: len(keys)] == tuple(keys):
            return number
    return 0


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _project(root: Path, table: Mapping[str, object]) -> Project:
    settings = _settings(table, _PROJECT, "")
    template = root / str(settings.pop("template", "templates/haproxy.cfg.j2"))
    folders = settings.pop("templates", None)
    own = template if template.is_dir() else template.parent
    templates = tuple(root / folder for folder in folders) if isinstance(folders, tuple) else (own,)
    state = str(settings.pop("state", "state"))
    state = state if "://" in state else str(root / state)
    filters = settings.pop("filters", None)
    settings["filters"] = root / str(filters) if filters else None
    return Project(root=root, template=template, templates=templates, state=state, **settings)  # type: ignore[arg-type]


def _settings(
    table: Mapping[str, object], known: Mapping[str, Callable[[object, str], object]], at: str
) -> dict[str, object]:
    for name in table:
        if name not in known:
            raise _SettingError(
                at + name, f"unknown key {at + name!r}{did_you_mean(name, known)} (known are {', '.join(known)})"
            )
    return {name: known[name](value, at + name) for name, value in table.items()}


def _wrong(at: str, wanted: str, value: object) -> _SettingError:
    return _SettingError(at, f"{at}: expected {wanted}, got {value!r}")


def _text(value: object, at: str) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong(at, "a string", value)
    if _CONTROL.search(value):
        raise _wrong(at, "a string without control characters", value)
    return value


def _texts(value: object, at: str) -> tuple[str, ...]:
    if isinstance(value, str):
        return (_text(value, at),)
    if not isinstance(value, list):
        raise _wrong(at, "a list of strings", value)
    return tuple(_text(item, f"{at}[{index}]") for index, item in enumerate(value))


def _truth(value: object, at: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(at, "true or false", value)
    return value


def _yaml_version(value: object, at: str) -> str:
    if value not in {"1.1", "1.2"}:
        raise _wrong(at, '"1.1" or "1.2"', value)
    return str(value)


def _values(value: object, at: str) -> str:
    if value != "ansible":
        raise _wrong(at, '"ansible"', value)
    return "ansible"


def _limit(value: object, at: str) -> Limit:
    text = str(value) if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)) else ""
    try:
        return limit_of(text)
    except ValueError as fault:
        raise _wrong(at, "a number from 0 on, or a share such as 30%", value) from fault


def _accepts(value: object, at: str) -> tuple[Accept, ...]:
    if not isinstance(value, list):
        raise _wrong(at, f"tables [[{at}]]", value)
    return tuple(_accept(item, f"{at}[{index}]") for index, item in enumerate(value))


_SHORT = re.compile(r"([a-z0-9-]+)@([^\s:]+)(?::\s*(\S.*))?")


def _accept(value: object, at: str) -> Accept:
    """An accepted risk: a table with `risk`, `at` and `reason`, or `RISK@SECTION: REASON`."""
    from hsync.risks import rules_by_id

    short = _SHORT.fullmatch(value) if isinstance(value, str) else None
    named = zip(("risk", "at", "reason"), short.groups(), strict=True) if short else ()
    table = {name: text for name, text in named if text} or _table(value, at)
    said = _settings(table, {"risk": _text, "at": _text, "reason": _text}, f"{at}.")
    missing = [name for name in ("risk", "reason") if name not in said]
    if missing:
        raise _wrong(at, f"a {missing[0]}", value)
    if said["risk"] not in rules_by_id():
        near = did_you_mean(str(said["risk"]), list(rules_by_id()))
        raise _SettingError(at, f"unknown risk {said['risk']!r}{near} (hsync explain lists all)")
    return Accept(str(said["risk"]), str(said.get("at", "*")), str(said["reason"]))


def _table(value: object, at: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _wrong(at, f"a table [{at}]", value)
    return value


def _tables(value: object, at: str) -> Mapping[str, Mapping[str, object]]:
    return {name: _table(inner, f"{at}.{name}") for name, inner in _table(value, at).items()}


def _environments(value: object, at: str) -> Mapping[str, Environment]:
    known = {"vars": _texts, "target": _text}
    return {
        name: Environment(**_settings(table, known, f"{at}.{name}."))  # type: ignore[arg-type]
        for name, table in _tables(value, at).items()
    }


def _count(value: object, at: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _wrong(at, "a number from 0 on", value)
    return value


def _watch(value: object, at: str) -> Thresholds:
    known = dict.fromkeys((one.name for one in fields(Thresholds)), _count)
    return Thresholds(**_settings(_table(value, at), known, f"{at}."))  # type: ignore[arg-type]


_PROJECT: Mapping[str, Callable[[object, str], object]] = {
    "template": _text,
    "templates": _texts,
    "vars": _texts,
    "state": _text,
    "target": _text,
    "prune": _truth,
    "protect": _texts,
    "ignore": _texts,
    "max_delete": _limit,
    "accept": _accepts,
    "yaml": _yaml_version,
    "values": _values,
    "filters": _text,
    "targets": _tables,
    "environments": _environments,
    "watch": _watch,
}
