"""Renders a template, and puts the values of its secrets in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hsync.render import Secrets, render
from hsync.render.reveal import reveal
from hsync.schema import Json

__all__ = ["revealed"]


def revealed(template: Path, variables: Mapping[str, Json], secrets: Secrets) -> str:
    """The text of a template beside its secrets.

    Args:
        template: in the folder that is its project.
        variables: what it sees.
        secrets: what it is given.
    """
    return reveal(render(template, variables=variables, root=template.parent), secrets.value_of).text
