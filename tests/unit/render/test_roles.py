"""Templates like those of public roles for HAProxy, with their own variables; HAProxy checks the result.

The templates are written for this test. Each has the constructs of a family of roles: parameters in loops on one line,
conditions at the end of a line, versions, hosts of an inventory, includes, objects of options, texts of several lines.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from hsync.dataplane.embedded import find_haproxy
from hsync.render import load_variables, render
from hsync.render.ansible import ANSIBLE_FILTERS, ANSIBLE_GLOBALS, ANSIBLE_TESTS

DEFAULTS = "defaults\n  mode http\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n"

PARAMETERS = """\
# {{ ansible_managed }}
{% include 'global.j2' %}

DEFAULTS
{% for frontend in lb_frontends %}
frontend {{ frontend.name }}
{% for bind in frontend.bind %}
  bind {{ bind.listen }}{% for param in bind.param | default([]) %} {{ param }}{% endfor %}

{% endfor %}
{% for rule in frontend.http_request | default([]) %}
  http-request {{ rule.action }}{% if rule.param is defined %} {{ rule.param }}{% endif %}{% if rule.cond is defined %} {{ rule.cond }}{% endif %}

{% endfor %}
{% if frontend.use_backend is iterable and frontend.use_backend is not string %}
{% for use in frontend.use_backend %}
  use_backend {{ use }}
{% endfor %}
{% else %}
  use_backend {{ frontend.use_backend }}
{% endif %}
{% endfor %}

backend web
  server s1 127.0.0.1:8080
"""
GLOBAL = """\
global
{% if lb_version is version('2.5', '<') %}
  nbproc {{ lb_nbproc }}
{% endif %}
{% if lb_daemon | bool == true %}
  daemon
{% endif -%}
{% if lb_maxconn != false %}
  maxconn {{ lb_maxconn }}
{% endif %}
"""

INVENTORY = """\
{{ ansible_managed | comment }}
DEFAULTS
frontend api
  bind {{ api_address }}:{{ api_port }}{% if api_tls == true %} ssl{% endif %}{% if api_crts is defined and api_crts | length > 0 %}{% for crt in api_crts %} crt {{ crt }}{% endfor %}{% endif %}

  default_backend api

backend api
  balance {{ api_balance | default('leastconn') }}
{% for host in groups[api_group] %}
  server {{ hostvars[host]['ansible_facts']['hostname'] }} {{ hostvars[host]['ansible_host'] | ipwrap }}:{{ api_port }} {{ api_options | join(' ') }}
{% endfor %}
"""

OPTIONS = """\
#jinja2: lstrip_blocks: True
global
{% for key, value in all_options.items() %}
  {{ key }} {{ value }}
{% endfor %}
DEFAULTS
{{ extra_sections }}
{% for item in services | dict2items %}
{%   set service = service_defaults | combine(item.value, recursive=True) %}
backend {{ item.key }}
  balance {{ (service.kind == 'tcp') | ternary('source', 'roundrobin') }}
  {% if service.check.enabled %}option httpchk {{ service.check.method | default('GET') }} /{% endif %}

  {% for node in service.nodes | map('regex_replace', '^', '10.0.0.') -%}
  server n{{ loop.index }} {{ node }}:80{{ ' check' if service.check.enabled }}
  {% endfor %}
{% endfor %}
"""

ROLES = {
    "parameters": (
        {"main.j2": PARAMETERS, "global.j2": GLOBAL},
        (
            "lb_version: '2.8'\nlb_nbproc: 1\nlb_daemon: no\nlb_maxconn: 1_000\nlb_frontends:\n"
            "  - name: www\n    bind: [{listen: '127.0.0.1:8001', param: [name one, maxconn 10]}, {listen: '127.0.0.1:8002'}]\n"
            "    http_request: [{action: deny, cond: 'if { path /x }'}, {action: set-header, param: X 1}]\n    use_backend: [web]\n"
            "  - {name: two, bind: [{listen: '127.0.0.1:8003'}], use_backend: web}\n"
        ),
    ),
    "inventory": (
        {"main.j2": INVENTORY},
        (
            "api_address: '*'\napi_port: 6443\napi_tls: off\napi_group: control\napi_options: [check, inter 2s]\n"
            "groups: {control: [a, b]}\nhostvars:\n  a: {ansible_host: 10.0.0.1, ansible_facts: {hostname: a1}}\n"
            "  b: {ansible_host: '2001:db8::1', ansible_facts: {hostname: b1}}\n"
        ),
    ),
    "options": (
        {"main.j2": OPTIONS},
        (
            "base: {daemon: , maxconn: 100}\nall_options: \"{{ base | combine({'nbthread': threads}) }}\"\nthreads: 2\n"
            "extra_sections: |\n  listen extra\n    bind 127.0.0.1:8004\n    server x 127.0.0.1:80\n"
            "service_defaults: {kind: http, check: {enabled: yes}}\n"
            "services:\n  one: {nodes: [1, 2]}\n  two: {kind: tcp, nodes: [3], check: {enabled: no}}\n"
        ),
    ),
}


def rendered(name: str, folder: Path) -> tuple[str, str]:
    """The text rendered by hsync, and by Jinja with the settings of Ansible."""
    files, variables = ROLES[name]
    for file, text in files.items():
        (folder / file).write_text(text.replace("DEFAULTS\n", DEFAULTS), encoding="utf-8")
    (folder / "main.yml").write_text(variables, encoding="utf-8")
    known = load_variables([folder / "main.yml"], root=folder, yaml="1.1")
    ours = render(folder / "main.j2", variables=known, root=folder, as_ansible=True).text
    plain = Environment(
        loader=FileSystemLoader(folder), trim_blocks=True, finalize=lambda value: "" if value is None else value
    )
    plain.filters |= ANSIBLE_FILTERS
    plain.tests |= ANSIBLE_TESTS
    plain.globals |= ANSIBLE_GLOBALS
    resolved = {**known, "all_options": {"daemon": None, "maxconn": 100, "nbthread": 2}}
    return ours, plain.get_template("main.j2").render(resolved)


@pytest.mark.parametrize("name", ROLES)
def test_a_role_renders_as_in_ansible(name: str, tmp_path: Path) -> None:
    ours, plain = rendered(name, tmp_path)
    lines = [line.split() for line in plain.split("\n") if line.split() and not line.startswith("#jinja2:")]
    assert [line.split() for line in ours.split("\n") if line.split()] == lines


@pytest.mark.skipif(find_haproxy() is None, reason="there is no haproxy binary")
@pytest.mark.parametrize("name", ROLES)
def test_haproxy_takes_what_a_role_gives(name: str, tmp_path: Path) -> None:
    binary = find_haproxy()
    assert binary
    (tmp_path / "haproxy.cfg").write_text(rendered(name, tmp_path)[0], encoding="utf-8")
    done = subprocess.run(
        [binary, "-c", "-f", "haproxy.cfg"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
