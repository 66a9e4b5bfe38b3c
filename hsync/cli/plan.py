"""`hsync plan`: compare the desired configuration with what a target runs, and write the plan file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hsync.cli.options import (
    OUT_FILE,
    DesiredFlags,
    JudgeFlags,
    TargetFlags,
    desired_options,
    json_option,
    judge_options,
    option,
    target_options,
)
from hsync.cli.verb import verb

if TYPE_CHECKING:
    from hsync.cli.desired import Source
    from hsync.cli.targets import Opened
    from hsync.dataplane import Snapshot
    from hsync.output.words import Saved
    from hsync.plan.plan import Plan
    from hsync.plan.scope import Scope
    from hsync.plan.verdict import Verdict
    from hsync.render import Project
    from hsync.session import Desired
    from hsync.store import State

CHANGES = 2


@verb("plan")
@desired_options
@target_options
@option("-o", "--out", type=OUT_FILE, metavar="PLAN", help="The plan file; default: TARGET.plan.json in this folder.")
@judge_options
@json_option
@option("--markdown", is_flag=True, help="For a comment in a pull request.")
@option("--diff", is_flag=True, help="With the text diff.")
@option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes.")
def command(
    desired: DesiredFlags,
    target: TargetFlags,
    judge: JudgeFlags,
    out: Path | None,
    as_json: bool,
    markdown: bool,
    diff: bool,
    detailed_exitcode: bool,
) -> int:
    """Compare with what runs, write the plan file.

    TEMPLATE (default: the project's) or --config is what should run. The plan file lists what would be sent, in order;
    it is for review, and `hsync apply` replays it. Without changes it says so.
    """
    from hsync.cli import console
    from hsync.cli.desired import read_source
    from hsync.cli.pages import page, refuse_two_forms
    from hsync.cli.targets import open_target, project_here
    from hsync.errors import ConfigError
    from hsync.plan.scope import violations
    from hsync.plan.verdict import Status
    from hsync.store.planfile import refuse_other_file

    refuse_two_forms(as_json=as_json, markdown=markdown)
    project = project_here(desired.environment)
    source = read_source(desired, project)
    with open_target(target, project) as opened:
        path = out or default_file(opened)
        refuse_other_file(path)
        with _withdrawing(path, opened.commands.of("plan"), project.root):
            scope = scope_of(project, opened.state)
            made = planned(opened, source, scope, judged=judge)
            if made.operations:
                opened.warn()
            refused = violations(made, scope)
            saved = None if refused else _save(made, path, project.root)
            console.out(page(_marked(made, refused), saved, as_json=as_json, markdown=markdown, diff=diff))
            _refuse(refused)
    if made.verdict.status is Status.REFUSED:
        # The file says what HAProxy found: it can be shown, and `apply` refuses it.
        raise ConfigError(f"HAProxy does not accept the result of the plan: {_counted(made)}", hint=_MEND)
    return CHANGES if made.operations and detailed_exitcode else 0


def _marked(plan: Plan, refused: Sequence[str]) -> Plan:
    """A plan that says why it is refused: it is shown, and has no file."""
    return replace(plan, attention=(*(f"refused: it {reason}" for reason in refused), *plan.attention))


def _refuse(refused: Sequence[str]) -> None:
    from hsync.errors import UnsafePlanError

    if refused:
        raise UnsafePlanError(
            f"the plan {'; it '.join(refused)}",
            hint="no plan was saved; if this is what you want, change protect or max_delete in hsync.toml",
        )


@contextmanager
def _withdrawing(path: Path, again: str, root: Path) -> Iterator[None]:
    """Withdraw the plan that lies in a file if what should run now is refused in the block.

    Otherwise it could be applied by mistake, as if it were the answer to the run that was refused.
    """
    from hsync.cli.console import say
    from hsync.cli.meta import meta
    from hsync.errors import ConfigError, InputError, UnsafePlanError
    from hsync.store.planfile import withdraw

    try:
        yield
    except (ConfigError, UnsafePlanError) as refusal:
        try:
            if withdraw(path, refusal.message, again, meta(root)):
                say(f"The older plan in {path} was withdrawn: hsync apply refuses it.")
        except InputError as fault:
            say(f"An older plan is in {path} and could not be withdrawn, do not apply it: {fault.message}")
        raise


def default_file(opened: Opened) -> Path:
    """TARGET.plan.json. Targets may share a derived name: that of another target's plan is not taken."""
    from hsync.store.places import short_digest
    from hsync.store.planfile import about

    plain, own = (Path(f"{opened.name}{tail}.plan.json") for tail in ("", f"-{short_digest(opened.place.identity)}"))
    if opened.spec == opened.name:
        return plain  # a name of hsync.toml has one target
    return own if own.exists() or about(plain) not in {"", opened.client.identity} else plain


_MEND = "fix it where it was written, then: hsync plan"


def _counted(plan: Plan) -> str:
    """How much HAProxy found, and where the first of it is."""
    from hsync.output.words import count

    first = plan.verdict.findings[0].fault
    return f"{count(len(plan.verdict.findings), 'error')}, the first at {first.where}"


def scope_of(project: Project, state: State | None) -> Scope:
    """What plans of a project may touch on a target."""
    from hsync.plan.scope import Scope

    return Scope(
        prune=project.prune,
        owned=frozenset(state.owned if state else ()),
        ignore=project.ignore,
        protect=project.protect,
        max_delete=project.max_delete,
    )


def planned(opened: Opened, source: Source, scope: Scope, *, judged: JudgeFlags | None = None) -> Plan:
    """The plan from what a target runs to a desired text, with what is known about drift, as it may be shown and saved:
    secrets masked where people read, references in place of those that are sent.

    Args:
        opened: the target.
        source: the desired text.
        scope: what the plan may touch.
        judged: how HAProxy judges the result; None when nobody wants to know.
    """
    from hsync.cli.drift import drifted
    from hsync.errors import ConfigError
    from hsync.output.masking import without_secrets
    from hsync.plan.secrets import conceal, forget, spellings, superseded
    from hsync.session import plan_on, refuse_split_brain

    desired, snapshot = (
        source.desired(kept=opened.client.keeps_text, files=opened.client.is_folder),
        opened.client.at_rest(),
    )
    refuse_split_brain(snapshot, opened.client)
    try:
        made = plan_on(snapshot, desired, opened.identity(), scope=scope)
    except ConfigError as error:
        raise source.without_secrets(error) from error
    made = replace(made, drift=drifted(opened.state, snapshot.text_version, snapshot.sha256))
    if opened.unreloaded:
        made = replace(made, operations=tuple(replace(one, reload=False) for one in made.operations))
    secrets = spellings(source.secrets.values())
    old = superseded(made, secrets)
    if judged is not None:
        made = replace(made, verdict=_verdict(opened, snapshot, made, desired, (*secrets, *old), judged))
    return forget(conceal(without_secrets(made, (*secrets, *old)), source.secrets), old)


def _verdict(
    opened: Opened, snapshot: Snapshot, plan: Plan, desired: Desired, secrets: Sequence[str], flags: JudgeFlags
) -> Verdict:
    """What HAProxy says about the result of a plan, without secrets; or why it was not asked."""
    from hsync.model import Configuration
    from hsync.plan.verdict import UNASKED, Verdict
    from hsync.session import replay
    from hsync.session.judgement import hidden_in, judged, result_lines

    if flags.no_judge:
        return Verdict(reason="--no-judge")
    if not plan.operations and opened.client.identity.startswith(("http", "unix")):
        return UNASKED  # a server runs that text, and would not say what HAProxy warns of
    if opened.unchecked:
        return Verdict(reason="there is no HAProxy binary (see --haproxy-bin)")
    promised = replay(snapshot, plan) if plan.operations else snapshot.body
    result = Configuration.from_text(promised)
    hidden = hidden_in(result, secrets)
    found = judged(opened.client, promised, result_lines(result, desired), hidden, result.document)
    return found.strict() if flags.fail_on_warnings else found


def _save(plan: Plan, path: Path, root: Path) -> Saved:
    from hsync.cli.hints import typed_path
    from hsync.cli.meta import meta
    from hsync.output.words import Saved
    from hsync.store.planfile import write

    return Saved(typed_path(path), write(path, plan, meta(root)))
