"""rendered: what a rendering gives."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hsync.render.taken import TOKEN, Taken, token

__all__ = ["Rendered", "renumbered"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The desired text and where it comes from.

    Args:
        text: the text.
        lines: the source of each line, `templates/haproxy.cfg.j2:41`.
        digests: hex digests of what it was made from, by name and sorted: templates, `variables`.
        taken: the secrets whose tokens stand in the text.
    """

    text: str
    lines: tuple[str, ...]
    digests: tuple[tuple[str, str], ...]
    taken: tuple[Taken, ...] = ()


def renumbered(rendered: Rendered, offset: int) -> Rendered:
    """The same, with other numbers in its tokens, so that it can stand beside others.

    Args:
        rendered: a text with tokens.
        offset: what is added to the numbers.
    """
    if not offset or not rendered.taken:
        return rendered

    def moved(text: str) -> str:
        return TOKEN.sub(lambda found: token(int(found[1]) + offset), text)

    taken = tuple(one if one.text is None else replace(one, text=moved(one.text)) for one in rendered.taken)
    return replace(rendered, text=moved(rendered.text), taken=taken)
