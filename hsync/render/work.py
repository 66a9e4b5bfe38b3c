"""work: runs a job: reads variables and the project's own filters, renders templates, in the process of `child`."""

from __future__ import annotations

from functools import partial

from hsync.render.files import shown
from hsync.render.job import Answer, Job
from hsync.render.limits import Limits
from hsync.render.notes import Notes
from hsync.render.project_code import run_project_code
from hsync.render.reads import refuse
from hsync.render.rendered import Rendered
from hsync.render.template import render
from hsync.render.variables import load_variables

__all__ = ["work"]


def work(job: Job, limits: Limits, notes: Notes) -> Answer:
    """Run a job.

    Args:
        job: the job.
        limits: has the limit of the text; the process has the others.
        notes: records the progress.

    Raises:
        InputError: a file cannot be read or rendered.
        UsageError: no template reads a variable of the command line.
        OverLimitError: a text is too long.
    """
    variables = load_variables(
        job.files, job.pairs, job.json_pairs, root=job.root, yaml=job.yaml, limits=limits, notes=notes, reach=job.reach
    )
    one = partial(
        render,
        search=job.search,
        variables=variables,
        root=job.root,
        additions=run_project_code(job.filters, job.root) if job.filters else None,
        as_ansible=job.as_ansible,
        limits=limits,
        notes=notes,
        reach=job.reach,
    )
    rendered: list[Rendered] = []
    unread: list[dict[str, str]] = []
    for template in job.templates:
        notes.reading(shown(template, job.root))
        unread.append({})
        rendered.append(one(template, unread=unread[-1]))
    _refuse_unread(unread)
    return Answer(tuple(rendered))


def _refuse_unread(unread: list[dict[str, str]]) -> None:
    """Refuse a variable of the command line that no template of a folder reads."""
    first, *others = unread or [{}]
    refuse({option: words for option, words in first.items() if all(option in other for other in others)})
