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
        search: folders that includes and imports are looked for in; the template's own when there are none.
        variables: what the template sees; it gets a copy.
        root: folder of the project, which sources are named from.
        additions: the project's own filters, tests and globals.
        as_ansible: whether null is an empty text and a text of several lines passes, as in Ansible.
        unread: gets the variables of the command line that the template does not read; None to refuse them.
        limits: what the text may be; time and memory are those of the process that renders.
        notes: takes down what is being done.
        reach: which files may be read; None for any.

    Returns:
        The text, in which tokens stand for secrets, its sources and digests, and what secrets it took.

    Raises:
        InputError: a fault of the template, at its line.
        UsageError: a variable of the command line that nothing reads.
        NotAllowedError: a file or secret that may not be read.
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
            f"{shown(template, root)} gives another text each time: some filter depends on more than its values",
            hint="look at those of `filters` in hsync.toml; if there are none, please report this as a fault of hsync",
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
        """An environment for this rendering."""
        known = tuple(self.variables)
        parts = (self.loader, settings, known, self.taking, self.additions)
        return environment_of(*parts, kind, as_ansible=self.as_ansible)

    def text(self, environment: Environment, *, check: bool) -> str:
        """What the template gives; with marks if the environment has them."""
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
        """Hex digests of all inputs, by name and sorted."""
        canonical = json.dumps(self.variables, sort_keys=True, separators=(",", ":"))
        variables = hashlib.sha256(canonical.encode()).hexdigest()
        files = {**self.loader.digests, **self.additions.digests, "variables": variables}
        return tuple(sorted(files.items()))

    def taken(self) -> tuple[Taken, ...]:
        """The secrets that the templates took."""
        return self.taking.taken(self.loader.names, self.loader.texts)


_MB = 1024 * 1024

_MARKS = 4
"""How many times longer a text may be while it is made, with its marks; `_refuse_long` looks at the text itself."""


def _refuse_long(marked: str, loader: Loader) -> None:
    """Refuse a text that is too long, at the line that makes it so."""
    most = loader.limits.output_mb * _MB
    if len(marked) > most and len(text := plain_of(marked)) > most:
        over, lines = loader.limits.over("output_mb"), list(sources_of(marked, loader.sources))
        raise InputError(f"{lines[text.count(chr(10), 0, most)]}: {over.message}", hint=over.hint)


_BATCH = 256
"""Pieces that are joined at once: each is an object, of which millions would need more memory than their text."""


def _joined(pieces: GeneratorType[str, None, None], loader: Loader) -> str:
    """The pieces of a text as one, until there are too many: an error at the line of the template that gives them."""
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
        if pieces.gi_frame is not None:  # raised here, it belongs to the line that the template is at
            _innermost(pieces).throw(fault)
        over, number = loader.limits.of(fault), number_at_longest(batch)
        if over is None or number is None:
            raise
        raise InputError(f"{loader.sources[number]}: {over.message}", hint=over.hint) from fault


def _innermost(pieces: GeneratorType[str, None, None]) -> GeneratorType[str, None, None]:
    """The generator of the template that gives the next piece: an include has it in a variable of its own."""
    inner = pieces.gi_yieldfrom or (pieces.gi_frame.f_locals.get("gen") if pieces.gi_frame else None)
    return _innermost(inner) if isinstance(inner, GeneratorType) and inner.gi_frame else pieces
