"""Sixty secrets that a template took: no command, output or file has one of them, nor a part of it; the target has all.

A canary stands in every place where a secret can stand, under names that say that it is one and under others, in every
form that a template can give it. Exempt are the configuration of the target itself, and `render --reveal`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import re
import shlex
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from hsync.cli.group import cli
from hsync.plan.recipes import Recipe
from hsync.render.rendered import Rendered
from hsync.render.reveal import reveal
from hsync.session import sources
from hsync.testing import Server
from hsync.testing.tap import BEGIN, CHECK, COMMIT, OPERATION, READ
from tests.unit.cli.conftest import Run

pytestmark = pytest.mark.attack("canaries of secrets")

PLACES = {
    "global": [
        *("setenv API_TOKEN <>", "setenv ZONE <>", "presetenv DB_PASSWORD <>", "cluster-secret <>", "description <>"),
        *("default-path config", "setenv PRINTED <cmd>", "setenv LINES <lines>", "setenv CRLF <crlf>"),
        *("node <>", "set-var proc.other str(<>)", "pidfile /run/<>", "chroot /var/<>", "log-tag <short>", "set-dumpable # <>"),
    ],
    "userlist u": ["user a password <>", "user b insecure-password <>", "user c insecure-password <quoted> groups g", "group g"],
    "frontend f": [
        *("bind 127.0.0.1:<port> name n", "stats auth joe:<>", "stats auth <pair>", "stats realm <>", "stats uri /<>"),
        *("http-request set-header Authorization <>", 'http-request set-header Authorization "Basic <>"'),
        *("http-request set-header X-Custom <>", 'http-request set-header X-Other "a <> b" if TRUE', "monitor-uri /<>"),
        *("http-request add-header X-Added <> unless FALSE", "http-request set-var(txn.key) str(<>)"),
        *("http-request set-var(txn.other) str(<>)", "http-request redirect location https://joe:<>@example.org/"),
        *("http-request return status 200 hdr X-Back <>", "http-response set-header X-Reply <>"),
        *("acl ok req.hdr(Authorization) -m str <>", "acl other path_beg /<>", "http-request deny if { url_param(a) -m str <> }"),
        *("unique-id-header <>", "http-request set-header X-Quoted <quoted>", "http-request set-header X-B64 <b64>"),
        *("http-request set-path /<upper>", "http-request set-header X-Hash <hash>", "http-request set-query a=<url>"),
        *("# note <>", "timeout client 5s # <>", "default_backend b # <>", "http-request frobnicate <>", "http-request set-header X-Short <short>"),
    ],
    "backend b": [
        *("dynamic-cookie-key <>", "cookie <> insert", 'http-check send meth GET uri / hdr Authorization "Basic <>"'),
        *("http-check send meth GET uri /<> hdr X-Check <>", "tcp-check send AUTH\\ <>\\r\\n", "http-check expect string <>"),
        *("server s1 192.0.2.1:<port> check", "server s2 192.0.2.2:80 cookie <>", "server s3 192.0.2.3:80 tcp-md5sig <>"),
        *("server s4 <address>:80", "server s5 192.0.2.5:80 sni str(<>)", "http-send-name-header <>", "option httpchk GET /<>"),
        *("http-request set-header X-Pair <pair>", "http-request set-header X-File <file>", "http-request set-header X-Var <var>"),
    ],
}  # fmt: skip

NUMBER = {"port", "short", "address"}
"""Forms whose canaries may be in a digest by accident, if they are looked for inside of words."""

MADE = {"b64", "upper", "hash", "url"}
"""Forms that a filter makes something else of."""


@dataclass
class Site:
    """A template with canaries, and all of them.

    Args:
        folder: of the project.
        mark: tells the canaries of two sites apart.
        places: lines of each section.
    """

    folder: Path
    mark: str
    places: dict[str, list[str]] = field(default_factory=lambda: PLACES)
    canaries: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)

    def expression(self, form: str) -> str:
        """A secret with a value of its own, in a form."""
        n = len(self.canaries)
        name, word = f"C{self.mark}{n}", f"canary{self.mark}{n}x"
        value = {
            "": word,
            "short": f"q{self.mark}{n:02}",
            "port": f"{'2' if self.mark == 'A' else '3'}{n:04}",
            "address": f"198.51.{ord(self.mark)}.{n}",
            "pair": f"joe{self.mark}{n}user:{word}",
            "quoted": f"{word} \"q\" $HOME 'r'\n#{word[::-1]}\\",
            "lines": f"{word}one\r\n{word}two\n",
        }.get(form, word)
        self.canaries[name], self.values[name] = form, value
        os.environ[name] = value
        if form in {"file", "lines", "crlf", "cmd"}:
            (self.folder / "secrets").mkdir(exist_ok=True)
            (self.folder / "secrets" / name).write_bytes((value + {"crlf": "\r\n"}.get(form, "\n")).encode())
        if form == "cmd":
            words = json.dumps(["cat", str(self.folder / "secrets" / name)])
            operator = Path(os.environ["XDG_CONFIG_HOME"]) / "hsync" / "config.toml"
            operator.parent.mkdir(exist_ok=True)
            operator.write_text(f"[secrets]\n{name} = {words}\n")
        return {
            "quoted": f"{{{{ secret('env:{name}') | quote }}}}",
            "b64": f"{{{{ ('joe:' ~ secret('env:{name}')) | b64encode }}}}",
            "upper": f"{{{{ secret('env:{name}') | upper }}}}",
            "hash": f"{{{{ secret('env:{name}') | hash('sha256') }}}}",
            "url": f"{{{{ ('a ' ~ secret('env:{name}')) | urlencode }}}}",
            "file": f"{{{{ secret('file:secrets/{name}') }}}}",
            "crlf": f"{{{{ secret('file:secrets/{name}') }}}}",
            "lines": f"{{{{ secret('file:secrets/{name}') | quote }}}}",
            "cmd": f"{{{{ secret('cmd:{name}') }}}}",
            "var": "{{ from_variables }}",
        }.get(form, f"{{{{ secret('env:{name}') }}}}")

    def write(self) -> None:
        """Write the template and its variables."""
        lines = ["global"]
        for section, places in self.places.items():
            lines += [section] if section != "global" else []
            lines += ["  " + re.sub("<([a-z0-9]*)>", lambda found: self.expression(found[1]), line) for line in places]
        var = next(name for name, form in self.canaries.items() if form == "var")
        (self.folder / "new.j2").write_text("\n".join(lines) + "\n")
        (self.folder / "vars.yaml").write_text(f"from_variables: \"{{{{ secret('env:{var}') }}}}\"\n")

    def again(self, places: dict[str, list[str]]) -> None:
        """Write them again, with other lines."""
        self.places = places
        self.canaries.clear()
        self.values.clear()
        self.write()

    def raw(self) -> list[str]:
        """The values that are written as they are."""
        return [value for name, value in self.values.items() if self.canaries[name] not in MADE]

    def patterns(self) -> Iterator[tuple[str, re.Pattern[str]]]:
        """What of each canary must be nowhere."""
        for name, value in self.values.items():
            data = value.encode()
            pieces = [one for one in re.split(r"[^A-Za-z0-9]+", value) if len(one) >= 6]
            words = {value, value.upper(), json.dumps(value)[1:-1], quote(value), data.hex(), *pieces}
            words |= {
                base64.b64encode(data).decode().rstrip("=")[:-1],
                base64.b64encode(b"joe:" + data).decode().rstrip("=")[:-1],
            }
            found = "|".join(re.escape(word) for word in words if len(word) > 3)
            yield (
                name,
                re.compile(rf"(?<![\w.]){re.escape(value)}(?![\w.])" if self.canaries[name] in NUMBER else found),
            )


@pytest.fixture
def site(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, run: Run, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    before = set(os.environ)
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setattr(hashlib, "scrypt", cheap)  # sixty secrets, in each of some forty commands
    made = Site(tmp_path, "A")
    made.write()
    (tmp_path / "hsync.toml").write_text(
        'template = "new.j2"\nvars = ["vars.yaml"]\n[targets.local]\npath = "haproxy.cfg"\n'
    )
    (tmp_path / "haproxy.cfg").write_text("global\n  maxconn 5\n")
    yield made
    assert list(temporary.iterdir()) == []  # copies for HAProxy
    for name in set(os.environ) - before:
        del os.environ[name]


def cheap(value: bytes, *, salt: bytes, n: int, r: int, p: int, dklen: int) -> bytes:
    """In the place of scrypt."""
    return hashlib.sha256(salt + value).digest()[:dklen]


def leaks(outputs: dict[str, str], *sites: Site) -> list[tuple[str, str, str]]:
    """Which canary is in which output, with what is around it."""
    return [
        (where, f"{name} {site.canaries[name]}", text[max(0, found.start() - 60) : found.end() + 20])
        for site in sites
        for name, pattern in site.patterns()
        for where, text in outputs.items()
        if (found := pattern.search(text))
    ]


def no_leaks(outputs: dict[str, str], *sites: Site) -> bool:
    """Whether there is none; they are printed."""
    found = leaks(outputs, *sites)
    print(*found, sep="\n")
    return not found


def files(folder: Path) -> dict[str, str]:
    """All files that hsync wrote: none is the configuration, none gives the secrets."""
    own = [folder, Path(os.environ["XDG_CONFIG_HOME"]), Path(os.environ["XDG_CACHE_HOME"])]
    found = [path for one in own for path in one.rglob("*") if path.is_file()]
    given = {"haproxy.cfg", "new.j2", "vars.yaml", "talkative"}
    return {
        str(path): path.read_text(errors="replace")
        for path in found
        if path.name not in given and path.parent.name != "secrets" and not path.name.endswith(".imported.cfg")
    }


FORMS = {
    "text": [],
    "diff": ["--diff"],
    "json": ["--json"],
    "markdown": ["--markdown"],
    "json diff": ["--json", "--diff"],
}


def test_there_are_sixty_of_them(site: Site) -> None:
    assert len(site.values) > 60
    assert len(set(site.values.values())) == len(site.values)


def test_plans_and_their_files(site: Site, run: Run) -> None:
    outputs = {}
    for name, flags in FORMS.items():
        done = run("plan", *flags)
        outputs[f"plan {name}"] = done.stdout + done.stderr
        shown = run("show", "local.plan.json", *(flag for flag in flags if flag != "--diff"), "--bodies")
        outputs[f"show {name}"] = shown.stdout + shown.stderr
    outputs |= files(site.folder)
    assert "(secret)" in outputs["plan text"]
    assert no_leaks(outputs, site)


def everything(
    site: Site, run: Run, *target: str, code: int | None = 0, forms: Collection[str] = tuple(FORMS)
) -> dict[str, str]:
    """Forms of a plan, and what is said of its file."""
    outputs = {}
    for name in forms:
        flags = FORMS[name]
        done = run("plan", *target, "-o", "it.plan.json", *flags, code=code)
        outputs[f"plan {name}"] = done.stdout + done.stderr
        shown = run("show", "it.plan.json", "--bodies", *(flag for flag in flags if flag != "--diff"), code=code)
        outputs[f"show {name}"] = shown.stdout + shown.stderr
    for name, flags in {"verify": [], "verify json": ["--json"]}.items():
        outputs[name] = run("verify", "it.plan.json", *target, *flags, code=code).output
    return outputs | files(site.folder)


OTHERS: dict[str, list[str]] = {
    "render": ["render"],
    "validate": ["validate"],
    "validate json": ["validate", "--json"],
    "allow": ["allow"],
    "allow list": ["allow", "--list"],
    "untrusted": ["plan", "-t", "haproxy.cfg", "--untrusted"],
    "import": ["import", "--json"],
    "no such verb": ["plam"],
}


def test_the_other_commands(site: Site, run: Run) -> None:
    outputs = {name: run(*words, code=None).output for name, words in OTHERS.items()}
    assert "set-header X-Custom (secret)" in outputs["render"]
    assert no_leaks(outputs | files(site.folder), site)
    assert "Secrets are hidden: --reveal prints them.\n" in outputs["render"]
    assert_all_there(site, run("render", "--reveal").stdout)


def talkative(folder: Path, *, level: str) -> str:
    """A HAProxy that quotes each line of what it reads, and the text that it has in its environment."""
    file = folder / "talkative"
    quoting = f"""{{printf "[{level}]  (1) : config : parsing [%s:%d] : \'%s\' in %s\\n", FILENAME, FNR, $0, $NF}}"""
    file.write_text(f'#!/bin/sh\nawk {shlex.quote(quoting)} "$3" >&2\nexit {int(level == "ALERT")}\n')
    file.chmod(0o755)
    return str(file)


@pytest.mark.parametrize("level", ["WARNING", "ALERT"])
def test_what_haproxy_says_about_all_lines(level: str, site: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("plan", "-o", "it.plan.json")
    before = (site.folder / "it.plan.json").read_text()
    monkeypatch.setenv("HSYNC_HAPROXY_BIN", talkative(site.folder, level=level))
    outputs = {name: run(*words, code=None).output for name, words in OTHERS.items()}
    assert outputs["validate"].count("(secret)") > 60
    outputs |= everything(site, run, code=None)
    assert outputs["plan text"].count("(secret)") > 100
    (site.folder / "it.plan.json").write_text(before)
    outputs |= {f"reviewed {name}": text for name, text in applied(site, run, code=None).items()}
    assert no_leaks(outputs, site)


def applied(site: Site, run: Run, *target: str, code: int | None = 0) -> dict[str, str]:
    """What is said when a plan is applied, and afterwards."""
    outputs = {"apply": run("apply", "it.plan.json", *target, "--auto-approve", code=code).output}
    outputs["apply again"] = run("apply", "it.plan.json", *target, "--auto-approve", "--json", code=code).output
    for verb in (["drift"], ["drift", "--json"], ["state", "show"], ["state", "show", "--json"], ["state", "history"]):
        outputs[" ".join(verb)] = run(*verb, *target, code=code).output
    outputs["plan of nothing"] = run("plan", *target, "-o", "it.plan.json", "--json", code=code).output
    return outputs | files(site.folder)


def life(
    site: Site, run: Run, text: Callable[[], str], *target: str, forms: Collection[str] = ("text", "json diff")
) -> None:
    """Secrets come, become others, and go; each time nobody sees them."""
    assert no_leaks(everything(site, run, *target, forms=forms), site)
    assert no_leaks(applied(site, run, *target), site)
    assert_all_there(site, text())
    other = Site(site.folder, "B", places=site.places)
    other.write()
    assert no_leaks(everything(site, run, *target, forms=forms), site, other)
    assert no_leaks(applied(site, run, *target), site, other)
    assert_all_there(other, text())
    (site.folder / "new.j2").write_text("global\n  maxconn 6\n{# {{ from_variables }} #}\n")
    for name in other.values:
        del os.environ[name]
    assert no_leaks(everything(site, run, *target, forms=forms), site, other)
    assert no_leaks(applied(site, run, *target), site, other)
    assert "canary" not in text()


def assert_all_there(site: Site, text: str) -> None:
    """The target has every value."""
    decoded = (
        text.replace('\\"', '"').replace("\\$", "$").replace("\\n", "\n").replace("\\r", "\r").replace("\\\\", "\\")
    )
    assert [value for value in site.raw() if value not in decoded] == []


def test_the_life_of_secrets_in_a_file(site: Site, run: Run) -> None:
    life(site, run, (site.folder / "haproxy.cfg").read_text, forms=FORMS)


def expressible() -> dict[str, list[str]]:
    """Places that the API has: operations travel, and not the whole text."""
    return {
        section: [line for line in lines if not {"#", "frobnicate", "log-tag"} & set(line.split())]
        for section, lines in PLACES.items()
    }


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSYNC_USER", "admin")
    monkeypatch.setenv("HSYNC_PASSWORD", "canary-password")


@pytest.mark.usefixtures("login")
def test_the_life_of_secrets_on_a_server(site: Site, run: Run) -> None:
    site.again(expressible())
    with Server("global\n  maxconn 5\n", listens=True) as server:
        (site.folder / "hsync.toml").write_text('template = "new.j2"\nvars = ["vars.yaml"]\n')
        life(site, run, lambda: server.text, "-t", server.url)


def test_the_life_of_secrets_in_a_file_by_operations(site: Site, run: Run) -> None:
    site.again(expressible())
    run("plan", "-o", "it.plan.json")
    assert json.loads((site.folder / "it.plan.json").read_text())["plan"]["lane"] == "transaction"
    life(site, run, (site.folder / "haproxy.cfg").read_text)


PLAN = "it.plan.json"

HOSTILE = {"an operation": OPERATION, "a transaction": BEGIN, "a commit": COMMIT, "a check": CHECK, "a read": READ}


@pytest.mark.usefixtures("login")
@pytest.mark.parametrize("what", HOSTILE)
def test_a_server_that_repeats_all_that_it_knows(
    what: str, site: Site, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    """Also the secrets of before, which no template names any more."""
    caplog.set_level(logging.DEBUG)
    site.again(expressible())
    with Server("global\n  maxconn 5\n", listens=True) as server:
        (site.folder / "hsync.toml").write_text('template = "new.j2"\nvars = ["vars.yaml"]\n')
        target = ("-t", server.url)
        run("plan", *target, "-o", "it.plan.json")
        run("apply", "it.plan.json", *target, "--auto-approve")
        other = Site(
            site.folder,
            "B",
            places={
                "global": ["description <>"],
                "backend b": ["cookie <> insert", "http-request set-header X-Var <var>"],
            },
        )
        other.write()
        run("plan", *target, "-o", "it.plan.json")
        said = server.text.split("\n")
        if what != "a read":  # nobody knows a value alone before there is a template or the target's text
            said += [*site.raw(), *other.raw(), "canary-password"]
        verbs = (
            ["verify", PLAN],
            ["apply", PLAN, "--auto-approve"],
            ["plan", "-o", PLAN],
            ["drift"],
            ["recover"],
            ["import"],
        )
        outputs = {}
        for verb, words in product(verbs, (said[:60], said[60:])):  # a message has 2,000 characters
            server.tap.refuse(HOSTILE[what], "\n".join(words), status=400, number=1)
            outputs[f"{verb} {words[0]}"] = run(*verb, *target, code=None).output
    assert any("(secret)" in text for text in outputs.values())
    assert no_leaks(outputs | files(site.folder) | {"log": caplog.text}, site, other)
    assert "canary-password" not in str(outputs) + str(files(site.folder)) + caplog.text


@pytest.mark.usefixtures("login")
def test_a_reload_that_fails_with_all_lines(site: Site, run: Run) -> None:
    """Also those that go with this very plan, and those of a server's own passwords."""
    site.again(expressible())
    with Server("global\n  maxconn 5\n", listens=True) as server:
        (site.folder / "hsync.toml").write_text('template = "new.j2"\nvars = ["vars.yaml"]\n')
        target = ("-t", server.url)
        run("plan", *target, "-o", "it.plan.json")
        run("apply", "it.plan.json", *target, "--auto-approve")
        other = Site(site.folder, "B", places={"global": ["description <>"], "backend b": ["cookie <var> insert"]})
        other.write()
        run("plan", *target, "-o", "it.plan.json")
        words = [*server.text.split("\n"), *site.raw(), *other.raw()]
        with server.failing_reloads("\n".join(f"[ALERT]    (1) : config : '{one}'" for one in words)):
            outputs = {"apply": run("apply", "it.plan.json", *target, "--auto-approve", code=6).output}
        for verb in (["plan", "-o", "it.plan.json"], ["plan", "--json"], ["drift"], ["state", "history"]):
            outputs[" ".join(verb)] = run(*verb, *target, code=None).output
    assert outputs["apply"].count("(secret)") > 20
    assert no_leaks(outputs | files(site.folder), site, other)


FAULTS = {
    "two words": "backend b\n  server s1 {one} {two}\n  cookie {one}\n  balance {two} {one}\n",
    "a number": "global\n  maxconn {one}\nbackend b\n  timeout server {two}\n  http-request deny deny_status {one}\n",
    "a name": "backend {one}\n  server {two} 192.0.2.1:80\n",
    "no section": "{one}\nbackend b\n  server s 192.0.2.1:80 {two}\n  use-server {one} if {two}\n",
    "several words": "global\n  description {quoted}\n  log-tag x{short}\n",
    "a filter": "global\n  description {one_bare} {two_decoded}\n",
    "looked at": "global\n  {looked}\n",
    "a name that nothing has": "frontend f\n  use_backend {one} if {two}\n  default_backend {two}\n",
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_template_with_faults_at_its_secrets(name: str, site: Site, run: Run) -> None:
    run("plan")  # the file of this plan is withdrawn
    forms = {"one": "", "two": "", "quoted": "quoted", "short": "short"}
    pieces = {key: site.expression(form) for key, form in forms.items()}
    site.canaries["bare"], site.values["bare"] = "", "canarybare of two"
    os.environ["BARE"] = site.values["bare"]
    pieces |= {
        "one_bare": "{{ secret('env:BARE') | word }}",
        "two_decoded": "{{ secret('env:BARE') | b64decode }}",
        "looked": "{% if secret('env:BARE')[0] == 'c' %}x{% endif %}",
    }
    (site.folder / "new.j2").write_text(FAULTS[name].format_map(pieces) + "# {{ from_variables }}\n")
    verbs = (
        ["plan"],
        ["plan", "--json"],
        ["validate"],
        ["validate", "--json"],
        ["render"],
        ["drift"],
        ["show", "local.plan.json"],
    )
    outputs = {" ".join(verb): run(*verb, code=None).output for verb in verbs}
    assert "Error" in outputs["plan"] or "(secret)" in outputs["plan"]
    assert no_leaks(outputs | files(site.folder), site)


@pytest.mark.parametrize("verb", ["plan", "validate", "render"])
@pytest.mark.parametrize("debug", ["", "1"])
def test_a_bug_and_its_traceback(verb: str, debug: str, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSYNC_DEBUG", debug)

    def bug(*_: object, **__: object) -> object:
        values = tuple(site.values.values())
        raise RuntimeError("\n".join(values)) from KeyError(values)

    def looked_up(rendered: Rendered, value_of: Callable[[Recipe], str]) -> object:
        return bug(reveal(rendered, value_of))

    monkeypatch.setattr(sources, "reveal", looked_up)
    done = CliRunner().invoke(cli, [verb])
    assert (done.exit_code, "Traceback (most recent call last)" in done.output) == (1, bool(debug))
    assert "hsync has a bug: RuntimeError: (secret)\n  (secret)" in done.output
    assert no_leaks({"output": done.output} | files(site.folder), site)
