"""job: what a rendering is made from and what it gives, as values; `work` does it, and `apart` starts that."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hsync.render.rendered import Rendered
from hsync.trust.reach import Reach

__all__ = ["Answer", "Job"]


@dataclass(frozen=True, slots=True)
class Job:
    """What is rendered.

    Args:
        templates: the main templates, each to a text of its own.
        search: folders that includes and imports are looked for in.
        root: folder of the project, which sources are named from.
        files: files of variables, in the order in which they are merged.
        pairs: `NAME=TEXT`, each.
        json_pairs: `NAME=JSON`, each.
        yaml: version of YAML; see `load_variables`.
        filters: Python file of the project's own filters; None for none.
        as_ansible: see `render`.
        reach: what may be read.
    """

    templates: tuple[Path, ...]
    search: tuple[Path, ...]
    root: Path
    files: tuple[Path, ...] = ()
    pairs: tuple[str, ...] = ()
    json_pairs: tuple[str, ...] = ()
    yaml: str = ""
    filters: Path | None = None
    as_ansible: bool = False
    reach: Reach = field(default_factory=Reach)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a job gave.

    Args:
        rendered: of each template, in the order of the job.
    """

    rendered: tuple[Rendered, ...]
