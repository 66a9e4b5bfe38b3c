"""The cost of a plan follows the size of the change: counted in parsed sections, not in seconds.

`python -m bench` prints the seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module

import pytest

from bench.caches import forget
from bench.texts import configuration, giant, one_server_changed
from hsync.dataplane import DataplaneClient
from hsync.model import Configuration, Resource, ResourceSection
from hsync.model.resources import Content
from hsync.plan.compare import compare
from hsync.plan.plan import Plan
from hsync.sections import parse
from hsync.session import apply_plan, make_plan, read_desired
from hsync.syntax import Section
from hsync.syntax.document import Directive
from hsync.testing import Server

TO_RESOURCES, DOCUMENT = import_module("hsync.model.to_resources"), import_module("hsync.syntax.document")
CONFIGURATIONS = import_module("hsync.model.configuration")
FINDINGS = import_module("hsync.syntax.findings")

TEXT = configuration(2_000)
DESIRED = one_server_changed(TEXT)
CHANGED = "backend app19"
SECTIONS = len(parse(TEXT).sections)


SERVERS = 500
GIANT = giant(SERVERS)


class Work:
    """Numbers of parsed sections, by name: `read` as API objects, `split` into lines and words."""

    def __init__(self) -> None:
        self.read: Counter[str] = Counter()
        self.split: Counter[str] = Counter()


PARTS = {"backend", ""}
"""Names of parts: the embedded server makes a section to read one line, and a comparison reads only what differs."""


def named(section: Section) -> str:
    return f"{section.kind} {section.name}".strip()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Start to count, with empty caches."""
    forget()
    counted = Work()
    to_resources: Callable[[Section, str | None], ResourceSection] = TO_RESOURCES.to_resources
    split: Callable[[Section], Iterator[Directive]] = DOCUMENT._directives

    def counting_to_resources(section: Section, name: str | None = None) -> ResourceSection:
        made = to_resources(section, name)

        def counting_reader() -> Content:
            counted.read[named(section)] += 1
            return made.reader()

        return replace(made, reader=counting_reader)

    def counting_split(section: Section) -> Iterator[Directive]:
        counted.split[named(section)] += 1
        return split(section)

    monkeypatch.setattr(CONFIGURATIONS, "to_resources", counting_to_resources)
    monkeypatch.setattr(DOCUMENT, "_directives", counting_split)
    return counted


def planned(client: DataplaneClient, desired: str) -> Plan:
    return make_plan(client, read_desired(desired, "desired"), client.as_target("cost", "3.4"))


def test_the_sample_has_many_sections_and_one_change() -> None:
    assert SECTIONS > 70
    assert TEXT.count("\n") == DESIRED.count("\n") >= 2_000
    current, desired = parse(TEXT).by_key, parse(DESIRED).by_key
    assert [named(desired[key]) for key in desired if current[key].text != desired[key].text] == [CHANGED]


def test_only_the_changed_section_is_looked_at(work: Work) -> None:
    with DataplaneClient.embedded(text=TEXT) as client:
        plan = planned(client, DESIRED)
    assert plan.lane == "transaction"
    assert len(plan.operations) == 1
    # as it should be, for lines that stay text; what it is now follows from the lines that differ
    assert work.read == {CHANGED: 1}
    assert set(work.split) <= {CHANGED, *PARTS}


@pytest.mark.parametrize(
    "edited",
    [str, lambda text: text.replace("\n  server", "\n    server").replace("\nbackend", "\n# a comment\n\nbackend")],
    ids=["as the server wrote it", "with other blanks and comments"],
)
def test_what_a_server_has_written_itself_is_not_read(edited: Callable[[str], str], work: Work) -> None:
    with Server(TEXT) as server:
        server.client.push_raw(TEXT, server.client.snapshot().version, skip_reload=True)
        text = server.client.snapshot().body
        desired = edited(one_server_changed(text))
        forget()
        work.read.clear()
        plan = planned(server.client, desired)
    (change,) = plan.changes
    assert set(work.read) - PARTS == {f"backend {change.address.name}"}


def test_what_somebody_has_edited_on_a_server_is_read(work: Work) -> None:
    with Server(TEXT) as server:
        planned(server.client, DESIRED)
    assert len(work.read) >= SECTIONS - 1  # all but the text above the first section


def test_each_text_is_read_once_and_its_faults_are_looked_for_once(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    good: Callable[[str], bool] = FINDINGS._is_good
    seen: Counter[str] = Counter()

    def counting_good(text: str) -> bool:
        seen[text] += 1
        return good(text)

    monkeypatch.setattr(FINDINGS, "_is_good", counting_good)
    with DataplaneClient.embedded(text=TEXT) as client:
        planned(client, DESIRED)
    # the result of the plan is the desired text; the third one is the empty text that a transaction begins with, and two
    # more are base and result as `show` will compare them, without the lines of the sections that stay as they are
    assert DOCUMENT.sections_of.cache_info().misses == 5
    # all sections of the desired text, and the one of the current text that is another
    assert sum(seen.values()) == SECTIONS + 1
    assert work.read == {CHANGED: 1}


def test_in_one_section_each_line_is_read_once_and_only_what_differs_is_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forget()
    meaning = Resource.meaning.__get__
    compared: list[str] = []

    def counting_meaning(resource: Resource) -> object:
        compared.append(resource.key)
        return meaning(resource)

    monkeypatch.setattr(Resource, "meaning", property(counting_meaning))
    (delta,) = compare(Configuration.from_text(GIANT), Configuration.from_text(one_server_changed(GIANT)))
    (edit,) = delta.collections[0].edits
    # as it is, and as it should be; all other lines are those of the other side
    assert compared == [delta.collections[0].after[edit.after or 0].key] * 2
    assert TO_RESOURCES.child_of.cache_info().misses == 2


def test_nothing_is_looked_at_when_nothing_changed(work: Work) -> None:
    with DataplaneClient.embedded(text=TEXT) as client:
        assert planned(client, TEXT).operations == ()
    assert work.read == {}
    assert work.split == {}


def test_another_spelling_is_split_but_not_bound(work: Work) -> None:
    with DataplaneClient.embedded(text=TEXT) as client:
        assert planned(client, TEXT.replace("balance roundrobin", "balance  roundrobin # fair")).changes == ()
    assert work.read == {}
    assert {count for name, count in work.split.items() if name} == {2}


@pytest.mark.parametrize(("text", "desired"), [(TEXT, DESIRED), (GIANT, one_server_changed(GIANT))])
def test_applying_looks_at_the_changed_section_only(work: Work, text: str, desired: str) -> None:
    with DataplaneClient.embedded(text=text) as client:
        plan = planned(client, desired)
        forget()
        work.read.clear()
        work.split.clear()
        assert apply_plan(client, plan).changed
    assert work.read == {}
    assert set(work.split) <= PARTS
    # the changed line, as it is, as it will be, and as it is found in the text
    assert TO_RESOURCES.child_of.cache_info().misses <= 3


def test_a_section_that_is_added_costs_no_look_at_the_others(work: Work) -> None:
    added = f"{TEXT}backend fresh from base\n  server s1 192.0.2.1:80\n"
    with DataplaneClient.embedded(text=TEXT) as client:
        plan = planned(client, added)
        assert apply_plan(client, plan).changed
    assert set(work.read) == {"backend fresh"}
    # besides itself: the defaults that it refers to, and its neighbour, which gets a blank line
    assert set(work.split) <= {"backend fresh", *PARTS, "defaults base", "backend app38"}
