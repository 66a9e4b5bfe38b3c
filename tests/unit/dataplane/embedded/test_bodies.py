"""Valid and invalid bodies of requests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.dataplane.embedded.api import Api

ANY = {"name": "new"}


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"name":"x1"} trailing', 202),
        (b'{"name":"x4","name":"x5"}', 202),
        (b"", 400),
        (b"{", 400),
        (b"{name:1}", 400),
        (b"[" * 100_000, 400),
        (b"null", 422),
        (b"42", 422),
        (b'"text"', 422),
        (b'{"name":"x9\\ud800"}', 422),
        (b'{"name":"x9","description":"\\ud800"}', 422),
        (b'{"name":"y\xff"}', 422),
    ],
)
def test_bytes(content: bytes, status: int) -> None:
    api = Api()
    headers = {"Content-Type": "application/json"}
    answer = api.ask("POST", "configuration/backends", params={"version": 1}, content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.status_code == 202 or set(answer.json()) == {"code", "message"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({**ANY, "fullconn": "100"}, 400),
        ({**ANY, "fullconn": True}, 400),
        ({**ANY, "mode": ["http"]}, 400),
        ({**ANY, "balance": "roundrobin"}, 400),
        ({**ANY, "servers": []}, 400),
        ({**ANY, "servers": {"a": 1}}, 422),
        ({**ANY, "servers": {"a": {"address": "1.1.1.1"}}}, 422),
        ({**ANY, "acl_list": [1]}, 422),
        ({**ANY, "acl_list": {}}, 400),
        ({**ANY, "error_files": [{"code": 400, "file": "/x"}]}, 202),
        ({**ANY, "error_files": [1]}, 422),
        ({"name": 5}, 400),
        ({"name": None}, 422),
    ],
)
def test_types(body: Any, status: int) -> None:
    assert Api().write("POST", "backends", body, version=1)[0] == status


@pytest.mark.parametrize("kind", ["text/plain", "", "APPLICATION/JSON", "application/merge-patch+json"])
def test_another_content_type_is_415(kind: str) -> None:
    answer = Api().ask(
        "POST", "configuration/backends", params={"version": 1}, content=b"{}", headers={"Content-Type": kind}
    )
    assert (answer.status_code, answer.json()["message"]) == (415, f'header Content-Type has unexpected value "{kind}"')


def test_parameters_of_the_content_type_do_not_count() -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    answer = Api().ask(
        "POST", "configuration/backends", params={"version": 1}, content=b'{"name":"n"}', headers=headers
    )
    assert answer.status_code == 202
