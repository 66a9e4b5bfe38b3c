"""From templates and variables to the desired text. The only home of jinja2 and of ruamel.yaml."""

from hsync.render.project import Project, find_project
from hsync.render.project_code import run_project_code
from hsync.render.reads import refuse
from hsync.render.secrets import Secrets
from hsync.render.several import holds_templates, in_folder
from hsync.render.template import Rendered, render
from hsync.render.variables import load_variables

__all__ = [
    "Project",
    "Rendered",
    "Secrets",
    "find_project",
    "holds_templates",
    "in_folder",
    "load_variables",
    "refuse",
    "render",
    "run_project_code",
]
