"""process: findings that come from the planning itself: the state of the target, and the brakes."""

from __future__ import annotations

from hsync.plan.risk import Level
from hsync.risks.rule import Rule

RULES = (
    Rule(
        "not-loaded",
        Level.MEDIUM,
        "HAProxy may run another text than the stored one, so the whole text is pushed with a reload.",
        "The plan is about the stored text. What HAProxy runs may differ from it until the reload.",
        None,
    ),
    Rule(
        "brake",
        Level.HIGH,
        "The plan exceeds a limit: `protect`, `max_delete`, or the limit for targets to which hsync has never applied "
        "a plan (30 % of the sections, if it is more than two). It is shown, not saved.",
        "A wrong template or a wrong target deletes most of a configuration. To go on, change the setting in "
        "hsync.toml, or give `--max-delete`.",
        None,
    ),
)
