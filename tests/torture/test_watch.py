"""A real HAProxy with traffic: a configuration that HAProxy accepts and that is bad is found and undone; a good one stays."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hsync.cli.group import cli
from hsync.dataplane.embedded import find_haproxy
from hsync.plan.snapshot import split_header
from tests.torture.traffic import Place, a_place, free_port, waited

BINARY = find_haproxy("")

pytestmark = pytest.mark.skipif(BINARY is None, reason="there is no HAProxy")

SOON_S = 10.0
"""Seconds in which a regression must be found."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """An HAProxy that is used, and a project for it, in this folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    operator = tmp_path / "operator" / "hsync"
    operator.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(operator.parent))
    Path("hsync.toml").write_text('target = "edge"\n')
    assert BINARY
    with a_place(tmp_path, BINARY) as found:
        table = f'path = "{tmp_path / "haproxy.cfg"}"\nmaster_socket = "{found.socket}"\nhaproxy_bin = "{BINARY}"\n'
        (operator / "config.toml").write_text(f"[targets.edge]\n{table}")
        (operator / "config.toml").chmod(0o600)
        yield found


def hsync(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(cli, list(words))
    assert result.exit_code == code, result.output
    return result


def applied(text: str, *words: str, code: int = 0) -> Result:
    Path("d.cfg").write_text(text)
    hsync("plan", "--config", "d.cfg")
    return hsync("apply", "edge.plan.json", "--auto-approve", *words, code=code)


def stored() -> str:
    return split_header(Path("haproxy.cfg").read_text())[1].lstrip("\n")


Bad = Callable[[Place], str]


def servers(place: Place, *lines: str) -> str:
    """The configuration with other servers."""
    kept = re.sub(r"  server .*\n", "", place.base)
    return kept.replace("backend app from base\n", "backend app from base\n" + "".join(f"  {one}\n" for one in lines))


def in_frontend(place: Place, line: str) -> str:
    return place.base.replace("  default_backend app\n", f"  {line}\n  default_backend app\n")


BAD: dict[str, tuple[Bad, str]] = {
    "a server that is dead": (
        lambda at: servers(
            at, f"server app0 127.0.0.1:{at.apps[0]} check inter 1s", "server app1 127.0.0.1:1 check inter 1s"
        ),
        r"backend app: 1 server down: app1|answers are 5xx",
    ),
    "a backend that is dead": (
        lambda at: servers(at, f"server app0 127.0.0.1:{free_port()} check inter 1s"),
        r"backend app: 1 server down: app0|answers are 5xx",
    ),
    "a wrong port, without a check": (
        lambda at: servers(at, f"server app0 127.0.0.1:{free_port()}"),
        r"answers are 5xx, before 0\.0 %|requests a second",  # the users wait while HAProxy tries again
    ),
    "TLS to a plain port": (
        lambda at: servers(at, f"server app0 127.0.0.1:{at.apps[0]} ssl verify none"),
        r"answers are 5xx|requests a second",
    ),
    "deny for all": (lambda at: in_frontend(at, "http-request deny"), r"frontend www: 100 % of \d+ answers are 4xx"),
    "a health check that fails": (
        lambda at: at.base.replace("backend app from base\n", "backend app from base\n  option httpchk GET /missing\n"),
        r"backend app: [12] servers? down: app|answers are 5xx",
    ),
    "a backend without servers": (
        lambda at: at.base.replace("default_backend app", "default_backend empty"),
        r"answers are 5xx",
    ),
    "another port": (
        lambda at: at.base.replace(f"bind 127.0.0.1:{at.port}", f"bind 127.0.0.1:{free_port()}"),
        r"frontend www: 0\.0 requests a second, before \d+",
    ),
    "an answer of its own": (
        lambda at: in_frontend(at, "http-request return status 500"),
        r"frontend www: 100 % of \d+ answers are 5xx",
    ),
    "a time limit that is too short": (
        lambda at: at.base.replace("timeout server 5s", "timeout server 1ms"),
        r"answers are 5xx",
    ),
    "connections are rejected": (
        lambda at: in_frontend(at, "tcp-request connection reject"),
        r"frontend www: 0\.0 requests a second",
    ),
    "too few connections for slow answers": (
        lambda at: in_frontend(at, "http-request set-path /slow").replace(
            " check inter 1s", " maxconn 1 check inter 1s"
        ),
        r"requests? wait for a server|answers are 5xx",
    ),
}
"""What is wrong, and what is found."""


SOME = {"a backend that is dead", "deny for all"}
"""What is tried when not all of it is."""


@pytest.mark.parametrize("what", [one if one in SOME else pytest.param(one, marks=pytest.mark.torture) for one in BAD])
def test_a_bad_configuration_is_found_and_undone(
    what: str, place: Place, record_property: Callable[[str, object], None]
) -> None:
    make, words = BAD[what]
    began = time.monotonic()
    told = applied(make(place), "--watch", "15s", "--rollback-on-regression", code=3).stderr
    undone = time.monotonic() - began
    found = re.search(r"worse after (\d+) s: (.*): back to the text before", told)
    assert found, told
    assert re.search(words, found[2]), told
    assert int(found[1]) < SOON_S
    assert stored() == place.base
    seen = place.answers[200]
    waited(lambda: place.answers[200] > seen + 10)
    print(f"{what}: found after {found[1]} s, undone {undone:.1f} s after plan and apply began: {found[2]}")
    record_property("torture", ("bad configurations found and undone", 1))


def test_a_server_that_dies_while_it_is_watched_is_found(
    place: Place, record_property: Callable[[str, object], None]
) -> None:
    """With HAProxy's own times for its checks: three failures, one every two seconds."""
    died: list[float] = []

    def die() -> None:
        waited(lambda: "inter" not in stored() and "app1" in stored())
        threading.Event().wait(3)
        place.kill_first()
        died.append(time.monotonic())

    dying = threading.Thread(target=die)
    dying.start()
    told = applied(place.base.replace(" check inter 1s", " check"), "--watch", "30s", code=8).stderr
    took = time.monotonic() - died[0]
    dying.join()
    found = re.search(r"but worse after (\d+) s: (.*)\n", told)
    assert found, told
    assert re.search(r"backend app: 1 server down: app0|answers are 5xx", found[2])
    assert took < SOON_S
    print(f"a server that dies: found {took:.1f} s after its death: {found[2]}")
    record_property("torture", ("servers that died and were found", 1))


@pytest.mark.parametrize(
    "rounds", [pytest.param(2, id="some changes"), pytest.param(100, id="100 changes", marks=pytest.mark.torture)]
)
def test_good_changes_are_no_regression(
    rounds: int, place: Place, record_property: Callable[[str, object], None]
) -> None:
    for number in range(rounds):
        told = applied(good(place, number), "--watch", "4s", "--rollback-on-regression").stderr
        assert re.search(r"edge: watched for 4 s: no regression in \d+ requests", told)
        assert "not confirmed" not in told
    assert place.answers[503] == 0
    record_property("torture", ("good changes without a false alarm", rounds))


def good(place: Place, number: int) -> str:
    """A change that does no harm, another one each time."""
    base = place.base.replace("maxconn 500", f"maxconn {501 + number}")
    kinds = (
        lambda: base,
        lambda: base.replace("timeout client 10s", f"timeout client {11 + number}s"),
        lambda: base.replace(" check inter 1s", f" check inter 1s weight {1 + number}"),
        lambda: base.replace(
            "  default_backend app\n", f"  http-request set-header X-Number {number}\n  default_backend app\n"
        ),
        lambda: f"{base}\nbackend more{number} from base\n  server m 127.0.0.1:{place.apps[0]} check\n",
        lambda: servers(place, f"server app0 127.0.0.1:{place.apps[0]} check inter 1s").replace(
            "maxconn 500", f"maxconn {700 + number}"
        ),
        lambda: base.replace(
            "backend app from base\n",
            f"backend app from base\n  balance {('leastconn', 'random', 'first')[number % 3]}\n",
        ),
    )
    return kinds[number % len(kinds)]()
