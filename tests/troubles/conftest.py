"""The fixtures of the commands, for the table of troubles."""

from tests.unit.cli.conftest import _renders_here, environment, run

__all__ = ["_renders_here", "environment", "run"]
