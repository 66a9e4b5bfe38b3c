"""dropped: keywords of which the server drops unknown words at the end of the line, even from a pushed text.

The server keeps most lines that it cannot parse as text. For these keywords it does not: its parser ignores words that
it does not know, and any write drops them. The list was measured: each recorded line, with extra words at its end or
before `if`, was pushed to Data Plane API 3.4.0 and to the library of 3.2.5; both agree on the keywords that both have.
Keywords of which the server drops some words and keeps others are not in the list.

Example: `use_backend a b` becomes `use_backend a`.

Source: docs/reference/dataplane-api.md 6.1; tests/contract/test_dropped_words.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hsync.schema.forms import CONDITION_WORDS

__all__ = ["fewest_dropped"]


def _heads(words: Mapping[str, str]) -> frozenset[str]:
    """Keywords from a table of their first words and a list of last words."""
    return frozenset(f"{head} {last}".strip() for head, many in words.items() for last in many.split())


_ANY = _heads(
    {
        "": (
            "51degrees-data-file accepted_payload_size account-key backlog bits ca-base chroot contact cookie "
            "cpu-policy crt-base daemon default_backend dgram-bind directory disabled dynamic-cookie-key "
            "enabled errorfile errorloc302 errorloc303 expose-experimental-directives force-be-switch "
            "fullconn gid group guid hard-stop-after hash-balance-factor hash-preserve-affinity "
            "hold http-reuse id insecure-fork-wanted key-base keytype load log lua-load mailer map "
            "master-worker max-age max-object-size max-secondary-entries max-threads-per-group maxconn maxlen "
            "mode nameserver nbthread noepoll nosplice numa-cpu-mapping parse-resolv-conf peer presetenv "
            "resolve_retries retries server-state-base server-state-file set-var-fmt setenv shards size "
            "source spread-checks ssl-default-bind-ciphers ssl-default-bind-ciphersuites ssl-dh-param-file "
            "ssl-load-extra-files ssl-server-verify strict-limits thread-group timeout total-max-size "
            "tune.bufsize tune.fd.edge-triggered tune.h2.max-concurrent-streams tune.http.maxhdr "
            "tune.lua.forced-yield tune.lua.session-timeout tune.maxrewrite "
            "tune.quic.frontend.max-idle-timeout tune.ssl.cachesize tune.ssl.default-dh-param "
            "tune.ssl.lifetime uid ulimit-n use_backend user"
        ),
        "balance": "leastconn random rdp-cookie roundrobin source",
        "compression": "algo-req direction minsize-req minsize-res",
        "default-path": "config current parent",
        "filter": "cache",
        "http-after-response": (
            "del-acl del-map replace-value sc-add-gpc sc-set-gpt set-map set-status strict-mode unset-var"
        ),
        "http-check": "comment connect send unset-var",
        "http-request": (
            "add-acl cache-use capture del-acl del-map disable-l7-retry replace-path replace-pathq "
            "replace-uri replace-value sc-add-gpc send-spoe-group set-log-level set-map set-mark set-nice "
            "set-timeout set-tos silent-drop strict-mode unset-var use-service wait-for-handshake"
        ),
        "http-request normalize-uri": "path-strip-dotdot percent-decode-unreserved percent-to-uppercase",
        "http-response": (
            "add-acl cache-store capture del-acl del-map replace-value sc-add-gpc send-spoe-group "
            "set-log-level set-map set-mark set-nice set-status set-timeout set-tos silent-drop strict-mode "
            "unset-var"
        ),
        "no": "log numa-cpu-mapping",
        "no option": "dontlognull keep-conn redispatch",
        "option": (
            "abortonclose allbackups clitcpka contstats dontlog-normal dontlognull external-check "
            "http-buffer-request http-keep-alive http-server-close httpclose httplog keep-conn ldap-check "
            "log-health-checks log-separate-errors logasap prefer-last-server redis-check socket-stats "
            "splice-auto srvtcpka ssl-hello-chk tcp-check tcpka tcplog"
        ),
        "stats": (
            "admin calculate-max-counters enable hide-version maxconn refresh show-legends show-modules "
            "show-node show-version socket timeout uri"
        ),
        "stick": "match on store-request store-response",
        "tcp-check": "comment connect send send-binary send-binary-lf send-lf unset-var",
        "tcp-request": "inspect-delay",
        "tcp-request connection": (
            "capture expect-netscaler-cip expect-proxy sc-add-gpc sc-set-gpt sc-set-gpt0 set-mark set-src "
            "set-tos silent-drop"
        ),
        "tcp-request content": (
            "capture sc-add-gpc sc-set-gpt sc-set-gpt0 send-spoe-group set-log-level set-mark set-nice "
            "set-tos silent-drop unset-var use-service"
        ),
        "tcp-request session": "sc-add-gpc sc-set-gpt sc-set-gpt0 silent-drop unset-var",
        "tcp-response": "inspect-delay",
        "tcp-response content": "close set-log-level set-mark set-nice set-tos unset-var",
        "type": "tcp-check",
    }
)
"""Keywords of which the server drops each unknown word at the end."""

_TWO = _heads(
    {
        "http-after-response": "allow do-log sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1",
        "http-request": (
            "allow auth do-log reject sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 track-sc0 track-sc1 track-sc2 track-sc5"
        ),
        "http-response": "allow do-log sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 track-sc0 track-sc1 track-sc2 track-sc5",
        "quic-initial": "accept dgram-drop reject send-retry",
        "tcp-request connection": (
            "accept do-log reject sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 track-sc0 track-sc1 track-sc2 track-sc5"
        ),
        "tcp-request content": (
            "accept do-log reject sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 track-sc0 track-sc1 track-sc2 track-sc5"
        ),
        "tcp-request session": (
            "accept do-log reject sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 track-sc0 track-sc1 track-sc2 track-sc5"
        ),
        "tcp-response content": "accept do-log sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1",
    }
)
"""Keywords of which the server drops two or more unknown words at the end, or one before `if`.

It cannot parse a line with a single unknown word at the end, and keeps such a line as text.
"""

_LONGEST = max(head.count(" ") + 1 for head in _ANY | _TWO)


def fewest_dropped(words: Sequence[str]) -> int:
    """The smallest number of unknown words that the server drops from a line; 0 if it never drops words.

    Args:
        words: the words of the line; `set-var(txn.a)` counts as `set-var`.
    """
    plain = [word.partition("(")[0] for word in words[:_LONGEST]]
    heads = {" ".join(plain[:size]) for size in range(1, len(plain) + 1)}
    if heads & _TWO:
        return 2 if CONDITION_WORDS.isdisjoint(words) else 1
    return 1 if heads & _ANY else 0
