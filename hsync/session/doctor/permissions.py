"""permissions: what an apply needs on this machine: the file and its folder, the master socket, the runtime socket."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from hsync.dataplane.here import needs_of_socket
from hsync.session.doctor.check import Check, Context, Finding, Level

_RUNTIME = re.compile(r"^\s*stats\s+socket\s+(/\S+)", re.MULTILINE)


def _permissions(context: Context) -> Iterator[Finding]:
    for need in context.session.needs():
        yield Finding(Level.OK if need.met else Level.ERROR, need.what, need.remedy)
    if context.session.client.traits.keeps_text and context.session.reloaded:
        for path in _RUNTIME.findall(context.snapshot.body):
            need = needs_of_socket(Path(path), "stats socket", "show info")
            yield Finding(Level.OK if need.met else Level.WARNING, need.what, need.remedy)


CHECK = Check(5, _permissions)
