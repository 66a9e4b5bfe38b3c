"""template: a template and its variables made into text, with the source of every line.

Rule 1: the same inputs give the same bytes: no clock, no random numbers, no environment but through `secret`.
Rule 2: an undefined variable is an error, with the template's line and the nearest name.
Rule 3: every fault of a template leaves as `InputError`, whatever the template did.
Rule 4: the words of each line are those that jinja2 gives; only where a tag would join two lines of templates (see
`line_ends`) they stay two.

Theory of operation: jinja2's sandbox, with `trim_blocks` and `lstrip_blocks`: a tag on a line of its own leaves no line
behind. A template is rendered twice: with `marks`, which keep the sources, and without. If the texts differ, it is
refused, so that no mark can change a text. `filters` decides what a value may put into a line, `nested` resolves
variables inside of variables. Text is UTF-8; other bytes travel as surrogates, as in the parser of configurations. Line
ends become LF.

Source: https://jinja.palletsprojects.com/en/stable/sandbox/
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hsync.errors import InputError, UsageError
from hsync.render.environment import Environment, Loader, Settings, environment_of
from hsync.render.faults import as_input_error
from hsync.render.files import shown
from hsync.render.marks import Marked, concat, form_of, plain_of, sources_of, with_line_ends
from hsync.render.nested import Resolver, with_templates
from hsync.render.project_code import Additions
from hsync.render.reads import refuse, unread_of, watched
from hsync.render.secrets import Secrets
from hsync.render.variables import Variables
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
    additions: Additions | None = None,
    as_ansible: bool = False,
    unread: dict[str, str] | None = None,
) -> Rendered:
    """Render a template.

    Args:
        template: the file.
        search: folders that includes and imports are looked for in; the template's own when there are none.
        variables: what the template sees; it gets a copy.
        root: folder of the project, which sources are named from.
        secrets: what `secret("env:NAME")` asks.
        additions: the project's own filters, tests and globals.
        as_ansible: whether null is an empty text and a text of several lines passes, as in Ansible.
        unread: gets the variables of the command line that the template does not read; None to refuse them.

    Returns:
        The text, its sources, digests and secrets.

    Raises:
        InputError: a fault of the template, at its line.
        UsageError: a variable of the command line that nothing reads.
    """
    run = _Run(
        Loader(template, tuple(search) or (template.parent,), root),
        variables if isinstance(variables, Variables) else Variables(variables),
        secrets or Secrets(root or Path()),
        additions or Additions(),
        as_ansible=as_ansible,
    )
    marked, text = run.marked_text()
    if unread is None:
        refuse(run.unread)
    else:
        unread.update(run.unread)
    if plain_of(marked) != text:
        raise InputError(
            f"{shown(template, root)} gives another text each time: some filter depends on more than its values",
            hint="look at those of `filters` in hsync.toml; if there are none, please report this as a fault of hsync",
        )
    kept = with_line_ends(marked)
    lines = tuple(sources_of(kept, run.loader.sources))
    return Rendered(plain_of(kept), lines, run.digests(), run.secrets.values)


class _Run:
    """One rendering."""

    def __init__(
        self, loader: Loader, variables: Variables, secrets: Secrets, additions: Additions, *, as_ansible: bool
    ) -> None:
        self.loader = loader
        self.variables = variables
        self.templated = with_templates(variables)
        self.secrets = secrets
        self.additions = additions
        self.as_ansible = as_ansible
        self.unread: dict[str, str] = {}

    def marked_text(self) -> tuple[str, str]:
        """The text with marks, and the text of jinja2 without them."""
        try:
            settings = Settings.of(self.loader.main_text(), self.loader.main)
            marked = self.text(self.environment(settings, "marked"), check=True)
            return marked, self.text(self.environment(settings, "plain"), check=False)
        except UsageError:
            raise
        except Exception as fault:
            raise as_input_error(fault, self.loader) from fault

    def environment(self, settings: Settings, kind: str) -> Environment:
        """An environment for this rendering."""
        known = tuple(self.variables)
        parts = (self.loader, settings, known, self.secrets, self.additions)
        return environment_of(*parts, kind, as_ansible=self.as_ansible)

    def text(self, environment: Environment, *, check: bool) -> str:
        """What the template gives; with marks if the environment has them."""
        values = self.environment(Settings.of("", ""), "values")
        values.reads = environment.reads
        resolver = Resolver(values, self.variables, self.variables.place, self.templated)
        context = watched(resolver.context, self.variables.given)
        made = environment.get_template(self.loader.main)
        pieces = made.root_render_func(made.new_context(context))
        text = concat(pieces) if check else "".join(pieces)
        if check and self.variables.given:
            used = list(self.loader.texts)
            self.unread = unread_of(
                self.variables.given, context, values, environment.reads | resolver.mentioned(), used
            )
        return form_of(text) if isinstance(text, Marked) else text

    def digests(self) -> tuple[tuple[str, str], ...]:
        """Hex digests of all inputs, by name and sorted."""
        canonical = json.dumps(self.variables, sort_keys=True, separators=(",", ":"))
        variables = hashlib.sha256(canonical.encode()).hexdigest()
        files = {**self.loader.digests, **self.additions.digests, "variables": variables}
        return tuple(sorted([*files.items(), *self.secrets.fingerprints()]))
