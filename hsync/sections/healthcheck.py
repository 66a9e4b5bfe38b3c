"""healthcheck: a named health check. Manual chapter 12.9; API /healthchecks, /http_checks, /tcp_checks."""

from dataclasses import replace

from hsync.schema import Const, Enum, Key, Lit, OneOf, Opt, Row, SectionType, Seq, Shape, Word
from hsync.sections.checks import HTTP_CHECKS, METHODS, TCP_CHECKS

VERSION = r".*[^\\]"
"""Any word that does not end in an escaped backslash: the server would read the blank after it as part of the word."""

TYPE = OneOf(
    Seq(
        Lit("httpchk"),
        Const(type="httpchk"),
        OneOf(
            Seq(
                Enum("httpchk_params.method", *METHODS),
                Word("httpchk_params.uri", matching=r"\S+"),
                Opt(Word("httpchk_params.version", matching=VERSION), Opt(Word("httpchk_params.host"))),
            ),
            Word("httpchk_params.uri", matching=r"\S+"),
        ),
    ),
    Seq(
        Lit("mysql-check"),
        Const(type="mysql-check"),
        OneOf(
            Key(
                "user",
                Word("mysql_check_params.username"),
                Opt(Enum("mysql_check_params.client_version", "pre-41", "post-41")),
            ),
            Const(mysql_check_params={}),
        ),
    ),
    Seq(Lit("pgsql-check"), Const(type="pgsql-check"), Key("user", Word("pgsql_check_params.username"))),
    Seq(
        Lit("smtpchk"),
        Const(type="smtpchk"),
        OneOf(
            Seq(Enum("smtpchk_params.hello", "HELO", "EHLO"), Word("smtpchk_params.domain")),
            Const(smtpchk_params={}),
        ),
    ),
    Enum("type", "ldap-check", "redis-check", "spop-check", "ssl-hello-chk", "tcp-check"),
)

SECTION = SectionType(
    "healthcheck",
    path="healthchecks",
    shape=Shape.NAMED,
    place=120,
    rank=25,
    reads_over=True,
    rows=(Row("type", TYPE),),
    children=(HTTP_CHECKS, replace(TCP_CHECKS, in_full="tcp_check_list")),
    since="3.4",
    needs={"type": "the API fails on a healthcheck section without a type"},
)
