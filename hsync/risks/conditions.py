"""conditions: what stands behind `if` and `unless`, with the definitions of its ACLs.

Theory: a condition is a set of terms, one of which must hold; a term is a set of literals, all of which must hold; a
literal is an ACL or its opposite. An ACL is the set of its tests, not its name: so a renamed ACL, one on two lines, or
an anonymous one is the same. `unless` becomes `if` by the rules of De Morgan.

Rule 1: `implies` and `excludes` are true only if it is certain.

Source: HAProxy manual 7.2 "Using ACLs to form conditions".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from hsync.risks.patterns import Test, apart, test_of, within
from hsync.risks.side import View, remembered

__all__ = [
    "ALWAYS",
    "Acl",
    "Condition",
    "Term",
    "acl_within",
    "acls_of",
    "condition_of",
    "excludes",
    "implies",
    "names_in",
    "split_condition",
]

Acl = frozenset[Test]
"""The tests of an ACL, one of which must match."""


class Literal(NamedTuple):
    """An ACL, or its opposite."""

    negated: bool
    acl: Acl


Term = frozenset[Literal]
"""Literals, all of which must hold."""

Condition = frozenset[Term]
"""Terms, one of which must hold."""

ALWAYS: Condition = frozenset({frozenset[Literal]()})
"""The condition of a rule without one."""

_MOST = 64
"""Maximum number of terms; a condition with more is not taken apart."""

_PREDEFINED: Mapping[str, tuple[str, ...]] = {
    "FALSE": ("always_false",),
    "TRUE": ("always_true",),
    "LOCALHOST": ("src", "127.0.0.1/8", "::1"),
    "HTTP": ("req.proto_http",),
    "HTTP_1.0": ("req.ver", "1.0"),
    "HTTP_1.1": ("req.ver", "1.1"),
    "HTTP_2.0": ("req.ver", "2.0"),
    "HTTP_CONTENT": ("hdr_val(content-length)", "gt", "0"),
    "HTTP_URL_ABS": ("url_reg", "^[^/:]*://"),
    "HTTP_URL_SLASH": ("url_beg", "/"),
    "HTTP_URL_STAR": ("url", "*"),
    "METH_CONNECT": ("method", "CONNECT"),
    "METH_DELETE": ("method", "DELETE"),
    "METH_GET": ("method", "GET", "HEAD"),
    "METH_HEAD": ("method", "HEAD"),
    "METH_OPTIONS": ("method", "OPTIONS"),
    "METH_POST": ("method", "POST"),
    "METH_PUT": ("method", "PUT"),
    "METH_TRACE": ("method", "TRACE"),
    "REQ_CONTENT": ("req.len", "gt", "0"),
    "RDP_COOKIE": ("req.rdp_cookie_cnt", "gt", "0"),
    "WAIT_END": ("wait_end",),
}
"""Source: HAProxy manual 7.4 "Pre-defined ACLs"."""


@remembered
def acls_of(view: View) -> dict[str, Acl]:
    """The ACLs of a section by name."""
    tests: dict[str, list[Test]] = {}
    for line in view.own("acl"):
        if len(line.words) > 2:
            tests.setdefault(line.words[1], []).append(test_of(line.words[2:]))
    return {name: joined(found) for name, found in tests.items()}


def joined(tests: Sequence[Test]) -> Acl:
    """An ACL of several tests; those that differ in their patterns only are one."""
    found: dict[tuple[str, str, bool], frozenset[str]] = {}
    bare = [test for test in tests if not test.patterns]
    for test in tests:
        if test.patterns:
            key = (test.expr, test.method, test.nocase)
            found[key] = found.get(key, frozenset()) | test.patterns
    return frozenset([*bare, *(Test(*key, patterns) for key, patterns in found.items())])


def split_condition(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of a rule, and its condition with `if` or `unless`; () for none."""
    at = next((at for at, word in enumerate(words) if word in {"if", "unless"}), len(words))
    return words[:at], words[at:]


def condition_of(words: tuple[str, ...], acls: Mapping[str, Acl]) -> Condition:
    """A condition.

    Args:
        words: with `if` or `unless`; () for none.
        acls: the ACLs by name.
    """
    if len(words) < 2:
        return ALWAYS
    terms = frozenset(frozenset(_literals(term, acls)) for term in _terms(words[1:]))
    return terms if words[0] == "if" else _opposite(terms)


def names_in(words: tuple[str, ...]) -> Iterator[tuple[bool, str]]:
    """The named ACLs of a condition, each with whether it must not match."""
    flip = words[:1] == ("unless",)
    for term in _terms(words[1:]):
        for negated, inner in _parts(term):
            if len(inner) == 1 and not inner[0].startswith("{"):
                yield negated is not flip, inner[0]


def _terms(words: Sequence[str]) -> Iterator[list[str]]:
    term: list[str] = []
    depth = 0
    for word in words:
        depth += (word in {"{", "!{"}) - (word == "}")
        if word in {"or", "||"} and not depth:
            yield term
            term = []
        else:
            term.append(word)
    yield term


def _parts(term: Sequence[str]) -> Iterator[tuple[bool, list[str]]]:
    """The ACLs of a term: whether it is negated, and its name, or the words of an anonymous one behind `{`."""
    words = iter(term)
    negated = False
    for word in words:
        if word == "!":
            negated = not negated
            continue
        name = word.removeprefix("!")
        flip = negated is not (name != word)
        if name == "{":
            inner = ["{"]
            for part in words:
                if part == "}":
                    break
                inner.append(part)
            yield flip, inner
        else:
            yield flip, [name]
        negated = False


def _literals(term: Sequence[str], acls: Mapping[str, Acl]) -> Iterator[Literal]:
    for negated, inner in _parts(term):
        if inner[0] == "{":
            yield Literal(negated, frozenset({test_of(tuple(inner[1:]))}))
        elif inner[0] in acls:
            yield Literal(negated, acls[inner[0]])
        else:
            words = _PREDEFINED.get(inner[0])
            yield Literal(
                negated,
                frozenset({test_of(words) if words else Test(inner[0], "acl", nocase=False, patterns=frozenset())}),
            )


def _opposite(condition: Condition) -> Condition:
    size = 1
    for term in condition:
        size *= max(len(term), 1)
    if size > _MOST:
        name = f"not {hash(condition)}"  # equal for equal conditions of a run
        return frozenset(
            {
                frozenset(
                    {Literal(negated=True, acl=frozenset({Test(name, "unless", nocase=False, patterns=frozenset())}))}
                )
            }
        )
    chosen = product(*condition)
    return frozenset(frozenset(Literal(not one.negated, one.acl) for one in choice) for choice in chosen)


def implies(one: Condition, other: Condition) -> bool:
    """Whether another condition holds whenever one does."""
    return all(any(_term_implies(term, wide) for wide in other) for term in one)


def _term_implies(term: Term, wide: Term) -> bool:
    return all(any(_literal_implies(literal, needed) for literal in term) or _is_true(needed) for needed in wide)


def _is_true(literal: Literal) -> bool:
    name = "always_false" if literal.negated else "always_true"
    return any(test.expr == name for test in literal.acl)


def _literal_implies(one: Literal, other: Literal) -> bool:
    if one.negated is not other.negated:
        return False
    return acl_within(other.acl, one.acl) if one.negated else acl_within(one.acl, other.acl)


def acl_within(one: Acl, other: Acl) -> bool:
    """Whether all that one ACL matches is matched by another one."""
    return one <= other or all(any(within(test, wide) for wide in other) for test in one)


def excludes(one: Condition, other: Condition) -> bool:
    """Whether two conditions never hold together."""
    return all(any(_opposed(a, b) for a in term for b in second) for term in one for second in other)


def _opposed(one: Literal, other: Literal) -> bool:
    if one.negated and other.negated:
        return False
    if one.negated or other.negated:
        inside, outside = (other.acl, one.acl) if one.negated else (one.acl, other.acl)
        return acl_within(inside, outside)
    return all(apart(a, b) for a in one.acl for b in other.acl)
