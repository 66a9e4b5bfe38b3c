"""kind: the interface of kinds of targets: settings, and a function that creates a client.

To add a kind, write one file in `hsync/dataplane/kinds` with a subclass of `TargetSettings` under the name `KIND`:

    @dataclass(frozen=True, slots=True)
    class ContainerSettings(TargetSettings):
        container: str = ""
        key = "container"
        ...

    KIND = ContainerSettings

Then `[targets.NAME]` with `container = "..."` in hsync.toml is a target of this kind, and so is `-t SPEC` if `of_spec`
accepts it. An option of the command line with the name of a setting applies to the kinds that have the setting.

Rule 1: a secret is never a setting: the password comes from a function, which is called only if it is needed.
Rule 2: a setting without an effect is a fault.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self, get_type_hints

from hsync.dataplane.client import DataplaneClient
from hsync.dataplane.connection import OnRequest
from hsync.dataplane.deadline import NEVER, Deadline
from hsync.dataplane.endpoint import CONTROL, resolved
from hsync.errors import UsageError

if TYPE_CHECKING:
    from hsync.dataplane.embedded import Sandbox
    from hsync.dataplane.here import Need

__all__ = ["Names", "TargetSettings"]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", re.ASCII)


class Names(Enum):
    """Type of a setting's value. It decides how a table is read, and whether the operator must allow the value."""

    NOTHING = ""
    """A text without an effect on this machine."""
    ADDRESS = "address"
    """A server, which gets the credentials and all other settings of the target."""
    CONSENT = "consent"
    """The operator's consent: true or false."""
    FILE = "file"
    """A file that is read for a connection."""
    PLACE = "place"
    """A file or folder that is written."""
    PROGRAM = "program"
    """A program: a path, a name on PATH, `none`, or "" to look for one."""
    COMMAND = "command"
    """A program with its arguments."""
    SOCKET = "socket"
    """A socket on this machine."""

    @property
    def is_path(self) -> bool:
        """Whether the value is a path from the folder of hsync.toml."""
        return self in {Names.FILE, Names.PLACE, Names.SOCKET}


@dataclass(frozen=True, slots=True)
class TargetSettings(ABC):
    """The settings of a target, without secrets.

    Args:
        name: as in hsync.toml, or derived; also the name of the state file.
    """

    name: str

    key: ClassVar[str]
    """The setting that every target of the kind has, and no other."""
    words: ClassVar[str]
    """Description of such a target: `a URL`."""
    keeps_text: ClassVar[bool]
    """Whether the target stores a text byte for byte."""
    checks_here: ClassVar[bool]
    """Whether the HAProxy of this machine checks its configuration."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise UsageError(
                f"target name {self.name!r} is not usable as a file name",
                hint="use letters, digits, dot, dash and underscore",
            )
        for one in fields(self):
            if found := CONTROL.search(str(getattr(self, one.name) or "")):
                raise UsageError(f"target {self.name}: {one.name} has the control character {found[0]!r}")
        self.check()

    @classmethod
    def settings(cls) -> Mapping[str, Names]:
        """The settings of the kind, and the types of their values, from the annotations."""
        return _settings_of(cls)

    @classmethod
    def of_table(cls, name: str, values: Mapping[str, object]) -> Self:
        """A target with these settings."""
        return cls(name, **values)

    @classmethod
    @abstractmethod
    def of_spec(cls, spec: str) -> Self | None:
        """The target for `-t SPEC`; None if SPEC is of another kind.

        Raises:
            UsageError: SPEC is of this kind, but has a fault.
        """

    @abstractmethod
    def check(self) -> None:
        """Check the settings.

        Raises:
            UsageError: they are malformed, or contradict each other.
        """

    @property
    @abstractmethod
    def identity(self) -> str:
        """As `DataplaneClient.identity`, without a connection."""

    @property
    def remembered_as(self) -> str:
        """The identity for state and lock, with symbolic links of a path resolved."""
        return resolved(self.identity)

    @property
    def spec(self) -> str:
        """The SPEC for `-t` that is valid in every folder."""
        return self.identity

    @property
    def login(self) -> str:
        """User and server for the prompt of a password: `admin at https://h:5555`; "" if no password is needed."""
        return ""

    @property
    def checked(self) -> bool:
        """Whether a HAProxy checks the configuration."""
        return True

    @property
    def reloaded(self) -> bool:
        """Whether HAProxy is reloaded after a commit."""
        return True

    def needs(self) -> Iterator[Need]:
        """What an apply needs on this machine, met or not. Nothing is changed."""
        yield from ()

    @abstractmethod
    def connect(
        self,
        password: Callable[[], str] | None = None,
        *,
        deadline: Deadline = NEVER,
        on_request: OnRequest | None = None,
        verdicts: Path | None = None,
        sandbox: Sandbox | None = None,
    ) -> DataplaneClient:
        """A client for the target. Nothing is sent yet.

        Args:
            password: returns the password of the user; called only if a user is set.
            deadline: the time limit of all requests of the client together.
            on_request: called after each request, see `OnRequest`.
            verdicts: folder with the verdicts of earlier checks on this machine; None to check always.
            sandbox: the files that HAProxy may read during the check of an untrusted text; None for any.

        Returns:
            The client; the caller closes it.

        Raises:
            UsageError: a user without a password, plain http to another host, or an unusable certificate file.
            TargetError: the folder of the target does not exist.
        """

    @staticmethod
    def file_name(text: str) -> str:
        """A derived name for a target, of letters, digits, dot and dash."""
        return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:100] or "target"


@cache
def _settings_of(kind: type[TargetSettings]) -> Mapping[str, Names]:
    types = get_type_hints(kind, include_extras=True)
    named = {one.name: getattr(types[one.name], "__metadata__", (Names.NOTHING,)) for one in fields(kind)}
    return {name: names for name, (names, *_) in named.items() if name != "name"}
