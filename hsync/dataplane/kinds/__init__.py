"""kinds: the kinds of targets. To add a kind, add a module with a `KIND`; there is no list to edit."""

from abc import ABCMeta

from hsync.dataplane.kinds.kind import Names, TargetSettings
from hsync.registered import registered

__all__ = ["KINDS", "Names", "TargetSettings", "words_of"]

KINDS: tuple[type[TargetSettings], ...] = tuple(
    kind for kind in registered(__name__, "KIND", ABCMeta) if issubclass(kind, TargetSettings)
)
"""All kinds; the first one that accepts `-t SPEC` gets it."""


def words_of(setting: str) -> str:
    """The kinds that have a setting, for messages.

    Args:
        setting: its name.
    """
    return " or ".join(kind.words for kind in KINDS if setting in kind.settings())
