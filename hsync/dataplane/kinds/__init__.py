"""kinds: the kinds of targets. A module with a `KIND` is found; there is no list to edit."""

from abc import ABCMeta

from hsync.dataplane.kinds.kind import Names, TargetSettings
from hsync.registered import registered

__all__ = ["KINDS", "Names", "TargetSettings", "words_of"]

KINDS: tuple[type[TargetSettings], ...] = tuple(
    kind for kind in registered(__name__, "KIND", ABCMeta) if issubclass(kind, TargetSettings)
)
"""In the order in which they are asked what `-t SPEC` means."""


def words_of(setting: str) -> str:
    """The kinds that have a setting, in words.

    Args:
        setting: its name.
    """
    return " or ".join(kind.words for kind in KINDS if setting in kind.settings())
