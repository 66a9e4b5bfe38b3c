"""stats: the answer to `GET stats/native`, from the master socket of HAProxy.

Source: docs/reference/dataplane-api.md; HAProxy management guide 9.1, 9.4 (`@1` is the newest worker).
"""

from __future__ import annotations

import csv

from hsync.dataplane.embedded.answers import Refusal
from hsync.dataplane.embedded.reloads import ask
from hsync.schema import Fields, Json

__all__ = ["native"]

_KINDS = {"0": "frontend", "1": "backend", "2": "server"}
"""Values of the field `type`; a bind is none of these."""


def native(socket: str) -> Json:
    """The numbers, as a Data Plane API gives them.

    Args:
        socket: path of the master socket; "" for none.

    Raises:
        Refusal: 500 with a reason; there is no socket, or nobody answers.
    """
    if not socket:
        raise Refusal(500, "this target has no master_socket, so nobody knows the numbers of HAProxy")
    try:
        text = ask(socket, b"@1 show stat\n", last=True)
    except OSError as error:
        raise Refusal(500, f"{socket}: {error.strerror or error}") from error
    rows = csv.DictReader(text.removeprefix("# ").splitlines())
    return {"runtimeAPI": f"{socket}@1", "stats": [_entry(row) for row in rows if row.get("type") in _KINDS]}


def _entry(row: dict[str, str]) -> Json:
    kind = _KINDS[row["type"]]
    stats: Fields = {name: int(value) if value.isdecimal() else value for name, value in row.items() if name and value}
    if kind == "server":
        return {"type": kind, "name": row["svname"], "backend_name": row["pxname"], "stats": stats}
    return {"type": kind, "name": row["pxname"], "stats": stats}
