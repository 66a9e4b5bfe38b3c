"""reviewed: a plan file is the one that was reviewed.

Rule 1: the file is read once: what was checked is what is shown, proved or sent.
Rule 2: the signature comes first: nothing that a file says is looked at before it is known who signed it.
Rule 3: a check that was asked for and cannot be made has failed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from shlex import join

from hsync.errors import UnsafePlanError, UsageError
from hsync.plan.plan import Plan
from hsync.store.files import typed_path
from hsync.store.planfile import load, read_plan_text
from hsync.store.signatures import signer_of

__all__ = ["Review", "Reviewed", "read_reviewed"]

_WHOLE = re.compile("sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Review:
    """What is known about the plan that was reviewed.

    Args:
        expect: its digest; "" if any plan will do.
        signers: the file of those who may have signed it; None if that does not matter.
        required: who says that it matters, for the message; "" for nobody.
    """

    expect: str = ""
    signers: Path | None = None
    required: str = ""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A plan that passed the review.

    Args:
        plan: with references in the place of its secrets.
        digest: of it, `sha256:...`.
        signer: who signed it; "" if nobody wanted to know.
        words: what was checked, one sentence each.
    """

    plan: Plan
    digest: str
    signer: str = ""
    words: tuple[str, ...] = ()


def read_reviewed(path: Path, review: Review) -> Reviewed:
    """Read a plan file, if it is the one that was reviewed.

    Args:
        path: the file.
        review: what it has to be.

    Raises:
        InputError: the file cannot be read.
        PlanFileError: it is not what hsync wrote.
        UnsafePlanError: it was withdrawn, is another plan, or is not signed as it must be.
        UsageError: what is expected is no digest, or a part of one, which another plan can have as well.
    """
    show = ["hsync", "show", typed_path(path)]
    if review.expect and not _WHOLE.fullmatch(review.expect):
        raise UsageError(
            f"--expect: {review.expect!r} is not a whole digest: sha256: and 64 hexadecimal digits",
            hint=f"that of a plan is in what the reviewers read, and here: {join(show)}",
        )
    text = read_plan_text(path)
    signer = _signer(path, text, review)
    plan, _, digest = load(text, str(path))
    if review.expect not in {"", digest}:
        both = f"  it is     {digest}\n  expected  {review.expect}"
        raise UnsafePlanError(
            f"{path} is another plan than the one that was expected:\n{both}",
            hint=f"get the plan that was reviewed, or review this one: {join([*show, '--expect', digest])}",
        )
    words = (
        (("it is the plan that was expected",) if review.expect else ()),
        ((f"signed by {signer}",) if signer else ()),
    )
    return Reviewed(plan, digest, signer, tuple(chain(*words)))


def _signer(path: Path, text: str, review: Review) -> str:
    if review.signers:
        return signer_of(path, text.encode("utf-8", "surrogateescape"), review.signers)
    if review.required:
        apply = join(["hsync", "apply", typed_path(path)])
        raise UnsafePlanError(
            f"{path} is not applied without a signature ({review.required}), and nothing says whose",
            hint=f"give the file of the keys and names that you trust: {apply} --allowed-signers FILE",
        )
    return ""
