"""The command line. One file per verb: options -> session -> output -> exit code. The only home of click.

Rule 1: data goes to standard output, words about what is being done to standard error.
Rule 2: a verb's module imports click and this package at its top, everything else inside its function: `hsync show` and
`hsync --version` start fast.
Rule 3: errors leave as an exit code and `Error: ...` on standard error, never as a traceback.
"""

from hsync.cli.group import main

__all__ = ["main"]
