"""forms: in which forms a plan is shown, one file each. A module with a `FORM` is found; there is no list to edit.

Rule: a form imports what renders it when it is used: a run needs one of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from hsync.output.forms.form import Form
from hsync.registered import registered

__all__ = ["FORMS"]

_FOUND = sorted(registered(__name__, "FORM", Form), key=lambda form: form.place)

FORMS: Mapping[str, Form] = {form.name: form for form in _FOUND}
"""By name. The first one is for people at a terminal, and the default."""
