"""For a misspelt keyword the most similar known keyword is suggested; for an unknown keyword none."""

from __future__ import annotations

import pytest

from hsync.model import did_you_mean
from hsync.model.nearby import ALSO_KNOWN, _shapes, misspelt
from hsync.sections import every_kind


@pytest.mark.parametrize(
    ("kind", "line", "near"),
    [
        ("frontend", "http-request set-heder X y", "http-request set-header"),
        ("frontend", "http-requst deny", "http-request deny"),
        ("backend", "timeout servr 5s", "timeout server"),
        ("backend", "option forwadfor", "option forwardfor"),
        ("global", "maxcon 5", "maxconn"),
        ("frontend", "zzz", ""),
        ("frontend", "http-request set-header X", ""),
        ("frontend", "http-request sc-set-gpt0(0) 1", ""),
        ("frontend", "http-request sc-set-gtp0(0) 1", "http-request sc-set-gpt0"),
        ("frontend", "tcp-request content sc-add-gpc(0,1) 5", ""),
        ("backend", "http-check set-var(txn.a) src", ""),
        ("listen", "bnd :80", "bind"),
        ("listen", "balnce roundrobin", "balance"),
        ("listen", "option tcplog", ""),
        ("backend", "option tcp-check", ""),
        ("backend", "option tcp-chek", "option tcp-check"),
        (".if", "option tcplog", ""),
        ("program", "comand x", ""),
        ("", "maxcon 5", ""),
    ],
)
def test_the_nearest_known_keyword(kind: str, line: str, near: str) -> None:
    assert did_you_mean(kind, line.split()) == near


@pytest.mark.parametrize(
    ("kind", "line", "meant"),
    [
        ("backend", "balanec roundrobin", (0, "balance")),
        ("listen", "blance roundrobin", (0, "balance")),
        ("backend", "servr a 192.0.2.1:80", (0, "server")),
        ("frontend", "defualt_backend x", (0, "default_backend")),
        ("frontend", "use_backends b", (0, "use_backend")),
        ("frontend", "frontned x", (0, "frontend")),
        ("frontend", "http-request set-heder X y", (1, "set-header")),
        ("frontend", "http-request set-vra(txn.a) src", (1, "set-var(")),
        ("frontend", "tcp-request conten reject", (1, "content")),
        ("frontend", "tcp-request content rejct", (2, "reject")),
        ("defaults", "option httplgo", (1, "httplog")),
        ("frontend", "no option httplgo", (2, "httplog")),
        ("defaults", "option http-server-closs", (1, "http-server-close")),
        ("backend", "option redis-chekc", (1, "redis-check")),
        ("defaults", "timeout conect 5s", (1, "connect")),
        ("resolvers", "namesrever a 192.0.2.1:53", (0, "nameserver")),
        ("global", "deamon", (0, "daemon")),
    ],
)
def test_a_word_one_slip_away_is_misspelt(kind: str, line: str, meant: tuple[int, str]) -> None:
    assert misspelt(kind, line.split()) == meant


@pytest.mark.parametrize(
    ("kind", "line", "why"),
    [
        ("backend", "balance roundrobin", "it is right"),
        ("frontend", "balance roundrobin", "another kind of section has it"),
        ("frontend", "mod http", "a short word"),
        ("frontend", "errorloc 503 /x", "HAProxy has it, and no row"),
        ("defaults", "option contstats", "a row reads it as a value"),
        ("frontend", "http-request track-sc0 src", "a number behind it"),
        ("frontend", "http-request track-sc9 src", "digits are no slips"),
        ("frontend", "errorloc304 503 /x", "digits are no slips"),
        ("global", "tune.h9.be.x 1", "names with dots are many, and alike"),
        ("frontend", "http-request lua.deny", "a name of somebody's own"),
        ("frontend", "use_backend bakcend", "a name, not a keyword"),
        ("frontend", "tcp-request", "the line ends"),
        ("frontend", "no", "the line ends"),
        ("frontend", "something else", "nothing is near"),
        ("program", "comand x", "a kind without keywords here"),
    ],
)
def test_other_words_are_left_to_haproxy(kind: str, line: str, why: str) -> None:
    assert misspelt(kind, line.split()) is None


@pytest.mark.parametrize("kind", every_kind())
def test_no_keyword_is_a_misspelt_one(kind: str) -> None:
    for other in every_kind():
        assert [head for head, _ in _shapes(other) if misspelt(kind, [*(word.rstrip("(") for word in head), "x"])] == []


@pytest.mark.parametrize("known", sorted(ALSO_KNOWN))
def test_what_no_row_has_is_no_misspelt_one(known: str) -> None:
    assert [kind for kind in every_kind() if misspelt(kind, [*known.split(), "x"])] == []
