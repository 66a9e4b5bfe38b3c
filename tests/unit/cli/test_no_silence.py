"""Options and settings have an effect, or there is a message."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from hsync.cli.group import VERBS, command_of
from hsync.cli.verb import Verb, spelled
from tests.unit.cli.conftest import Run, fake_haproxy


def verbs() -> Iterator[tuple[str, click.Command]]:
    for name in VERBS:
        command = command_of(name)
        inner = command.commands if isinstance(command, click.Group) else {}
        yield from ((f"{name} {one}", inner[one]) for one in inner)
        if not inner:
            yield name, command


OPTIONS = {
    (verb, spelled(one)): one
    for verb, command in verbs()
    for one in command.params
    if isinstance(one, click.Option) and not one.hidden
}

SINGLE = [key for key, one in OPTIONS.items() if not (one.is_flag or one.multiple)]
VALUED = [key for key, one in OPTIONS.items() if not one.is_flag]


def test_every_verb_is_read_by_this_rule() -> None:
    assert [verb for verb, command in verbs() if not isinstance(command, Verb)] == []


@pytest.mark.parametrize(("verb", "name"), SINGLE, ids=[f"{verb} {name}" for verb, name in SINGLE])
def test_an_option_with_one_value_is_given_once(verb: str, name: str, run: Run) -> None:
    told = run(*verb.split(), name, "1", f"{name}=2", code=64).stderr
    assert f"{name} is given 2 times: only one value is allowed" in told


def test_long_and_short_names_are_one_option(run: Run, project: Path) -> None:
    told = run("plan", "-t", "b", "--target", "local", code=64).stderr
    assert "--target is given 2 times" in told


def test_a_shell_that_completes_a_line_is_told_nothing() -> None:
    context = command_of("plan").make_context("plan", ["-t", "a", "-t", ""], resilient_parsing=True)
    assert context.params["target"] == ""


@pytest.mark.parametrize(("verb", "name"), VALUED, ids=[f"{verb} {name}" for verb, name in VALUED])
def test_no_value_is_empty(verb: str, name: str, run: Run) -> None:
    assert f"{name} is empty" in run(*verb.split(), name, "", code=64).stderr


@pytest.mark.parametrize("arguments", [["plan", ""], ["show", ""], ["init", ""], ["plan", "--var", "a=1", "--var", ""]])
def test_no_argument_is_empty(arguments: list[str], run: Run) -> None:
    assert "is empty" in run(*arguments, code=64).stderr


# What each option changes: the command without it, and what is added

CONFIG = "global\n  maxconn 9\n"

DESIRED = {
    "--config": ["--config", "new.cfg"],
    "--var": ["--var", "maxconn=7"],
    "--var-json": ["--var-json", "maxconn=8"],
    "--vars": ["--vars", "more.toml"],
    "--environment": ["-e", "prod"],
}
SERVER = {
    "--user": ["--user", "me"],
    "--ca-file": ["--ca-file", "x.pem"],
    "--client-cert": ["--client-cert", "x.pem"],
    "--client-key": ["--client-key", "x.pem"],
    "--pin": ["--pin", "sha256//x"],
    "--allow-plaintext": ["--allow-plaintext"],
}
TARGET = {
    "--target": ["-t", "other.cfg"],
    **SERVER,
    "--haproxy-bin": ["--haproxy-bin", "./fake-haproxy"],
    "--timeout": ["--timeout", "1e-9"],
}
REVIEW = {"--expect": ["--expect", f"sha256:{0:064}"], "--allowed-signers": ["--allowed-signers", "nobody"]}
OPERATOR = {"--operator-config": ["--operator-config", "nope.toml"], "--untrusted": ["--untrusted"]}
JSON = {"--json": ["--json"], "--format": ["--format", "json"]}
JUDGE = {
    "--no-judge": ["--no-judge"],
    "--fail-on-warnings": ["--fail-on-warnings", "--haproxy-bin", "./warning-haproxy"],
}

PROBES = {"--confirm-probe": ["--confirm-probe", "true"], "--confirm-times": ["--confirm-times", "2"]}

APPLY = ["apply", "local.plan.json", "--auto-approve"]

TABLE: dict[str, tuple[list[str], dict[str, list[str]]]] = {
    "render": (["render"], {"--reveal": ["--reveal"], **DESIRED, **OPERATOR}),
    "validate": (
        ["validate", "--config", "new.cfg"],
        {"--haproxy-bin": ["--haproxy-bin", "./fake-haproxy"], **JSON, **JUDGE, **OPERATOR},
    ),
    "plan": (
        ["plan"],
        {
            **DESIRED,
            **TARGET,
            **JSON,
            **JUDGE,
            **OPERATOR,
            "--out": ["-o", "mine.json"],
            "--sign": ["--sign", "no-key"],
            "--markdown": ["--markdown"],
            "--diff": ["--diff", "--var", "maxconn=8"],
            "--max-delete": ["--max-delete", "-1"],
            "--fail-on": ["--fail-on", "high", "--var", "maxconn=8"],
            "--detailed-exitcode": ["--detailed-exitcode", "--var", "maxconn=8"],
        },
    ),
    "show": (
        ["show", "local.plan.json"],
        {**JSON, **REVIEW, "--markdown": ["--markdown"], "--diff": ["--diff"], "--bodies": ["--bodies"]},
    ),
    "verify": (["verify", "local.plan.json"], {**TARGET, **JSON, **REVIEW, **OPERATOR}),
    "apply": (
        APPLY,
        {
            **TARGET,
            **JSON,
            **REVIEW,
            **OPERATOR,
            "--auto-approve": [],
            "--validate": ["--validate"],
            "--rollback-on-regression": ["--rollback-on-regression"],
            **PROBES,
            "--reload": ["--reload", "batched"],
            "--lock-timeout": ["--lock-timeout", "-1"],
        },
    ),
    "confirm": (
        ["confirm"],
        {**TARGET, **OPERATOR, "--wait": ["--wait"], **PROBES, "--lock-timeout": ["--lock-timeout", "-1"]},
    ),
    "drift": (
        ["drift"],
        {**DESIRED, **TARGET, **JSON, **OPERATOR, "--all": ["--all"], "--prom": ["--prom", "drift.prom"]},
    ),
    "import": (
        ["import"],
        {
            **TARGET,
            **JSON,
            **OPERATOR,
            "--out": ["-o", "mine.cfg"],
            "--force": ["--force", "-o", "old.cfg"],
            "--lock-timeout": ["--lock-timeout", "-1"],
        },
    ),
    "state show": (["state", "show"], {"--target": ["-t", "other.cfg"], **JSON, **OPERATOR}),
    "state history": (
        ["state", "history"],
        {"--target": ["-t", "other.cfg"], "--verify": ["--verify"], **JSON, **OPERATOR},
    ),
    "state texts": (["state", "texts"], {"--target": ["-t", "other.cfg"], **JSON, **OPERATOR}),
    "state unlock": (["state", "unlock"], {"--target": ["-t", "other.cfg"], **OPERATOR}),
    "doctor": (["doctor"], {**TARGET, **JSON, **OPERATOR}),
    "rebase": (
        ["rebase", "local.plan.json", "-o", "new.json"],
        {
            **TARGET,
            **JSON,
            **REVIEW,
            **JUDGE,
            **OPERATOR,
            "--out": ["-o", "local.plan.json"],
            "--sign": ["--sign", "no-key"],
            "--markdown": ["--markdown"],
            "--diff": ["--diff"],
        },
    ),
    "rollback": (
        ["rollback"],
        {
            **TARGET,
            **JSON,
            **JUDGE,
            **OPERATOR,
            "--out": ["-o", "mine.json"],
            "--sign": ["--sign", "no-key"],
            "--markdown": ["--markdown"],
            "--diff": ["--diff"],
        },
    ),
    "recover": (["recover"], {**TARGET, **OPERATOR, "--lock-timeout": ["--lock-timeout", "-1"]}),
    "allow": (["allow"], {"--list": ["--list"], "--revoke": ["--revoke"], **OPERATOR}),
    "convert": (["convert", "new.cfg"], {"--to": ["--to", "cfg"]}),
}

ELSEWHERE = {("validate", name) for name in DESIRED} | {key for key in OPTIONS if key[0] == "dev-server"}
ELSEWHERE |= {("rollback", "--max-delete"), ("rollback", "--fail-on")}  # as for plan
ELSEWHERE |= {("recover", "--out"), ("recover", "--sign"), ("apply", "--message"), ("apply", "--confirm-within")}
ELSEWHERE |= {("state unlock", "--yes"), ("apply", "--watch")}
"""`validate` reads the same inputs as `render`; `recover` writes only for an odd target (test_recover.py); a reason is for the history (test_rollback.py); --confirm-within starts a process (test_confirm.py); --watch needs an HAProxy (test_watch.py); --yes needs a lock (test_state_lock.py); dev-server waits for an interrupt, and has tests of its own."""

ROWS = [(verb, name) for verb, (_, options) in TABLE.items() for name in options]


def test_the_table_has_every_option() -> None:
    assert {*ROWS, *ELSEWHERE} == {key for key in OPTIONS if key[1] != "--help"}


@pytest.fixture
def twins(run: Run, applied: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two equal projects with a plan that is not yet applied."""
    (applied / "new.cfg").write_text(CONFIG)
    (applied / "old.cfg").write_text("precious\n")
    (applied / "more.toml").write_text("maxconn = 6\n")
    Path(fake_haproxy(applied, "config : odd", level="WARNING")).rename(applied / "warning-haproxy")
    fake_haproxy(applied)
    run("plan", "--var", "maxconn=5")
    return applied, Path(shutil.copytree(applied, tmp_path_factory.mktemp("twin") / "it", dirs_exist_ok=True))


def outcome(run: Run, folder: Path, arguments: list[str], home: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.chdir(folder)
    result = run(*arguments, code=None)
    files = {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file() and "state" not in path.parts}
    ours = {name: data for name, data in files.items() if not name.endswith(".plan.json")}
    return result.exit_code, result.output.replace(str(folder), str(home)), ours, sorted(files)


@pytest.mark.parametrize(("verb", "name"), ROWS, ids=[f"{verb} {name}" for verb, name in ROWS])
def test_each_option_changes_the_outcome_or_is_told(
    verb: str, name: str, run: Run, twins: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    base, options = TABLE[verb]
    one, other = twins
    with_it = [*base, *options[name]]
    without = [part for part in with_it if part not in {name, *options[name][:1]}] if name in FLAGS else base
    if name == "--auto-approve":
        without = [part for part in base if part != name]
    assert outcome(run, one, without, one, monkeypatch) != outcome(run, other, with_it, one, monkeypatch)


FLAGS = {
    "--allow-plaintext",
    "--json",
    "--markdown",
    "--diff",
    "--detailed-exitcode",
    "--force",
    "--validate",
    "--no-judge",
    "--fail-on-warnings",
    "--wait",
    "--rollback-on-regression",
}


# What has no effect beside something else


@pytest.mark.parametrize("options", [["--json"], ["--markdown"], ["--format", "markdown"]], ids=" ".join)
@pytest.mark.parametrize("verb", [["plan"], ["show", "local.plan.json"]])
def test_a_diff_that_is_there_anyway(verb: list[str], options: list[str], run: Run, project: Path) -> None:
    run("plan")
    form = options[-1].removeprefix("--")
    words = f"Warning: --diff has no effect: --format {form} always includes the diff"
    assert words in run(*verb, *options, "--diff").stderr
    assert "Warning" not in run(*verb, *options).stderr


def test_an_environment_that_nothing_takes_anything_from(run: Run, project: Path) -> None:
    (project / "new.cfg").write_text(CONFIG)
    words = "Warning: --environment has no effect: [environments.prod] has no setting that this command uses"
    assert words in run("plan", "--config", "new.cfg", "-e", "prod").stderr
    assert words in run("render", "--config", "new.cfg", "-e", "prod").stderr
    assert words not in run("plan", "-e", "prod").stderr
    settings = project / "hsync.toml"
    settings.write_text(settings.read_text().replace("[environments.prod]", '[environments.prod]\ntarget = "local"'))
    assert words not in run("plan", "--config", "new.cfg", "-e", "prod").stderr
    assert words in run("plan", "--config", "new.cfg", "-e", "prod", "-t", "local").stderr
    assert words in run("render", "--config", "new.cfg", "-e", "prod").stderr


@pytest.mark.parametrize("option", [["--var", "a=1"], ["--vars", "more.toml"], ["x.j2"]])
def test_templating_of_a_text_as_it_stands(option: list[str], run: Run, project: Path) -> None:
    assert "--config is not rendered" in run("plan", "--config", "new.cfg", *option, code=64).stderr


def test_variables_that_make_no_sense_here_disturb_nobody(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "new.cfg").write_text(CONFIG)
    monkeypatch.setenv("HSYNC_VAR", "maxconn=1")
    assert "Warning" not in run("plan", "--config", "new.cfg").stderr
    monkeypatch.setenv("HSYNC_CONFIG", "new.cfg")
    assert "(it comes from HSYNC_CONFIG)" in run("plan", "--var", "a=1", code=64).stderr


def test_a_variable_twice(run: Run, project: Path) -> None:
    assert "--var maxconn is given 2 times" in run("plan", "--var", "maxconn=1", "--var", "maxconn=2", code=64).stderr


@pytest.mark.parametrize("verb", ["drift", "import"])
def test_a_checker_that_nobody_asks(verb: str, run: Run, applied: Path) -> None:
    told = run(verb, "--haproxy-bin", fake_haproxy(applied)).stderr
    assert f"Warning: --haproxy-bin has no effect: hsync {verb} checks nothing" in told


def test_a_desired_configuration_that_drift_does_not_need(run: Run, applied: Path) -> None:
    told = run("drift", "--config", "missing.cfg").stderr
    assert "Warning: --config has no effect: there is no drift" in told
    told = run("drift", "x.j2", "--var", "a=1").stderr
    assert "Warning: TEMPLATE, --var have no effect: there is no drift" in told


def test_a_check_that_nothing_can_make(run: Run, project: Path) -> None:
    run("plan")
    told = run("apply", "local.plan.json", "--auto-approve", "--validate", code=64).stderr
    assert "--validate: no HAProxy binary checks this target\nhint: give one: --haproxy-bin FILE" in told
    assert not (project / "haproxy.cfg").exists()


def test_a_target_of_the_environment_does_not_replace_that_of_a_plan(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("plan")
    monkeypatch.setenv("HSYNC_TARGET", "other.cfg")
    run("apply", "local.plan.json", "--auto-approve")
    assert (project / "haproxy.cfg").exists()


@pytest.mark.parametrize("verb", ["plan", "import"])
def test_a_file_called_like_standard_output(verb: str, run: Run, project: Path) -> None:
    told = run(verb, "-o", "-", code=64).stderr
    assert "the output is a file, not standard output (use ./- for a file named -)" in told
    assert not (project / "-").exists()
    run(verb, "-o", "./-")
    assert (project / "-").exists()


@pytest.mark.parametrize("name", ["--lock-timeout", "--timeout"])
@pytest.mark.parametrize("seconds", ["-1", "nan", "inf", "x"])
def test_patience_is_a_number_of_seconds(name: str, seconds: str, run: Run, applied: Path) -> None:
    assert f"Invalid value for '{name}'" in run("import", name, seconds, code=64).stderr


# Patterns, folders, variables of the environment, hsync.toml


def test_a_folder_of_templates_that_is_not_there(run: Run, project: Path) -> None:
    settings = project / "hsync.toml"
    settings.write_text(f'templates = ["templates", "partials"]\n{settings.read_text()}')
    words = f"Warning: hsync.toml:1: templates: folder {project / 'partials'} does not exist\n"
    assert run("render").stderr == words
    (project / "partials").mkdir()
    assert not run("render").stderr


def test_patterns_that_match_nothing_are_noted(run: Run, project: Path) -> None:
    settings = project / "hsync.toml"
    settings.write_text('protect = ["backend/wbe", "backend/web"]\nignore = ["frontend/x*"]\n' + settings.read_text())
    told = run("plan").stdout
    assert (
        "\n  protect 'backend/wbe' of hsync.toml matches no section of the templates or the target; did you mean 'backend/web'?"
        in told
    )
    assert "\n  ignore 'frontend/x*' of hsync.toml matches no section of the templates or the target" in told
    assert told.count("matches no section") == 2


def test_a_pattern_for_what_only_one_side_has_is_no_mistake(run: Run, applied: Path) -> None:
    (applied / "hsync.toml").write_text(
        'protect = ["userlist/*", "backend/*"]\n' + (applied / "hsync.toml").read_text()
    )
    (applied / "haproxy.cfg").write_text((applied / "haproxy.cfg").read_text() + "userlist staff\n")
    assert "matches no section" not in run("plan", code=4).stdout


UNKNOWN = [
    ("HSYNC_ENV", "did you mean HSYNC_ENVIRONMENT?"),
    ("HSYNC_TARGTE", "did you mean HSYNC_TARGET?"),
    ("HSYNC_PASWORD", "did you mean HSYNC_PASSWORD?"),
    ("HSYNC_FOO_BAR_BAZ", "no option knows the variable HSYNC_FOO_BAR_BAZ\n"),
]


@pytest.mark.parametrize(("name", "words"), UNKNOWN)
@pytest.mark.parametrize("verb", [["plan"], ["render"], ["state", "show"]])
def test_a_variable_that_no_option_knows(
    name: str, words: str, verb: list[str], run: Run, applied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "x")
    told = run(*verb).stderr
    assert f"Warning: no option knows the variable {name}" in told
    assert words in told


def test_variables_of_other_verbs_and_secrets_are_known(
    run: Run, applied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {one.envvar for one in OPTIONS.values() if isinstance(one.envvar, str)}
    names -= {
        "HSYNC_JSON",
        "HSYNC_FORMAT",
        "HSYNC_TARGET",
        "HSYNC_OPERATOR_CONFIG",
        "HSYNC_UNTRUSTED",
    }  # those of this verb
    for name in (*names, "HSYNC_PASSWORD", "HSYNC_PASSWORD_FILE", "HSYNC_SECRET_KEY", "HSYNC_DEBUG", "HSYNC_ALLOW"):
        monkeypatch.setenv(name, os.environ.get(name, "1"))
    assert not run("state", "show").stderr


SETTINGS = [
    ('target = "a"\nprotetc = ["x"]\n', "hsync.toml:2: unknown key 'protetc'; did you mean 'protect'?", 1),
    ('[environments.prod]\nvars = []\nvar = "x"\n', "hsync.toml:3: unknown key 'environments.prod.var'", 1),
    ("# x\nprune = 1\n", "hsync.toml:2: prune: expected true or false, got 1", 1),
    ("vars = [\n 'a',\n 1]\n", "hsync.toml:1: vars[1]: expected a string", 1),
    ('[targets.a]\npath = "x.cfg"\n\n[targets."b"]\nurl = 1\n', "hsync.toml:5: [targets.b] url: expected a string", 0),
    ('[targets.a]\n\npth = "x.cfg"\n', "hsync.toml:3: [targets.a] has no setting 'pth'; did you mean 'path'?", 64),
    ('targets.a.pth = "x.cfg"\n', "hsync.toml:1: [targets.a] has no setting 'pth'", 64),
    ('targets = {a = {pth = "x.cfg"}}\n', "hsync.toml: [targets.a] has no setting 'pth'", 64),
    ('[targets.a]\npath = "x.cfg"\nuser = "me"\n', "hsync.toml:3: target a: user only for a target with a URL", 64),
    ("[targets.a]\n", "hsync.toml:1: target a: give either a path or a url", 64),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words", "code"), SETTINGS)
def test_a_fault_in_the_project_file_has_a_place(text: str, words: str, code: int, run: Run, tmp_path: Path) -> None:
    (tmp_path / "hsync.toml").write_text(text)
    told = run("import", "-t", "a", code=code).stderr
    assert words in told
