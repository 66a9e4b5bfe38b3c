"""headers: headers, cookies and redirects that protect clients, and the address of the client."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hsync.plan.risk import Level
from hsync.risks.conditions import implies
from hsync.risks.pair import Both, Pair
from hsync.risks.rule import Example, Found, Rule, quoted
from hsync.risks.side import View
from hsync.risks.steps import Step, steps_of

_SETS = {"set-header", "add-header", "replace-header"}
_SECURITY = {
    "content-security-policy": "Content-Security-Policy",
    "cross-origin-opener-policy": "Cross-Origin-Opener-Policy",
    "permissions-policy": "Permissions-Policy",
    "referrer-policy": "Referrer-Policy",
    "x-content-type-options": "X-Content-Type-Options",
    "x-frame-options": "X-Frame-Options",
}
_HSTS = "strict-transport-security"
_CLIENT = re.compile(r"(?:x-(?:forwarded|real|client|original)|forwarded|true-client|cf-connecting)", re.IGNORECASE)


def _headers(view: View, *, request: bool) -> list[Step]:
    """The rules that set headers, in requests or in responses."""
    return [one for one in steps_of(view) if one.on_request is request and one.action in _SETS and one.args]


def _gained(pair: Pair) -> set[str]:
    """The response headers that a proxy sets newly: a rule may have moved there."""
    found = set[str]()
    for both in pair.about("http-response", "http-after-response"):
        old, new = (
            {one.args[0].lower() for one in _headers(view, request=False)} for view in (both.before, both.after)
        )
        found |= new - old
    return found


def _is(step: Step, name: str) -> bool:
    return step.args[0].lower() == name


def _hsts(pair: Pair) -> Iterator[Found]:
    gained = _gained(pair)
    for both in pair.about("http-response", "http-after-response"):
        old = [step for step in _headers(both.before, request=False) if _is(step, _HSTS)]
        new = [step for step in _headers(both.after, request=False) if _is(step, _HSTS)]
        if not old or [one.line.words for one in old] == [one.line.words for one in new]:
            continue
        if not new:
            if _HSTS not in gained:
                home = both.home(old[0].line, None)
                yield Found(home, "Strict-Transport-Security is no longer set", old[0].line, both.heir(home))
            continue
        home = both.home(old[0].line, new[0].line)
        for what in _weaker(old[-1], new[-1]):
            yield Found(home, f"Strict-Transport-Security is weaker: {what}", new[-1].line, both.heir(home))


def _weaker(old: Step, new: Step) -> Iterator[str]:
    ages = [int(found[1]) if (found := _AGE.search(" ".join(one.args))) else 0 for one in (old, new)]
    if ages[1] < ages[0]:
        yield f"max-age {ages[0]} → {ages[1]}"
    for word in ("includesubdomains", "preload"):
        if word in " ".join(old.args).lower() and word not in " ".join(new.args).lower():
            yield f"without {'includeSubDomains' if word[0] == 'i' else word}"
    if not implies(old.condition, new.condition):
        yield "only for some responses"


_AGE = re.compile(r"max-age=(\d+)")


def _security(pair: Pair) -> Iterator[Found]:
    gained = _gained(pair)
    for both in pair.about("http-response", "http-after-response"):
        new = {step.args[0].lower() for step in _headers(both.after, request=False)}
        for step in _headers(both.before, request=False):
            name = step.args[0].lower()
            if name in _SECURITY and name not in new | gained:
                home = both.home(step.line, None)
                yield Found(home, f"{_SECURITY[name]} is no longer set", step.line, both.heir(home))


def _redirects(view: View) -> list[Step]:
    """The rules that send clients to https."""
    return [one for one in steps_of(view) if one.on_request and one.action == "redirect" and _to_https(one.args)]


def _to_https(args: tuple[str, ...]) -> bool:
    text = " ".join(args)
    return "scheme https" in text or "https://" in text


def _https(pair: Pair) -> Iterator[Found]:
    for both in pair.about("http-request", "redirect", "acl"):
        old, new = _redirects(both.before), _redirects(both.after)
        plain = [line for line in both.before.own("redirect") if _to_https(line.words[1:])]
        left = [line for line in both.after.own("redirect") if _to_https(line.words[1:])]
        if (old or plain) and not (new or left):
            line = old[0].line if old else plain[0]
            home = both.home(line, None)
            yield Found(home, f"{quoted(line)} is removed: http stays in clear text", line, both.heir(home))
        now = frozenset(term for one in new for term in one.condition)
        for step in old if new else []:
            if not implies(step.condition, now):
                home = both.home(step.line, new[0].line)
                told = f"{quoted(step.line)} is now {quoted(new[0].line)}: some requests stay in clear text"
                yield Found(home, told, new[0].line, both.heir(home), Level.MEDIUM)


def _client(pair: Pair) -> Iterator[Found]:
    for both in pair.about("option", "http-request"):
        old, new = both.options("forwardfor")
        if old and not new and not _sets_client(both.after):
            home = both.home(old, None)
            told = "option forwardfor is off: servers no longer get the address of the client"
            yield Found(home, told, old, both.heir(home))
        elif new and "if-none" in new.words and not (old and "if-none" in old.words):
            home = both.home(old, new)
            told = "option forwardfor if-none: a client can send any address in X-Forwarded-For"
            yield Found(home, told, new, both.heir(home))
        yield from _untrusted(both)


def _sets_client(view: View) -> bool:
    return any(_CLIENT.match(step.args[0]) for step in _headers(view, request=True))


def _untrusted(both: Both) -> Iterator[Found]:
    """Rules about the headers with the client's address that are no longer there."""
    new = {(step.args[0].lower()) for step in _about_client(both.after)}
    for step in _about_client(both.before):
        if step.args[0].lower() not in new and both.after.option("forwardfor") is None:
            home = both.home(step.line, None)
            told = f"{quoted(step.line)} is removed: servers get this header as the client sends it"
            yield Found(home, told, step.line, both.heir(home))


def _about_client(view: View) -> list[Step]:
    actions = {*_SETS, "del-header"}
    return [
        one
        for one in steps_of(view)
        if one.on_request and one.action in actions and one.args and _CLIENT.match(one.args[0])
    ]


def _cookies(pair: Pair) -> Iterator[Found]:
    for both in pair.about("cookie", "http-response", "http-after-response"):
        old, new = both.lasts("cookie")
        for word in ("secure", "httponly"):
            if old and new and word in old.words and word not in new.words:
                home = both.home(old, new)
                yield Found(home, f"cookie {new.words[1]} is no longer {word}", new, both.heir(home))
        kept = {step.line.words for step in steps_of(both.after)}
        for step in steps_of(both.before):
            if (
                _secures_cookie(step)
                and step.line.words not in kept
                and not any(map(_secures_cookie, steps_of(both.after)))
            ):
                home = both.home(step.line, None)
                yield Found(
                    home, f"{quoted(step.line)} is removed: cookies are less protected", step.line, both.heir(home)
                )


def _secures_cookie(step: Step) -> bool:
    text = " ".join(step.args).lower()
    return not step.on_request and text.startswith("set-cookie") and ("secure" in text or "httponly" in text)


_SITE = "frontend www\n  mode http\n  bind :80\n"

RULES = (
    Rule(
        "hsts-weaker",
        Level.HIGH,
        "Strict-Transport-Security is removed, shorter, without subdomains, or only set for some responses.",
        "Without it a browser can be led to plain http, where traffic can be read and changed.",
        Example(
            f'{_SITE}  http-response set-header Strict-Transport-Security "max-age=31536000"\n',
            f'{_SITE}  http-response set-header Strict-Transport-Security "max-age=300"\n',
        ),
        _hsts,
    ),
    Rule(
        "security-header-removed",
        Level.MEDIUM,
        "A response header that protects browsers is no longer set: Content-Security-Policy, X-Frame-Options, ...",
        "Applications rely on the load balancer for these headers, and nobody notices when they are missing.",
        Example(f"{_SITE}  http-response set-header X-Frame-Options DENY\n", _SITE),
        _security,
    ),
    Rule(
        "https-redirect-removed",
        Level.HIGH,
        "The redirect from http to https is removed. Medium if it is only narrower.",
        "Requests, cookies and passwords of clients that come by http stay in clear text.",
        Example(f"{_SITE}  http-request redirect scheme https unless {{ ssl_fc }}\n", _SITE),
        _https,
    ),
    Rule(
        "client-address",
        Level.MEDIUM,
        "Servers no longer get the address of the client, or get what the client says about it.",
        "Logs, limits and access lists of the application depend on X-Forwarded-For and its like.",
        Example(f"{_SITE}  option forwardfor\n", _SITE),
        _client,
    ),
    Rule(
        "cookie-less-protected",
        Level.MEDIUM,
        "A cookie is no longer `secure` or `httponly`.",
        "The cookie can be sent in clear text, or read by scripts.",
        Example(
            "backend app\n  mode http\n  cookie S insert secure httponly\n",
            "backend app\n  mode http\n  cookie S insert\n",
        ),
        _cookies,
    ),
)
