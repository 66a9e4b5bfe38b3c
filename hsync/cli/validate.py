"""`hsync validate`: render the desired configuration and check it, also with HAProxy. Needs no target."""

from __future__ import annotations

from hsync.cli.options import (
    desired_options,
    json_option,
    judge_options,
    operator_options,
    option,
)
from hsync.cli.verb import verb
from hsync.session.asked import Judging, Wanted


@verb("validate")
@desired_options
@option("--haproxy-bin", metavar="FILE", help="HAProxy that checks the configuration; `none` for no check.")
@judge_options
@json_option
@operator_options
def command(wanted: Wanted, haproxy_bin: str | None, judging: Judging, as_json: bool) -> int:
    """Check the desired configuration.

    Checks TEMPLATE (default: the project's) or --config for faults and undefined names, then with `haproxy -c`. A line
    that a Data Plane API would damage is an error if the project's target is one, and a warning without a target.
    """
    from hsync.cli.targets import project_here, read_source
    from hsync.output.console import out, say, say_page, warn
    from hsync.output.reports import judged_document, judged_text
    from hsync.plan.verdict import Status
    from hsync.session.validating import for_servers, validated

    project = project_here(wanted.environment)
    source = read_source(wanted, project)
    only_servers = for_servers(source, project.targets)
    warn(project.warnings())
    for fault in only_servers:
        say(f"Valid in a file, but not for a Data Plane API: {fault}")
    place = wanted.config or project.settings.root / "haproxy.cfg"
    found = validated(source, project.targets, place, judging, haproxy_bin)
    if as_json:
        out(judged_document(source.name, found.verdict))
    else:
        say_page(judged_text(source.name, found.verdict, found.checker))
    return int(found.verdict.status is Status.REFUSED)
