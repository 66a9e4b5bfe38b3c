"""Replays recorded exchanges with a real Data Plane API against the embedded server.

The format is described in docs/reference/recordings.md 1. Each step compares status, headers, body, and the
text on disk. Some differences are ignored in all scenarios:

- messages: only the part up to the first colon of an error message counts (the server's error class); of a schema or
  decoder failure nothing, since these are messages of Go libraries; of HAProxy's output nothing;
- `metadata`: comments are text for the embedded server, and hsync neither sends nor reads the field.
"""

from __future__ import annotations

import base64
import difflib
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from hsync.dataplane.embedded import EmbeddedSettings, EmbeddedTransport, serve
from hsync.dataplane.embedded.reloads import Outcome
from hsync.dataplane.embedded.storage import MemoryStorage
from hsync.testing import REWRITING, Clock

HEADERS = ("Configuration-Version", "Configuration-Checksum", "Reload-ID", "Content-Type", "Allow")
CONFIGURATION = "/v3/services/haproxy/configuration/"
SERVED = re.compile(
    r"/v3/(info|specification|services/haproxy/((reloads|transactions)(/.*)?|configuration/(?!traces/entries).*))"
    r"|/v3/|/v3//.*|/|/v2/.*|/v3/nothing"
)
IN_USE = re.compile(r"bind (127\.0\.0\.1:5639|203\.0\.113\.\d+:\d+|192\.0\.2\.\d+:\d+)")
VARIABLE = re.compile(r"\$\{(\w+)\}")
GO_WORDS = re.compile(r"unmarshalerDecoder|failed to decode request body|json: ")


@dataclass
class Scenario:
    """A scenario file."""

    path: Path
    data: dict[str, Any]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def steps(self) -> list[dict[str, Any]]:
        return list(self.data["steps"])


@dataclass
class Result:
    """The result of a replay: the number of compared steps, and the differences by step."""

    compared: int = 0
    differs: dict[int, str] = field(default_factory=dict)


def scenarios(folder: Path) -> list[Scenario]:
    """All scenarios, by number."""
    paths = sorted(folder.glob("*.json"), key=lambda path: int(path.stem.partition("-")[0]))
    return [Scenario(path, json.loads(path.read_text(encoding="utf-8"))) for path in paths]


def in_scope(step: dict[str, Any]) -> bool:
    """Whether the embedded server has the endpoint of a step. It has no users, no runtime and no full specification."""
    if "request" not in step:
        return True
    request = step["request"]
    runtime = "x-runtime-actions" in {name.lower() for name in request.get("headers") or {}}
    return not (request.get("auth") in {"none", "wrong"} or runtime) and bool(SERVED.fullmatch(request["path"]))


class Player:
    """Plays one scenario."""

    def __init__(self, scenario: Scenario, haproxy_bin: str | None, *, over_socket: bool = False) -> None:
        self.settings = scenario.data["server"]["settings"]
        self.variables: dict[str, Any] = scenario.data["variables"]
        self.bound: dict[str, str] = {}
        self.clock = Clock()
        self.storage = MemoryStorage(self.filled(scenario.data["start"]))
        self.haproxy_bin = haproxy_bin
        self.result = Result()
        self.scenario = scenario
        self.over_socket = over_socket
        self.open = ExitStack()

    def start(self) -> None:
        """Start the server, or restart it."""
        transport = EmbeddedTransport(
            settings=EmbeddedSettings(
                haproxy_bin=self.haproxy_bin,
                manner=REWRITING,
                backups=self.settings["backups_number"],
                max_open_transactions=self.settings["max_open_transactions"],
                reload_delay_s=self.settings["reload_delay_s"],
                clock=self.clock,
                runner=self.reload,
            ),
            storage=self.storage,
        )
        self.open.close()
        if self.over_socket:
            url = self.open.enter_context(serve(transport))
            self.client = self.open.enter_context(httpx.Client(base_url=url))
        else:
            self.client = self.open.enter_context(httpx.Client(transport=transport, base_url="http://embedded"))

    def reload(self) -> Outcome:
        """A HAProxy that cannot bind one address."""
        if self.settings["reload"] == "stub":
            return Outcome(ok=True)
        return Outcome(ok=not IN_USE.search(self.storage.read()), response="[NOTICE] haproxy's words")

    def play(self) -> Result:
        """All steps in order."""
        with self.open:
            self.start()
            for number, step in enumerate(self.scenario.steps):
                self.step(number, step)
        return self.result

    def step(self, number: int, step: dict[str, Any]) -> None:
        """Run one step, and compare the text on disk after it."""
        if "action" in step:
            self.act(step["action"])
        elif in_scope(step):
            self.ask(number, step)
        if "disk_after" in step and number not in self.result.differs:
            self.note(number, "disk", mismatch(self, step["disk_after"], self.disk()))

    def disk(self) -> object:
        """The text on disk, as JSON can represent it."""
        raw = self.storage.read().encode("utf-8", "surrogateescape")
        return text_or_base64(raw)

    def note(self, number: int, what: str, why: str) -> None:
        """Record a difference."""
        if why:
            self.result.differs.setdefault(number, f"{what}: {why}")

    def act(self, action: dict[str, Any]) -> None:
        """Change the file or the server."""
        if "write_file" in action:
            self.storage.write(self.filled(action["write_file"]))
        if "wait_s" in action:
            self.clock.now += float(action["wait_s"])
            self.client.get("/v3/info")
        if "restart" in action:
            self.start()

    def ask(self, number: int, step: dict[str, Any]) -> None:
        """Send a request and compare its answer."""
        if "poll" in step:
            self.clock.now += 10
        self.clock.now += 0.01
        answer = self.client.send(self.request(step["request"]))
        expected = step["response"]
        self.result.compared += 1
        if "Reload-ID" in expected["headers"]:
            self.bound.pop(VARIABLE.findall(expected["headers"]["Reload-ID"])[0], None)
        self.note(
            number,
            "status",
            "" if answer.status_code == expected["status"] else f"{answer.status_code} {answer.text[:200]}",
        )
        if step.get("repeatable") is False or number in self.result.differs:
            return
        for name in HEADERS:
            given, wanted = answer.headers.get(name), expected["headers"].get(name)
            self.note(number, name, mismatch(self, wanted, given))
        if "body" not in step.get("ignore", ()):
            self.note(number, "body", self.compare_body(step, answer))

    def compare_body(self, step: dict[str, Any], answer: httpx.Response) -> str:
        expected = step["response"].get("body", "")
        if not answer.content or not answer.headers.get("content-type", "").startswith("application/json"):
            return mismatch(self, expected, text_or_base64(answer.content))
        given = json.loads(answer.content)
        if answer.status_code >= 400:
            return compare_error(self, expected, given, whole="body.message" not in step.get("ignore", ()))
        if step["request"]["path"] in {"/v3/specification", "/v3/info"}:
            # Of these only what a client looks at: the embedded server is no build of the real one.
            expected, given = looked_at(expected), looked_at(given)
        return mismatch(self, clean(expected), clean(given), unordered=step.get("unordered", False))

    def request(self, request: dict[str, Any]) -> httpx.Request:
        """The request to send."""
        body, headers = request.get("body"), dict(request.get("headers") or {})
        content = b""
        if "body_base64" in request:
            content = base64.b64decode(request["body_base64"])
        elif isinstance(body, dict) and set(body) == {"repeat", "times"}:
            content = (body["repeat"] * body["times"]).encode()
        elif isinstance(body, str):
            content = self.filled(body).encode("utf-8", "surrogateescape")
        elif body is not None:
            content = json.dumps(expand(self.filled(body))).encode()
        query = {name: self.filled(value) for name, value in (request.get("query") or {}).items()}
        made = self.client.build_request(request["method"], "/", content=content, headers=headers, params=query)
        # An HTTP client removes dot segments from paths; percent-encoded ones arrive.
        path = self.filled(request["path"]).replace("/..", "/%2E%2E")
        raw = made.url.raw_path.partition(b"?")[2]
        made.url = made.url.copy_with(raw_path=path.encode() + (b"?" + raw if raw else b""))
        return made

    def filled(self, value: Any) -> Any:
        """A value with its variables replaced."""
        if isinstance(value, str):
            return VARIABLE.sub(lambda match: self.value_of(match.group(1), match.group()), value)
        if isinstance(value, list):
            return [self.filled(one) for one in value]
        if isinstance(value, dict):
            return {name: self.filled(one) for name, one in value.items()}
        return value

    def value_of(self, name: str, otherwise: str) -> str:
        if name in self.bound:
            return self.bound[name]
        known = self.variables.get(name)
        if name.startswith("RELOAD") and known is not None:
            # An id that was never given out; recorded on another day.
            return f"{datetime.now(UTC):%Y-%m-%d}-{str(known).rpartition('-')[2]}"
        if isinstance(known, dict):
            return str(known["repeat"]) * int(known["times"])
        return str(known) if known is not None else otherwise


def expand(value: Any) -> Any:
    """Long strings written as `{"repeat", "times"}`."""
    if isinstance(value, dict):
        if set(value) == {"repeat", "times"}:
            return value["repeat"] * value["times"]
        return {name: expand(one) for name, one in value.items()}
    return [expand(one) for one in value] if isinstance(value, list) else value


def text_or_base64(raw: bytes) -> object:
    """The text, or its base64 if it is not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}


def clean(value: Any) -> Any:
    """JSON without the fields that are not compared."""
    if isinstance(value, list):
        return [clean(one) for one in value]
    if isinstance(value, dict):
        return {name: clean(one) for name, one in value.items() if name not in {"metadata", "response"}}
    return value


def looked_at(value: Any) -> Any:
    """The compared part of a specification or an `info`: the API release, or that there is a version."""
    return value["info"]["version"] if "info" in value else "version" in value["api"]


def compare_error(player: Player, expected: Any, given: Any, *, whole: bool) -> str:
    """Code, and the class of the message."""
    wanted, said = str(expected["message"]), str(given["message"])
    if expected["code"] != given["code"]:
        return f"code {given['code']}"
    if expected["code"] == 422 or GO_WORDS.match(wanted):
        return ""
    if not whole or wanted.startswith("validation error: exit status"):
        wanted, said = wanted.partition("msg=")[0].partition(", [")[0], said.partition("msg=")[0].partition(", [")[0]
        return mismatch(player, wanted, said)
    if not mismatch(player, wanted, said):
        return ""
    wanted, said = wanted.partition(":")[0], said.partition(":")[0]
    return mismatch(player, wanted, said)


def mismatch(player: Player, expected: Any, given: Any, *, unordered: bool = False) -> str:
    """The first difference between an answer and the recorded one, or ""; variables get their value at the first use."""
    if isinstance(expected, str) and (isinstance(given, str) or VARIABLE.fullmatch(expected)):
        return _mismatch_text(player, expected, str(given))
    if isinstance(expected, list) and isinstance(given, list):
        return _mismatch_list(player, expected, given, unordered=unordered)
    if isinstance(expected, dict) and isinstance(given, dict):
        if set(expected) != set(given):
            return f"fields {sorted(set(expected) ^ set(given))} of {json.dumps(given)[:300]} / {json.dumps(expected)[:300]}"
        found = (mismatch(player, expected[name], given[name]) for name in expected)
        return next((f"{one}" for one in found if one), "")
    same = expected == given and type(expected) is type(given)
    return "" if same else f"{json.dumps(given)[:300]} instead of {json.dumps(expected)[:300]}"


def _mismatch_list(player: Player, expected: list[Any], given: list[Any], *, unordered: bool) -> str:
    if len(expected) != len(given):
        return f"{len(given)} instead of {len(expected)} items: {json.dumps(given)[:300]}"
    if not unordered:
        return next((one for e, g in zip(expected, given, strict=True) if (one := mismatch(player, e, g))), "")
    left = list(given)
    for one in expected:
        before = dict(player.bound)
        for candidate in left:
            player.bound = dict(before)
            if not mismatch(player, one, candidate):
                left.remove(candidate)
                break
        else:
            return f"no item like {json.dumps(one)[:300]} in {json.dumps(left)[:300]}"
    return ""


def _mismatch_text(player: Player, expected: str, given: str) -> str:
    pattern, names = [], []
    position = 0
    for match in VARIABLE.finditer(expected):
        name = match.group(1)
        pattern.append(re.escape(expected[position : match.start()]))
        position = match.end()
        if name not in player.variables:
            pattern.append(re.escape(match.group()))
        elif name in player.bound:
            pattern.append(re.escape(player.bound[name]))
        elif name in names:
            pattern.append(f"(?P={name})")
        else:
            names.append(name)
            pattern.append(f"(?P<{name}>.+?)")
    pattern.append(re.escape(expected[position:]))
    found = re.fullmatch("".join(pattern), given, re.DOTALL)
    if found is None:
        return _text_difference(player.filled(expected), given)
    player.bound.update(found.groupdict())
    return ""


def _text_difference(expected: str, given: str) -> str:
    lines = list(_changed(expected, given))
    return " | ".join(lines)[:400] or "other variables"


def _changed(expected: str, given: str) -> Iterator[str]:
    for line in difflib.unified_diff(expected.splitlines(), given.splitlines(), lineterm="", n=0):
        if line[:3] not in {"---", "+++"} and line[:2] != "@@" and "_md5hash" not in line:
            yield line
