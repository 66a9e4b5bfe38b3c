"""Words for random lines, derived from patterns: the strategies give words that an `Arg` reads.

Rule 1: each class of patterns has a function in `WORDS`, found by the base classes of a pattern; a new row needs none.
Rule 2: the pattern reads all words: a leaf uses only candidates that it reads itself. A pattern without
candidates raises an error, so that it is not omitted silently.
Rule 3: for patterns that the API release does not have (`since`) there is `st.nothing()`, which hypothesis omits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

from hsync.plan.obstacles import newer
from hsync.schema import (
    Arg,
    Call,
    Cond,
    Const,
    Csv,
    Enum,
    Flag,
    Int,
    Lit,
    Many,
    Mismatch,
    Nested,
    OneOf,
    Opt,
    Params,
    Pattern,
    Reader,
    Rest,
    Seq,
    Size,
    Time,
    Twins,
    Values,
    Word,
)
from hsync.sections import (
    acme,
    crt_store,
    host_port,
    http_actions,
    http_reply,
    lists,
    peers,
    proxy_shapes,
    rule_args,
    sockets,
)
from hsync.sections import servers as server_rows
from hsync.syntax import raw_words
from tests.property.values import NAMES, ODD, PHRASES, candidates
from tests.property.values import WORDS as PLAIN

__all__ = ["Scope", "Words", "fits", "words"]

Words = st.SearchStrategy[tuple[str, ...]]

NONE: Words = st.just(())


@dataclass(frozen=True)
class Scope:
    """The context of words.

    Args:
        api: the newest API release that may be used.
        odd: whether words may be odd (quotes, escapes), and numbers as large as the pattern allows.
        head: the first words of the line, for `values.candidates`.
        solid: characters that words must not have: the comma between parentheses.
    """

    api: str = "3.4"
    odd: bool = False
    head: str = ""
    solid: str = ""


@cache
def words(arg: Arg, scope: Scope) -> Words:
    """Words that a pattern reads.

    Args:
        arg: the pattern.
        scope: the context.

    Returns:
        A strategy of word tuples; empty (`is_empty`) if the API release does not have the pattern.
    """
    if newer(getattr(arg, "since", ""), scope.api):
        return st.nothing()
    for cls in type(arg).__mro__:
        if cls in WORDS:
            return WORDS[cls](arg, scope)
    raise LookupError(f"no words for patterns of class {type(arg).__name__}: add a function to WORDS")


def fits(arg: Arg, made: Sequence[str]) -> bool:
    """Whether the pattern reads all of the words."""
    reader = Reader(made)
    try:
        arg.read(reader, {})
        reader.done()
    except Mismatch:
        return False
    return True


# Leaves


def chosen(arg: Arg, field: str, scope: Scope, fallback: Sequence[str] = (), odd: Sequence[str] = ()) -> Words:
    """A candidate for a field that the pattern reads."""
    known = candidates(scope.head, field) or tuple(fallback)
    made = [tuple(raw_words(one)) for one in (*known, *(odd if scope.odd else ()))]
    good = [one for one in made if fits(arg, one) and not (scope.solid and set(scope.solid) & set("".join(one)))]
    return st.sampled_from(good) if good else st.nothing()


def word(arg: Word, scope: Scope) -> Words:
    """One word."""
    if arg.refers in NAMES and not candidates(scope.head, arg.field):
        return st.sampled_from([(name,) for name in NAMES[arg.refers]])
    found = chosen(arg, arg.field, scope, PLAIN, ODD)
    if found.is_empty and arg.matching:
        found = matching(arg, arg.matching)
    return must(found, arg, arg.field, scope)


def matching(arg: Arg, regex: str) -> Words:
    """A word made from a regular expression."""
    alphabet = st.characters(codec="ascii", min_codepoint=33)
    made = st.from_regex(regex, fullmatch=True, alphabet=alphabet).map(lambda text: (text,))
    return made.filter(lambda one: raw_words(one[0]) == [one[0]] and fits(arg, one))


def must(found: Words, arg: Arg, field: str, scope: Scope) -> Words:
    """Raise an error for an empty strategy."""
    if found.is_empty:
        raise LookupError(f"no value for {field} of {type(arg).__name__} in {scope.head!r}: add one to values.py")
    return found


def blank(arg: rule_args.Blank, scope: Scope) -> Words:
    """One word, maybe empty."""
    return word(arg, scope) | st.just(("",))


def rest(arg: Rest, scope: Scope) -> Words:
    """Some words."""
    return must(chosen(arg, arg.field, scope, PHRASES, ODD), arg, arg.field, scope)


def integer(arg: Int, scope: Scope) -> Words:
    """A number that is known to be good, or a number within the bounds, near the lower bound unless it may be odd."""
    if not scope.odd and candidates(scope.head, arg.field):
        return must(chosen(arg, arg.field, scope), arg, arg.field, scope)
    low = arg.low if arg.low is not None else 0
    high = arg.high if arg.high is not None else (2**31 - 1 if scope.odd else low + 50)
    return st.integers(low, min(high, low + 1000) if not scope.odd else high).map(lambda value: (str(value),))


def time(arg: Time, scope: Scope) -> Words:
    """A time in any unit."""
    if not scope.odd and candidates(scope.head, arg.field):
        return must(chosen(arg, arg.field, scope), arg, arg.field, scope)
    plain = [("5s",), ("30s",), ("1m",), ("500ms",), ("100",), ("2000ms",)]
    odd = [("0",), ("1d",), ("36h",), ("1500us",), ("4000us",), ("1001ms",)]
    good = [one for one in (*plain, *(odd if scope.odd else ())) if fits(arg, one)]
    return st.sampled_from(good)


def size(arg: Size, scope: Scope) -> Words:
    """A size in any unit."""
    if not scope.odd and candidates(scope.head, arg.field):
        return must(chosen(arg, arg.field, scope), arg, arg.field, scope)
    plain = [("16384",), ("16k",), ("1m",), ("2000",)]
    odd = [("0",), ("1",), ("1g",), ("3M",), ("2097152",)]
    return st.sampled_from([one for one in (*plain, *(odd if scope.odd else ())) if fits(arg, one)])


def spelled(arg: Enum | Flag, scope: Scope) -> Words:
    """A word of the enum."""
    return st.sampled_from([(one,) for one in arg.values])


def twins(arg: Twins, scope: Scope) -> Words:
    """A word of any flag that the API release has."""
    known = [one for flag in arg.flags if not newer(flag.since, scope.api) for one in flag.values]
    return st.sampled_from([(one,) for one in dict.fromkeys(known)])


def separated(arg: Csv, scope: Scope) -> Words:
    """One word of several values."""
    known = (arg.only if scope.odd else ()) or candidates(scope.head, arg.field) or arg.only or ("va1", "va2", "va3")
    return st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True).map(lambda many: (arg.sep.join(many),))


def several(arg: Values, scope: Scope) -> Words:
    """Several words."""
    known = arg.only or candidates(scope.head, arg.field) or ("va1", "va2", "va3")
    return st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True).map(
        lambda many: tuple(one for value in many for one in raw_words(value))
    )


def pattern(arg: Pattern, scope: Scope) -> Words:
    """One word; the first of its fields with candidates counts."""
    first = next((group for group in arg.regex.groupindex if candidates(scope.head, group)), "")
    if "user" in arg.regex.groupindex:
        first = "user__passwd"
    found = chosen(arg, first, scope)
    return matching(arg, arg.regex.pattern) if found.is_empty else found


def address(arg: sockets.SocketAddress, scope: Scope) -> Words:
    """Address and port, in all shapes of the pattern."""
    known = ["10.0.0.1:80", "10.0.0.2:8080", "127.0.0.1:81", "10.0.0.3", "a.example:80", "[::1]:80", "*:82", ":83"]
    known += ["/tmp/hsync.sock", "[::]:84", ":::85", "10.0.0.1:90-95"] + (
        ["a.example"] if arg.address == "fqdn" else []
    )
    known += ["ipv6@[::1]:86", "::1:87", "unix@/tmp/hsync-u.sock", "fd@9"] if scope.odd else []
    return st.sampled_from([(one,) for one in known if fits(arg, (one,))])


def host_and_port(arg: host_port.HostPort, scope: Scope) -> Words:
    """Address and port."""
    known = ["10.0.0.1:53", "10.0.0.2:1024", "10.0.0.3", "[::1]:53", *(["a.example:25", "::1:53"] if scope.odd else [])]
    return st.sampled_from([(one,) for one in known if fits(arg, (one,))])


def scoped(arg: Arg, scope: Scope) -> Words:
    """Scope and name of a variable."""
    return st.sampled_from([("txn.va",), ("sess.v_b",), ("req.vc",), ("proc.vd",)])


def codes(arg: proxy_shapes.Codes, scope: Scope) -> Words:
    """Statuses that have an error page."""
    return st.lists(st.sampled_from(sorted(proxy_shapes.CODES)), min_size=1, max_size=3, unique=True).map(tuple)


def named(field: str) -> Callable[[Any, Scope], Words]:
    """A special pattern, with the candidates of a field."""
    return lambda arg, scope: must(chosen(arg, field, scope), arg, field, scope)


def literal(arg: Lit, scope: Scope) -> Words:
    """The literal words."""
    return st.just(arg.words)


def anything(arg: Arg, scope: Scope) -> Words:
    """Words without a field."""
    return st.just(("bck1",))


def nothing_to_say(arg: Arg, scope: Scope) -> Words:
    """No words."""
    return NONE


# Patterns made of others


def joined(parts: Sequence[Words]) -> Words:
    """Words in a row."""
    return st.tuples(*parts).map(lambda many: tuple(one for part in many for one in part))


def sequence(arg: Seq, scope: Scope) -> Words:
    """All parts."""
    return joined([words(one, scope) for one in arg.args])


def optional(arg: Seq, scope: Scope) -> Words:
    """All parts, or none."""
    return NONE | sequence(arg, scope)


def written(arg: lists.Written, scope: Scope) -> Words:
    """A keyword and its number."""
    return optional(arg, scope) if arg.optional else sequence(arg, scope)


def alternatives(arg: OneOf, scope: Scope) -> Words:
    """One of the alternatives."""
    return st.one_of([words(one, scope) for one in arg.args])


def nested(arg: Nested, scope: Scope) -> Words:
    """The parts, at least one word."""
    return sequence(arg, scope).filter(bool)


def repeated(arg: Many, scope: Scope) -> Words:
    """One group."""
    return words(arg.group, scope)


def call(arg: Call, scope: Scope) -> Words:
    """One word with parentheses."""
    inner = replace(scope, solid=f"{arg.sep}() \"'\\", odd=False, head=f"{scope.head} {arg.name}".strip())
    return joined([words(one, inner) for one in arg.args]).map(lambda parts: (f"{arg.name}({arg.sep.join(parts)})",))


def suffixed(arg: rule_args.Suffixed, scope: Scope) -> Words:
    """One word with a fixed prefix."""
    inner = replace(scope, odd=False)
    made = integer(Int("x", low=0, high=2), inner) if isinstance(arg.inner, Int) else words(arg.inner, inner)
    return made.map(lambda many: (arg.prefix + many[0],))


def content(arg: Arg, scope: Scope) -> Words:
    """The content of a reply."""
    texts = chosen(Word("x"), "return_content", scope, odd=ODD).filter(lambda one: one != ("/dev/null",))
    strings = joined([st.sampled_from([("string",), ("lf-string",)]), texts])
    files = st.sampled_from([("file",), ("lf-file",), ("errorfile",)]).map(lambda one: (*one, "/dev/null"))
    groups = st.sampled_from(NAMES["http_errors_sections"]).map(lambda name: ("errorfiles", name))
    return st.just(("default-errorfiles",)) | strings | files | groups


def condition(arg: Cond, scope: Scope) -> Words:
    """A condition, or none."""
    test = words(Rest(arg.test), replace(scope, odd=False))
    return NONE | joined([st.sampled_from([("if",), ("unless",)]), test])


def params(arg: Params, scope: Scope) -> Words:
    """Some of the parameters, in any order, without contradictions."""
    return some_of(arg, scope, needed="")


def with_needed(field: str) -> Callable[[Any, Scope], Words]:
    """Parameters, with a required one."""
    return lambda arg, scope: some_of(arg, scope, needed=field)


def at_least_one(arg: Params, scope: Scope) -> Words:
    """Parameters, at least one."""
    return some_of(arg, scope, needed="").filter(bool)


def reply(arg: http_reply.Reply, scope: Scope) -> Words:
    """Compatible parameters of a reply."""
    return some_of(arg, scope, needed="").filter(lambda made: fits(arg, made))


def some_of(arg: Params, scope: Scope, needed: str) -> Words:
    """Up to four parameters in random order; only repeating parameters have common fields."""
    known = [(one, words(one, scope)) for one in arg.args]
    there = [(one, made, tuple(tops(one))) for one, made in known if not made.is_empty]
    if not there:
        return NONE
    must_have = [place for place, (_, _, fields) in enumerate(there) if needed and needed in fields]

    @st.composite
    def draw_some(draw: st.DrawFn) -> tuple[str, ...]:
        places = draw(st.lists(st.integers(0, len(there) - 1), max_size=4))
        places += [place for place in must_have if place not in places]
        taken: set[str] = set()
        made: list[str] = []
        for place in places:
            one, strategy, fields = there[place]
            if not taken & set(fields):
                made += draw(strategy)
                taken |= set() if id(one) in arg.repeating else set(fields)
        return tuple(made)

    return draw_some()


def tops(arg: Arg) -> Iterator[str]:
    """The fields of a parameter; the parts of an object count separately."""
    yield from dict.fromkeys(field.path for field in arg.fields())


WORDS: dict[type, Callable[[Any, Scope], Words]] = {
    # leaves
    Word: word,
    Rest: rest,
    rule_args.Blank: blank,
    Int: integer,
    Time: time,
    Size: size,
    Enum: spelled,
    Flag: spelled,
    Twins: twins,
    Csv: separated,
    Values: several,
    Pattern: pattern,
    Lit: literal,
    Const: nothing_to_say,
    # leaves of their own kind
    sockets.SocketAddress: address,
    sockets.Congestion: named("quic-cc-algo"),
    host_port.HostPort: host_and_port,
    server_rows.Source: named("source"),
    acme.Assignments: named("acme_vars"),
    http_actions._Pair: named("redir_option"),
    rule_args._Scoped: scoped,
    proxy_shapes.Codes: codes,
    proxy_shapes.Present: nothing_to_say,
    proxy_shapes.Unmodelled: anything,
    http_reply._Content: content,
    # patterns made of others
    Seq: sequence,
    Opt: optional,
    OneOf: alternatives,
    Nested: nested,
    Many: repeated,
    Call: call,
    rule_args.Suffixed: suffixed,
    lists.Written: written,
    Cond: condition,
    Params: params,
    rule_args.Some: at_least_one,
    http_actions._Redirect: with_needed("redir_type"),
    crt_store.Load: with_needed("certificate"),
    peers.Sized: with_needed("size"),
    http_reply.Reply: reply,
}
