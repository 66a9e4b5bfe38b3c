"""A plan file is signed, and it is known who signed it; whatever ssh-keygen does not approve is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hsync.errors import HsyncError, InputError, UnsafePlanError
from hsync.store import signatures
from hsync.store.signatures import (
    drop_signature,
    refuse_other_signature,
    sign,
    signature_file,
    signer_of,
    write_signature,
)
from tests.bounded import within
from tests.signing import SSH_KEYGEN, Keys, agent, needs_ssh_keygen, ssh_keygen

CONTENT = b'{"plan": "\xff not UTF-8"}\n'


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "my plan.json"
    path.write_bytes(CONTENT)
    return path


# What holds


@needs_ssh_keygen
@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_what_was_signed_is_known_by_its_signer(kind: str, keys: Keys, path: Path) -> None:
    key = keys.key(f"of {kind}", kind)
    allowed = path.with_name("allowed")
    allowed.write_text(f"ann@example.com {keys.public(f'of {kind}')}\n")
    write_signature(path, sign(CONTENT, key))
    said = signer_of(path, CONTENT, allowed)
    assert said.startswith(f"ann@example.com with {kind.upper()} key SHA256:")
    assert said.rpartition(" ")[2] in ssh_keygen("-lf", f"{key}.pub")


@needs_ssh_keygen
def test_the_signature_is_that_of_openssh(keys: Keys, path: Path) -> None:
    allowed = keys.allowed("ann {ann}")
    write_signature(path, sign(CONTENT, keys.key("ann")))
    assert (signature_file(path).name, signature_file(path).stat().st_mode & 0o777) == ("my plan.json.sig", 0o600)
    done = ["-Y", "verify", "-f", str(allowed), "-I", "ann", "-n", "hsync-plan", "-s", str(signature_file(path))]
    assert os.spawnv(os.P_WAIT, "/bin/sh", ["sh", "-c", f'"$0" "$@" < "{path}" > /dev/null', SSH_KEYGEN, *done]) == 0
    keys.sign(path, "ann")
    assert signer_of(path, CONTENT, allowed).startswith("ann with ED25519")


NAMED = [
    ("one of several names", ["ann,bob {ann}"], "ann"),
    ("a pattern", ["*@example.com {ann}"], "*@example.com"),
    ("a name with a blank", ['"ann b" {ann}'], "ann b"),
    ("a name after one that is refused", ["!eve,ann {ann}"], "ann"),
    ("for this purpose", ['ann namespaces="git,hsync-plan" {ann}'], "ann"),
    ("in its time", ['ann valid-after="20200101",valid-before="20990101" {ann}'], "ann"),
    ("an older entry that is over", ['old valid-before="20200101" {ann}', "new {ann}"], "new"),
    ("in a line for commits first", ['ann namespaces="git" {ann}', "ann {ann}"], "ann"),
    ("one of several keys", ["bob {bob}", "# ann", "", "ann {ann}"], "ann"),
]


@needs_ssh_keygen
@pytest.mark.parametrize(("what", "lines", "name"), NAMED, ids=[row[0] for row in NAMED])
def test_a_name_is_the_first_that_ssh_keygen_approves(
    what: str, lines: list[str], name: str, keys: Keys, path: Path
) -> None:
    keys.sign(path, "ann")
    assert signer_of(path, CONTENT, keys.allowed(*lines)).startswith(f"{name} with ED25519 key ")


@needs_ssh_keygen
def test_a_certificate_is_signed_for_by_its_authority(keys: Keys, path: Path) -> None:
    ann, authority = keys.key("ann"), keys.key("ca")
    ssh_keygen("-q", "-s", str(authority), "-I", "x", "-n", "ann@example.com", "-V", "-1d:+1d", f"{ann}.pub")
    certificate = ann.with_name("ann-cert.pub")
    write_signature(path, sign(CONTENT, certificate))
    certificate.unlink()
    allowed = keys.allowed("*@example.com cert-authority {ca}")
    assert signer_of(path, CONTENT, allowed).startswith("ann@example.com with ED25519-CERT key ")
    with pytest.raises(UnsafePlanError, match="No principal matched"):
        signer_of(path, CONTENT, keys.allowed("*@example.com {ca}"))


@needs_ssh_keygen
@pytest.mark.parametrize("passphrase", ["", "hunter2"])
def test_a_public_key_signs_with_the_agent(
    keys: Keys, path: Path, tmp_path: Path, passphrase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Keys(tmp_path)
    key = own.key("ann", passphrase=passphrase)
    with agent(tmp_path, key) as socket:
        allowed = own.allowed("ann {ann}")
        key.unlink()
        monkeypatch.setenv("SSH_AUTH_SOCK", socket)
        write_signature(path, sign(CONTENT, key.with_suffix(".pub")))
    assert signer_of(path, CONTENT, allowed).startswith("ann with")


# What is refused


def edited(change: Callable[[str], str]) -> Callable[[Keys, Path], None]:
    """A signature that was changed."""

    def edit(keys: Keys, path: Path) -> None:
        signature = keys.sign(path, "ann")
        signature.write_text(change(signature.read_text()))

    return edit


def flipped(text: str) -> str:
    """One character in the middle of the last whole line, which is of the signature proper."""
    place = len(text) - 60
    return f"{text[:place]}{'A' if text[place] != 'A' else 'B'}{text[place + 1 :]}"


def in_namespace(namespace: str) -> Callable[[Keys, Path], None]:
    def make(keys: Keys, path: Path) -> None:
        keys.sign(path, "ann", namespace)

    return make


def of_another_plan(keys: Keys, path: Path) -> None:
    other = path.with_name("other.json")
    other.write_bytes(CONTENT + b" ")
    keys.sign(other, "ann").replace(signature_file(path))


def folder(keys: Keys, path: Path) -> None:
    signature_file(path).mkdir()


def pipe(keys: Keys, path: Path) -> None:
    os.mkfifo(signature_file(path))


def link_to(target: str) -> Callable[[Keys, Path], None]:
    def make(keys: Keys, path: Path) -> None:
        signature_file(path).symlink_to(target)

    return make


def nothing(keys: Keys, path: Path) -> None:
    """No signature."""


def empty(keys: Keys, path: Path) -> None:
    signature_file(path).touch()


def by_eve(keys: Keys, path: Path) -> None:
    keys.sign(path, "eve")


SIGNATURES: list[tuple[str, Callable[[Keys, Path], None], str]] = [
    ("none", nothing, "my plan.json.sig: No such file"),
    ("nothing in it", empty, "No principal matched"),
    ("no signature at all", edited("ann signed this\n".format), "No principal matched"),
    ("of GnuPG", edited(lambda text: text.replace("SSH", "PGP")), "No principal matched"),
    ("a part", edited(lambda text: text[:150]), "missing footer"),
    ("another byte", edited(flipped), "signature"),
    ("for commits", in_namespace("git"), "namespace does not match"),
    ("for files", in_namespace("file"), "namespace does not match"),
    ("for something that begins alike", in_namespace("hsync-plan2"), "namespace does not match"),
    ("by somebody unknown", by_eve, "No principal matched"),
    ("of another plan", of_another_plan, "incorrect signature"),
    ("larger than any", edited(lambda text: text + "\n" * 70_000), "larger than 65536 bytes"),
    ("a folder", folder, "Is a directory"),
    ("a pipe that nobody writes to", pipe, "not a regular file"),
    ("a link to nothing", link_to("nowhere"), "No such file"),
    ("a link to a device without end", link_to("/dev/zero"), "not a regular file"),
]  # fmt: skip


@needs_ssh_keygen
@pytest.mark.parametrize(("what", "make", "words"), SIGNATURES, ids=[row[0] for row in SIGNATURES])
def test_a_signature_that_does_not_hold_is_refused(
    what: str, make: Callable[[Keys, Path], None], words: str, keys: Keys, path: Path
) -> None:
    allowed = keys.allowed("ann {ann}")
    make(keys, path)
    with within(5), pytest.raises(UnsafePlanError, match=words) as refusal:
        signer_of(path, CONTENT, allowed)
    assert refusal.value.exit_code == 4
    assert refusal.value.message.startswith(f"{path} has no valid signature: ")
    assert f"ssh-keygen -Y sign -n hsync-plan -f KEY '{path}'" in refusal.value.hint


SIGNERS = [
    ("nobody", [], "No principal matched"),
    ("a comment", ["# ann {ann}"], "No principal matched"),
    ("somebody else", ["bob {bob}"], "No principal matched"),
    ("over", ['ann valid-before="20200101" {ann}'], "key has expired"),
    ("not yet", ['ann valid-after="20990101" {ann}'], "key is not yet valid"),
    ("for commits only", ['ann namespaces="git" {ann}'], "not permitted for use in signature namespace"),
    (
        "another name in the first line, for commits",
        ['mail namespaces="git" {ann}', "ann {ann}"],
        "not permitted for use",
    ),
    ("an authority, not a signer", ["ann cert-authority {ann}"], "No principal matched"),
    ("an option that nobody knows", ["ann safe {ann}"], "unknown key option"),
    ("a time that is none", ['ann valid-before="soon" {ann}'], "invalid"),
    ("only the refused name", ["!ann {ann}"], "."),
    ("no file of that kind", ["\x00\x01"], "No principal matched"),
]


@needs_ssh_keygen
@pytest.mark.parametrize(("what", "lines", "words"), SIGNERS, ids=[row[0] for row in SIGNERS])
def test_a_signer_who_is_not_allowed_now_is_refused(
    what: str, lines: list[str], words: str, keys: Keys, path: Path
) -> None:
    keys.sign(path, "ann")
    with pytest.raises(UnsafePlanError, match=words):
        signer_of(path, CONTENT, keys.allowed(*lines))


@needs_ssh_keygen
@pytest.mark.parametrize("content", [CONTENT + b"\n", CONTENT[:-1], CONTENT.replace(b"\n", b"\r\n"), b"", CONTENT * 2,
                                     b"\xef\xbb\xbf" + CONTENT])  # fmt: skip
def test_every_byte_is_signed(content: bytes, keys: Keys, path: Path) -> None:
    keys.sign(path, "ann")
    with pytest.raises(UnsafePlanError, match=r"is not a valid signature of ann: .*incorrect signature"):
        signer_of(path, content, keys.allowed("ann {ann}"))


def test_who_may_sign_is_read_from_a_file(path: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, words in [("nowhere", "No such file"), ("pipe", "not a regular file"), (".", "Is a directory")]:
        with pytest.raises(InputError, match=f"cannot read the file of allowed signers .*{words}"):
            signer_of(path, CONTENT, tmp_path / name)


# Signing that fails


@needs_ssh_keygen
def test_a_key_that_cannot_sign_is_told_with_what_helps(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    locked, alone = keys.key("locked", passphrase="hunter2"), tmp_path / "alone.pub"
    alone.write_text(f"{keys.public('ann')}\n")
    for key, words in [(locked, "passphrase"), (alone, "No private key found"), (tmp_path / "none", "No such file")]:
        with within(10), pytest.raises(InputError, match=words) as failure:
            sign(CONTENT, key)
        assert f"ssh-add {key.with_suffix('')}" in failure.value.hint
        assert "hunter2" not in failure.value.message


# ssh-keygen as another one


def fake(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put another ssh-keygen in front of the real one."""
    program = folder / "bin" / "ssh-keygen"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


def both(path: Path, tmp_path: Path) -> list[Callable[[], object]]:
    """To sign, and to check."""
    (tmp_path / "allowed").touch()
    signature_file(path).write_text("x")
    return [lambda: sign(CONTENT, Path("key")), lambda: signer_of(path, CONTENT, tmp_path / "allowed")]


def test_without_ssh_keygen_nothing_is_signed_and_nothing_is_believed(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for act in both(path, tmp_path):
        with pytest.raises(HsyncError, match="there is no ssh-keygen") as failure:
            act()
        assert "OpenSSH" in failure.value.hint
    assert failure.value.exit_code == 4


def test_an_ssh_keygen_without_an_end_is_ended(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "SIGN_S", 0.3)
    monkeypatch.setattr(signatures, "CHECK_S", 0.3)
    fake(tmp_path, monkeypatch, "sleep 60")
    for act in both(path, tmp_path):
        with within(5), pytest.raises(HsyncError, match=r"no end within 0\.3 s"):
            act()


ODD = [
    ("says nothing and is content", "exit 0", "ended with 0"),
    ("is killed", "kill -9 $$", "ended with -9"),
    ("writes without end", "yes | head -c 30000000; yes x | head -c 30000000 >&2; exit 3", "x; x; "),
    ("is content with everything but names nobody", "echo; exit 0", "ended with 0"),
    (
        "names somebody and then fails",
        '[ "$2" = verify ] && exit 1; echo ann; exit 0',
        "is not a valid signature of ann",
    ),
]


@pytest.mark.parametrize(("what", "script", "words"), ODD, ids=[row[0] for row in ODD])
def test_an_odd_ssh_keygen_approves_nothing(
    what: str, script: str, words: str, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(tmp_path, monkeypatch, script)
    for act in both(path, tmp_path):
        with within(20), pytest.raises(HsyncError) as failure:
            act()
        assert len(failure.value.message) < 1000
    assert words in failure.value.message


def test_ssh_keygen_gets_three_variables_and_the_content(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HSYNC_PASSWORD", "hunter2")
    monkeypatch.setenv("SSH_ASKPASS", "/tmp/evil")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    fake(tmp_path, monkeypatch, 'echo "-----BEGIN SSH SIGNATURE-----"; echo "$@"; env | cut -d= -f1 | sort; cat')
    shown = sign(CONTENT.replace(b"\xff", b"?"), Path("-odd key")).splitlines()
    assert shown[1] == "-Y sign -n hsync-plan -f -odd key"
    assert {*shown[2:-1]} - {"PWD", "SHLVL", "_", "OLDPWD"} == {"PATH", "HOME", "SSH_AUTH_SOCK"}
    assert shown[-1] == '{"plan": "? not UTF-8"}'


# Beside a plan file


def test_a_signature_is_deleted_once(path: Path) -> None:
    write_signature(path, "x")
    drop_signature(path)
    drop_signature(path)
    assert list(path.parent.iterdir()) == [path]


def test_a_link_is_deleted_and_not_what_it_leads_to(path: Path) -> None:
    signature_file(path).symlink_to(path)
    drop_signature(path)
    assert list(path.parent.iterdir()) == [path]


def test_what_cannot_be_deleted_is_told(path: Path) -> None:
    signature_file(path).mkdir()
    with pytest.raises(InputError, match="cannot delete"):
        drop_signature(path)


@pytest.mark.parametrize("content", ["", "-----BEGIN SSH SIGNATURE-----\nx", "-----BEGIN SSH SIGNATURE-----"])
def test_a_signature_may_be_replaced(path: Path, content: str) -> None:
    refuse_other_signature(path)
    signature_file(path).write_text(content)
    refuse_other_signature(path)


@pytest.mark.parametrize("content", ["x", "-----BEGIN PGP SIGNATURE-----\n", "-----BEGIN"])
def test_another_file_is_not_taken_for_a_signature(path: Path, content: str) -> None:
    signature_file(path).write_text(content)
    with pytest.raises(InputError, match="is not a signature"):
        refuse_other_signature(path)


def test_neither_is_a_folder_or_a_pipe(path: Path) -> None:
    signature_file(path).mkdir()
    with pytest.raises(InputError, match="is not a signature"):
        refuse_other_signature(path)
    signature_file(path).rmdir()
    os.mkfifo(signature_file(path))
    with within(2), pytest.raises(InputError, match="is not a signature"):
        refuse_other_signature(path)
