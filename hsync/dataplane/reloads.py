"""Reloads: a commit is accepted first and runs later; waiting for it is what makes "applied" true.

Rule 1: the configuration is committed when this is called: whatever goes wrong in here never means "not applied".
Rule 2: a lost poll is no reason to give up, only the end of patience is.

Theory: the server groups changes and reloads at its own ticks (`reload_delay`, 5 s by default), so the same id can be
ours and others'. A poll may itself wait for a running reload, 13 to 15 s where there is no runtime socket. The index
in an id starts again with the server's process: an id that is unknown is a server that was restarted.

Source: docs/reference/dataplane-api.md 7. API /services/haproxy/reloads/{id}.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from hsync.dataplane.answers import lines, one_line
from hsync.dataplane.connection import Timing
from hsync.dataplane.deadline import Deadline, running
from hsync.errors import OutcomeUnknown, ReloadFailedError, ServerRefused, TargetError
from hsync.schema import Json

__all__ = ["Reload", "await_reload"]

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0
_GROWTH = 1.5


@dataclass(frozen=True, slots=True)
class Reload:
    """A reload that is over.

    Args:
        status: `succeeded`; a failed one is an error.
        response: HAProxy's output, "" where the server does not know it.
    """

    status: str
    response: str = ""


def await_reload(
    get_json: Callable[[str], Json],
    reload_id: str,
    *,
    timing: Timing,
    timeout: float,
    on_wait: Callable[[float], None] | None = None,
) -> Reload:
    """Poll until a reload is over.

    Args:
        get_json: reads a path of the API.
        reload_id: as the commit answered it.
        timing: the clock.
        timeout: seconds of patience.
        on_wait: called before each pause with the seconds waited so far.

    Returns:
        The reload, succeeded.

    Raises:
        ReloadFailedError: HAProxy did not take the configuration.
        OutcomeUnknown: patience ran out, or the server does not know the reload any more.
        ServerRefused: the server refuses to tell.
    """
    started, pause = timing.clock(), _FIRST_PAUSE_S
    patience = min(timeout, timing.command.left)
    with running(Deadline.after(patience, timing.clock)):
        while True:
            reload, doubt = _poll(get_json, reload_id)
            if reload is not None:
                return reload
            waited = timing.clock() - started
            if waited + pause > patience:
                break
            if on_wait is not None:
                on_wait(waited)
            timing.sleep(pause)
            pause = min(pause * _GROWTH, _LONGEST_PAUSE_S)
    end = f"after {timeout:g} s" if patience == timeout else f"at the end of the time of the command, {timing.command}"
    raise OutcomeUnknown(f"committed, but reload {one_line(reload_id)} is not over {end}: {doubt}", hint=_HINT)


_HINT = "look at HAProxy's log; whether it stores what was applied: hsync drift"


def _poll(get_json: Callable[[str], Json], reload_id: str) -> tuple[Reload | None, str]:
    """The reload if it is over, else why that is not known yet."""
    try:
        body = get_json(f"/services/haproxy/reloads/{quote(reload_id, safe='')}")
    except ServerRefused as refusal:
        if refusal.status != 404:
            raise
        raise OutcomeUnknown(
            f"committed, but the server does not know reload {one_line(reload_id)}: it may have been restarted",
            hint=_HINT,
        ) from refusal
    except TargetError as lost:
        return None, lost.message
    fields = body if isinstance(body, dict) else {}
    status, response = fields.get("status"), fields.get("response")
    words = lines(response) if isinstance(response, str) else ""
    if status == "failed":
        raise ReloadFailedError(
            f"committed, but HAProxy did not take it (reload {one_line(reload_id)}): {one_line(words)}",
            server_message=words,
            hint="the server has put the old file back: correct what failed, then make the plan again: hsync plan",
        )
    if status == "succeeded":
        return Reload(status, words), ""
    return None, f"its status is {one_line(str(status))}"
