from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml.error import MarkedYAMLError

from hsync.errors import InputError, UsageError
from hsync.render import load_variables, yaml_files
from hsync.schema import Json


def load(folder: Path, name: str, text: str | bytes) -> dict[str, Json]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_variables([path], root=folder)


READ: list[tuple[str, str, dict[str, Json]]] = [
    ("v.yaml", "a: 1\nb: [x, 1.5, true, null]\nc: {d: 'e'}\n", {"a": 1, "b": ["x", 1.5, True, None], "c": {"d": "e"}}),
    ("v.yml", "a: 'yes'\nb: \"on\"\nc: 0x1F\ny: {n: 1}\n", {"a": "yes", "b": "on", "c": 31, "y": {"n": 1}}),
    ("v.yaml", "%YAML 1.1\n---\na: no\nb: 0660\n", {"a": False, "b": 432}),
    (
        "v.yaml",
        "a: !!str 010\nb: !!int '3'\nc: !!float 1\nd: ! no\ne: !!bool true\n",
        {"a": "010", "b": 3, "c": 1, "d": "no", "e": True},
    ),
    ("v.yaml", "a: !unsafe '{{ x }}'\nb: !unsafe {c: ['{{ x }}']}\n", {"a": "{{ x }}", "b": {"c": ["{{ x }}"]}}),
    (
        "v.yaml",
        "b: &b {p: 1}\nc: &c {p: 2, q: 2}\nd: {<<: [*b, *c], r: 3}\n",
        {"b": {"p": 1}, "c": {"p": 2, "q": 2}, "d": {"p": 1, "q": 2, "r": 3}},
    ),
    ("v.json", '\ufeff{"a": 1}', {"a": 1}),
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
    ("v.yaml", "on: 1\n", "v.yaml:1:1: on is true in YAML 1.1"),
    ("v.yaml", "a: [\n", "v.yaml:2:1: "),
    ("v.yaml", "a: b: c\n", "v.yaml:1:5: mapping values are not allowed"),
    ("v.yaml", "a: *x\n", "v.yaml:1:4: found undefined alias"),
    ("v.yaml", "a: !!python/object:os.system x\n", "v.yaml:1:4: "),
    ("v.yaml", "a: 1\n---\nb: 2\n", "v.yaml:2:1: but found another document"),
    ("v.yaml", "a: \x01\n", "v.yaml:1:4: not YAML: unacceptable character"),
    ("v.yaml", "[" * 1000, "v.yaml:1:102: nested too deep"),
    ("v.yaml", "a: " + "{a: " * 5000, "nested too deep"),
    ("v.yaml", "- " * 5000, "v.yaml:1:203: nested too deep"),
    ("v.yaml", "a:\n  b: &x\n    c: *x\n", "v.yaml:3:8: *x is part of itself"),
    ("v.yaml", "a: &x [1, [*x]]\n", "v.yaml:1:12: *x is part of itself"),
    ("v.yaml", "a: &x {<<: *x}\n", "v.yaml:1:12: *x is part of itself"),
    ("v.yaml", "a: {<<: 1}\n", "v.yaml:1:9: << expects an object"),
    (
        "v.yaml",
        "a: {{ x }}\n",
        "v.yaml:1:5: expected a text as a key, got a list or an object; put a template in quotes",
    ),
    ("v.yaml", "a: !vault |\n  1\n", "v.yaml:1:4: Ansible Vault is not decrypted"),
    ("v.yaml", "a: !!set {b}\n", "v.yaml:1:4: unknown tag !!set"),
    ("v.yaml", "a: !!int x\n", "v.yaml:1:4: 'x' is not a value of the tag int"),
    ("v.yaml", "a: " + "9" * 5000 + "\n", "v.yaml:1:4: a: a number of 5000 digits"),
    ("v.yaml", 'a: "\\ud800"\n', "v.yaml:1:4: a text with half of a character"),
    ("v.yaml", "a: no\nb: [on, 0660]\n", "v.yaml:2:9: 0660 is 432 in YAML 1.1 (Ansible) and 660 in YAML 1.2"),
    ("v.yaml", "- a\n", "v.yaml: expected an object at the top, got a list"),
    ("v.yaml", "text\n", "v.yaml: expected an object at the top, got a text"),
    ("v.yaml", "a:\n  503: x\n", 'v.yaml:2:3: a: the key 503 is not a text; write it in quotes: "503"'),
    ("v.yaml", "a: [{b: 2026-11-24}]\n", "v.yaml:1:9: 2026-11-24 is a date in YAML 1.1"),
    ("v.yaml", "a: .nan\n", "v.yaml:1:4: a: .nan is not a JSON number"),
    ("v.yaml", b"a: 1\nb: \xe9\n", "v.yaml:2: a byte that is not UTF-8"),
    ("v.toml", "a = 1\na = 2\n", "v.toml:2:6: not TOML: Cannot overwrite a value"),
    ("v.toml", "a = 2026-11-24\n", "v.toml:1: a: a date (2026-11-24) is not a text"),
    ("v.toml", "a = inf\n", "v.toml:1: a: inf is not a JSON number"),
    ("v.toml", "a = " + "[" * 5000, "v.toml:1:105: nested too deep"),
    ("v.toml", ".".join("a" * 5000) + " = 1", "v.toml:1: nested too deep"),
    ("v.toml", "a = " + "9" * 5000, "v.toml:1:5: a number of 5000 digits"),
    ("v.toml", "a = [", "v.toml:1:6: not TOML: "),
    ("v.json", "[" * 100_000, "v.json:1:101: nested too deep"),
    ("v.json", '{"a":' * 150 + "1" + "}" * 150, "v.json:1:501: nested too deep"),
    ("v.json", '{"a": "\\ud800"}', "v.json:1: a: a text with half of a character"),
    ("v.json", '{"a": {"b": 1, "c": 2, "b": 3}}', "v.json:1:7: not JSON: duplicate key 'b'"),
    ("v.json", '{"a": 1,\n "b" 2}', "v.json:2:6: not JSON: Expecting ':' delimiter"),
    ("v.json", '{"a": NaN}', "v.json:1: a: nan is not a JSON number"),
    ("v.json", '{"a": ' + "9" * 5000 + "}", "v.json:1:7: a number of 5000 digits"),
    ("v.json", "true", "v.json: expected an object at the top, got true or false"),
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
    monkeypatch.setattr(yaml_files, "MAX_VALUES", 5000)
    with pytest.raises(InputError, match=r"v\.yaml:\d+:\d+: more than 5000 values"):
        load(tmp_path, "v.yaml", LAUGHS)


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: no\nb: 1:30\n", encoding="utf-8")
    (tmp_path / "b.json").write_text("{", encoding="utf-8")
    (tmp_path / "c.yaml").write_text("c: [\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_variables([tmp_path / name for name in ("a.yaml", "b.json", "c.yaml")], root=tmp_path)
    assert [place in str(caught.value) for place in ("a.yaml:1:4", "a.yaml:2:4", "b.json:1:2", "c.yaml:2:1")] == [
        True
    ] * 4
    assert 'yaml = "1.1" in hsync.toml' in caught.value.hint


def test_the_version_of_the_project_decides(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: no\nb: 0660\nc: y\nd: 1_000\ne: 1:30\nf: 1e3\n", encoding="utf-8")
    old = load_variables([tmp_path / "a.yaml"], yaml="1.1")
    new = load_variables([tmp_path / "a.yaml"], yaml="1.2")
    assert old == {"a": False, "b": 432, "c": "y", "d": 1000, "e": 90, "f": "1e3"}
    assert new == {"a": "no", "b": 660, "c": "y", "d": "1_000", "e": "1:30", "f": 1000.0}


def test_a_fault_of_yaml_without_a_place_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def __init__(self, **_: object) -> None:
            pass

        def parse(self, _: str) -> Iterator[object]:
            raise MarkedYAMLError
            yield

    monkeypatch.setattr(yaml_files, "YAML", Failing)
    with pytest.raises(InputError, match=r"v\.yaml: not YAML"):
        load(tmp_path, "v.yaml", "")


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read the variables .*v\.yaml: No such file"):
        load_variables([tmp_path / "v.yaml"])


def test_later_files_win_and_mappings_are_merged(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("m: {x: 1, deep: {p: 1, q: 1}}\nl: [1, 2]\ns: {t: 1}\n", encoding="utf-8")
    (tmp_path / "b.toml").write_text("l = [3]\ns = 'text'\n[m]\nw = 2\n[m.deep]\nq = 2\n", encoding="utf-8")
    found = load_variables([tmp_path / "a.yaml", tmp_path / "b.toml"], ["m.deep.p=9", "new=1"])
    assert found == {"m": {"x": 1, "deep": {"p": "9", "q": 2}, "w": 2}, "l": [3], "s": "text", "new": "1"}


TEXTS = [
    "8080",
    "1.10",
    "007",
    "true",
    "null",
    "~",
    "",
    "'8080'",
    "b=c",
    "x # no comment",
    "[1, 2]",
    "x: y",
    "2026-11-24",
    " x ",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_value_of_a_pair_is_text_whatever_it_looks_like(text: str) -> None:
    assert load_variables([], [f"a={text}"]) == {"a": text}


JSON_PAIRS: list[tuple[str, dict[str, Json]]] = [
    ("a=8080", {"a": 8080}),
    ("a=1.5", {"a": 1.5}),
    ("a=true", {"a": True}),
    ("a=null", {"a": None}),
    ('a="007"', {"a": "007"}),
    ('a=["{{ x }}", {"b": 1}]', {"a": ["{{ x }}", {"b": 1}]}),
    ("a.b_2.c=1", {"a": {"b_2": {"c": 1}}}),
]


@pytest.mark.parametrize(("pair", "expected"), JSON_PAIRS)
def test_a_json_pair_has_its_type(pair: str, expected: dict[str, Json]) -> None:
    assert load_variables([], [], [pair]) == expected


@pytest.mark.parametrize("pair", ["a", "=1", "a.=1", ".a=1", "a b=1", "1a=1", "a-b=1"])
def test_a_pair_that_is_none_is_refused_without_its_value(pair: str) -> None:
    for pairs, named in (([[pair], []], "NAME=TEXT"), ([[], [pair]], "NAME=JSON")):
        with pytest.raises(UsageError, match=f"expected {named}") as caught:
            load_variables([], *pairs)
        assert "=1" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["007", "x", "", "NaN", "[" * 100_000, "9" * 5000, '{"b": 1, "b": 2}', '"\\ud800"', "[" * 200 + "]" * 200]
)
def test_a_json_pair_that_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--var-json a: ") as caught:
        load_variables([], [], [f"a={text}"])
    assert "--var a=" in caught.value.hint


def test_a_name_with_dots_replaces_no_value_on_its_way(tmp_path: Path) -> None:
    (tmp_path / "v.yaml").write_text("servers: [1]\nempty:\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"--var servers\.web1\.port: servers is a list, not an object") as caught:
        load_variables([tmp_path / "v.yaml"], ["servers.web1.port=1"])
    assert "--var-json servers=JSON" in caught.value.hint
    assert load_variables([tmp_path / "v.yaml"], ["empty.a=1"])["empty"] == {"a": "1"}


def test_equal_templates_of_json_have_their_own_lines(tmp_path: Path) -> None:
    """They are looked for in the order of the text, so that many of them cost no more than one."""
    items = [{"a": "{{ x }}", "b": f"{{{{ y }}}} {n}"} for n in range(20_000)]
    (tmp_path / "v.json").write_text(json.dumps({"items": items, "last": "{{ x }}"}, indent=1), encoding="utf-8")
    started = time.process_time()
    found = load_variables([tmp_path / "v.json"], root=tmp_path)
    assert time.process_time() - started < 10
    lines = (tmp_path / "v.json").read_text().splitlines()
    for path, words in [
        (("items", 0, "a"), '"a": "{{ x }}"'),
        (("items", 19_999, "b"), "{{ y }} 19999"),
        (("last",), '"last"'),
    ]:
        number = int(found.place(path).split(":")[1])
        assert words in lines[number - 1]
    assert found.place(("items", 1, "a")).startswith("v.json:8: ")
