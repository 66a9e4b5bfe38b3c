from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from hsync.secrecy import MASK, hide, hide_line, learn, scope

VALUES = [
    "hunter2",
    "a b\tcd",
    'say "x" \\ $HOME',
    "it's #1",
    "two\r\nlines",
    "caf\xe9 \u202e",
    "p\xe4ss/w+rd=",
    "per%cent",
]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_hidden_however_it_is_spelled(value: str) -> None:
    once = json.dumps(value)[1:-1]
    spelled = [
        *(value, once, json.dumps(once)[1:-1], repr(value)[1:-1], quote(value), quote(value, safe="")),
        *(base64.b64encode(value.encode()).decode(), once.replace('\\"', '"'), value.replace(" ", "\\ ")),
    ]
    with scope():
        learn([value])
        assert [hide(f"<{one}>") for one in spelled] == [f"<{MASK}>"] * len(spelled)


WORDS: list[tuple[str, str, str, str]] = [
    ("the name of a member", "status", '{"status": "status"}', '{"status": "(secret)"}'),
    ("a number in a document", "20017", '{"version": 20017}', '{"version": 20017}'),
    ("a short value in a document", "abcd", "abcd", "abcd"),
    ("within a word", "hunter2", "xhunter2x", "x(secret)x"),
    ("a line of several", "hunter2\nhunter3\n", "only hunter3", "only (secret)"),
    ("blanks around it", " hunter2 ", "hunter2.", "(secret)."),
    ("nothing", "", "hunter2", "hunter2"),
]


@pytest.mark.parametrize(("what", "value", "text", "shown"), WORDS, ids=[row[0] for row in WORDS])
def test_a_document_stays_one(what: str, value: str, text: str, shown: str) -> None:
    with scope():
        learn([value])
        assert hide(text) == shown, what


@pytest.mark.parametrize(
    ("value", "text", "shown"),
    [
        ("abcd", "abcd xabcd", "(secret) xabcd"),
        ("20017", "20017 200171", "(secret) 200171"),
        ("80", "80", "80"),
        ("abc", "abc", "abc"),
    ],
)
def test_of_words_short_values_and_numbers_are_hidden_too(value: str, text: str, shown: str) -> None:
    with scope():
        learn([value])
        assert hide(text, words=True) == shown


def test_a_scope_knows_what_is_around_it_and_is_forgotten() -> None:
    learn(["hunter1"])  # nowhere
    with scope():
        learn(["hunter1"])
        with scope():
            learn(["hunter2"])
            assert hide("hunter1 hunter2 hunter3", ["hunter3"]) == "(secret) (secret) (secret)"
        assert hide("hunter1 hunter2") == hide_line("hunter1 hunter2") == "(secret) hunter2"
    assert hide("hunter1 hunter2") == hide_line("hunter1 hunter2") == "hunter1 hunter2"


def test_a_scope_of_a_run_is_none_of_another_thread() -> None:
    with scope():
        learn(["hunter2"])
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(hide, "hunter2").result() == "hunter2"
