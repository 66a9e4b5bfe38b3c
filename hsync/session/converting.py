"""converting: a haproxy.cfg as the Data Plane API's JSON, and back. Needs no target."""

from __future__ import annotations

import json
from pathlib import Path
from shlex import quote

from hsync.errors import ConfigError, InputError
from hsync.model import Configuration
from hsync.output.conversion import configuration_object, configuration_text
from hsync.output.machine import document
from hsync.schema import Json
from hsync.sections import grammar
from hsync.store.files import read_text
from hsync.syntax import lost

__all__ = ["converted"]


def converted(file: Path, to: str | None = None) -> str:
    """A configuration in its other format.

    Args:
        file: a haproxy.cfg, or its JSON.
        to: `json` or `cfg`; None for the format that the file does not have.

    Raises:
        ConfigError: the conversion would lose something.
        InputError: the file cannot be read, or is not JSON.
    """
    text = read_text(file, kind="configuration")
    if (to or ("cfg" if text.lstrip().startswith(("{", "[")) else "json")) == "cfg":
        return configuration_text(_loaded(text, str(file)), str(file))
    configuration = Configuration.from_text(text, str(file))
    if faults := lost(configuration.document, grammar()):
        raise ConfigError(f"{file} cannot be converted to JSON without a loss:", faults)
    return document(configuration_object(configuration))


def _loaded(text: str, source: str) -> Json:
    try:
        value: Json = json.loads(text)
    except json.JSONDecodeError as fault:
        hint = f"correct the file; if it is a configuration: hsync convert {quote(source)} --to json"
        raise InputError(f"{source}:{fault.lineno}:{fault.colno}: not JSON: {fault.msg}", hint=hint) from fault
    except (ValueError, RecursionError) as fault:
        raise InputError(f"{source}: not JSON: {fault}", hint="correct the file") from fault
    return value
