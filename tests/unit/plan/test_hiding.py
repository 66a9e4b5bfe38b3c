"""A secret is masked at its own place only; all output formats are in tests/unit/cli/test_canaries.py."""

from __future__ import annotations

import pytest

from hsync.model import Configuration, Resource
from hsync.plan import hiding
from hsync.plan.fields import hidden_fields
from hsync.plan.hiding import hidden_line, hidden_reason, secret_words, telling, values_at_paths
from hsync.schema import Shape
from hsync.secrecy import MASK
from hsync.sections import by_kind, parse
from tests.cases.reader import cases

HIDDEN = [
    ("stats auth admin:area1", "stats auth admin:*"),
    ("stats auth admin:admin", "stats auth admin:*"),
    ("  stats auth admin:admin odd\n", "  stats auth admin:* *\n"),
    ("stats auth nothing-to-take-apart", "stats auth *"),
    ('"stats" auth "admin:a b"', '"stats" auth "admin:*'),
    ("#stats auth admin:area1", "#stats auth admin:*"),
    ("mode http # stats auth admin:area1", "mode http # stats auth admin:*"),
    ("user a insecure-password a", "user a insecure-password *"),
    ("user a pasword b", "user a pasword *"),
    ("server s 192.0.2.1:80 tcp-md5sig 192", "server s 192.0.2.1:80 tcp-md5sig *"),
    ("server s 192.0.2.1:80 odd odd tcp-md5sig x", "server s 192.0.2.1:80 odd odd tcp-md5sig *"),
    ("default-server tcp-md5sig x", "default-server tcp-md5sig *"),
    ("bind :443 ca-sign-pass x", "bind :443 ca-sign-pass *"),
    ("default-bind ca-sign-pass x", "default-bind ca-sign-pass *"),
    ("server-template s 1-2 x.example:80 tcp-md5sig x", "server-template s 1-2 x.example:80 tcp-md5sig *"),
    ("dynamic-cookie-key x", "dynamic-cookie-key *"),
    ("cluster-secret a b", "cluster-secret * *"),
    ('acme-vars "A=b,C=d"', "acme-vars *"),
    ("setenv API_TOKEN x", "setenv API_TOKEN *"),
    (
        "http-request set-header Authorization Basic\\ x if { path / }",
        "http-request set-header Authorization * if { path / }",
    ),
    ("http-request replace-header X-Token a b unless x", "http-request replace-header X-Token * * unless x"),
    ("http-check send hdr Authorization x hdr Host y", "http-check send hdr Authorization * hdr Host y"),
    ("http-check send hdr X-Key x body y", "http-check send hdr X-Key * body y"),
    ("http-request set-var(txn.token) str(x)", "http-request set-var(txn.token) *"),
    ("set-var proc.token str(x)", "set-var proc.token *"),
    ("set-var-fmt proc.token x", "set-var-fmt proc.token *"),
    ("acl a hdr(authorization) -i -m str x y", "acl a hdr(authorization) -i -m str * *"),
    ("acl a hdr(authorization) -f /etc/list", "acl a hdr(authorization) -f /etc/list"),
    ("use_backend b if { cook(session_token) x } { path / }", "use_backend b if { cook(session_token) * } { path / }"),
    ("http-request redirect location http://u:p@h/", "http-request redirect location http://u:*@h/"),
    ("tcp-check send AUTH\\ x\\r\\n", "tcp-check send *"),
    ("tcp-check send-binary 415554482078", "tcp-check send-binary *"),
    ("tcp-check send-binary xx-auth", "tcp-check send-binary *"),
    ("option httpchk GET / HTTP/1.1\\r\\nAuthorization:\\ x", "option httpchk GET / *"),
    ("reqadd X-Api-Key:\\ x", "reqadd *"),
]

SHOWN = {
    "stats realm admin\\ area": "a realm is shown to everybody",
    "http-request auth realm Secret if x": "a realm, too",
    "user haproxy": "of global: whom the process runs as",
    "user a groups g": "no password",
    "http-request set-header Authorization %[var(txn.a)]": "the value is not in the text",
    'http-request set-header Authorization "%[var(txn.a)] %[var(txn.b)]"': "nor here",
    'setenv API_TOKEN "${TOKEN}"': "a variable's name",
    "http-request set-header X-Forwarded-Proto https": "no name of a secret",
    "http-request set-var(txn.token) req.hdr(X)": "an expression",
    "acl has_token hdr(X-Token) -m found": "nothing is compared",
    "acl a hdr(Host) token": "the host is no secret",
    "setenv HOME /root": "no name of a secret",
    "tcp-check send PING\\r\\n": "no login",
    "tcp-check send-binary 50494e47": "no login",
    "tcp-check expect string auth": "what comes is no secret",
    "bind :443 ssl crt /etc/key.pem": "a path",
    "http-request redirect location http://u@h/": "no password",
    "# the token bucket of set-header": "words",
    "stats auth": "there is nothing",
    "http-request set-var(txn.token)": "there is nothing",
}


@pytest.mark.parametrize(("line", "shown"), HIDDEN)
def test_a_secret_is_hidden_at_its_place(line: str, shown: str) -> None:
    assert hidden_line(line).replace(MASK, "*") == shown


@pytest.mark.parametrize("line", SHOWN)
def test_what_is_no_secret_is_shown(line: str) -> None:
    assert hidden_line(line) == line
    assert secret_words(line) == frozenset()


def test_every_secret_of_the_section_tables_is_hidden() -> None:
    count = 0
    for case in cases("line"):
        section_type = by_kind().get(case.kind)
        if section_type is None:
            continue
        header = case.kind if section_type.shape is Shape.SINGLETON else f"{case.kind} x"
        bound = Configuration.from_text(f"{header}\n  {case.parts['line']}\n").resources(
            (case.kind, "" if section_type.shape is Shape.SINGLETON else "x")
        )
        values = values_at_paths(bound.base, section_type.secret)
        for path, many in bound.children.items():
            values += [
                one for item in many for one in values_at_paths(item.body, section_type.child_by_path[path].secret)
            ]
        for value in values:
            count += 1
            assert MASK in hidden_line(case.parts["line"])
            assert str(value) not in hidden_line(case.parts["line"]).replace(MASK, "")
    assert count >= 4


def test_every_keyword_of_the_tables_that_has_a_secret_is_suspect_and_tried_above() -> None:
    heads = {head for rows in hiding._tables().values() for head, _, _ in rows}
    tried = {line.split()[0] for line, _ in HIDDEN}
    assert {head[0] for head in heads} <= tried
    for line, _ in HIDDEN:
        assert hiding.is_suspect(line)


def test_in_words_about_a_text_a_secret_is_hidden_by_its_value_unless_it_is_an_innocent_word_too() -> None:
    text = "frontend f\n  stats realm admin\\ area\n  stats auth joe:area\n  stats auth ann:hunter22\n"
    assert telling(parse(text).sections) == {"hunter22"}
    assert telling(parse("frontend f\n  mode http\n").sections) == frozenset()


@pytest.mark.parametrize(
    ("reason", "line", "shown"),
    [
        ("cannot express 'x' here: it expects user", "stats auth x", "cannot express '*' here: it expects user"),
        ("no field for 'cluster-secret field'", "cluster-secret field", "no field for 'cluster-secret *'"),
        ('cannot express "it\'s" here', "stats auth it's", 'cannot express "*" here'),
        ("cannot express 'x' here", "mode x", "cannot express 'x' here"),
        ("user: a word of ours", "stats auth user", "user: a word of ours"),
    ],
)
def test_a_reason_is_hidden_in_what_it_quotes(reason: str, line: str, shown: str) -> None:
    assert hidden_reason(reason, line).replace(MASK, "*") == shown


def test_of_a_line_that_cannot_be_read_with_a_mask_all_fields_with_the_secret_are_hidden() -> None:
    made = Resource("http_request_rules", "", {"hdr_format": "battery", "hdr_name": "X"})
    assert hidden_fields("backend", made, "stats auth joe:battery") == {"hdr_format"}
