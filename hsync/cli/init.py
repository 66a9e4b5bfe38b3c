"""`hsync init`: a project to start from."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

import click

from hsync.cli.verb import verb

FILES = {
    "hsync.toml": """\
# What hsync renders, with which variables, and where to. `hsync plan -t haproxy.cfg` needs no server.
template = "templates/haproxy.cfg.j2"
vars = ["vars/common.yaml"]
target = "local"

[environments.prod]
vars = ["vars/prod.yaml"]

[targets.local]
path = "haproxy.cfg"

# [targets.edge1]
# url = "https://edge1.example:5555"
# user = "admin"                      # the password: HSYNC_PASSWORD or HSYNC_PASSWORD_FILE
""",
    "templates/haproxy.cfg.j2": """\
global
  maxconn {{ maxconn }}

defaults base
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s

frontend www from base
  bind {{ bind }}
  default_backend web

backend web from base
  balance roundrobin
{% for server in servers %}
  server {{ server.name }} {{ server.address }} check weight {{ server.weight | default(100) }}
{% endfor %}
""",
    "vars/common.yaml": """\
maxconn: 1000
bind: 127.0.0.1:8080
servers:
  - {name: web1, address: "127.0.0.1:9001"}
  - {name: web2, address: "127.0.0.1:9002", weight: 50}
""",
    "vars/prod.yaml": """\
# Merged after common.yaml by `hsync plan -e prod`.
maxconn: 20000
""",
    "state/README.md": """\
# state/

One file for each target: what hsync last applied there, its journal and its history. No secrets; may be committed.
""",
}
"""What a project begins with, by path."""


@verb("init")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
def command(folder: Path) -> None:
    """Write a small project to start from.

    It goes into FOLDER (default: here): hsync.toml, a template, variables. Nothing is overwritten.
    """
    from hsync.cli.console import say
    from hsync.errors import InputError

    there = [name for name in FILES if (folder / name).exists() or (folder / name).is_symlink()]
    if there:
        raise InputError(f"{folder}: {', '.join(there)} is there already", hint="hsync init NEW_FOLDER")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        say(f"wrote {path}")
    go = "" if folder == Path() else f"cd {quote(str(folder))}, then "
    say(f"Next: {go}hsync plan, then hsync apply local.plan.json")
