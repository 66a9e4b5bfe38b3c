"""kind: what a kind of target is: its settings, and how a client for it is made.

To add a kind, write one file in `hsync/dataplane/kinds` with a subclass of `TargetSettings` under the name `KIND`:

    @dataclass(frozen=True, slots=True)
    class ContainerSettings(TargetSettings):
        container: str = ""
        key = "container"
        ...

    KIND = ContainerSettings

Then `[targets.NAME]` with `container = "..."` in hsync.toml means it, and so does what `of_spec` reads after `-t`. An
option of the command line that has the name of a setting counts for the kinds that have that setting.

Rule 1: a secret is never a setting: the password comes from a function that is called when it is needed.
Rule 2: a setting that would have no effect is a fault.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self, get_type_hints

from hsync.dataplane.client import DataplaneClient
from hsync.dataplane.connection import OnRequest
from hsync.dataplane.deadline import NEVER, Deadline
from hsync.dataplane.endpoint import CONTROL, resolved
from hsync.errors import UsageError

if TYPE_CHECKING:
    from hsync.dataplane.embedded import Sandbox

__all__ = ["Names", "TargetSettings"]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", re.ASCII)


class Names(Enum):
    """What the value of a setting names: it decides how a table is read, and what a project may not say alone."""

    NOTHING = ""
    """A text that names nothing on this machine."""
    ADDRESS = "address"
    """A server, which gets the credentials: all other settings of the target belong to it."""
    CONSENT = "consent"
    """The operator's consent: true or false."""
    FILE = "file"
    """A file that is read, for an address."""
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
    """One target, as written down. Holds no secret.

    Args:
        name: as in hsync.toml, or derived; the state file is called after it.
    """

    name: str

    key: ClassVar[str]
    """The setting that every target of the kind has, and no other."""
    words: ClassVar[str]
    """What is named for such a target: `a URL`."""
    keeps_text: ClassVar[bool]
    """Whether it stores the text that it is given, byte for byte."""
    checks_here: ClassVar[bool]
    """Whether the HAProxy of this machine checks its configuration."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise UsageError(
                f"target name {self.name!r}: a state file is called after it",
                hint="use letters, digits, dot, dash and underscore",
            )
        for one in fields(self):
            if found := CONTROL.search(str(getattr(self, one.name) or "")):
                raise UsageError(f"target {self.name}: {one.name} has the control character {found[0]!r}")
        self.check()

    @classmethod
    def settings(cls) -> Mapping[str, Names]:
        """The settings of the kind, and what their values name: as their types are annotated."""
        types = get_type_hints(cls, include_extras=True)
        named = {one.name: getattr(types[one.name], "__metadata__", (Names.NOTHING,)) for one in fields(cls)}
        return {name: names for name, (names, *_) in named.items() if name != "name"}

    @classmethod
    def of_table(cls, name: str, values: Mapping[str, object]) -> Self:
        """A target with these settings."""
        return cls(name, **values)

    @classmethod
    @abstractmethod
    def of_spec(cls, spec: str) -> Self | None:
        """The target that `-t SPEC` means; None when the text is none of this kind.

        Raises:
            UsageError: it is of this kind, and has a fault.
        """

    @abstractmethod
    def check(self) -> None:
        """Refuse settings that make no sense.

        Raises:
            UsageError: they make none.
        """

    @property
    @abstractmethod
    def identity(self) -> str:
        """As `DataplaneClient.identity`, without a connection."""

    @property
    def remembered_as(self) -> str:
        """The identity that state and lock belong to: of a path, where its symbolic links lead now."""
        return resolved(self.identity)

    @property
    def spec(self) -> str:
        """What means this target after `-t`, in every folder."""
        return self.identity

    @property
    def login(self) -> str:
        """Whose password is needed, and where: `admin at https://h:5555`; "" for nobody's."""
        return ""

    @property
    def checked(self) -> bool:
        """Whether an HAProxy checks what the target gets."""
        return True

    @property
    def reloaded(self) -> bool:
        """Whether something tells HAProxy to reload after a commit."""
        return True

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
            password: gives the password of the user; called only if there is a user.
            deadline: until when all that is asked of the client must have ended.
            on_request: watches requests, see `OnRequest`.
            verdicts: folder in which a check of this machine remembers what HAProxy accepted; None to ask it always.
            sandbox: what HAProxy may read when it checks the text of somebody who is not trusted; None for anything.

        Returns:
            The client; the caller closes it.

        Raises:
            UsageError: a user without a password, plain http to another host, or a file that does not serve.
            TargetError: the folder of the target is not there.
        """

    @staticmethod
    def file_name(text: str) -> str:
        """A name for a target that nobody has named, of letters, digits, dot and dash."""
        return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:100] or "target"
