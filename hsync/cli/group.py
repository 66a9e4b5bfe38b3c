"""group: the command `hsync`: finds verbs, and converts errors into exit codes.

Theory: a verb is the object `command` of its module, which is imported when the verb is called. A verb returns its exit
code. This module closes the output streams of a run, and handles a pipe whose reader has closed it.

Exit codes: 0 ok or nothing to do · 1 error · 2 changes · 3 plan stale · 4 refused by a safety rule · 5 locked ·
6 committed but reload failed · 7 some targets failed · 8 committed, not confirmed · 64 usage · 74 output not written ·
130 interrupted (129 by SIGHUP, 143 by SIGTERM).
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click

from hsync.errors import HsyncError, OutputError
from hsync.output.console import say, say_page, tell
from hsync.process.signals import caught, code_of
from hsync.process.streams import complete_streams, end_streams
from hsync.secrecy import scope
from hsync.version import __version__

__all__ = ["VERBS", "cli", "command_of", "main"]

CHANGES = 2
USAGE = 64
INTERRUPTED = 130

VERBS = {
    "init": "init",
    "render": "render",
    "validate": "validate",
    "plan": "plan",
    "show": "show",
    "verify": "verify",
    "apply": "apply",
    "drift": "drift",
    "doctor": "doctor",
    "rebase": "rebase",
    "confirm": "confirm",
    "recover": "recover",
    "rollback": "rollback",
    "import": "import_",
    "state": "state",
    "allow": "allow",
    "convert": "convert",
    "explain": "explain",
    "schema": "schema",
    "dev-server": "dev_server",
}
"""Verbs and their modules, in the order in which a new user needs them."""


def command_of(verb: str) -> click.Command:
    """Import the command of a verb."""
    command: click.Command = importlib.import_module(f"hsync.cli.{VERBS[verb]}").command
    return command


class Verbs(click.Group):
    """The group of all verbs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the verbs."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of a verb."""
        if cmd_name not in VERBS:
            from difflib import get_close_matches

            near = get_close_matches(cmd_name, VERBS, n=1)
            raise click.UsageError(f"no command {cmd_name!r}" + (f"; did you mean {near[0]!r}?" if near else ""), ctx)
        return command_of(cmd_name)

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run a verb, and exit with its exit code."""
        extra["standalone_mode"] = False
        run = super().main
        with scope(), caught(say):
            code = exit_code(lambda: run(args, prog_name or "hsync", **extra))
        sys.exit(code)


def exit_code(run: Callable[[], object]) -> int:
    """Run a function, report its error, and return the exit code.

    Args:
        run: returns an exit code or None.
    """
    code = _ended(run)
    if end_streams():
        return code
    return code if code not in {0, CHANGES} else OutputError.exit_code


def _ended(run: Callable[[], object]) -> int:
    try:
        code = run()
    except HsyncError as error:
        return _tell(error.message, error.hint, error.exit_code)
    except click.UsageError as error:
        return _tell_usage(error)
    except click.ClickException as error:
        return _tell(error.format_message(), "", 1)
    except (click.Abort, KeyboardInterrupt) as stop:
        return _tell("interrupted", "", code_of(stop))
    except BrokenPipeError:
        return OutputError.exit_code
    except OSError as error:
        return _tell(": ".join(filter(None, [str(error.filename or ""), error.strerror or str(error)])), "", 1)
    except Exception as error:  # noqa: BLE001 - a bug is reported as such, without a traceback
        return _tell_bug(error)
    return code if isinstance(code, int) else 0


def _tell(message: str, hint: str, code: int) -> int:
    tell(message, hint)
    return code


def _tell_usage(error: click.UsageError) -> int:
    if error.ctx is not None:
        usage = error.ctx.get_usage()
        if error.message.startswith(usage):  # no verb was given: the message is the help
            say_page(error.message)
            return USAGE
        say_page(usage)
    help_of = f"{error.ctx.command_path} --help" if error.ctx is not None else "hsync --help"
    return _tell(error.format_message(), help_of, USAGE)


def _tell_bug(error: Exception) -> int:
    if os.environ.get("HSYNC_DEBUG"):
        import traceback

        say_page("".join(traceback.format_exception(error)))
    text = f"hsync has a bug: {type(error).__name__}: {error}"
    return _tell(text, "please report it, with the traceback that HSYNC_DEBUG=1 prints", 1)


@click.group("hsync", cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="hsync %(version)s", help="Show the version.")
def cli() -> None:
    """Plan, review and apply HAProxy configuration through the Data Plane API.

    First steps: hsync init farm, cd farm, hsync plan, hsync apply local.plan.json.

    Every option can also be set as a variable: --detailed-exitcode as HSYNC_DETAILED_EXITCODE.
    """


def main() -> None:
    """The entry point of the command `hsync`."""
    complete_streams()
    cli.main()
