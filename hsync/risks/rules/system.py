"""system: rights and code of the process, the parser of HTTP, filters, names, monitoring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hsync.plan.risk import Level
from hsync.risks.pair import Pair
from hsync.risks.rule import Example, Found, Rule, quoted
from hsync.risks.steps import steps_of


def _rights(pair: Pair) -> Iterator[Found]:
    for both in pair.both("global"):
        for names in (("user", "uid"), ("group", "gid"), ("chroot",)):
            old = next((line for name in names if (line := both.before.last(name))), None)
            new = next((line for name in names if (line := both.after.last(name))), None)
            root = new is not None and new.words[1:] in {("root",), ("0",)} and names != ("chroot",)
            if old is not None and (new is None or (root and old.words[1:] not in {("root",), ("0",)})):
                told = (
                    f"{quoted(old)} → {quoted(new) if new else 'none'}: HAProxy keeps the rights with which it starts"
                )
                yield Found(both.key, told, new or old)
        for line in both.gained("setcap"):
            yield Found(both.key, f"{quoted(line)}: the process keeps these rights", line, "", Level.MEDIUM)


_CODE = {
    "insecure-fork-wanted": "HAProxy may start programs",
    "insecure-setuid-wanted": "HAProxy may get more rights",
    "external-check": "health checks may run programs",
    "lua-load": "new code runs in HAProxy",
    "lua-load-per-thread": "new code runs in HAProxy",
    "expose-experimental-directives": "untested parts of HAProxy are in use",
    "ssl-engine": "new code runs in HAProxy",
    "ssl-provider": "new code runs in HAProxy",
}


def _code(pair: Pair) -> Iterator[Found]:
    for both in pair.both("global"):
        for word, effect in _CODE.items():
            for line in both.gained(word):
                yield Found(both.key, f"{quoted(line)}: {effect}", line)
    for both in pair.both("program"):
        for line in both.gained("command"):
            yield Found(both.key, f"{quoted(line)}: HAProxy starts this program", line)


_LOOSE_GLOBAL = (
    "h1-accept-payload-with-any-method",
    "h1-do-not-close-on-insecure-transfer-encoding",
    "h2-workaround-bogus-websocket-clients",
)
_LOOSE = (
    "accept-invalid-http-request",
    "accept-unsafe-violations-in-http-request",
    "accept-invalid-http-response",
    "accept-unsafe-violations-in-http-response",
)


def _parser(pair: Pair) -> Iterator[Found]:
    for both in pair.both("global"):
        for word in _LOOSE_GLOBAL:
            for line in both.gained(word):
                yield Found(both.key, f"{word}: requests may be smuggled past rules", line)
    for both in pair.about("option", "http-request"):
        for name in _LOOSE:
            old, new = both.options(name)
            if new and not old:
                home = both.home(old, new)
                level = Level.MEDIUM if name.endswith("response") else None
                told = f"option {name}: malformed messages pass, and may be smuggled past rules"
                yield Found(home, told, new, both.heir(home), level)
        actions = {step.action for step in steps_of(both.after)}
        for step in steps_of(both.before):
            if step.action == "normalize-uri" and step.action not in actions:
                home = both.home(step.line, None)
                told = f"{quoted(step.line)} is removed: rules about paths can be bypassed by another spelling"
                yield Found(home, told, step.line, both.heir(home), Level.MEDIUM)


def _filters(pair: Pair) -> Iterator[Found]:
    for both in pair.about("filter", "http-request", "http-response", "tcp-request"):
        for line in both.lost("filter") if not both.new else []:
            if line.words[1:2] not in {one.words[1:2] for one in both.after.all("filter")}:
                home = both.home(line, None)
                yield Found(home, f"{quoted(line)} is removed: it sees no traffic any more", line, both.heir(home))
        kept = {(step.action, step.args) for step in steps_of(both.after)}
        for step in steps_of(both.before):
            scripted = step.action.startswith("lua.") or step.action == "send-spoe-group"
            if scripted and (step.action, step.args) not in kept:
                home = both.home(step.line, None)
                yield Found(home, f"{quoted(step.line)} is removed", step.line, both.heir(home), Level.MEDIUM)


_SINGLE: Mapping[str, str] = {
    "monitor-uri": "whoever watches this path counts HAProxy as down",
    "monitor fail": "HAProxy may no longer tell when it cannot serve",
}


def _monitoring(pair: Pair) -> Iterator[Found]:
    for both in pair.about("monitor-uri", "monitor"):
        for head, effect in _SINGLE.items():
            old, new = both.lasts(*head.split())
            if old is not None and (new is None or new.words != old.words) and not both.new:
                home = both.home(old, new)
                told = f"{quoted(old)} → {quoted(new) if new else 'none'}: {effect}"
                yield Found(home, told, new or old, both.heir(home))


def _names(pair: Pair) -> Iterator[Found]:
    for both in pair.about("server", "server-template", "default-server"):
        for old, new in both.kept_servers("resolvers"):
            if "resolvers" in old.params and "resolvers" not in new.params:
                told = "has no resolvers any more: its address is looked up at the start only"
                yield Found(both.key, told, new.line, f"server {new.name}")
    for both in pair.both("resolvers"):
        if both.lost("nameserver") and not both.after.own("nameserver") and not both.after.own("parse-resolv-conf"):
            line = both.lost("nameserver")[0]
            yield Found(both.key, "has no nameserver any more", line, "", Level.HIGH)


def _reuse(pair: Pair) -> Iterator[Found]:
    for both in pair.about("http-reuse"):
        old, new = both.lasts("http-reuse")
        values = [line.words[1] if line and len(line.words) > 1 else "safe" for line in (old, new)]
        if values[1] == "always" != values[0]:
            home = both.home(old, new)
            told = f"http-reuse {values[0]} → always: the first request of a client may fail on a closed connection"
            yield Found(home, told, new, both.heir(home))


_WWW = "frontend www\n  mode http\n  bind :80\n"

RULES = (
    Rule(
        "rights-kept",
        Level.HIGH,
        "HAProxy no longer gives up rights: user, group or chroot is removed or root.",
        "A fault in HAProxy then gives an attacker the whole machine.",
        Example("global\n  user haproxy\n  group haproxy\n", "global\n  group haproxy\n"),
        _rights,
    ),
    Rule(
        "code-added",
        Level.MEDIUM,
        "HAProxy loads new code, or may start programs: Lua, external checks, programs, providers.",
        "Such code has all rights of HAProxy, with all keys.",
        Example("global\n", "global\n  lua-load /etc/haproxy/auth.lua\n"),
        _code,
    ),
    Rule(
        "parser-loosened",
        Level.HIGH,
        "HAProxy accepts malformed HTTP. Medium for responses, and if paths are no longer normalized.",
        "What HAProxy and a server read differently can carry a hidden request past all rules (request smuggling).",
        Example(_WWW, f"{_WWW}  option accept-invalid-http-request\n"),
        _parser,
    ),
    Rule(
        "filter-removed",
        Level.HIGH,
        "A filter is removed (an agent such as a WAF, a bandwidth limit, compression, a cache). Medium for a script.",
        "What the filter checked or limited passes.",
        Example(f"{_WWW}  filter spoe engine waf config /etc/haproxy/waf.conf\n", _WWW),
        _filters,
    ),
    Rule(
        "monitor-changed",
        Level.MEDIUM,
        "The path that reports whether HAProxy serves is removed or changed.",
        "A balancer in front of HAProxy takes it out of service.",
        Example(f"{_WWW}  monitor-uri /up\n", f"{_WWW}  monitor-uri /healthy\n"),
        _monitoring,
    ),
    Rule(
        "resolvers-lost",
        Level.MEDIUM,
        "A server no longer follows its name, or resolvers have no nameserver.",
        "When the address behind the name changes, HAProxy sends requests to the old one.",
        Example(
            "backend app\n  server a app.example:80 resolvers dns\nresolvers dns\n  nameserver a 192.0.2.53:53\n",
            "backend app\n  server a app.example:80\nresolvers dns\n  nameserver a 192.0.2.53:53\n",
        ),
        _names,
    ),
    Rule(
        "reuse-always",
        Level.LOW,
        "Connections to servers are reused for the first request of a client too.",
        "If the server has closed the connection, the request fails and cannot be repeated.",
        Example("backend app\n  mode http\n", "backend app\n  mode http\n  http-reuse always\n"),
        _reuse,
    ),
)
