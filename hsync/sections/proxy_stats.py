"""`stats` lines of proxies, for the statistics page: many lines, one object.

Manual chapter 4.2; API field `stats_options`.
"""

from __future__ import annotations

from hsync.schema import Body, Cond, Const, Enum, Int, Key, OneOf, Opt, Pattern, Rest, Row, Rows, Seq, Time, Word
from hsync.sections.proxies import KEEPS_ONE
from hsync.sections.proxy_shapes import LOST, Condition, Unmodelled
from hsync.sections.sockets import Token

__all__ = ["BACKEND_STATS", "DEFAULTS_STATS", "FRONTEND_STATS"]

UNREAD = "the Data Plane API writes this line in this kind of section, but cannot read it"
NODE = "stats_options.stats_show_node_name"


def user_and_password(body: Body) -> str | None:
    """`user:password`."""
    user, password = body.get("user"), body.get("passwd")
    return f"{user}:{password}" if user and password else None


def http_requests(raw_only: str = "") -> Row:
    """`stats http-request`: access to the page."""
    action = OneOf(Seq(Enum("type", "auth"), Opt(Key("realm", Word("realm")))), Enum("type", "allow", "deny"))
    return Rows("stats http-request", "stats_options.stats_http_requests", action, Cond(), raw_only=raw_only)


def admin(raw_only: str = "") -> Row:
    """`stats admin`: access to the state of servers."""
    condition = Condition("stats_options", "stats_admin_cond", "stats_admin_cond_test")
    return Row("stats admin", Const(stats_options__stats_admin=True), condition, raw_only=raw_only, once=KEEPS_ONE)


FLAGS = tuple(
    Row(f"stats {word}", Const(**{f"stats_options__stats_{word.replace('-', '_')}": True}))
    for word in ("enable", "hide-version", "show-legends", "show-modules")
)
AUTHS = Rows(
    "stats auth",
    "stats_options.stats_auths",
    Pattern(r"(?P<user>[^:]+):(?P<passwd>[^:]+)", user_and_password, secrets=("passwd",)),
)
REALM = Row("stats realm", Const(stats_options__stats_realm=True), Rest("stats_options.stats_realm_realm"))
SCALARS = (
    Row("stats show-version", Const(stats_options__stats_show_version=True), since="3.4"),
    Row("stats maxconn", Int("stats_options.stats_maxconn", low=1)),
    # 3.2.5 reads a number without a unit as milliseconds, and writes a number without a unit
    Row("stats refresh", Time("stats_options.stats_refresh_delay", bare="s"), written="3.3"),
    Row("stats show-desc", Rest("stats_options.stats_show_desc")),
    Row("stats show-node", Token(NODE)),
    Row("stats show-node", Const(**{NODE.replace(".", "__"): ""}), raw_only="the Data Plane API refuses an empty name"),
    Row("stats uri", Token("stats_options.stats_uri_prefix")),
    Row("stats scope", Unmodelled(), raw_only=LOST),
    Row("stats bind-process", Unmodelled(), raw_only=LOST),
)

BACKEND_STATS = (admin(), AUTHS, *FLAGS, http_requests(), REALM, *SCALARS)
FRONTEND_STATS = (admin(), AUTHS, *FLAGS, http_requests(raw_only=UNREAD), REALM, *SCALARS)
DEFAULTS_STATS = (admin(raw_only=UNREAD), AUTHS, *FLAGS, http_requests(raw_only=UNREAD), REALM, *SCALARS)
