"""`hsync validate`: render, look for faults, let HAProxy judge. Needs no target."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hsync.cli.options import DesiredFlags, desired_options, option
from hsync.cli.verb import verb

if TYPE_CHECKING:
    from hsync.workflow import Desired


@verb("validate")
@desired_options
@option("--haproxy-bin", metavar="FILE", help="HAProxy that checks; `none` for no check.")
def command(desired: DesiredFlags, haproxy_bin: str | None) -> None:
    """Check the desired configuration.

    TEMPLATE (default: the project's) or --config: what a server would damage in silence, then `haproxy -c`.
    """
    from hsync.cli.console import say
    from hsync.cli.desired import read_source
    from hsync.cli.targets import project_here
    from hsync.dataplane.embedded import find_haproxy
    from hsync.errors import ConfigError
    from hsync.workflow import refuse_unknown

    project = project_here(desired.environment)
    source = read_source(desired, project)
    made = source.desired()
    if source.whole:
        try:
            refuse_unknown(made)
        except ConfigError as error:
            raise source.without_secrets(error) from error
    checker = find_haproxy(haproxy_bin)
    if checker is None:
        say(f"{source.name}: no faults found; not checked by HAProxy: there is no binary (see --haproxy-bin)")
        return
    _check(made, checker, desired.config or project.root / "haproxy.cfg", source.secrets.values())
    say(f"{source.name}: valid, checked by {checker}")


def _check(desired: Desired, checker: str, place: Path, secrets: Iterable[str]) -> None:
    """Let HAProxy read the text as if it lay at a place; ConfigError with the template's lines in its words."""
    from hsync.cli.judgement import faults_of, hidden_in, masked
    from hsync.dataplane import DataplaneClient
    from hsync.errors import ConfigError, ServerRefused
    from hsync.syntax import emit

    with DataplaneClient.embedded(place, haproxy_bin=checker) as client:
        try:
            client.validate_raw(emit(desired.configuration.document) or "\n")
        except ServerRefused as refusal:
            faults = faults_of(refusal, desired.where, desired.configuration.document)
            hidden = hidden_in(desired.configuration, secrets)
            shown = [masked(one, hidden) for one in faults]
            raise ConfigError("HAProxy does not accept the configuration:", shown) from refusal
