"""`hsync import`: take over what a target runs: its text into a file, what is known about it into the state."""

from __future__ import annotations

from pathlib import Path

from hsync.cli.options import OUT_FILE, TargetFlags, json_option, lock_option, option, target_options
from hsync.cli.verb import no_effect, verb


@verb("import")
@target_options
@option("-o", "--out", type=OUT_FILE, metavar="FILE", help="Where the text goes; default: TARGET.imported.cfg.")
@option("--force", is_flag=True, help="Write over a file with another text.")
@lock_option
@json_option
def command(target: TargetFlags, out: Path | None, force: bool, lock_timeout: float, as_json: bool) -> None:
    """Take over what a target runs.

    Its text goes into a file; from now on hsync knows it, and tells drift.
    """
    from hsync.cli import console
    from hsync.cli.targets import open_target, project_here
    from hsync.output.reports import imported_document, imported_text
    from hsync.store import write_text

    no_effect(["haproxy_bin"], "hsync import checks nothing")
    project = project_here()
    with open_target(target, project) as opened, opened.session.locked(lock_timeout):
        snapshot = opened.session.to_take_over()
        file = out or _default_file(opened.name, snapshot.body)
        _refuse_overwriting(file, snapshot.body, opened.session.client.identity, force=force)
        write_text(file, snapshot.body)
        state = opened.session.take_over(snapshot)
    if snapshot.memory_ahead:
        console.say(
            f"{opened.name}: {snapshot.split_brain}. The text on disk is taken over; `hsync plan` makes both equal."
        )
    found = (str(file), snapshot.text_version, snapshot.sha256, len(state.owned))
    console.out(
        imported_document(state.target, *found) if as_json else imported_text(state.target, opened.spec, *found)
    )


def _default_file(name: str, text: str) -> Path:
    """TARGET.imported.cfg; with a number where another text is."""
    tails = ("", *(f"-{number}" for number in range(2, 1000)))
    files = [Path(f"{name}.imported{tail}.cfg") for tail in tails]
    return next((file for file in files if not file.exists() or _has(file, text)), files[0])


def _has(file: Path, text: str) -> bool:
    return file.is_file() and file.read_bytes() == text.encode("utf-8", "surrogateescape")


def _refuse_overwriting(file: Path, text: str, identity: str, *, force: bool) -> None:
    from hsync.errors import InputError

    if identity == f"file:{file.absolute()}" or identity == f"file:{file.resolve()}":
        raise InputError(f"{file} is the target itself", hint="give another file: -o FILE")
    if force or not file.exists():
        return
    if not _has(file, text):
        raise InputError(f"{file} is there already, with another text", hint="give another file (-o FILE) or --force")
