"""secrets: reads the values of secrets, which no output and no file of hsync may show.

Rule 1: a secret is named by a reference, `env:NAME`, `file:PATH` or `cmd:NAME` (`hsync.render.commands`), or by a
recipe (`hsync.plan.recipes`); the name may be shown, the value may not.
Rule 2: only a fingerprint of a value is stored, which is expensive to guess: scrypt, salted with the reference and, if
there is one, with a secret key of the project: HSYNC_SECRET_KEY, or else the file `.hsync.key` of the project.
Rule 3: values for the references of a plan are read with `agreed`, which refuses any other value than that of the time
when the plan was made.

Source: RFC 7914 (scrypt); the cost is that of its section 2 for interactive use.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from hsync.errors import InputError, StalePlanError
from hsync.plan.recipes import Recipe, is_recipe, of_key
from hsync.render.commands import printed
from hsync.render.derivations import derived
from hsync.render.files import read_bytes
from hsync.secrecy import learn
from hsync.trust.operator import Operator
from hsync.trust.reach import Reach

__all__ = ["Secrets"]

KEY_FILE = ".hsync.key"

_KEY_VARIABLE = "HSYNC_SECRET_KEY"

_MAX_BYTES = 64 * 1024


class Secrets:
    """Reads the values of references, and records them.

    Args:
        root: the folder to which paths are relative.
        environment: the variables for `env:`; None for those of the process.
        key: the secret key of fingerprints; b"" for none.
        reach: the secrets that may be read; None for any.
        operator: has the commands.
    """

    def __init__(
        self,
        root: Path = Path(),
        environment: Mapping[str, str] | None = None,
        key: bytes = b"",
        reach: Reach | None = None,
        operator: Operator | None = None,
    ) -> None:
        self._root = root
        self._environment = os.environ if environment is None else environment
        self._key = key
        self._reach = reach or Reach()
        self._operator = operator or Operator()
        self._values: dict[str, str] = {}

    @classmethod
    def of_project(cls, root: Path, reach: Reach | None = None, operator: Operator | None = None) -> Secrets:
        """The secrets of a project, with the key of its fingerprints.

        Args:
            root: the folder of the project.
            reach: the secrets that may be read; None for any.
            operator: has the commands.

        Raises:
            InputError: the key file cannot be read, or is empty.
        """
        if key := os.environ.get(_KEY_VARIABLE):
            return cls(root, None, key.encode("utf-8", "surrogateescape"), reach, operator)
        if not os.path.lexists(root / KEY_FILE):
            return cls(root, None, b"", reach, operator)
        found = read_bytes(root / KEY_FILE, "key", max_bytes=_MAX_BYTES).strip()
        if not found:
            raise InputError(f"{KEY_FILE} is empty", hint=f"openssl rand -hex 32 > {KEY_FILE}, or remove the file")
        return cls(root, None, found, reach, operator)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._values))})"

    def get(self, reference: str) -> str:
        """The value of a secret.

        Args:
            reference: `env:NAME`, `file:PATH` or `cmd:NAME`; without the last line end of a file or an output.

        Raises:
            InputError: the reference is malformed, or there is no value.
            NotAllowedError: the secret may not be read.
        """
        if reference not in self._values:
            self._values[reference] = self._find(reference)
            learn([self._values[reference]])
        return self._values[reference]

    def _find(self, reference: str) -> str:
        kind, colon, name = reference.partition(":")
        if kind == "env" and colon:
            self._reach.secret(reference)
            value = self._environment.get(name, "")
            if not value:
                raise InputError(f"secret {reference}: the variable is not set", hint=f"export {name}=...")
            return value
        if kind == "file" and colon:
            path = self._root / _at_home(name)
            data = read_bytes(self._reach.secret(reference, path) or path, "secret", max_bytes=_MAX_BYTES)
            if value := _text(data):
                return value
            raise InputError(f"secret {reference}: the file is empty", hint="write the secret into it")
        if kind == "cmd" and colon:
            self._reach.secret(reference)
            return _text(printed(name, self._operator, _MAX_BYTES))
        raise InputError("expected a secret: env:NAME, file:PATH or cmd:NAME", hint='write {{ secret("env:NAME") }}')

    def value_of(self, recipe: Recipe) -> str:
        """The value of a secret with a recipe.

        Args:
            recipe: the recipe.

        Raises:
            InputError: there is no value, or a filter does not accept it.
        """
        if recipe.parts is None:
            return self.get(recipe.name)
        if recipe.key not in self._values:
            self._values[recipe.key] = recipe.value(self.get, partial(_made, recipe.key))
            learn([self._values[recipe.key]])
        return self._values[recipe.key]

    @property
    def values(self) -> tuple[str, ...]:
        """The values that were read, longest first: the order in which they must be masked."""
        return tuple(sorted(set(self._values.values()), key=lambda value: (-len(value), value)))

    @property
    def by_key(self) -> dict[str, str]:
        """The values that were read, by the keys of their recipes."""
        return dict(self._values)

    def agreed(self, inputs: Iterable[tuple[str, str]]) -> Callable[[str], str]:
        """A function that reads the secrets of a plan, and refuses a value that was changed after the plan was made.

        Args:
            inputs: the inputs of the plan, with the fingerprints.

        Returns:
            A function of the key of a recipe. It raises StalePlanError if the value was changed, InputError if there is
            no value, ValueError if the key is malformed.
        """
        expected = dict(inputs)

        def look(key: str) -> str:
            recipe = of_key(key)
            for reference in recipe.references():
                self.get(reference)
                if self._fingerprint(reference) != expected.get(f"secret {reference}"):
                    raise StalePlanError(
                        f"the secret {reference} has changed since the plan was made",
                        hint="make the plan again (the key of fingerprints may have changed instead): hsync plan",
                    )
            return self.value_of(recipe)

        return look

    def fingerprints(self) -> tuple[tuple[str, str], ...]:
        """`secret env:NAME` and the hex fingerprint of each secret, sorted; this may be stored."""
        references = sorted(key for key in self._values if not is_recipe(key))
        return tuple((f"secret {name}", self._fingerprint(name)) for name in references)

    def _fingerprint(self, reference: str) -> str:
        value = self._values[reference].encode("utf-8", "surrogateescape")
        salt = self._key + b"\0" + reference.encode("utf-8", "surrogateescape")
        return hashlib.scrypt(value, salt=salt, n=2**14, r=8, p=1, dklen=32).hex()


def _text(data: bytes) -> str:
    """The value from a file or an output, without the last line end."""
    return data.decode("utf-8", "surrogateescape").removesuffix("\n").removesuffix("\r")


def _made(key: str, name: str, text: str, arguments: Sequence[str]) -> str:
    """The result of a filter for a secret."""
    try:
        made = derived(name, text, arguments)
    except ValueError as fault:
        raise InputError(f"secret {key}: {name}: {fault}", hint="change the secret, or the filter") from fault
    if not made:
        raise InputError(f"secret {key}: {name} has an empty result", hint="change the secret, or the filter")
    return made


def _at_home(name: str) -> Path:
    """A path with `~` and `~USER` replaced by the home folder."""
    try:
        return Path(name).expanduser()
    except RuntimeError as fault:
        raise InputError(f"secret file:{name}: {fault}", hint="use an absolute path") from fault
