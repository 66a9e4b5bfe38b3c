"""passwords: users of userlists and their passwords."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hsync.plan.risk import Level
from hsync.risks.pair import Pair
from hsync.risks.rule import Example, Found, Rule
from hsync.risks.side import Line
from hsync.secrecy import MASK

_STRONG = re.compile(r"\$(?:5|6|y|gy|7|2[abxy]?)\$")


def _weakness(line: Line) -> str:
    """Why the password of a user is weak; "" if it is not, or if it is masked, as in a plan file."""
    words = line.words
    if "insecure-password" in words:
        return "a password in clear text"
    password = words[words.index("password", 2) + 1] if "password" in words[2:-1] else ""
    known = password and not password.startswith(MASK[:-1])
    return "a password with a weak hash (use SHA-512: $6$)" if known and not _STRONG.match(password) else ""


def _weak(pair: Pair) -> Iterator[Found]:
    for both in pair.both("userlist"):
        old = {line.words[1]: _weakness(line) for line in both.before.own("user") if len(line.words) > 1}
        for line in both.gained("user"):
            weakness = _weakness(line) if len(line.words) > 1 else ""
            if weakness and old.get(line.words[1]) != weakness:
                yield Found(both.key, f"has {weakness}", line, f"user {line.words[1]}")


def _users(pair: Pair) -> Iterator[Found]:
    for both in pair.both("userlist"):
        known = {line.words[1] for line in both.before.own("user") if len(line.words) > 1}
        for line in both.gained("user"):
            if len(line.words) > 1 and line.words[1] not in known and not both.new:
                yield Found(both.key, "is new", line, f"user {line.words[1]}")


RULES = (
    Rule(
        "password-weak",
        Level.MEDIUM,
        "A user of a userlist gets a password in clear text, or with a weak hash.",
        "Who reads the configuration, a plan or a backup has the password.",
        Example("userlist staff\n", "userlist staff\n  user ann insecure-password secret-word\n"),
        _weak,
    ),
    Rule(
        "user-added",
        Level.LOW,
        "A userlist gets a new user.",
        "Everything that the userlist protects is open to this user.",
        Example(
            "userlist staff\n  user ann password $6$k6y3o.eP$JlKBxxHSwRv6J\n",
            "userlist staff\n  user ann password $6$k6y3o.eP$JlKBxxHSwRv6J\n  user bob password $6$aaaa$bbbb\n",
        ),
        _users,
    ),
)
