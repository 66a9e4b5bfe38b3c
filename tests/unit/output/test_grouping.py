"""Changes as blocks."""

from __future__ import annotations

import pytest

from hsync.output.grouping import Place, blocks, place_of
from hsync.plan.plan import Action, Change
from tests.unit.output.plans import TRANSACTION

PLACES = [
    ("global", Place("global")),
    ("backends/web", Place("backends/web")),
    ("backends/web/servers/s1", Place("backends/web", "servers", "s1")),
    ("frontends/www/acls[2]", Place("frontends/www", "acls", "[2]")),
    ("global/log_targets[0]", Place("global", "log_targets", "[0]")),
    ("global/lines[3]", Place("global", "lines", "[3]")),
    ("traces/entries/x", Place("traces", "entries", "x")),
    ("frontends/www/binds/[::1]", Place("frontends/www", "binds", "[::1]")),
    ("frontends/www/binds/a%2Fb[1]", Place("frontends/www", "binds", "a%2Fb[1]")),
]


@pytest.mark.parametrize(("address", "place"), PLACES)
def test_an_address_is_taken_apart(address: str, place: Place) -> None:
    assert place_of(address) == place


def test_the_name_inside_a_section() -> None:
    assert [place_of(address).inner for address, _ in PLACES[2:5]] == ["servers/s1", "acls[2]", "log_targets[0]"]


def test_blocks_of_a_plan() -> None:
    found = [
        (block.address, block.action.value, [name for name, _ in block.inner]) for block in blocks(TRANSACTION.changes)
    ]
    assert found == [
        ("frontends/www/acls", "update", ["[1]", "[1]"]),
        ("frontends/www/backend_switching_rules", "update", ["[1]", "[2]"]),
        ("backends/web", "update", []),
        ("backends/web/servers/web2", "update", []),
        ("backends/api", "create", ["servers/api1", "servers/api2"]),
        ("backends/gone", "delete", ["servers/g1"]),
    ]


def test_several_named_changes_of_a_collection_are_one_block() -> None:
    changes = [Change(Action.CREATE, f"backends/web/servers/s{n}", line_after=f"server s{n}") for n in range(3)]
    assert [(block.address, len(block.inner)) for block in blocks(changes)] == [("backends/web/servers", 3)]
