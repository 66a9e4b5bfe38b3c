"""sources: renders a template, or reads a text, as the desired text.

Rule 1: a text without templates has no variables; the default is the project's template.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from hsync.errors import ConfigError, InputError
from hsync.model import Configuration
from hsync.render import Job, Limits, Project, Secrets, in_folder, render_apart, templates_in
from hsync.render.files import shown
from hsync.render.reveal import reveal
from hsync.secrecy import learn, scope
from hsync.session.asked import Wanted
from hsync.session.claims import claims_of_rendering
from hsync.session.desired import Desired, read_desired, refuse_secret_names
from hsync.session.judgement import hidden_in, masked
from hsync.store.files import read_text
from hsync.trust import Operator, Trust
from hsync.trust.reach import Reach

__all__ = ["Source", "read_source"]


@dataclass(frozen=True, slots=True)
class Source:
    """The desired text, before it is parsed.

    Args:
        text: the text.
        name: the name of its file.
        lines: the source of each line; empty if the text is its own source.
        inputs: digests of its inputs, by name.
        secrets: values of secrets, by the keys of their recipes.
        shown: the text with masked secrets; "" if it has no secret of a template.
        places: the lines with a secret of a template, and the keys of its secrets.
        whole: whether the target has no unmanaged sections (`ignore`, `prune = false`).
    """

    text: str
    name: str
    lines: tuple[str, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    shown: str = ""
    places: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    whole: bool = True

    def desired(self, *, kept: bool = False, files: bool = False) -> Desired:
        """The configuration.

        Args:
            kept: whether the target stores a text byte for byte (see `read_desired`).
            files: whether the target is a folder of files.

        Raises:
            ConfigError: the text has faults; all of them, without secrets.
            InputError: the target is a folder, but the text is one file.
        """
        with self.hidden():
            made = read_desired(self.text, self.name, self.lines, self.inputs, whole=self.whole, kept=kept, files=files)
            refuse_secret_names(made, self.secret_lines(), self.secrets.values())
        return made

    @property
    def public(self) -> str:
        """The public text of the project; "" for a text without templates, which may come from anywhere."""
        return self.shown if self.lines else ""

    def secret_lines(self) -> list[str]:
        """The lines that have a secret of a template."""
        lines = self.text.split("\n") if self.places else []
        return [lines[number - 1] for number in self.places]

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Mask the secrets of this text in errors of the block, and in the errors that caused them."""
        refused = None
        with scope():
            learn(self.secrets.values())
            try:
                yield
            except ConfigError as error:
                refused = self.without_secrets(error)
        if refused is not None:
            raise refused

    def without_secrets(self, error: ConfigError) -> ConfigError:
        """The error with masked secrets in its lines."""
        hidden = hidden_in(Configuration.from_text(self.text), self.secrets.values())
        heading = error.message.partition("\n")[0]
        return ConfigError(heading, [masked(fault, hidden) for fault in error.faults], hint=error.hint)


def read_source(wanted: Wanted, project: Project, trust: Trust, limits: Limits | None = None) -> Source:
    """Read or render the desired text.

    Args:
        wanted: the options of the desired configuration.
        project: the project, with its environment.
        trust: the operator's permissions.
        limits: the limits of a rendering; None for those of the operator's environment.

    Raises:
        InputError: a file cannot be read or rendered.
        NotAllowedError: the operator has not allowed a file or a secret.
        UsageError: an option has no effect, for example a variable that no template reads.
    """
    wanted.refuse_idle()
    config = wanted.config
    if config is not None and wanted.as_it_stands:
        source = trust.reading(partial(_as_it_stands, config), [config])
    else:
        own = not config and not wanted.template
        trust.need(one for one in claims_of_rendering(project) if own or one.setting != "template")
        template = config or wanted.template or project.template
        named = [*wanted.vars, *(() if own else (template if template.is_dir() else template.parent,))]
        source = trust.reading(partial(_rendered, template, wanted, project, limits, trust.operator), named)
    return replace(source, whole=project.prune and not project.ignore)


def _as_it_stands(path: Path, reach: Reach) -> Source:
    if path.is_dir():
        made = in_folder(path, None, None, reach)
        return Source(made.text, str(path), inputs=made.digests)
    text = read_text(reach.real(path, setting="--config"), kind="configuration")
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    return Source(text, str(path), inputs=((str(path), digest),))


def _rendered(
    template: Path, wanted: Wanted, project: Project, limits: Limits | None, operator: Operator, reach: Reach
) -> Source:
    if not template.exists():
        hint = "name one, give --config FILE, or start with `hsync init`"
        raise InputError(f"template {template} does not exist", hint=hint)
    is_folder = template.is_dir()
    templates = templates_in(template, project.root) if is_folder else (template,)
    job = Job(
        templates,
        search=project.templates
        if template == project.template
        else (template if is_folder else template.parent, *project.templates),
        root=project.root,
        files=(*project.variable_files(), *wanted.vars),
        pairs=wanted.var,
        json_pairs=wanted.var_json,
        yaml=project.yaml,
        filters=project.filters,
        as_ansible=project.values == "ansible",
        reach=reach,
    )
    answer = render_apart(job, limits)
    by_path = dict(zip(templates, answer.rendered, strict=True))
    made = in_folder(template, project.root, by_path.__getitem__, reach) if is_folder else by_path[template]
    secrets = Secrets.of_project(project.root, reach, operator)
    found = reveal(made, secrets.value_of)
    inputs = tuple(sorted([*made.digests, *secrets.fingerprints()]))
    return Source(
        found.text, shown(template, project.root), made.lines, inputs, secrets.by_key, found.shown, found.places
    )
