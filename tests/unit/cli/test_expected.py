"""`--expect`: the plan that was reviewed is the one that is shown, proved and applied; any other is refused."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from hsync.store import planfile
from tests.unit.cli.conftest import Run

VERBS = [["show"], ["verify"], ["apply", "--auto-approve"], ["apply"]]
OTHER = "sha256:" + "0" * 64


@dataclass
class Made:
    """A plan, and the file that it would change."""

    run: Run
    path: Path
    live: Path

    @property
    def digest(self) -> str:
        digest: str = json.loads(self.path.read_text())["digest"]
        return digest

    def hint(self, said: str) -> list[str]:
        """The words of the command in a hint."""
        return shlex.split(re.findall(r"hint: .*: hsync (.*)", said)[0])


@pytest.fixture
def made(run: Run, tmp_path: Path) -> Made:
    (tmp_path / "it.cfg").write_text("global\n  maxconn 500\n")
    (tmp_path / "new.cfg").write_text("global\n  maxconn 700\n")
    run("plan", "-t", "it.cfg", "--config", "new.cfg", "-o", "my plan.json")
    return Made(run, tmp_path / "my plan.json", tmp_path / "it.cfg")


def on(verb: list[str], made: Made) -> list[str]:
    return [*verb, made.path.name, *([] if verb == ["show"] else ["-t", "it.cfg"])]


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_another_plan_is_refused_with_both_digests_and_nothing_is_asked(made: Made, verb: list[str]) -> None:
    result = made.run(*on(verb, made), "--expect", OTHER, code=4, stdin="yes\n")
    assert f"  it is     {made.digest}\n  expected  {OTHER}\n" in result.stderr
    assert result.stdout == ""
    assert made.live.read_text() == "global\n  maxconn 500\n"
    shown = made.run(*made.hint(result.stderr)).stdout
    assert "maxconn  500 → 700" in shown


@pytest.mark.parametrize("verb", VERBS[:3], ids=" ".join)
def test_the_expected_plan_is_as_good_as_without(made: Made, verb: list[str]) -> None:
    told = made.run(*on(verb, made), "--expect", made.digest).stdout
    assert told.startswith(
        {"show": "hsync plan", "verify": "ok  the plan has the expected digest", "apply": "it: applied"}[verb[0]]
    )


def test_the_variable_is_the_same_and_an_option_goes_first(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSYNC_EXPECT", OTHER)
    refused = made.run("apply", made.path.name, "-t", "it.cfg", "--auto-approve", code=4)
    made.run(*made.hint(refused.stderr))
    made.run("apply", made.path.name, "-t", "it.cfg", "--auto-approve", "--expect", made.digest)


def test_a_plan_with_a_new_digest_of_its_own_is_another_one(made: Made) -> None:
    reviewed = made.digest
    document = json.loads(made.path.read_text())
    document["plan"]["notes"].append("nothing to see here")
    document["digest"] = planfile._digest(document["plan"])
    made.path.write_text(json.dumps(document))
    made.run("show", made.path.name)
    made.run("apply", made.path.name, "-t", "it.cfg", "--auto-approve", "--expect", reviewed, code=4)


def test_a_plan_that_says_the_expected_digest_and_is_another_is_refused_as_edited(made: Made) -> None:
    document = json.loads(made.path.read_text())
    document["plan"]["notes"].append("nothing to see here")
    made.path.write_text(json.dumps(document))
    told = made.run("show", made.path.name, "--expect", made.digest, code=1).stderr
    assert "the plan was changed after it was made" in told


PARTS = ["sha256:", "", "4c1d7f21", "sha256:4c1d7f214c1d", "SHA256:" + "0" * 64, "0" * 64, "md5:" + "0" * 64, OTHER + "0",
         OTHER + "\n", "sha256:" + "A" * 64]  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_a_digest_is_none(made: Made, part: str) -> None:
    told = made.run("apply", made.path.name, "-t", "it.cfg", "--auto-approve", "--expect", part, code=64).stderr
    assert made.live.read_text() == "global\n  maxconn 500\n"
    if part:
        assert "is not a whole digest" in told
        assert made.digest in made.run(*made.hint(told)).stdout


def test_what_reviewers_read_has_the_command_that_is_bound_to_it(made: Made) -> None:
    bound = f"hsync apply 'my plan.json' --expect {made.digest}"
    assert made.run("show", made.path.name).stdout.endswith(f"To run exactly this: {bound}\n")
    assert f"`{bound}`" in made.run("show", made.path.name, "--markdown").stdout
    assert json.loads(made.run("show", made.path.name, "--json").stdout)["plan_file"]["digest"] == made.digest


def test_a_command_in_a_message_keeps_what_was_expected(made: Made) -> None:
    told = made.run("apply", made.path.name, "--expect", made.digest, "-t", "it.cfg", code=64).stderr
    assert f"hsync apply 'my plan.json' --expect {made.digest} -t it.cfg --auto-approve" in told
    told = made.run("apply", made.path.name, "--expect", made.digest, code=64).stderr
    assert f"hsync apply 'my plan.json' --expect {made.digest} -t ./it.cfg" in told
