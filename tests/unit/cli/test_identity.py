"""The state belongs to the identity of a target, for all its names on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hsync.dataplane import target_for
from hsync.dataplane.embedded import EmbeddedTransport, serve
from hsync.store import Place, lock
from tests.unit.cli.conftest import Run

HEAD = """\
global
  maxconn 1000
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend www
  bind :8080
"""
EXTRA = HEAD + "backend extra\n"


@pytest.fixture
def two(run: Run, tmp_path: Path) -> Path:
    """A folder with two files with the same name, and a state of the first, where hsync created `backend extra`."""
    (tmp_path / "hsync.toml").write_text("prune = false\n")
    for folder in ("lb1", "lb2"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "haproxy.cfg").write_text(HEAD)
    (tmp_path / "head.cfg").write_text(HEAD)
    (tmp_path / "extra.cfg").write_text(EXTRA)
    run("plan", "--config", "extra.cfg", "-t", "lb1/haproxy.cfg")
    run("apply", "haproxy.plan.json", "-t", "lb1/haproxy.cfg", "--auto-approve")
    return tmp_path


def test_a_state_of_another_file_is_not_used(run: Run, two: Path) -> None:
    (two / "lb2" / "haproxy.cfg").write_text(EXTRA)
    told = json.loads(run("plan", "--json", "--config", "head.cfg", "-t", "lb2/haproxy.cfg").stdout)
    assert (told["drift"], told["changes"]) == ([], [])
    assert any("unmanaged" in note and "backend extra" in note for note in told["notes"])
    told = run("drift", "-t", "lb2/haproxy.cfg", code=1)
    assert "there is no state of" in told.stderr


def test_its_own_state_is_used(run: Run, two: Path) -> None:
    told = json.loads(run("plan", "--json", "--config", "head.cfg", "-t", "lb1/haproxy.cfg").stdout)
    assert [(one["action"], one["address"]) for one in told["changes"]] == [("delete", "backends/extra")]


def spellings(folder: Path) -> list[str]:
    (folder / "link").symlink_to("lb1")
    (folder / "lb2" / "linked.cfg").symlink_to(folder / "lb1" / "haproxy.cfg")
    file = folder / "lb1" / "haproxy.cfg"
    return [
        str(file),
        "./lb1/haproxy.cfg",
        "lb2/../lb1/haproxy.cfg",
        "link/haproxy.cfg",
        "link/../lb1/./haproxy.cfg",
        "lb2/linked.cfg",
        f"file:{file}",
        f"file://{file}",
    ]


def test_every_spelling_of_a_path_has_the_one_state_and_the_one_lock(run: Run, two: Path) -> None:
    place = Place(two / "state", "x", f"file:{(two / 'lb1' / 'haproxy.cfg').resolve()}")
    for spelling in spellings(two):
        assert "No drift" in run("drift", "-t", spelling).stdout, spelling
        assert "applied" in run("state", "history", "-t", spelling).stdout, spelling
        with lock(place):
            assert "holds the lock" in run("import", "-t", spelling, "-o", "x.cfg", code=5).stderr, spelling
    assert len(list((two / "state").glob("*.json"))) == 1


def test_a_link_that_leads_to_another_file_now_is_another_target(run: Run, two: Path) -> None:
    link = two / "current.cfg"
    link.symlink_to("lb1/haproxy.cfg")
    assert "No drift" in run("drift", "-t", "current.cfg").stdout
    link.unlink()
    link.symlink_to("lb2/haproxy.cfg")
    assert "there is no state of" in run("drift", "-t", "current.cfg", code=1).stderr


def test_a_file_that_was_moved_to_another_folder_is_another_target(run: Run, two: Path) -> None:
    (two / "lb1").rename(two / "lb3")
    told = run("drift", "-t", "lb3/haproxy.cfg", code=1).stderr
    assert "hint: record its configuration: hsync import -t ./lb3/haproxy.cfg" in told


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://edge1.example", "HTTPS://Edge1.Example:443/"),
        ("https://edge1.example:5555", "https://edge1.example:5555/v3/"),
        ("http://edge1.example", "http://EDGE1.example.:80"),
        ("http://[::1]:5555", "http://[0:0::0:1]:5555/"),
        ("unix:///run/a/dataplane.sock", "unix:///run//a/./dataplane.sock"),
    ],
)
def test_every_spelling_of_a_url_is_one_identity(one: str, other: str) -> None:
    assert target_for(one, {}).remembered_as == target_for(other, {}).remembered_as


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://edge1.example", "http://edge1.example"),
        ("https://edge1.example:5555", "https://edge1.example:5556"),
        ("https://edge1.example/a/v3", "https://edge1.example/b/v3"),
        ("unix:///run/a/dataplane.sock", "unix:///run/b/dataplane.sock"),
        ("lb1/haproxy.cfg", "lb2/haproxy.cfg"),
    ],
)
def test_two_targets_are_two_identities(one: str, other: str) -> None:
    assert target_for(one, {}).remembered_as != target_for(other, {}).remembered_as


def test_a_socket_behind_a_link_is_the_one_that_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "run").symlink_to("var")
    link = target_for(f"unix://{tmp_path}/run/api.sock", {})
    assert link.remembered_as == f"unix://{tmp_path.resolve()}/var/api.sock"


def test_two_names_of_one_target_share_its_state(run: Run, two: Path) -> None:
    (two / "hsync.toml").write_text('[targets.a]\npath = "lb1/haproxy.cfg"\n[targets.b]\npath = "./lb1/haproxy.cfg"\n')
    assert "No drift" in run("drift", "-t", "a").stdout
    assert run("drift", "-t", "b").stdout.startswith("No drift. b runs the recorded configuration")


def test_a_path_that_hsync_toml_names_has_its_state_under_that_name(run: Run, project: Path) -> None:
    run("import", "-t", "haproxy.cfg", "-o", "x.cfg")
    assert [path.name for path in (project / "state").glob("*.json")] == ["local.json"]


def test_a_table_with_a_fault_names_no_target(run: Run, project: Path) -> None:
    settings = project / "hsync.toml"
    settings.write_text(settings.read_text() + "\n[targets.broken]\nurl = 1\n")
    run("import", "-t", "haproxy.cfg", "-o", "x.cfg")
    assert [path.name for path in (project / "state").glob("*.json")] == ["local.json"]
    settings.write_text("[targets.broken]\nurl = 1\n")
    assert "Warning: hsync.toml:2: [targets.broken] url" in run("drift", "-t", "haproxy.cfg").stderr


STRANGER = "local.json has the state of file:{folder}/haproxy.cfg, but local is file:{folder}/other.cfg now: the file is not used"


def test_a_name_whose_path_was_changed_is_told_and_leads_on(run: Run, applied: Path) -> None:
    before = (applied / "state" / "local.json").read_bytes()
    settings = applied / "hsync.toml"
    settings.write_text(settings.read_text().replace('path = "haproxy.cfg"', 'path = "other.cfg"'))
    words = STRANGER.format(folder=applied)
    for verb, code in ((["plan"], 0), (["drift"], 1), (["state", "show"], 1), (["state", "history"], 1)):
        told = run(*verb, code=code).stderr
        assert words in told
        assert "hsync import -t local" in told
    run("import", "-t", "local")
    assert words not in run("plan").stderr
    assert "No drift" in run("drift").stdout
    assert (applied / "state" / "local.json").read_bytes() == before


def test_a_dead_run_on_another_target_is_not_recovered_here(run: Run, two: Path) -> None:
    state = next((two / "state").glob("*.json"))
    document = json.loads(state.read_text())
    document["journal"] = [{"facts": {}, "phase": "send", "plan": "sha256:" + "0" * 64, "when": ""}]
    state.write_text(json.dumps(document))
    run("plan", "--config", "extra.cfg", "-t", "lb2/haproxy.cfg", "-o", "p.json")
    assert "died" not in run("apply", "p.json", "-t", "lb2/haproxy.cfg", "--auto-approve").stderr
    run("plan", "--config", "head.cfg", "-t", "lb1/haproxy.cfg", "-o", "p.json")
    assert "An earlier run died" in run("apply", "p.json", "-t", "lb1/haproxy.cfg", "--auto-approve").stderr


def test_plans_of_two_targets_of_one_name_have_two_files(run: Run, two: Path) -> None:
    assert "Saved haproxy.plan.json" in run("plan", "--config", "head.cfg", "-t", "lb1/haproxy.cfg").stdout
    before = (two / "haproxy.plan.json").read_bytes()
    for _ in range(2):
        told = run("plan", "--config", "extra.cfg", "-t", "lb2/haproxy.cfg").stdout
        name = told.partition("Saved ")[2].split()[0]
        assert name.startswith("haproxy-")
    assert (two / "haproxy.plan.json").read_bytes() == before
    run("apply", name, "-t", "lb2/haproxy.cfg", "--auto-approve")
    assert "extra" in (two / "lb2" / "haproxy.cfg").read_text()


@pytest.fixture
def url() -> Iterator[str]:
    with serve(EmbeddedTransport(text=HEAD)) as url:
        yield url


def test_every_spelling_of_a_url_has_the_one_state(run: Run, tmp_path: Path, url: str) -> None:
    run("import", "-t", url, "-o", "x.cfg")
    for spelling in (f"{url}/", f"{url}/v3", url.replace("http", "HTTP")):
        assert "No drift" in run("drift", "-t", spelling).stdout
    assert len(list((tmp_path / "state").glob("*.json"))) == 1
