"""Plans that can be saved and loaded, and their inputs: the desired configuration and the target."""

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
    """A plan that can be saved and loaded. See `hsync.plan.plan.Plan` for its attributes."""

    __slots__ = ()

    @classmethod
    def of(cls, plan: planned.Plan) -> Plan:
        """The same plan, as an instance of this class."""
        return cls(**{field.name: getattr(plan, field.name) for field in fields(plan)})

    def save(self, path: Path | str, *, user: str = "") -> str:
        """Write a plan file, for `hsync show`, `verify` and `apply`. Inverses lose the secrets of the server.

        Args:
            path: the file; only its owner can read it.
            user: author of the plan, for the reviewer.

        Returns:
            The digest of the plan, `sha256:...`.

        Raises:
            InputError: the file cannot be written.
            PlanFileError: a text of the plan looks like a reference to a secret, but there is no such secret.
        """
        meta = Meta(created=timestamp(), hsync=__version__, user=user)
        refuse_unknown(self)
        return planfile.write(Path(path), forget(self), meta)

    @classmethod
    def load(cls, path: Path | str) -> Plan:
        """Read a plan file.

        It has references instead of the secrets of a template: `apply_plan(..., secrets=lookup)` gets their values.

        Args:
            path: a file from `save` or `hsync plan`.

        Raises:
            InputError: the file cannot be read.
            PlanFileError: the file is not a plan file, or was edited.
        """
        return cls.of(planfile.read(Path(path))[0])


def make_plan(client: DataplaneClient, desired: Configuration | str, *, source: str = "haproxy.cfg") -> Plan:
    """Compare a configuration with that of a target, and make a plan. It sends only reads.

    Args:
        client: client of the target.
        desired: the desired configuration, or its text.
        source: name of the text in messages.

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
    """The desired configuration for `session`, read again from its text, like a file; `kept`: see `read_desired`."""
    if not isinstance(configuration, Configuration):
        raise UsageError(
            f"the desired configuration is a {type(configuration).__name__}, not a Configuration",
            hint="parse a text with Configuration.from_text(text), or call sync_from_strings",
        )
    return read_desired(emit(configuration.document), configuration.document.source, kept=kept)


def target_of(client: DataplaneClient) -> Target:
    """The target of a client, for a plan."""
    return client.as_target(target_for(client.identity, {}).name)
