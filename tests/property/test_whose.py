"""Random triples of texts, of which it is known who changed what: no change has the label of somebody else.

Two independent oracles. The first makes the three texts from small models, and knows from the models who changed what; it
reads nothing with hsync. The second takes random configurations of all kinds of sections, and compares objects by their
names, and lines by their number, without pairing lists.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from hsync.model import Configuration, normal
from hsync.plan.changes import changes_for
from hsync.plan.compare import compare
from hsync.plan.fields import attributes
from hsync.plan.plan import Action, Change, Whose
from hsync.plan.whose import Left, labelled
from tests.property.edits import placed, successors
from tests.property.strategies import Style, configurations, text_of
from tests.property.test_pairs import NEWEST_WITH_RAW, SETTINGS

TRIPLES = [pytest.param(200, id="200 triples"), pytest.param(2000, id="2000 triples", marks=pytest.mark.torture)]

# The first oracle

ATTRIBUTES = {
    "backend": {"retries": "retries", "fullconn": "fullconn", "timeout server": "server_timeout"},
    "frontend": {"maxconn": "maxconn", "backlog": "backlog", "timeout client": "client_timeout"},
    "defaults": {"maxconn": "maxconn", "retries": "retries", "timeout connect": "connect_timeout"},
    "cache": {"max-object-size": "max_object_size", "max-age": "max_age"},
    "resolvers": {"timeout retry": "timeout_retry", "resolve_retries": "resolve_retries"},
    "userlist": {},
}
"""Keywords of a section with a number, and the names of their attributes."""

NAMED = {
    "backend": ("server", "servers", ("weight", "maxconn", "slowstart")),
    "resolvers": ("nameserver", "nameservers", ()),
    "userlist": ("user", "users", ()),
}
"""Keyword and collection of children with a name, and their attributes with a number."""

LISTS = {
    "backend": ("http_request_rules", "http-request set-header {} {}"),
    "frontend": ("http_request_rules", "http-request set-header {} {}"),
    "listen": ("lines", "server {} {}"),
}
"""Collection and line of an ordered list; `lines` for a section that stays text."""

COLLECTIONS = {"backend": "backends", "frontend": "frontends", "cache": "caches", "userlist": "userlists"}


@dataclass
class Section:
    """A section in a model.

    Args:
        own: values by keyword.
        named: by name, the address, and the values by attribute.
        rules: the lines of the list.
    """

    own: dict[str, int] = field(default_factory=dict)
    named: dict[str, dict[str, str]] = field(default_factory=dict)
    rules: list[tuple[str, str]] = field(default_factory=list)


Model = dict[tuple[str, str], Section]


class Author:
    """Makes random sections and edits, with values that nobody else writes.

    Args:
        random: the source.
        start: the first value.
    """

    def __init__(self, random: Random, start: int) -> None:
        self.random, self.value = random, start

    def fresh(self) -> int:
        self.value += 1
        return self.value

    def section(self, kind: str) -> Section:
        random = self.random
        made = Section({one: self.fresh() for one in ATTRIBUTES.get(kind, {}) if random.random() < 0.6})
        for _ in range(random.randint(0, 4)) if kind in NAMED else ():
            self.create_named(kind, made)
        for _ in range(random.randint(0, 5)) if kind in LISTS else ():
            self.create_rule(made)
        return made

    def create_named(self, kind: str, section: Section) -> None:
        attributes = NAMED[kind][2]
        values = {one: str(self.fresh()) for one in attributes if self.random.random() < 0.5}
        section.named[f"n{self.fresh()}"] = {"": self.address(kind), **values}

    def address(self, kind: str) -> str:
        number = self.fresh()
        return (
            f"password x{number}" if kind == "userlist" else f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}:53"
        )

    def create_rule(self, section: Section) -> None:
        number = self.fresh()
        section.rules.insert(self.random.randint(0, len(section.rules)), (f"X-{number}", f"v{number}"))

    def model(self) -> Model:
        kinds = self.random.sample(["backend", "frontend", "listen", "defaults", "cache", "resolvers", "userlist"], 3)
        return {
            ("global", ""): Section(),
            **{(kind, f"s{self.fresh()}"): self.section(kind) for kind in [*kinds, "backend"]},
        }

    def edit(self, model: Model) -> Model:
        """A model after some edits, which do not move the lines of a list and insert one at most into each."""
        made = copy.deepcopy(model)
        for key in list(made):
            if key[0] != "global" and self.random.random() < 0.08:
                del made[key]
            elif self.random.random() < 0.6:
                self.edit_section(key[0], made[key])
        if self.random.random() < 0.3:
            kind = self.random.choice(["backend", "frontend", "listen", "cache"])
            made[kind, f"s{self.fresh()}"] = self.section(kind)
        return made

    def edit_section(self, kind: str, section: Section) -> None:
        random = self.random
        for keyword in ATTRIBUTES.get(kind, {}):
            if random.random() < 0.3:
                section.own.pop(keyword, None)
            elif random.random() < 0.4:
                section.own[keyword] = self.fresh()
        for name in list(section.named):
            if random.random() < 0.15:
                del section.named[name]
            elif random.random() < 0.4:
                self.edit_named(kind, section.named[name])
        if kind in NAMED and random.random() < 0.3:
            self.create_named(kind, section)
        self.edit_rules(section) if kind in LISTS else None

    def edit_named(self, kind: str, values: dict[str, str]) -> None:
        if self.random.random() < 0.3:
            values[""] = self.address(kind)
        for one in NAMED[kind][2]:
            if self.random.random() < 0.4:
                values[one] = str(self.fresh())
            elif self.random.random() < 0.2:
                values.pop(one, None)

    def edit_rules(self, section: Section) -> None:
        for index, (name, _) in reversed(list(enumerate(section.rules))):
            if self.random.random() < 0.2:
                del section.rules[index]
            elif self.random.random() < 0.3:
                section.rules[index] = (name, f"v{self.fresh()}")
        if self.random.random() < 0.4:
            self.create_rule(section)


def written(model: Model) -> str:
    return "\n".join("".join(f"{line}\n" for line in lines_of(key, section)) for key, section in model.items())


def lines_of(key: tuple[str, str], section: Section) -> Iterator[str]:
    kind, name = key
    yield f"{kind} {name}".rstrip()
    yield from (f"  {keyword} {value}" for keyword, value in section.own.items())
    for one, values in section.named.items():
        words = [f"{attribute} {value}" for attribute, value in values.items() if attribute]
        yield "  " + " ".join([NAMED[kind][0], one, values[""], *words])
    yield from ("  " + LISTS[kind][1].format(*rule) for rule in section.rules)


Flags = tuple[bool, bool]
"""Whether a change undoes what somebody else has changed, and whether it is mine."""


def expected(change: Change, left: Model, current: Model, desired: Model) -> Flags:
    """What the models know about a change."""
    kind = {"backends": "backend", "frontends": "frontend", "caches": "cache", "userlists": "userlist"}.get(
        change.address.collection, change.address.collection
    )
    key = (kind, change.address.name)
    models = (left, current, desired)
    sides = [model.get(key) for model in models]
    if not change.address.child:
        own = [
            None if side is None else {**side.own, "from": parent_of(key, model)}
            for side, model in zip(sides, models, strict=True)
        ]
        return of_object(own)
    if change.address.key:
        named = [None if side is None else side.named.get(change.address.key) for side in sides]
        return of_object(named)
    rules = [{} if side is None else dict(side.rules) for side in sides]
    names = [line.split()[-2] for line in (change.line_before, change.line_after) if line]
    told = [of_object([{"": one[name]} if name in one else None for one in rules]) for name in set(names)]
    return any(undoes for undoes, _ in told), any(mine for _, mine in told)


def parent_of(key: tuple[str, str], model: Model) -> str:
    """The defaults section above a proxy."""
    above = [name for kind, name in list(model)[: list(model).index(key)] if kind == "defaults"]
    return above[-1] if above and key[0] in {"backend", "frontend", "listen"} else ""


def of_object(sides: Sequence[Mapping[str, object] | None]) -> Flags:
    """For an object with attributes: what differs from what was left."""
    left, current, desired = sides
    if left is None or current is None or desired is None:
        undoes = (left is None and current is not None) or (left is not None and current != left)
        mine = (left is None and desired is not None) or (left is not None and desired != left)
        return undoes, mine
    changed = {name for name in {*current, *desired} if current.get(name) != desired.get(name)}
    assert changed, "a change that the models do not have"
    undoes = any(left.get(name) != current.get(name) for name in changed)
    return undoes, any(left.get(name) != desired.get(name) for name in changed)


LABELS = {(True, False): Whose.UNDOES, (True, True): Whose.BOTH, (False, True): Whose.YOURS}


@pytest.mark.parametrize("count", TRIPLES)
def test_labels_are_those_of_who_changed_it(count: int, record_property: Callable[[str, object], None]) -> None:
    seen: Counter[Whose] = Counter()
    for seed in range(count):
        left = Author(Random(seed), 1).model()
        current, desired = (
            Author(Random(seed + 10**6), 20_000).edit(left),
            Author(Random(seed + 2 * 10**6), 40_000).edit(left),
        )
        for change in told(written(left), written(current), written(desired)):
            wanted = LABELS[expected(change, left, current, desired)]
            assert change.whose is wanted, (seed, change)
            seen[wanted] += 1
    assert min(seen[one] for one in Whose) > count, seen
    record_property("torture", ("three-sided triples made of models", count))


def told(left: str, current: str, desired: str) -> tuple[Change, ...]:
    before, after = Configuration.from_text(current), Configuration.from_text(desired)
    deltas = compare(before, after)
    return labelled(changes_for(deltas, str), deltas, Left("", left), before, after)


@pytest.mark.parametrize("count", TRIPLES)
def test_moves_are_those_of_who_moved(count: int) -> None:
    """One side has moved lines of a list, the other has edited other things."""
    seen: Counter[Action] = Counter()
    for seed in range(count):
        random = Random(seed)
        rules = [f"  http-request set-header X-{number} v\n" for number in range(random.randint(2, 8))]
        texts = [f"{kind} s\n{{}}  server w{{}} 192.0.2.1:80\n" for kind in ("backend", "listen")]
        left, moved = "".join(rules), "".join(random.sample(rules, len(rules)))
        for text in texts:
            sides = text.format(left, 1), text.format(left, 2), text.format(moved, 1)
            for label, (current, desired) in {Whose.YOURS: sides[1:], Whose.UNDOES: sides[:0:-1]}.items():
                for change in told(sides[0], current, desired):
                    is_rule = "http-request" in change.line_before + change.line_after
                    other = Whose.UNDOES if label is Whose.YOURS else Whose.YOURS
                    assert change.whose is (label if is_rule else other), (seed, change)
                    seen[change.action] += is_rule
    assert seen[Action.MOVE] > count


# The second oracle


@st.composite
def triples(draw: st.DrawFn, style: Style) -> tuple[str, str, str]:
    """A text, and two texts after some edits of it."""
    first = draw(configurations(style))
    sides = first, draw(successors(first, style)), draw(successors(first, style))
    left, current, desired = (text_of(draw(placed(side, "named"))) for side in sides)
    return left, current, desired


@pytest.mark.parametrize(
    "count", [pytest.param(20, id="20 triples"), pytest.param(500, id="500 triples", marks=pytest.mark.torture)]
)
def test_labels_of_all_kinds_of_sections(count: int, record_property: Callable[[str, object], None]) -> None:
    @settings(SETTINGS, max_examples=count, derandomize=count < 100)
    @given(triples(NEWEST_WITH_RAW))
    def hold(triple: tuple[str, str, str]) -> None:
        left, current, desired = triple
        assert {one.whose for one in told(left, left, desired)} <= {Whose.YOURS}, "nobody else has changed anything"
        assert {one.whose for one in told(left, current, left)} <= {Whose.UNDOES}, (
            "nothing is desired that was not left"
        )
        sides = [Configuration.from_text(one) for one in triple]
        for change in told(*triple):
            note(f"{change}")
            undoes, mine = required(change, sides)
            assert change.whose is not None
            assert undoes in {None, change.whose is not Whose.YOURS}
            assert mine in {None, change.whose is not Whose.UNDOES}

    hold()
    record_property("torture", ("three-sided triples of all kinds of sections", count))


def required(change: Change, sides: list[Configuration]) -> tuple[bool | None, bool | None]:
    """What the names of objects and the number of equal lines say about a change; None where they say nothing."""
    key = change.address.section_key
    found = [side.resources(key) if key in side.sections else None for side in sides]
    if any(one is not None and one.type is None for one in found) or not change.address.child:
        return None, None
    if change.action is Action.MOVE:
        return None, None
    many = [() if one is None else one.children.get(change.address.child, ()) for one in found]
    if change.address.key:
        named = [{normal(one.key): normal(attributes(one.body)) for one in children} for children in many]
        if any(len(one) < len(children) for one, children in zip(named, many, strict=True)):
            return None, None
        three = [one.get(normal(change.address.key)) for one in named]
        return (None, None) if three[1] == three[2] else of_object(three)  # type: ignore[arg-type]
    if change.address.child == "lines":
        many = [() if one is None else one.opaque for one in found]  # type: ignore[misc]
    side = 1 if change.action is Action.DELETE else 2
    if change.action is Action.UPDATE:
        return None, None
    meaning = many[side][change.address.index].meaning
    left, current, desired = (sum(one.meaning == meaning for one in children) for children in many)
    if not left:
        return (True, None) if side == 1 else (None, True)
    if side == 1 and current <= left and desired < left:
        return None, True
    return (True, None) if side == 2 and current < left and desired <= left else (None, None)
