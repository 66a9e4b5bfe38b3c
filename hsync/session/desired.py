"""desired: parses the desired configuration, and finds the places of its faults in the templates."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from hsync.errors import (
    ConfigError,
    Fault,
    InputError,
)
from hsync.model import Configuration
from hsync.plan.snapshot import split_header
from hsync.sections import grammar
from hsync.syntax import check, emit, without_marks

__all__ = ["Desired", "placed", "read_desired", "refuse_secret_names"]


_LINE_NAMED = re.compile(r"(?<=\b(?:at|of) )line (\d+)(?=:|$)")
"""A reference to another line in a fault; a quoted word of the text does not match, since it ends with a quote."""


@dataclass(frozen=True)
class Desired:
    """The desired configuration.

    Args:
        configuration: parsed, without faults.
        lines: the source of each line, `templates/haproxy.cfg.j2:41`; empty if the text is its own source.
        inputs: digests of the inputs of the text, by name.
    """

    configuration: Configuration
    lines: tuple[str, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()

    def where(self, line: int) -> str:
        """The source of a line."""
        if 0 < line <= len(self.lines):
            return self.lines[line - 1]
        return self.configuration.document.where(line)


def read_desired(
    text: str,
    source: str,
    lines: Sequence[str] = (),
    inputs: Sequence[tuple[str, str]] = (),
    *,
    whole: bool = True,
    kept: bool = False,
    files: bool = False,
) -> Desired:
    """Parse the desired text; a missing final newline is added, header lines of a server are removed.

    A text of several files (see `syntax.folder`) becomes one text, unless the target is a folder of files.

    Args:
        text: the text.
        source: its name in messages.
        lines: the source of each line; empty if the text is its own source.
        inputs: digests of the inputs of the text, by name.
        whole: whether the target has no unmanaged sections: then the text must define all names that it uses.
        kept: whether the target stores a text byte for byte (see `syntax.check`).
        files: whether the target is a folder of files.

    Raises:
        ConfigError: the text has faults; all of them, each with its place in the template and in the text.
    """
    header, body = split_header(text)
    removed = text.count("\n") - body.count("\n") if header else 0
    body = body if not body or body.endswith("\n") else body + "\n"
    desired = Desired(Configuration.from_text(body, source), tuple(lines[removed:]), tuple(inputs))
    faults = [
        placed(fault, desired) for fault in check(desired.configuration.document, grammar(), whole=whole, kept=kept)
    ]
    if faults:
        what = "has faults:" if kept else "has faults for a server:"
        raise ConfigError(f"{source} {what}", faults)
    if files and not desired.configuration.document.files:
        raise InputError(
            f"the target is a folder of files, and {source} is one file",
            hint="give a folder: --config DIR, or template = DIR in hsync.toml; or the file of the target: -t DIR/FILE",
        )
    return desired if files else _of_one_file(desired)


def refuse_secret_names(desired: Desired, lines: Iterable[str], secrets: Collection[str]) -> None:
    """Refuse a secret in a name: names are addresses, which are shown and saved unmasked.

    Args:
        desired: the desired configuration.
        lines: the numbers of lines with a secret.
        secrets: the values.

    Raises:
        ConfigError: a name has a secret; all such names.
    """
    known = {line.strip() for line in lines}
    faults = [
        Fault(desired.where(number), f"the name of this {what} has a secret in it, and names are shown and saved")
        for number, what in (_secret_names(desired.configuration, known, secrets) if known else ())
    ]
    if faults:
        raise ConfigError("names must not have secrets:", faults, hint="use a name without a secret")


def _secret_names(
    configuration: Configuration, lines: Collection[str], secrets: Collection[str]
) -> Iterator[tuple[int, str]]:
    """The lines whose section or child has a secret in its name, and the kind of section or child."""
    for key, section in configuration.sections.items():
        if section.lines[0].strip() in lines:
            yield section.line, "section"
        if any(line.text.strip() in lines for line in section.directives):
            for many in configuration.resources(key).children.values():
                for child in many:
                    if child.line and child.line.text.strip() in lines and any(value in child.key for value in secrets):
                        yield child.line.number, child.line.words[0]


def _of_one_file(desired: Desired) -> Desired:
    """A text of several files as one text, with the sources of its lines."""
    document = desired.configuration.document
    if not document.files:
        return desired
    text = emit(document)
    marks = {line for line, _ in document.files}
    sources = tuple(desired.where(n) for n in range(1, text.count("\n") + 1) if n not in marks)
    return replace(desired, configuration=Configuration.from_text(without_marks(text), document.source), lines=sources)


def placed(fault: Fault, desired: Desired) -> Fault:
    """A fault with the place in the template before that in the rendered text, also for other lines in its message."""
    document = desired.configuration.document
    if not fault.where.startswith(document.source):
        return fault  # the fault is in the target's text
    place = fault.where.removeprefix(document.source).split(":")[1:]
    if not (desired.lines or document.files) or not place or not place[0].isdigit():
        return fault
    what = _LINE_NAMED.sub(lambda found: desired.where(int(found[1])), fault.what)
    if not desired.lines:
        return replace(fault, what=what)
    rendered = ", ".join(f"{name} {number}" for name, number in zip(("line", "column"), place, strict=False))
    source = desired.where(fault.number or int(place[0]))
    return replace(fault, where=f"{source} (rendered {rendered})", what=what)
