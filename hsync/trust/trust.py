"""trust: whether a value of a project may have an effect. Sessions check this before they use the value."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shlex import join
from typing import TypeVar

from hsync.errors import NotAllowedError
from hsync.trust.allowances import Allowances
from hsync.trust.claims import Claim, Kind, digest_of, parse_claim
from hsync.trust.operator import Operator
from hsync.trust.reach import Reach

__all__ = ["Trust"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trust:
    """The permissions of one project.

    Args:
        operator: the settings of the operator.
        root: real path of the project.
        whole: returns all claims of its hsync.toml, whose digest may be in HSYNC_ALLOW; called only if necessary.
        granted: texts of the claims that were allowed in this run.
    """

    operator: Operator
    root: Path
    whole: Callable[[], Sequence[Claim]] = tuple
    granted: set[str] = field(default_factory=set)

    def need(self, claims: Iterable[Claim]) -> None:
        """Require that all claims are allowed; prompt for the others if there is a terminal.

        Args:
            claims: the values that will be used.

        Raises:
            NotAllowedError: a claim is not allowed.
        """
        missing = tuple(dict.fromkeys(one for one in claims if not self.allows(one)))
        if not missing:
            return
        ask = None if self.operator.untrusted else self.operator.ask
        if ask is None or not ask(missing):
            raise self._refusal(missing)
        self.grant(missing)

    def allows(self, claim: Claim) -> bool:
        """Whether a claim is allowed already."""
        if digest_of((claim,)) in self.operator.words:
            self.granted.add(claim.text)
        if claim.kind is Kind.FILE:
            return self.reach().covers(Path(claim.value))
        return claim.text in self._texts()

    def grant(self, claims: Sequence[Claim]) -> None:
        """Allow claims, and store the permission if there is a folder for it.

        Args:
            claims: the claims.

        Raises:
            InputError: the permission cannot be stored.
        """
        texts = [one.text for one in claims]
        self.granted.update(texts)
        if self.operator.folder is not None:
            self.allowances.add(texts)

    def reach(self, named: Iterable[Path] = ()) -> Reach:
        """The files and secrets that templates and variables may read.

        Args:
            named: paths of the command line.
        """
        secrets = self.operator.untrusted_secrets if self.operator.untrusted else None
        return Reach(self.root, (*self._named(named), *self._files()), secrets)

    def reading(self, work: Callable[[Reach], T], named: Iterable[Path] = ()) -> T:
        """Call a function that reads files. If it needs a file that is not allowed, prompt for it and call it again.

        Args:
            work: the function; its argument has the files that may be read.
            named: paths of the command line.

        Raises:
            NotAllowedError: a file or secret is not allowed.
        """
        named = tuple(named)
        while True:
            try:
                return work(self.reach(named))
            except NotAllowedError as fault:
                if not fault.claims:
                    raise
                self.need(parse_claim(*one) for one in fault.claims)

    @property
    def allowances(self) -> Allowances:
        """The stored permissions."""
        return Allowances(self.operator.folder, self.root)

    def _named(self, named: Iterable[Path]) -> Iterable[Path]:
        """Real paths of the command line. A path in the project gives no access to files outside through a link."""
        for path in named:
            if not Path(os.path.abspath(path)).is_relative_to(self.root):  # noqa: PTH100 - by its name, without `..`
                yield Path(os.path.realpath(path))

    def _files(self) -> Iterable[Path]:
        """Allowed files outside of the project; none if the project is not trusted."""
        if self.operator.untrusted:
            return ()
        prefix = f"{Kind.FILE}:"
        allowed = sorted(text for text in self._texts() if text.startswith(prefix))
        return (*self.operator.files, *(Path(text.removeprefix(prefix)) for text in allowed))

    def _texts(self) -> frozenset[str]:
        """The texts of the allowed claims: all those of hsync.toml, if HSYNC_ALLOW has their digest."""
        known = self.allowances.read() | self.granted | self.operator.words
        whole = self.whole() if self.operator.words else ()
        return known | {one.text for one in whole} if digest_of(whole) in self.operator.words else known

    def _refusal(self, missing: Sequence[Claim]) -> NotAllowedError:
        where = "\n  ".join(["the operator has not allowed these values of the project:", *map(str, missing)])
        claims = [one.as_tuple() for one in missing]
        if self.operator.untrusted and any(one.kind is Kind.FILE for one in missing):
            hint = f"{self.operator.untrusted}: only files of the project may be read; if you trust it: --trusted"
            return NotAllowedError(where, claims=claims, hint=hint)
        known = set(self.whole())
        words = ["hsync", "allow", *(one.text for one in missing if one not in known)]
        hint = f"check the values; to allow exactly these: {join(words)}"
        return NotAllowedError(where, claims=claims, hint=hint)
