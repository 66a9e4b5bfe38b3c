"""server: a Data Plane API, `https://HOST:PORT` or `unix:///PATH`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self
from urllib.parse import urlsplit

from hsync.dataplane.client import DataplaneClient
from hsync.dataplane.connection import OnRequest
from hsync.dataplane.deadline import NEVER, Deadline
from hsync.dataplane.endpoint import endpoint_of
from hsync.dataplane.kinds.kind import Names, TargetSettings
from hsync.dataplane.pins import pins_of
from hsync.errors import UsageError

if TYPE_CHECKING:
    from hsync.dataplane.embedded import Sandbox

__all__ = ["ServerSettings"]


@dataclass(frozen=True, slots=True)
class ServerSettings(TargetSettings):
    """A target behind a URL.

    Args:
        url: `http(s)://host:port` or `unix:///path`.
        user: of Basic authentication; "" for none.
        ca_file: PEM file of the only trusted authorities; None for those of the system.
        client_cert: PEM file of a client certificate.
        client_key: PEM file of its key.
        pin: digests of the keys that the server's certificate may have, see `hsync.dataplane.pins`; "" for any.
        allow_plaintext: whether http:// to another host is allowed. Only the operator may set it, not a project.
    """

    url: Annotated[str, Names.ADDRESS]
    user: str = ""
    ca_file: Annotated[Path | None, Names.FILE] = None
    client_cert: Annotated[Path | None, Names.FILE] = None
    client_key: Annotated[Path | None, Names.FILE] = None
    pin: str = ""
    allow_plaintext: Annotated[bool, Names.CONSENT] = False

    key = "url"
    words = "a URL"
    keeps_text = False
    checks_here = False

    @classmethod
    def of_spec(cls, spec: str) -> Self | None:
        """The target for a URL."""
        if "://" not in spec or spec.startswith("file:"):
            return None
        return cls(_name_of(spec), spec)

    def check(self) -> None:
        """Check the URL and the pins."""
        endpoint_of(self.url)
        pins_of(self.pin)

    @property
    def identity(self) -> str:
        """The normalised URL."""
        return endpoint_of(self.url).identity

    @property
    def spec(self) -> str:
        """The URL as in the settings."""
        return self.url

    @property
    def login(self) -> str:
        """The user of Basic authentication, and the URL."""
        return f"{self.user} at {self.url}" if self.user else ""

    def connect(
        self,
        password: Callable[[], str] | None = None,
        *,
        deadline: Deadline = NEVER,
        on_request: OnRequest | None = None,
        verdicts: Path | None = None,
        sandbox: Sandbox | None = None,
    ) -> DataplaneClient:
        """A client for the API; see `TargetSettings.connect`."""
        del verdicts  # a server checks each text again
        auth = None
        if self.user:
            secret = password() if password is not None else ""
            if not secret:
                raise UsageError(f"target {self.name}: no password for {self.user}", hint="set HSYNC_PASSWORD")
            auth = (self.user, secret)
        return DataplaneClient(
            self.url,
            auth=auth,
            ca_file=self.ca_file,
            client_cert=self.client_cert,
            client_key=self.client_key,
            pin=self.pin,
            allow_plaintext=self.allow_plaintext,
            deadline=deadline,
            sandbox=sandbox,
            on_request=on_request,
        )


def _name_of(url: str) -> str:
    """Host and port, `edge1.example-5555`; for a socket its file name without the suffix."""
    parts = urlsplit(endpoint_of(url).identity)
    if parts.scheme not in {"http", "https"}:
        return TargetSettings.file_name(Path(parts.path).stem)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return TargetSettings.file_name(f"{parts.hostname}-{port}")


KIND = ServerSettings
