"""desired: from a template and variables, or a text as it stands, to the desired configuration.

Rule 1: `--config` and a template exclude each other; without both, the project's template is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hsync.cli.options import DesiredFlags
from hsync.cli.verb import no_effect, typed
from hsync.errors import ConfigError, InputError, UsageError

if TYPE_CHECKING:
    from hsync.render import Project, Rendered
    from hsync.session import Desired

__all__ = ["Source", "has_desired", "read_source"]

MAX_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """The desired text, before it is parsed.

    Args:
        text: the text.
        name: of the file that it comes from.
        lines: source of each line; empty when the text is its own source.
        inputs: digests of what it was made from, by name.
        secrets: values that nobody may see, by reference.
        whole: whether nothing that the target has is left alone (`ignore`, `prune = false`).
    """

    text: str
    name: str
    lines: tuple[str, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    whole: bool = True

    def desired(self, *, kept: bool = False, files: bool = False) -> Desired:
        """The configuration; ConfigError with all its faults, without secrets. `kept`, `files`: see `read_desired`."""
        from hsync.session import read_desired

        try:
            return read_desired(self.text, self.name, self.lines, self.inputs, whole=self.whole, kept=kept, files=files)
        except ConfigError as error:
            raise self.without_secrets(error) from error

    def without_secrets(self, error: ConfigError) -> ConfigError:
        """The same error about this text, for people to see."""
        from hsync.model import Configuration
        from hsync.session.judgement import hidden_in, masked

        hidden = hidden_in(Configuration.from_text(self.text), self.secrets.values())
        heading = error.message.partition("\n")[0]
        return ConfigError(heading, [masked(fault, hidden) for fault in error.faults], hint=error.hint)


def has_desired(flags: DesiredFlags, project: Project) -> bool:
    """Whether there is a desired configuration: named, or the template of a project."""
    return bool(flags.template or flags.config or project.template.exists())


def read_source(flags: DesiredFlags, project: Project) -> Source:
    """Read or render the desired text.

    Args:
        flags: from the command line.
        project: the project, with its environment.

    Raises:
        UsageError: options that exclude each other.
        InputError: something cannot be read or rendered.
    """
    _refuse_idle(flags)
    _say_idle_environment(flags, project)
    source = _as_it_stands(flags.config) if flags.config else _rendered(flags, project)
    return replace(source, whole=project.prune and not project.ignore)


def _refuse_idle(flags: DesiredFlags) -> None:
    """Refuse what would have no effect; a variable of the environment may make no sense here."""
    if flags.config and any(getattr(flags, name) and typed(name) for name in ("template", "var", "var_json", "vars")):
        source = "" if typed("config") else " (it comes from HSYNC_CONFIG)"
        with_it = "no template, no --var, --var-json or --vars with it"
        raise UsageError(f"--config takes the text as it stands{source}: {with_it}")
    names = [one.partition("=")[0].strip() for one in (*flags.var, *flags.var_json)]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise UsageError(f"--var {twice} is given {names.count(twice)} times: only one value counts")


def _say_idle_environment(flags: DesiredFlags, project: Project) -> None:
    """Warn if an environment changes nothing of this run."""
    import click

    chosen = project.environments.get(flags.environment)
    context = click.get_current_context(silent=True)
    if chosen is None or context is None:
        return
    takes_target = "target" in context.params and not context.params["target"]
    if not (chosen.vars and not flags.config) and not (chosen.target and takes_target):
        no_effect(["environment"], f"[environments.{flags.environment}] has nothing that this run takes")


def _as_it_stands(path: Path) -> Source:
    if path.is_dir():
        from hsync.render import in_folder

        made = in_folder(path, None, None)
        return Source(made.text, str(path), inputs=made.digests)
    import hashlib

    from hsync.store.files import read_text

    text = read_text(path, max_bytes=MAX_BYTES, kind="configuration")
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    return Source(text, str(path), inputs=((str(path), digest),))


def _rendered(flags: DesiredFlags, project: Project) -> Source:
    from hsync.render import Secrets, load_variables, render, run_project_code
    from hsync.render.files import shown

    template = flags.template or project.template
    if not template.exists():
        raise InputError(f"no template {template}", hint="name one, give --config FILE, or start with `hsync init`")
    files = [*project.variable_files(), *flags.vars]
    variables = load_variables(files, flags.var, flags.var_json, root=project.root, yaml=project.yaml)
    additions = run_project_code(project.filters, project.root) if project.filters else None
    folder = template if template.is_dir() else template.parent
    search = project.templates if template == project.template else (folder, *project.templates)
    secrets = Secrets.of_project(project.root)
    one = partial(
        render,
        search=search,
        variables=variables,
        root=project.root,
        secrets=secrets,
        additions=additions,
        as_ansible=project.values == "ansible",
    )
    made = _in_folder(template, project, one) if template.is_dir() else one(template)
    return Source(made.text, shown(template, project.root), made.lines, made.digests, secrets.by_reference)


def _in_folder(folder: Path, project: Project, render: Callable[..., Rendered]) -> Rendered:
    """All files of a folder; a variable of the command line must be read by one of its templates."""
    from hsync.render import in_folder, refuse

    unread: list[dict[str, str]] = []

    def rendered(path: Path) -> Rendered:
        unread.append({})
        return render(path, unread=unread[-1])

    made = in_folder(folder, project.root, rendered)
    first, *others = unread or [{}]
    refuse({option: words for option, words in first.items() if all(option in one for one in others)})
    return made
