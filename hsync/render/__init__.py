"""From templates and variables to the desired text. Only this package uses jinja2 and ruamel.yaml.

A name is imported when it is first used: the process that renders (`child`) and the process that starts it use
different modules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hsync.render.apart import render_apart
    from hsync.render.job import Answer, Job
    from hsync.render.limits import Limits
    from hsync.render.project import Project, find_project
    from hsync.render.project_code import run_project_code
    from hsync.render.rendered import Rendered
    from hsync.render.secrets import Secrets
    from hsync.render.several import holds_templates, in_folder, templates_in
    from hsync.render.template import render
    from hsync.render.variables import load_variables

__all__ = [
    "Answer",
    "Job",
    "Limits",
    "Project",
    "Rendered",
    "Secrets",
    "find_project",
    "holds_templates",
    "in_folder",
    "load_variables",
    "render",
    "render_apart",
    "run_project_code",
    "templates_in",
]

_HOMES = {
    **dict.fromkeys(("Answer", "Job"), "job"),
    **dict.fromkeys(("Project", "find_project"), "project"),
    **dict.fromkeys(("holds_templates", "in_folder", "templates_in"), "several"),
    "Limits": "limits",
    "Rendered": "rendered",
    "Secrets": "secrets",
    "load_variables": "variables",
    "render": "template",
    "render_apart": "apart",
    "run_project_code": "project_code",
}
"""The module of each name."""


def __getattr__(name: str) -> object:
    """Import a name at its first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'hsync.render' has no attribute {name!r}")
    value: object = getattr(import_module(f"hsync.render.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
