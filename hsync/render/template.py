"""template: renders a template with variables to a text, with the source of every line.

Rule 1: the same inputs give the same bytes: there is no clock, there are no random numbers, and variables of the
process are read only by `secret`.
Rule 2: an undefined variable is an error, with the template's line and the nearest name.
Rule 3: every error of a template becomes an `InputError`.
Rule 4: the text is that of jinja2, except that a tag does not join two lines of a template (see `line_ends`).

Theory of operation: this uses jinja2's sandbox with `trim_blocks` and `lstrip_blocks`, so that a line with only a tag
gives no line. A template is rendered twice: with `marks`, which record the sources, and without. If the texts differ,
the template is refused, so that a mark cannot change a text. `filters` checks values in lines, `nested` resolves
templates in variables. Text is UTF-8; other bytes are surrogates, as in the parser of configurations. Line ends become
LF.

Source: https://jinja.palletsprojects.com/en/stable/sandbox/
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import GeneratorType
from typing import TYPE_CHECKING

from hsync.errors import InputError, UsageError
from hsync.render.environment import Environment, Loader, Settings, environment_of
from hsync.render.faults import as_input_error
from hsync.render.files import shown
from hsync.render.limits import Limits, OverLimitError
from hsync.render.marks import number_at_longest, plain_of, sources_of, with_line_ends
from hsync.render.nested import Resolver, with_templates
from hsync.render.notes import Notes
from hsync.render.opaque import Taking
from hsync.render.project_code import Additions
from hsync.render.reads import refuse, unread_of, watched
from hsync.render.rendered import Rendered
from hsync.render.taken import Taken
from hsync.render.variables import Variables
from hsync.trust.reach import Reach

if TYPE_CHECKING:
    from hsync.schema import Json

__all__ = ["render"]


def render(
    template: Path,
    *,
    search: Sequence[Path] = (),
    variables: Mapping[str, Json],
    root: Path | None = None,
    additions: Additions | None = None,
    as_ansible: bool = False,
    unread: dict[str, str] | None = None,
    limits: Limits | None = None,
    notes: Notes | None = None,
    reach: Reach | None = None,
) -> Rendered:
    """Render a template.

    Args:
        template: the file.
        search: folders of included and imported templates; by default the folder of the template.
        variables: the variables, which are copied.
        root: the folder of the project, to which names of sources are relative.
        additions: the project's own filters, tests and globals.
        as_ansible: whether null is an empty text, and texts can have several lines, as in Ansible.
        unread: receives the variables of the command line that the template does not read; None to refuse them.
        limits: has the limit of the text; time and memory are limited by the process that renders.
        notes: records the progress.
        reach: the files that may be read; None for any.

    Returns:
        The text with tokens of secrets, its sources and digests, and its secrets.

    Raises:
        InputError: the template has a fault.
        UsageError: a variable of the command line is unused.
        NotAllowedError: a file or secret may not be read.
    """
    run = _Run(
        Loader(template, tuple(search) or (template.parent,), root, limits, notes, reach),
        variables if isinstance(variables, Variables) else Variables(variables),
        additions or Additions(),
        as_ansible=as_ansible,
    )
    marked, plain = run.marked_text()
    if unread is None:
        refuse(run.unread)
    else:
        unread.update(run.unread)
    if plain_of(marked) != plain:
        raise InputError(
            f"{shown(template, root)} gives a different text each time: a filter depends on more than its arguments",
            hint="check those of `filters` in hsync.toml; if there are none, please report this as a bug of hsync",
        )
    kept = with_line_ends(marked)
    lines = tuple(sources_of(kept, run.loader.sources))
    return Rendered(plain_of(kept), lines, run.digests(), run.taken())


class _Run:
    """One rendering."""

    def __init__(self, loader: Loader, variables: Variables, additions: Additions, *, as_ansible: bool) -> None:
        self.loader = loader
        self.variables = variables
        self.templated = with_templates(variables)
        self.taking = Taking()
        self.additions = additions
        self.as_ansible = as_ansible
        self.unread: dict[str, str] = {}

    def marked_text(self) -> tuple[str, str]:
        """The text with marks, and the text of jinja2 without them."""
        try:
            settings = Settings.of(self.loader.main_text(), self.loader.main)
            marked = self.text(self.environment(settings, "marked"), check=True)
            _refuse_long(marked, self.loader)
            return marked, self.text(self.environment(settings, "plain"), check=False)
        except UsageError:
            raise
        except (Exception, OverLimitError) as fault:
            raise as_input_error(fault, self.loader) from fault

    def environment(self, settings: Settings, kind: str) -> Environment:
        """Create an environment for this rendering."""
        known = tuple(self.variables)
        parts = (self.loader, settings, known, self.taking, self.additions)
        return environment_of(*parts, kind, as_ansible=self.as_ansible)

    def text(self, environment: Environment, *, check: bool) -> str:
        """The text of the template; with marks if the environment has them."""
        values = self.environment(Settings.of("", ""), "values")
        values.reads = environment.reads
        resolver = Resolver(values, self.variables, self.variables.place, self.templated)
        context = watched(resolver.context, self.variables.given)
        made = environment.get_template(self.loader.main)
        pieces = made.root_render_func(made.new_context(context))
        assert isinstance(pieces, GeneratorType)
        text = _joined(pieces, self.loader)
        if check and self.variables.given:
            used = list(self.loader.texts)
            self.unread = unread_of(
                self.variables.given, context, values, environment.reads | resolver.mentioned(), used
            )
        return text

    def digests(self) -> tuple[tuple[str, str], ...]:
        """Hex digests of all inputs, sorted by name."""
        canonical = json.dumps(self.variables, sort_keys=True, separators=(",", ":"))
        variables = hashlib.sha256(canonical.encode()).hexdigest()
        files = {**self.loader.digests, **self.additions.digests, "variables": variables}
        return tuple(sorted(files.items()))

    def taken(self) -> tuple[Taken, ...]:
        """The secrets that the templates have read."""
        return self.taking.taken(self.loader.names, self.loader.texts)


_MB = 1024 * 1024

_MARKS = 4
"""Factor between the limits of the text with marks and of the final text, which `_refuse_long` checks."""


def _refuse_long(marked: str, loader: Loader) -> None:
    """Refuse a text that is too long, at the line that exceeds the limit."""
    most = loader.limits.output_mb * _MB
    if len(marked) > most and len(text := plain_of(marked)) > most:
        over, lines = loader.limits.over("output_mb"), list(sources_of(marked, loader.sources))
        raise InputError(f"{lines[text.count(chr(10), 0, most)]}: {over.message}", hint=over.hint)


_BATCH = 256
"""Number of pieces that are joined at once: millions of small objects would need more memory than their text."""


def _joined(pieces: GeneratorType[str, None, None], loader: Loader) -> str:
    """Join the pieces of a text; if it is too long, raise an error at the current line of the template."""
    most = loader.limits.output_mb * _MB * _MARKS
    parts: list[str] = []
    batch: list[str] = []
    size = 0
    try:
        while batch := list(islice(pieces, _BATCH)):
            parts.append("".join(batch))
            size += len(parts[-1])
            if size > most:
                raise loader.limits.over("output_mb")
        return "".join(parts)
    except (MemoryError, OverLimitError) as fault:
        if pieces.gi_frame is not None:  # so that the error has the current line of the template
            _innermost(pieces).throw(fault)
        over, number = loader.limits.of(fault), number_at_longest(batch)
        if over is None or number is None:
            raise
        raise InputError(f"{loader.sources[number]}: {over.message}", hint=over.hint) from fault


def _innermost(pieces: GeneratorType[str, None, None]) -> GeneratorType[str, None, None]:
    """The generator of the innermost template: for an include it is in a local variable of the outer one."""
    inner = pieces.gi_yieldfrom or (pieces.gi_frame.f_locals.get("gen") if pieces.gi_frame else None)
    return _innermost(inner) if isinstance(inner, GeneratorType) and inner.gi_frame else pieces
