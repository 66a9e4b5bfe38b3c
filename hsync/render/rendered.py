"""rendered: what a rendering gives."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Rendered"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The desired text and where it comes from.

    Args:
        text: the text.
        lines: the source of each line, `templates/haproxy.cfg.j2:41`.
        digests: hex digests of what it was made from, by name and sorted: templates, `variables`, `secret env:NAME`.
        secrets: values that outputs must mask; never to be shown.
    """

    text: str
    lines: tuple[str, ...]
    digests: tuple[tuple[str, str], ...]
    secrets: tuple[str, ...] = field(default=(), repr=False)
