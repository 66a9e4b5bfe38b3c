"""forms: the output formats of a plan, one file each. To add one, add a module with a `FORM`: there is no list to edit.

Rule: a form imports its renderer when it is used, since a run uses only one form.
"""

from __future__ import annotations

from collections.abc import Mapping

from hsync.output.forms.form import Form
from hsync.registered import registered_by_name

__all__ = ["FORMS"]

FORMS: Mapping[str, Form] = registered_by_name(__name__, "FORM", Form)
"""By the name of the module, as in `--format`."""
