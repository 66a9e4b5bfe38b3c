"""The command line. One file per verb: options -> session -> output -> exit code. Only this package uses click.

Rule 1: data goes to standard output, messages go to standard error.
Rule 2: a verb's module imports click and this package at its top, everything else in its function, so that `hsync show`
and `hsync --version` start fast.
Rule 3: an error is an exit code and `Error: ...` on standard error, never a traceback.
"""

from hsync.cli.group import main

__all__ = ["main"]
