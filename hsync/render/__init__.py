"""From templates and variables to the desired text. Only this package uses jinja2 and ruamel.yaml.

A name is imported when it is first used: the process that renders (`child`) and the process that starts it use
different modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hsync.homes import at_first_use

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

__getattr__ = at_first_use(
    __name__,
    {
        **dict.fromkeys(("Answer", "Job"), "render.job"),
        **dict.fromkeys(("Project", "find_project"), "render.project"),
        **dict.fromkeys(("holds_templates", "in_folder", "templates_in"), "render.several"),
        "Limits": "render.limits",
        "Rendered": "render.rendered",
        "Secrets": "render.secrets",
        "load_variables": "render.variables",
        "render": "render.template",
        "render_apart": "render.apart",
        "run_project_code": "render.project_code",
    },
)
