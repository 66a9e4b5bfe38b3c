"""asked: what somebody asks for in one run, by the options of a command or as arguments of the library. Plain values.

Rule 1: this module is loaded by every command: it imports what is small.
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

__all__ = ["Judging", "TargetOptions", "Wanted"]


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """What is said about a target for one run.

    Args:
        target: a name of hsync.toml, a URL, or the path of a haproxy.cfg; "" for the project's.
        user: as in `TargetSettings`, like those below; empty where nothing is said.
        ca_file: of a URL.
        client_cert: of a URL.
        client_key: of a URL.
        pin: of a URL.
        allow_plaintext: of a URL.
        haproxy_bin: of a path.
        timeout: seconds for the work on the target; 0 for no limit.
        explicit: the names of what was said for this very run, rather than in a variable of the process.
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
        """The settings of a target with what is said here instead.

        Args:
            settings: as hsync.toml has them.

        Raises:
            UsageError: an option that has no effect on this kind of target.
        """
        said = {name: value for name in _SETTINGS if (value := getattr(self, name))}
        for name in said.keys() - settings.settings().keys():
            if name in self.explicit:
                from hsync.dataplane.kinds import words_of

                option = f"--{name.replace('_', '-')}"
                raise UsageError(f"{option} is for {words_of(name)}; {settings.spec} is {settings.words}")
        return replace(settings, **{name: said[name] for name in said if name in settings.settings()})

    def repeated(self) -> tuple[str, ...]:
        """The options of the connection that were said for this run, as they are typed."""
        given = [name for name in _SETTINGS if getattr(self, name) and name in self.explicit]
        return tuple(word for name in given for word in self._typed(name))

    def _typed(self, name: str) -> tuple[str, ...]:
        value, word = getattr(self, name), f"--{name.replace('_', '-')}"
        return (word,) if value is True else (word, str(value))


_SETTINGS = tuple(one.name for one in fields(TargetOptions) if one.name not in {"target", "timeout", "explicit"})
"""What is said about a setting of a target: a setting of the same name."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should run, as somebody asks for it.

    Args:
        template: a template, or a folder of them; None for that of the project.
        config: a text as it stands, or a folder of files, of which `*.cfg.j2` are rendered; excludes `template`.
        var: `NAME=TEXT`, each.
        var_json: `NAME=JSON`, each.
        vars: files of variables, after those of the project.
        environment: of hsync.toml; "" for none.
        explicit: the names of what was said for this very run, rather than in a variable of the process.
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
        """Whether `config` names a text that no template makes: a file, or a folder of files of which none is one."""
        from hsync.render import holds_templates

        return self.config is not None and not holds_templates(self.config)

    def refuse_idle(self) -> None:
        """Refuse what was said for this run and would have no effect; a variable of the process may make no sense.

        Raises:
            UsageError: something excludes each other, or a variable is given twice.
        """
        excluded = ("template", "var", "var_json", "vars") if self.as_it_stands else ("template",)
        if self.config and any(getattr(self, name) and name in self.explicit for name in excluded):
            source = "" if "config" in self.explicit else " (it comes from HSYNC_CONFIG)"
            if len(excluded) == 1:
                raise UsageError(f"--config names the templates{source}: no other template with it")
            with_it = "no template, no --var, --var-json or --vars with it"
            raise UsageError(f"--config takes the text as it stands{source}: {with_it}")
        names = [one.partition("=")[0].strip() for one in (*self.var, *self.var_json)]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            raise UsageError(f"--var {twice} is given {names.count(twice)} times: only one value counts")

    def changes_by(self, environment: Environment, *, takes_target: bool) -> bool:
        """Whether an environment of hsync.toml has something that this run takes.

        Args:
            environment: the environment.
            takes_target: whether the run is on the project's target.
        """
        return bool((environment.vars and not self.as_it_stands) or (environment.target and takes_target))

    def is_given(self, project: Project) -> bool:
        """Whether there is a desired configuration: named, or the template of the project."""
        return bool(self.template or self.config or project.template.exists())


@dataclass(frozen=True, slots=True)
class Judging:
    """How HAProxy judges the result of a plan.

    Args:
        ask: whether it is asked at all; who may only read a server cannot ask.
        strict: whether what it warns of is an error.
    """

    ask: bool = True
    strict: bool = False
