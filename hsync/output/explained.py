"""explained: the texts about the rules of risk, for `hsync explain` and for docs/risks.md."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from textwrap import wrap

from hsync.output.reports import table
from hsync.output.safe import of_plain_text
from hsync.risks.rule import Example, Rule

__all__ = ["explained", "overview", "risks_page"]

WIDTH = 100


@of_plain_text
def overview(rules: Iterable[Rule]) -> str:
    """All rules, a line each: id, severity, what it finds."""
    return table([[rule.id, rule.level.value, rule.what.partition(". ")[0].rstrip(".")] for rule in rules])


def explained(rule: Rule) -> str:
    """A rule in full."""
    parts = [f"{rule.id} ({rule.level})", *wrap(rule.what, WIDTH), "", *wrap(rule.why, WIDTH)]
    if rule.example is not None:
        parts += ["", "Example:", *(f"  {line}" for line in difference(rule.example))]
    parts += ["", *accepting(rule)]
    return "\n".join(parts) + "\n"


def difference(example: Example) -> Iterator[str]:
    """An example as a diff with all lines."""
    before, after = (text.splitlines() for text in example)
    lines = difflib.unified_diff(before, after, n=len(before) + len(after), lineterm="")
    yield from (line for line in lines if not line.startswith(("---", "+++", "@@")))


def accepting(rule: Rule) -> list[str]:
    """How to accept a risk."""
    if rule.example is None:
        return ["It is about the target or a limit, not about the configuration."]
    return [
        "To accept it, in hsync.toml:",
        "  [[accept]]",
        f'  risk = "{rule.id}"',
        '  at = "KIND/NAME"        # of the section, with wildcards; without it everywhere',
        '  reason = "WHY"',
        "An accepted risk is still shown, with the reason; --fail-on lets it pass.",
    ]


def risks_page(rules: Iterable[Rule]) -> str:
    """The page docs/risks.md."""
    lines = [_HEAD]
    for rule in rules:
        lines += [f"## {rule.id}", "", f"*{rule.level}* — {rule.what}", "", rule.why, ""]
        if rule.example is not None:
            lines += ["```diff", *difference(rule.example), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


_HEAD = """# Risks

What `hsync plan` shows first: changes that may hurt, found by rules. A rule looks at what is in effect: lines that are
inherited from defaults, definitions of ACLs, parameters of default-server. Equal meaning in other words is no risk.

`hsync explain ID` prints one of these texts, `hsync explain` all ids. `hsync plan --fail-on high` refuses a plan with
an open risk of that severity (exit code 4): the plan is shown, and not saved.

A risk is accepted in hsync.toml, with a reason. It is still shown, with the reason, and no longer refuses the plan:

```toml
[[accept]]
risk = "tls-weaker"
at = "frontend/lab*"        # kind/name of the section, with wildcards; without it everywhere
reason = "printers that speak nothing else"
```

The short form is `accept = ["tls-weaker@frontend/lab*: printers that speak nothing else"]`. The plan shows each
accepted risk, so an acceptance that comes with the same pull request is visible.

The severity beside an id is that of most of its findings; a finding can have another one.
"""
