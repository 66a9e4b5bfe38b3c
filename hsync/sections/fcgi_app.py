"""fcgi-app: a FastCGI application. Manual chapter 10.1.1; API /fcgi_apps, /acls."""

from hsync.schema import (
    Cond,
    Const,
    Int,
    Key,
    Lit,
    OneOf,
    Opt,
    Option,
    Pattern,
    Rest,
    Row,
    Rows,
    SectionType,
    Seq,
    Shape,
    Word,
    get,
)
from hsync.sections.lists import ACLS

SAMPLE = Pattern(
    r"(?P<sample__ranges>[^:\s]+):(?P<sample__size>\d+)",
    lambda body: f"{get(body, 'sample.ranges')}:{get(body, 'sample.size')}" if get(body, "sample.ranges") else None,
    integers=("sample__size",),
)

LOG_STDERR = OneOf(
    Seq(Lit("global"), Const(**{"global": True})),
    Seq(
        Word("address"),
        Opt(Key("len", Int("len", low=1))),
        Opt(Key("format", Word("format"))),
        Opt(Key("sample", SAMPLE)),
        Word("facility"),
        Opt(Word("level"), Opt(Word("minlevel"))),
    ),
)

SECTION = SectionType(
    "fcgi-app",
    path="fcgi_apps",
    shape=Shape.NAMED,
    place=150,
    rank=20,
    rows=(
        Row("docroot", Rest("docroot")),
        Row("index", Word("index")),
        Rows("log-stderr", "log_stderrs", LOG_STDERR),
        Rows("pass-header", "pass_headers", Word("name", matching=r"[A-Za-z](?:.*[A-Za-z])?"), Cond()),
        Row("path-info", Word("path_info")),
        Option("get_values", written="3.3"),  # 3.2.5 writes it as mpxs-conns
        Option("keep_conn"),
        Row("option max-reqs", Int("max_reqs", low=1)),
        Option("mpxs_conns", written="3.3"),  # 3.2.5 does not write it
        Rows("set-param", "set_params", Word("name"), Word("format"), Cond()),
    ),
    children=(ACLS,),
    needs={
        "docroot": "the API writes a docroot without a value, which HAProxy refuses",
        "max_reqs": "the API adds option max-reqs 1",
    },
)
