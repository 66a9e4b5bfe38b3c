from __future__ import annotations

from pathlib import Path

import pytest

from hsync.errors import InputError, StalePlanError
from hsync.render import Secrets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in [
        ("one", b"s3cret\n"),
        ("crlf", b"s3cret\r\n"),
        ("bytes", b"\xe9"),
        ("empty", b"\n"),
        ("big", b"x" * 65537),
    ]:
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("env:PW", "hunter2"),
        ("file:one", "s3cret"),
        ("file:crlf", "s3cret"),
        ("file:bytes", "\udce9"),
    ],
)
def test_a_reference_gives_its_value(folder: Path, reference: str, value: str) -> None:
    assert Secrets(folder, {"PW": "hunter2"}).get(reference) == value


@pytest.mark.parametrize(
    ("reference", "what"),
    [
        ("env:NONE", "secret env:NONE: the variable is not set"),
        ("env:EMPTY", "secret env:EMPTY: the variable is not set"),
        ("env", "expected a secret: env:NAME, file:PATH or cmd:NAME"),
        ("file", "expected a secret: env:NAME, file:PATH or cmd:NAME"),
        ("cmd", "expected a secret: env:NAME, file:PATH or cmd:NAME"),
        ("hunter2", "expected a secret: env:NAME, file:PATH or cmd:NAME"),
        ("file:none", "cannot read the secret .*none"),
        ("file:a\0b", "cannot read the secret .*: embedded null byte"),
        ("file:~nobody-of-this-name/x", "secret file:~nobody-of-this-name/x: "),
        ("file:empty", "the file is empty"),
        ("file:big", "larger than 65536 bytes"),
        ("file:.", "cannot read the secret"),
    ],
)
def test_a_reference_without_a_value_is_refused(folder: Path, reference: str, what: str) -> None:
    secrets = Secrets(folder, {"EMPTY": ""})
    with pytest.raises(InputError, match=what) as caught:
        secrets.get(reference)
    assert caught.value.hint
    assert "hunter2" not in str(caught.value)
    assert secrets.values == ()


def test_values_are_masked_longest_first_and_shown_nowhere() -> None:
    secrets = Secrets(environment={"A": "abc", "B": "abcdef", "C": "abc"})
    for name in "ABCA":
        secrets.get(f"env:{name}")
    assert secrets.values == ("abcdef", "abc")
    assert repr(secrets) == "Secrets(env:A, env:B, env:C)"


def test_a_value_is_looked_up_once() -> None:
    environment = {"A": "one"}
    secrets = Secrets(environment=environment)
    secrets.get("env:A")
    environment["A"] = "two"
    assert secrets.get("env:A") == "one"


def test_the_process_s_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSYNC_TEST_SECRET", "x")
    assert Secrets().get("env:HSYNC_TEST_SECRET") == "x"


def fingerprint(value: str, name: str = "A", key: bytes = b"") -> str:
    secrets = Secrets(environment={name: value}, key=key)
    secrets.get(f"env:{name}")
    ((label, digest),) = secrets.fingerprints()
    assert label == f"secret env:{name}"
    return digest


def test_fingerprints_tell_values_names_and_keys_apart() -> None:
    assert fingerprint("x") == fingerprint("x")
    assert len({fingerprint("x"), fingerprint("y"), fingerprint("x", "B"), fingerprint("x", key=b"k")}) == 4
    assert len(bytes.fromhex(fingerprint("x"))) == 32


@pytest.mark.parametrize(
    ("variable", "file", "key"),
    [("", None, b""), ("k1", None, b"k1"), ("", b"k2\n", b"k2"), ("k1", b"k2\n", b"k1")],
)
def test_the_key_of_a_project(
    variable: str, file: bytes | None, key: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HSYNC_SECRET_KEY", variable)
    monkeypatch.setenv("A", "x")
    if file is not None:
        (tmp_path / ".hsync.key").write_bytes(file)
    secrets = Secrets.of_project(tmp_path)
    secrets.get("env:A")
    assert secrets.fingerprints() == (("secret env:A", fingerprint("x", key=key)),)


def test_a_key_file_must_hold_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HSYNC_SECRET_KEY", raising=False)
    (tmp_path / ".hsync.key").write_bytes(b"\n")
    with pytest.raises(InputError, match="empty") as caught:
        Secrets.of_project(tmp_path)
    assert caught.value.hint
    (tmp_path / ".hsync.key").unlink()
    (tmp_path / ".hsync.key").symlink_to("nowhere")
    with pytest.raises(InputError, match="cannot read the key"):
        Secrets.of_project(tmp_path)


def test_only_the_value_of_the_plan_is_given() -> None:
    agreed = Secrets(environment={"A": "x", "B": "y"}).agreed([("secret env:A", fingerprint("x"))])
    assert agreed("env:A") == "x"
    for reference, inputs in [
        ("env:A", [("secret env:A", fingerprint("z"))]),
        ("env:B", []),
        ("env:B", [("secret env:B", "é")]),
    ]:
        with pytest.raises(
            StalePlanError, match=f"the secret {reference} has changed since the plan was made"
        ) as caught:
            Secrets(environment={"A": "x", "B": "y"}).agreed(inputs)(reference)
        assert caught.value.hint
    with pytest.raises(InputError, match="the variable is not set"):
        agreed("env:C")
