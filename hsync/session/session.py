"""Session: plan, verify, apply, drift, take over on one target. Below the command line and the library.

Rule 1: values in; values and one stream of events out. Nothing in here prints, asks, reads a terminal, the environment
or the options of a command: the same code runs for one target or for a thousand in threads.
Rule 2: whoever writes to a target holds its lock, and has settled what an earlier run left behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from hsync.dataplane import DataplaneClient, Snapshot
from hsync.errors import HsyncError, InputError, LockedError, TargetError
from hsync.events import Event, Listener, Phase, Recovered, silent
from hsync.lanes import Outcome, current_of
from hsync.model import Configuration
from hsync.output.masking import without_secrets
from hsync.output.words import counted, short
from hsync.plan.hiding import lines_in, repeated
from hsync.plan.places import secrets_at
from hsync.plan.plan import Change, Plan, Target
from hsync.plan.scope import Scope
from hsync.plan.secrets import conceal, forget, spellings, superseded
from hsync.plan.verdict import UNASKED, Verdict
from hsync.render import Project
from hsync.secrecy import learn
from hsync.session.applying import apply_plan
from hsync.session.asked import Judging
from hsync.session.commands import Commands
from hsync.session.desired import Desired
from hsync.session.discretion import take_out
from hsync.session.fate import Ending, fate_of, last_phase, unloaded, verified
from hsync.session.judgement import hidden_in, judged, result_lines
from hsync.session.planning import plan_on
from hsync.session.promise import refuse_split_brain, replay
from hsync.session.records import Guard, NoGuard, Recording, applied_now, sections_of
from hsync.session.refusals import in_words_of
from hsync.session.shown import with_sections
from hsync.session.since import changed_since
from hsync.session.sources import Source
from hsync.session.verifying import Verified, verify_plan
from hsync.store import Facts, Journal, Run, State, StateStore, timestamp
from hsync.store.stores import Owner

__all__ = ["Session"]


@dataclass(frozen=True, slots=True)
class Drift:
    """How what a target runs differs from what hsync last left there.

    Args:
        snapshot: what it runs.
        words: how it differs, one sentence each; none for no drift.
        changes: what somebody else has changed, as far as the text that hsync left is kept.
    """

    snapshot: Snapshot
    words: tuple[str, ...]
    changes: tuple[Change, ...] = ()


@dataclass
class Session:
    """One target with its memory.

    Args:
        name: of the target.
        client: talks to it; the caller closes it.
        store: of its state, lock and history.
        checked: whether an HAProxy checks what it gets.
        reloaded: whether something tells HAProxy to reload after a commit.
        on_event: told what is being done.
        guard: keeps interrupts from coming while the answer to a write is on its way.
        commands: what people type about the target.
    """

    name: str
    client: DataplaneClient
    store: StateStore
    checked: bool = True
    reloaded: bool = True
    on_event: Listener = silent
    guard: Guard = field(default_factory=NoGuard)
    commands: Commands = field(default_factory=Commands)

    def __post_init__(self) -> None:
        self.state: State | None = self.store.read()
        self._recording: Recording | None = None

    def identity(self) -> Target:
        """The target as plans name it; asks for the API release if it is not remembered."""
        known = self.state.target if self.state else None
        return self.client.as_target(self.name, known.api if known else "")

    def plan(self, source: Source, scope: Scope, judging: Judging | None = None) -> Plan:
        """The plan from what the target runs to a desired text, with what is known about drift.

        It may be shown and saved: secrets are masked where people read, and references where it is sent.

        Args:
            source: the desired text.
            scope: what the plan may touch.
            judging: how HAProxy judges the result; None when nobody wants to know.

        Raises:
            ConfigError: faults in the desired text, or a loss on the way that the server would not report.
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
        """The plan from a snapshot, in a scope that knows the secrets of the source."""
        put = self._put(snapshot.body, source.public)
        learn(put)
        made = plan_on(snapshot, desired, self.identity(), scope=scope, unloaded=unloaded(self.state, snapshot))
        made = replace(made, drift=self._drifted(snapshot))
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
        """Errors of the block show no secret of the target's lines, which a server may repeat in its words."""
        try:
            yield
        except TargetError as error:
            places = self.state.secrets if self.state else ()
            found = repeated(error.message) | secrets_at(places, lines_in(error.message))
            learn(found)
            take_out(error, found)
            raise

    def _put(self, text: str, public: str = "") -> frozenset[str]:
        """What stands in a text where hsync has put secrets before."""
        return secrets_at(self.state.secrets if self.state else (), text.split("\n"), public)

    def _verdict(
        self, snapshot: Snapshot, plan: Plan, desired: Desired, secrets: Sequence[str], judging: Judging
    ) -> Verdict:
        """What HAProxy says about the result of a plan, without secrets; or why it was not asked."""
        if not judging.ask:
            return Verdict(reason="--no-judge")
        if not plan.operations and not self.client.traits.keeps_text:
            return UNASKED  # a server runs that text, and would not say what HAProxy warns of
        if not self.checked:
            return Verdict(reason="there is no HAProxy binary (see --haproxy-bin)")
        promised = replay(snapshot.body, plan) if plan.operations else snapshot.body
        result = Configuration.from_text(promised)
        hidden = hidden_in(result, secrets)
        found = judged(self.client, promised, result_lines(result, desired), hidden, result.document)
        return found.strict() if judging.strict else found

    def verify(self, plan: Plan, secrets: Iterable[str] = ()) -> Verified:
        """Prove a plan on the target; nothing is committed.

        Args:
            plan: with the values of its references.
            secrets: values that no message may show.

        Raises:
            The errors of `verify_plan`; ConfigError when HAProxy refuses the result, at the lines of the plan.
        """
        secrets = tuple(secrets)
        if self.state is not None and self.state.journal:
            with suppress(LockedError), self.locked():
                self.settle()
        with in_words_of(self.client, plan, secrets):
            return verify_plan(self.client, plan, hidden=secrets, checker=self.checked)

    def apply(
        self,
        plan: Plan,
        digest: str,
        secrets: Mapping[str, str] | None = None,
        *,
        validate: bool = False,
        reason: str = "",
    ) -> Outcome:
        """Replay a plan, with its records: what an earlier run left behind, each phase, and how it ended.

        The caller holds the lock (`locked`).

        Args:
            plan: with the values of its references.
            digest: of the plan file.
            secrets: values by reference, that no message may show.
            validate: have the server check the staged text before the commit.
            reason: why it is applied, for the history.

        Raises:
            The errors of `apply_plan`; ConfigError when HAProxy refuses the result, at the lines of the plan.
        """
        named = secrets or {}
        with in_words_of(self.client, plan, named.values()):
            state, unloaded = self.recover(plan, digest)
            before, facts = state.applied, Facts(Owner.here().person, reason, counted(plan))
            journal = Journal(self.store, state, digest, facts=facts)
            recording = self._recording = Recording(journal, plan, digest, self.guard, named)
            try:
                outcome = apply_plan(
                    self.client,
                    plan,
                    on_event=self._both(recording),
                    applied=before.sha256 if before and before.plan == digest else "",
                    validate=validate,
                    reload_again=unloaded,
                    hidden=named.values(),
                    on_base=recording.keep_base,
                )
            except HsyncError as error:
                recording.fail(error)
                self.guard.drop()
                error.add(recording.unwritten)
                raise
            self.guard.hold()  # the run has ended: its record is written, and an interrupt is too late
            recording.finish(outcome)
            self.guard.drop()
            self._recording = None
            return replace(outcome, notes=(*outcome.notes, *filter(None, [recording.unwritten])))

    def _write(self, state: State) -> State:
        return self.store.write(state, expected_serial=state.serial)

    def _both(self, recording: Recording) -> Listener:
        """The record comes first: who is told of a phase can rely on it."""

        def told(event: Event) -> None:
            recording(event)
            self.on_event(event)

        return told

    def interrupted(self, again: str) -> Ending | None:
        """What has become of the target when `apply` was interrupted; None when it was not at work.

        Args:
            again: the command that applies the same plan.
        """
        self.guard.drop()
        recording, self._recording = self._recording, None
        return recording.stopped(self.client, again) if recording is not None else None

    def verifying_interrupted(self, plan: Plan) -> Ending:
        """What an interrupted `verify` leaves."""
        return verified(self.client, plan.base.version)

    @contextmanager
    def locked(self, timeout: float = 0.0) -> Iterator[None]:
        """Hold the lock of the target.

        Args:
            timeout: seconds to wait for another run.

        Raises:
            LockedError: another run holds it.
        """
        with self.store.lock(Owner.here(), timeout=min(timeout, self.client.deadline.left)):
            yield

    def recover(self, plan: Plan, digest: str) -> tuple[State, bool]:
        """The state of the target, freed of a run that died in the middle. The lock is held.

        Args:
            plan: names the target for a state that is made now.
            digest: of the plan.

        Returns:
            The state, and whether the dead run was one of this very plan that stored its result and perhaps did not
            live to see HAProxy reloaded.
        """
        # Read again: the lock is held now, it was not when the session began.
        known = self.store.read()
        state = replace(known, target=plan.target) if known else State(plan.target)
        pushing = last_phase(state.journal) is Phase.PUSH if state.journal else False
        same = bool(state.journal) and state.journal[-1].plan == digest
        return self._settled(state, replay("", plan) if same and pushing else "", same=same)

    def settle(self) -> None:
        """Settle what a run that died has left: a transaction on the server, records in the state. The lock is held.

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
        run = Run(last.plan, f"died in phase {last.phase}: {fate.words}", version, "", timestamp())
        new = replace(state, journal=(), history=(*state.history, run), applied=applied or state.applied)
        return self._write(new), applied is not None and same

    def drift(self) -> Drift:
        """How what the target runs differs from what hsync last left there.

        Raises:
            InputError: nothing is remembered about the target.
            TargetError: it cannot be read.
        """
        if self.state is None or self.state.applied is None:
            raise InputError(
                f"nothing is remembered about {self.name}: there is no state that drift could be measured against",
                hint="take over what it runs: hsync import",
            )
        snapshot = self.client.at_rest()
        way_out = "; `hsync plan` makes both equal" if snapshot.memory_ahead else ""
        split = (f"{snapshot.split_brain}{way_out}",) if snapshot.split_brain else ()
        words = (*split, *self._drifted(snapshot))
        return Drift(snapshot, words, changed_since(self.store, self.state, snapshot) if words else ())

    def _drifted(self, snapshot: Snapshot) -> tuple[str, ...]:
        """The same in words; nothing where nothing is remembered."""
        state, version, sha256 = self.state, snapshot.text_version, snapshot.sha256
        if state and state.journal:
            run = state.journal[-1]
            return (f"a run of {short(run.plan)} has not finished (phase {run.phase}): it is at work, or it died",)
        last = state.applied if state else None
        if last is None or last.sha256 == sha256:
            return ()
        how = f"applied {short(last.plan)}" if last.plan else "imported it"
        left = f"version {last.version}, {short(last.sha256)}"
        return (f"it runs version {version}, {short(sha256)}; hsync left {left} when it {how} at {last.when}",)

    def to_take_over(self) -> Snapshot:
        """What the target runs, to be taken over: see `take_over`.

        Raises:
            StalePlanError: disk and memory of the server disagree in a way that only waiting helps.
            TargetError: it cannot be read.
        """
        snapshot = self.client.at_rest()
        refuse_split_brain(snapshot, self.client)
        return snapshot

    def take_over(self, snapshot: Snapshot) -> State:
        """Remember what the target runs as what hsync left there. The lock is held.

        Args:
            snapshot: from `to_take_over`.
        """
        target = self.client.as_target(self.name)
        self.settle()
        state = self.store.read() or State(target)
        run = Run("", "imported", snapshot.text_version, "", timestamp(), Facts(Owner.here().person))
        owned = sections_of(snapshot.text)
        new = replace(state, target=target, applied=applied_now(snapshot, ""), owned=owned, journal=())
        self.state = self._write(replace(new, history=(*state.history, run)))
        return self.state

    def scope(self, project: Project) -> Scope:
        """What plans of a project may touch on the target."""
        return Scope(
            prune=project.prune,
            owned=frozenset(self.state.owned if self.state else ()),
            ignore=project.ignore,
            protect=project.protect,
            max_delete=project.max_delete,
        )
