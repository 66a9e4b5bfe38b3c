"""guard: filters that make another text of a secret.

Rule 1: a secret that is encoded leaves as a text that is found again (see `hsync.plan.secrets`), or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps

from jinja2.exceptions import TemplateRuntimeError

from hsync.render.secrets import Secrets

__all__ = ["guarded"]

_ENCODERS = frozenset(
    {
        *("b64decode", "b64encode", "checksum", "from_json", "from_yaml", "hash", "md5", "regex_escape", "sha1"),
        *("shell_quote", "to_json", "to_nice_json", "urlsplit"),
    }
)
"""Filters that make another text of a secret."""


def guarded(name: str, filter_: Callable[..., object], secrets: Secrets) -> Callable[..., object]:
    """A filter that encodes no secret into a text in which nobody finds it.

    Args:
        name: of the filter.
        filter_: the filter.
        secrets: what templates were given so far.
    """
    if name not in _ENCODERS:
        return filter_

    @wraps(filter_)
    def guarding(value: object, *args: object, **named: object) -> object:
        made = filter_(value, *args, **named)
        from hsync.plan.secrets import spellings

        taken = [secret for secret in secrets.values if any(secret in text for text in _texts(value))]
        for secret in taken:
            if not any(one in text for one in spellings([secret]) for text in _texts(made)):
                raise TemplateRuntimeError(
                    f"{name} would make a text of a secret in which it is not found, so that outputs and plan files "
                    f"would show it: keep that text as a secret of its own, and take it from secret()"
                )
        return made

    return guarding


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple | set):
        for item in value:
            yield from _texts(item)
