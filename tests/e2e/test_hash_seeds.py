"""The same input gives the same bytes: a plan does not depend on the order of Python's sets, which the hash seed changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hsync.testing import Server

SEEDS = ("0", "1", "2", "3")

TEMPLATE = """\
global
  maxconn {{ maxconn }}
  log 127.0.0.1:514 local0
  stats socket /run/haproxy.sock mode 600 level admin

defaults base
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server {{ patience }}s

userlist ops
{% for user in users %}
  user {{ user }} password {{ secret("env:PHRASE") }}
{% endfor %}

resolvers dns
  nameserver one 192.0.2.53:53
  hold valid {{ patience }}s

cache small
  total-max-size {{ patience }}

{% for site in sites %}
frontend {{ site }} from base
  bind 127.0.0.1:{{ 8000 + loop.index }} name main
  acl is_{{ site }} hdr(host) -i {{ site }}.example {{ extra }}.example
  acl is_old path_beg /old /{{ extra }}
  http-request set-header X-Site {{ site }} if is_{{ site }}
  http-request deny if is_old
  use_backend {{ site }} if is_{{ site }}
  default_backend {{ site }}

backend {{ site }} from base
  balance {{ balance }}
  option httpchk GET /{{ extra }}
{% for number in range(1, servers + 1) %}
  server s{{ number }} 192.0.2.{{ number }}:80 check inter 2s weight {{ weight }}
{% endfor %}
  http-response set-header X-Weight {{ weight }}

{% endfor %}
{% if listens %}
listen stats
  bind 127.0.0.1:9000
  stats enable
{% endif %}
"""
SITES = [f"{name}{number}" for number in range(4) for name in ("shop", "blog", "api", "auth")]
BEFORE = {
    "maxconn": 1000,
    "patience": 30,
    "users": ["ann", "bob"],
    "sites": SITES[:-3],
    "extra": "v1",
    "balance": "roundrobin",
    "servers": 3,
    "weight": 10,
    "listens": False,
}
AFTER = {
    "maxconn": 2000,
    "patience": 60,
    "users": ["bob", "cy", "dan"],
    "sites": SITES[3:],
    "extra": "v2",
    "balance": "leastconn",
    "servers": 5,
    "weight": 20,
    "listens": False,
}


def hsync(folder: Path, seed: str, *words: str) -> str:
    """The standard output of a successful command, with a hash seed."""
    access = {"HSYNC_USER": "admin", "HSYNC_PASSWORD": "any", "PHRASE": "correct-horse"}
    environment = {**os.environ, **access, "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, "-m", "hsync", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def plan_of(folder: Path, seed: str, target: str) -> tuple[dict[str, object], str, str]:
    """The plan file without `meta`, its text after `meta`, and the output for people."""
    options = ("--haproxy-bin", "none") if target == "haproxy.cfg" else ()
    told = hsync(folder, seed, "plan", "haproxy.cfg.j2", "--vars", "after.json", "-t", target, *options, "-o", "p.json")
    text = (folder / "p.json").read_text()
    document = json.loads(text)
    meta = document.pop("meta")
    assert set(meta) == {"created", "git", "hsync", "user"}
    return document, text.partition('"plan": {')[2], told


@pytest.mark.parametrize(("form", "lane"), [("file", "transaction"), ("file", "raw"), ("server", "transaction")])
def test_a_plan_is_the_same_under_every_hash_seed(
    tmp_path: Path, hsync_server: Callable[..., Server], form: str, lane: str
) -> None:
    (tmp_path / "haproxy.cfg.j2").write_text(TEMPLATE)
    for name, values in (("before", BEFORE), ("after", {**AFTER, "listens": lane == "raw"})):
        (tmp_path / f"{name}.json").write_text(json.dumps(values))
    before = hsync(tmp_path, "0", "render", "haproxy.cfg.j2", "--vars", "before.json")
    (tmp_path / "haproxy.cfg").write_text(before)
    target = "haproxy.cfg" if form == "file" else hsync_server(before, listens=True).url
    plans = [plan_of(tmp_path, seed, target) for seed in SEEDS]
    assert json.loads(json.dumps(plans[0][0]))["plan"]["lane"] == lane
    assert len(plans[0][0]["plan"]["changes"]) > 50  # type: ignore[index]
    assert all(plan == plans[0] for plan in plans)
