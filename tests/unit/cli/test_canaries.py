"""A secret at any place of a configuration is in no output and no saved file; the same word elsewhere is shown.

Except for the requests of a plan (`operations[].request`, and `result.layout` for a file), and the output of commands that print a configuration (`render`,
`convert`, `import`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run, fake_haproxy

pytestmark = pytest.mark.attack("canaries of secrets")

HEAD = "global\n  maxconn 5\n"

PROXY = [
    "stats auth joe:{}",
    'stats auth "joe:{}"',
    "stats auth joe:{} odd",
    "stats auth {}",
    "http-request set-header Authorization {}",
    'http-request set-header Authorization "Basic {}"',
    'http-request add-header Proxy-Authorization "Bearer {}" if TRUE',
    "http-request replace-header X-Api-Token .* {} if TRUE",
    "http-response set-header X-Secret-Of-It {}",
    "http-request set-header X-Other Basic\\ {}",
    "http-request return status 200 hdr X-Auth-Token {}",
    'http-request set-var(txn.api_key) str("{}")',
    "http-request redirect location https://joe:{}@example.org/",
    "acl ok req.hdr(Authorization) -m str {}",
    "acl ok req.hdr(X-Other) -m str Bearer\\ {}",
    "http-request deny if !{{ url_param(token) -m str {} }}",
    "http-request frobnicate hdr Authorization {}",
    "# stats auth joe:{}",
    "http-request deny # stats auth joe:{}",
]
BACKEND = [
    'http-check send meth GET uri / hdr Authorization "Basic {}"',
    "option httpchk GET / HTTP/1.1\\r\\nAuthorization:\\ Basic\\ {}",
    "tcp-check send AUTH\\ {}\\r\\n",
    "tcp-check send-lf PASS\\ {}\\r\\n",
    "dynamic-cookie-key {}",
    "server s1 192.0.2.1:80 frobnicate tcp-md5sig {}",
    "server s2 192.0.2.2:80 tcp-md5sig {}",
]
PLACES: dict[str, list[str]] = {
    "frontend f": [*PROXY, "bind 192.0.2.9:443 ssl crt /a ca-sign-file /b ca-sign-pass {}"],
    "backend b": [*PROXY, *BACKEND],
    "listen l": [*PROXY, *BACKEND, "bind 192.0.2.9:444 ssl crt /a ca-sign-file /b ca-sign-pass {}"],
    "userlist u": [
        "user a password {}",
        "user b insecure-password {}",
        "user c insecure-password {} groups g",
        "user d insecure-pasword {}",
        'user e password "{}"',
        "user f password {} 'open",
    ],
    "global": [
        "setenv API_TOKEN {}",
        "presetenv DB_PASSWORD {}",
        'setenv MY_SECRET "{}"',
        "cluster-secret {}",
        "set-var proc.api_key str({})",
    ],
    "acme a": ['acme-vars "Name=joe,Token={}"', "account-key /etc/a.key"],
    "fcgi-app p": ["set-param AUTH_TOKEN {}"],
    "frobs x": ["stats auth joe:{}"],
}


def canaries(lines: list[str], section: str, mark: str) -> Iterator[tuple[str, str]]:
    """Lines, each with a canary of its own, and the canaries."""
    for number, line in enumerate(lines):
        canary = f"canary{mark}{section[0]}{number}x"
        yield (line.format(canary), canary) if "{}" in line else (line, "nowhere-at-all")


def written(mark: str, *, faults: bool = False) -> tuple[str, list[str]]:
    """A configuration with a canary at each place, and the canaries."""
    text, found = HEAD, []
    for section, lines in PLACES.items():
        if section == "frobs x":
            continue  # no section to HAProxy: its lines would be of the one before
        kept = [line for line in lines if faults or "'open" not in line]
        made = list(canaries(kept, section, mark))
        text += "" if section == "global" else f"{section}\n"
        text += "".join(f"  {line}\n" for line, _ in made)
        found += [canary for _, canary in made]
    return text, found


def shown(run: Run, project: Path) -> dict[str, str]:
    """All outputs of a plan for people."""
    forms: dict[str, list[str]] = {"human": [], "diff": ["--diff"], "json": ["--json"], "markdown": ["--markdown"]}
    found = {}
    for name, flags in forms.items():
        done = run("plan", "-t", "it.cfg", "--config", "new.cfg", "-o", "it.plan.json", *flags)
        found[f"plan {name}"] = done.stdout + done.stderr
        found[f"show {name}"] = run("show", "it.plan.json", *flags).stdout
        found[f"bodies {name}"] = run("show", "it.plan.json", "--bodies", *flags).stdout
    found["the plan file"] = saved_for_people(project / "it.plan.json")
    return found


def saved_for_people(path: Path) -> str:
    """A plan file without its requests."""
    plan = json.loads(path.read_text())["plan"]
    for operation in plan["operations"]:
        del operation["request"]
    del plan["result"]["layout"]
    return json.dumps(plan)


def leaks(outputs: dict[str, str], found: list[str]) -> list[tuple[str, str]]:
    return [(name, canary) for name, text in outputs.items() for canary in found if canary in text]


SECRETS, SINGLES = written("A"), [section for section in PLACES if section != "frobs x"]


def one_section(section: str, mark: str) -> tuple[str, list[str]]:
    """As `written`, with one section, so that operations change the lines that the API can express."""
    made = list(canaries([line for line in PLACES[section] if "'open" not in line], section, mark))
    header = "" if section == "global" else f"{section}\n"
    return HEAD + header + "".join(f"  {line}\n" for line, _ in made), [canary for _, canary in made]


@pytest.mark.parametrize("section", SINGLES)
@pytest.mark.parametrize("how", ["created", "changed", "deleted", "beside a change"])
def test_a_canary_is_in_no_output(section: str, how: str, run: Run, tmp_path: Path) -> None:
    old, found = one_section(section, "A")
    new, more = one_section(section, "B")
    pairs = {
        "created": (HEAD, new),
        "changed": (old, new),
        "deleted": (old, HEAD),
        "beside a change": (old, old.replace("maxconn 5", "maxconn 6") + "# x\n"),
    }
    (tmp_path / "it.cfg").write_text(pairs[how][0])
    (tmp_path / "new.cfg").write_text(pairs[how][1])
    outputs = shown(run, tmp_path)
    assert leaks(outputs, [*found, *more]) == []
    assert how != "created" or "(secret)" in outputs["plan diff"]


def test_a_line_that_can_be_sent_as_an_operation_alone(run: Run, tmp_path: Path) -> None:
    for section in SINGLES:
        for (old, canary), (new, other) in zip(
            canaries(PLACES[section], section, "A"), canaries(PLACES[section], section, "B"), strict=True
        ):
            if "'open" in old or old == new:
                continue
            header = "" if section == "global" else f"{section}\n"
            (tmp_path / "it.cfg").write_text(f"{HEAD}{header}  {old}\n")
            (tmp_path / "new.cfg").write_text(f"{HEAD}{header}  {new}\n")
            run("plan", "-t", "it.cfg", "--config", "new.cfg", "-o", "it.plan.json")
            assert leaks({old: saved_for_people(tmp_path / "it.plan.json")}, [canary, other]) == []


def test_faults_and_refusals_show_no_canary(run: Run, tmp_path: Path) -> None:
    text, found = written("A", faults=True)
    (tmp_path / "it.cfg").write_text(HEAD)
    (tmp_path / "new.cfg").write_text(text + "backend b\n  x 'open\n")
    told = {verb: run(verb, *flags, "--config", "new.cfg", code=1).output for verb, flags in
            {"validate": [], "plan": ["-t", "it.cfg"]}.items()}  # fmt: skip
    assert "unmatched '" in told["plan"]
    assert leaks(told, found) == []


def test_what_haproxy_says_shows_no_canary(run: Run, tmp_path: Path) -> None:
    text, found = written("A")
    (tmp_path / "it.cfg").write_text(HEAD)
    (tmp_path / "new.cfg").write_text(text)
    lines = text.splitlines()
    alerts = [
        f"config : parsing [x.cfg:{number}] : bad word {canary} here"
        for number, line in enumerate(lines, 1)
        for canary in found
        if canary in line and "#" not in line
    ]
    assert len(alerts) > 50
    checker = fake_haproxy(tmp_path, *alerts)
    told = {
        "validate": run("validate", "--config", "new.cfg", "--haproxy-bin", checker, code=None).output,
        "plan": run("plan", "-t", "it.cfg", "--config", "new.cfg", "--haproxy-bin", checker, code=None).output,
    }
    assert "bad word (secret) here" in told["validate"]
    assert leaks(told, found) == []


def test_records_hold_no_canary(run: Run, tmp_path: Path) -> None:
    text, found = written("A")
    (tmp_path / "it.cfg").write_text(HEAD)
    (tmp_path / "new.cfg").write_text(text)
    (tmp_path / "hsync.toml").write_text("")
    run("plan", "-t", "it.cfg", "--config", "new.cfg", "-o", "it.plan.json")
    outputs = {"apply": run("apply", "it.plan.json", "-t", "it.cfg", "--auto-approve").output}
    (tmp_path / "it.cfg").write_text((tmp_path / "it.cfg").read_text().replace("canaryA", "canaryC"))
    outputs["drift"] = run("drift", "-t", "it.cfg", "--config", "new.cfg", code=2).output
    outputs["drift --json"] = run("drift", "-t", "it.cfg", "--config", "new.cfg", "--json", code=2).output
    outputs["state"] = run("state", "show", "-t", "it.cfg", code=None).output
    outputs |= {str(path): path.read_text() for path in (tmp_path / "state").iterdir() if path.suffix == ".json"}
    assert leaks(outputs, [*found, *(canary.replace("canaryA", "canaryC") for canary in found)]) == []


INNOCENT = [
    ("stats auth admin:area", "stats realm admin\\ area"),
    ("stats auth admin:area1", "stats realm admin\\ area1"),
    ("stats auth admin:admin", "stats realm admin"),
    ("stats auth www:http", "mode http"),
    ("http-request set-header Authorization path_beg", "acl a path_beg /"),
]


@pytest.mark.parametrize("section", ["frontend f", "listen l"])
@pytest.mark.parametrize(("line", "innocent"), INNOCENT)
@pytest.mark.parametrize("edit", ["created", "deleted"])
def test_the_same_word_in_another_place_stays_in_every_output(
    section: str, line: str, innocent: str, edit: str, run: Run, tmp_path: Path
) -> None:
    texts = [HEAD, f"{HEAD}{section}\n  {line}\n  {innocent}\n"]
    (tmp_path / "it.cfg").write_text(texts[edit == "deleted"])
    (tmp_path / "new.cfg").write_text(texts[edit == "created"])
    outputs = shown(run, tmp_path)
    assert innocent.replace("\\", "") in outputs["plan diff"].replace("\\", "")
    for text in outputs.values():
        plain = text.replace("\\", "").replace(innocent.replace("\\", ""), "")
        assert line not in plain
        assert "(secret)" in plain
        assert "(secret) area" not in plain


Made = Callable[[str], str]


def test_a_refusal_does_not_tell_by_what_it_hides(run: Run, tmp_path: Path) -> None:
    (tmp_path / "it.cfg").write_text(HEAD)
    (tmp_path / "new.cfg").write_text("frontend f\n  stats realm admin\\ area\n  stats auth joe:area\n  x 'open\n")
    checker = fake_haproxy(tmp_path, "config : parsing [x.cfg:2] : bad realm admin area")
    assert "realm admin" in run("validate", "--config", "new.cfg", code=1).output.replace("x 'open", "realm admin")
    (tmp_path / "new.cfg").write_text("frontend f\n  stats realm admin\\ area\n  stats auth joe:area\n")
    told = run("validate", "--config", "new.cfg", "--haproxy-bin", checker, code=None).output
    assert "bad realm admin area" in told
    assert "stats realm admin\\ area" in told
