"""What a project wants and only the operator allows: attacks by a pull request, each with what it must not reach.

A row is shown to be an attack: when the operator allows it, it does reach its aim.
"""

from __future__ import annotations

import base64
import os
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from hsync.dataplane.embedded import EmbeddedTransport, find_haproxy, serve
from hsync.store import planfile
from tests.unit.cli.conftest import Run, fake_haproxy

pytestmark = pytest.mark.attack("projects of somebody else")

CONFIG = "backend web\n  server s1 10.0.0.1:80\n"
NEW = "backend web\n  server s1 10.0.0.2:80\n"
LOCAL = '[targets.local]\npath = "haproxy.cfg"\n'


class Watched(EmbeddedTransport):
    """Remembers who asked for what."""

    seen: list[tuple[str, str]]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append((request.method, request.headers.get("authorization", "")))
        return super().handle_request(request)


@dataclass
class Site:
    """A project that somebody else wrote, and what is around it."""

    run: Run
    project: Path
    outside: Path
    server: Watched
    url: str

    def toml(self, text: str) -> None:
        """Write hsync.toml; `OUT` and `URL` stand for what is outside."""
        filled = text.replace("OUT", str(self.outside)).replace("URL", self.url)
        (self.project / "hsync.toml").write_text(filled)

    @property
    def ran(self) -> bool:
        """Whether the canary program ran."""
        return (self.outside / "ran").exists()

    def files(self) -> set[str]:
        """What is outside."""
        return {str(one.relative_to(self.outside)) for one in self.outside.rglob("*")}


@pytest.fixture
def site(
    run: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    outside = tmp_path_factory.mktemp("outside")
    evil = tmp_path / "evil.sh"
    evil.write_text(f"#!/bin/sh\ntouch {outside / 'ran'}\n")
    evil.chmod(0o755)
    (tmp_path / "new.cfg").write_text(NEW)
    (tmp_path / "haproxy.cfg").write_text(CONFIG)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "haproxy.cfg.j2").write_text(NEW)
    monkeypatch.delenv("HSYNC_HAPROXY_BIN")
    monkeypatch.setenv("HSYNC_PASSWORD", "canary-password")
    transport = Watched(text=CONFIG)
    transport.seen = []
    with serve(transport) as url:
        yield Site(run, tmp_path, outside, transport, url)


PLAN = ["plan", "--config", "new.cfg", "-o", "p.json"]
APPLY = ["apply", "p.json", "--auto-approve"]

# Programs

PROGRAMS: dict[str, tuple[str, list[list[str]]]] = {
    "the program that checks": (f'{LOCAL}haproxy_bin = "./evil.sh"\n', [PLAN]),
    "by its whole path": (f'{LOCAL}haproxy_bin = "PROJECT/evil.sh"\n', [PLAN]),
    "by a link": (f'{LOCAL}haproxy_bin = "./link"\n', [PLAN]),
    "by a name that the PATH has": (f'{LOCAL}haproxy_bin = "evil.sh"\n', [PLAN]),
    "the program that reloads": (f'{LOCAL}haproxy_bin = "none"\nreload_command = "./evil.sh"\n', [PLAN, APPLY]),
    "by a shell": (f'{LOCAL}haproxy_bin = "none"\nreload_command = "sh evil.sh"\n', [PLAN, APPLY]),
    "code of the project": (f'filters = "evil.py"\n{LOCAL}', [["render"]]),
    "code outside of it": (f'filters = "OUT/evil.py"\n{LOCAL}', [["render"]]),
}


def plant_programs(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    (site.project / "link").symlink_to("evil.sh")
    code = f"open({str(site.outside / 'ran')!r}, 'w').close()\nGLOBALS = {{'a': 1}}\n"
    for folder in (site.project, site.outside):
        (folder / "evil.py").write_text(code)
    monkeypatch.setenv("PATH", f"{site.project}:{os.environ['PATH']}")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_a_project_is_not_run(name: str, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    text, commands = PROGRAMS[name]
    plant_programs(site, monkeypatch)
    site.toml(text.replace("PROJECT", str(site.project)))
    for command in commands[:1]:
        told = site.run(*command, code=4).stderr
        assert told.startswith("Error: the operator has not allowed these values of the project:\n  hsync.toml:"), told
        assert told.endswith("hint: check the values; to allow exactly these: hsync allow\n")
    assert not site.ran
    site.run("allow")
    assert not site.ran
    for command in commands:
        site.run(*command)
    assert site.ran


@pytest.mark.parametrize("verb", [["plan"], ["apply", "p.json"], ["verify", "p.json"], ["drift"], ["import"]])
def test_every_verb_that_opens_a_target_refuses(verb: list[str], site: Site) -> None:
    site.toml(LOCAL)
    site.run(*PLAN, "--haproxy-bin", "none")
    site.toml(f'{LOCAL}haproxy_bin = "./evil.sh"\n')
    more = ["--config", "new.cfg"] if verb == ["plan"] else ["--auto-approve"] if verb[0] == "apply" else []
    assert "targets.local.haproxy_bin runs " in site.run(*verb, *more, code=4).stderr
    assert not site.ran


@pytest.mark.parametrize("options", [["--haproxy-bin", "none"], ["-t", "./haproxy.cfg", "--no-judge"]])
def test_what_the_operator_says_instead_needs_no_allowance(options: list[str], site: Site) -> None:
    site.toml(f'{LOCAL}haproxy_bin = "./evil.sh"\n')
    site.run(*PLAN, *options)
    assert not site.ran


CHANGES: dict[str, Callable[[Site], None]] = {
    "another program": lambda it: it.toml(f'{LOCAL}haproxy_bin = "./other.sh"\n'),
    "the same with other content": lambda it: rewrite(it.project / "evil.sh"),
    "a link that leads elsewhere": lambda it: relink(it.project / "evil.sh", it.project / "other.sh"),
}


def rewrite(path: Path) -> None:
    path.write_text(f"{path.read_text()}# more\n")


def relink(path: Path, to: Path) -> None:
    path.unlink()
    path.symlink_to(to)


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_is_asked_about_again(name: str, site: Site) -> None:
    other = site.project / "other.sh"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    site.toml(f'{LOCAL}haproxy_bin = "./evil.sh"\n')
    site.run("allow")
    site.run(*PLAN)
    (site.outside / "ran").unlink()
    CHANGES[name](site)
    site.run(*PLAN, code=4)
    assert not site.ran


def test_a_script_that_a_command_names_belongs_to_its_claim(site: Site) -> None:
    site.toml(f'{LOCAL}haproxy_bin = "none"\nreload_command = "sh evil.sh"\n')
    site.run("allow")
    site.run(*PLAN)
    rewrite(site.project / "evil.sh")
    site.run(*APPLY, code=4)
    assert not site.ran


def test_an_unrelated_change_is_not_asked_about(site: Site) -> None:
    text = f'{LOCAL}haproxy_bin = "./evil.sh"\n'
    site.toml(text)
    site.run("allow")
    site.toml(f"# moved\nmax_delete = 5\n{text}\n[targets.other]\npath = 'other.cfg'\n")
    site.run("plan", "-t", "local", "--config", "new.cfg")


def test_the_same_project_in_another_folder_is_another_one(
    site: Site, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.toml(f'{LOCAL}haproxy_bin = "/usr/bin/true"\n')
    site.run("allow")
    site.run(*PLAN)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name in ("hsync.toml", "new.cfg"):
        (elsewhere / name).write_bytes((site.project / name).read_bytes())
    monkeypatch.chdir(elsewhere)
    site.run(*PLAN, code=4)


# Addresses

ADDRESSES: dict[str, tuple[str, list[str]]] = {
    "a server": ('[targets.a]\nurl = "URL"\n', []),
    "with credentials": ('[targets.a]\nurl = "URL"\nuser = "me"\n', []),
    "by name": ('[targets.a]\nurl = "URL"\nuser = "me"\n[targets.b]\npath = "b.cfg"\n', ["-t", "a"]),
    "without a table": ('target = "URL"\n', []),
    "of an environment": ('[environments.prod]\ntarget = "URL"\n', ["-e", "prod"]),
    "with another name for it": ('target = "a"\n[targets.a]\nurl = "URL/v3"\n', []),
}


@pytest.mark.parametrize("verb", [PLAN, ["drift"], ["import", "-o", "x.cfg"]], ids=" ".join)
@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_of_a_project_gets_no_request(name: str, verb: list[str], site: Site) -> None:
    text, options = ADDRESSES[name]
    if verb[0] == "import":
        options = [one for one in options if one not in {"-e", "prod"}]
    site.toml(text if options or "-e" not in ADDRESSES[name][1] else text.replace("[environments.prod]\n", ""))
    told = site.run(*verb, *options, code=4).stderr
    assert f" sends requests to {site.url}" in told
    assert site.server.seen == []
    site.run("allow")
    site.run(*verb, *options, code=1 if verb == ["drift"] else 0)  # nothing is remembered yet
    assert site.server.seen or verb == ["drift"]


def test_credentials_reach_what_the_operator_allowed_and_nothing_else(site: Site) -> None:
    text = '[targets.a]\nurl = "URL"\nuser = "me"\nca_file = "ca.pem"\n'
    (site.project / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    site.toml(text)
    site.run("allow")
    changes: tuple[Callable[[], None], ...] = (
        lambda: site.toml(text.replace("URL", "http://127.0.0.1:1")),
        lambda: site.toml(text.replace('"me"', '"you"')),
        lambda: site.toml(text.replace("ca.pem", "evil.sh")),
        lambda: site.toml(text + 'client_cert = "evil.sh"\n'),
        lambda: rewrite(site.project / "ca.pem"),
    )
    for change in changes:
        site.toml(text)
        change()
        assert "sends requests to" in site.run(*PLAN, code=4).stderr
    assert site.server.seen == []


def test_what_is_too_large_is_not_allowed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hsync.session.claims._MAX_BYTES", 10)
    site.toml(f'{LOCAL}haproxy_bin = "./evil.sh"\n')
    assert f"{site.project}/evil.sh is too large to be allowed" in site.run(*PLAN, code=1).stderr
    site.toml('[targets.a]\nurl = "URL"\nca_file = "/dev/zero"\n')  # a device has no content
    assert "ca_file=/dev/zero" in site.run(*PLAN, code=4).stderr.split()


def test_settings_that_cannot_be_read_are_claims_all_the_same(site: Site) -> None:
    site.toml(f"{LOCAL}haproxy_bin = 'none'\nreload_command = \"sh 'evil.sh\"\n")
    assert "reload_command runs 'sh '\"'\"'evil.sh'" in site.run(*PLAN, code=4).stderr
    site.toml('filters = "nope.py"\n')
    assert f"hsync.toml:1: filters runs {site.project}/nope.py\n" in site.run("render", code=4).stderr
    (site.project / "hsync.toml").unlink()
    (site.project / "state").symlink_to(site.outside)
    told = site.run("import", "-t", "haproxy.cfg", code=4).stderr
    assert f"hsync.toml: state reads and writes {site.outside}\n" in told


def test_a_socket_of_a_project_is_not_written_to(site: Site) -> None:
    site.toml(f'{LOCAL}haproxy_bin = "none"\nmaster_socket = "run/master.sock"\n')
    assert f"writes to the socket {site.project}/run/master.sock" in site.run(*PLAN, code=4).stderr
    site.toml('[targets.a]\nurl = "unix:///run/other.sock"\n')
    assert "sends requests to unix:///run/other.sock" in site.run(*PLAN, code=4).stderr


# Files outside of the project

FILES: dict[str, tuple[str, list[str]]] = {
    "a folder of templates": ('templates = ["OUT"]\n', ["render", "templates/haproxy.cfg.j2"]),
    "the template": ('template = "OUT/t.j2"\n', ["render"]),
    "the template, by a link": ('template = "link.j2"\n', ["render"]),
    "variables": ('vars = ["OUT/vars.yaml"]\n', ["render"]),
    "variables above": ('vars = ["../*/vars.yaml"]\n', ["render"]),
    "variables of an environment": ('[environments.prod]\nvars = ["OUT/vars.yaml"]\n', ["render", "-e", "prod"]),
    "variables, by a link": ('vars = ["link.yaml"]\n', ["render"]),
    "the state": (f'state = "OUT/state"\n{LOCAL}', ["import", "-o", "x.cfg"]),
    "the state, to look at it": (f'state = "OUT/state"\n{LOCAL}', ["state", "show"]),
    "the state, by a link": (f'state = "link"\n{LOCAL}', ["import", "-o", "x.cfg"]),
    "a target": ('[targets.a]\npath = "OUT/haproxy.cfg"\n', ["import", "-o", "x.cfg"]),
    "a target above": ('[targets.a]\npath = "../haproxy.cfg"\n', PLAN),
    "a target, by a link": ('[targets.a]\npath = "link.cfg"\n', PLAN),
    "a target, by a link to its folder": ('[targets.a]\npath = "link/haproxy.cfg"\n', PLAN),
    "a target without a table": ('target = "OUT/haproxy.cfg"\n', PLAN),
    "a target in the repository": ('[targets.a]\npath = ".git/x.cfg"\n', PLAN),
    "the project file": ('[targets.a]\npath = "hsync.toml"\n', PLAN),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_outside_of_the_project_is_neither_read_nor_written(name: str, site: Site) -> None:
    text, command = FILES[name]
    for file, words in (("t.j2", CONFIG), ("vars.yaml", "a: 1\n"), ("haproxy.cfg", CONFIG)):
        (site.outside / file).write_text(words)
    links = {"link.j2": "t.j2", "link.yaml": "vars.yaml", "link": ".", "link.cfg": "haproxy.cfg"}
    for link, to in links.items():
        (site.project / link).symlink_to(site.outside / to)
    (site.project / ".git").mkdir()
    site.toml(text)
    before = site.files()
    told = site.run(*command, code=4)
    assert told.stderr.startswith("Error: the operator has not allowed these values of the project:\n  hsync.toml:")
    assert (told.stdout, site.files()) == ("", before)
    site.run("allow")
    assert "the operator has not allowed" not in site.run(*command, code=None).stderr


# What templates reach while they are rendered

SECRET = "canary-of-this-machine"

READS: dict[str, tuple[str, list[str]]] = {
    "an include by a link": ("{% include 'link.j2' %}", ["render"]),
    "an include in a folder that is a link": ("{% include 'folder/secret.cfg' %}", ["render"]),
    "an import by a link": ("{% import 'link.j2' as x %}{{ x.a }}", ["render"]),
    "a parent by a link": ("{% extends 'link.j2' %}", ["render"]),
    "an include that may be missing": ("{% include 'link.j2' ignore missing %}", ["render"]),
    "an include of the repository": ("{% include 'git.j2' %}", ["render"]),
    "a secret": ("# {{ secret('file:OUT/secret.cfg') }}", ["render"]),
    "a secret above": ("# {{ secret('file:templates/../../UP/secret.cfg') }}", ["render"]),
    "a secret by a link": ("# {{ secret('file:templates/link.j2') }}", ["render"]),
    "a secret of the repository": ("# {{ secret('file:.git/config') }}", ["render"]),
    "the key of fingerprints": ("# {{ secret('file:.hsync.key') }}", ["render"]),
    "a file of a folder by a link": ("", ["render", "--config", "conf.d"]),
    "a template of a folder by a link": ("", ["render", "--config", "tmpl.d"]),
    "a text by a link": ("", ["render", "--config", "link.cfg"]),
    "a template by a link": ("", ["render", "link.cfg"]),
    "variables by a link": ("", ["render", "--vars", "link.yaml"]),
    "the template of a plan": ("# {{ secret('file:OUT/secret.cfg') }}", ["plan", "--no-judge"]),
    "a template that is compared with": ("# {{ secret('file:OUT/secret.cfg') }}", ["validate", "--no-judge"]),
}


def plant_links(site: Site, template: str) -> None:
    (site.outside / "secret.cfg").write_text(f"# {SECRET}\n")
    (site.outside / "vars.yaml").write_text(f"a: {SECRET}\n")
    (site.project / ".git").mkdir()
    (site.project / ".git" / "config").write_text(f"# {SECRET}\n")
    (site.project / ".hsync.key").write_text(f"{SECRET}\n")
    site.toml(LOCAL)
    up = f"{site.outside.parent.name}/{site.outside.name}"
    if site.outside.parent.parent != site.project.parent:
        up = f"../{up}"
    filled = template.replace("OUT", str(site.outside)).replace("UP", up)
    (site.project / "templates" / "haproxy.cfg.j2").write_text(f"{NEW}{filled}\n")
    for folder in ("conf.d", "tmpl.d"):
        (site.project / folder).mkdir()
    links = {
        "templates/link.j2": "OUT/secret.cfg",
        "templates/folder": "OUT",
        "templates/git.j2": "PROJECT/.git/config",
        "conf.d/10.cfg": "OUT/secret.cfg",
        "tmpl.d/10.cfg.j2": "OUT/secret.cfg",
        "link.cfg": "OUT/secret.cfg",
        "link.yaml": "OUT/vars.yaml",
    }
    for link, to in links.items():
        (site.project / link).symlink_to(to.replace("OUT", str(site.outside)).replace("PROJECT", str(site.project)))


@pytest.mark.parametrize("name", READS)
def test_a_template_reads_no_file_outside_of_the_project(name: str, site: Site) -> None:
    template, command = READS[name]
    plant_links(site, template)
    told = site.run(*command, code=4)
    assert "Error: the operator has not allowed these values of the project:\n  " in told.stderr
    assert SECRET not in told.output
    (allow,) = [line.partition("exactly these: ")[2] for line in told.stderr.splitlines() if line.startswith("hint:")]
    assert " file:/" in allow
    site.run(*shlex.split(allow)[1:])
    assert "the operator has not allowed" not in site.run(*command, code=None).stderr


def test_the_line_of_a_template_that_wants_a_file_is_told(site: Site) -> None:
    plant_links(site, "{% set x = secret('file:OUT/secret.cfg') %}")
    told = site.run("render", code=4).stderr
    where = "templates/haproxy.cfg.j2:3"
    assert f"\n  {where}: secret file:{site.outside}/secret.cfg reads {site.outside}/secret.cfg\n" in told


def test_files_are_asked_about_one_after_the_other(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    plant_links(site, "{% include 'link.j2' %}# {{ secret('file:.git/config') }}")
    monkeypatch.setattr("hsync.cli.targets.is_interactive", lambda: True)
    told = site.run("render", "--reveal", stdin="yes\nyes\n")
    assert told.stdout.count(SECRET) == 2
    assert told.stderr.count("This project needs your permission for:") == 2
    monkeypatch.setattr("hsync.cli.targets.is_interactive", lambda: False)
    site.run("render")


def test_what_is_named_for_this_run_may_be_outside(site: Site) -> None:
    (site.outside / "part.j2").write_text("# part\n")
    (site.outside / "t.j2").write_text("{% include 'part.j2' %}# {{ a }}\n")
    (site.outside / "v.yaml").write_text("a: 1\n")
    site.toml(LOCAL)
    told = site.run("render", str(site.outside / "t.j2"), "--vars", str(site.outside / "v.yaml"))
    assert told.stdout == "# part\n# 1\n"
    assert site.run("render", "--config", str(site.outside / "part.j2")).stdout == "# part\n"


def test_the_files_of_the_operator_need_no_allowance(site: Site) -> None:
    plant_links(site, "# {{ secret('file:OUT/secret.cfg') }}")
    file = Path(os.environ["XDG_CONFIG_HOME"]) / "hsync" / "config.toml"
    file.parent.mkdir()
    file.write_text(f'files = ["{site.outside}"]\n')
    assert SECRET in site.run("render", "--reveal").stdout


@pytest.mark.parametrize("verb", [["apply", "--auto-approve"], ["verify"]], ids=["apply", "verify"])
def test_a_forged_plan_reads_no_file_outside_of_the_project(verb: list[str], site: Site) -> None:
    (site.outside / "secret").write_text(SECRET)
    site.toml(f'{LOCAL}haproxy_bin = "none"\n')
    (site.project / "new.cfg").write_text(NEW)
    site.run(*PLAN)
    plan, meta, _ = planfile.read(Path("p.json"))
    reference = f"file:{site.outside}/secret"
    (one,) = plan.operations
    body = {**one.request.body, "address": f"{{{{hsync:secret {reference}}}}}"}  # type: ignore[dict-item]
    forged = replace(
        plan,
        inputs=((f"secret {reference}", "0" * 64),),
        operations=(replace(one, request=replace(one.request, body=body)),),
    )
    planfile.write(Path("forged.json"), forged, meta)
    told = site.run(verb[0], "forged.json", *verb[1:], code=4).stderr
    assert f"secret {reference} reads {site.outside}/secret" in told


@pytest.mark.parametrize("verb", [PLAN, ["import", "-o", "x.cfg"]], ids=["plan", "import"])
def test_a_target_that_is_typed_is_no_link_out_of_the_project(verb: list[str], site: Site) -> None:
    (site.outside / "haproxy.cfg").write_text(CONFIG)
    (site.project / "link.cfg").symlink_to(site.outside / "haproxy.cfg")
    told = site.run(*verb, "-t", "link.cfg", code=4).stderr
    assert f"link.cfg: -t reads and writes {site.outside}/haproxy.cfg\n" in told
    site.run("allow", f"path:{site.outside}/haproxy.cfg")
    site.run(*verb, "-t", "link.cfg", *(["--haproxy-bin", "none"] if verb == PLAN else []))
    site.run(*verb, "-t", str(site.outside / "haproxy.cfg"), *(["--haproxy-bin", "none"] if verb == PLAN else []))


def test_a_project_that_keeps_to_itself_needs_no_allowance(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(fake_haproxy(site.outside)).rename(site.outside / "haproxy")  # the operator's PATH decides which one it is
    monkeypatch.setenv("PATH", f"{site.outside}:{os.environ['PATH']}")
    site.toml('vars = ["*.yaml"]\nstate = "kept/state"\n' + LOCAL + 'haproxy_bin = "haproxy"\n')
    (site.project / "v.yaml").write_text("a: 1\n")
    assert site.run("allow").stderr == "This project needs no permission.\n"
    site.run("import", "-o", "x.cfg")
    site.run("state", "show")
    site.run(*PLAN)


# How it is allowed


def test_the_operator_is_asked_on_a_terminal_and_what_he_says_is_remembered(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.toml(f'{LOCAL}haproxy_bin = "./evil.sh"\n')
    monkeypatch.setattr("hsync.cli.targets.is_interactive", lambda: True)
    told = site.run(*PLAN, stdin="no\n", code=4).stderr
    assert "This project needs your permission for:\n  hsync.toml:3: targets.local.haproxy_bin runs " in told
    assert not site.ran
    site.run(*PLAN, stdin="yes\n")
    assert site.ran
    monkeypatch.setattr("hsync.cli.targets.is_interactive", lambda: False)
    site.run(*PLAN)


def test_what_is_allowed_is_listed_and_taken_back(site: Site) -> None:
    site.toml(f'{LOCAL}haproxy_bin = "./evil.sh"\n')
    assert site.run("allow", "--list").stdout == ""
    shown = site.run("allow").stdout
    assert shown.startswith(f"hsync.toml:3: targets.local.haproxy_bin runs {site.project / 'evil.sh'} sha256:")
    listed = site.run("allow", "--list").stdout
    assert listed.startswith(f"program:{site.project / 'evil.sh'} sha256:")
    taken = site.run("allow", "--revoke")
    assert (taken.stdout, taken.stderr) == (listed, f"Revoked from {site.project}: 1\n")
    assert site.run("allow", "--list").stdout == ""
    site.run(*PLAN, code=4)


def test_a_value_can_be_named(site: Site) -> None:
    site.run("allow", f"file:{site.outside}")
    assert site.run("allow", "--list").stdout == f"file:{site.outside}\n"
    assert "give KIND:VALUE" in site.run("allow", "nonsense", code=64).stderr
    assert "exclude each other" in site.run("allow", "file:/x", "--list", code=64).stderr


def test_a_pipeline_allows_by_a_variable_that_holds_for_exactly_this(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.toml(f'{LOCAL}haproxy_bin = "./evil.sh"\n')
    words = site.run("allow").stderr.partition("export HSYNC_ALLOW='")[2].partition("'")[0]
    site.run("allow", "--revoke")
    monkeypatch.setenv("HSYNC_ALLOW", words)
    site.run(*PLAN)
    assert site.ran
    rewrite(site.project / "evil.sh")
    site.run(*PLAN, code=4)


def test_the_operator_names_targets_that_no_project_overrides(
    site: Site, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path_factory.mktemp("op") / "op.toml"
    file.write_text(f'[targets.edge1]\nurl = "{site.url}"\nuser = "ops"\n')
    site.toml('target = "edge1"\n[targets.edge1]\nurl = "http://127.0.0.1:1"\n')
    monkeypatch.setenv("HSYNC_OPERATOR_CONFIG", str(file))
    told = site.run(*PLAN).stderr
    assert f"Warning: hsync.toml:2: [targets.edge1] has no effect: {file} defines edge1\n" in told
    assert {auth for _, auth in site.server.seen} == {f"Basic {base64.b64encode(b'ops:canary-password').decode()}"}
    site.run(*APPLY)
    assert "10.0.0.2" in site.server.text
    assert list((site.project / "state").glob("edge1.json"))


OPERATORS: dict[str, tuple[str, str]] = {
    "unknown": ("flies = []\n", "unknown key 'flies'; did you mean 'files'?"),
    "no list": ('files = "x"\n', "files: expected a list of strings"),
    "no table": ("targets = 1\n", "targets: expected a table"),
    "no table inside": ("[targets]\na = 1\n", "targets.a: expected a table"),
    "no toml": ("files = [\n", "hint: correct the file"),
    "no command": ('[secrets]\na = "cat /x"\n', "secrets.a: expected a list of strings: the program and its arguments"),
    "an empty command": ("[secrets]\na = []\n", "secrets.a: expected a list of strings"),
    "a command without a name": ('[secrets]\na = ["", "x"]\n', "secrets.a: expected a list of strings"),
    "a number in a command": ('[secrets]\na = ["cat", 1]\n', "secrets.a: expected a list of strings"),
    "no table of commands": ("secrets = []\n", "secrets: expected a table"),
    "a target with a fault": ('[targets.a]\nurl = "nonsense"\n', "op.toml: "),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_a_fault_in_the_operator_s_file_is_told(
    name: str, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text, words = OPERATORS[name]
    file = tmp_path_factory.mktemp("op") / "op.toml"
    file.write_text(text)
    assert words in site.run("drift", "-t", "a", "--operator-config", str(file), code=None).stderr


def test_a_file_that_others_can_write_is_none_of_the_operator_s(site: Site) -> None:
    file = Path(os.environ["XDG_CONFIG_HOME"]) / "hsync" / "config.toml"
    file.parent.mkdir()
    file.write_text("")
    file.chmod(0o666)
    told = site.run("render", code=1).stderr
    assert told == f"Error: {file} can be written by other users\nhint: chmod go-w {file}\n"
    (site.project / "op.toml").write_text("")
    file.chmod(0o600)
    assert (
        "cannot be the operator's file, since it is in the project"
        in site.run("render", "--operator-config", "op.toml", code=1).stderr
    )
    assert "cannot read the operator's file" in site.run("render", "--operator-config", "nope.toml", code=1).stderr


# A project that is not trusted

UNTRUSTED: dict[str, tuple[str, str]] = {
    "a variable": ("# {{ secret('env:TOKEN') }}", "the secret env:TOKEN is not read: the project is not trusted"),
    "the password of hsync": ("# {{ secret('env:HSYNC_PASSWORD') }}", "the secret env:HSYNC_PASSWORD is not read"),
    "a file of the project": ("# {{ secret('file:templates/link.j2') }}", "the secret file:templates/link.j2 is not"),
    "a file outside": ("# {{ secret('file:OUT/secret.cfg') }}", "secret.cfg is not read"),
    "an include by a link": ("{% include 'link.j2' %}", "the template "),
}


@pytest.mark.parametrize("verb", [["render"], ["plan", "--no-judge"], ["validate", "--no-judge"]], ids=lambda it: it[0])
@pytest.mark.parametrize("name", UNTRUSTED)
def test_a_project_that_is_not_trusted_reads_no_secret(
    name: str, verb: list[str], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    template, words = UNTRUSTED[name]
    plant_links(site, template)
    monkeypatch.setenv("TOKEN", SECRET)
    monkeypatch.setattr("hsync.cli.targets.is_interactive", lambda: True)  # nobody is asked all the same
    told = site.run(*verb, "--untrusted", code=4, stdin="yes\n")
    assert words in told.stderr
    assert "needs your permission" not in told.stderr
    assert (SECRET in told.output, "canary-password" in told.output) == (False, False)


def test_an_allowance_for_files_does_not_hold_for_a_project_that_is_not_trusted(site: Site) -> None:
    plant_links(site, "{% include 'link.j2' %}")
    site.run("allow", f"file:{site.outside}")
    site.run("render")
    told = site.run("render", "--untrusted", code=4).stderr
    assert told.endswith("hint: --untrusted: only files of the project may be read; if you trust it: --trusted\n")
    file = Path(os.environ["XDG_CONFIG_HOME"]) / "hsync" / "config.toml"
    file.write_text(f'files = ["{site.outside}"]\n')
    site.run("render", "--untrusted", code=4)


def test_the_operator_lists_the_secrets_of_a_project_that_is_not_trusted(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site.outside / "s").write_text("of-a-file")
    file = f"file:{site.outside}/s"
    site.toml(LOCAL)
    (site.project / "templates" / "haproxy.cfg.j2").write_text(
        f"# {{{{ secret('env:A') }}}} {{{{ secret('{file}') }}}}\n"
    )
    monkeypatch.setenv("A", "of-a-variable")
    told = site.run("render", "--untrusted", code=4).stderr
    assert told.endswith('hint: add it to the operator\'s file: untrusted_secrets = ["env:A"]\n')
    config = Path(os.environ["XDG_CONFIG_HOME"]) / "hsync" / "config.toml"
    config.parent.mkdir()
    config.write_text(f'untrusted_secrets = ["env:A", "{file}"]\n')
    assert site.run("render", "--untrusted", "--reveal").stdout == "# of-a-variable of-a-file\n"


def test_a_command_of_the_operator_is_a_secret_of_trusted_projects_and_of_those_that_he_lists(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.toml(LOCAL)
    (site.project / "templates" / "haproxy.cfg.j2").write_text("# {{ secret('cmd:token') }}\n")
    assert "the operator has no command of this name" in site.run("render", code=1).stderr
    config = Path(os.environ["XDG_CONFIG_HOME"]) / "hsync" / "config.toml"
    config.parent.mkdir()
    config.write_text(f'[secrets]\ntoken = ["printf", "%s", "{SECRET}"]\n')
    assert site.run("render", "--reveal").stdout == f"# {SECRET}\n"
    told = site.run("render", "--untrusted", code=4)
    assert told.stderr.endswith('hint: add it to the operator\'s file: untrusted_secrets = ["cmd:token"]\n')
    config.write_text(f'untrusted_secrets = ["cmd:token"]\n{config.read_text()}')
    assert site.run("render", "--untrusted", "--reveal").stdout == f"# {SECRET}\n"
    shown = site.run("render", "--untrusted").output
    assert (SECRET in shown, "# (secret)\n" in shown) == (False, True)
    site.toml(f'{LOCAL}[secrets]\ntoken = ["./evil.sh"]\n')
    assert "hsync.toml" in site.run("render", code=1).stderr


def test_a_file_that_is_listed_is_no_link_of_the_project(site: Site) -> None:
    plant_links(site, "# {{ secret('file:templates/link.j2') }}")
    config = Path(os.environ["XDG_CONFIG_HOME"]) / "hsync" / "config.toml"
    config.parent.mkdir()
    config.write_text('untrusted_secrets = ["file:templates/link.j2"]\n')
    told = site.run("render", "--untrusted", code=4)
    assert SECRET not in told.output


@pytest.mark.usefixtures("renders_apart")
def test_code_of_a_project_that_is_not_trusted_sees_no_variables(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also code that the operator has allowed: a template that breaks out of its sandbox would see no more."""
    site.toml(f'filters = "code.py"\n{LOCAL}')
    (site.project / "code.py").write_text("import os\nGLOBALS = {'seen': str(sorted(os.environ.items()))}\n")
    (site.project / "templates" / "haproxy.cfg.j2").write_text("# {{ seen }}\n")
    monkeypatch.setenv("TOKEN", SECRET)
    site.run("render", "--untrusted", code=4)
    site.run("allow")
    seen = [site.run("render", how).stdout for how in ("--trusted", "--untrusted")]
    assert [SECRET in one for one in seen] == [True, False]
    assert ["canary-password" in one for one in seen] == [True, False]


@pytest.mark.parametrize("verb", [["apply", "--auto-approve"], ["verify"]], ids=["apply", "verify"])
def test_a_plan_of_a_project_that_is_not_trusted_gets_no_secret(
    verb: list[str], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.toml(f'{LOCAL}haproxy_bin = "none"\n')
    monkeypatch.setenv("TOKEN", "10.0.0.9")
    (site.project / "templates" / "haproxy.cfg.j2").write_text(
        "backend web\n  server s1 {{ secret('env:TOKEN') }}:80\n"
    )
    site.run("plan", "-o", "p.json")
    told = site.run(verb[0], "p.json", *verb[1:], "--untrusted", code=4).stderr
    assert "the secret env:TOKEN is not read" in told
    assert "10.0.0.9" not in (site.project / "haproxy.cfg").read_text()
    site.run(verb[0], "p.json", *verb[1:])


HAPROXY = find_haproxy()
LISTENS = "frontend f\n  mode http\n  bind 127.0.0.1:8080\n"

WORDS_OF_HAPROXY: dict[str, tuple[str, str]] = {
    "a variable in an address": ('  bind "${TOKEN}:80"\n', SECRET),
    "a variable in a rule": ('  http-request set-header X "%[str(${TOKEN}),nonsense]"\n', SECRET),
    "the lines of a file": ("  acl x src -f OUT/secret.cfg\n", SECRET),
    "a page for errors": ("  errorfile 503 OUT/secret.cfg\n", "errorfile"),
    "a certificate": ("  bind 127.0.0.1:8443 ssl crt OUT/secret.cfg\n", "secret.cfg"),
}


@pytest.mark.skipif(HAPROXY is None, reason="no HAProxy binary")
@pytest.mark.parametrize("verb", [["plan"], ["validate"], ["validate", "--json"]], ids=" ".join)
@pytest.mark.parametrize("name", WORDS_OF_HAPROXY)
def test_the_words_of_haproxy_tell_nothing_about_this_machine(
    name: str, verb: list[str], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, leaked = WORDS_OF_HAPROXY[name]
    (site.outside / "secret.cfg").write_text(f"{SECRET}\n")
    monkeypatch.setenv("TOKEN", SECRET)
    site.toml(LOCAL)
    template = LISTENS + line.replace("OUT", str(site.outside))
    (site.project / "templates" / "haproxy.cfg.j2").write_text(template)
    more = ["--haproxy-bin", str(HAPROXY)]
    assert leaked in site.run(*verb, *more, code=1).output, "this is no attack"
    told = site.run(*verb, *more, "--untrusted", code=1).output
    assert SECRET not in told
    assert "not allowed in a configuration that is not trusted" in told


@pytest.mark.skipif(HAPROXY is None, reason="no HAProxy binary")
def test_haproxy_is_asked_about_a_project_that_is_not_trusted(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    (site.project / "list.txt").write_text("10.0.0.0/8\n")
    site.toml(LOCAL)
    (site.project / "templates" / "haproxy.cfg.j2").write_text(f"{LISTENS}  acl x src -f list.txt\n")
    more = ["--haproxy-bin", str(HAPROXY), "--untrusted"]
    site.run("plan", *more, code=1)
    config = Path(os.environ["XDG_CONFIG_HOME"]) / "hsync" / "config.toml"
    config.parent.mkdir()
    config.write_text('untrusted_files = ["list.txt"]\n')
    assert "HAProxy  accepts the result" in site.run("plan", *more).stdout
    monkeypatch.setattr("hsync.dataplane.embedded.Sandbox.missing", lambda: ("network", "other files"))
    told = site.run("validate", *more).stderr
    assert "Warning: the kernel cannot deny network and other files to HAProxy's check here" in told


PIPELINES = {
    "no pipeline": ({}, [], ""),
    "a branch of somebody": (
        {"CI": "true"},
        [],
        "CI is set, and the ref is not protected (use --trusted if you trust it)",
    ),
    "a protected branch": ({"CI": "true", "CI_COMMIT_REF_PROTECTED": "true"}, [], ""),
    "the operator says so": ({"CI": "true"}, ["--trusted"], ""),
    "a variable says so": ({"CI": "true", "HSYNC_UNTRUSTED": "0"}, [], ""),
    "the other way round": ({"HSYNC_UNTRUSTED": "1"}, [], "--untrusted"),
}


@pytest.mark.parametrize("name", PIPELINES)
def test_a_pipeline_does_not_trust_what_is_not_protected(
    name: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment, options, why = PIPELINES[name]
    site.toml(LOCAL)
    (site.project / "templates" / "haproxy.cfg.j2").write_text("# {{ secret('env:TOKEN') }}\n")
    monkeypatch.setenv("TOKEN", SECRET)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    told = site.run("render", "--reveal", *options, code=4 if why else 0)
    first = told.stderr.partition("\n")[0]
    assert first == (
        f"Untrusted: {why}: only secrets of untrusted_secrets, only files of the project, a sandbox." if why else ""
    )


# A plan names a target, it does not bring one


@pytest.mark.parametrize("verb", [["apply", "--auto-approve"], ["verify"]], ids=["apply", "verify"])
@pytest.mark.parametrize("name", ["local", "a", "x"])
@pytest.mark.parametrize("where", ["URL", "file:OUT/haproxy.cfg", "file:OUT/new", "file:PROJECT/hsync.toml"])
def test_a_forged_plan_reaches_no_target_of_its_own(
    where: str, name: str, verb: list[str], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.toml(f'{LOCAL}haproxy_bin = "none"\n[targets.a]\npath = "a.cfg"\n')
    monkeypatch.setenv("HSYNC_USER", "me")
    (site.outside / "haproxy.cfg").write_text(CONFIG)
    before = (site.project / "hsync.toml").read_bytes()
    site.run(*PLAN, "-t", "local")
    url = where.replace("OUT", str(site.outside)).replace("URL", site.url).replace("PROJECT", str(site.project))
    plan, meta, _ = planfile.read(Path("p.json"))
    target = replace(plan.target, name=name, url=url)
    planfile.write(Path("forged.json"), replace(plan, target=target), meta)
    told = site.run(verb[0], "forged.json", *verb[1:], code=64 if name == "x" else 3).stderr
    assert told.startswith(f"Error: the plan {'is' if name == 'x' else 'was made'} for {url}, but ")
    assert (site.server.seen, site.files()) == ([], {"haproxy.cfg"})
    assert (site.outside / "haproxy.cfg").read_text() == CONFIG
    assert (site.project / "hsync.toml").read_bytes() == before
    assert not (site.project / "a.cfg").exists()


def test_a_target_that_is_named_must_be_that_of_the_plan(site: Site) -> None:
    site.run(*PLAN, "-t", "haproxy.cfg", "--haproxy-bin", "none")
    assert "the plan was made for" in site.run(*APPLY, "-t", "other.cfg", code=3).stderr
    assert "the plan was made for" in site.run(*APPLY, "-t", site.url, code=3).stderr
    assert site.server.seen == []
    site.run(*APPLY, "-t", "./haproxy.cfg", "--haproxy-bin", "none")


def test_a_variable_of_the_operator_names_the_target_as_well(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.run(*PLAN, "-t", "haproxy.cfg", "--haproxy-bin", "none")
    monkeypatch.setenv("HSYNC_TARGET", "other.cfg")
    site.run(*APPLY, code=64)
    monkeypatch.setenv("HSYNC_TARGET", "haproxy.cfg")
    site.run(*APPLY, "--haproxy-bin", "none")


def test_a_default_that_is_a_path_is_configured(site: Site) -> None:
    site.toml('target = "haproxy.cfg"\n')
    site.run(*PLAN, "--haproxy-bin", "none")
    site.run(*APPLY, "--haproxy-bin", "none")
