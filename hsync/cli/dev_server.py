"""`hsync dev-server`: the embedded Data Plane API over a haproxy.cfg, on loopback unless told otherwise."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import click

from hsync.cli.options import FILE, option
from hsync.cli.verb import verb


@verb("dev-server")
@click.argument("config", type=FILE)
@option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen. Whoever reaches it may write CONFIG.",
)
@option("--port", type=click.IntRange(0, 65535), default=5555, show_default=True, help="0 for a free one.")
@option("--haproxy-bin", metavar="FILE", help="HAProxy that checks what is committed; `none` for no check.")
@option("--reload-command", default="", metavar="COMMAND", help="Run after a commit.")
@option("--master-socket", default="", metavar="PATH", help="Of a running HAProxy, which is told to reload.")
def command(
    config: Path, host: str, port: int, haproxy_bin: str | None, reload_command: str, master_socket: str
) -> None:
    """Serve a file as a Data Plane API.

    Over CONFIG, on loopback unless told otherwise, without authentication, until interrupted. The URL is printed.
    Requests of pages in a browser are refused.
    """
    from hsync.cli.console import out, say
    from hsync.dataplane.embedded import EmbeddedSettings, EmbeddedTransport, find_haproxy, serve
    from hsync.dataplane.embedded.browsers import LOOPBACK
    from hsync.errors import UsageError

    if reload_command and master_socket:
        raise UsageError("--reload-command and --master-socket exclude each other")
    checker = find_haproxy(haproxy_bin)
    settings = EmbeddedSettings(haproxy_bin=checker, reload_command=reload_command, master_socket=master_socket)
    transport = EmbeddedTransport(config, settings)
    if host not in LOOPBACK:
        say(
            f"Warning: {host} is not loopback, and there is no authentication: whoever reaches it can read and write "
            f"{config}{' and have the reload command run' if reload_command else ''}."
        )
    with serve(transport, host, port, exposed=True) as url:
        say(f"Serving {config}, checked by {checker or 'nothing'}; Ctrl-C ends it.")
        out(f"{url}\n")
        with suppress(KeyboardInterrupt):  # Ctrl-C is how it ends: no error
            _wait()
    say("Stopped.")


def _wait() -> None:
    """Wait for the interrupt; a word of its own so that a test can end it."""
    threading.Event().wait()
