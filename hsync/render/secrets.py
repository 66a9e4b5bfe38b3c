"""secrets: values that templates name and that no file of hsync may show.

Rule 1: a secret is named by a reference, `env:NAME` or `file:PATH`; the reference may be shown, the value may not.
Rule 2: what is kept of a value is a fingerprint that costs work to guess: scrypt, salted with the reference and, when
there is one, with a key that only the project's people know.

Source: RFC 7914 (scrypt); the cost is that of its section 2 for interactive use.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from hsync.errors import InputError
from hsync.render.files import read_bytes

__all__ = ["Secrets"]

_MAX_BYTES = 64 * 1024


class Secrets:
    """Looks references up, and remembers what it gave.

    Args:
        root: folder that relative paths start from.
        environment: where `env:` looks; None for that of the process.
        key: makes fingerprints incomparable to those of other projects, and unguessable without it.
    """

    def __init__(self, root: Path = Path(), environment: Mapping[str, str] | None = None, key: bytes = b"") -> None:
        self._root = root
        self._environment = os.environ if environment is None else environment
        self._key = key
        self._values: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._values))})"

    def get(self, reference: str) -> str:
        """The value of a secret.

        Args:
            reference: `env:NAME`, or `file:PATH`, whose last line end is left out.

        Raises:
            InputError: another reference, or there is no value.
        """
        if reference not in self._values:
            self._values[reference] = self._find(reference)
        return self._values[reference]

    def _find(self, reference: str) -> str:
        kind, colon, name = reference.partition(":")
        if kind == "env" and colon:
            value = self._environment.get(name, "")
            if not value:
                raise InputError(f"secret {reference}: the variable is not set", hint=f"export {name}=...")
            return value
        if kind == "file" and colon:
            data = read_bytes(self._root / Path(name).expanduser(), "secret", max_bytes=_MAX_BYTES)
            value = data.decode("utf-8", "surrogateescape").removesuffix("\n").removesuffix("\r")
            if not value:
                raise InputError(f"secret {reference}: the file is empty", hint="write the secret into it")
            return value
        raise InputError("a secret is named env:NAME or file:PATH", hint='write {{ secret("env:NAME") }}')

    @property
    def values(self) -> tuple[str, ...]:
        """What was given, longest first: the order in which outputs must mask it."""
        return tuple(sorted(set(self._values.values()), key=lambda value: (-len(value), value)))

    def fingerprints(self) -> tuple[tuple[str, str], ...]:
        """What may be kept: `secret env:NAME` and a hex fingerprint, sorted."""
        return tuple((f"secret {name}", self._fingerprint(name)) for name in sorted(self._values))

    def _fingerprint(self, reference: str) -> str:
        value = self._values[reference].encode("utf-8", "surrogateescape")
        salt = self._key + b"\0" + reference.encode("utf-8", "surrogateescape")
        return hashlib.scrypt(value, salt=salt, n=2**14, r=8, p=1, dklen=32).hex()
