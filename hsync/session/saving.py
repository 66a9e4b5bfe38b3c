"""saving: where a plan goes when it was made, and what becomes of an older one when the run is refused."""

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
    """TARGET.plan.json. Targets may share a derived name: that of another target's plan is not taken.

    Args:
        session: with the target.
    """
    tails = ("", f"-{short_digest(session.store.subject.identity)}")
    plain, own = (Path(f"{session.name}{tail}.plan.json") for tail in tails)
    if session.commands.spec == session.name:
        return plain  # a name of hsync.toml has one target
    return own if own.exists() or about(plain) not in {"", session.client.identity} else plain


def save(plan: Plan, path: Path, root: Path, named: Sequence[str] = (), key: Path | None = None) -> Saved:
    """Write a plan file, and its signature; one of the plan that was there before goes.

    Args:
        plan: the plan.
        path: of the file.
        root: folder of the project.
        named: what is typed to name its target, where nobody has configured it.
        key: what it is signed with; None for no signature.
    """
    signature = signature_file(path)
    note = "the signature of the plan before was deleted" if signature.exists() else ""
    digest = write(path, plan, meta(root), key)
    return Saved(typed_path(path), digest, words=tuple(named), note=f"signed: {signature}" if key else note)


def marked(plan: Plan, refused: Sequence[str]) -> Plan:
    """A plan that says why it is refused: it is shown, and has no file."""
    return replace(plan, attention=(*(f"refused: it {reason}" for reason in refused), *plan.attention))


def refuse_violations(refused: Sequence[str]) -> None:
    """Refuse a plan that does what the project forbids.

    Raises:
        UnsafePlanError: there are reasons.
    """
    if refused:
        raise UnsafePlanError(
            f"the plan {'; it '.join(refused)}",
            hint="no plan was saved; if this is what you want, change protect or max_delete in hsync.toml",
        )


def refuse_rejected(plan: Plan) -> None:
    """Tell that HAProxy does not accept the result of a plan. Its file can be shown, and `apply` refuses it.

    Raises:
        ConfigError: it does not.
    """
    if plan.verdict.status is Status.REFUSED:
        found = plan.verdict.findings
        where = f"{count(len(found), 'error')}, the first at {found[0].fault.where}"
        raise ConfigError(
            f"HAProxy does not accept the result of the plan: {where}",
            hint="fix it where it was written, then: hsync plan",
        )


@contextmanager
def withdrawing(path: Path, again: str, root: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Withdraw the plan that lies in a file if what should run now is refused in the block.

    Otherwise it could be applied by mistake, as if it were the answer to the run that was refused.

    Args:
        path: where a plan may be.
        again: the command that makes the plan again.
        root: folder of the project.
        tell: gets a sentence about what was done.
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
