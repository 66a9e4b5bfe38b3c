"""degrees: how much more one ACL matches than another one."""

from __future__ import annotations

from ipaddress import ip_network

from hsync.risks.conditions import Acl
from hsync.risks.patterns import Test, within

__all__ = ["contains", "is_wide"]


def contains(old: Acl, new: Acl) -> bool:
    """Whether the new ACL matches more because a pattern contains an old one, or because it needs no pattern.

    Args:
        old: the ACL before.
        new: the ACL after.
    """
    return any(_grown(test, wide) for test in old for wide in new if within(test, wide) and not within(wide, test))


def _grown(test: Test, wide: Test) -> bool:
    if wide.expr == "always_true" or (wide.nocase and not test.nocase):
        return True
    more = (Test(wide.expr, wide.method, wide.nocase, frozenset({one})) for one in wide.patterns - test.patterns)
    each = [Test(test.expr, test.method, test.nocase, frozenset({one})) for one in test.patterns]
    return any(within(one, wider) and not within(wider, one) for wider in more for one in each)


def is_wide(old: Acl, new: Acl) -> bool:
    """Whether the new ACL has a pattern that the old one did not have and that matches nearly everything."""
    known = {pattern for test in old for pattern in test.patterns}
    found = ((test, pattern) for test in new for pattern in test.patterns if pattern not in known)
    return any(_matches_nearly_all(test, pattern) for test, pattern in found)


def _matches_nearly_all(test: Test, pattern: str) -> bool:
    if test.method in {"beg", "sub", "end", "reg"}:
        return pattern in {"", "/", ".*", "^", "^/", "^.*", ".", ".*$"}
    try:
        network = ip_network(pattern, strict=False)
    except ValueError:
        return False
    return network.prefixlen <= (7 if network.version == 4 else 15)
