"""`hsync allow`: vouch for what a project wants and only the operator allows. Talks to no target."""

from __future__ import annotations

import click

from hsync.cli.options import operator_options, option
from hsync.cli.verb import verb


@verb("allow")
@click.argument("values", nargs=-1, metavar="[KIND:VALUE]...")
@option("--list", "listed", is_flag=True, help="Print what is allowed; allow nothing.")
@option("--revoke", is_flag=True, help="Take back everything that is allowed to this project.")
@operator_options
def command(values: tuple[str, ...], listed: bool, revoke: bool) -> None:
    """Allow a project what it wants.

    Programs, addresses, sockets and files outside of its folder, exactly as hsync.toml names them now, or the given
    VALUES besides. Read what is printed: who changes hsync.toml later is asked about again.
    """
    from hsync.cli.console import out, say
    from hsync.cli.targets import project_here
    from hsync.errors import UsageError
    from hsync.trust import digest_of, parse_claim

    project = project_here()
    if sum(map(bool, (values, listed, revoke))) > 1:
        raise UsageError("KIND:VALUE, --list and --revoke exclude each other")
    if listed or revoke:
        found = project.trust.allowances.revoke() if revoke else project.trust.allowances.read()
        out("".join(f"{text}\n" for text in sorted(found)))
        say(f"{'Taken back from' if revoke else 'Allowed to'} {project.trust.root}: {len(found)}")
        return
    wanted, own = tuple(map(parse_claim, values)), project.claims()
    if not wanted and not own:
        say("This project wants nothing that must be allowed.")
        return
    project.trust.allowances.add(one.text for one in (*own, *wanted))
    out("".join(f"{one}\n" for one in (*own, *wanted)))
    words = [digest_of(own)] * bool(own) + [digest_of([one]) for one in wanted]
    say(f"Allowed to {project.trust.root}. For a pipeline: export HSYNC_ALLOW='{' '.join(words)}'")
