"""The endpoints around the resources: version, transactions, raw text, reloads, parameters, headers."""

from __future__ import annotations

import httpx
import pytest

from hsync.dataplane.embedded.header import read_header
from hsync.testing import damaging
from hsync.version import __version__
from tests.unit.dataplane.embedded.api import TEXT, Api

BACKEND = {"name": "new", "from": "base"}


@pytest.fixture
def api() -> Api:
    return Api()


def test_a_transaction_from_begin_to_commit(api: Api) -> None:
    transaction = api.begin(1)
    assert api.get(f"transactions/{transaction}") == {"_version": 1, "id": transaction, "status": "in_progress"}
    assert api.write("POST", "backends", BACKEND, transaction_id=transaction) == (202, BACKEND)
    assert api.get("configuration/version", transaction_id=transaction) == 1
    staged = api.get("configuration/raw", transaction_id=transaction)
    answer = api.commit(transaction)
    assert answer.status_code == 202
    assert answer.json() == {"_version": 1, "id": transaction, "status": "success"}
    assert answer.headers["Configuration-Version"] == "2"
    assert api.get(f"reloads/{answer.headers['Reload-ID']}")["status"] == "succeeded"
    committed = api.get("configuration/raw")
    assert committed.partition("\n")[2] == staged.partition("\n")[2].replace("_version=1", "_version=2")
    assert read_header(committed).genuine
    assert api.ask("GET", f"transactions/{transaction}").status_code == 404
    assert api.get("configuration/backends/new") == BACKEND


def test_a_text_never_written_is_served_as_it_is(api: Api) -> None:
    answer = api.ask("GET", "configuration/raw")
    assert (answer.text, answer.headers["Configuration-Version"]) == (TEXT, "1")
    assert "Configuration-Checksum" not in answer.headers


def test_the_loser_of_two_transactions_is_outdated(api: Api) -> None:
    winner, loser = api.begin(), api.begin()
    assert api.commit(winner).status_code == 202
    assert api.get("transactions") == [{"id": loser, "status": "outdated"}]
    assert api.get("transactions", status="in_progress") == []
    assert api.commit(loser).status_code == 406
    assert api.write("POST", "backends", BACKEND, transaction_id=loser)[0] == 400
    assert (
        api.ask("GET", "configuration/version", params={"transaction_id": loser}).headers["Configuration-Version"]
        == "0"
    )
    assert api.ask("GET", "configuration/raw", params={"transaction_id": loser}).status_code == 200
    assert api.ask("DELETE", f"transactions/{loser}").status_code == 204
    assert api.ask("DELETE", f"transactions/{loser}").status_code == 404
    assert api.ask("GET", "configuration/raw", params={"transaction_id": loser}).status_code == 400


def test_a_write_without_a_transaction_makes_open_ones_stale(api: Api) -> None:
    transaction = api.begin()
    assert api.write("POST", "backends", BACKEND, version=1)[0] == 202
    answer = api.commit(transaction)
    assert (answer.status_code, answer.json()["message"]) == (
        409,
        "version mismatch: version mismatch, transaction version: 1, configured version: 2",
    )
    assert api.commit(transaction).status_code == 406


def test_the_limit_of_open_transactions_comes_before_the_version() -> None:
    api = Api(max_open_transactions=1)
    transaction = api.begin()
    assert api.ask("POST", "transactions", params={"version": 9}).status_code == 429
    assert api.ask("DELETE", f"transactions/{transaction}").status_code == 204
    assert api.ask("POST", "transactions", params={"version": 9}).status_code == 409
    api.begin()


@pytest.mark.parametrize(("method", "status"), [("POST", 201), ("PUT", 200), ("DELETE", 204)])
def test_a_forced_write_answers_when_it_is_done(api: Api, method: str, status: int) -> None:
    path, body = ("backends", BACKEND) if method == "POST" else ("backends/web", {"name": "web"})
    given = api.write(method, path, None if method == "DELETE" else body, version=1, force_reload="true")
    assert given[0] == status
    assert api.get("reloads") == []


def test_a_forced_commit_answers_200_without_a_reload_id(api: Api) -> None:
    answer = api.commit(api.begin(), force_reload="true")
    assert answer.status_code == 200
    assert "Reload-ID" not in answer.headers


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({}, 400, "version or transaction not specified: version or transaction not specified, specify only one"),
        ({"version": "0"}, 400, "version or transaction not specified"),
        ({"version": "7"}, 409, "version mismatch: version in configuration file is 1, given version is 7"),
        ({"version": "1", "transaction_id": "x"}, 400, "both version and transaction specified, specify only one"),
        ({"force_reload": "true", "transaction_id": "x"}, 400, "Both force_reload and transaction specified"),
        ({"transaction_id": "x"}, 400, "transaction does not exist: x"),
        (
            {"version": "x"},
            400,
            "Invalid format for parameter version: error binding string parameter: strconv.ParseInt",
        ),
        ({"version": "1", "full_section": "x"}, 400, "Invalid format for parameter full_section"),
    ],
)
def test_bad_parameters_of_a_write(api: Api, query: dict[str, str], status: int, message: str) -> None:
    given, said = api.write("POST", "backends", BACKEND, **query)
    assert given == status
    assert said.startswith(message)
    assert api.version == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "transactions", 400),
        ("POST", "transactions?version=x", 400),
        ("POST", "transactions?version=1&version=1", 400),
        ("GET", "transactions?status=outdated", 400),
        ("GET", "transactions/nobody", 404),
        ("PUT", "transactions/nobody", 404),
        ("GET", "reloads/x", 400),
        ("GET", "reloads/2099-01-01-0", 404),
        ("GET", "reloads/2020-01-01-0", 200),
        ("GET", "nothing/x", 404),
        ("HEAD", "configuration/version", 405),
        ("OPTIONS", "configuration/version", 405),
        ("GET", "configuration", 404),
    ],
)
def test_other_statuses(api: Api, method: str, path: str, status: int) -> None:
    assert api.ask(method, path).status_code == status


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v3/info", 200), ("/v3/health", 200), ("/v3/specification", 200), ("/v3/", 404), ("/", 404), ("/v2/info", 404), ("/v3//info", 404)],
)  # fmt: skip
def test_roots(api: Api, path: str, status: int) -> None:
    assert api.client.get(httpx.URL(f"http://embedded{path}")).status_code == status


def test_the_api_release_is_reported() -> None:
    specification = Api(api="3.1").client.get("http://embedded/v3/specification").json()
    assert (specification["info"]["version"], specification["basePath"]) == ("3.1", "/v3")


def test_the_release_of_hsync_is_reported(api: Api) -> None:
    assert api.client.get("http://embedded/v3/info").json()["api"]["version"] == f"v3.4 hsync-{__version__}"


def test_a_wrong_method_names_the_right_ones(api: Api) -> None:
    answer = api.ask("PATCH", "configuration/backends/web")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, PUT, DELETE")


@pytest.mark.parametrize(
    ("accept", "status"),
    [("application/json", 200), ("application/*", 200), ("text/html, application/json;q=0.5", 200), ("text/html", 406)],
)
def test_what_a_client_accepts(api: Api, accept: str, status: int) -> None:
    assert api.ask("GET", "configuration/version", headers={"Accept": accept}).status_code == status
    assert api.ask("GET", "configuration/raw", headers={"Accept": accept}).status_code == status


def test_a_raw_push_is_stored_and_answered(api: Api) -> None:
    answer = api.push("global\n  daemon\n", version=1)
    assert answer.status_code == 202
    assert answer.text.partition("\n")[2] == "# _version=2\n\nglobal\n  daemon\n"
    assert answer.headers["Configuration-Checksum"] == read_header(answer.text).md5
    assert api.get("configuration/raw") == answer.text
    assert api.push(answer.text, version=2).text.partition("\n")[2] == "# _version=3\n\nglobal\n  daemon\n"


@pytest.mark.parametrize(
    ("query", "status", "version"),
    [
        ({"version": 1, "skip_reload": "true"}, 201, 2),
        ({"version": 1, "force_reload": "true"}, 201, 2),
        ({"skip_version": "true"}, 202, 42),
        ({"version": 9}, 409, 1),
        ({}, 400, 1),
        ({"only_validate": "true"}, 202, 1),
        ({"version": 1, "skip_reload": "maybe"}, 400, 1),
    ],
)
def test_parameters_of_a_raw_push(api: Api, query: dict[str, object], status: int, version: int) -> None:
    assert api.push("# _version=42\nglobal\n", **query).status_code == status
    assert api.version == version


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "text/plain", 400),
        (b"global", "text/plain", 400),
        (b"x\n", "application/json", 415),
        (b"\n", "text/plain", 202),
    ],
)
def test_bodies_of_a_raw_push(api: Api, content: bytes, kind: str, status: int) -> None:
    headers = {"Content-Type": kind}
    answer = api.ask("POST", "configuration/raw", params={"version": 1}, content=content, headers=headers)
    assert answer.status_code == status


def test_a_missing_last_line_end_is_added(api: Api) -> None:
    assert api.push("global\n  daemon", version=1).text.endswith("\n  daemon\n")


def test_a_push_that_sets_the_version_back_leaves_newer_transactions_open(api: Api) -> None:
    api.commit(api.begin())
    newer = api.begin(2)
    assert api.push(TEXT, skip_version="true").status_code == 202
    assert api.commit(api.begin(1)).status_code == 202
    assert api.get("transactions") == [{"_version": 2, "id": newer, "status": "in_progress"}]


def test_backups_are_read_by_their_version() -> None:
    api = Api(backups=1)
    assert api.ask("GET", "configuration/raw", params={"version": 1}).status_code == 404
    api.commit(api.begin())
    assert read_header(api.get("configuration/raw", version=1)).version == 1
    api.commit(api.begin())
    assert api.ask("GET", "configuration/raw", params={"version": 1}).status_code == 404
    answer = api.ask("GET", "configuration/raw", params={"version": 2, "transaction_id": "x"})
    assert answer.status_code == 400


def test_the_damage_of_a_test_is_in_the_staged_text_and_is_committed() -> None:
    api = Api(manner=damaging(lambda text: text.replace("5638", "9999")))
    transaction = api.begin()
    assert "9999" in api.staged(transaction)
    assert api.commit(transaction).status_code == 202
    assert api.get("configuration/backends/web/servers/w1")["port"] == 9999
