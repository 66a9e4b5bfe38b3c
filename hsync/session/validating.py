"""validating: checks a desired configuration without a target: faults, losses on a server, HAProxy's verdict."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hsync.dataplane import DataplaneClient
from hsync.dataplane.embedded import EmbeddedSettings, find_haproxy
from hsync.errors import ConfigError, Fault, UsageError
from hsync.plan.verdict import Verdict
from hsync.session.asked import Judging, TargetOptions
from hsync.session.desired import Desired
from hsync.session.judgement import hidden_in, judged
from hsync.session.planning import refuse_unknown
from hsync.session.sources import Source
from hsync.session.targets import Targets, sandbox_of
from hsync.syntax import emit

__all__ = ["for_servers", "validated"]


@dataclass(frozen=True, slots=True)
class Validated:
    """The result for a configuration without faults.

    Args:
        verdict: HAProxy's verdict.
        checker: the path of the binary; "" if there is none.
    """

    verdict: Verdict
    checker: str = ""


def for_servers(source: Source, targets: Targets) -> tuple[Fault, ...]:
    """Faults for a server only, if the project does not define the kind of its target.

    Args:
        source: the desired text.
        targets: the targets of the project.

    Raises:
        ConfigError: the text has faults for any target.
    """
    if _kept(targets) is not None:
        return ()
    source.desired(kept=True)
    try:
        source.desired()
    except ConfigError as error:
        return tuple(error.faults)
    return ()


def validated(source: Source, targets: Targets, place: Path, judging: Judging, haproxy_bin: str | None) -> Validated:
    """Check the text for faults, and let HAProxy check it as if it were at a given path.

    Args:
        source: the desired text.
        targets: the targets of the project.
        place: the path of a haproxy.cfg, to which paths in the text are relative.
        judging: the options of HAProxy's check.
        haproxy_bin: its binary, or `none`; default: the binary in PATH.

    Raises:
        ConfigError: the text has faults; all of them, without secrets.
    """
    desired = source.desired(kept=_kept(targets) is not False)
    if source.whole:
        try:
            refuse_unknown(desired)
        except ConfigError as error:
            raise source.without_secrets(error) from error
    if judging.skip:
        return Validated(Verdict(reason="--no-judge"))
    checker = find_haproxy(haproxy_bin)
    if checker is None:
        return Validated(Verdict(reason="there is no binary (see --haproxy-bin)"))
    behaviour = EmbeddedSettings(haproxy_bin=checker, sandbox=sandbox_of(targets.operator))
    with DataplaneClient.embedded(place, behaviour) as client:
        return Validated(_verdict(desired, source, judging, client), checker)


def _verdict(desired: Desired, source: Source, judging: Judging, client: DataplaneClient) -> Verdict:
    document = desired.configuration.document
    hidden = hidden_in(desired.configuration, source.secrets.values())
    found = judged(client, emit(document), desired.where, hidden, document)
    return found.strict() if judging.strict else found


def _kept(targets: Targets) -> bool | None:
    """Whether the project's target stores a text byte for byte; None if there is no target."""
    try:
        targets.default()
    except UsageError:
        return None
    return targets.chosen(TargetOptions()).settings.keeps_text
