from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml.error import MarkedYAMLError

from hsync.errors import InputError, UsageError
from hsync.render import load_variables, variables
from hsync.schema import Json


def load(folder: Path, name: str, text: str | bytes) -> dict[str, Json]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_variables([path], root=folder)


READ: list[tuple[str, str, dict[str, Json]]] = [
    ("v.yaml", "a: 1\nb: [x, 1.5, true, null]\nc: {d: 'e'}\n", {"a": 1, "b": ["x", 1.5, True, None], "c": {"d": "e"}}),
    ("v.yml", "a: yes\nb: on\nc: 010\nd: 0o10\n", {"a": "yes", "b": "on", "c": 10, "d": 8}),
    ("v.yaml", "a: &x {p: 1}\nb: *x\nc:\n  <<: *x\n  q: 2\n", {"a": {"p": 1}, "b": {"p": 1}, "c": {"p": 1, "q": 2}}),
    ("v.yaml", "a: |\n  one\n  two\nb: é\n", {"a": "one\ntwo\n", "b": "é"}),
    ("v.yaml", "", {}),
    ("v.yaml", "# nothing\n", {}),
    ("v.toml", 'a = 1\n[c]\nd = ["e"]\n', {"a": 1, "c": {"d": ["e"]}}),
    ("v.json", '{"a": 1.5, "b": {"c": [true, null]}}', {"a": 1.5, "b": {"c": [True, None]}}),
    ("v.json", "null", {}),
]


@pytest.mark.parametrize(("name", "text", "expected"), READ)
def test_files_are_read_as_json(tmp_path: Path, name: str, text: str, expected: dict[str, Json]) -> None:
    assert load(tmp_path, name, text) == expected


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefg", "bcdefgh", strict=True)
)

REFUSED: list[tuple[str, str | bytes, str]] = [
    ("v.yaml", "a: 1\nb: 2\na: 3\n", 'v.yaml:3:1: found duplicate key "a"'),
    ("v.yaml", "a: [\n", "v.yaml:2:1: "),
    ("v.yaml", "a: b: c\n", "v.yaml:1:5: mapping values are not allowed"),
    ("v.yaml", "a: *x\n", "v.yaml:1:4: found undefined alias"),
    ("v.yaml", "a: !!python/object:os.system x\n", "v.yaml:1:4: "),
    ("v.yaml", "a: 1\n---\nb: 2\n", "v.yaml:2:1: but found another document"),
    ("v.yaml", "a: \x01\n", "v.yaml: not YAML"),
    ("v.yaml", "[" * 1000, "v.yaml: nested too deep"),
    ("v.yaml", "- a\n", "v.yaml: an object is wanted at the top, not a list"),
    ("v.yaml", "text\n", "v.yaml: an object is wanted at the top, not text"),
    ("v.yaml", "a:\n  503: x\n", "v.yaml: a: the key 503 is no text"),
    ("v.yaml", "a: [{b: 2026-11-24}]\n", "v.yaml: a[0].b: a date (2026-11-24) is no text"),
    ("v.yaml", "a: .nan\n", "v.yaml: a: nan is no JSON number"),
    ("v.yaml", b"a: 1\nb: \xe9\n", "v.yaml:2: a byte that is not UTF-8"),
    ("v.toml", "a = 1\na = 2\n", "v.toml: not TOML: Cannot overwrite a value (at line 2"),
    ("v.toml", "a = 2026-11-24\n", "v.toml: a: a date (2026-11-24) is no text"),
    ("v.toml", "a = inf\n", "v.toml: a: inf is no JSON number"),
    ("v.json", '{"a": {"b": 1, "c": 2, "b": 3}}', "v.json: the key 'b' stands twice in one object"),
    ("v.json", '{"a": 1,\n "b" 2}', "v.json:2:6: not JSON: Expecting ':' delimiter"),
    ("v.json", '{"a": NaN}', "v.json: a: nan is no JSON number"),
    ("v.json", '{"a": ' + "9" * 5000 + "}", "v.json: not JSON: "),
    ("v.json", "true", "v.json: an object is wanted at the top, not true or false"),
    ("v.ini", "a=1", "v.ini: variables are read from .yaml, .yml, .toml, .json"),
]


@pytest.mark.parametrize(("name", "text", "what"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_is_no_json_is_refused_with_its_place(tmp_path: Path, name: str, text: str | bytes, what: str) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, name, text)
    assert what in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert caught.value.hint


def test_aliases_that_stand_for_billions_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variables, "MAX_VALUES", 5000)
    with pytest.raises(InputError, match=r"v\.yaml: more than 5000 values"):
        load(tmp_path, "v.yaml", LAUGHS)


def test_a_fault_of_yaml_without_a_place_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def __init__(self, **_: object) -> None:
            pass

        def load(self, _: str) -> None:
            raise MarkedYAMLError

    monkeypatch.setattr(variables, "YAML", Failing)
    with pytest.raises(InputError, match=r"v\.yaml: not YAML"):
        load(tmp_path, "v.yaml", "")


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read the variables .*v\.yaml: No such file"):
        load_variables([tmp_path / "v.yaml"])


def test_later_files_win_and_mappings_are_merged(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("m: {x: 1, deep: {p: 1, q: 1}}\nl: [1, 2]\ns: {t: 1}\n", encoding="utf-8")
    (tmp_path / "b.toml").write_text("l = [3]\ns = 'text'\n[m]\ny = 2\n[m.deep]\nq = 2\n", encoding="utf-8")
    found = load_variables([tmp_path / "a.yaml", tmp_path / "b.toml"], ["m.deep.p=9", "new=1"])
    assert found == {"m": {"x": 1, "deep": {"p": 9, "q": 2}, "y": 2}, "l": [3], "s": "text", "new": 1}


PAIRS: list[tuple[str, dict[str, Json]]] = [
    ("a=8080", {"a": 8080}),
    ("a=1.5", {"a": 1.5}),
    ("a=true", {"a": True}),
    ("a=null", {"a": None}),
    ("a=~", {"a": None}),
    ("a=", {"a": ""}),
    ("a='8080'", {"a": "8080"}),
    ('a="x\\ty"', {"a": "x\ty"}),
    ("a=text", {"a": "text"}),
    ("a=b=c", {"a": "b=c"}),
    ("a=x # not a comment", {"a": "x # not a comment"}),
    ("a=# x", {"a": "# x"}),
    ("a=[1, 2]", {"a": "[1, 2]"}),
    ("a=x: y", {"a": "x: y"}),
    ("a={", {"a": "{"}),
    ("a=2026-11-24", {"a": "2026-11-24"}),
    ("a=.inf", {"a": ".inf"}),
    ("a= x ", {"a": " x "}),
    ("a.b_2.c=1", {"a": {"b_2": {"c": 1}}}),
]


@pytest.mark.parametrize(("pair", "expected"), PAIRS)
def test_a_pair_is_a_scalar(pair: str, expected: dict[str, Json]) -> None:
    assert load_variables([], [pair]) == expected


@pytest.mark.parametrize("pair", ["a", "=1", "a.=1", ".a=1", "a b=1", "1a=1", "a-b=1"])
def test_a_pair_that_is_none_is_refused_without_its_value(pair: str) -> None:
    with pytest.raises(UsageError, match="NAME=VALUE is wanted") as caught:
        load_variables([], [pair])
    assert "=1" not in str(caught.value).replace("=VALUE", "")
