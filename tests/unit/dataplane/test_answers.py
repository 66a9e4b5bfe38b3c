from __future__ import annotations

import pytest

from hsync.dataplane.answers import MAX_MESSAGE, Answer, lines, one_line, refused
from hsync.errors import TargetError


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"code":400,"message":"no such thing\\n"}', "no such thing"),
        (b"404 page not found\n", "404 page not found"),
        (b"", ""),
        (b'{"code":400}', '{"code":400}'),
        (b'{"message":5}', '{"message":5}'),
        (b'["message"]', '["message"]'),
        (b"\xff broken", "� broken"),
        (b"[" * 50_000, "[" * 50_000),
    ],
)
def test_the_message_is_the_server_s_own_words(body: bytes, message: str) -> None:
    assert Answer(400, body).message == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words", "plain words"),
        ("one\n two \r\n\nthree", "one; two; three"),
        ("a\x1b[31mred\x07", "a\\x1b[31mred\\x07"),
        ("a\tb", "a b"),
        ("right\u202eleft", "right\\u202eleft"),
        ("thin\u2009space", "thin\\u2009space"),
        ("\udcff", "\\udcff"),
        ("Käse 試", "Käse 試"),
        ("x" * (MAX_MESSAGE + 1), "x" * MAX_MESSAGE + " ..."),
    ],
)
def test_one_line_holds_nothing_a_terminal_would_act_on(text: str, expected: str) -> None:
    assert one_line(text) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            (
                "validation error: exit status 1: err transactionId=4f \n"
                "msg=\"config parsing [/tmp/haproxy.cfg.4f:18] unknown fetch method 'no_such'.\"\n"
                'msg="config Fatal errors found in configuration."'
            ),
            "config parsing [/tmp/haproxy.cfg.4f:18] unknown fetch method 'no_such'.\nconfig Fatal errors found in configuration.",
        ),
        ('err transactionId=4f \nline=7 msg="unknown keyword \\"x\\""', 'line 7: unknown keyword "x"'),
        ('exit status 1: msg="config parsing [/tmp/a:29] balance"\n', "config parsing [/tmp/a:29] balance"),
        ("[NOTICE] : one\n\n[ALERT]\x1b : two", "[NOTICE] : one\n[ALERT]\\x1b : two"),
        ("", ""),
    ],
)
def test_lines_take_the_checker_s_frame_off(message: str, expected: str) -> None:
    assert lines(message) == expected


@pytest.mark.parametrize(
    ("status", "body", "message", "hint"),
    [
        (400, b'{"message":"bad"}', "at: the server answered 400: bad", ""),
        (500, b"", "at: the server answered 500", ""),
        (401, b"", "at: the server answered 401", "set HSYNC_USER and HSYNC_PASSWORD to a user of the Data Plane API"),
        (
            302,
            b"",
            "at: the server answered 302",
            "redirects are not followed: give the server's own URL",
        ),
    ],
)
def test_a_refusal_carries_status_words_and_what_to_do(status: int, body: bytes, message: str, hint: str) -> None:
    error = refused("at", Answer(status, body))
    assert (error.message, error.status, error.hint) == (message, status, hint)


def test_a_refusal_keeps_all_lines_as_an_attribute() -> None:
    assert refused("at", Answer(400, b'{"message":"a\\nb"}')).server_message == "a\nb"


def test_a_hint_of_the_caller_goes_first() -> None:
    assert refused("at", Answer(401), "do that").hint == "do that"


@pytest.mark.parametrize(("body", "value"), [(b"", None), (b"null", None), (b"[1]", [1]), (b'{"a":{}}', {"a": {}})])
def test_json_is_the_value(body: bytes, value: object) -> None:
    assert Answer(200, body).json("at") == value


@pytest.mark.parametrize("body", [b"<html>\x1b", b"{", b"[" * 50_000, b"\xff"])
def test_what_is_no_json_is_an_error_that_says_where(body: bytes) -> None:
    with pytest.raises(TargetError, match=r"^at: the answer is not JSON: "):
        Answer(200, body).json("at")
