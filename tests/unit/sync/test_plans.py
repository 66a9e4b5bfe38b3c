from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import hsync
from hsync import ConfigError, Configuration, DataplaneClient, Plan, PlanFileError, apply_plan, make_plan
from hsync.events import Event, Step
from tests.unit.sync.runs import DES, run
from tests.unit.sync_server import Server, same


def test_a_sync_sends_what_a_plan_would() -> None:
    server = Server()
    plan = make_plan(server.client(), DES)
    result = run(server)
    assert result.diff is not None
    assert dataclasses.replace(result.diff, changes=(), result=plan.result, base=plan.base) == dataclasses.replace(
        plan, changes=(), result=plan.result
    )
    assert result.diff.base == dataclasses.replace(plan.base, sections=None)
    assert result.applied_operations == plan.operations


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("desired", [DES, Configuration.from_text(DES), "# no final newline\n" + DES.rstrip("\n")])
def test_a_plan_is_made_saved_loaded_and_applied(tmp_path: Path, desired: str | Configuration, batched: bool) -> None:
    server = Server()
    client = server.client()
    plan = make_plan(client, desired)
    assert server.writes == []
    digest = plan.save(tmp_path / "web.plan", user="joe")
    loaded = Plan.load(str(tmp_path / "web.plan"))
    assert isinstance(loaded, Plan)
    assert (loaded, loaded.save(tmp_path / "again.plan")) == (plan, digest)
    told: list[Event] = []
    outcome = apply_plan(client, loaded, on_event=told.append, batched=batched)
    assert outcome.changed
    steps = [event for event in told if isinstance(event, Step)]
    assert steps[:2] == [Step("create backends/b1", 0, 2), Step("create backends/b2", 1, 2)]
    assert steps[-1] == Step("waiting for the reload" if batched else "committing", 2, 2)
    assert same(server.now, DES)


def test_a_saved_plan_says_who_made_it(tmp_path: Path) -> None:
    make_plan(Server().client(), DES).save(tmp_path / "web.plan", user="joe")
    text = (tmp_path / "web.plan").read_text()
    assert '"user": "joe"' in text
    assert f'"hsync": "{hsync.__version__}"' in text
    (tmp_path / "web.plan").write_text(text.replace("roundrobin", "leastconn"))
    with pytest.raises(PlanFileError, match="the plan was changed after it was made"):
        Plan.load(tmp_path / "web.plan")


def test_a_saved_plan_keeps_no_secret_of_the_server(tmp_path: Path) -> None:
    current = "userlist u\n  user joe insecure-password old-horse-1\n"
    with DataplaneClient.embedded(text=current, haproxy_bin=None) as client:
        plan = make_plan(client, current.replace("old-horse-1", "new-horse-1"))
        plan.save(tmp_path / "u.plan")
        assert "old-horse-1" not in (tmp_path / "u.plan").read_text()
        assert apply_plan(client, Plan.load(tmp_path / "u.plan")).changed
        looking_like_one = make_plan(client, current + "  user ann insecure-password {{hsync:secret}}\n")
        with pytest.raises(PlanFileError, match="malformed marker"):
            looking_like_one.save(tmp_path / "other.plan")
    assert not (tmp_path / "other.plan").exists()


def test_make_plan_raises_for_faults_in_the_desired_text() -> None:
    with pytest.raises(ConfigError, match=r"web\.cfg:1:1: backend without a name"):
        make_plan(Server().client(), "backend\n", source="web.cfg")
