"""`hsync drift --all` and `--prom`: all targets of a project, for people, for programs, and for Prometheus."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hsync.output.drifts import Compared, metrics_text
from tests.unit.cli.conftest import Run
from tests.unit.cli.test_schema import held

TEXT = "global\n  maxconn 10\n"


@pytest.fixture
def three(run: Run, tmp_path: Path) -> Path:
    """Three targets: as recorded, edited by somebody since, and never recorded."""
    names = ("calm", "edited", "new")
    tables = "".join(f'[targets.{name}]\npath = "{name}.cfg"\n' for name in names)
    (tmp_path / "hsync.toml").write_text(tables)
    (tmp_path / "d.cfg").write_text(TEXT)
    for name in names:
        (tmp_path / f"{name}.cfg").write_text("")
    for name in names[:2]:
        run("plan", "--config", "d.cfg", "-t", name)
        run("apply", f"{name}.plan.json", "--auto-approve")
    edit(tmp_path / "edited.cfg")
    return tmp_path


def edit(file: Path) -> None:
    file.write_text(file.read_text().replace("maxconn 10", "maxconn 20") + "\nbackend by_hand\n")


def record(run: Run, *names: str) -> None:
    for name in names:
        run("import", "-t", name, "-o", f"{name}.taken.cfg")


def test_each_target_has_a_line_and_those_that_differ_have_details(run: Run, three: Path) -> None:
    told = run("drift", "--all", code=7)
    calm, edited, new, *details = told.stdout.splitlines()
    assert re.fullmatch(r"calm    no drift  version 2, sha256:\w{12}", calm)
    assert re.fullmatch(r"edited  drift     version 3, sha256:\w{12}; 2 changes by somebody else", edited)
    assert re.fullmatch(r"new     failed    there is no state of new with which to compare the target", new)
    assert "Drift: edited differs from the recorded configuration" in details
    assert "  + backends/by_hand" in details
    assert "Error: new: there is no state of new with which to compare the target" in details
    assert "  hint: record its configuration: hsync import -t new" in details
    assert "1 of 3 targets could not be compared: new" in told.stderr


def test_the_remedies_work_and_the_exit_code_is_that_of_the_worst(run: Run, three: Path) -> None:
    (hint,) = re.findall(r"hint: .*: hsync (import -t new)", run("drift", "--all", code=7).stdout)
    run(*hint.split())
    assert run("drift", "--all", code=2).stdout.count("Drift:") == 1
    record(run, "edited")
    assert run("drift", "--all").stdout.count("no drift") == 3


def test_for_programs(run: Run, three: Path) -> None:
    calm, edited, new = held("drift-all", run("drift", "--all", "--json", code=7))["targets"]
    assert (calm["drift"], edited["drift"], new["drift"]) == (False, True, None)
    assert [one["address"] for one in edited["since"]] == ["global", "backends/by_hand"]
    assert new["error"].startswith("there is no state")
    assert new["hint"] == "record its configuration: hsync import -t new"


def test_a_server_that_does_not_answer_does_not_stop_the_others(run: Run, three: Path) -> None:
    file = three / "hsync.toml"
    file.write_text(f'[targets.away]\nurl = "http://127.0.0.1:1"\n{file.read_text()}')
    told = run("drift", "--all", code=7).stdout
    assert re.search(r"^away +failed", told, re.MULTILINE)
    assert re.search(r"^calm +no drift", told, re.MULTILINE)


def test_a_broken_table_does_not_stop_the_others(run: Run, three: Path) -> None:
    file = three / "hsync.toml"
    file.write_text(f"[targets.broken]\nurl = 1\n{file.read_text()}")
    assert re.search(r"^broken +failed", run("drift", "--all", code=7).stdout, re.MULTILINE)


def test_without_targets_there_is_nothing_to_compare(run: Run, tmp_path: Path) -> None:
    assert "no target is configured" in run("drift", "--all", code=64).stderr


@pytest.mark.parametrize("words", [["-t", "calm"], ["--config", "d.cfg"], ["--var", "a=1"]])
def test_what_has_no_effect_on_all_is_told(words: list[str], run: Run, three: Path) -> None:
    assert "no effect: --all compares" in run("drift", "--all", *words, code=7).stderr


# Metrics

METRICS = """\
# HELP hsync_drift_checked Whether the target could be compared with the configuration that hsync recorded.
# TYPE hsync_drift_checked gauge
hsync_drift_checked{target="calm"} 1
hsync_drift_checked{target="edited"} 1
hsync_drift_checked{target="new"} 0
# HELP hsync_drift Whether the target differs from the configuration that hsync recorded.
# TYPE hsync_drift gauge
hsync_drift{target="calm"} 0
hsync_drift{target="edited"} 1
# HELP hsync_drift_changes Changes that somebody else has made since the last apply, as far as they are known.
# TYPE hsync_drift_changes gauge
hsync_drift_changes{target="calm"} 0
hsync_drift_changes{target="edited"} 2
# HELP hsync_target_version Version of the configuration of the target.
# TYPE hsync_target_version gauge
hsync_target_version{target="calm"} 2
hsync_target_version{target="edited"} 3
"""


def test_metrics_of_all_targets(run: Run, three: Path) -> None:
    run("drift", "--all", "--prom", "hsync.prom", code=7)
    file = Path("hsync.prom")
    assert file.read_text() == METRICS
    assert file.stat().st_mode & 0o777 == 0o644, "another user collects them"
    assert not list(three.glob(".hsync*"))


def test_metrics_of_one_target(run: Run, three: Path) -> None:
    run("drift", "-t", "edited", "--prom", "hsync.prom", code=2)
    assert 'hsync_drift{target="edited"} 1' in Path("hsync.prom").read_text().splitlines()
    run("drift", "-t", "calm", "--prom", "hsync.prom")
    assert 'hsync_drift{target="calm"} 0' in Path("hsync.prom").read_text().splitlines()


def test_metrics_of_a_target_that_could_not_be_compared(run: Run, three: Path) -> None:
    run("drift", "-t", "new", "--prom", "hsync.prom", code=1)
    assert [one for one in Path("hsync.prom").read_text().splitlines() if not one.startswith("#")] == [
        'hsync_drift_checked{target="new"} 0'
    ]


def test_metrics_that_cannot_be_written_are_an_error(run: Run, three: Path) -> None:
    assert "cannot write nowhere/x.prom" in run("drift", "-t", "calm", "--prom", "nowhere/x.prom", code=1).stderr


LABEL = re.compile(r'\w+\{target="((?:[^"\\\n]|\\["\\n])*)"\} \d+')


@pytest.mark.parametrize("name", ['a"} 1', "back\\", "two\nlines", "é", "\udce9", 'hsync_drift{target="x"} 1'])
def test_a_name_cannot_be_a_metric(name: str) -> None:
    lines = [one for one in metrics_text([Compared(name)]).split("\n") if one and not one.startswith("#")]
    assert len(lines) == 4
    for line in lines:
        found = LABEL.fullmatch(line)
        assert found
        spelled = re.sub(r"\\(.)", lambda match: {"n": "\n"}.get(match[1], match[1]), found[1])
        assert spelled == name.encode("utf-8", "replace").decode()


def test_the_document_is_json(run: Run, three: Path) -> None:
    assert json.loads(run("drift", "--all", "--json", code=7).stdout)["format"] == "hsync-drift-all/1"
