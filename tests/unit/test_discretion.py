"""Errors of the library show no secret, nor do those that they come from, whatever a server says."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from hsync.errors import HsyncError, ReloadFailedError
from hsync.model import Configuration
from hsync.output.masking import without_secrets
from hsync.plan.plan import Plan
from hsync.plan.secrets import conceal, spellings
from hsync.secrecy import learn, scope
from hsync.session import apply_plan
from hsync.session.discretion import take_out
from hsync.session.verifying import verify_plan
from hsync.sync import make_plan
from hsync.testing import Server
from hsync.testing.tap import BEGIN, CHECK, COMMIT, OPERATION, PUSH, READ, RELOAD, STAGED

SECRET = 'canary12345 "x"'
SPELLED = 'canary12345 \\"x\\"'


def plan_with_a_secret(server: Server, line: str) -> Plan:
    text = f'global\n  maxconn 5\n\nbackend b\n  {line} "{SPELLED}"\n'
    with scope():
        learn([SECRET])
        made = make_plan(server.client, Configuration.from_text(text))
    hidden = conceal(without_secrets(made, spellings([SECRET])), {"env:A": SECRET})
    return replace(hidden, inputs=(*hidden.inputs, ("secret env:A", "x")))


RULE, TEXT = "http-request set-header X-A", "http-request frobnicate"
"""A line that travels in an operation, and one that travels in a whole text."""

STEPS = [
    *((apply_plan, RULE, step) for step in (READ, BEGIN, OPERATION, STAGED, COMMIT)),
    (partial(apply_plan, batched=True), RULE, RELOAD),
    *((apply_plan, TEXT, step) for step in (READ, PUSH, RELOAD)),
    *((verify_plan, RULE, step) for step in (READ, BEGIN, OPERATION, STAGED, CHECK)),
    *((verify_plan, TEXT, step) for step in (READ, CHECK)),
]


@pytest.mark.parametrize(("how", "line", "step"), STEPS)
def test_a_server_repeats_what_it_was_sent(how: Callable[..., object], line: str, step: re.Pattern[str]) -> None:
    with Server("global\n  maxconn 5\n") as server:
        plan = plan_with_a_secret(server, line)
        server.tap.refuse(step, f"no {SECRET} and no {SPELLED} here")
        with pytest.raises(HsyncError) as caught:
            how(server.client, plan, secrets=lambda _: SECRET)
    told = "\n".join([*traceback.format_exception(caught.value), getattr(caught.value, "server_message", "")])
    assert "the server answered 400: no (secret) and no (secret) here" in told
    assert "canary" not in told


def test_a_failed_reload_repeats_it() -> None:
    error = ReloadFailedError(f"no: {SECRET}", server_message=SPELLED)
    error.__context__ = ValueError(SECRET)
    error.__context__.__context__ = error  # a circle ends
    take_out(error, [SECRET])
    assert (error.message, str(error), error.server_message) == ("no: (secret)", "no: (secret)", "(secret)")
