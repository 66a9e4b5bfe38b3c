"""The commands after a failed reload, on a running server: messages are true, and name the next step."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hsync.dataplane.embedded import EmbeddedSettings, EmbeddedTransport, serve
from tests.unit.cli.conftest import Run

GOOD = "global\n  maxconn 100\n\nbackend web\n  server s1 192.0.2.1:80\n"
BETTER = GOOD.replace("s1 192.0.2.1:80", "s1 192.0.2.1:80 weight 5")
REFUSED = GOOD + "\nbackend refused\n  server s1 192.0.2.2:80\n"


@pytest.fixture
def target(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a server whose last reload has failed; GOOD was applied before."""
    monkeypatch.setenv("HSYNC_USER", "admin")
    monkeypatch.setenv("HSYNC_PASSWORD", "pw")
    for name, text in (("good", GOOD), ("better", BETTER), ("refused", REFUSED)):
        (tmp_path / f"{name}.cfg").write_text(text)
    switch = tmp_path / "reloads-fail"
    server = EmbeddedTransport(
        settings=EmbeddedSettings(reload_command=f"test ! -e {switch}"), text="global\n  maxconn 100\n"
    )
    with serve(server) as url:
        run("plan", "--config", "good.cfg", "-t", url, "-o", "plan.json")
        run("apply", "plan.json", "-t", url, "--auto-approve")
        run("plan", "--config", "refused.cfg", "-t", url, "-o", "plan.json")
        switch.touch()
        told = run("apply", "plan.json", "-t", url, "--auto-approve", code=6).stderr
        switch.unlink()
        assert "then make the plan again: hsync plan" in told
        yield url


def test_drift_names_the_state(run: Run, target: str) -> None:
    result = run("drift", "-t", target, code=2)
    told = " ".join(result.stdout.split())
    assert "a reload failed: the server restored version 2 on disk, its memory still has version 3" in told
    assert f"`hsync plan -t {target}` makes both equal" in told
    assert "it runs version" not in told
    document = json.loads(run("drift", "-t", target, "--json", code=2).stdout)
    assert (document["drift"], document["version"]) == (True, 2)


def test_import_takes_over_the_text_on_disk_and_says_so(run: Run, target: str) -> None:
    result = run("import", "-t", target, "-o", "imported.cfg")
    assert Path("imported.cfg").read_text() == GOOD
    assert "took over version 2" in result.stdout
    assert "The text on disk is imported; `hsync plan` makes both equal." in result.stderr


@pytest.mark.parametrize(("file", "changes"), [("good", 0), ("better", 1)])
def test_a_plan_leads_out_of_it(run: Run, target: str, file: str, changes: int) -> None:
    planned = run("plan", "--config", f"{file}.cfg", "-t", target, "-o", "plan.json").stdout
    assert re.search(
        r"Risks: .*\n  medium +not-loaded  a reload failed: the server restored version 2 on disk", planned
    ), planned
    document = json.loads(Path("plan.json").read_text())
    assert len(document["plan"]["changes"]) == changes
    assert (document["plan"]["base"]["version"], document["plan"]["base"]["disk_version"]) == (3, 2)
    assert f"To run exactly this: hsync apply plan.json -t {target}\n" in planned
    run("show", "plan.json")
    run("verify", "plan.json", "-t", target)
    assert re.search(
        "applied: 1 operation, version 5", run("apply", "plan.json", "-t", target, "--auto-approve").stdout
    )
    assert run("drift", "-t", target).stdout.startswith("No drift.")
    assert "applied already" in run("apply", "plan.json", "-t", target, "--auto-approve").stdout
