"""What HAProxy says, at the lines where people wrote it: of the desired text, and of the result of a plan."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hsync.cli.haproxy_words import NO_REASON
from hsync.cli.judgement import NO_VALUE, NOT_THIS_ONE, faults_of, masked, result_lines
from hsync.errors import Fault, ServerRefused
from hsync.model import Configuration
from hsync.sections import parse
from hsync.workflow import read_desired
from tests.unit.cli.conftest import Run, fake_haproxy

SAID = [
    ("config parsing [/tmp/x/a.cfg.1:7] unknown keyword 'a'", ["t:7: unknown keyword 'a'"]),
    ("parsing [a.cfg:7] : unknown keyword", ["t:7: unknown keyword"]),
    ("config [a.cfg:7] 'server w/a' invalid port", ["t:7: 'server w/a' invalid port"]),
    ("config proxy 'w': no backend", ["haproxy: proxy 'w': no backend"]),
    ("config proxy 'w': no backend\nconfig proxy 'w': no backend", ["haproxy: proxy 'w': no backend"]),
    (
        "config [a.cfg:7] bad.\nconfig worse.\nconfig Fatal errors found in configuration.",
        ["t:7: bad", "haproxy: worse"],
    ),
    ("config Error(s) found in configuration file a.cfg", ["haproxy: Error(s) found in configuration file a.cfg"]),
    ("", [f"haproxy: {NO_REASON}"]),
    ("[WARNING] (1) : Proxy 'a' : will likely fail", [f"haproxy: {NO_REASON}"]),
    (
        "config [/t/a.cfg:7] Parsing backend 'w' has the same name as frontend 'w' declared at /t/a.cfg:3.",
        ["t:7: backend 'w' has the same name as frontend 'w' declared at t:3"],
    ),
    ("config [/a.cfg:7] : [/a.cfg:7] : 'server' not allowed", ["t:7: 'server' not allowed"]),
    ("line 7: unknown keyword 'a'", ["t:7: unknown keyword 'a'"]),
    ("config [a.cfg:7] unknown option 'x'; did you mean 'x' maybe ?", ["t:7: unknown option 'x'"]),
    ("config [a.cfg:7] unknown 'moed' ; did you mean 'mode' maybe ?", ["t:7: unknown 'moed'; did you mean `mode`?"]),
    ("config [a.cfg:7] unknown 'far'; did you mean 'away' maybe ?", ["t:7: unknown 'far'"]),
    (
        "config [a.cfg:7] 'acl' expects 'a', 'b', 'c', 'd', 'east', but got 'eats'. Did you mean 'east' maybe ?",
        ["t:7: 'acl' does not know 'eats'; did you mean `east`?"],
    ),
    ("config [a.cfg:7] 'acl' expects 'a', 'b', but got 'x'", ["t:7: 'acl' expects 'a', 'b', but got 'x'"]),
]


@pytest.mark.parametrize(("words", "faults"), SAID)
def test_words_as_faults(words: str, faults: list[str]) -> None:
    refusal = ServerRefused("refused", status=400, server_message=words)
    assert [str(fault) for fault in faults_of(refusal, lambda line: f"t:{line}")] == faults


def test_a_checker_that_fails_is_told_in_the_server_s_words() -> None:
    assert [one.what for one in faults_of(ServerRefused("broken", status=500), str)] == ["broken"]


def test_an_empty_text_is_judged_as_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.cfg").write_text("")
    checker = tmp_path / "silent"
    checker.write_text("#!/bin/sh\nexit 2\n")
    checker.chmod(0o755)
    told = run("validate", "--config", "empty.cfg", "--haproxy-bin", str(checker), code=1).stderr
    assert told == f"Error: HAProxy does not accept the configuration:\n  haproxy: {NO_REASON}\n"


DESIRED = """\
global
  maxconn 5
defaults
  mode http
  errorfile 400 /4
  errorfile 500 /5
listen l
  bind :1
backend b
  acl one path /1
  acl one path /2
  server s1 192.0.2.1:80 check
  server s2 192.0.2.2:80
"""

RESULT = """\
# a comment of the server

global
  maxconn 5

defaults
  # another
  mode http
  errorfile 400 /4
  errorfile 500 /5

backend b
  server s2   192.0.2.2:80
  server s1 192.0.2.1:80 check inter 2s
  acl one path /1
  acl one path /2

listen l
  bind :1
backend other
  server x 192.0.2.9:80
"""

PLACES = [
    (1, "line 1", "above all sections"),
    (3, "d:1", "a header"),
    (4, "d:2", "a field of a section"),
    (7, "d:3", "a comment of the server: its section"),
    (8, "d:4", "a section without a name"),
    (9, "d:5", "a line of a field that has several"),
    (10, "d:6", "the last line of such a field"),
    (13, "d:13", "a child that has a name"),
    (14, "d:12", "a child whose line is another"),
    (16, "d:11", "one of a list"),
    (19, "d:8", "a line that stays text"),
    (20, "backend other", "a section that is left alone"),
    (21, "backend other", "a line of such a one"),
]


@pytest.mark.parametrize(("line", "where", "why"), PLACES, ids=[row[-1] for row in PLACES])
def test_a_line_of_the_result_is_told_where_it_was_written(line: int, where: str, why: str) -> None:
    assert result_lines(Configuration.from_text(RESULT), read_desired(DESIRED, "d"))(line) == where


def test_a_plan_says_first_what_haproxy_has_against_it(run: Run, applied: Path) -> None:
    checker = fake_haproxy(applied, "config : parsing [/tmp/x/haproxy.cfg:2] : bad maxconn")
    planned = run("plan", "--var", "maxconn=7", "--haproxy-bin", checker)
    first = planned.stdout.partition("Look at first\n")[2].splitlines()[0]
    assert first == "  HAProxy refuses the result: templates/haproxy.cfg.j2:2: bad maxconn"
    last = planned.stdout.splitlines()[-1]
    assert re.fullmatch(r"Saved local\.plan\.json \(sha256:\w+\)\. HAProxy refuses it: mend what is wrong, .*", last)
    assert "hsync apply" not in planned.stdout + run("show", "local.plan.json", "--markdown").stdout
    assert "bad maxconn" in run("apply", "local.plan.json", "--auto-approve", "--haproxy-bin", checker, code=1).stderr


def test_a_plan_that_haproxy_likes_says_nothing_about_it(run: Run, applied: Path) -> None:
    shown = run("plan", "--var", "maxconn=7", "--haproxy-bin", fake_haproxy(applied)).stdout
    assert "HAProxy" not in shown


def test_nothing_to_do_asks_nobody(run: Run, applied: Path) -> None:
    assert "No changes." in run("plan", "--haproxy-bin", fake_haproxy(applied, "config : bad")).stdout


def test_a_haproxy_that_does_not_run_is_told_from_a_refusal(run: Run, applied: Path) -> None:
    checker = applied / "broken"
    checker.write_text("#!/nowhere/sh\n")
    checker.chmod(0o755)
    shown = run("plan", "--var", "maxconn=7", "--haproxy-bin", str(checker)).stdout
    assert "HAProxy cannot check the result: haproxy: " in shown


def test_haproxy_tells_no_secret(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "correct-horse")
    text = "userlist u\n  user a insecure-password {{ secret('env:WORD') }}\n  user b insecure-password battery\n"
    (project / "templates" / "haproxy.cfg.j2").write_text(text)
    checker = fake_haproxy(project, "config : parsing [a.cfg:2] : bad correct-horse and battery")
    shown = run("plan", "--haproxy-bin", checker).stdout
    assert "templates/haproxy.cfg.j2:2: bad (secret) and (secret)\n" in shown
    assert "correct-horse" not in shown + (project / "local.plan.json").read_text()


PROXIES = parse(
    """\
defaults web
frontend www
  default_backend wbe
  use_backend nowhere if TRUE
backend web
  balance source
""",
    "a.cfg",
)


@pytest.mark.parametrize(
    ("words", "where", "remedy", "column"),
    [
        ("Proxy 'www': unable to find required default_backend: 'wbe'.", "a.cfg:3", "did you mean `web`?", 19),
        ("Proxy 'www': unable to find required use_backend: 'nowhere'.", "a.cfg:4", "", 15),
        ("proxy 'web' has no server available!", "a.cfg:5", "", 0),
        ("proxy 'other': bad", "haproxy", "", 0),
        ("missing timeouts", "haproxy", "", 0),
    ],
)
def test_words_about_a_proxy_stand_at_its_line(words: str, where: str, remedy: str, column: int) -> None:
    refusal = ServerRefused("no", status=400, server_message=f"config {words}")
    (fault,) = faults_of(refusal, PROXIES.where, PROXIES)
    assert (fault.where, fault.what, fault.remedy, fault.column) == (where, words.rstrip("."), remedy, column)


HOMELESS = parse("backend b\n  option dontlognull\n  nonsense 1\n  mode tcp\nlisten l\n  maxconn 1\n", "a.cfg")
UNSET = parse('global\n  maxconn "${NONE}"\n', "a.cfg")


def test_a_variable_without_a_value_is_pointed_at() -> None:
    words = "config parsing [h:2] argument number 1 at position 13 is empty and marks the end of the argument list:"
    (fault,) = faults_of(ServerRefused("no", status=400, server_message=words), UNSET.where, UNSET)
    assert (fault.what[-13:], fault.remedy, fault.column) == ("argument list", NO_VALUE, 11)


@pytest.mark.parametrize(
    ("line", "remedy"),
    [(1, ""), (2, "it belongs into defaults or frontend"), (3, ""), (4, NOT_THIS_ONE), (6, "")],
    ids=["a header", "elsewhere", "nowhere", "at home", "in a listen section"],
)
def test_a_line_that_haproxy_does_not_know_here_is_told_where_it_belongs(line: int, remedy: str) -> None:
    refusal = ServerRefused("no", status=400, server_message=f"config parsing [h:{line}] unknown keyword 'x'")
    (fault,) = faults_of(refusal, HOMELESS.where, HOMELESS)
    assert fault.remedy == remedy


def test_a_fault_shows_no_secret_and_its_caret_stays_below_its_word() -> None:
    fault = masked(Fault("a:1", "bad battery", "", "user correct-horse battery", 20), ["correct-horse", "battery"])
    assert (fault.what, fault.line, fault.column) == ("bad (secret)", "user (secret) (secret)", 15)
    assert masked(Fault("a:1", "bad", "", "x battery"), ["battery"]).column == 0


@pytest.mark.parametrize("verb", ["validate", "plan"])
def test_faults_of_the_text_itself_show_no_secret(
    verb: str, run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORD", "correct-horse")
    text = "userlist u\n  user a insecure-password {{ secret('env:WORD') }} 'open\n"
    (project / "templates" / "haproxy.cfg.j2").write_text(text)
    told = run(verb, code=1).stderr
    assert "insecure-password (secret) 'open\n" in told
    assert "correct-horse" not in told


def test_validate_shows_no_secret(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "correct-horse")
    text = "userlist u\n  user a insecure-password {{ secret('env:WORD') }}\n"
    (project / "templates" / "haproxy.cfg.j2").write_text(text)
    checker = fake_haproxy(project, "config : parsing [a.cfg:2] : bad correct-horse")
    told = run("validate", "--haproxy-bin", checker, code=1).stderr
    assert re.search(r"templates/haproxy\.cfg\.j2:2: bad \(secret\)\n +user a insecure-password \(secret\)\n", told)


MISSPELT = parse("frontend f\n  bind :80\n  http-request set-heder X y\n  server x y:z chek\n", "a.cfg")


@pytest.mark.parametrize(
    ("words", "what", "remedy", "column"),
    [
        ("[h:3] : 'http-request' got 'set-heder'", "'http-request' got 'set-heder'", "http-request set-header", 16),
        ("[h:4] : invalid character in port 'y:z'", "invalid character in port 'y:z'", "", 12),
        ("[h:4] : something", "something", "", 0),
        ("[h:2] : 'bind' invalid port in ':80'", "'bind' invalid port in ':80'", "", 8),
        ("[h:2] : 'bind' is bad", "'bind' is bad", "", 3),
        ("[h:2] : unknown service name", "unknown service name", "", 0),
        (f"[h:2] : {'long ' * 99}end", f"{'long ' * 24} … {('long ' * 99 + 'end')[-120:]}", "", 0),
        ("[h:99] : beyond the text", "beyond the text", "", 0),
    ],
)
def test_haproxy_s_words_point_into_their_line_and_say_what_was_meant(
    words: str, what: str, remedy: str, column: int
) -> None:
    refusal = ServerRefused("no", status=400, server_message=f"config parsing {words}")
    (fault,) = faults_of(refusal, MISSPELT.where, MISSPELT)
    assert (fault.what, fault.remedy, fault.column) == (what, f"did you mean `{remedy}`?" if remedy else "", column)
    assert bool(fault.line) == ("99" not in words.partition("]")[0])


UNKNOWN = """\
defaults
  mode http
frontend www
  bind :80
  http-request set-header x-key {{ secret('env:WORD') }} if { nbsrv(wbe) gt 1 }
backend web
  balanec roundrobin
"""


@pytest.mark.parametrize("verb", ["validate", "plan"])
def test_names_that_nothing_defines_and_misspelt_keywords_end_a_run_before_haproxy_is_asked(
    verb: str, run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORD", "correct-horse")
    (project / "templates" / "haproxy.cfg.j2").write_text(UNKNOWN)
    told = run(verb, "--haproxy-bin", fake_haproxy(project), code=1).stderr
    assert "Error: HAProxy would not start with this configuration:\n" in told
    assert re.search(
        r"haproxy\.cfg\.j2:5 \(rendered line 5, column \d+\): no backend is called 'wbe'; did you mean", told
    )
    assert re.search(
        r"haproxy\.cfg\.j2:7 \(rendered line 7, column 3\): unknown keyword 'balanec' in a backend sec", told
    )
    assert "correct-horse" not in told
    assert not (project / "local.plan.json").exists()


def test_what_is_left_alone_may_define_a_name(run: Run, project: Path) -> None:
    (project / "hsync.toml").write_text("prune = false\n" + (project / "hsync.toml").read_text())
    (project / "haproxy.cfg").write_text("backend theirs\n")
    (project / "mine.cfg").write_text("defaults\n  mode http\nfrontend www\n  bind :80\n  default_backend theirs\n")
    run("validate", "--config", "mine.cfg")
    run("plan", "--config", "mine.cfg")
    (project / "haproxy.cfg").write_text("")
    assert "no backend is called 'theirs'" in run("plan", "--config", "mine.cfg", code=1).stderr
