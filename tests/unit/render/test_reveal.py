"""The values of secrets are put in where they are one word, and nowhere else; no message has a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsync.errors import ConfigError, InputError
from hsync.render import Secrets, render
from hsync.render.reveal import Revealed, reveal

ENVIRONMENT = {
    "PLAIN": "hunter2", "BLANKS": "hun ter 2", "QUOTES": "hun\"te'r2", "DOLLAR": "hun$HOME", "LINES": "hunter\n2", "HASH": "hun#ter2",
    "BACK": "hun\\ter2", "SHORT": "h2", "CONTROL": "hun\x1bter", "ACCENT": "hüntér2", "PORT": "48443",
}  # fmt: skip


def revealed(source: str, folder: Path) -> Revealed:
    (folder / "t.j2").write_text(source, encoding="utf-8")
    made = render(folder / "t.j2", variables={}, root=folder)
    return reveal(made, Secrets(folder, ENVIRONMENT).value_of)


TAKEN = [
    ("a {{ secret('env:PLAIN') }}\n", "a hunter2\n"),
    ("a x{{ secret('env:PLAIN') }}y", "a xhunter2y"),
    ("a :{{ secret('env:SHORT') }} \"{{ secret('env:SHORT') }}\"", 'a :h2 "h2"'),
    ('a "b {{ secret("env:BLANKS") }} c"', 'a "b hun ter 2 c"'),
    ("a 'b {{ secret(\"env:DOLLAR\") }}'", "a 'b hun$HOME'"),
    ("a {{ secret('env:DOLLAR') }}", "a hun$HOME"),
    ("a {{ secret('env:BLANKS') | quote }} b", "a 'hun ter 2' b"),
    ("a {{ secret('env:QUOTES') | quote }}", 'a "hun\\"te\'r2"'),
    ("a {{ secret('env:LINES') | quote }}", 'a "hunter\\n2"'),
    ("a {{ secret('env:HASH') | quote }}", "a 'hun#ter2'"),
    ("a b # {{ secret('env:BLANKS') }}", "a b # hun ter 2"),
    ("# stats auth joe:{{ secret('env:BLANKS') }}", "# stats auth joe:hun ter 2"),
    ("a {{ secret('env:ACCENT') }}", "a hüntér2"),
    ("a {{ secret('env:PLAIN') ~ ':' ~ secret('env:PORT') }}", "a hunter2:48443"),
    ("a {{ ('joe:' ~ secret('env:BLANKS')) | b64encode }}", "a am9lOmh1biB0ZXIgMg=="),
]


@pytest.mark.parametrize(("source", "text"), TAKEN)
def test_a_secret_is_put_in(source: str, text: str, tmp_path: Path) -> None:
    found = revealed(source, tmp_path)
    assert found.text == text
    assert "hun" not in found.shown
    assert "(secret)" in found.shown


def test_the_lines_of_secrets_are_known(tmp_path: Path) -> None:
    found = revealed(
        "a\nb {{ secret('env:PLAIN') }} {{ secret('env:PORT') | quote }}\nc\nd {{ secret('env:PLAIN') }}\n", tmp_path
    )
    assert found.places == {2: ("env:PLAIN", "quote(env:PORT)"), 4: ("env:PLAIN",)}
    assert found.shown == "a\nb (secret) (secret)\nc\nd (secret)\n"


REFUSED = [
    ("a {{ secret('env:BLANKS') }}", "env:BLANKS would be several words here; use the filter quote"),
    ("a {{ secret('env:QUOTES') }}", "env:QUOTES has a character with a special meaning for HAProxy here"),
    ('a "{{ secret("env:QUOTES") }}"', "env:QUOTES has a character with a special meaning for HAProxy here"),
    ('a "{{ secret("env:DOLLAR") }}"', "env:DOLLAR has a character with a special meaning for HAProxy here"),
    ("a {{ secret('env:BACK') }}", "env:BACK has a character with a special meaning for HAProxy"),
    ("a {{ secret('env:HASH') }}", "env:HASH would be several words here"),
    ("a {{ secret('env:LINES') }}", "env:LINES has a line break"),
    ("{{ secret('env:LINES') | lines }}", "env:LINES has a line break"),
    ('a "{{ secret("env:LINES") }}"', "env:LINES has a line break"),
    ("# {{ secret('env:LINES') }}", "env:LINES has a line break"),
    ("a {{ secret('env:CONTROL') }}", "env:CONTROL has a control character"),
    ("a x{{ secret('env:SHORT') }}", "env:SHORT is short and part of a word"),
    ("a {{ secret('env:SHORT') }}x", "env:SHORT is short"),
    ("a {{ (' ' ~ secret('env:PLAIN')) | upper }}", "upper('%20'~env:PLAIN) would be several words here"),
]


@pytest.mark.parametrize(("source", "what"), REFUSED)
def test_a_secret_that_would_be_more_than_a_word_is_refused(source: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        revealed(f"first\n{source}\n", tmp_path)
    assert f"t.j2:2: the secret {what}" in caught.value.message
    assert "hun" not in caught.value.message.replace("hunter2.j2", "")
    assert "HOME" not in caught.value.message
    assert "secret(" in caught.value.hint


def test_all_of_them_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        revealed("a {{ secret('env:BLANKS') }} {{ secret('env:LINES') }}\nb {{ secret('env:HASH') }}\n", tmp_path)
    assert [fault.where for fault in caught.value.faults] == ["t.j2:1", "t.j2:1", "t.j2:2"]
    assert caught.value.faults[0].line == "a (secret) (secret)"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            "x\n{{ secret('env:NONE') }}",
            "t.j2:2: secret env:NONE: the variable is not set\n    {{ secret('env:NONE') }}",
        ),
        ("{{ secret('env:PLAIN') | b64decode }}", "t.j2:1: secret b64decode(env:PLAIN): b64decode: it is not base64"),
        ("{{ secret('file:none') }}", "t.j2:1: cannot read the secret "),
    ],
)
def test_a_secret_without_a_value_is_told_at_its_line(source: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        revealed(source, tmp_path)
    assert caught.value.message.startswith(told)
    assert caught.value.hint
    assert "hunter2" not in str(caught.value)
