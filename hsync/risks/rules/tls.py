"""tls: protocol versions, ciphers and checks of certificates, on binds, on servers, and in `global`.

Source: HAProxy manual 3.1 and 5; without an option, the lowest version is TLSv1.2 since HAProxy 2.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from hsync.plan.risk import Level
from hsync.risks.endpoints import servers_of
from hsync.risks.pair import Both, Pair
from hsync.risks.rule import Example, Found, Rule
from hsync.risks.side import Line, View

_VERSIONS = ("SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_FORCED = {f"force-{name.lower().replace('.', '')}": name for name in _VERSIONS}
_OFF = {f"no-{name.lower().replace('.', '')}": name for name in _VERSIONS}

Params = Mapping[str, str]
Judge = Callable[[Params, Params, View], str]
"""Says what is worse in the second parameters; "" for nothing. The view is the `global` section after the change."""


def _options(view: View, kind: str) -> dict[str, str]:
    """The parameters of `ssl-default-bind-options` or `ssl-default-server-options`."""
    found: dict[str, str] = {}
    for line in view.own(f"ssl-default-{kind}-options"):
        words = iter(line.words[1:])
        for word in words:
            found[word] = next(words, "") if word in {"ssl-min-ver", "ssl-max-ver"} else ""
    return found


def _allowed(params: Params, shared: Params) -> list[str]:
    """The protocol versions of a bind or a server, lowest first."""
    both = {**shared, **params}
    for name, version in _FORCED.items():
        if name in params or (name in shared and "ssl-min-ver" not in params):
            return [version]
    off = {version for name, version in _OFF.items() if name in both}
    low = both.get("ssl-min-ver", "TLSv1.2" if not off else "")
    high = both.get("ssl-max-ver", _VERSIONS[-1])
    first = _VERSIONS.index(low) if low in _VERSIONS else 1
    last = _VERSIONS.index(high) if high in _VERSIONS else len(_VERSIONS) - 1
    return [one for one in _VERSIONS[first : last + 1] if one not in off] or ["none"]


def _version(old: Params, new: Params, shared: Params) -> str:
    before, after = _allowed(old, shared), _allowed(new, shared)
    ranks = [_VERSIONS.index(one[0]) if one[0] in _VERSIONS else len(_VERSIONS) for one in (before, after)]
    tops = [_VERSIONS.index(one[-1]) if one[-1] in _VERSIONS else -1 for one in (before, after)]
    if ranks[1] < ranks[0]:
        return f"allows {after[0]} now (lowest version {before[0]} → {after[0]})"
    return f"no longer speaks {before[-1]} (highest version {before[-1]} → {after[-1]})" if tops[1] < tops[0] else ""


_ENDPOINTS = ("bind", "server", "server-template", "default-server")


def _versions(pair: Pair) -> Iterator[Found]:
    for both in pair.about(*_ENDPOINTS):
        shared = _options(pair.after.globals, "bind")
        for who, old, new, line in _ssl_binds(both):
            if told := _version(old, new, shared):
                yield Found(both.key, told, line, who, None if "allows" in told else Level.MEDIUM)
        shared = _options(pair.after.globals, "server")
        for who, old, new, line in _ssl_servers(both):
            if told := _version(old, new, shared):
                yield Found(both.key, told, line, who, Level.MEDIUM)
    for both in pair.both("global"):
        for kind, level in (("bind", None), ("server", Level.MEDIUM)):
            name = f"ssl-default-{kind}-options"
            if told := _version(_options(both.before, kind), _options(both.after, kind), {}):
                yield Found(
                    both.key, f"{name}: {told}", _either(both, name), "", level if "allows" in told else Level.MEDIUM
                )


def _either(both: Both, *head: str) -> Line | None:
    return both.after.last(*head) or both.before.last(*head)


def _ssl_binds(both: Both) -> Iterator[tuple[str, Params, Params, Line]]:
    """The binds with TLS: name, parameters before (none for a new one) and after."""
    for old, new in both.binds:
        if new is not None and "ssl" in new.params:
            yield f"bind {new.address}", old.params if old and "ssl" in old.params else {}, new.params, new.line


def _ssl_servers(both: Both) -> Iterator[tuple[str, Params, Params, Line]]:
    for new in both.new_servers:
        if "ssl" in new.params:
            yield f"server {new.name}", {}, new.params, new.line
    for old, new in both.kept_servers(*_ABOUT_TLS):
        if "ssl" in new.params:
            yield f"server {new.name}", old.params if "ssl" in old.params else {}, new.params, new.line


_ABOUT_TLS = (
    *("ssl", "ssl-min-ver", "ssl-max-ver", *_FORCED, *_OFF, "ciphers", "ciphersuites", "verify", "verifyhost", "sni"),
    *("ca-file", "crl-file", "crt", "alpn"),
)


def _removed(pair: Pair) -> Iterator[Found]:
    for both in pair.about(*_ENDPOINTS):
        for old, new in both.binds:
            if old and new and "ssl" in old.params and "ssl" not in new.params:
                yield Found(both.key, "no longer has TLS: clients speak in clear text", new.line, f"bind {new.address}")
        for was, now in both.kept_servers("ssl"):
            if "ssl" in was.params:
                yield Found(both.key, "no longer has TLS: traffic is in clear text", now.line, f"server {now.name}")


_WEAK = re.compile(
    r"(?:^|-|_)(?:RC4|DES|3DES|MD5|NULL|EXP|EXPORT\d*|LOW|ADH|AECDH|SEED|IDEA|RC2)(?:$|-|_)|^(?:a|e)NULL$|"
    r"^(?:ALL|COMPLEMENTOFDEFAULT|COMPLEMENTOFALL)$|@SECLEVEL=[01]$",
    re.IGNORECASE,
)
_STATIC = re.compile(r"^(?:AES|CAMELLIA|ARIA)\d|^AES|^CAMELLIA|^kRSA$|^RSA$", re.IGNORECASE)
_GROUPS = re.compile(r"^(?:ALL|HIGH|MEDIUM|DEFAULT|AES|EECDH|ECDHE|kEECDH|EDH)(?:\+|$|@)", re.IGNORECASE)


def _parts(ciphers: str) -> list[str]:
    return [one for one in re.split(r"[:, ]|(?=@SECLEVEL)", ciphers) if one]


def _cipher(old: str, new: str) -> str:
    """What is weaker in a list of ciphers; "" for nothing."""
    before, after = set(_parts(old)), _parts(new)
    weak = [one for one in after if one not in before and one[0] not in "!-" and _WEAK.search(one)]
    weak += [one for one in after if one not in before and old and _STATIC.search(one)]
    if weak:
        return f"weak ciphers are allowed: {', '.join(weak)}"
    lost = sorted(one for one in before if one[0] == "!" and one not in after and _WEAK.search(one[1:]))
    if lost and any(_GROUPS.search(one) for one in after):
        return f"weak ciphers are no longer excluded: {', '.join(lost)}"
    return ""


def _ciphers(pair: Pair) -> Iterator[Found]:
    for both in pair.about(*_ENDPOINTS):
        for who, old, new, line in (*_ssl_binds(both), *_ssl_servers(both)):
            for name in ("ciphers", "ciphersuites"):
                if told := _cipher(old.get(name, ""), new.get(name, "")):
                    yield Found(both.key, told, line, who)
    for both in pair.both("global"):
        for name in ("ssl-default-bind-ciphers", "ssl-default-server-ciphers"):
            before, after = ("".join(line.words[1:2]) if line else "" for line in both.lasts(name))
            if told := _cipher(before, after):
                yield Found(both.key, f"{name}: {told}", _either(both, name))


def _table(
    pairs: Callable[[Both], Iterator[tuple[str, Params, Params, Line]]], judge: Judge
) -> Callable[[Pair], Iterator[Found]]:
    """A rule about the parameters of binds or servers with TLS."""

    def find(pair: Pair) -> Iterator[Found]:
        for both in pair.about(*_ENDPOINTS):
            for who, old, new, line in pairs(both):
                if told := judge(old, new, pair.after.globals):
                    yield Found(both.key, told, line, who)

    return find


def _verify(pair: Pair) -> Iterator[Found]:
    def trusts_all(params: Params) -> bool:
        line = pair.after.globals.last("ssl-server-verify")
        default = line.words[1] if line and len(line.words) > 1 else "required"
        return params.get("verify", default) == "none"

    for both in pair.about(*_ENDPOINTS):
        for who, old, new, line in _ssl_servers(both):
            if old and trusts_all(new) and not trusts_all(old):
                yield Found(both.key, "certificate of the server is no longer checked (verify none)", line, who)
            elif not old and trusts_all(new):
                told = "certificate of the server is not checked (verify none)"
                yield Found(
                    both.key, told, line, who, Level.LOW if _has_such(both.before, trusts_all) else Level.MEDIUM
                )
    for both in pair.both("global"):
        old_line, new_line = both.lasts("ssl-server-verify")
        values = [line.words[1] if line and len(line.words) > 1 else "required" for line in (old_line, new_line)]
        if values == ["required", "none"]:
            yield Found(both.key, "ssl-server-verify none: certificates of servers are not checked", new_line)


def _has_such(view: View, trusts_all: Callable[[Params], bool]) -> bool:
    """Whether a backend has servers with unchecked certificates."""
    return any("ssl" in one.params and trusts_all(one.params) for one in servers_of(view).values())


def _server_name(old: Params, new: Params, _: View) -> str:
    lost = [name for name in ("verifyhost", "sni") if name in old and name not in new]
    if not lost or new.get("verify") == "none":
        return ""
    return f"{' and '.join(lost)} removed: any name in the certificate of the server is accepted"


_CLIENT_RANK = {"none": 0, "optional": 1, "required": 2}


def _client_cert(old: Params, new: Params, _: View) -> str:
    ranks = [_CLIENT_RANK.get(one.get("verify", "none"), 0) for one in (old, new)]
    if ranks[1] < ranks[0]:
        return f"client certificates: verify {old['verify']} → {new.get('verify', 'none')}"
    for name in ("crt-ignore-err", "ca-ignore-err"):
        if new.get(name) and new.get(name) != old.get(name) and ranks[0]:
            return f"errors of client certificates are ignored: {name} {new[name]}"
    if "crl-file" in old and "crl-file" not in new:
        return "revoked client certificates are accepted: crl-file is removed"
    return ""


def _client_ca(old: Params, new: Params, _: View) -> str:
    names = [name for name in ("ca-file", "ca-verify-file") if old.get(name) and old.get(name) != new.get(name)]
    if not names or "verify" not in new:
        return ""
    return f"other authorities: {names[0]} {old[names[0]]} → {new.get(names[0], 'none')}"


def _alpn(old: Params, new: Params, _: View) -> str:
    before, after = (set(one.get("alpn", "").split(",")) - {""} for one in (old, new))
    lost = sorted(before - after)
    return f"alpn without {', '.join(lost)}: clients that need it fall back or fail" if lost else ""


def _sni(old: Params, new: Params, _: View) -> str:
    if "strict-sni" in old and "strict-sni" not in new:
        return "strict-sni is removed: unknown names get the default certificate"
    return ""


def _early(old: Params, new: Params, _: View) -> str:
    return (
        "allow-0rtt: requests in early data can be repeated by an attacker" if "allow-0rtt" in {*new} - {*old} else ""
    )


def _certificate(old: Params, new: Params, _: View) -> str:
    if not old:
        return ""
    for name in ("crt", "crt-list"):
        if name in old and old[name] != new.get(name):
            other = next((new[one] for one in ("crt", "crt-list") if one in new), "none")
            return f"another certificate: {old[name]} → {other}"
    return ""


def _dh(pair: Pair) -> Iterator[Found]:
    for both in pair.both("global"):
        old, new = both.lasts("tune.ssl.default-dh-param")
        sizes = [
            int(line.words[1]) if line and line.words[1:] and line.words[1].isdigit() else 2048 for line in (old, new)
        ]
        if sizes[1] < min(sizes[0], 2048):
            yield Found(both.key, f"tune.ssl.default-dh-param {sizes[0]} → {sizes[1]}", new)


_BIND = "frontend www\n  bind :443 ssl crt /etc/site.pem"
_SERVER = "backend app\n  server a 192.0.2.1:443 ssl ca-file /etc/ca.pem"

RULES = (
    Rule(
        "tls-weaker",
        Level.HIGH,
        "A bind, a server or `global` allows an older TLS version than before. Medium for servers, and if the newest "
        "version is given up.",
        "TLS 1.0 and 1.1 are broken and withdrawn (RFC 8996). The effective version counts: that of the line, of "
        "default-server, of ssl-default-bind-options, or HAProxy's own (TLSv1.2).",
        Example(f"{_BIND} ssl-min-ver TLSv1.2\n", f"{_BIND} ssl-min-ver TLSv1.0\n"),
        _versions,
    ),
    Rule(
        "tls-removed",
        Level.HIGH,
        "A bind or a server no longer has TLS.",
        "Clients fail, or send passwords and cookies in clear text.",
        Example(f"{_BIND}\n", "frontend www\n  bind :443\n"),
        _removed,
    ),
    Rule(
        "cipher-weaker",
        Level.HIGH,
        "A list of ciphers allows weak ones (RC4, 3DES, MD5, NULL, export, without forward secrecy), or no longer "
        "excludes them.",
        "Traffic with weak ciphers can be decrypted, some of it years later.",
        Example(
            f"{_BIND} ciphers ECDHE-RSA-AES128-GCM-SHA256\n", f"{_BIND} ciphers ECDHE-RSA-AES128-GCM-SHA256:RC4-SHA\n"
        ),
        _ciphers,
    ),
    Rule(
        "verify-weaker",
        Level.HIGH,
        "The certificate of a server is no longer checked. Medium for a new server, low if others of its backend are "
        "not checked either.",
        "Anybody on the way to the server can read and change the traffic.",
        Example(f"{_SERVER} verify required\n", f"{_SERVER} verify none\n"),
        _verify,
    ),
    Rule(
        "server-name-check",
        Level.MEDIUM,
        "A server loses `verifyhost` or `sni`: the name in its certificate is no longer checked.",
        "Any certificate of the authority is accepted, for whatever name.",
        Example(f"{_SERVER} verify required verifyhost app.example\n", f"{_SERVER} verify required\n"),
        _table(_ssl_servers, _server_name),
    ),
    Rule(
        "client-cert-weaker",
        Level.HIGH,
        "A bind asks less of client certificates: verify, ignored errors, revocation.",
        "Client certificates are often the only proof of who a client is.",
        Example(f"{_BIND} ca-file /etc/ca.pem verify required\n", f"{_BIND} ca-file /etc/ca.pem verify optional\n"),
        _table(_ssl_binds, _client_cert),
    ),
    Rule(
        "client-ca-changed",
        Level.MEDIUM,
        "A bind trusts other authorities for client certificates.",
        "Whoever has a certificate of the new authority is let in.",
        Example(f"{_BIND} ca-file /etc/ca.pem verify required\n", f"{_BIND} ca-file /etc/all.pem verify required\n"),
        _table(_ssl_binds, _client_ca),
    ),
    Rule(
        "alpn-weaker",
        Level.MEDIUM,
        "A bind no longer offers a protocol by ALPN, such as h2.",
        "Clients fall back to HTTP/1.1 and open many more connections; gRPC fails.",
        Example(f"{_BIND} alpn h2,http/1.1\n", f"{_BIND} alpn http/1.1\n"),
        _table(_ssl_binds, _alpn),
    ),
    Rule(
        "strict-sni-removed",
        Level.LOW,
        "A bind no longer refuses unknown server names.",
        "Clients with an unknown name get the first certificate, and reach what is behind it.",
        Example(f"{_BIND} strict-sni\n", f"{_BIND}\n"),
        _table(_ssl_binds, _sni),
    ),
    Rule(
        "early-data",
        Level.MEDIUM,
        "A bind accepts TLS early data (0-RTT).",
        "An attacker can repeat such a request: a payment may be done twice.",
        Example(f"{_BIND}\n", f"{_BIND} allow-0rtt\n"),
        _table(_ssl_binds, _early),
    ),
    Rule(
        "certificate-changed",
        Level.LOW,
        "A bind has another file of certificates.",
        "Clients see a warning if it has the wrong names.",
        Example(f"{_BIND}\n", "frontend www\n  bind :443 ssl crt /etc/other.pem\n"),
        _table(_ssl_binds, _certificate),
    ),
    Rule(
        "dh-weak",
        Level.MEDIUM,
        "The size of Diffie-Hellman parameters falls below 2048 bits.",
        "Keys of 1024 bits can be broken (Logjam).",
        Example("global\n  tune.ssl.default-dh-param 2048\n", "global\n  tune.ssl.default-dh-param 1024\n"),
        _dh,
    ),
)
