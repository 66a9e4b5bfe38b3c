"""Sixty secrets that a template took: no command, output or file has one of them, nor a part of it; the target has all.

A canary stands in every place where a secret can stand, under names that say that it is one and under others, in every
form that a template can give it. Exempt are the configuration of the target itself, and `render --reveal`.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.unit.cli.conftest import Run

pytestmark = pytest.mark.attack("canaries of secrets")

PLACES = {
    "global": [
        *("setenv API_TOKEN <>", "setenv ZONE <>", "presetenv DB_PASSWORD <>", "cluster-secret <>", "description <>"),
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


@dataclass
class Site:
    """A template with canaries, and all of them.

    Args:
        folder: of the project.
        mark: tells the canaries of two sites apart.
    """

    folder: Path
    mark: str
    text: str = ""
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
        }.get(form, word)
        self.canaries[name], self.values[name] = form, value
        os.environ[name] = value
        if form == "file":
            (self.folder / "secrets").mkdir(exist_ok=True)
            (self.folder / "secrets" / name).write_text(f"{value}\n")
        return {
            "quoted": f"{{{{ secret('env:{name}') | quote }}}}",
            "b64": f"{{{{ ('joe:' ~ secret('env:{name}')) | b64encode }}}}",
            "upper": f"{{{{ secret('env:{name}') | upper }}}}",
            "hash": f"{{{{ secret('env:{name}') | hash('sha256') }}}}",
            "url": f"{{{{ ('a ' ~ secret('env:{name}')) | urlencode }}}}",
            "file": f"{{{{ secret('file:secrets/{name}') }}}}",
            "var": "{{ from_variables }}",
        }.get(form, f"{{{{ secret('env:{name}') }}}}")

    def write(self) -> None:
        """Write the template and its variables."""
        lines = ["global"]
        for section, places in PLACES.items():
            lines += [section] if section != "global" else []
            lines += ["  " + re.sub("<([a-z0-9]*)>", lambda found: self.expression(found[1]), line) for line in places]
        var = next(name for name, form in self.canaries.items() if form == "var")
        (self.folder / "new.j2").write_text("\n".join(lines) + "\n")
        (self.folder / "vars.yaml").write_text(f"from_variables: \"{{{{ secret('env:{var}') }}}}\"\n")

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
def site(tmp_path: Path, run: Run) -> Iterator[Site]:
    before = set(os.environ)
    made = Site(tmp_path, "A")
    made.write()
    (tmp_path / "hsync.toml").write_text(
        'template = "new.j2"\nvars = ["vars.yaml"]\n[targets.local]\npath = "haproxy.cfg"\n'
    )
    (tmp_path / "haproxy.cfg").write_text("global\n  maxconn 5\n")
    yield made
    for name in set(os.environ) - before:
        del os.environ[name]


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
    given = {"haproxy.cfg", "new.j2", "vars.yaml", "fake-haproxy"}
    return {
        str(path): path.read_text(errors="replace")
        for path in found
        if path.name not in given and path.parent.name != "secrets"
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
