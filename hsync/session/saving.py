"""saving: saves a new plan and shows it, and withdraws the older plan in the file if the new one is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hsync.errors import ConfigError, InputError, UnsafePlanError
from hsync.output.words import Saved, count
from hsync.plan.plan import Plan
from hsync.plan.risk import BRAKE
from hsync.plan.scope import violations
from hsync.plan.verdict import Status
from hsync.session.origin import meta
from hsync.session.session import Session
from hsync.store.files import typed_path
from hsync.store.places import exposed, short_digest
from hsync.store.planfile import Meta, about, refuse_other_file, withdraw, write
from hsync.store.signatures import signature_file

__all__ = ["Draft", "drafted", "plan_file"]


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


def _save(plan: Plan, path: Path, origin: Meta, named: Sequence[str], key: Path | None) -> Saved:
    """Write a plan file and its signature, and delete the signature of the plan before.

    Args:
        plan: the plan.
        path: the file.
        origin: of the plan.
        named: words of the command line for a target that is not configured.
        key: the key of the signature; None for no signature.
    """
    signature = signature_file(path)
    note = "the signature of the plan before was deleted" if signature.exists() else ""
    digest = write(path, plan, origin, key)
    return Saved(typed_path(path), digest, words=tuple(named), note=f"signed: {signature}" if key else note)


@dataclass
class Draft:
    """The plan that a command makes, and its file.

    Args:
        session: the session with the target.
        path: the plan file.
        root: the folder of the project.
        sign: the key of the signature; None for no signature.
        show: called with the plan and its file, None if it is refused.
        environment: of hsync.toml; "" for none.
        plan: the saved plan; None before, and if it is refused.
    """

    session: Session
    path: Path
    root: Path
    sign: Path | None
    show: Callable[[Plan, Saved | None], None]
    environment: str = ""
    plan: Plan | None = None

    def save(self, plan: Plan, fail_on: str = "") -> None:
        """Save a plan and show it.

        Args:
            plan: the plan.
            fail_on: the lowest severity of a risk that refuses it; "" for none.

        Raises:
            UnsafePlanError: it exceeds a limit of the project, or has such a risk; it is shown, but not saved.
        """
        refused = violations(plan, fail_on)
        origin, own = meta(self.root, self.environment), self.session.commands.own
        saved = None if refused else _save(plan, self.path, origin, own, self.sign)
        self.show(plan, saved)
        if refused:
            raise UnsafePlanError(
                f"the plan {'; it '.join(refused)}",
                hint=f"no plan was saved; if this is what you want, {_way_on(plan)}",
            )
        self.plan = plan


def _way_on(plan: Plan) -> str:
    """How to make a refused plan nevertheless."""
    brakes = [risk for risk in plan.risks if risk.rule == BRAKE]
    if not brakes:
        return "accept the risks in hsync.toml; see each with: hsync explain ID"
    if all(risk.address is not None for risk in brakes):
        return "change protect in hsync.toml"
    return "give --max-delete, or change max_delete in hsync.toml"


@contextmanager
def drafted(draft: Draft, again: str, tell: Callable[[str], None]) -> Iterator[Draft]:
    """A draft for the duration of the block. If the block refuses the plan, an older one in its file is withdrawn.

    Args:
        draft: a draft without a plan.
        again: the command that makes the plan again.
        tell: called with a message.

    Raises:
        InputError: the file is not a plan file.
        ConfigError: HAProxy refuses the result of the saved plan. The plan file can be shown, and `apply` refuses it.
    """
    refuse_other_file(draft.path)
    for warning in exposed(draft.path.parent):
        tell(f"Warning: {warning}")
    with _withdrawing(draft.path, again, draft.root, tell):
        yield draft
    if draft.plan is not None and draft.plan.verdict.status is Status.REFUSED:
        found = draft.plan.verdict.findings
        where = f"{count(len(found), 'error')}, the first at {found[0].fault.where}"
        raise ConfigError(
            f"HAProxy does not accept the result of the plan: {where}",
            hint="correct the source, then: hsync plan",
        )


@contextmanager
def _withdrawing(path: Path, again: str, root: Path, tell: Callable[[str], None]) -> Iterator[None]:
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
