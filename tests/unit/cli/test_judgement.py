"""HAProxy's messages about the desired text and the result of a plan, with the lines of the templates."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from hsync.dataplane import FILE, SERVER, DataplaneClient
from hsync.errors import Fault, ServerRefused
from hsync.model import Configuration
from hsync.plan.haproxy_words import NO_REASON, alerts
from hsync.plan.verdict import LOCAL, REMOTE, Finding, Severity, Status, Verdict
from hsync.sections import parse
from hsync.session import read_desired
from hsync.session.judgement import NO_VALUE, NO_WARNINGS, NOT_THIS_ONE, faults_of, judged, masked, result_lines
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
    (
        "Configuration file has no error but will not start (no listener) => exit(2).",
        ["haproxy: no `bind` line: HAProxy does not start without one"],
    ),
    ("[WARNING] (1) : Proxy 'a' : will likely fail", [f"haproxy: {NO_REASON}"]),
    (
        "config [/t/a.cfg:7] Parsing backend 'w' has the same name as frontend 'w' declared at /t/a.cfg:3.",
        ["t:7: backend 'w' has the same name as frontend 'w' declared at t:3"],
    ),
    ("config [/a.cfg:7] : [/a.cfg:7] : 'server' not allowed", ["t:7: 'server' not allowed"]),
    (
        "config [a.cfg:7] another server named 'a' was already defined at line 3, please use distinct names",
        ["t:7: another server named 'a' was already defined at t:3, please use distinct names"],
    ),
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


def test_a_plan_that_haproxy_refuses_is_shown_and_cannot_be_applied(run: Run, applied: Path) -> None:
    checker = fake_haproxy(applied, "config : parsing [/tmp/x/haproxy.cfg:2] : bad maxconn")
    planned = run("plan", "--var", "maxconn=7", "--haproxy-bin", checker, code=1)
    first = planned.stdout.partition("HAProxy refuses the result\n")[2].splitlines()[0]
    assert first == "  templates/haproxy.cfg.j2:2: bad maxconn"
    assert "HAProxy  refuses the result: 1 error (haproxy -c)\n" in planned.stdout
    last = planned.stdout.splitlines()[-1]
    assert re.fullmatch(
        r"Saved local\.plan\.json \(sha256:\w+\)\. HAProxy refuses the result: fix the errors, .*", last
    )
    told = planned.stderr.splitlines()
    assert told[0].endswith(
        "HAProxy does not accept the result of the plan: 1 error, the first at templates/haproxy.cfg.j2:2"
    )
    shown = run("show", "local.plan.json", "--markdown").stdout
    assert "- templates/haproxy.cfg.j2:2: bad maxconn\n" in shown
    assert "hsync apply" not in planned.stdout + shown
    apply = ["apply", "local.plan.json"]
    for verb in (apply, [*apply, "--auto-approve"], ["verify", "local.plan.json"]):
        refused = run(*verb, "--haproxy-bin", fake_haproxy(applied), code=4).stderr
        assert "HAProxy refused the result when this plan was made: templates/haproxy.cfg.j2:2: bad maxconn" in refused
        assert "HAProxy warns" not in refused
    assert "maxconn 1000" in (applied / "haproxy.cfg").read_text()


def test_a_plan_that_haproxy_likes_says_so(run: Run, applied: Path) -> None:
    shown = run("plan", "--var", "maxconn=7", "--haproxy-bin", fake_haproxy(applied)).stdout
    assert "HAProxy  accepts the result (haproxy -c)\n" in shown
    assert json.loads(run("show", "local.plan.json", "--json").stdout)["verdict"]["status"] == "accepted"


def test_a_file_is_judged_when_there_is_nothing_to_do(run: Run, applied: Path) -> None:
    told = run("plan", "--haproxy-bin", fake_haproxy(applied, "config : bad"), code=1)
    assert "No changes." in told.stdout
    assert "HAProxy refuses the result\n  haproxy: bad\n" in told.stdout


@pytest.mark.parametrize(
    ("options", "reason"),
    [(["--no-judge"], "--no-judge"), (["--haproxy-bin", "none"], "there is no HAProxy binary (see --haproxy-bin)")],
)
def test_a_plan_that_nobody_judged_says_why(options: list[str], reason: str, run: Run, applied: Path) -> None:
    checker = fake_haproxy(applied, "config : bad")
    judge = options if "--haproxy-bin" in options else ["--haproxy-bin", checker, *options]
    shown = run("plan", "--var", "maxconn=7", *judge).stdout
    assert f"HAProxy  not asked: {reason}\n" in shown
    assert (
        f"- HAProxy: not asked: {reason.split('(', maxsplit=1)[0]}"[:30]
        in run("show", "local.plan.json", "--markdown").stdout
    )


def test_a_haproxy_that_does_not_run_is_told_from_a_refusal(run: Run, applied: Path) -> None:
    checker = applied / "broken"
    checker.write_text("#!/nowhere/sh\n")
    checker.chmod(0o755)
    shown = run("plan", "--var", "maxconn=7", "--haproxy-bin", str(checker)).stdout
    assert "HAProxy  not asked: " in shown


WARNED = "config : parsing [/tmp/x/haproxy.cfg:2] : a 'maxconn' nobody needs."


@pytest.mark.parametrize("form", [[], ["--json"], ["--markdown"]], ids=["human", "json", "markdown"])
def test_warnings_stand_at_their_lines_in_every_form(form: list[str], run: Run, applied: Path) -> None:
    checker = fake_haproxy(applied, WARNED, level="WARNING")
    shown = run("plan", "--var", "maxconn=7", "--haproxy-bin", checker, *form).stdout
    if form == ["--json"]:
        made = json.loads(shown)
        assert (made["verdict"]["status"], made["summary"]["warnings"]) == ("accepted with warnings", 1)
        (finding,) = made["verdict"]["findings"]
        assert (finding["severity"], finding["where"]) == ("warning", "templates/haproxy.cfg.j2:2")
        assert finding["line"] == "maxconn 7"
        return
    assert "templates/haproxy.cfg.j2:2: a 'maxconn' nobody needs" in shown.replace("&#39;", "'")
    assert "to delete; HAProxy: 1 warning." in shown
    assert "HAProxy warns" in shown


def test_warnings_can_be_errors(run: Run, applied: Path) -> None:
    checker = fake_haproxy(applied, WARNED, level="WARNING")
    arguments = ("plan", "--var", "maxconn=7", "--haproxy-bin", checker)
    run(*arguments)
    told = run(*arguments, "--fail-on-warnings", code=1)
    assert "HAProxy  refuses the result: 1 error (haproxy -c; warnings count as errors)" in told.stdout
    run("apply", "local.plan.json", "--auto-approve", "--haproxy-bin", checker, code=4)
    run("plan", "--haproxy-bin", fake_haproxy(applied), "--fail-on-warnings")


def test_validate_tells_warnings_and_errors_in_both_forms(run: Run, applied: Path) -> None:
    warning = fake_haproxy(applied, WARNED, level="WARNING")
    told = run("validate", "--haproxy-bin", warning).stderr
    assert "haproxy.cfg.j2:2: a 'maxconn' nobody needs\n" in told
    assert ": valid, with 1 warning, checked by " in told
    assert json.loads(run("validate", "--haproxy-bin", warning, "--json").stdout)["valid"] is True
    failed = run("validate", "--haproxy-bin", warning, "--json", "--fail-on-warnings", code=1).stdout
    assert json.loads(failed)["verdict"]["status"] == "refused"
    unasked = run("validate", "--haproxy-bin", warning, "--no-judge").stderr
    assert "no faults found; not checked by HAProxy: --no-judge" in unasked


def judging_client(path: str, *answers: object) -> DataplaneClient:
    """A client whose target answers a validation."""

    def validate_raw(_: str) -> tuple[str, ...]:
        if answers and isinstance(answers[0], Exception):
            raise answers[0]
        return tuple(map(str, answers))

    return cast(
        "DataplaneClient",
        SimpleNamespace(traits=FILE if path.startswith("file:") else SERVER, validate_raw=validate_raw),
    )


@pytest.mark.parametrize(
    ("client", "verdict"),
    [
        (judging_client("file:/a"), Verdict(LOCAL)),
        (judging_client("http://a"), Verdict(REMOTE, NO_WARNINGS)),
        (
            judging_client("unix:///a", "config parsing [x:1] hm"),
            Verdict(REMOTE, "", (Finding(Severity.WARNING, Fault("a:1", "hm")),)),
        ),
        (
            judging_client(
                "http://a", ServerRefused("no", status=400, server_message="config parsing [x:1] bad s3cret")
            ),
            Verdict(REMOTE, "", (Finding(Severity.ERROR, Fault("a:1", "bad (secret)")),)),
        ),
        (judging_client("http://a", ServerRefused("403: s3cret", status=403)), Verdict("", "403: (secret)")),
        (judging_client("http://a", ServerRefused("x", status=500, server_message="a\nb")), Verdict("", "a")),
    ],
)
def test_a_verdict_says_who_judged_and_what_is_not_known(client: DataplaneClient, verdict: Verdict) -> None:
    assert judged(client, "global\n", lambda line: f"a:{line}", ["s3cret"]) == verdict


def test_warnings_are_errors_only_where_there_are_some() -> None:
    assert Verdict(LOCAL).strict() == Verdict(LOCAL)
    assert Verdict(reason="x").status is Status.NOT_ASKED


def counting(folder: Path) -> str:
    """A HAProxy that counts its runs, and warns."""
    file = folder / "counting-haproxy"
    file.write_text(f"#!/bin/sh\necho run >> {folder / 'runs'}\necho '[WARNING] (1) : {WARNED}' >&2\n")
    file.chmod(0o755)
    return str(file)


def test_plan_verify_and_apply_ask_once(run: Run, applied: Path) -> None:
    checker = counting(applied)
    run("plan", "--var", "maxconn=7", "--haproxy-bin", checker)
    run("verify", "local.plan.json", "--haproxy-bin", checker)
    applied_too = run("apply", "local.plan.json", "--auto-approve", "--haproxy-bin", checker).stderr
    assert "HAProxy warns: templates/haproxy.cfg.j2:2: a maxconn nobody needs\n" in applied_too
    assert "nobody needs" in run("plan", "--var", "maxconn=7", "--haproxy-bin", checker).stdout
    assert (applied / "runs").read_text().count("run") == 1
    run("plan", "--var", "maxconn=8", "--haproxy-bin", checker)
    assert (applied / "runs").read_text().count("run") == 2


def test_haproxy_tells_no_secret(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "correct-horse")
    text = "userlist u\n  user a insecure-password {{ secret('env:WORD') }}\n  user b insecure-password battery\n"
    (project / "templates" / "haproxy.cfg.j2").write_text(text)
    checker = fake_haproxy(project, "config : parsing [a.cfg:2] : bad correct-horse and battery")
    shown = run("plan", "--haproxy-bin", checker, code=1).stdout
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


LINELESS = parse(
    """\
global
  httpclient.resolvers.id lost
frontend www
  acl api path_beg /api
  acl lost path_beg /lost
  http-request set-header x-server server
  use_backend api if api
  http-request track-sc0 src
  errorfiles gone
backend web
  option httplog
  acl web path /web
  server s1 192.0.2.1:80 resolvers lost
  server s2 192.0.2.2:80 resolvers lost
peers p
  table t type ip size 1k
""",
    "a.cfg",
)


@pytest.mark.parametrize(
    ("words", "where", "column"),
    [
        ("Proxy 'www': unable to find required use_backend: 'api'.", "a.cfg:7", 15),
        ("backend 'web', server 's2': unable to find required resolvers 'lost'", "a.cfg:14", 36),
        ("backend 'web': unable to find required resolvers 'lost'", "a.cfg:10", 0),
        ("Proxy '<HTTPCLIENT>': Can't find resolvers section 'lost' for do-resolve action.", "haproxy", 0),
        ("proxy 'www': unknown http-errors section 'gone' (at /tmp/haproxy.cfg.7:9).", "a.cfg:9", 14),
        ("Proxy 'www': unable to find table 'www' referenced by track-sc0.", "a.cfg:3", 0),
        ("'http-request' rules ignored for frontend 'www' as they require HTTP mode.", "a.cfg:6", 0),
        ("missing timeouts for frontend 'www'. While x non-zero value: 'client', 'server'.", "a.cfg:3", 0),
        ("backend 'web', server 's1': a word about it", "a.cfg:13", 0),
        ("backend 'web', server 's9': a word about it", "a.cfg:10", 0),
        ("Removing incomplete section 'peers p' (no peer named 'vm').", "a.cfg:15", 0),
        ("Removing incomplete section 'peers q' (no peer named 'vm').", "haproxy", 0),
        ("something else about 'api' altogether", "a.cfg:7", 15),
        ("something about 'web' or 'nothing'", "haproxy", 0),
    ],
)
def test_words_without_a_line_are_told_at_the_line_that_refers_or_at_none(words: str, where: str, column: int) -> None:
    refusal = ServerRefused("no", status=400, server_message=f"config {words}")
    (fault,) = faults_of(refusal, LINELESS.where, LINELESS)
    assert (fault.where, fault.column) == (where, column)


HOMELESS = parse("backend b\n  option dontlognull\n  nonsense 1\n  mode tcp\nlisten l\n  maxconn 1\n", "a.cfg")
UNSET = parse('global\n  maxconn "${NONE}"\n', "a.cfg")


def test_a_variable_without_a_value_is_pointed_at() -> None:
    words = "config parsing [h:2] argument number 1 at position 13 is empty and marks the end of the argument list:"
    (fault,) = faults_of(ServerRefused("no", status=400, server_message=words), UNSET.where, UNSET)
    assert (fault.what[-13:], fault.remedy, fault.column) == ("argument list", NO_VALUE, 11)


@pytest.mark.parametrize(
    ("line", "remedy"),
    [(1, ""), (2, "it belongs in defaults or frontend"), (3, ""), (4, NOT_THIS_ONE), (6, "")],
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
        r"haproxy\.cfg\.j2:5 \(rendered line 5, column \d+\): backend 'wbe' does not exist; did you mean", told
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
    assert "backend 'theirs' does not exist" in run("plan", "--config", "mine.cfg", code=1).stderr


CONDITIONAL = "global\n  .if feature(OPENSSL)\n  maxconn 5\n  .endif\n"


def test_validate_knows_whom_a_text_is_for(run: Run, tmp_path: Path) -> None:
    (tmp_path / "it.cfg").write_text(CONDITIONAL)
    told = run("validate", "--config", "it.cfg").stderr
    assert "Valid in a file, but not for a Data Plane API: it.cfg:2:3: the server drops .if" in told
    (tmp_path / "hsync.toml").write_text('target = "local"\n[targets.local]\npath = "haproxy.cfg"\n')
    assert "Valid in a file" not in run("validate", "--config", "it.cfg").stderr
    (tmp_path / "hsync.toml").write_text('target = "edge"\n[targets.edge]\nurl = "http://127.0.0.1:1"\n')
    assert "the server drops .if" in run("validate", "--config", "it.cfg", code=1).stderr


NOTICE = "[NOTICE]   (1) : haproxy version is 3.4.0"
ALERT = "[ALERT]    (2) : Binding [/t/haproxy.cfg:31] for frontend f: cannot bind socket"


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("", ""),
        ("cannot bind socket", "cannot bind socket"),
        (NOTICE, NOTICE),
        (f"{NOTICE}\n{ALERT}\n{NOTICE}", "Binding [/t/haproxy.cfg:31] for frontend f: cannot bind socket"),
        (
            f"{ALERT}\n[ALERT]    (2) : [haproxy.main()] Exiting.",
            f"\n  {ALERT.partition(' : ')[2]}\n  [haproxy.main()] Exiting.",
        ),
    ],
)
def test_of_what_haproxy_wrote_the_alerts_are_told(output: str, told: str) -> None:
    assert alerts(output) == told
