"""Any input gives a result, or an error with a message: never a crash.

`HSYNC_FUZZ` is the number of inputs (`make torture`: 100,000, different in each run); by default there are few,
which are the same in each run.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hsync.dataplane import DataplaneClient, target_for
from hsync.dataplane.embedded import EmbeddedTransport, serve
from hsync.errors import BugError, HsyncError
from hsync.model import Configuration, to_resources
from hsync.output.conversion import configuration_object, configuration_text
from hsync.output.human import plan_text
from hsync.output.machine import plan_document
from hsync.output.markdown import plan_page
from hsync.plan.compare import compare
from hsync.plan.losses import losses
from hsync.plan.plan import Plan, Target
from hsync.render import load_variables
from hsync.render.project import load_project
from hsync.schema import Shape
from hsync.sections import by_kind, grammar, unmodelled
from hsync.session import make_plan, read_desired
from hsync.store import planfile, read_state
from hsync.store.places import Place
from hsync.syntax import check, emit, lost
from tests.cases.reader import cases
from tests.conversation import conversation
from tests.property.mutations import as_bytes, damaged, damaged_bytes

ALL = int(os.environ.get("HSYNC_FUZZ", "0"))
FEW = 500


def inputs(share: float) -> Callable[[Any], Any]:
    """The number of inputs for a share of the total."""
    count = max(1, round((ALL or FEW) * share))
    return settings(
        max_examples=count,
        derandomize=not ALL,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def told() -> Iterator[None]:
    """Assert that only errors with a message leave the block."""
    try:
        yield
    except BugError:
        raise
    except HsyncError as error:
        assert error.message  # noqa: PT017 - it is one of many


# Configurations


@cache
def lines() -> dict[str, tuple[str, ...]]:
    """Lines by section kind; a kind without rows has the lines of the kinds in `like`."""
    found: dict[str, list[str]] = {}
    for case in cases("line", "opaque"):
        found.setdefault(case.kind, []).append(case.parts.get("line") or case.parts["opaque"])
    for one in unmodelled().values():
        for like in one.like:
            found.setdefault(one.kind, []).extend(found.get(like, ()))
    return {kind: tuple(many) for kind, many in found.items()}


@st.composite
def sections(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(sorted(lines())))
    known = by_kind().get(kind)
    named = unmodelled()[kind].named if known is None else known.shape is not Shape.SINGLETON
    name = draw(st.sampled_from(("a", "b", "a-b.c:d"))) if named else ""
    below = draw(st.lists(st.sampled_from(lines()[kind]), max_size=6))
    return "\n  ".join((f"{kind} {name}".rstrip(), *below)) + "\n"


HEADS = (
    "",
    "# _version=3\n# _md5hash=d41d8cd98f00b204e9800998ecf8427e\n",
    "global\n  maxconn 5\ndefaults\n  mode http\n",
    "maxconn 5\n",
)

configurations = st.tuples(st.sampled_from(HEADS), st.lists(sections(), max_size=4)).map(
    lambda parts: parts[0] + "\n".join(parts[1])
)


def plan_between(current: str, desired: str, url: str) -> Plan:
    with DataplaneClient.embedded(text=current) as client:
        return make_plan(client, read_desired(desired, "desired"), Target("it", url, "3.4"))


@inputs(0.3)
@given(damaged(configurations))
def test_a_text_is_read_in_every_way(text: str) -> None:
    configuration = Configuration.from_text(text)
    assert emit(configuration.document) == text
    for fault in (*check(configuration.document, grammar()), *lost(configuration.document, grammar())):
        assert fault.shown()
    assert compare(configuration, Configuration.from_text(text)) == ()
    losses(configuration, "3.0")
    for section in configuration.document.sections:
        to_resources(section)
    with told():
        written = configuration_text(json.loads(json.dumps(configuration_object(configuration))), "x.json")
        Configuration.from_text(written)


@inputs(0.2)
@given(damaged(configurations), damaged(configurations), st.booleans(), st.sampled_from(("file:/x", "http://h:5555")))
def test_a_plan_between_two_texts_can_be_shown_saved_and_read(current: str, other: str, close: bool, url: str) -> None:
    current = as_bytes(current).decode("utf-8", "surrogateescape")  # it comes from a file, the other from a template
    desired = current[: len(current) // 2] + other[len(other) // 2 :] if close else other
    with told():
        plan = plan_between(current, desired, url)
        saved, _, _ = planfile.load(planfile.dump(plan, planfile.Meta()), "it.plan.json")
        assert plan_text(saved, diff=True, bodies=True)
        assert plan_page(saved, bodies=True)
        assert plan_document(saved, None, bodies=True)


# Files


NAMES = st.sampled_from(("a", "b.c", "global", "0", "no", "~", "<<"))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
YAML_TEXTS = (
    "a: &x\n  b: 1\nc: *x\nd:\n  <<: *x\n",
    "a: [1, 2, {b: c}]\nd: |\n  text\n  more\ne: >-\n  folded\n",
    "- 1\n- 2\n",
    "a: 2026-11-27\nb: 0o17\nc: 1_000\nd: .inf\ne: !!binary aGk=\nf: !!set {a, b}\ng: !!omap [a: 1]\n",
    "? [a, b]\n: c\n? {d: e}\n: f\n---\ng: h\n...\n",
    "%YAML 1.1\n---\na: yes\nb: 0660\nc: 12:30:45\n",
)
TOML_TEXTS = (
    'a = 1\nb = "x"\n[c]\nd = [1, 2]\n[[e]]\nf = 2026-11-27T01:02:03Z\n[[e]]\ng = 1e3\n',
    'a.b.c = true\n"d e" = { f = 0x1f, g = inf }\nh = """\nmany\nlines"""\n',
)
variables = st.one_of(
    st.tuples(st.just(".json"), damaged_bytes(values.map(json.dumps))),
    st.tuples(st.sampled_from((".yaml", ".yml")), damaged_bytes(values.map(json.dumps) | st.sampled_from(YAML_TEXTS))),
    st.tuples(st.just(".toml"), damaged_bytes(st.sampled_from(TOML_TEXTS))),
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder for the files of all inputs."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


@inputs(0.15)
@given(variables, st.lists(st.text(max_size=8), max_size=2))
def test_files_of_variables(folder: Path, file: tuple[str, bytes], pairs: list[str]) -> None:
    path = folder / f"vars{file[0]}"
    path.write_bytes(file[1])
    with told():
        json.dumps(load_variables([path], [f"a.b={pair}" for pair in pairs] if len(pairs) < 2 else pairs))


@cache
def plan_files() -> tuple[str, ...]:
    """Plan files of both lanes."""
    current = "global\n  maxconn 1\nbackend a\n  server s 127.0.0.1:1\npeers p\n  peer a 127.0.0.1:1\n"
    wanted = (
        "global\n  maxconn 2\nbackend a\n  acl x path /\n  server s 127.0.0.1:2 weight 2\npeers p\n  log stdout local0\n",
        "global\n  maxconn 1\nlisten l\n  bind :1\n",
        current,
    )
    plans = (plan_between(current, desired, "file:/x") for desired in wanted)
    return tuple(planfile.dump(plan, planfile.Meta()) for plan in plans)


def with_right_digest(text: str) -> str:
    """A plan file with the digest of its edited plan, so that the checks after the digest are reached."""
    try:
        document = json.loads(text)
        document["digest"] = planfile._digest(document["plan"])
        return json.dumps(document)
    except (ValueError, TypeError, LookupError, RecursionError):
        return text


@st.composite
def edited(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A JSON document with some values replaced."""
    document = json.loads(draw(texts))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = document
        for _ in range(draw(st.integers(0, 7))):
            inner = list(place) if isinstance(place, dict) else range(len(place)) if isinstance(place, list) else ()
            if not inner:
                break
            at = draw(st.sampled_from(inner))
            if not isinstance(place[at], dict | list) or not draw(st.integers(0, 5)):
                place[at] = draw(values)
                break
            place = place[at]
    return json.dumps(document)


PLAN_FILES = st.deferred(lambda: st.sampled_from(plan_files()))


@inputs(0.15)
@given(damaged_bytes(PLAN_FILES) | edited(PLAN_FILES).map(with_right_digest).map(str.encode), st.booleans())
def test_plan_files(folder: Path, data: bytes, to_show: bool) -> None:
    path = folder / "it.plan.json"
    path.write_bytes(data)
    with told():
        plan, _, _ = planfile.read(path, to_show=to_show)
        assert plan_text(plan, diff=True, bodies=not to_show)
        assert plan_page(plan, bodies=not to_show)
        assert plan_document(plan, None, bodies=not to_show)


STATE = json.dumps(
    {
        "applied": {"plan": "", "reload": "", "sha256": "0" * 64, "version": 3, "when": "2026-11-27T00:00:00Z"},
        "format": "hsync-state/2",
        "history": [{"outcome": "applied", "plan": "", "reload": "", "version": None, "when": ""}],
        "journal": [{"facts": {"transaction": "x"}, "phase": "begin", "plan": "", "when": ""}],
        "lineage": "00000000-0000-0000-0000-000000000000",
        "owned": ["backend a", "global"],
        "secrets": ["http-request set-header X-Key (secret)"],
        "pending": None,
        "serial": 1,
        "target": {"api": "3.4", "name": "it", "url": "file:/x"},
    },
    indent=2,
)


@inputs(0.05)
@given(damaged_bytes(st.just(STATE)) | edited(st.just(STATE)).map(str.encode))
def test_state_files(folder: Path, data: bytes) -> None:
    (folder / "it.json").write_bytes(data)
    with told():
        read_state(Place(folder, "it", "file:/x"))


PROJECT = """template = "t.j2"
templates = ["a", "b"]
vars = ["v.yaml", "w/*.toml", "**/x"]
state = "state"
target = "edge1"
prune = true
protect = ["backend/a*"]
ignore = "backend/[b"
max_delete = 5
[environments.prod]
vars = ["vars/prod.yaml"]
target = "edge1"
[targets.edge1]
url = "https://[::1]:5555/v3"
user = "u"
[targets.edge2]
url = "unix:///run/x.sock"
[targets.edge3]
path = "haproxy.cfg"
haproxy_bin = "none"
reload_command = "true"
"""


@inputs(0.05)
@given(damaged_bytes(st.just(PROJECT)), damaged(st.sampled_from(("edge1", "http://h:1/v3", "unix:///x", "a/b.cfg"))))
def test_project_files_and_targets(folder: Path, data: bytes, spec: str) -> None:
    (folder / "hsync.toml").write_bytes(data)
    targets: Any = {}
    with told():
        project = load_project(folder / "hsync.toml")
        targets = project.targets
        for name in project.environments:
            project.in_environment(name)
        project.variable_files()
    for one in (spec, *targets):
        with told():
            target_for(one, targets, base=folder).connect(lambda: "secret").close()


# Requests


CONFIGURATION = "/v3/services/haproxy/configuration"
SERVED = "global\n  maxconn 1\nbackend a\n  server s 127.0.0.1:1\n  http-request deny\nlisten l\n  bind :1\n"
PARTS = (
    *(path for one in by_kind().values() for path in (one.path, one.children_path) if path),
    *(child.path for one in by_kind().values() for child in one.children),
    *("a", "s", "0", "1", "-1", "x", "..", "%2e", "%zz", "%00", "%ff", "", "raw", "version", "unnamed_defaults_1"),
)
BEGINS = (CONFIGURATION, CONFIGURATION, CONFIGURATION, "/v3/services/haproxy/transactions", "/v3", "")
QUERIES = (
    *("version=1", "version=1", "version=0", "version=x", "version=9999999999999999999", "version=1_0", "version=%31"),
    *("transaction_id=x", "full_section=true", "full_section=maybe", "force_reload=1", "skip_version=true"),
    *("parent_name=a", "only_validate=true", "%zz", "=", "&&", "a=%ff"),
)
bodies = st.one_of(
    st.just(b""),
    damaged_bytes(st.sampled_from([case.parts["json"] for case in cases("line") if "json" in case.parts])),
    edited(st.sampled_from(['{"name": "a", "x": 1}', "[]", '{"name": "n", "servers": {"s": {"name": "s"}}}'])).map(
        str.encode
    ),
    damaged_bytes(st.just(SERVED)),
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, bytes, str]:
    """Method, target, body and content type."""
    method = draw(st.sampled_from(("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "FROB")))
    path = draw(st.sampled_from(BEGINS))
    path += "".join(f"/{part}" for part in draw(st.lists(st.sampled_from(PARTS), max_size=4)))
    query = "&".join(draw(st.lists(st.sampled_from(QUERIES), max_size=3)))
    kind = draw(st.sampled_from(("application/json", "application/json", "text/plain", "x/y")))
    return method, (path or "/") + (query and f"?{query}"), draw(bodies), kind


def asked(transport: EmbeddedTransport, request: tuple[str, str, bytes, str]) -> httpx.Response:
    method, target, body, kind = request
    url = httpx.URL(scheme="http", host="embedded", raw_path=target.encode())
    return transport.handle_request(httpx.Request(method, url, headers={"Content-Type": kind}, content=body))


@inputs(0.06)
@given(st.lists(requests(), min_size=1, max_size=4))
def test_requests_to_the_embedded_server(many: list[tuple[str, str, bytes, str]]) -> None:
    transport = EmbeddedTransport(text=SERVED)
    for request in many:
        answer = asked(transport, request)
        assert answer.status_code < 500
        if answer.status_code >= 400 and request[0] != "HEAD" and answer.text != "400 Bad Request":
            assert set(answer.json()) == {"code", "message"}
    assert asked(transport, ("GET", "/v3/info", b"", "")).status_code == 200
    Configuration.from_text(transport.text)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A damaged request as bytes."""
    method, target, body, kind = draw(requests())
    length = draw(st.sampled_from((f"Content-Length: {len(body)}", "Transfer-Encoding: chunked")))
    if length.startswith("T"):
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n{length}\r\n\r\n"
    damage = draw(damaged_bytes(st.just(head)))
    return damage + body


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server for all inputs."""
    with serve(EmbeddedTransport(text=SERVED)) as url:
        yield int(url.rpartition(":")[2])


ANSWER = re.compile(rb"(?:HTTP/1\.1 100 Continue\r\n\r\n)?HTTP/1\.1 [234][0-9]{2} ")


@inputs(0.04)
@given(messages())
def test_bytes_to_the_development_server(port: int, message: bytes) -> None:
    answer = conversation(port, message)
    assert answer == b"" or ANSWER.match(answer)
    assert conversation(port, b"GET /v3/health HTTP/1.1\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200 ")
