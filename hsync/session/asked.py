"""asked: the input of a run, from the options of a command or the arguments of the library. Plain values.

Rule 1: every command imports this module, so it imports only small modules.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hsync.errors import UsageError

if TYPE_CHECKING:
    from hsync.dataplane import TargetSettings
    from hsync.render import Project
    from hsync.render.project import Environment

__all__ = ["Brakes", "Confirmation", "Judging", "TargetOptions", "Wanted"]


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """The options of a target for one run.

    Args:
        target: a name of hsync.toml, a URL, or the path of a haproxy.cfg; "" for the project's.
        user: as in `TargetSettings`, like those below; empty if not set.
        ca_file: only for a URL.
        client_cert: only for a URL.
        client_key: only for a URL.
        pin: only for a URL.
        allow_plaintext: only for a URL.
        haproxy_bin: only for a path.
        timeout: time limit for the work on the target, in seconds; 0 for none.
        explicit: the names of the options that are on the command line, not only in variables of the process.
    """

    target: str = ""
    user: str = ""
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    pin: str = ""
    allow_plaintext: bool = False
    haproxy_bin: str = ""
    timeout: float = 0.0
    explicit: frozenset[str] = field(default_factory=frozenset)

    def over(self, settings: TargetSettings) -> TargetSettings:
        """The settings of a target, overridden by these options.

        Args:
            settings: the settings of hsync.toml.

        Raises:
            UsageError: an option has no effect on this kind of target.
        """
        said = {name: value for name in _SETTINGS if (value := getattr(self, name))}
        for name in said.keys() - settings.settings().keys():
            if name in self.explicit:
                from hsync.dataplane.kinds import words_of

                option = f"--{name.replace('_', '-')}"
                raise UsageError(f"{option} is for {words_of(name)}; {settings.spec} is {settings.words}")
        return replace(settings, **{name: said[name] for name in said if name in settings.settings()})

    def repeated(self) -> tuple[str, ...]:
        """The typed options of the connection, as words of a command line."""
        given = [name for name in _SETTINGS if getattr(self, name) and name in self.explicit]
        return tuple(word for name in given for word in self._typed(name))

    def _typed(self, name: str) -> tuple[str, ...]:
        value, word = getattr(self, name), f"--{name.replace('_', '-')}"
        return (word,) if value is True else (word, str(value))


_SETTINGS = tuple(one.name for one in fields(TargetOptions) if one.name not in {"target", "timeout", "explicit"})
"""The options that override a setting of a target, which has the same name."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options for the desired configuration.

    Args:
        template: a template, or a folder of templates; None for that of the project.
        config: a text without templates, or a folder of files, of which `*.cfg.j2` are rendered; excludes `template`.
        var: variables `NAME=TEXT`.
        var_json: variables `NAME=JSON`.
        vars: files of variables, read after those of the project.
        environment: an environment of hsync.toml; "" for none.
        explicit: the names of the options that are on the command line, not only in variables of the process.
    """

    template: Path | None = None
    config: Path | None = None
    var: tuple[str, ...] = ()
    var_json: tuple[str, ...] = ()
    vars: tuple[Path, ...] = ()
    environment: str = ""
    explicit: frozenset[str] = frozenset()

    @property
    def as_it_stands(self) -> bool:
        """Whether `config` names a text without templates: a file, or a folder without templates."""
        from hsync.render import holds_templates

        return self.config is not None and not holds_templates(self.config)

    def refuse_idle(self) -> None:
        """Refuse options of the command line without an effect; a variable of the process may have no effect.

        Raises:
            UsageError: two options exclude each other, or a variable is given twice.
        """
        excluded = ("template", "var", "var_json", "vars") if self.as_it_stands else ("template",)
        if self.config and any(getattr(self, name) and name in self.explicit for name in excluded):
            source = "" if "config" in self.explicit else " (it comes from HSYNC_CONFIG)"
            if len(excluded) == 1:
                raise UsageError(f"--config has the templates{source}: it excludes another template")
            with_it = "it excludes a template, --var, --var-json and --vars"
            raise UsageError(f"--config is not rendered{source}: {with_it}")
        names = [one.partition("=")[0].strip() for one in (*self.var, *self.var_json)]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            raise UsageError(f"--var {twice} is given {names.count(twice)} times: only one value is allowed")

    def changes_by(self, environment: Environment, *, takes_target: bool) -> bool:
        """Whether an environment of hsync.toml has a setting that this run uses.

        Args:
            environment: the environment.
            takes_target: whether the run is on the project's target.
        """
        return bool((environment.vars and not self.as_it_stands) or (environment.target and takes_target))

    def is_given(self, project: Project) -> bool:
        """Whether there is a desired configuration: in the options, or the template of the project."""
        return bool(self.template or self.config or project.template.exists())


@dataclass(frozen=True, slots=True)
class Brakes:
    """The options about plans that are refused.

    Args:
        max_delete: how much a plan may delete, `10` or `30%`; "" for the setting of the project.
        fail_on: the lowest severity of a risk that refuses a plan; "" for none.
    """

    max_delete: str = ""
    fail_on: str = ""


@dataclass(frozen=True, slots=True)
class Judging:
    """The options of HAProxy's check of a result.

    Args:
        skip: whether HAProxy does not check it; a user who may only read a server cannot request a check.
        strict: whether warnings are errors.
    """

    skip: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How an apply is to be confirmed.

    Args:
        confirm_within: in how many seconds after its end; None if it need not be confirmed.
        confirm_probe: what confirms it besides people: see `hsync.dataplane.probes`.
        confirm_times: how often all probes must pass in a row.
        watch: for how many seconds the numbers of HAProxy are watched after it; None for not at all.
        rollback_on_regression: whether it is undone if they are worse.
    """

    confirm_within: float | None = None
    confirm_probe: tuple[str, ...] = ()
    confirm_times: int = 3
    watch: float | None = None
    rollback_on_regression: bool = False

    def repeated(self) -> tuple[str, ...]:
        """The probes as words of a command line."""
        probes = tuple(word for one in self.confirm_probe for word in ("--confirm-probe", one))
        return (*probes, "--confirm-times", str(self.confirm_times)) if probes else ()
