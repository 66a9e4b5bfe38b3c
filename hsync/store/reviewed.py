"""reviewed: check that a plan file is the one that was reviewed.

Rule 1: the file is read once, so that the checked bytes are those that are shown, proved or sent.
Rule 2: the signature is checked first; the content of the file is parsed only after that.
Rule 3: a requested check that cannot be done has failed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from shlex import join

from hsync.errors import UnsafePlanError, UsageError
from hsync.plan.plan import Plan
from hsync.store.files import typed_path
from hsync.store.planfile import Meta, load, read_plan_text
from hsync.store.signatures import signer_of

__all__ = ["Review", "Reviewed", "read_reviewed"]

_WHOLE = re.compile("sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Review:
    """The requirements for a plan file.

    Args:
        expect: the digest of the reviewed plan; "" for any plan.
        signers: the file of allowed signers; None for no check of the signature.
        required: the setting that requires a signature, for the message; "" if none does.
    """

    expect: str = ""
    signers: Path | None = None
    required: str = ""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A plan that passed the review.

    Args:
        plan: the plan, with references instead of secrets.
        digest: of the plan, `sha256:...`.
        signer: name and key of the signer; "" if the signature was not checked.
        words: the checks that it passed, one sentence each.
        meta: where it comes from, for the history.
    """

    plan: Plan
    digest: str
    signer: str = ""
    words: tuple[str, ...] = ()
    meta: Meta = field(default_factory=Meta)


def read_reviewed(path: Path, review: Review) -> Reviewed:
    """Read a plan file and check that it is the one that was reviewed.

    Args:
        path: the file.
        review: the requirements.

    Raises:
        InputError: the file cannot be read.
        PlanFileError: the file is not a plan file, or was edited.
        UnsafePlanError: the plan was withdrawn, is another one, or has no valid signature.
        UsageError: `expect` is not a whole digest: another plan can have the same beginning.
    """
    show = ["hsync", "show", typed_path(path)]
    if review.expect and not _WHOLE.fullmatch(review.expect):
        raise UsageError(
            f"--expect: {review.expect!r} is not a whole digest: sha256: and 64 hexadecimal digits",
            hint=f"to see the digest of the plan: {join(show)}",
        )
    text = read_plan_text(path)
    signer = _signer(path, text, review)
    plan, meta, digest = load(text, str(path))
    if review.expect not in {"", digest}:
        both = f"  it is     {digest}\n  expected  {review.expect}"
        raise UnsafePlanError(
            f"{path} is not the expected plan:\n{both}",
            hint=f"use the reviewed plan, or review this one: {join([*show, '--expect', digest])}",
        )
    words = (
        (("the plan has the expected digest",) if review.expect else ()),
        ((f"signed by {signer}",) if signer else ()),
    )
    return Reviewed(plan, digest, signer, tuple(chain(*words)), meta)


def _signer(path: Path, text: str, review: Review) -> str:
    if review.signers:
        return signer_of(path, text.encode("utf-8", "surrogateescape"), review.signers)
    if review.required:
        apply = join(["hsync", "apply", typed_path(path)])
        raise UnsafePlanError(
            f"{path} needs a signature ({review.required}), but there is no file of allowed signers",
            hint=f"give the file: {apply} --allowed-signers FILE",
        )
    return ""
