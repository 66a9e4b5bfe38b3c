"""`hsync validate`: render, look for faults, let HAProxy judge. Needs no target."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hsync.cli.options import DesiredFlags, JudgeFlags, desired_options, json_option, judge_options, option
from hsync.cli.verb import verb

if TYPE_CHECKING:
    from hsync.plan.verdict import Verdict
    from hsync.render import Project
    from hsync.session import Desired
    from hsync.session.sources import Source


@verb("validate")
@desired_options
@option("--haproxy-bin", metavar="FILE", help="HAProxy that checks; `none` for no check.")
@judge_options
@json_option
def command(desired: DesiredFlags, haproxy_bin: str | None, judge: JudgeFlags, as_json: bool) -> int:
    """Check the desired configuration.

    TEMPLATE (default: the project's) or --config: faults and names that nothing defines, then `haproxy -c`. What only a
    Data Plane API would damage is an error if the project's target is one, and is told if it has no target.
    """
    from hsync.cli.console import out, say
    from hsync.cli.desired import read_source
    from hsync.cli.targets import project_here
    from hsync.errors import ConfigError
    from hsync.output.reports import judged_document, judged_text
    from hsync.plan.verdict import Status
    from hsync.session import refuse_unknown

    project = project_here(desired.environment)
    source = read_source(desired, project)
    kept = _kept(project)
    made = source.desired(kept=kept is not False)
    if kept is None:
        _say_for_servers(source)
    if source.whole:
        try:
            refuse_unknown(made)
        except ConfigError as error:
            raise source.without_secrets(error) from error
    place = desired.config or project.root / "haproxy.cfg"
    verdict, checker = _verdict(made, place, source.secrets.values(), haproxy_bin, judge)
    if as_json:
        out(judged_document(source.name, verdict))
    else:
        say(judged_text(source.name, verdict, checker))
    return int(verdict.status is Status.REFUSED)


def _kept(project: Project) -> bool | None:
    """Whether the project's target keeps the text that it is given; None when it has no target."""
    from hsync.cli.targets import default_target, target_of
    from hsync.errors import UsageError

    try:
        spec = default_target(project)
    except UsageError:
        return None
    return not target_of(spec, project).url


def _say_for_servers(source: Source) -> None:
    """Tell what only a server would damage."""
    from hsync.cli.console import say
    from hsync.errors import ConfigError

    try:
        source.desired()
    except ConfigError as error:
        for fault in error.faults:
            say(f"Fine for a file, not for a server with a Data Plane API: {fault}")


def _verdict(
    desired: Desired, place: Path, secrets: Iterable[str], haproxy_bin: str | None, flags: JudgeFlags
) -> tuple[Verdict, str]:
    """Let HAProxy read the text as if it lay at a place; its verdict and the path of the binary."""
    from hsync.dataplane import DataplaneClient
    from hsync.dataplane.embedded import find_haproxy
    from hsync.plan.verdict import Verdict
    from hsync.session.judgement import hidden_in, judged
    from hsync.syntax import emit

    if flags.no_judge:
        return Verdict(reason="--no-judge"), ""
    checker = find_haproxy(haproxy_bin)
    if checker is None:
        return Verdict(reason="there is no binary (see --haproxy-bin)"), ""
    document = desired.configuration.document
    with DataplaneClient.embedded(place, haproxy_bin=checker) as client:
        hidden = hidden_in(desired.configuration, secrets)
        verdict = judged(client, emit(document), desired.where, hidden, document)
    return verdict.strict() if flags.fail_on_warnings else verdict, checker
