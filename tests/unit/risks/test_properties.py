"""What holds for all rules of risk: order of sections, parts of a configuration, any texts, and time."""

from __future__ import annotations

import random
from itertools import permutations
from pathlib import Path

import pytest

from hsync.model import Configuration
from hsync.plan.plan import UNCHANGED
from hsync.plan.risk import Risk
from hsync.risks import patterns, risks_between
from hsync.syntax import emit
from tests.corpus import needs_corpus, read_text, transitions
from tests.unit.risks.changes import risks
from tests.unit.risks.commits import COMMITS, SITES, Commit

Told = tuple[str, str, str, str, tuple[str, ...]]


def told(found: tuple[Risk, ...]) -> list[Told]:
    return [(one.rule, one.level, str(one.address), one.reason, one.names) for one in found]


def shuffled(text: str, seed: int) -> str:
    """The sections in another order; all of the sites name their defaults, or have them first."""
    sections = [one.text for one in Configuration.from_text(text).document.sections]
    fixed = [one for one in sections if one.startswith(("global", "defaults"))]
    others = [one for one in sections if one not in fixed]
    random.Random(seed).shuffle(others)
    return "".join([*fixed, *others])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("commit", COMMITS[::3], ids=[f"{one.site} {one.rule}" for one in COMMITS[::3]])
def test_the_order_of_sections_changes_nothing(commit: Commit, seed: int) -> None:
    before, after = SITES[commit.site], commit.text(with_mistake=True)
    assert told(risks(shuffled(before, seed), shuffled(after, seed + 1))) == told(risks(before, after))


@pytest.mark.parametrize("commit", COMMITS, ids=[f"{one.site} {one.rule}" for one in COMMITS])
def test_a_part_of_the_texts_shows_no_more(commit: Commit) -> None:
    """`show` has only the sections that change, defaults and global."""
    before, after = SITES[commit.site], commit.text(with_mistake=True)
    refuse_more(before, after)


@needs_corpus
@pytest.mark.parametrize(("name", "one", "other"), transitions(), ids=[row[0] for row in transitions()])
def test_pairs_of_the_corpus(name: str, one: Path, other: Path) -> None:
    for before, after in permutations((read_text(one), read_text(other))):
        refuse_more(before, after)


def refuse_more(before: str, after: str) -> None:
    """Check that unchanged sections without their lines, or without a header, add no risk."""
    whole = told(risks(before, after))
    for part in (emptied, left_out):
        found = told(risks(part(before, after), part(after, before)))
        known = {one[:4]: one[4] for one in whole}
        assert [one for one in found if not set(one[4]) <= set(known.get(one[:4], "?"))] == []
        assert {one[:4] for one in found} <= set(known)


def emptied(text: str, other: str) -> str:
    return "".join(
        section if touched else section.partition("\n")[0] + "\n" + UNCHANGED for section, touched in parts(text, other)
    )


def left_out(text: str, other: str) -> str:
    return "".join(section for section, touched in parts(text, other) if touched)


def parts(text: str, other: str) -> list[tuple[str, bool]]:
    """The sections of a text, and whether they are in a plan file."""
    theirs = {key: one.text for key, one in Configuration.from_text(other).sections.items()}
    configuration = Configuration.from_text(text)
    always = {"global", "defaults"}
    return [(section.text, key[0] in always or theirs.get(key) != section.text) for key, section in configuration.keyed]


def test_a_block_is_looked_into() -> None:
    before = "global\n.if version_atleast(3.0)\nbackend b\n  server s h:1 check\n.endif\n"
    assert "check-removed" in [one.rule for one in risks(before, before.replace(" check", ""))]


@pytest.mark.parametrize("seed", range(40))
def test_no_text_raises(seed: int) -> None:
    """Lines that lose their words, in every section."""
    chance = random.Random(seed)
    text = SITES[chance.choice(sorted(SITES))]
    lines = []
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and not line[0].isalpha() and chance.random() < 0.3:
            cut = chance.randrange(1, len(words))
            words = words[:cut] if chance.random() < 0.7 else words[:1] + words[cut:]
            lines.append("  " + " ".join(words))
        else:
            lines.append(line)
    broken = "\n".join(lines) + "\n"
    risks(text, broken)
    risks(broken, text)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("path /a", "path /a /b", True),
        ("path /a /b", "path /a", False),
        ("path /a", "path -i /A", True),
        ("path -i /a", "path /a", False),
        ("path_beg /a/b", "path_beg /a", True),
        ("path /a/b", "path_beg /a", True),
        ("path_beg /a", "path /a", False),
        ("path_end .php", "path_sub php", True),
        ("path_end .php", "path_end hp", True),
        ("src 10.1.0.0/16", "src 10.0.0.0/8", True),
        ("src 10.0.0.0/8", "src 10.1.0.0/16", False),
        ("src 2001:db8::/48", "src 2001:db8::/32", True),
        ("src 10.1.0.0/16", "src 2001:db8::/32", False),
        ("src -f a.lst", "src -f a.lst", True),
        ("src -f a.lst", "src -f b.lst", False),
        ("dst_port 80", "dst_port 1:1024", True),
        ("dst_port gt 100", "dst_port ge 90", True),
        ("dst_port lt 100", "dst_port le 90", False),
        ("hdr(a) x", "hdr(b) x", False),
        ("hdr(a) x", "always_true", True),
        ("always_false", "hdr(b) x", True),
        ("ssl_fc", "ssl_fc", True),
        ("hdr(a) -m found", "hdr(a) x", False),
        ("path_reg ^/a", "path_reg ^/", False),
        ("req.hdr(host) x", "hdr(host) x", True),
        ("src -n -M 10.1.1.1", "src 10.1.1.1", False),
        ("path -- -x", "path -x", False),
        ("path -u a1 /x", "path /x", False),
    ],
)
def test_what_a_test_contains(one: str, other: str, *, expected: bool) -> None:
    assert patterns.within(patterns.test_of(tuple(one.split())), patterns.test_of(tuple(other.split()))) is expected


MANY = 20_000


def farm(weight: int, options: str = "") -> str:
    backends = (
        f"backend b{at}\n  mode http\n"
        + "".join(f"  server s{one} 10.{at}.{one}.1:80 check weight {weight}{options}\n" for one in range(100))
        for at in range(MANY // 100)
    )
    return "global\n  maxconn 9\n" + "".join(backends)


def test_many_changes_cost_little() -> None:
    """Equal findings of many servers are one; how long it takes is a matter of the benchmark."""
    before, after = farm(100), farm(50)
    assert risks(before, after) == ()
    found = risks(before, after.replace(" check", ""))
    assert {one.rule for one in found} == {"check-removed"}
    assert {len(one.names) for one in found} == {100}


def test_an_unchanged_section_is_not_looked_at() -> None:
    before = Configuration.from_text(farm(100))
    after = Configuration.from_text(farm(100).replace("maxconn 9", "maxconn 8"))
    assert [one.rule for one in risks_between(before, after)] == ["maxconn-low"]
    assert not any("directives" in vars(one) for one in after.document.sections if one.kind == "backend")


def test_a_text_of_its_own_has_no_risk() -> None:
    for text in SITES.values():
        assert risks(text, emit(Configuration.from_text(text).document)) == ()
