"""saving: saves a plan, and withdraws the older plan in the file if a run is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from hsync.errors import ConfigError, InputError, UnsafePlanError
from hsync.output.words import Saved, count
from hsync.plan.plan import Plan
from hsync.plan.verdict import Status
from hsync.session.origin import meta
from hsync.session.session import Session
from hsync.store.files import typed_path
from hsync.store.places import short_digest
from hsync.store.planfile import about, withdraw, write
from hsync.store.signatures import signature_file

__all__ = ["marked", "plan_file", "refuse_rejected", "refuse_violations", "save", "withdrawing"]


def plan_file(session: Session) -> Path:
    """TARGET.plan.json, or another name if that file has the plan of another target with the same name.

    Args:
        session: the session with the target.
    """
    tails = ("", f"-{short_digest(session.store.subject.identity)}")
    plain, own = (Path(f"{session.name}{tail}.plan.json") for tail in tails)
    if session.commands.spec == session.name:
        return plain  # a name of hsync.toml has one target
    return own if own.exists() or about(plain) not in {"", session.client.identity} else plain


def save(plan: Plan, path: Path, root: Path, named: Sequence[str] = (), key: Path | None = None) -> Saved:
    """Write a plan file and its signature, and delete the signature of the plan before.

    Args:
        plan: the plan.
        path: the file.
        root: the folder of the project.
        named: words of the command line for a target that is not configured.
        key: the key of the signature; None for no signature.
    """
    signature = signature_file(path)
    note = "the signature of the plan before was deleted" if signature.exists() else ""
    digest = write(path, plan, meta(root), key)
    return Saved(typed_path(path), digest, words=tuple(named), note=f"signed: {signature}" if key else note)


def marked(plan: Plan, refused: Sequence[str]) -> Plan:
    """A refused plan with the reasons, to show; it has no file."""
    return replace(plan, attention=(*(f"refused: it {reason}" for reason in refused), *plan.attention))


def refuse_violations(refused: Sequence[str]) -> None:
    """Refuse a plan that exceeds the limits of the project.

    Raises:
        UnsafePlanError: the plan exceeds a limit.
    """
    if refused:
        raise UnsafePlanError(
            f"the plan {'; it '.join(refused)}",
            hint="no plan was saved; if this is what you want, change protect or max_delete in hsync.toml",
        )


def refuse_rejected(plan: Plan) -> None:
    """Report that HAProxy refuses the result of a plan. The plan file can be shown, and `apply` refuses it.

    Raises:
        ConfigError: HAProxy refuses the result.
    """
    if plan.verdict.status is Status.REFUSED:
        found = plan.verdict.findings
        where = f"{count(len(found), 'error')}, the first at {found[0].fault.where}"
        raise ConfigError(
            f"HAProxy does not accept the result of the plan: {where}",
            hint="correct the source, then: hsync plan",
        )


@contextmanager
def withdrawing(path: Path, again: str, root: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Withdraw the older plan in a file if the block refuses the desired configuration.

    Otherwise it could be applied by mistake, as if it were the plan of the refused run.

    Args:
        path: the plan file, which may not exist.
        again: the command that makes the plan again.
        root: the folder of the project.
        tell: called with a message.
    """
    try:
        yield
    except (ConfigError, UnsafePlanError) as refusal:
        try:
            if withdraw(path, refusal.message, again, meta(root)):
                tell(f"The older plan in {path} was withdrawn: hsync apply refuses it.")
        except InputError as fault:
            tell(f"An older plan is in {path} and could not be withdrawn, do not apply it: {fault.message}")
        raise
