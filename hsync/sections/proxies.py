"""Rows of frontend, backend and defaults: scalars, times, logs, mail alerts, error pages, compression.

Manual chapter 4.2. `option` lines are in proxy_options.py, `stats` lines in proxy_stats.py, the choice of a server in
balancing.py.
"""

from __future__ import annotations

from hsync.schema import Const, Csv, Enum, Int, Opt, Rest, Row, Rows, Size, Time, Values, Word
from hsync.sections.lists import LEVELS
from hsync.sections.proxy_shapes import CODES, Codes, Condition, Either
from hsync.sections.sockets import Name, Token

__all__ = [
    "COMPRESSION",
    "COMPRESSION_DIRECTION",
    "COMPRESSION_SIZES",
    "DEFAULT_BACKEND",
    "EMAIL_ALERT",
    "EMAIL_ALERT_NEEDS",
    "ERRORS",
    "FRONTEND_LOG_TAG",
    "FRONTEND_MODE",
    "GUID",
    "IDENTITY",
    "KEEPS_ONE",
    "LIMITS",
    "LOG_FORMATS",
    "LOG_TAG",
    "MODE",
    "MONITOR_FAIL",
    "MONITOR_URI",
    "STATE",
    "UNIQUE_ID",
    "keepalive",
    "timeouts",
]

KEEPS_ONE = "HAProxy obeys all lines of this keyword, but the Data Plane API has fields for only one"
JOIN = "merge the lines"
ONE_ERRORLOC = "keep one of the lines, and write `errorfile` lines for the other statuses"
KEEPS_ALERT = "a PUT without email_alert keeps the old lines"
KEEPS_COMPRESSION = "a PUT with other compression settings keeps the old line"
KEEPS_DESCRIPTION = "a PUT without a description keeps the old line"


def timeouts(words: str) -> tuple[Row, ...]:
    """A row for each `timeout` keyword, in this order."""
    return tuple(Row(f"timeout {word}", Time(f"{word.replace('-', '_')}_timeout")) for word in words.split())


def keepalive(side: str) -> tuple[Row, ...]:
    """TCP keep-alive of one side, `cli` or `srv`. A time without a unit is in seconds."""
    return (
        Row(f"{side}tcpka-cnt", Int(f"{side}tcpka_cnt")),
        Row(f"{side}tcpka-idle", Time(f"{side}tcpka_idle", bare="s")),
        Row(f"{side}tcpka-intvl", Time(f"{side}tcpka_intvl", bare="s")),
    )


IDENTITY = (
    Row("id", Int("id"), since="3.3"),  # 3.2.5 drops it silently
    Row("description", Rest("description"), sticky=KEEPS_DESCRIPTION),
)
GUID = (Row("guid", Word("guid", matching=r"[A-Za-z0-9-_.:]+")),)
STATE = (Either(Row("enabled", Const(enabled=True)), Row("disabled", Const(disabled=True))),)
MODE = (Row("mode", Enum("mode", "http", "tcp", "log")),)
FRONTEND_MODE = (Row("mode", Enum("mode", "http", "tcp")),)
LIMITS = (Row("maxconn", Int("maxconn")), Row("backlog", Int("backlog")))
# The server cannot parse a line with a word that is not a URI: `%[src]`.
MONITOR_URI = (Row("monitor-uri", Word("monitor_uri", matching=r"(?:[^%]|%[0-9A-Fa-f]{2})+")),)
MONITOR_FAIL = (Row("monitor fail", Condition("monitor_fail"), once=KEEPS_ONE, alone="merge the conditions with `||`"),)
DEFAULT_BACKEND = (Row("default_backend", Word("default_backend", refers="backends", matching=r"[A-Za-z0-9-_.:]+")),)

# Logs
LOG_TAG = (Row("log-tag", Token("log_tag")),)
FRONTEND_LOG_TAG = (Row("log-tag", Name("log_tag")),)
LOG_STEPS = ("accept", "request", "connect", "response", "close", "error", "any")
LOG_FORMATS = (
    Row("log-steps", Csv("log_steps", only=LOG_STEPS), since="3.1", written="3.3"),  # 3.2.5 refuses the list (500)
    Row("log-format", Rest("log_format")),
    Row("log-format-sd", Rest("log_format_sd")),
    Row("error-log-format", Rest("error_log_format")),
)
UNIQUE_ID = (Row("unique-id-format", Rest("unique_id_format")), Row("unique-id-header", Word("unique_id_header")))

# Mail alerts
EMAIL_ALERT = (
    Row("email-alert from", Word("email_alert.from", matching=r"\S+@\S+"), sticky=KEEPS_ALERT),
    Row("email-alert to", Word("email_alert.to", matching=r"\S+@\S+"), sticky=KEEPS_ALERT),
    Row("email-alert level", Enum("email_alert.level", *LEVELS), sticky=KEEPS_ALERT),
    Row("email-alert myhostname", Word("email_alert.myhostname"), sticky=KEEPS_ALERT),
    Row("email-alert mailers", Word("email_alert.mailers", refers="mailers_section"), sticky=KEEPS_ALERT),
)
EMAIL_ALERT_NEEDS = {
    f"email_alert.{name}": "the API refuses a section with email-alert lines unless it has all of from, to and mailers"
    for name in ("from", "to", "mailers")
}

# Error pages
ERRORS = (
    Rows("errorfile", "error_files", Enum("code", values=CODES), Word("file")),
    Rows("errorfiles", "errorfiles_from_http_errors", Word("name", refers="http_errors_sections"), Opt(Codes("codes"))),
    Row(
        "errorloc302",
        Enum("errorloc302.code", values=CODES),
        Word("errorloc302.url"),
        once=KEEPS_ONE,
        alone=ONE_ERRORLOC,
    ),
    Row(
        "errorloc303",
        Enum("errorloc303.code", values=CODES),
        Word("errorloc303.url"),
        once=KEEPS_ONE,
        alone=ONE_ERRORLOC,
    ),
)

# Compression: many lines, one object.
ALGORITHMS = ("identity", "gzip", "deflate", "raw-deflate")
COMPRESSION = (
    Row(
        "compression algo",
        Values("compression.algorithms", only=ALGORITHMS),
        once=KEEPS_ONE,
        alone=JOIN,
        sticky=KEEPS_COMPRESSION,
    ),
    Row("compression algo-req", Enum("compression.algo-req", *ALGORITHMS), sticky=KEEPS_COMPRESSION),
    Row(
        "compression algo-res",
        Values("compression.algos-res", only=ALGORITHMS),
        once=KEEPS_ONE,
        alone=JOIN,
        sticky=KEEPS_COMPRESSION,
    ),
    Row("compression type", Values("compression.types"), once=KEEPS_ONE, alone=JOIN, sticky=KEEPS_COMPRESSION),
    Row("compression type-req", Values("compression.types-req"), once=KEEPS_ONE, alone=JOIN, sticky=KEEPS_COMPRESSION),
    Row("compression type-res", Values("compression.types-res"), once=KEEPS_ONE, alone=JOIN, sticky=KEEPS_COMPRESSION),
    Row("compression offload", Const(compression__offload=True), sticky=KEEPS_COMPRESSION),
)
# The specification has this field for frontends, too, but the server refuses it with a 500 "attribute not found".
COMPRESSION_DIRECTION = (
    Row(
        "compression direction", Enum("compression.direction", "request", "response", "both"), sticky=KEEPS_COMPRESSION
    ),
)
COMPRESSION_SIZES = (
    Row("compression minsize-req", Size("compression.minsize_req", low=1, since="3.2"), sticky=KEEPS_COMPRESSION),
    Row("compression minsize-res", Size("compression.minsize_res", low=1, since="3.2"), sticky=KEEPS_COMPRESSION),
)
