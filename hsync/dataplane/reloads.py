"""Reloads: wait until HAProxy runs a committed configuration. Only then a plan is applied.

Rule 1: the configuration is already committed, so no error of this module means that it is not.
Rule 2: a failed poll is repeated; only the time limit ends the wait.

Theory: the server reloads at fixed intervals (`reload_delay`, 5 s by default), so one reload can have the changes of
several clients. A poll may wait in the server for a running reload, 13 to 15 s without a runtime socket. The index in a
reload's id starts again when the server is restarted, so an unknown id means that the server was restarted.

Source: docs/reference/dataplane-api.md 7. API /services/haproxy/reloads/{id}.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from hsync.dataplane.answers import lines, one_line
from hsync.dataplane.deadline import Deadline, running
from hsync.dataplane.timing import Timing
from hsync.errors import OutcomeUnknown, ReloadFailedError, ServerRefused, TargetError
from hsync.schema import Json

__all__ = ["Reload", "await_reload"]

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0
_GROWTH = 1.5


@dataclass(frozen=True, slots=True)
class Reload:
    """A successful reload.

    Args:
        status: `succeeded`; a failed reload is an error.
        response: HAProxy's output; "" if the server does not have it.
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
    """Poll until the end of a reload.

    Args:
        get_json: reads a path of the API.
        reload_id: from the answer to the commit.
        timing: the clock.
        timeout: maximum wait in seconds.
        on_wait: called before each pause with the seconds waited so far.

    Returns:
        The successful reload.

    Raises:
        ReloadFailedError: HAProxy could not load the configuration.
        OutcomeUnknown: the time limit was reached, or the server does not know the reload any more.
        ServerRefused: the server refuses to show the reload.
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
    end = f"after {timeout:g} s" if patience == timeout else f"at the time limit of the command, {timing.command}"
    raise OutcomeUnknown(f"committed, but reload {one_line(reload_id)} has not ended {end}: {doubt}", hint=_HINT)


_HINT = "look at HAProxy's log, and compare the stored configuration with the applied one: hsync drift"


def _poll(get_json: Callable[[str], Json], reload_id: str) -> tuple[Reload | None, str]:
    """The reload if it has succeeded; else None, and why its end is not known yet."""
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
            f"committed, but HAProxy could not load it (reload {one_line(reload_id)}): {one_line(words)}",
            server_message=words,
            hint="the server has restored the old file: fix the error, then make the plan again: hsync plan",
        )
    if status == "succeeded":
        return Reload(status, words), ""
    return None, f"its status is {one_line(str(status))}"
