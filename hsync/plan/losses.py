"""losses: what a Data Plane API server would change in the desired text by itself, on any write of anything.

The server rewrites the whole file at each commit: directives by keyword, unknown ones last. Where order carries
meaning, that is a silent change of meaning. It is refused before anything is sent, each place with its remedy. A target
without such a server (the embedded one) keeps text as it is and has none of these losses.

Source: reference/dataplane-api.md 6.1; reference/haproxy-cfg.md section 1 (traps) and section 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hsync.errors import Fault
from hsync.model import BoundSection, Configuration
from hsync.plan.compare import Delta
from hsync.plan.lanes import newer
from hsync.syntax import Section

__all__ = ["losses"]

_GONE = {"program": "3.4", "namespace_list": "3.0"}
"""Section kinds that the server does not know from an API line on: it adds their lines to the section before."""


def losses(desired: Configuration, deltas: Iterable[Delta], api: str) -> list[Fault]:
    """Every place where the server would change the meaning of a section that the plan touches, in order.

    What the plan does not touch is the server's own text already.
    """
    found = [
        (line, what, remedy)
        for section in (delta.after for delta in deltas)
        if section is not None
        for line, what, remedy in (
            *_absorbed(section.section, api),
            *_default_server(section.section),
            *_captures(section.section),
            *_log_formats(section.section),
            *_reordered(section),
        )
    ]
    return [Fault(desired.document.where(line), what, remedy) for line, what, remedy in sorted(found)]


_Found = Iterator[tuple[int, str, str]]


def _absorbed(section: Section, api: str) -> _Found:
    gone = _GONE.get(section.kind)
    if gone and not newer(gone, api):
        what = f"the server knows no {section.kind} since {gone}: it would add these lines to the section before"
        yield section.line, what, "remove the section, or manage this host without a Data Plane API"


def _default_server(section: Section) -> _Found:
    if section.kind == "listen" or "default-server" not in section.text:
        return
    first = 0
    for line in section.directives:
        word = line.words[0]
        first = first or (line.number if word in {"server", "server-template"} else 0)
        if word == "default-server" and first:
            what = (
                f"default-server below the server of line {first}: the server writes it above, and it would apply to it"
            )
            yield line.number, what, "put default-server first, or give the settings to each server"


def _captures(section: Section) -> _Found:
    if section.kind != "frontend" or "declare" not in section.text:
        return
    header = 0
    for line in section.directives:
        words = line.words
        header = header or (line.number if words[0] == "capture" else 0)
        if words[:2] == ["declare", "capture"] and header:
            what = f"declare capture below the capture of line {header}: the server changes their order, so the slots"
            yield line.number, what, "use declare capture and http-request capture for all"


def _log_formats(section: Section) -> _Found:
    """HAProxy lets the later of the two win; the server writes httplog first, whatever was sent."""
    if "tcplog" not in section.text or "httplog" not in section.text or section.kind == "listen":
        return
    lines = {
        words[1]: line.number for line in section.directives if (words := line.words)[:1] == ["option"] and words[1:]
    }
    if {"tcplog", "httplog"} <= set(lines) and lines["tcplog"] < lines["httplog"]:
        what = f"option httplog below the option tcplog of line {lines['tcplog']}: the server changes their order"
        yield lines["httplog"], what, "keep the one that is meant"


def _reordered(section: BoundSection) -> _Found:
    """Lines that the API cannot address, between lines of their keyword that it can: they would end up behind them."""
    for one in section.opaque:
        behind = sum(len(section.children.get(path, ())) - count for path, count in one.after)
        if behind and not one.line.snippet:
            word = one.line.words[0]
            what = f"`{one.line.text}`: {one.reason}; the server would move it behind {behind} other {word} lines"
            yield one.line.number, what, f"put it after the other {word} lines, or use a form that the API knows"
