"""reloading: whether HAProxy runs, and whether a reload has an effect.

A server reports success for a `reload_cmd` that does nothing: then the process is older than its last reload.

Source: API /services/haproxy/runtime/info (uptime), /services/haproxy/reloads (reload_timestamp).
"""

from __future__ import annotations

from collections.abc import Iterator

from hsync.errors import TargetError
from hsync.schema import Json
from hsync.session.doctor.check import Check, Context, Finding, Level

_SLACK_S = 30
"""Seconds by which two clocks, and the start of a process and its reload, may differ."""

_SOCKET = (
    "give HAProxy a `stats socket` with `level admin` and the Data Plane API the same path, or `master_runtime`; "
    "without it the version and the age of HAProxy are unknown"
)
_PRETENDS = "look at reload_cmd and reload_strategy of the Data Plane API: the command exits with 0 without a reload"


def _reloading(context: Context) -> Iterator[Finding]:
    if not context.session.reloaded:
        what = "nothing tells HAProxy to reload after an apply: the target has no master_socket or reload_command"
        yield Finding(Level.WARNING, what, "set one in [targets.NAME]")
    if context.session.client.traits.keeps_text:
        return
    try:
        info = _info(context.session.client.get_json("/services/haproxy/runtime/info"))
    except TargetError as error:
        yield Finding(Level.WARNING, f"the runtime of HAProxy cannot be asked: {error.message}", _SOCKET)
        return
    version, uptime = info.get("version"), info.get("uptime")
    yield Finding(Level.OK, f"HAProxy {version} runs, for {uptime} s")
    late = _older_than_its_reload(context, uptime) if isinstance(uptime, int) else 0
    if late:
        what = f"HAProxy runs for {uptime} s, and its last reload was reported as succeeded {late} s after it started"
        yield Finding(Level.ERROR, what, _PRETENDS)


def _info(answer: Json) -> dict[str, Json]:
    """The answer of 3.x: an object, or a list of one per process."""
    first = answer[0] if isinstance(answer, list) and answer else answer
    info = first.get("info") if isinstance(first, dict) else None
    return info if isinstance(info, dict) else {}


def _older_than_its_reload(context: Context, uptime: int) -> int:
    """How many seconds before its last successful reload the process started; 0 if it did not."""
    client = context.session.client
    listed = client.get_json("/services/haproxy/reloads")
    times = [
        one["reload_timestamp"]
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and one.get("status") == "succeeded" and isinstance(one.get("reload_timestamp"), int)
    ]
    now = client.server_time()
    if not times or now is None:
        return 0
    late = round(max(float(str(one)) for one in times) - (now - uptime))
    return late if late > _SLACK_S else 0


CHECK = Check(30, _reloading)
