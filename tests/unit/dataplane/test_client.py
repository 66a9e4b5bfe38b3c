from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from hsync.dataplane import Committed, DataplaneClient, Pushed, Snapshot
from hsync.dataplane.embedded import EmbeddedSettings
from hsync.errors import (
    BugError,
    HsyncError,
    OutcomeUnknown,
    ReloadFailedError,
    ServerRefused,
    StalePlanError,
    TargetError,
    UsageError,
)
from hsync.plan.plan import Request
from tests.corpus import CORPUS, needs_corpus
from tests.unit.dataplane.script import URL, Script, refusal, script

SERVERS = "/services/haproxy/configuration/backends/web/servers"
RAW = "/services/haproxy/configuration/raw"
TX = "/services/haproxy/transactions"
PIN = "sha256//" + "A" * 43 + "="
LOST = httpx.RemoteProtocolError("Server disconnected")
MISMATCH = "version mismatch: version in configuration file is 9, given version is 7"
INVALID = (
    'validation error: exit status 1: err transactionId=4f-1 \nline=18 msg="unknown fetch method"\nmsg="Fatal errors"'
)
CREATE = Request("POST", SERVERS, (), {"name": "s1"})


def in_progress(status: str = "in_progress") -> tuple[int, dict[str, Any]]:
    return 200, {"_version": 7, "id": "t1", "status": status}


def raised(call: Any) -> HsyncError:
    """The error that a call raises, with exactly this type."""
    with pytest.raises(HsyncError) as caught:
        call()
    return caught.value


# --- the API release


@pytest.mark.parametrize(("version", "line"), [("3.0", "3.0"), ("3.4", "3.4"), ("3.12", "3.12"), ("3.4.2", "3.4")])
def test_the_api_release_is_read_once(version: str, line: str) -> None:
    server = script((200, {"info": {"version": version}}))
    client = server.client()
    assert (client.api_release(), client.api_release()) == (line, line)
    assert server.sent == ["GET /specification"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"info": {"version": "2.9"}}, "speaks version 2.9"),
        ({"info": {"version": "3.x"}}, "speaks version 3.x"),
        ({"info": {"version": "33.1"}}, "speaks version 33.1"),
        ({"info": {"version": 3.4}}, "speaks version unknown"),
        ({"info": []}, "speaks version unknown"),
        ([], "speaks version unknown"),
        ("<html>", "the answer is not JSON: <html>"),
    ],
)
def test_what_is_not_version_3_is_refused(body: Any, words: str) -> None:
    error = raised(script((200, body)).client().api_release)
    assert type(error) is TargetError
    assert words in error.message


@pytest.mark.parametrize(
    ("status", "words"),
    [(200, "speaks version 2 of"), (401, "speaks version 2 of"), (404, "not a Data Plane API of version 3")],
)
def test_an_api_of_version_2_is_recognised(status: int, words: str) -> None:
    server = script(refusal(404, "not found"), (status, "text"))
    assert words in raised(server.client().api_release).message
    assert str(server.requests[1].url) == f"{URL}/v2/specification"


def test_wrong_credentials_say_what_to_set() -> None:
    error = raised(script(refusal(401, "unauthorized")).client().api_release)
    assert isinstance(error, ServerRefused)
    assert error.message == f"{URL}: GET /specification: the server answered 401: unauthorized"
    assert "HSYNC_USER and HSYNC_PASSWORD" in error.hint


# --- reads


def test_json_is_read_with_its_query() -> None:
    server = script((200, None), (200, [{"id": 1}]))
    client = server.client()
    assert client.get_json("/services/haproxy/reloads") is None
    assert client.get_json(TX, (("status", "failed"),)) == [{"id": 1}]
    assert server.sent == ["GET /services/haproxy/reloads", f"GET {TX}?status=failed"]


@pytest.mark.parametrize("status", [201, 204, 400, 404, 500])
def test_a_read_wants_200(status: int) -> None:
    error = raised(lambda: script(refusal(status, "words")).client().get_json("/x"))
    assert isinstance(error, ServerRefused)
    assert (error.status, error.server_message) == (status, "words")


def test_a_snapshot_is_text_and_version_of_one_answer() -> None:
    text = "# _md5hash=0123456789abcdef0123456789abcdef\n# _version=7\nglobal\n  # \udcff\r\n"
    server = script((200, text.encode("utf-8", "surrogateescape"), {"Configuration-Version": "8"}))
    snapshot = server.client().snapshot()
    assert (snapshot.text, snapshot.version, snapshot.disk_version) == (text, 8, 7)
    assert server.sent == [f"GET {RAW}"]


def test_the_staged_text_is_read_by_transaction() -> None:
    server = script((200, "global\n"))
    assert server.client().snapshot("t 1") == Snapshot.of("global\n", 7)
    assert server.sent == [f"GET {RAW}?transaction_id=t+1"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, "hello", {"Configuration-Version": ""}), "this is not a Data Plane API"),
        (refusal(400, "gone"), "answered 400: gone"),
    ],
)
def test_a_snapshot_that_is_none_is_an_error(answer: tuple[Any, ...], words: str) -> None:
    error = raised(script(answer).client().snapshot)
    assert isinstance(error, TargetError)
    assert words in error.message


# --- transactions


def test_a_transaction_is_opened_at_a_version() -> None:
    server = script((201, {"_version": 7, "id": "4f-1", "status": "in_progress"}))
    assert server.client().begin(7) == "4f-1"
    assert server.sent == [f"POST {TX}?version=7"]


@pytest.mark.parametrize(
    ("answer", "kind", "words", "hint"),
    [
        (refusal(409, MISMATCH), StalePlanError, MISMATCH, "hsync plan"),
        (
            refusal(429, "maximum amount of 20"),
            ServerRefused,
            "maximum amount of 20",
            f"GET {URL}/v3{TX}?status=in_progress",
        ),
        (refusal(500, "disk full"), ServerRefused, "answered 500: disk full", ""),
        (refusal(401, "unauthorized"), ServerRefused, "answered 401", "HSYNC_USER"),
        ((200, {"id": "4f"}), ServerRefused, "answered 200", ""),
        ((201, {"_version": 7}), TargetError, "without an id", ""),
        ((201, {"id": ""}), TargetError, "without an id", ""),
        ((201, []), TargetError, "without an id", ""),
        (LOST, TargetError, "the answer is lost", "DELETE"),
        (httpx.ConnectTimeout(""), TargetError, "not sent: no connection", ""),
    ],
)
def test_a_transaction_that_is_not_opened_is_an_error(answer: Any, kind: type, words: str, hint: str) -> None:
    server = script(answer)
    error = raised(lambda: server.client().begin(7))
    assert type(error) is kind
    assert words in error.message
    assert hint in error.hint
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (CREATE, 202),
        (Request("PUT", "/services/haproxy/configuration/frontends/www/acls", (), []), 202),
        (Request("DELETE", f"{SERVERS}/s1"), 202),
        (Request("DELETE", f"{SERVERS}/s1"), 204),
        (Request("POST", "/services/haproxy/configuration/traces/entries", (), {"trace": "h1"}), 201),
        (Request("POST", "/services/haproxy/configuration/traces/entries", (), {"trace": "h1"}), 202),
        (Request("PUT", "/services/haproxy/configuration/traces", (), {}), 200),
        (Request("PUT", "/services/haproxy/configuration/traces", (), {}), 202),
        (Request("PUT", "/services/haproxy/configuration/mailers_section/m", (), {"name": "m"}), 200),
        (Request("PUT", "/services/haproxy/configuration/http_errors_sections/e", (), {"name": "e"}), 200),
    ],
)
def test_an_operation_is_sent_into_its_transaction(request_: Request, status: int) -> None:
    server = script((status,))
    server.client().send(request_, "t1")
    assert server.sent == [f"{request_.method} {request_.path}?transaction_id=t1"]


def test_an_operation_keeps_its_query_and_body() -> None:
    server = script((202,))
    server.client().send(Request("POST", SERVERS, (("full_section", "true"),), {"name": "ü"}), "t1")
    sent = server.requests[0]
    assert server.sent == [f"POST {SERVERS}?full_section=true&transaction_id=t1"]
    assert (sent.headers["Content-Type"], sent.content) == ("application/json", '{"name": "ü"}'.encode())


def test_an_operation_without_a_body_has_none() -> None:
    server = script((202,))
    server.client().send(Request("DELETE", f"{SERVERS}/s1"), "t1")
    assert "Content-Type" not in server.requests[0].headers
    assert server.requests[0].content == b""


@pytest.mark.parametrize("status", [200, 201, 203, 204, 302, 400, 401, 404, 406, 409, 413, 422, 500])
def test_any_other_status_refuses_an_operation(status: int) -> None:
    server = script(refusal(status, "the words"))
    error = raised(lambda: server.client().send(CREATE, "t1"))
    assert isinstance(error, ServerRefused)
    assert (error.status, error.server_message) == (status, "the words")
    assert f"POST {SERVERS}: the server answered {status}: the words" in error.message
    assert [request.method for request in server.requests].count("POST") == 1, "a write is never repeated"


@pytest.mark.parametrize("answer", [LOST, httpx.ReadTimeout(""), (502,), (503,), (504,)])
def test_an_operation_without_an_answer_is_never_repeated(answer: Any) -> None:
    server = script(answer)
    assert type(raised(lambda: server.client().send(CREATE, "t1"))) is OutcomeUnknown
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "request_",
    [
        Request("POST", RAW, (), "global\n"),
        Request("POST", SERVERS, (("version", "7"),), {}),
        Request("POST", SERVERS, (("transaction_id", "other"),), {}),
        Request("POST", SERVERS, (("force_reload", "true"),), {}),
        Request("POST", SERVERS, (("skip_version", "true"),), {}),
    ],
)
def test_what_would_act_at_once_never_goes_into_a_transaction(request_: Request) -> None:
    server = script((202,))
    assert type(raised(lambda: server.client().send(request_, "t1"))) is BugError
    assert server.requests == []


@needs_corpus
def test_every_recorded_write_that_succeeded_in_a_transaction_is_expected() -> None:
    import json

    count = 0
    for file in (CORPUS / "exchanges").glob("*.json"):
        for step in json.loads(file.read_text(encoding="utf-8"))["steps"]:
            sent, answer = step.get("request", {}), step.get("response", {})
            path = sent.get("path", "").removeprefix("/v3")
            if (
                "transaction_id" not in sent.get("query", {})
                or sent["method"] == "GET"
                or answer["status"] >= 300
                or path == RAW
            ):
                continue
            script((answer["status"],)).client().send(Request(sent["method"], path, (), {}), "t1")
            count += 1
    assert count > 300


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([refusal(400, "transaction does not exist: t1"), in_progress("outdated")], StalePlanError),
        ([refusal(406, "t1 is outdated"), in_progress("outdated")], StalePlanError),
        ([refusal(404, "no such transaction"), in_progress("outdated")], StalePlanError),
        ([refusal(400, "unknown keyword"), in_progress()], ServerRefused),
        ([refusal(400, "transaction does not exist: t1"), refusal(404, "none")], ServerRefused),
        ([refusal(400, "transaction does not exist: t1"), refusal(500, "busy")], ServerRefused),
        ([refusal(429, "too many")], ServerRefused),
        ([(403, "WAF", {"Configuration-Version": ""})], ServerRefused),
    ],
)
def test_a_transaction_that_another_commit_has_outdated_is_a_moved_world(answers: list[Any], kind: type) -> None:
    server = script(*answers)
    error = raised(lambda: server.client().send(Request("POST", "/services/haproxy/configuration/backends"), "t1"))
    assert type(error) is kind
    assert len(server.sent) == len(answers)


@pytest.mark.parametrize(
    ("status", "reload", "force", "query"),
    [(202, "2026-01-02-3", False, ""), (200, None, True, "?force_reload=true"), (200, None, False, "")],
)
def test_a_commit_gives_the_new_version_and_the_reload(
    status: int, reload: str | None, force: bool, query: str
) -> None:
    headers = {"Configuration-Version": "8", **({"Reload-ID": reload} if reload else {})}
    server = script((status, {"_version": 7, "status": "success"}, headers))
    assert server.client().commit("t/1", force_reload=force) == Committed(8, reload)
    assert server.sent == [f"PUT {TX}/t%2F1{query}"]


@pytest.mark.parametrize(
    ("answers", "kind", "words"),
    [
        ([refusal(409, MISMATCH)], StalePlanError, f"{URL} has changed since it was read: {MISMATCH}"),
        ([refusal(406, "transaction t1 is outdated and cannot be committed")], StalePlanError, "is outdated"),
        ([refusal(406, "transaction t1 is failed and cannot be committed")], ServerRefused, "is failed"),
        ([refusal(400, INVALID)], ServerRefused, "answered 400: line 18: unknown fetch method; Fatal errors"),
        ([refusal(404, "transaction does not exist")], OutcomeUnknown, "it was deleted, or committed already"),
        ([refusal(401, "unauthorized")], ServerRefused, "answered 401"),
        ([(201, {})], ServerRefused, "answered 201"),
        (
            [(202, {}, {"Configuration-Version": ""}), in_progress("failed")],
            TargetError,
            "has no configuration version",
        ),
        ([(202, {}, {"Configuration-Version": ""})], OutcomeUnknown, "whether it was committed is unknown"),
        ([(202, {}, {"Content-Type": "text/html"}), in_progress()], TargetError, "is text/html, not JSON"),
        ([(202, "<html>"), refusal(404, "none")], OutcomeUnknown, "the answer is about another object: <html>"),
        ([(202, []), refusal(404, "none")], OutcomeUnknown, "the answer is about another object: []"),
        (
            [(202, {"id": "t2"}), refusal(404, "none")],
            OutcomeUnknown,
            'the answer is about another object: {"id": "t2"}',
        ),
        ([(403, "WAF", {"Configuration-Version": ""}), in_progress()], ServerRefused, "answered 403: WAF"),
        ([(403, "WAF", {"Configuration-Version": ""}), refusal(404, "none")], OutcomeUnknown, "probably committed"),
        ([(409, "WAF", {"Configuration-Version": ""}), refusal(404, "none")], OutcomeUnknown, "probably committed"),
        ([LOST, (404, "portal", {"Configuration-Version": ""})], OutcomeUnknown, "whether it was committed is unknown"),
        ([refusal(500, "busy"), in_progress()], ServerRefused, "answered 500: busy"),
        ([refusal(500, "busy"), refusal(404, "none")], OutcomeUnknown, "probably committed"),
        ([refusal(500, "busy"), refusal(500, "still")], OutcomeUnknown, "whether it was committed is unknown"),
        ([LOST, in_progress("failed")], TargetError, "not committed: t1 is failed"),
        ([LOST, in_progress("outdated")], StalePlanError, "not committed: another commit came first"),
        ([LOST, in_progress()], TargetError, "not committed: t1 is in_progress"),
        (
            [LOST, in_progress(), in_progress(), refusal(404, "none")],
            OutcomeUnknown,
            "probably committed: transaction t1 does not exist any more",
        ),
        ([LOST, refusal(404, "none")], OutcomeUnknown, "probably committed: transaction t1 does not exist any more"),
        ([LOST, refusal(401, "no")], OutcomeUnknown, "whether it was committed is unknown"),
        ([LOST, httpx.ConnectError("down")], OutcomeUnknown, "whether it was committed is unknown"),
        ([httpx.ReadTimeout(""), refusal(404, "none")], OutcomeUnknown, "no answer within 90 s"),
        ([(504,), in_progress("failed")], TargetError, "a gateway answered 504"),
        ([httpx.ConnectError("down")], TargetError, "not sent: down"),
    ],
)
def test_a_commit_without_success_says_what_is_known(answers: list[Any], kind: type, words: str) -> None:
    server = script(*answers)
    error = raised(lambda: server.client().commit("t1"))
    assert type(error) is kind
    assert words in error.message
    assert [line.split()[0] for line in server.sent].count("PUT") == 1, "a commit is never repeated"


def test_haproxy_s_lines_are_kept_when_a_commit_is_invalid() -> None:
    error = raised(lambda: script(refusal(400, INVALID)).client().commit("t1"))
    assert isinstance(error, ServerRefused)
    assert error.server_message == "line 18: unknown fetch method\nFatal errors"


def test_a_lost_commit_is_watched_for_half_a_minute_since_it_may_be_running() -> None:
    server = script(LOST, in_progress())
    raised(lambda: server.client().commit("t1"))
    assert server.slept[:4] == [0.5, 1.0, 2.0, 4.0]
    assert 20 < sum(server.slept) <= 30


@pytest.mark.parametrize(
    ("answers", "kind", "words"),
    [
        (
            [refusal(400, "Reload failed: port taken"), refusal(404, "none")],
            ReloadFailedError,
            "committed, but HAProxy could not load it",
        ),
        ([refusal(400, INVALID), in_progress("failed")], ServerRefused, "line 18"),
        ([refusal(400, INVALID), refusal(500, "odd")], OutcomeUnknown, "whether it was committed is unknown"),
    ],
)
def test_a_forced_reload_that_failed_is_not_an_invalid_configuration(
    answers: list[Any], kind: type, words: str
) -> None:
    error = raised(lambda: script(*answers).client().commit("t1", force_reload=True))
    assert type(error) is kind
    assert words in error.message


def test_haproxy_s_words_are_kept_when_a_forced_reload_failed() -> None:
    server = script(refusal(400, "Reload failed: one\ntwo"), refusal(404, "none"))
    error = raised(lambda: server.client().commit("t1", force_reload=True))
    assert isinstance(error, ReloadFailedError)
    assert error.server_message == "Reload failed: one\ntwo"


@pytest.mark.parametrize(
    ("answers", "tries"),
    [
        ([(204,)], 1),
        ([refusal(404, "none")], 1),
        ([refusal(500, "odd")], 1),
        ([LOST, (204,)], 2),
        ([(503,), LOST, (204,)], 3),
        ([LOST], 3),
        ([httpx.ReadTimeout("")], 1),
    ],
)
def test_a_transaction_is_abandoned_without_a_word(answers: list[Any], tries: int) -> None:
    server = script(*answers)
    server.client().abandon("t1")
    assert server.sent == [f"DELETE {TX}/t1"] * tries


@pytest.mark.parametrize(
    ("listed", "ids"),
    [
        ([{"_version": 7, "id": "a"}, {"_version": 6, "id": "b"}, {"_version": 7, "id": "c"}], ("a", "c")),
        ([{"_version": 7}, {"id": "d"}, "e", None], ()),
        ([], ()),
        ({}, ()),
        (None, ()),
    ],
)
def test_open_transactions_are_those_of_a_version(listed: Any, ids: tuple[str, ...]) -> None:
    server = script((200, listed))
    assert server.client().open_transactions(7) == ids
    assert server.sent == [f"GET {TX}?status=in_progress"]


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        ([(201, {"id": "t1"})], "t1"),
        ([LOST], ""),
        ([refusal(409, MISMATCH)], None),
        ([refusal(429, "many")], None),
        ([(201, {"id": "t1"}), (204,)], None),
        ([(201, {"id": "t1"}), refusal(404, "gone")], None),
        ([(201, {"id": "t1"}), LOST], "t1"),
    ],
    ids=["open", "lost", "moved", "many", "deleted", "gone", "not deleted"],
)
def test_a_transaction_is_left_open_until_it_is_ended(answers: list[Any], left: str | None) -> None:
    client = script(*answers).client()
    assert client.left_open is None
    with suppress(HsyncError):
        client.begin(7)
    if len(answers) > 1:
        client.abandon("t1")
    assert client.left_open == left


def test_a_committed_transaction_is_not_left_open() -> None:
    client = script((201, {"id": "t1"}), (202, {}, {"Configuration-Version": "8"})).client()
    client.commit(client.begin(7))
    assert client.left_open is None


@pytest.mark.parametrize(
    ("answer", "status"),
    [(in_progress(), "in_progress"), (in_progress("failed"), "failed"), (refusal(404, "none"), None)],
)
def test_the_status_of_a_transaction_is_told(answer: tuple[Any, ...], status: str | None) -> None:
    assert script(answer).client().transaction_status("t1") == status


@pytest.mark.parametrize("answer", [(200, {}), (200, []), (200, {"status": 1}), refusal(500, "odd")])
def test_a_status_that_is_none_is_an_error(answer: tuple[Any, ...]) -> None:
    assert isinstance(raised(lambda: script(answer).client().transaction_status("t1")), TargetError)


# --- raw


@pytest.mark.parametrize(
    ("status", "skip", "reload", "query"),
    [(202, False, "2026-01-02-3", "version=7"), (201, True, None, "version=7&skip_reload=true")],
)
def test_a_push_gives_what_the_server_stored(status: int, skip: bool, reload: str | None, query: str) -> None:
    headers = {"Configuration-Version": "8", **({"Reload-ID": reload} if reload else {})}
    server = script((status, "# _version=8\nglobal\n", headers))
    pushed = server.client().push_raw("global\n  # \udcff\n", 7, skip_reload=skip)
    assert pushed == Pushed(Snapshot.of("# _version=8\nglobal\n", 8), reload)
    assert server.sent == [f"POST {RAW}?{query}"]
    assert (server.requests[0].headers["Content-Type"], server.requests[0].content) == (
        "text/plain",
        b"global\n  # \xff\n",
    )


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (refusal(409, MISMATCH), StalePlanError, MISMATCH),
        (refusal(415, "type"), ServerRefused, "answered 415: type"),
        ((200, "global\n"), ServerRefused, "answered 200"),
        (refusal(400, "no newline"), ServerRefused, "answered 400: no newline"),
        (refusal(500, "runtime"), OutcomeUnknown, "answered 500: runtime"),
        ((202, "global\n", {"Configuration-Version": "x"}), OutcomeUnknown, "has no configuration version"),
        ((202, "<p>", {"Content-Type": "text/html"}), OutcomeUnknown, "is text/html, not JSON"),
        ((403, "WAF", {"Configuration-Version": ""}), OutcomeUnknown, "answered 403: WAF"),
        ((409, "WAF", {"Configuration-Version": ""}), OutcomeUnknown, "answered 409: WAF"),
        (LOST, OutcomeUnknown, "the answer is lost"),
    ],
)
def test_a_push_that_is_not_stored_is_an_error(answer: Any, kind: type, words: str) -> None:
    server = script(answer)
    error = raised(lambda: server.client().push_raw("global\n", 7))
    assert type(error) is kind
    assert words in error.message
    assert len(server.requests) == 1


@pytest.mark.parametrize("second", [(204,), LOST])
def test_the_transaction_that_a_refused_push_leaves_behind_is_deleted(second: Any) -> None:
    server = script(refusal(400, INVALID), second)
    error = raised(lambda: server.client().push_raw("global\n", 7))
    assert isinstance(error, ServerRefused)
    assert error.server_message.startswith("line 18: unknown fetch method")
    assert server.sent[:2] == [f"POST {RAW}?version=7", f"DELETE {TX}/4f-1"]


def test_a_valid_text_passes_and_nothing_is_stored() -> None:
    server = script((202, "the current text\n"))
    server.client().validate_raw("global\n")
    assert server.sent == [f"POST {RAW}?only_validate=true"]


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (refusal(400, INVALID), ServerRefused, "line 18: unknown fetch method"),
        (refusal(500, "odd"), ServerRefused, "odd"),
        (LOST, TargetError, "Server disconnected"),
    ],
)
def test_an_invalid_text_is_refused_with_haproxy_s_lines(answer: Any, kind: type, words: str) -> None:
    error = raised(lambda: script(answer).client().validate_raw("global\n"))
    assert type(error) is kind
    assert words in error.message


# --- the client itself


def test_the_url_for_messages_is_the_identity() -> None:
    client = script((200,)).client("HTTPS://Edge1.example:5555/v3", auth=("admin", "hunter2"))
    assert (client.url, client.identity) == (URL, URL)


@pytest.mark.parametrize(
    ("url", "options", "words"),
    [
        ("https://u:p@h", {}, "credentials"),
        ("https://h", {"auth": ("a:b", "c")}, "cannot hold a colon"),
        ("https://h", {"client_key": Path("k")}, "without a client_cert"),
        ("http://h", {"ca_file": Path("k")}, "need an https:// URL"),
        ("unix:///s", {"client_cert": Path("k")}, "need an https:// URL"),
        ("http://localhost", {"pin": PIN}, "need an https:// URL"),
        ("https://h", {"pin": "sha256//x"}, "malformed pin: 'sha256//x'"),
        ("http://h", {}, "with plain http others can read and change all requests"),
        ("https://h", {"ca_file": Path("/nonexistent.pem")}, "ca_file /nonexistent.pem"),
        ("file:/etc/haproxy.cfg", {}, "opened by its path"),
    ],
)
def test_a_client_that_cannot_work_is_not_made(url: str, options: dict[str, Any], words: str) -> None:
    error = raised(lambda: DataplaneClient(url, **options))
    assert type(error) is UsageError
    assert words in error.message


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("https://h", {}),
        ("https://h", {"pin": PIN}),
        ("http://h:5555", {"allow_plaintext": True}),
        ("http://localhost:5555", {}),
        ("unix:///run/api.sock", {}),
    ],
)
def test_a_client_needs_no_server_to_be_made(url: str, options: dict[str, Any]) -> None:
    with DataplaneClient(url, **options) as client:
        assert client.identity == url


def test_an_embedded_target_is_a_transport_over_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[str] = []
    with DataplaneClient.embedded(
        "h#1.cfg", EmbeddedSettings(api="3.2"), on_request=lambda *facts: seen.append(facts[1])
    ) as client:
        assert client.identity == f"file:{tmp_path}/h#1.cfg"
        assert client.api_release() == "3.2"
        client.push_raw("global\n  maxconn 5\n", client.snapshot().version)
    assert "maxconn 5" in Path("h#1.cfg").read_text(encoding="utf-8")
    assert seen == ["/v3/specification", f"/v3{RAW}", f"/v3{RAW}?version=1"]


def test_an_embedded_target_may_be_a_text_in_memory(tmp_path: Path) -> None:
    with DataplaneClient.embedded(tmp_path / "name.cfg", text="global\n  maxconn 5\n") as client:
        transaction = client.begin(1)
        client.send(Request("POST", "/services/haproxy/configuration/backends", (), {"name": "web"}), transaction)
        assert "backend web" in client.snapshot(transaction).text
        done = client.commit(transaction)
        assert done.version == 2
        assert client.await_reload(str(done.reload_id)).status == "succeeded"
        assert client.transaction_status(transaction) is None
        client.abandon(transaction)
    assert list(tmp_path.iterdir()) == []


def test_what_fails_below_an_embedded_target_is_an_error_of_the_target() -> None:
    with pytest.raises(TargetError, match="lock is held"):
        script(TimeoutError("lock is held")).client().snapshot()


def test_several_threads_share_a_client() -> None:
    from concurrent.futures import ThreadPoolExecutor

    server: Script = script((200, "global\n"))
    client = server.client()
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda _: client.snapshot().text, range(64)))
    assert texts == ["global\n"] * 64


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ([], ""),
        ([{"id": "2026-11-23-0", "status": "succeeded"}], ""),
        ([{"id": "2026-11-23-0", "status": "failed"}, {"id": "2026-11-23-1", "status": "in_progress"}], "2026-11-23-1"),
        ([None, {"status": "in_progress"}], ""),
        ({"message": "no list"}, ""),
    ],
)
def test_the_pending_reload_is_found_in_the_list(listed: Any, found: str) -> None:
    server = script((200, listed))
    with server.client() as client:
        assert client.pending_reload() == found
    assert server.sent == ["GET /services/haproxy/reloads"]
