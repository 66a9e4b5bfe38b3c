"""forms: the forms of a plan, one file each. A module with a `FORM` is found by its name; there is no list to edit.

Rule: a form imports what renders it when it is used: a run needs one of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from hsync.output.forms.form import Form
from hsync.registered import registered_by_name

__all__ = ["FORMS"]

FORMS: Mapping[str, Form] = registered_by_name(__name__, "FORM", Form)
"""By the name of the module, as in `--format`."""
