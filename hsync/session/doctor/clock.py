"""clock: the difference between the clocks of this machine and the server, on which certificates depend."""

from __future__ import annotations

import time
from collections.abc import Iterator

from hsync.session.doctor.check import Check, Context, Finding, Level

_SLACK_S = 60


def _clock(context: Context) -> Iterator[Finding]:
    there = context.session.client.server_time()
    if there is None:
        return
    skew = round(there - time.time())
    if abs(skew) > _SLACK_S:
        side = "behind" if skew < 0 else "ahead"
        what = f"the clock of the server is {abs(skew)} s {side} of the one here"
        yield Finding(Level.WARNING, what, "synchronize both, for example with chrony")
    else:
        yield Finding(Level.OK, "the clocks agree")


CHECK = Check(40, _clock)
