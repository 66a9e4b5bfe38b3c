"""The way back: kept texts, `hsync rollback`, and a history that says who did what, and that nobody changed since."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from hsync.plan.snapshot import split_header
from tests.signing import Keys, needs_ssh_keygen
from tests.unit.cli.conftest import Run

FIRST = "# mine\nglobal\n  maxconn 10   # ten\n\nbackend web\n  server a 192.0.2.1:80\n"
SECOND = FIRST.replace("maxconn 10   # ten", "maxconn 20") + "  server b 192.0.2.2:80\n"
THIRD = "global\n  maxconn 30\n"


@pytest.fixture
def site(run: Run, tmp_path: Path) -> Callable[[str], None]:
    """A file with the first text; the function applies another one."""
    (tmp_path / "hsync.toml").write_text('target = "edge"\n[targets.edge]\npath = "haproxy.cfg"\n')
    (tmp_path / "haproxy.cfg").write_text(FIRST)

    def apply(text: str) -> None:
        (tmp_path / "d.cfg").write_text(text)
        run("plan", "--config", "d.cfg", "--max-delete", "100%")
        run("apply", "edge.plan.json", "--auto-approve", "-m", f"because of {len(text)} characters")

    return apply


def now() -> str:
    return split_header(Path("haproxy.cfg").read_text())[1].lstrip("\n")


def back(run: Run, *words: str) -> str:
    planned = run("rollback", *words).stdout
    run("verify", "edge.plan.json")
    run("apply", "edge.plan.json", "--auto-approve")
    return planned


def test_an_apply_is_undone_to_the_byte_and_again(run: Run, site: Callable[[str], None]) -> None:
    site(SECOND)
    site(THIRD)
    planned = back(run)
    assert "+ backends/web" in planned
    assert now() == SECOND
    back(run, "3")
    assert now() == FIRST
    back(run)
    assert now() == SECOND, "what undid an apply is undone like any other"


def test_a_text_is_found_by_its_digest_and_by_that_of_the_plan(run: Run, site: Callable[[str], None]) -> None:
    site(SECOND)
    site(THIRD)
    runs = json.loads(run("state", "history", "--json").stdout)["runs"]
    back(run, runs[0]["after"])
    assert now() == SECOND
    back(run, runs[0]["before"].removeprefix("sha256:")[:12])
    assert now() == FIRST
    back(run, runs[1]["plan"])
    assert now() == SECOND


def test_who_what_and_why_is_in_the_history(run: Run, site: Callable[[str], None]) -> None:
    site(SECOND)
    site(THIRD)
    lines = run("state", "history", "--verify")
    assert re.search(r"applied  version 2 .* 1 added, 1 changed +\S+@\S+ +\d+\.\d s +because of \d+", lines.stdout)
    assert "The history of edge is whole: 2 runs." in lines.stderr
    first, second = json.loads(run("state", "history", "--json").stdout)["runs"]
    assert (first["after"], first["changes"]) == (second["before"], "1 added, 1 changed")
    assert second["reason"] == f"because of {len(THIRD)} characters"


@pytest.mark.parametrize(
    "change",
    [
        lambda runs: runs[1].update(outcome="refused"),
        lambda runs: runs[1]["facts"].update(who="nobody@nowhere"),
        lambda runs: runs[2].update(plan=runs[1]["plan"]),
        lambda runs: runs.pop(1),
        lambda runs: runs.insert(1, dict(runs[1])),
        lambda runs: runs[1].update(took_ms=1),
    ],
)
def test_a_history_that_was_changed_is_told(
    change: Callable[[list[dict[str, object]]], object], run: Run, site: Callable[[str], None]
) -> None:
    for text in (SECOND, THIRD, FIRST):
        site(text)
    file = Path("state/edge.json")
    state = json.loads(file.read_text())
    change(state["history"])
    file.write_text(json.dumps(state))
    told = run("state", "history", "--verify", code=1).stderr
    assert told.startswith("Error: the history of edge was changed: the run of 2")


def test_what_somebody_else_changed_since_is_named(run: Run, site: Callable[[str], None]) -> None:
    site(SECOND)
    file = Path("haproxy.cfg")
    file.write_text(file.read_text() + "\nbackend by_hand\n  server x 192.0.2.9:80\n")
    planned = run("rollback").stdout
    undone, _, yours = planned.partition("Changed by you")
    assert "Undoes what somebody else has changed" in undone
    assert "- backends/by_hand" in undone
    assert "by_hand" not in yours.partition("Operations")[0]
    assert "2 of them undo what somebody else has changed" in planned


def test_a_stale_plan_back_names_the_command_that_makes_it_again(run: Run, site: Callable[[str], None]) -> None:
    site(SECOND)
    run("rollback")
    file = Path("haproxy.cfg")
    file.write_text(file.read_text() + "\nbackend by_hand\n")
    told = run("apply", "edge.plan.json", "--auto-approve", code=3).stderr
    (again,) = re.findall(r"hsync (rollback \w+)$", told, re.MULTILINE)
    run(*again.split())
    run("apply", "edge.plan.json", "--auto-approve")
    assert now() == FIRST


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("0", "rollback 0: only 1 apply of edge can be undone"),
        ("2", "rollback 2: only 1 apply of edge can be undone"),
        ("-1", "no such option"),
        ("abcdef12", "rollback: no text 'abcdef12'"),
        ("sha256:", "rollback: no text 'sha256:'"),
        ("yesterday", "rollback: no text 'yesterday'"),
    ],
)
def test_a_text_that_is_not_there_is_refused(to: str, words: str, run: Run, site: Callable[[str], None]) -> None:
    site(SECOND)
    told = run("rollback", to, code=64).stderr
    assert words.lower() in told.lower()
    assert not Path("edge.plan.json").read_text().startswith("kept")


def test_without_an_apply_there_is_nothing_to_undo(run: Run, site: Callable[[str], None]) -> None:
    run("import")
    told = run("rollback", code=64).stderr
    assert "the history of edge has no apply whose text before was kept" in told


def test_a_text_that_is_not_kept_any_more_is_told(run: Run, site: Callable[[str], None]) -> None:
    site(SECOND)
    for file in Path("state/.kept").rglob("*"):
        if file.is_file() and len(file.name) == 64:
            file.unlink()
    assert "are kept, for 90 days" in run("rollback", code=1).stderr


def test_brakes_hold_on_the_way_back(run: Run, site: Callable[[str], None]) -> None:
    site(SECOND)
    site(f"{SECOND}\nbackend more\n  server m 192.0.2.7:80\n")
    toml = Path("hsync.toml")
    toml.write_text(f'protect = ["backend/more"]\n{toml.read_text()}')
    assert "protect" in run("rollback", code=4).stderr


def test_secrets_are_kept_as_references(run: Run, site: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", "hunter2-hunter2")
    Path("t.cfg.j2").write_text(SECOND + "\nuserlist people\n  user ann insecure-password {{ secret('env:PW') }}\n")
    site(SECOND)
    run("plan", "t.cfg.j2")
    run("apply", "edge.plan.json", "--auto-approve")
    site(THIRD)
    kept = [one.read_text() for one in Path("state/.kept").rglob("*") if one.is_file()]
    assert not any("hunter2-hunter2" in text for text in kept)
    assert any("{{hsync:secret env:PW}}" in text for text in kept)
    assert "hunter2-hunter2" not in run("rollback", "--diff").stdout + Path("edge.plan.json").read_text()
    run("apply", "edge.plan.json", "--auto-approve")
    assert "insecure-password hunter2-hunter2" in now()
    monkeypatch.delenv("PW")
    site(THIRD)
    assert "PW" in run("rollback", code=1).stderr


def test_a_secret_that_nobody_names_any_more_is_not_kept(
    run: Run, site: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PW", "hunter2-hunter2")
    Path("t.cfg.j2").write_text(FIRST + "\nbackend x\n  http-request set-header X {{ secret('env:PW') }}\n")
    run("plan", "t.cfg.j2")
    run("apply", "edge.plan.json", "--auto-approve")
    file = Path("haproxy.cfg")
    file.write_text(file.read_text() + "\nbackend by_hand\n")
    site(SECOND)
    assert not any("hunter2-hunter2" in one.read_text() for one in Path("state").rglob("*") if one.is_file())
    told = run("rollback", code=1).stderr
    assert re.search(r"had a secret in line \d+ that no reference names", told)


# What somebody else has changed since


def test_drift_tells_what_somebody_changed_object_by_object(run: Run, site: Callable[[str], None]) -> None:
    site(SECOND)
    file = Path("haproxy.cfg")
    file.write_text(
        file.read_text().replace("maxconn 20", "maxconn 25") + "\nbackend by_hand\n  server x 192.0.2.9:80\n"
    )
    Path("d.cfg").write_text(SECOND.replace("192.0.2.2:80", "192.0.2.3:80"))
    told = run("drift", "--config", "d.cfg", code=2).stdout
    since, _, plan = told.partition("A plan would make these changes:")
    assert "Changes by somebody else since then:" in since
    assert "20 → 25" in since
    assert "+ backends/by_hand" in since
    assert "192.0.2.3" not in since, "what the template changed since is none of it"
    assert "192.0.2.2:80 → 192.0.2.3:80" in plan or "192.0.2.3" in plan
    document = json.loads(run("drift", "--json", code=2).stdout)
    assert {one["address"] for one in document["since"]} == {"global", "backends/by_hand", "backends/by_hand/servers/x"}


def test_after_an_import_the_way_back_leads_to_what_was_imported(run: Run, site: Callable[[str], None]) -> None:
    site(SECOND)
    file = Path("haproxy.cfg")
    file.write_text(file.read_text().replace("maxconn 20", "maxconn 25"))
    run("import")
    file.write_text(file.read_text().replace("server b", "server c"))
    assert json.loads(run("drift", "--json", code=2).stdout)["since"] == []
    file.write_text(file.read_text().replace("server c", "server b"))
    imported = now()
    site(THIRD)
    back(run)
    assert now() == imported


def test_a_comment_that_was_added_is_drift_without_a_change(run: Run, site: Callable[[str], None]) -> None:
    site(SECOND)
    file = Path("haproxy.cfg")
    file.write_text(file.read_text() + "# by hand\n")
    document = json.loads(run("drift", "--json", code=2).stdout)
    assert (document["drift"], document["since"]) == (True, [])


def test_secrets_are_no_change_of_somebody(
    run: Run, site: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PW", "hunter2-hunter2")
    Path("t.cfg.j2").write_text(SECOND + "\nuserlist people\n  user ann insecure-password {{ secret('env:PW') }}\n")
    site(FIRST)
    run("plan", "t.cfg.j2")
    run("apply", "edge.plan.json", "--auto-approve")
    file = Path("haproxy.cfg")
    file.write_text(file.read_text().replace("maxconn 20", "maxconn 25"))
    told = run("drift", "--json", code=2).stdout
    assert [one["address"] for one in json.loads(told)["since"]] == ["global"]
    assert "hunter2-hunter2" not in told
    planned = run("rollback").stdout
    assert "Changed by somebody else, and by you\n\n  ~ global" in planned.replace("  Changed", "Changed")
    assert "- userlists/people" in planned.partition("Changed by you")[2]


def test_without_the_kept_text_drift_is_two_digests(run: Run, site: Callable[[str], None]) -> None:
    site(SECOND)
    for file in Path("state/.kept").rglob("*"):
        if file.is_file() and len(file.name) == 64:
            file.unlink()
    Path("haproxy.cfg").write_text(FIRST)
    told = run("drift", code=2).stdout
    assert "Changes by somebody else" not in told
    assert "the record has version 2" in told


def test_a_refused_way_back_withdraws_the_older_plan(run: Run, site: Callable[[str], None]) -> None:
    """Else it could be applied by mistake, as if it were the way back."""
    site(THIRD)
    site(SECOND)  # the way back deletes its backend again
    settings = Path("hsync.toml").read_text()
    Path("hsync.toml").write_text(f'protect = ["backend/web"]\n{settings}')
    run("plan", "--config", "d.cfg", "--max-delete", "100%")
    refused = run("rollback", code=4)
    assert "The older plan in edge.plan.json was withdrawn" in refused.stderr
    assert "this plan was withdrawn" in run("apply", "edge.plan.json", "--auto-approve", code=4).stderr


@needs_ssh_keygen
def test_a_way_back_is_signed(run: Run, site: Callable[[str], None], tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    site(SECOND)
    run("rollback", "--sign", str(keys.key("ann")))
    allowed = keys.allowed('ann@example.com namespaces="hsync-plan" {ann}')
    run("apply", "edge.plan.json", "--auto-approve", "--allowed-signers", str(allowed))
    assert now() == FIRST
