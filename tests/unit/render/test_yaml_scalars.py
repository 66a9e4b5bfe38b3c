"""Words of YAML, and their values in each version; `ANSIBLE` was recorded with PyYAML 6."""

from __future__ import annotations

import pytest

from hsync.render.yaml_scalars import Scalar, UnreadError, ambiguity, in_1_1, in_1_2

SAME: list[tuple[str, Scalar]] = [
    ("", None),
    ("~", None),
    ("null", None),
    ("true", True),
    ("False", False),
    ("0", 0),
    ("10", 10),
    ("-7", -7),
    ("+5", 5),
    ("0x1F", 31),
    ("1.5", 1.5),
    ("1.", 1.0),
    (".5", 0.5),
    ("1.5e+3", 1500.0),
    ("text", "text"),
    ("nO", "nO"),
    ("1.2.3", "1.2.3"),
    ("10.0.0.1", "10.0.0.1"),
    ("10.0.0.1:80", "10.0.0.1:80"),
    ("*:80", "*:80"),
    ("5s", "5s"),
    ("0o", "0o"),
    ("8080:80a", "8080:80a"),
    ("::1", "::1"),
    ("yes!", "yes!"),
    ("20:99", "20:99"),
]


@pytest.mark.parametrize(("word", "value"), SAME)
def test_words_that_both_versions_read_alike(word: str, value: Scalar) -> None:
    for read in (in_1_1, in_1_2):
        assert (type(read(word)), read(word)) == (type(value), value)
    assert ambiguity(word) is None


ANSIBLE: list[tuple[str, Scalar, Scalar]] = [
    ("no", False, "no"),
    ("No", False, "No"),
    ("OFF", False, "OFF"),
    ("yes", True, "yes"),
    ("on", True, "on"),
    ("0660", 432, 660),
    ("-010", -8, -10),
    ("08", "08", 8),
    ("1_000", 1000, "1_000"),
    ("1_0.5", 10.5, "1_0.5"),
    ("0b11", 3, "0b11"),
    ("0o17", "0o17", 15),
    ("1:30", 90, "1:30"),
    ("-1:30", -90, "-1:30"),
    ("1:30.5", 90.5, "1:30.5"),
    ("190:20:30", 685230, "190:20:30"),
    ("1e3", "1e3", 1000.0),
    ("1.5e3", "1.5e3", 1500.0),
    ("-.5", "-.5", -0.5),
]


@pytest.mark.parametrize(("word", "old", "new"), ANSIBLE)
def test_words_that_the_versions_read_differently(word: str, old: Scalar, new: Scalar) -> None:
    assert (type(in_1_1(word)), in_1_1(word)) == (type(old), old)
    assert (type(in_1_2(word)), in_1_2(word)) == (type(new), new)
    told = ambiguity(word)
    assert told is not None
    assert told[0].startswith(f"{word} is ")
    assert f'"{word}"' in told[1]


@pytest.mark.parametrize("word", ["2026-11-24", "2026-1-4 10:00:00", "0b_", "0x_", "1e999", "1.0e+999"])
def test_words_that_one_version_does_not_read(word: str) -> None:
    refusing = []
    for read in (in_1_1, in_1_2):
        try:
            read(word)
        except UnreadError:
            refusing.append(read)
    assert refusing


@pytest.mark.parametrize("word", [".inf", "-.INF", ".nan", "9" * 5000])
def test_words_that_no_version_reads(word: str) -> None:
    for read in (in_1_1, in_1_2):
        with pytest.raises(UnreadError):
            read(word)
    assert ambiguity(word) is None


@pytest.mark.parametrize("word", ["y", "N", "Y"])
def test_single_letters_are_refused_as_values_and_taken_as_names(word: str) -> None:
    told = ambiguity(word)
    assert told is not None
    assert f'or "{word}"' in told[1]
    assert ambiguity(word, is_key=True) is None
    assert (in_1_1(word), in_1_2(word)) == (word, word)
