"""steps: the rules of a proxy in their order, with their conditions, and the routes to its backends.

Source: HAProxy manual 4.2 "http-request", "tcp-request", "use_backend", "default_backend"; rules of a defaults section
come before those of the proxy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from hsync.risks.conditions import ALWAYS, Acl, Condition, acls_of, condition_of, split_condition
from hsync.risks.side import Line, View, remembered

__all__ = ["OPEN", "Step", "guards_of", "is_guard", "routes_of", "steps_of"]

DENY = frozenset({"deny", "tarpit", "reject", "silent-drop"})
"""Actions that keep a request out."""

OPEN = frozenset({"allow", "accept"})
"""Actions that end the evaluation of the rules below, and let the request in."""

_LAYERS = {
    "http-request": 1,
    "tcp-request": 2,
    "http-response": 1,
    "http-after-response": 1,
    "tcp-response": 2,
}


@dataclass(frozen=True)
class Step:
    """A rule.

    Args:
        line: the line.
        layer: `http-request`, `tcp-request connection`, ...
        action: its first word, without parentheses: `deny`, `set-header`, `track-sc0`.
        args: the words behind the action.
        raw: the condition as written, `()` for none.
        condition: the condition with the definitions of its ACLs.
    """

    line: Line
    layer: str
    action: str
    args: tuple[str, ...]
    raw: tuple[str, ...]
    condition: Condition

    @property
    def written(self) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
        """Equal for rules that are written alike; what their named ACLs match is the matter of another rule."""
        return (self.layer, self.action, self.args, self.raw)

    @property
    def on_request(self) -> bool:
        """Whether it is about a request or a connection, not about a response."""
        return "response" not in self.layer

    @cached_property
    def kind(self) -> str:
        """`auth`, `rate` or `deny` for a rule that keeps requests out; else ""."""
        if self.action == "auth":
            return "auth"
        if self.action not in DENY and not (self.action == "return" and _REFUSES.search(" ".join(self.args))):
            return ""
        tests = [test.expr for term in self.condition for literal in term for test in literal.acl]
        if any(_RATE.search(expr) for expr in tests):
            return "rate"
        return "auth" if any(_AUTH.search(expr) for expr in tests) else "deny"


_REFUSES = re.compile(r"\bstatus 4\d\d\b")
_RATE = re.compile(r"(?:^|,)(?:sc\d?_|src_(?!port|is_local)|table_|(?:be|fe)_(?:conn|sess|req)\w*)")
_AUTH = re.compile(r"^http_auth|jwt|ssl_c_|ssl_fc_has_crt")


def is_guard(step: Step) -> bool:
    """Whether a rule keeps requests out."""
    return step.on_request and step.kind != ""


@remembered
def steps_of(view: View) -> list[Step]:
    """The rules of a proxy, those of its defaults first, by keyword in the order of the text."""
    found = []
    for place in reversed(view.places):
        acls = acls_of(place)
        for word, size in _LAYERS.items():
            found += [_step(line, size, acls) for line in place.own(word) if len(line.words) > size]
    return found


def _step(line: Line, size: int, acls: dict[str, Acl]) -> Step:
    words, raw = split_condition(line.words)
    layered = size == 2 and len(words) > 2 and words[1] in {"connection", "content", "session"}
    at = 2 if layered else 1
    action = words[at].partition("(")[0] if len(words) > at else ""
    return Step(line, " ".join(words[:at]), action, words[at + 1 :], raw, condition_of(raw, acls))


@remembered
def guards_of(view: View) -> list[Step]:
    """The rules of a proxy that keep requests out."""
    return [step for step in steps_of(view) if is_guard(step)]


@dataclass(frozen=True, slots=True)
class Route:
    """A way to a backend: `use_backend`, or `default_backend` with the condition ALWAYS and `default` set."""

    line: Line
    backend: str
    condition: Condition
    raw: tuple[str, ...] = ()
    default: bool = False


@remembered
def routes_of(view: View) -> list[Route]:
    """The routes of a proxy, in the order in which HAProxy tries them."""
    acls = acls_of(view)
    found = []
    for line in view.own("use_backend"):
        words, raw = split_condition(line.words)
        if len(words) > 1:
            found.append(Route(line, words[1], condition_of(raw, acls), raw))
    last = view.last("default_backend")
    if last is not None and len(last.words) > 1:
        found.append(Route(last, last.words[1], ALWAYS, default=True))
    return found
