"""trust: whether a value of a project may have an effect. Session code asks it before it uses the value."""

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
    """What the operator allows to one project.

    Args:
        operator: what he says.
        root: real path of the project.
        whole: all claims of its hsync.toml, whose digest HSYNC_ALLOW may have; asked for when that is needed.
        granted: texts of the claims that were allowed in this run.
    """

    operator: Operator
    root: Path
    whole: Callable[[], Sequence[Claim]] = tuple
    granted: set[str] = field(default_factory=set)

    def need(self, claims: Iterable[Claim]) -> None:
        """Go on only if all claims are allowed; on a terminal that is asked.

        Args:
            claims: what is about to have an effect.

        Raises:
            NotAllowedError: one is not allowed.
        """
        missing = tuple(dict.fromkeys(one for one in claims if not self.allows(one)))
        if not missing:
            return
        ask = None if self.operator.untrusted else self.operator.ask
        if ask is None or not ask(missing):
            raise self._refusal(missing)
        self.grant(missing)

    def allows(self, claim: Claim) -> bool:
        """Whether a claim is allowed, without asking."""
        if digest_of((claim,)) in self.operator.words:
            self.granted.add(claim.text)
        if claim.kind is Kind.FILE:
            return self.reach().covers(Path(claim.value))
        return claim.text in self._texts()

    def grant(self, claims: Sequence[Claim]) -> None:
        """Allow claims, and remember that if there is a place for it.

        Args:
            claims: what the operator allows.

        Raises:
            InputError: it cannot be remembered.
        """
        texts = [one.text for one in claims]
        self.granted.update(texts)
        if self.operator.folder is not None:
            self.allowances.add(texts)

    def reach(self, named: Iterable[Path] = ()) -> Reach:
        """The files that templates, variables and secrets may be read from, and the secrets.

        Args:
            named: what the operator has named for this run.
        """
        secrets = self.operator.untrusted_secrets if self.operator.untrusted else None
        return Reach(self.root, (*self._named(named), *self._files()), secrets)

    def reading(self, work: Callable[[Reach], T], named: Iterable[Path] = ()) -> T:
        """Do something that reads; files that it needs and that are not allowed are asked about, and it begins again.

        Args:
            work: gets what may be read.
            named: what the operator has named for this run.

        Raises:
            NotAllowedError: something is not allowed.
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
        """What is remembered."""
        return Allowances(self.operator.folder, self.root)

    def _named(self, named: Iterable[Path]) -> Iterable[Path]:
        """Where the paths of the command line lead: not out of the project, if they are in it by their names."""
        for path in named:
            if not Path(os.path.abspath(path)).is_relative_to(self.root):  # noqa: PTH100 - by its name, without `..`
                yield Path(os.path.realpath(path))

    def _files(self) -> Iterable[Path]:
        """Files outside of the project; none if it is not trusted."""
        if self.operator.untrusted:
            return ()
        prefix = f"{Kind.FILE}:"
        allowed = sorted(text for text in self._texts() if text.startswith(prefix))
        return (*self.operator.files, *(Path(text.removeprefix(prefix)) for text in allowed))

    def _texts(self) -> frozenset[str]:
        """The claims that are allowed; by a digest in HSYNC_ALLOW all those of hsync.toml are."""
        known = self.allowances.read() | self.granted | self.operator.words
        whole = self.whole() if self.operator.words else ()
        return known | {one.text for one in whole} if digest_of(whole) in self.operator.words else known

    def _refusal(self, missing: Sequence[Claim]) -> NotAllowedError:
        where = "\n  ".join(["only the operator allows what this project wants:", *map(str, missing)])
        claims = [one.as_tuple() for one in missing]
        if self.operator.untrusted and any(one.kind is Kind.FILE for one in missing):
            hint = f"{self.operator.untrusted}: only files of the project are read; --trusted where you trust it"
            return NotAllowedError(where, claims=claims, hint=hint)
        known = set(self.whole())
        words = ["hsync", "allow", *(one.text for one in missing if one not in known)]
        hint = f"look at it; if it is right, allow exactly this: {join(words)}"
        return NotAllowedError(where, claims=claims, hint=hint)
