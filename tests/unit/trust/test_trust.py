"""Claims, allowances and the operator's file, without a command."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from hsync.errors import InputError, NotAllowedError, UsageError
from hsync.trust import Claim, Kind, Operator, Trust, digest_of, parse_claim, read_operator
from hsync.trust.allowances import Allowances
from hsync.trust.reach import Reach

PROGRAM = Claim(Kind.PROGRAM, "./evil.sh", "hsync.toml:3", "targets.a.haproxy_bin")


def test_a_digest_is_of_the_values_and_of_nothing_else() -> None:
    one, two = Claim(Kind.FILE, "/a"), Claim(Kind.PATH, "/a")
    moved = Claim(Kind.FILE, "/a", "hsync.toml:9", "vars")
    assert digest_of([one, two]) == digest_of([two, moved, one])
    assert len({digest_of(some) for some in ([], [one], [two], [one, two])}) == 4
    assert one == moved


def test_a_claim_is_typed_as_it_is_kept(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/usr")
    assert parse_claim(f"file:{tmp_path / 'link'}").text == "file:/usr"
    assert parse_claim("url:https://a:1 user=b").value == "https://a:1 user=b"
    for wrong in ("file:", "nonsense", "env:X"):
        with pytest.raises(UsageError):
            parse_claim(wrong)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "hsync-allowed/1"}', '{"format": "hsync-allowed/2"}'])
def test_a_file_that_cannot_be_read_allows_nothing(text: str, tmp_path: Path) -> None:
    kept = Allowances(tmp_path, tmp_path / "project")
    assert kept.read() == frozenset()
    kept.add(["file:/a"])
    kept.add(["file:/b"])
    assert kept.read() == {"file:/a", "file:/b"}
    assert kept.path is not None
    assert kept.path.stat().st_mode & 0o077 == 0
    kept.path.write_text(text)
    assert kept.read() == frozenset()
    assert kept.revoke() == frozenset()


def test_the_allowances_of_another_folder_are_not_taken(tmp_path: Path) -> None:
    mine, other = (Allowances(tmp_path, tmp_path / name) for name in ("mine", "other"))
    mine.add(["file:/a"])
    assert mine.path is not None
    assert other.path is not None
    mine.path.rename(other.path)
    assert (mine.read(), other.read()) == (frozenset(), frozenset())
    document = json.loads(other.path.read_text())
    assert document["root"] == str(tmp_path / "mine")


def test_without_a_place_nothing_is_remembered(tmp_path: Path) -> None:
    nowhere = Allowances(None, tmp_path)
    assert nowhere.read() == frozenset()
    with pytest.raises(InputError, match="no folder for allowances"):
        nowhere.add(["file:/a"])
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write"):
        Allowances(tmp_path / "file", tmp_path).add(["file:/a"])


def test_what_is_asked_holds_for_this_run_where_it_cannot_be_remembered(tmp_path: Path) -> None:
    asked: list[object] = []

    def ask(claims: Sequence[Claim]) -> bool:
        asked.extend(claims)
        return True

    trust = Trust(Operator(ask=ask), tmp_path)
    trust.need([PROGRAM, PROGRAM])
    trust.need([PROGRAM])
    assert asked == [PROGRAM]


def test_nobody_is_asked_about_a_project_that_is_not_trusted(tmp_path: Path) -> None:
    trust = Trust(Operator(untrusted="--untrusted", ask=lambda _: True), tmp_path)
    with pytest.raises(NotAllowedError) as refused:
        trust.need([PROGRAM])
    assert refused.value.hint == "check the values; to allow exactly these: hsync allow program:./evil.sh"
    assert refused.value.claims == (("program:./evil.sh", "hsync.toml:3", "targets.a.haproxy_bin"),)
    assert "hsync.toml:3: targets.a.haproxy_bin runs ./evil.sh" in refused.value.message


WORDS = {
    "the digest of all": ({digest_of([PROGRAM, Claim(Kind.URL, "u")])}, True),
    "the digest of one": ({digest_of([PROGRAM])}, True),
    "its text": ({"program:./evil.sh"}, True),
    "the digest of another": ({digest_of([Claim(Kind.PROGRAM, "./other.sh")])}, False),
    "part of the digest": ({digest_of([PROGRAM])[:20]}, False),
    "nothing": (set(), False),
}


@pytest.mark.parametrize("name", WORDS)
def test_words_of_a_pipeline(name: str, tmp_path: Path) -> None:
    words, allowed = WORDS[name]
    whole = (PROGRAM, Claim(Kind.URL, "u"))
    assert Trust(Operator(words=frozenset(words)), tmp_path, lambda: whole).allows(PROGRAM) is allowed


REACH = {
    "a file": ("file:/data/a", "/data/a", True),
    "below a folder": ("file:/data", "/data/b/c", True),
    "beside it": ("file:/data", "/database", False),
    "above it": ("file:/data/a", "/data", False),
    "of another kind": ("path:/data", "/data", False),
}


@pytest.mark.parametrize("name", REACH)
def test_what_an_allowance_covers(name: str, tmp_path: Path) -> None:
    word, path, covered = REACH[name]
    trust = Trust(Operator(words=frozenset([word])), tmp_path)
    assert trust.allows(Claim(Kind.FILE, path)) is covered
    assert trust.reach().covers(Path(path)) is covered
    assert not Trust(Operator(words=frozenset([word]), untrusted="x"), tmp_path).allows(Claim(Kind.FILE, path))


def test_the_operator_s_files_are_read_by_every_project(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('files = ["secrets", "~/x"]\nuntrusted_secrets = ["env:A"]\n')
    said = read_operator(config, {"HOME": "/root", "HSYNC_ALLOW": " a  b "})
    assert said.files == (tmp_path / "secrets", (Path.home() / "x").resolve())
    assert said.words == {"a", "b"}
    assert said.folder == tmp_path
    assert Trust(said, Path("/project")).allows(Claim(Kind.FILE, str(tmp_path / "secrets" / "db")))
    careful = read_operator(config, {}, untrusted="x")
    assert Trust(careful, Path("/p")).reach() == Reach(Path("/p"), (), frozenset({"env:A"}))
    assert Trust(said, Path("/p")).reach() == Reach(Path("/p"), said.files)


def test_without_a_project_any_file_may_be_read(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/usr")
    assert Reach().real(tmp_path / "link") == tmp_path / "link"
    assert Reach().secret("env:A") is None
    assert Reach().covers(Path("/etc"))


def test_a_user_without_a_home_has_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", nobody)
    assert read_operator(None, {"XDG_CONFIG_HOME": "relative"}).folder is None
    assert read_operator(None, {"XDG_CONFIG_HOME": "/x"}).folder == Path("/x/hsync")
