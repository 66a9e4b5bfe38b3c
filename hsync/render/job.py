"""job: the input and the result of a rendering, as values. `work` runs a job, in a process that `apart` starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hsync.render.rendered import Rendered
from hsync.trust.reach import Reach

__all__ = ["Answer", "Job"]


@dataclass(frozen=True, slots=True)
class Job:
    """The input of a rendering.

    Args:
        templates: the main templates, each of which gives one text.
        search: the folders of included and imported templates.
        root: the folder of the project, to which names of files are relative.
        files: files of variables, in the order in which they are merged.
        pairs: variables `NAME=TEXT`.
        json_pairs: variables `NAME=JSON`.
        yaml: version of YAML; see `load_variables`.
        filters: Python file of the project's own filters; None for none.
        as_ansible: see `render`.
        reach: the files that may be read.
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
    """The result of a job.

    Args:
        rendered: the result of each template, in the order of the job.
    """

    rendered: tuple[Rendered, ...]
