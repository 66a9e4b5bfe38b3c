"""Changes as blocks."""

from __future__ import annotations

from hsync.model import Address
from hsync.output.grouping import blocks
from hsync.plan.plan import Action, Change
from tests.unit.output.plans import TRANSACTION


def test_blocks_of_a_plan() -> None:
    found = [
        (str(block.address), block.action.value, [name for name, _ in block.inner])
        for block in blocks(TRANSACTION.changes)
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
    changes = [
        Change(Action.CREATE, Address.parse_change(f"backends/web/servers/s{n}"), line_after=f"server s{n}")
        for n in range(3)
    ]
    assert [(str(block.address), len(block.inner)) for block in blocks(changes)] == [("backends/web/servers", 3)]
