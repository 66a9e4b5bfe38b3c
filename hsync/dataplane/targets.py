"""Targets: from `-t SPEC` and the tables of hsync.toml to a client.

Rule 1: a secret is never a setting: the password comes from a function that is called when it is needed, and not
    before.
Rule 2: a setting that would have no effect is a fault, not a decoration.

Theory: SPEC is a name of hsync.toml (`[targets.NAME]`), a URL, or the path of a haproxy.cfg; in this order. The name
of a target becomes a file name (see `hsync.store.places`), so it is made of letters, digits, dot, dash and underscore.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hsync.dataplane.client import DataplaneClient
from hsync.dataplane.connection import OnRequest
from hsync.dataplane.deadline import NEVER, Deadline
from hsync.dataplane.endpoint import CONTROL, absolute, endpoint_of, resolved
from hsync.dataplane.pins import pins_of
from hsync.errors import UsageError

if TYPE_CHECKING:
    from hsync.dataplane.embedded import Sandbox

__all__ = ["TargetSettings", "connect", "target_for"]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", re.ASCII)
_PATHS = frozenset({"path", "ca_file", "client_cert", "client_key", "master_socket"})
_ONLY_URL = ("user", "ca_file", "client_cert", "client_key", "pin", "allow_plaintext")
_ONLY_PATH = ("haproxy_bin", "reload_command", "master_socket")
_OPERATORS = frozenset({"allow_plaintext"})
"""What only the operator may set, not a project: true or false."""
_SUFFIXES = frozenset({".cfg", ".conf"})
_SECRETS = frozenset({"password", "pass", "passwd", "secret", "token"})


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """One target, as written down. Holds no secret.

    Args:
        name: as in hsync.toml, or derived; the state file is called after it.
        url: `http(s)://host:port` or `unix:///path`; "" for an embedded target.
        path: the haproxy.cfg of an embedded target; None for one with a URL.
        user: of Basic authentication; "" for none.
        ca_file: PEM file of the authorities to trust, instead of the system's.
        client_cert: PEM file of a client certificate.
        client_key: PEM file of its key.
        pin: digests of the keys that the server's certificate may have, see `hsync.dataplane.pins`; "" for any.
        allow_plaintext: whether http:// may be spoken to another host. The operator's word, never a project's.
        haproxy_bin: what an embedded target validates with: a path, a name on PATH, `none`, or "" to look for one.
        reload_command: what an embedded target runs after a commit; "" for nothing.
        master_socket: HAProxy's master socket, for an embedded target to reload through.
    """

    name: str
    url: str = ""
    path: Path | None = None
    user: str = ""
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    pin: str = ""
    allow_plaintext: bool = False
    haproxy_bin: str = ""
    reload_command: str = ""
    master_socket: Path | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise UsageError(
                f"target name {self.name!r}: a state file is called after it",
                hint="use letters, digits, dot, dash and underscore",
            )
        for key in fields(self):
            if found := CONTROL.search(str(getattr(self, key.name) or "")):
                raise UsageError(f"target {self.name}: {key.name} has the control character {found[0]!r}")
        if bool(self.url) == (self.path is not None):
            raise UsageError(f"target {self.name}: give either a url or a path")
        if self.url:
            endpoint_of(self.url)
        pins_of(self.pin)
        if self.reload_command and self.master_socket:
            raise UsageError(f"target {self.name}: give either a reload_command or a master_socket")
        idle = [key for key in (_ONLY_PATH if self.url else _ONLY_URL) if getattr(self, key)]
        if idle:
            kind = "the path of a haproxy.cfg" if self.url else "a url"
            raise UsageError(f"target {self.name}: {', '.join(idle)} only for a target with {kind}")

    @property
    def identity(self) -> str:
        """As `DataplaneClient.identity`, without a connection."""
        return endpoint_of(self.url).identity if self.path is None else f"file:{absolute(self.path)}"

    @property
    def remembered_as(self) -> str:
        """The identity that state and lock belong to: of a path, where its symbolic links lead now."""
        return resolved(self.identity)


def connect(
    settings: TargetSettings,
    password: Callable[[], str] | None = None,
    *,
    deadline: Deadline = NEVER,
    on_request: OnRequest | None = None,
    verdicts: Path | None = None,
    sandbox: Sandbox | None = None,
) -> DataplaneClient:
    """A client for a target. Nothing is sent yet.

    Args:
        settings: the target.
        password: gives the password of `settings.user`; called only if there is a user.
        deadline: until when all that is asked of the client must have ended.
        on_request: watches requests, see `OnRequest`.
        verdicts: folder in which an embedded target remembers what HAProxy accepted; None to ask it always.
        sandbox: what HAProxy may read when it checks the text of somebody who is not trusted; None for anything.

    Returns:
        The client; the caller closes it.

    Raises:
        UsageError: a user without a password, a wrong URL, plain http to another host, or a file that does not serve.
        TargetError: the folder of an embedded target is not there.
    """
    if settings.path is not None:
        from hsync.dataplane.embedded import EmbeddedSettings, find_haproxy

        behaviour = EmbeddedSettings(
            haproxy_bin=find_haproxy(settings.haproxy_bin),
            reload_command=settings.reload_command,
            master_socket=str(settings.master_socket or ""),
            verdicts=verdicts,
            sandbox=sandbox,
        )
        return DataplaneClient.embedded(settings.path, behaviour, deadline=deadline, on_request=on_request)
    auth = None
    if settings.user:
        secret = password() if password is not None else ""
        if not secret:
            raise UsageError(f"target {settings.name}: no password for {settings.user}", hint="set HSYNC_PASSWORD")
        auth = (settings.user, secret)
    return DataplaneClient(
        settings.url,
        auth=auth,
        ca_file=settings.ca_file,
        client_cert=settings.client_cert,
        client_key=settings.client_key,
        pin=settings.pin,
        allow_plaintext=settings.allow_plaintext,
        deadline=deadline,
        sandbox=sandbox,
        on_request=on_request,
    )


def target_for(
    spec: str, known: Mapping[str, Mapping[str, object]], *, base: Path | None = None, operator: bool = False
) -> TargetSettings:
    """What `-t SPEC` means.

    Args:
        spec: a name of `known`, a URL, or the path of a haproxy.cfg, which need not exist yet.
        known: the tables `[targets.NAME]` of hsync.toml.
        base: folder of hsync.toml, which relative paths in its tables start from; None for the working directory.
        operator: whether the tables are the operator's own, which may allow more than those of a project.

    Returns:
        The target.

    Raises:
        UsageError: it is none of these, or its table has a fault.
    """
    if spec in known:
        return _from_table(spec, known[spec], base or Path(), operator=operator)
    if "://" in spec and not spec.startswith("file:"):
        return TargetSettings(_name_of(spec), url=spec)
    path = Path(spec.removeprefix("file:"))
    if spec and (path.suffix in _SUFFIXES or os.sep in spec or _is_there(path)):
        return TargetSettings(_file_name(path.stem), path=path)
    near = _near(spec, known)
    listed = f"hsync.toml knows {', '.join(sorted(known))}" if known else "hsync.toml has no [targets.NAME]"
    raise UsageError(f"no target {spec!r}{near}; {listed}", hint="give a name, a URL, or the path of a haproxy.cfg")


def _is_there(path: Path) -> bool:
    """Whether there is such a file or folder; what the system cannot even look for is not."""
    try:
        return path.exists()
    except OSError:
        return False


def _from_table(name: str, table: Mapping[str, object], base: Path, *, operator: bool) -> TargetSettings:
    for key, value in table.items():
        _refuse_setting(name, key, value, operator=operator)
    text = {key: str(value) for key, value in table.items()}
    binary = text.get("haproxy_bin", "")
    files = {key: base / _at_home(name, value) for key, value in text.items() if key in _PATHS}
    return TargetSettings(
        name,
        url=text.get("url", ""),
        user=text.get("user", ""),
        pin=text.get("pin", ""),
        allow_plaintext=table.get("allow_plaintext") is True,
        haproxy_bin=str(base / _at_home(name, binary)) if os.sep in binary else binary,
        reload_command=text.get("reload_command", ""),
        path=files.get("path"),
        ca_file=files.get("ca_file"),
        client_cert=files.get("client_cert"),
        client_key=files.get("client_key"),
        master_socket=files.get("master_socket"),
    )


def _refuse_setting(name: str, key: str, value: object, *, operator: bool) -> None:
    """Refuse a line of a target's table that cannot stand there."""
    allowed = {field.name for field in fields(TargetSettings)} - {"name"} - (frozenset() if operator else _OPERATORS)
    if key in _SECRETS:
        raise UsageError(f"[targets.{name}] {key}: a secret does not belong into a file", hint="set HSYNC_PASSWORD")
    if key in _OPERATORS - allowed:
        raise UsageError(
            f"[targets.{name}] {key}: only the operator decides that, not a project",
            hint=f"in the operator's own file, or as an option: --{key.replace('_', '-')}",
        )
    if key not in allowed:
        raise UsageError(
            f"[targets.{name}] has no setting {key!r}{_near(key, allowed)}",
            hint=f"settings are {', '.join(sorted(allowed))}",
        )
    if key in _OPERATORS and not isinstance(value, bool):
        raise UsageError(f"[targets.{name}] {key}: true or false is needed, not {value!r}")
    if key not in _OPERATORS and (not isinstance(value, str) or not value):
        raise UsageError(f"[targets.{name}] {key}: a string is needed, not {value!r}")


def _at_home(name: str, value: str) -> Path:
    """A path with `~` and `~USER` as the folder that they stand for."""
    try:
        return Path(value).expanduser()
    except RuntimeError as fault:
        raise UsageError(f"[targets.{name}] {value!r}: {fault}", hint="write the whole path") from fault


def _near(word: str, known: Mapping[str, object] | set[str]) -> str:
    found = get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def _name_of(url: str) -> str:
    """Host and port, `edge1.example-5555`; for a socket its file name without the suffix."""
    identity = endpoint_of(url).identity
    parts = urlsplit(identity)
    if parts.scheme not in {"http", "https"}:
        return _file_name(Path(parts.path).stem)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return _file_name(f"{parts.hostname}-{port}")


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:100] or "target"
