"""Plans that can be saved and loaded, and what they are made from: a configuration, its text, a target."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from hsync.dataplane import DataplaneClient, target_for
from hsync.errors import UsageError
from hsync.model import Configuration
from hsync.plan import plan as planned
from hsync.plan.plan import Target
from hsync.plan.secrets import forget, refuse_unknown
from hsync.session import Desired, read_desired
from hsync.session import make_plan as plan_for
from hsync.store import Meta, planfile, timestamp
from hsync.syntax import emit
from hsync.version import __version__

__all__ = ["Plan", "desired_of", "make_plan", "target_of"]


class Plan(planned.Plan):
    """A plan that can be saved and loaded. See `hsync.plan.plan.Plan` for what it holds."""

    __slots__ = ()

    @classmethod
    def of(cls, plan: planned.Plan) -> Plan:
        """The same plan, with the methods of this class."""
        return cls(**{one.name: getattr(plan, one.name) for one in fields(plan)})

    def save(self, path: Path | str, *, user: str = "") -> str:
        """Write the plan file that `hsync show`, `verify` and `apply` read. Inverses lose the secrets of the server.

        Args:
            path: the file; readable by its owner only.
            user: who made the plan, for the reviewer.

        Returns:
            The digest of the plan, `sha256:...`.

        Raises:
            InputError: the file cannot be written.
            PlanFileError: a text of the plan looks like the reference to a secret, and is none.
        """
        meta = Meta(created=timestamp(), hsync=__version__, user=user)
        refuse_unknown(self)
        return planfile.write(Path(path), forget(self), meta)

    @classmethod
    def load(cls, path: Path | str) -> Plan:
        """Read a plan file.

        It holds references in place of the secrets of a template: `apply_plan(..., secrets=lookup)` takes their values.

        Args:
            path: what `save` or `hsync plan` wrote.

        Raises:
            InputError: it cannot be read.
            PlanFileError: it is not what hsync wrote.
        """
        return cls.of(planfile.read(Path(path))[0])


def make_plan(client: DataplaneClient, desired: Configuration | str, *, source: str = "haproxy.cfg") -> Plan:
    """Compare a configuration with what a target runs, and plan the way there. Only reads are sent.

    Args:
        client: of the target.
        desired: the configuration, or its text.
        source: the name of a text, for messages.

    Returns:
        The plan, proved on a copy.

    Raises:
        ConfigError: faults in the desired configuration.
        StalePlanError: disk and memory of the server disagree.
        TargetError: the target cannot be read.
    """
    kept = client.traits.keeps_text
    wanted = read_desired(desired, source, kept=kept) if isinstance(desired, str) else desired_of(desired, kept=kept)
    return Plan.of(plan_for(client, wanted, target_of(client)))


def desired_of(configuration: Configuration, *, kept: bool) -> Desired:
    """A configuration as the engine takes it: read from its text, as a file would be; `kept`: see `read_desired`."""
    if not isinstance(configuration, Configuration):
        raise UsageError(
            f"the desired configuration is a {type(configuration).__name__}, not a Configuration",
            hint="parse a text with Configuration.from_text(text), or call sync_from_strings",
        )
    return read_desired(emit(configuration.document), configuration.document.source, kept=kept)


def target_of(client: DataplaneClient) -> Target:
    """The target, as a plan names it."""
    return client.as_target(target_for(client.identity, {}).name)
