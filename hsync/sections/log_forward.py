"""log-forward: receives log messages and forwards them. Manual chapter 12.6; API /log_forwards, /dgram_binds."""

from hsync.schema import Const, Int, Row, SectionType, Shape, Time
from hsync.sections.binds import BINDS, DGRAM_BINDS
from hsync.sections.lists import LOG_TARGETS

SECTION = SectionType(
    "log-forward",
    path="log_forwards",
    shape=Shape.NAMED,
    place=90,
    rank=25,
    rows=(
        Row("option assume-rfc6587-ntf", Const(**{"assume-rfc6587-ntf": True}), since="3.2"),
        Row("option dont-parse-log", Const(**{"dont-parse-log": True}), since="3.2"),
        Row("backlog", Int("backlog")),
        Row("maxconn", Int("maxconn")),
        Row("timeout client", Time("timeout_client", high=2147483647)),
    ),
    children=(DGRAM_BINDS, BINDS, LOG_TARGETS),
)
