"""Any file of variables is read, or refused with its name and a hint."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hsync.errors import HsyncError, InputError
from hsync.render import load_variables, render

PIECES = st.sampled_from(
    [
        *(
            "a",
            "b: ",
            "- ",
            "? ",
            ": ",
            "\n",
            "\n  ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "&x ",
            "*x",
            "<<: ",
            "!!int ",
            "!unsafe ",
            "|\n",
        ),
        *(
            '"',
            "'",
            "\\",
            "#",
            "%YAML 1.1\n",
            "---\n",
            "no",
            "0660",
            "1:30",
            "1e999",
            ".nan",
            "2026-11-24",
            "~",
            "\t",
            "\r",
        ),
        *(
            "[a]\n",
            "a.b = ",
            "= ",
            "1",
            "true",
            "null",
            '"a": ',
            "{{ a }}",
            "{% if %}",
            "\x01",
            "\x85",
            "\ufeff",
            "é",
            "9" * 4400,
        ),
        *("\\ud800", "[" * 120, "a." * 120, "- " * 120, "{a: " * 120, '{"a":' * 120),
    ]
)
texts = st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=30))


@settings(max_examples=300, deadline=None)
@given(texts, st.sampled_from([".yaml", ".toml", ".json"]), st.sampled_from(["", "1.1", "1.2"]))
def test_a_file_is_read_or_refused(text: str, suffix: str, version: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / f"v{suffix}"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        (folder / "t").write_text("{% for k in ['a', 'b'] %}{{ k }}{% endfor %}{{ a }}", encoding="utf-8")
        try:
            known = load_variables([path], root=folder, yaml=version)
            render(folder / "t", variables=known, root=folder)
        except InputError as error:
            told = error
        else:
            return
    assert told.hint
    assert f"v{suffix}" in str(told) or "t:1" in str(told)


@settings(max_examples=100, deadline=None)
@given(texts)
def test_a_value_of_the_command_line_is_read_or_refused(text: str) -> None:
    assert load_variables([], [f"a={text}"]) == {"a": text}
    try:
        load_variables([], [], [f"a={text}"])
    except HsyncError as error:
        told = error
    else:
        return
    assert str(told).startswith("--var-json a: ")


@pytest.mark.parametrize("suffix", [".yaml", ".toml", ".json"])
@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x00", b"", b"\xef\xbb\xbf"])
def test_bytes_that_are_no_text_end_in_a_message(suffix: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / f"v{suffix}").write_bytes(data)
    try:
        assert load_variables([tmp_path / f"v{suffix}"]) == {}
    except InputError as error:
        told = str(error)
    else:
        return
    assert f"v{suffix}" in told
