"""Faults: what the library inside the engine (client-native 6.2.5, Data Plane API 3.2.5) does with lines otherwise than
hsync and than the newer server of the corpora. Such lines are left out of what is compared with it or sent to it.

Rule 1: each fault has a line that shows it: `test_rows` holds that it is still true.
Rule 2: what no newer server does better belongs into the row tables (`since`, `raw_only`), not here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["FAULTS", "Fault", "fault_of"]


@dataclass(frozen=True)
class Fault:
    """A kind of lines.

    Args:
        pattern: matches the section's kind and the line, from the beginning.
        kind: section of the example.
        example: a line that matches.
        reason: what the library does.
        reading: whether it is only another JSON: what is sent is written well.
    """

    pattern: str
    kind: str
    example: str
    reason: str
    reading: bool = False


_PROXY = "(defaults|frontend|backend)"

FAULTS = (
    # rules
    Fault(f"{_PROXY} http-(request|response) sc-(add|inc)-gpc\\(", "frontend", "http-request sc-inc-gpc(0,1)",
          "writes sc-inc-gpc as sc-add-gpc, and sc-add-gpc without its value"),
    Fault(f"{_PROXY} http-after-response sc-add-gpc\\(", "frontend", "http-after-response sc-add-gpc(0,1) int(3)",
          "drops the value"),
    Fault(f"{_PROXY} http-after-response set-var-fmt\\(", "frontend", "http-after-response set-var-fmt(txn.va) lit",
          "does not know the rule"),
    Fault(f"{_PROXY} .*set-bandwidth-limit (?!(?=.* limit )(?=.* period ))", "frontend",
          "http-request set-bandwidth-limit bw1 limit 1k", "writes both keywords, one of them without a value"),
    # proxies
    Fault(f"{_PROXY} log-steps", "frontend", "log-steps accept", "refuses its own list (500)"),
    Fault(f"{_PROXY} stats refresh", "backend", "stats refresh 5s", "takes a number without a unit for milliseconds, and writes one"),
    Fault("(frontend|backend) id ", "backend", "id 7", "does not write it"),
    Fault("backend use-fcgi-app", "backend", "use-fcgi-app fcg1", "refuses the name (500)"),
    Fault(f"{_PROXY} unique-id-header", "frontend", "unique-id-header x-one", "reads it only beside unique-id-format",
          reading=True),
    Fault(f"{_PROXY} monitor-uri .*%\\[", "frontend", "monitor-uri %[src]", "does not read a log format here",
          reading=True),
    Fault(f"{_PROXY} email-alert", "backend", "email-alert level info",
          "wants from, to and mailers together; the planner keeps them out of the transaction lane"),
    Fault("(frontend|backend) filter bwlim-", "frontend",
          "filter bwlim-in bw1 limit 16k key src table bck1 min-size 1k", "does not write min-size, not even the 0 of newer ones"),
    Fault("(defaults|backend|peers|ring) (default-server|server|server-template) .*\\b(force|no)-(sslv3|tlsv1)", "backend",
          "default-server force-tlsv12", "writes the word twice"),
    Fault("backend server-template \\S+ \\S+ [^: ]+( |$)", "backend", "server-template px1- 1-3 a.example",
          "reads a port 0", reading=True),
    Fault("\\S+ (bind|default-bind|stats socket) .*tls-tickets", "frontend", "bind :80 name it no-tls-tickets",
          "writes no tls-tickets, but writes it behind no-tls-tickets"),
    # other sections
    Fault("global nosplice", "global", "nosplice", "writes it twice"),
    Fault("fcgi-app (no )?option (get-values|mpxs-conns)", "fcgi-app", "option mpxs-conns",
          "writes get-values as both, and mpxs-conns as none"),
    Fault("acme bits ([0-9]{1,3}|10[01][0-9]|102[0-3])$", "acme", "bits 512", "wants 1024 at least"),
    Fault("acme challenge dns-persist-01", "acme", "challenge dns-persist-01", "does not know this one"),
    Fault("ring maxlen 0$", "ring", "maxlen 0", "does not read a zero", reading=True),
    Fault("log-forward (backlog|maxconn) 0$", "log-forward", "maxconn 0", "does not read a zero", reading=True),
    Fault("log-forward dgram-bind .*transparent", "log-forward", "dgram-bind :80 name it interface lo transparent",
          "writes transparent first"),
    Fault("peers table .*recv-only", "peers", "table nm1 type ip size 1k store gpc0 recv-only", "writes recv-only last"),
    Fault('log-profile on .*(format|sd) "[^ ]*"', "log-profile", 'on any format "#2"',
          "takes quotes for a comment, or drops them", reading=True),
    Fault('(mailers mailer|peers peer|resolvers nameserver|userlist user|userlist group) \\S*[${}"]', "userlist",
          "group ${HOME}", "refuses the characters of a variable in a name"),
    Fault('frontend log-tag .*[${}"]', "frontend", "log-tag ${HOME}", "refuses the characters of a variable"),
    Fault("global http-(err|fail)-codes .*[^-a-zA-Z0-9 +,]", "global", "http-err-codes %[src]",
          "refuses what is no status"),
)  # fmt: skip

_COMPILED = tuple((re.compile(fault.pattern), fault) for fault in FAULTS)


def fault_of(kind: str, line: str, *, writing: bool = False) -> Fault | None:
    """The fault that a line shows.

    Args:
        kind: its section's keyword.
        line: the line.
        writing: whether only what is written counts.
    """
    text = f"{kind} {line}"
    return next((one for regex, one in _COMPILED if regex.match(text) and not (writing and one.reading)), None)
