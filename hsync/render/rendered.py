"""rendered: the result of a rendering."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hsync.render.taken import TOKEN, Taken, token

__all__ = ["Rendered", "renumbered"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The desired text and its sources.

    Args:
        text: the text.
        lines: the source of each line, `templates/haproxy.cfg.j2:41`.
        digests: hex digests of the inputs, sorted by name: templates, `variables`.
        taken: the secrets whose tokens are in the text.
    """

    text: str
    lines: tuple[str, ...]
    digests: tuple[tuple[str, str], ...]
    taken: tuple[Taken, ...] = ()


def renumbered(rendered: Rendered, offset: int) -> Rendered:
    """The same with other numbers in its tokens, so that it can be joined with other texts.

    Args:
        rendered: a text with tokens.
        offset: the number to add.
    """
    if not offset or not rendered.taken:
        return rendered

    def moved(text: str) -> str:
        return TOKEN.sub(lambda found: token(int(found[1]) + offset), text)

    taken = tuple(one if one.text is None else replace(one, text=moved(one.text)) for one in rendered.taken)
    return replace(rendered, text=moved(rendered.text), taken=taken)
