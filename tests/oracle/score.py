"""Score the section types against the answers of a real Data Plane API 3.4.

By hand: `python -m tests.oracle.score lines --section backend --word server --show 20` (or `properties --object bind`).

`lines`: hsync's JSON for a text is the server's JSON, and its text for JSON is the server's text, in decoded words.
`properties`: hsync's text for JSON is the server's text.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from hsync.model import Configuration, child_line, full_body, normal, section_text, to_resources
from hsync.schema import Fields, Json, SectionType, Shape
from hsync.sections import by_kind, parse
from hsync.syntax import decode
from tests.corpus import json_lines


@dataclass(frozen=True)
class Verdict:
    """The result for a record: `verdict` is "ok" or the difference; `ours` and `theirs` are for people."""

    record: dict[str, Any]
    verdict: str
    ours: Any = None
    theirs: Any = None


def clean(value: Any) -> Any:
    """JSON without nulls, and without fields that come from comments."""
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items() if v is not None and k != "metadata"}
    return [clean(item) for item in value] if isinstance(value, list) else value


def header_for(section: str) -> str:
    suffix = {"global": "", "traces": "", "defaults": " d", "frontend": " s1 from d", "backend": " s1 from d"}
    return section + suffix.get(section, " s1")


def our_json(section: str, line: str) -> tuple[Fields, list[str]]:
    """hsync's JSON for a line in a section, without name and from; and the opaque lines."""
    bound = to_resources(parse(f"{header_for(section)}\n  {line}\n").sections[0])
    if bound.type is None:
        return {}, [line]
    children = [(path, one.body) for path, many in bound.children.items() for one in many]
    body = full_body(bound.type, {k: v for k, v in bound.base.items() if k != "from"}, children)
    return body, [opaque.line.text for opaque in bound.opaque]


def our_lines(section_type: SectionType, body: Any) -> list[tuple[str, ...]]:
    return [decode(line) for line in section_text(section_type, body).splitlines()[1:]]


def score_lines(keep: Callable[[dict[str, Any]], bool] = lambda _: True) -> Iterator[Verdict]:
    for record in json_lines("oracle/lines.jsonl"):
        if keep(record):
            yield judge_line(record)


def judge_line(record: dict[str, Any]) -> Verdict:
    section, line = record["section"], record["line"]
    body, opaque = our_json(section, line)
    theirs = {k: v for k, v in clean(record.get("json") or {}).items() if k != "name"}
    if not record["modelled"]:
        return Verdict(record, "ok" if not body else "we model it, the server does not", body, None)
    if opaque:
        return Verdict(record, "opaque here, modelled there", opaque, theirs)
    if normal(clean(body)) != normal(theirs):
        return Verdict(record, "json differs", body, theirs)
    ours = our_lines(by_kind()[section], body)
    known = [[d for t in record[k] if (d := decode(t))] for k in ("written", "text") if k in record]
    return Verdict(record, "ok" if ours in known else "text differs", ours, known)


def score_properties(keep: Callable[[dict[str, Any]], bool] = lambda _: True) -> Iterator[Verdict]:
    for record in json_lines("oracle/properties.jsonl"):
        if keep(record) and record.get("written", True) and record["status"] < 300 and not record.get("blank"):
            yield judge_property(record)


CHILD_OF: dict[str, tuple[str, str]] = {
    "acl": ("frontend", "acls"),
    "backend_switching_rule": ("frontend", "backend_switching_rules"),
    "bind": ("frontend", "binds"),
    "capture": ("frontend", "captures"),
    "crt_load": ("crt-store", "crt_loads"),
    "dgram_bind": ("log-forward", "dgram_binds"),
    "filter": ("frontend", "filters"),
    "force_be_switch": ("frontend", "force_be_switches"),
    "group": ("userlist", "groups"),
    "http_after_response_rule": ("frontend", "http_after_response_rules"),
    "http_check": ("backend", "http_checks"),
    "http_error_rule": ("frontend", "http_error_rules"),
    "http_request_rule": ("frontend", "http_request_rules"),
    "http_response_rule": ("frontend", "http_response_rules"),
    "log_target": ("frontend", "log_targets"),
    "mailer_entry": ("mailers", "mailer_entries"),
    "nameserver": ("resolvers", "nameservers"),
    "peer_entry": ("peers", "peer_entries"),
    "quic_initial_rule": ("frontend", "quic_initial_rules"),
    "server": ("backend", "servers"),
    "server_switching_rule": ("backend", "server_switching_rules"),
    "server_template": ("backend", "server_templates"),
    "ssl_front_use": ("frontend", "ssl_front_uses"),
    "stick_rule": ("backend", "stick_rules"),
    "table": ("peers", "tables"),
    "tcp_check": ("backend", "tcp_checks"),
    "tcp_request_rule": ("frontend", "tcp_request_rules"),
    "tcp_response_rule": ("backend", "tcp_response_rules"),
    "user": ("userlist", "users"),
}


@cache
def base_bodies() -> dict[str, Any]:
    """The minimal body of each section object; the text of its other records is the addition to its text."""
    return {
        record["object"]: record["body"] for record in json_lines("oracle/properties.jsonl") if not record["property"]
    }


def judge_property(record: dict[str, Any]) -> Verdict:
    theirs = [decode(text) for text in record["text"]]
    section_type = by_kind().get(record["section"])
    kind = CHILD_OF.get(record["object"])
    if section_type is None:
        return Verdict(record, "no such section", None, theirs)
    if kind is None:
        ours = our_lines(section_type, clean(record["body"]))
        removed = {decode(text) for text in record.get("removed", ())}
        base = our_lines(section_type, clean(base_bodies().get(record["object"], {})))
        added = [line for line in ours if line not in base]
        exact = record["property"] and added == theirs and set(base) - set(ours) <= removed
        return Verdict(
            record,
            "ok" if exact or ours == theirs or set(ours) - removed == set(theirs) else "text differs",
            ours,
            theirs,
        )
    child = section_type.child_by_path.get(kind[1])
    if child is None:
        return Verdict(record, "no such child", None, theirs)
    line = child_line(section_type, child.path, clean(record["body"]))
    ours = [] if line is None else [decode(line)]
    return Verdict(record, "ok" if ours == theirs else "text differs", ours, theirs)


def canonical_configuration(text: str) -> dict[str, Json]:
    """A configuration as a JSON object with the structure of oracle/files/*/*.json."""
    found: dict[str, Json] = {}
    configuration = Configuration.from_text(text)
    for key in configuration.sections:
        bound = configuration.resources(key)
        if bound.type is None:
            continue
        body = full_body(bound.type, bound.base, [(p, one.body) for p, many in bound.children.items() for one in many])
        if bound.type.shape is Shape.SINGLETON:
            found[bound.type.path] = body
        else:
            listed = found.setdefault(bound.type.path, [])
            assert isinstance(listed, list)
            listed.append({"name": bound.name, **body})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["lines", "properties"])
    parser.add_argument("--section", default="")
    parser.add_argument("--object", default="")
    parser.add_argument("--word", default="", help="first word(s) of the line")
    parser.add_argument("--verdict", default="", help="only this verdict, by a part of its text")
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args()

    def keep(record: dict[str, Any]) -> bool:
        line = record.get("line", " ".join(record.get("text", ())[:1]))
        return (
            options.section in ("", record["section"])
            and options.object in ("", record.get("object"))
            and (not options.word or line.split()[: len(options.word.split())] == options.word.split())
        )

    verdicts = list((score_lines if options.what == "lines" else score_properties)(keep))
    print(Counter(v.verdict for v in verdicts))
    by = "section" if options.what == "lines" else "object"
    good = Counter(v.record[by] for v in verdicts if v.verdict == "ok")
    for name, count in Counter(v.record[by] for v in verdicts).most_common():
        print(f"  {name:28} {good[name]:5} / {count}")
    bad = [v for v in verdicts if v.verdict != "ok" and options.verdict in v.verdict]
    for v in bad[: options.show]:
        what = v.record.get("line") or json.dumps(v.record.get("body"))
        print(f"\n{v.record.get('id', '')} [{v.verdict}] {what}\n   ours   {v.ours}\n   theirs {v.theirs}")


if __name__ == "__main__":
    main()
