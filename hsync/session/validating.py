"""validating: a desired configuration without a target: its faults, losses on a server, HAProxy's verdict."""

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
    """What was found out about a configuration that has no faults of its own.

    Args:
        verdict: of HAProxy.
        checker: path of the binary; "" when there is none.
    """

    verdict: Verdict
    checker: str = ""


def for_servers(source: Source, targets: Targets) -> tuple[Fault, ...]:
    """What only a server would damage: told where the project does not say which kind of target it has.

    Args:
        source: the desired text.
        targets: of the project.

    Raises:
        ConfigError: the text has faults whatever the target is.
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
    """Look for faults, and let HAProxy read the text as if it lay at a place.

    Args:
        source: the desired text.
        targets: of the project.
        place: of a haproxy.cfg, which relative paths in the text start from.
        judging: whether HAProxy is asked, and whether its warnings are errors.
        haproxy_bin: its binary, `none`, or nothing for the one that is found.

    Raises:
        ConfigError: the text has faults; all of them, without secrets.
    """
    desired = source.desired(kept=_kept(targets) is not False)
    if source.whole:
        try:
            refuse_unknown(desired)
        except ConfigError as error:
            raise source.without_secrets(error) from error
    if not judging.ask:
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
    """Whether the project's target keeps the text that it is given; None when it has no target."""
    try:
        targets.default()
    except UsageError:
        return None
    return targets.chosen(TargetOptions()).settings.keeps_text
