"""Session: plan, verify, apply, drift and import on one target, for the command line and the library.

Rule 1: values in; values and one stream of events out. A session does not print, ask, or read a terminal, the
environment or the options of a command: the same code runs for one target or for a thousand in threads.
Rule 2: before a session writes to a target, it takes the lock, and cleans up after an earlier run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hsync.dataplane import DataplaneClient, Snapshot
from hsync.errors import HsyncError, InputError, LockedError, TargetError
from hsync.events import Event, Listener, Phase, Recovered, TakenOver, silent
from hsync.lanes import Outcome, current_of
from hsync.model import Configuration
from hsync.output.masking import without_secrets
from hsync.output.words import counted, short
from hsync.plan.hiding import lines_in, repeated
from hsync.plan.limit import FIRST, NO_LIMIT, Limit
from hsync.plan.places import secrets_at
from hsync.plan.plan import Change, Plan, Target
from hsync.plan.scope import Scope
from hsync.plan.secrets import conceal, forget, spellings, superseded
from hsync.plan.verdict import UNASKED, Verdict
from hsync.plan.whose import Left
from hsync.render import Project
from hsync.secrecy import learn
from hsync.session.applying import apply_plan
from hsync.session.asked import Judging
from hsync.session.commands import Commands
from hsync.session.confirming import Confirming, pending_words, refuse_unconfirmed
from hsync.session.desired import Desired
from hsync.session.discretion import take_out
from hsync.session.fate import Ending, facts_of, fate_of, last_phase, unloaded, verified
from hsync.session.judgement import hidden_in, judged, result_lines
from hsync.session.planning import plan_on
from hsync.session.promise import refuse_split_brain, replay
from hsync.session.records import Guard, NoGuard, Recording, applied_now, sections_of
from hsync.session.refusals import in_words_of
from hsync.session.shown import with_sections
from hsync.session.since import UNKNOWN, changed_since, left_on, untold
from hsync.session.sources import Source
from hsync.session.verifying import Verified, verify_plan
from hsync.store import Clock, Facts, Journal, Meta, Run, State, StateStore, timestamp
from hsync.store.stores import Owner

if TYPE_CHECKING:
    from hsync.dataplane.here import Need

__all__ = ["Drift", "Session"]


@dataclass(frozen=True, slots=True)
class Drift:
    """The difference between a target and its recorded configuration.

    Args:
        snapshot: the text of the target.
        words: the differences, one sentence each; empty for no drift.
        changes: the changes that somebody else has made, if the text of the last apply is kept.
    """

    snapshot: Snapshot
    words: tuple[str, ...]
    changes: tuple[Change, ...] = ()


@dataclass
class Session:
    """A target with its state.

    Args:
        name: the name of the target.
        client: the client of the target, which the caller closes.
        store: the store of its state, lock and history.
        checked: whether an HAProxy checks its texts.
        reloaded: whether a commit reloads HAProxy.
        needs: gives what an apply needs on this machine, met or not.
        on_event: called with each event.
        guard: delays interrupts during writes.
        commands: the commands for the target.
        clock: the clocks of this machine.
    """

    name: str
    client: DataplaneClient
    store: StateStore
    checked: bool = True
    reloaded: bool = True
    needs: Callable[[], Iterable[Need]] = tuple
    on_event: Listener = silent
    guard: Guard = field(default_factory=NoGuard)
    commands: Commands = field(default_factory=Commands)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.state: State | None = self.store.read()
        self._recording: Recording | None = None

    def identity(self) -> Target:
        """The target in plans; requests the API release if the state does not have it."""
        known = self.state.target if self.state else None
        return self.client.as_target(self.name, known.api if known else "")

    def plan(self, source: Source, scope: Scope, judging: Judging | None = None) -> Plan:
        """The plan from the current text to a desired text, with drift.

        The plan can be shown and saved: secrets are masked for people, and references in its requests.

        Args:
            source: the desired text.
            scope: the sections that the plan may change.
            judging: the options of HAProxy's check; None for no check.

        Raises:
            ConfigError: the desired text has faults, or the server would change its meaning.
            StalePlanError: disk and memory of the server disagree.
            TargetError: the target cannot be read.
        """
        desired = source.desired(kept=self.client.traits.keeps_text, files=self.client.traits.is_folder)
        snapshot = self.client.at_rest()
        refuse_split_brain(snapshot, self.client)
        with source.hidden():
            return self._plan(source, desired, snapshot, scope, judging)

    def _plan(
        self, source: Source, desired: Desired, snapshot: Snapshot, scope: Scope, judging: Judging | None
    ) -> Plan:
        """The plan from a snapshot; the secrets of the source are learned for masking."""
        put = self._put(snapshot.body, source.public)
        learn(put)
        left = left_on(self.store, self.state, snapshot.sha256, source.secrets)
        reload_again = unloaded(self.state, snapshot)
        made = plan_on(snapshot, desired, self.identity(), scope=scope, unloaded=reload_again, left=left)
        made = replace(made, drift=self._drifted(snapshot))
        if made.drift and made.changes and left is None:
            made = replace(made, notes=(*made.notes, UNKNOWN))
        if not self.reloaded:
            made = replace(made, operations=tuple(replace(one, reload=False) for one in made.operations))
        secrets = spellings(source.secrets.values())
        old = (*superseded(made, secrets), *put)
        if judging is not None:
            made = replace(made, verdict=self._verdict(snapshot, made, desired, (*secrets, *old), judging))
        made = forget(conceal(without_secrets(made, (*secrets, *old)), source.secrets), old)
        return with_sections(made, current_of(snapshot), desired.configuration, (*secrets, *old))

    @contextmanager
    def discreet(self) -> Iterator[None]:
        """Mask the secrets of the target's lines in errors of the block, since a server may quote the lines."""
        try:
            yield
        except TargetError as error:
            places = self.state.secrets if self.state else ()
            found = repeated(error.message) | secrets_at(places, lines_in(error.message))
            learn(found)
            take_out(error, found)
            raise

    def _put(self, text: str, public: str = "") -> frozenset[str]:
        """The values of a text at the places of earlier secrets."""
        return secrets_at(self.state.secrets if self.state else (), text.split("\n"), public)

    def _verdict(
        self, snapshot: Snapshot, plan: Plan, desired: Desired, secrets: Sequence[str], judging: Judging
    ) -> Verdict:
        """HAProxy's verdict about the result of a plan, without secrets; or why there is none."""
        if judging.skip:
            return Verdict(reason="--no-judge")
        if not plan.operations and not self.client.traits.keeps_text:
            return UNASKED  # a server already runs that text, and does not report warnings
        if not self.checked:
            return Verdict(reason="there is no HAProxy binary (see --haproxy-bin)")
        promised = replay(snapshot.body, plan) if plan.operations else snapshot.body
        result = Configuration.from_text(promised)
        hidden = hidden_in(result, secrets)
        found = judged(self.client, promised, result_lines(result, desired), hidden, result.document)
        return found.strict() if judging.strict else found

    def verify(self, plan: Plan, secrets: Mapping[str, str] | None = None) -> Verified:
        """Prove a plan on the target; nothing is committed.

        Args:
            plan: the plan with the values of its references.
            secrets: values by reference, that no message may show.

        Raises:
            The errors of `verify_plan`; ConfigError if HAProxy refuses the result, at the lines of the plan.
        """
        named = secrets or {}
        if self.state is not None and self.state.journal:
            with suppress(LockedError), self.locked():
                self.settle()
        left = self._left_of(plan, self.state, named)
        with in_words_of(self.client, plan, named.values()):
            return verify_plan(self.client, plan, hidden=named.values(), checker=self.checked, left=left)

    def apply(
        self,
        plan: Plan,
        digest: str,
        secrets: Mapping[str, str] | None = None,
        *,
        validate: bool = False,
        batched: bool = False,
        reason: str = "",
        origin: Meta | None = None,
        confirming: Confirming | None = None,
    ) -> Outcome:
        """Apply a plan, and record each phase and the outcome; clean up after an earlier run before.

        The caller holds the lock (`locked`).

        Args:
            plan: with the values of its references.
            digest: of the plan file.
            secrets: values by reference, that no message may show.
            validate: have the server check the staged text before the commit.
            batched: leave the reload to the server's next tick.
            reason: why it is applied, for the history.
            origin: of the plan, for the history.
            confirming: how it is to be confirmed; None if it need not be.

        Raises:
            The errors of `apply_plan`; ConfigError when HAProxy refuses the result, at the lines of the plan.
            StalePlanError: an earlier apply is not confirmed.
        """
        named = secrets or {}
        with in_words_of(self.client, plan, named.values()):
            state, unloaded = self.recover(plan, digest)
            refuse_unconfirmed(state, self.clock, plan, digest)
            left = self._left_of(plan, state, named)
            come = origin or Meta()
            facts = Facts(Owner.here().person, reason, counted(plan), "", "", come.git, come.environment, self.name)
            journal = Journal(self.store, state, digest, facts=facts)
            recording = self._recording = Recording(journal, plan, digest, self.guard, named, self.clock, confirming)
            try:
                outcome = apply_plan(
                    self.client,
                    plan,
                    on_event=self._both(recording),
                    applied=state.ran(digest),
                    validate=validate,
                    batched=batched,
                    reload_again=unloaded,
                    hidden=named.values(),
                    on_base=recording.keep_base,
                    left=left,
                )
            except HsyncError as error:
                recording.fail(error)
                self.guard.drop()
                error.add(recording.unwritten)
                raise
            self.guard.hold()  # the run has ended: an interrupt comes too late
            recording.finish(outcome)
            self.guard.drop()
            self._recording, self.state = None, journal.state
            told = tuple(filter(None, [untold(plan, left)]))
            return replace(outcome, notes=(*outcome.notes, *recording.notes, *told))

    def _left_of(self, plan: Plan, state: State | None, named: Mapping[str, str]) -> Left | None:
        """What the last apply has left, if the plan says whose its changes are, and the text is kept here."""
        return left_on(self.store, state, plan.base.sha256, named) if plan.base.left else None

    def _write(self, state: State) -> State:
        return self.store.write(state, expected_serial=state.serial)

    def _both(self, recording: Recording) -> Listener:
        """Record a phase before it is reported, so that the caller can rely on the record."""

        def told(event: Event) -> None:
            recording(event)
            self.on_event(event)

        return told

    def interrupted(self, again: str) -> Ending | None:
        """The state of the target after an interrupted `apply`; None if `apply` was not running.

        Args:
            again: the command that applies the same plan.
        """
        self.guard.drop()
        recording, self._recording = self._recording, None
        return recording.stopped(self.client, again) if recording is not None else None

    def verifying_interrupted(self, plan: Plan) -> Ending:
        """The state of the target after an interrupted `verify`."""
        return verified(self.client, plan.base.version)

    @contextmanager
    def locked(self, timeout: float = 0.0, command: str = "") -> Iterator[None]:
        """Hold the lock of the target. The lock of a dead run is taken over, which is an event.

        Args:
            timeout: seconds to wait for another run.
            command: of this run, for messages of others: `hsync apply`.

        Raises:
            LockedError: another run holds the lock.
        """
        with self.store.lock(Owner.here(command), timeout=min(timeout, self.client.deadline.left)) as dead:
            if dead is not None:
                self.on_event(TakenOver(self.name, dead.words()))
            yield

    def recover(self, plan: Plan, digest: str) -> tuple[State, bool]:
        """The state of the target, after cleaning up after a dead run. The caller holds the lock.

        Args:
            plan: has the target, if there is no state yet.
            digest: of the plan.

        Returns:
            The state, and whether the dead run was a run of this plan that stored its result, possibly without the
            reload.
        """
        # Read again: only now the lock is held.
        known = self.store.read()
        state = replace(known, target=plan.target) if known else State(plan.target)
        pushing = last_phase(state.journal) is Phase.PUSH if state.journal else False
        same = bool(state.journal) and state.journal[-1].plan == digest
        return self._settled(state, replay("", plan) if same and pushing else "", same=same)

    def settle(self) -> None:
        """Clean up after a dead run: its transaction on the server, and its records. The caller holds the lock.

        Raises:
            TargetError: the target cannot be read; the records stay.
        """
        known = self.store.read()
        if known is not None:
            self._settled(known, "", same=False)

    def _settled(self, state: State, pushed: str, *, same: bool) -> tuple[State, bool]:
        if not state.journal:
            return state, False
        last = state.journal[-1]
        fate = fate_of(self.client, state, pushed)
        self.on_event(Recovered(last.phase, fate.words))
        applied = applied_now(fate.landed, last.plan) if fate.landed else None
        version = applied.version if applied else None
        kept = Facts(before=facts_of(state.journal).get("kept", ""))
        run = Run(last.plan, f"died in phase {last.phase}: {fate.words}", version, "", timestamp(), kept)
        new = replace(state, journal=(), history=(*state.history, run), applied=applied or state.applied)
        if new.pending and self.client.snapshot().sha256 == new.pending.base:
            new = replace(new, pending=None)  # it has stored nothing, or was undone: there is nothing to confirm
        return self._write(new), applied is not None and same

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """That an apply waits for its confirmation, in words; empty for none."""
        return tuple(map(self.commands.fill, pending_words(self.state, self.clock)))

    def drift(self) -> Drift:
        """The difference between the target and its recorded configuration.

        Raises:
            InputError: there is no state of the target.
            TargetError: the target cannot be read.
        """
        if self.state is None or self.state.applied is None:
            raise InputError(
                f"there is no state of {self.name} with which to compare the target",
                hint="record its configuration: hsync import",
            )
        snapshot = self.client.at_rest()
        way_out = "; `hsync plan` makes both equal" if snapshot.memory_ahead else ""
        split = (f"{snapshot.split_brain}{way_out}",) if snapshot.split_brain else ()
        words = (*split, *self._drifted(snapshot))
        return Drift(snapshot, words, self.since(snapshot) if words else ())

    def since(self, snapshot: Snapshot) -> tuple[Change, ...]:
        """What somebody else has changed on the target since hsync's last apply, if its text is kept.

        Args:
            snapshot: the text of the target.
        """
        return changed_since(left_on(self.store, self.state, snapshot.sha256), snapshot)

    def _drifted(self, snapshot: Snapshot) -> tuple[str, ...]:
        """The same in words; empty without a state."""
        state, version, sha256 = self.state, snapshot.text_version, snapshot.sha256
        if state and state.journal:
            run = state.journal[-1]
            return (f"a run of {short(run.plan)} has not finished (phase {run.phase}): it is at work, or it died",)
        last = state.applied if state else None
        if last is None or last.sha256 == sha256:
            return ()
        how = f"plan {short(last.plan)}" if last.plan else "an import"
        left = f"version {last.version}, {short(last.sha256)}"
        return (f"it runs version {version}, {short(sha256)}; the record has {left}, from {how} at {last.when}",)

    def to_take_over(self) -> Snapshot:
        """The text of the target, to import: see `take_over`.

        Raises:
            StalePlanError: the server has not read an edited file yet.
            TargetError: the target cannot be read.
        """
        snapshot = self.client.at_rest()
        refuse_split_brain(snapshot, self.client)
        return snapshot

    def take_over(self, snapshot: Snapshot) -> State:
        """Record the text of the target. The caller holds the lock.

        Args:
            snapshot: the result of `to_take_over`.
        """
        target = self.client.as_target(self.name)
        self.settle()
        state = self.store.read() or State(target)
        refuse_unconfirmed(state, self.clock)
        run = Run("", "imported", snapshot.text_version, "", timestamp(), Facts(Owner.here().person, target=self.name))
        owned = sections_of(snapshot.text)
        new = replace(state, target=target, applied=applied_now(snapshot, ""), owned=owned, journal=())
        self.state = self._write(replace(new, history=(*state.history, run)))
        return self.state

    def scope(self, project: Project, max_delete: Limit | None = None) -> Scope:
        """The sections that plans of a project may change on the target, and their limits.

        Args:
            project: the project.
            max_delete: the limit of this run; None for that of the project.
        """
        known = self.state is not None and any(run.plan for run in self.state.history)
        return Scope(
            prune=project.prune,
            owned=frozenset(self.state.owned if self.state else ()),
            ignore=project.ignore,
            protect=project.protect,
            max_delete=max_delete or project.max_delete or (NO_LIMIT if known else FIRST),
            accept=project.accept,
        )
