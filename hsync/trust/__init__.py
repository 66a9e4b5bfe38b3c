"""Who is trusted with what: the operator, the project, the plan file, the server. See docs/security.md.

Rule 1: the operator is believed: the command line, the environment, a file outside of the project (`Operator`).
Rule 2: a project may come from a pull request. What it says about programs, addresses, sockets, and files outside of
its folder is a `Claim`: it has no effect until the operator has allowed exactly this value for this project (`Trust`).
Rule 3: a path is where its symbolic links lead (`Reach`).
Rule 4: whatever cannot be decided is refused.
"""

from hsync.trust.claims import Claim, Kind, digest_of, parse_claim
from hsync.trust.operator import Operator, read_operator
from hsync.trust.pipelines import why_untrusted
from hsync.trust.trust import Trust

__all__ = ["Claim", "Kind", "Operator", "Trust", "digest_of", "parse_claim", "read_operator", "why_untrusted"]
