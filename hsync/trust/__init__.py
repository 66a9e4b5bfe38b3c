"""Trust: which values of a project may have an effect, and who decides that. See docs/security.md.

Rule 1: settings of the operator are trusted: command line, environment, a file outside of the project (`Operator`).
Rule 2: a project may come from a pull request. Its programs, URLs, sockets, and files outside of its folder are claims
(`Claim`): a claim has no effect until the operator has allowed exactly this value for this project (`Trust`).
Rule 3: symbolic links are resolved before a path is checked (`Reach`).
Rule 4: a value that cannot be checked is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hsync.homes import at_first_use

if TYPE_CHECKING:
    from hsync.trust.claims import Claim, Kind, digest_of, parse_claim
    from hsync.trust.operator import Operator, read_operator
    from hsync.trust.pipelines import why_untrusted
    from hsync.trust.trust import Trust

__all__ = ["Claim", "Kind", "Operator", "Trust", "digest_of", "parse_claim", "read_operator", "why_untrusted"]

__getattr__ = at_first_use(
    __name__,
    {
        **dict.fromkeys(("Claim", "Kind", "digest_of", "parse_claim"), "trust.claims"),
        **dict.fromkeys(("Operator", "read_operator"), "trust.operator"),
        "why_untrusted": "trust.pipelines",
        "Trust": "trust.trust",
    },
)
