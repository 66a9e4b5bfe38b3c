"""The small verbs: init, render, validate, convert, dev-server."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest

from hsync.cli import dev_server
from hsync.model import Configuration
from hsync.plan.compare import compare
from tests.corpus import CORPUS, needs_corpus
from tests.unit.cli.conftest import Run, fake_haproxy


def test_init_writes_a_project_that_is_valid(run: Run, project: Path) -> None:
    assert (project / "hsync.toml").exists()
    run("validate")
    run("validate", "-e", "prod")


def test_init_into_a_new_folder(run: Run, tmp_path: Path) -> None:
    told = run("init", "a site").stderr
    assert told.endswith("Next: cd 'a site', then hsync plan, then hsync apply local.plan.json\n")
    assert (tmp_path / "a site" / "templates" / "haproxy.cfg.j2").exists()


def test_init_here_needs_no_cd(run: Run) -> None:
    assert run("init").stderr.endswith("Next: hsync plan, then hsync apply local.plan.json\n")


def test_init_overwrites_nothing(run: Run, project: Path) -> None:
    (project / "hsync.toml").write_text("# mine\n")
    assert "hsync.toml" in run("init", code=1).stderr
    assert (project / "hsync.toml").read_text() == "# mine\n"


def test_render_prints_the_text_and_nothing_else(run: Run, project: Path) -> None:
    result = run("render", "--var", "maxconn=5")
    assert result.stdout.startswith("global\n  maxconn 5\n\n")
    assert result.stderr == ""


def test_render_gives_bytes_back_as_they_are(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_bytes(b"backend a\n  # caf\xe9 \x1b\n")
    assert run("render", "--config", "a.cfg").stdout_bytes == b"backend a\n  # caf\xe9 \x1b\n"


def test_a_fault_of_a_template_names_its_line(run: Run, project: Path) -> None:
    (project / "templates" / "haproxy.cfg.j2").write_text("global\n  maxconn {{ maxcon }}\n")
    assert "templates/haproxy.cfg.j2:2" in run("render", code=1).stderr


def test_validate_without_a_binary_says_so(run: Run, project: Path) -> None:
    assert "not checked by HAProxy" in run("validate").stderr


def test_validate_with_a_binary(run: Run, project: Path) -> None:
    result = run("validate", "--haproxy-bin", fake_haproxy(project))
    assert "valid, checked by" in result.stderr
    assert result.stdout == ""


def test_what_haproxy_says_is_told_at_the_lines_of_the_template(run: Run, project: Path) -> None:
    checker = fake_haproxy(
        project, "config : parsing [/tmp/x/haproxy.cfg:11] : unknown keyword", "config : Fatal errors found"
    )
    told = run("validate", "--haproxy-bin", checker, code=1).stderr
    assert "templates/haproxy.cfg.j2:11: unknown keyword" in told
    assert "Fatal errors" not in told


def test_what_haproxy_says_without_a_place_is_told_as_it_is(run: Run, project: Path) -> None:
    checker = fake_haproxy(project, "config : Fatal errors found")
    assert "haproxy: Fatal errors found" in run("validate", "--haproxy-bin", checker, code=1).stderr


def test_relative_paths_of_a_configuration_start_from_its_folder(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "a.cfg").write_text("backend a\n")
    checker = tmp_path / "checker"
    checker.write_text("#!/bin/sh\ntest -f a.cfg\n")
    checker.chmod(0o755)
    run("validate", "--config", "site/a.cfg", "--haproxy-bin", str(checker))
    assert [file.name for file in folder.iterdir()] == ["a.cfg"]


def test_validate_tells_faults(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_text("backend a\nbackend a\n")
    assert "a.cfg:2" in run("validate", "--config", "a.cfg", code=1).stderr


CONFIG = """\
global
  maxconn 100

defaults one
  mode http

frontend www
  bind :80
  default_backend web
  stats hide-version frobnicate

defaults two
  mode tcp

backend web
  server s1 10.0.0.1:80 check

listen stats
  bind :9000
"""


def test_convert_there_and_back(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_text(CONFIG)
    found = json.loads(run("convert", "a.cfg", "--to", "json").stdout)
    assert found["backends"] == [
        {
            "from": "two",
            "name": "web",
            "servers": {"s1": {"address": "10.0.0.1", "check": "enabled", "name": "s1", "port": 80}},
        }
    ]
    assert [(one["section"], one["line"], one["where"]) for one in found["opaque"]] == [
        ("frontend www", "stats hide-version frobnicate", "a.cfg:10"),
        ("listen stats", "", "a.cfg:18"),
        ("listen stats", "bind :9000", "a.cfg:19"),
    ]
    (tmp_path / "a.json").write_text(json.dumps(found))
    (tmp_path / "b.cfg").write_text(run("convert", "a.json", "--to", "cfg").stdout)
    back = Configuration.from_text((tmp_path / "b.cfg").read_text())
    assert compare(Configuration.from_text(CONFIG), back) == ()


def test_convert_makes_the_other_form(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_text(CONFIG)
    found = run("convert", "a.cfg").stdout
    assert found == run("convert", "a.cfg", "--to", "json").stdout
    (tmp_path / "a.json").write_text(found)
    assert run("convert", "a.json").stdout == run("convert", "a.json", "--to", "cfg").stdout


def test_convert_keeps_what_is_inherited_by_place_only_where_that_matters(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_text("defaults one\n  mode tcp\nbackend web\nbackend own from one\n")
    found = json.loads(run("convert", "a.cfg", "--to", "json").stdout)
    assert found["backends"] == [{"name": "web"}, {"name": "own", "from": "one"}]
    assert "opaque" not in found


@needs_corpus
def test_what_the_server_itself_wrote_is_converted(run: Run) -> None:
    files = sorted((CORPUS / "oracle" / "files").glob("**/*.json"))
    for file in files:
        run("convert", str(file), "--to", "cfg")
    assert len(files) == 109


def test_convert_says_what_cannot_be_written(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    for text, words in [
        ("{", "a.json:1:2: not JSON: Expecting property name"),
        ("{", "hint: correct the file; if it is a configuration: hsync convert a.json --to json"),
        ("[" * 100_000, "a.json: not JSON: "),
        ("[]", "expected an object"),
        ('{"frobs": []}', "a.json: frobs: not a collection of the API"),
        ('{"backends": 1}', "expected a list of sections"),
        ('{"backends": [1]}', "expected an object for each section"),
        ('{"opaque": [1]}', "expected a section and a line in each entry"),
        (
            '{"opaque": [{"section": "a", "line": "b", "after": {"acls": -1}}]}',
            "expected collection -> number in `after`",
        ),
        (
            '{"opaque": [{"section": "a", "line": "b", "after": {"acls": true}}]}',
            "expected collection -> number in `after`",
        ),
        ('{"opaque": [{"section": "a", "line": "b", "after": 1}]}', "expected collection -> number in `after`"),
        ('{"opaque": [{"section": "a", "line": "b", "snippet": 1}]}', "a boolean in `snippet`"),
        ('{"opaque": [{"section": "a", "line": "b\\nc"}]}', "expected a section and a line in each entry"),
        ('{"backends": [{"name": "b", "acl_list": [{"frob": 1}]}]}', "backends/b: no directive for acl_list"),
        ('{"backends": [{"name": "b", "frob": 1}]}', "backends/b: no directive for frob, or not for its whole value\n"),
        (
            '{"backends": [{"name": "b", "blance": 1}]}',
            "backends/b: no directive for blance, or not for its whole value; did you mean `balance`?",
        ),
        ('{"backends": [{"name": "b", "severs": {}}]}', "did you mean `servers`?"),
        (
            '{"backends": [{"name": "b", "servers": {"s": {"name": "s", "address": "192.0.2.1", "wieght": 5}}}]}',
            "backends/b: no directive for servers.s.wieght, or not for its whole value; did you mean `weight`?",
        ),
        (
            '{"backends": [{"name": "b", "acl_list": [{"acl_name": "a", "criterion": "path", "value": "/", "x": 1}]}]}',
            "backends/b: no directive for acl_list[0].x",
        ),
        ('{"backends": [{"mode": "http"}]}', "backends: expected a name of one word"),
        ('{"backends": [{"name": "a b"}]}', "backends/a b: expected a name of one word"),
        ('{"backends": [{"name": 5}]}', "backends/5: expected a name of one word"),
    ]:
        file.write_text(text)
        assert words in run("convert", "a.json", "--to", "cfg", code=1).stderr


def test_convert_reads_a_list_as_json(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("\n[]")
    assert "expected an object" in run("convert", "a.json", code=1).stderr


def test_convert_loses_no_line_in_silence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_text("maxconn 1\nbackend a\n  mode tcp\nbackend a\n")
    told = run("convert", "a.cfg", code=1)
    assert told.stdout == ""
    assert "a.cfg:1:1: a directive before the first section" in told.stderr
    assert "a.cfg:4:1: duplicate section: backend a is already at line 2" in told.stderr
    (tmp_path / "a.json").write_text("{}")
    assert "a directive before the first section" in run("convert", "a.json", "--to", "json", code=1).stderr


def test_convert_writes_defaults_without_a_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"defaults": [{"mode": "tcp"}]}')
    assert run("convert", "a.json").stdout == "defaults\n  mode tcp\n"


def test_dev_server_serves_until_interrupted(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.cfg").write_text("backend a\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "hsync", "dev-server", "a.cfg", "--port", "0"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with urllib.request.urlopen(f"{url}/v3/services/haproxy/configuration/raw", timeout=10) as answer:
            assert b"backend a" in answer.read()
    finally:
        process.send_signal(2)
        _, told = process.communicate(timeout=10)
    assert process.returncode == 0
    assert told.startswith("Serving a.cfg, checked by nothing")
    assert told.endswith("stop with Ctrl-C.\nStopped.\n")


def test_the_server_waits_for_the_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for its own event only."""
    waited: list[bool] = []
    event = SimpleNamespace(wait=lambda: waited.append(True))
    monkeypatch.setattr(dev_server, "threading", SimpleNamespace(Event=lambda: event))
    dev_server._wait()
    assert waited == [True]


def test_dev_server_warns_when_it_is_exposed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev_server, "_wait", lambda: None)
    result = run("dev-server", "a.cfg", "--host", "0.0.0.0", "--port", "0", "--reload-command", "true")
    assert "Warning: 0.0.0.0 is not loopback, and there is no authentication" in result.stderr
    assert "run the reload command" in result.stderr
    assert result.stdout.startswith("http://0.0.0.0:")
    assert "Warning" not in run("dev-server", "a.cfg", "--port", "0").stderr


def test_dev_server_has_one_way_to_reload(run: Run) -> None:
    told = run("dev-server", "a.cfg", "--reload-command", "x", "--master-socket", "y", code=64).stderr
    assert "exclude each other" in told


def test_dev_server_in_process(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hsync.cli.dev_server._wait", lambda: None)
    (tmp_path / "a.cfg").write_text("backend a\n")
    assert run("dev-server", "a.cfg", "--port", "0").stdout.startswith("http://127.0.0.1:")
