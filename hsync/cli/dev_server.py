"""`hsync dev-server`: the embedded Data Plane API over a haproxy.cfg, on loopback by default."""

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
    help="Address to listen on. Anyone who can connect to it can write CONFIG.",
)
@option("--port", type=click.IntRange(0, 65535), default=5555, show_default=True, help="0 for a free port.")
@option("--haproxy-bin", metavar="FILE", help="HAProxy that checks each commit; `none` for no check.")
@option("--reload-command", default="", metavar="COMMAND", help="Command to run after a commit.")
@option("--master-socket", default="", metavar="PATH", help="Master socket of the HAProxy to reload after a commit.")
def command(
    config: Path, host: str, port: int, haproxy_bin: str | None, reload_command: str, master_socket: str
) -> None:
    """Serve a file as a Data Plane API.

    Reads and writes CONFIG, on loopback by default, without authentication, until interrupted. Prints the URL. Requests
    from pages in a browser are refused.
    """
    from hsync.dataplane.embedded import EmbeddedSettings, EmbeddedTransport, find_haproxy, serve
    from hsync.dataplane.embedded.browsers import LOOPBACK
    from hsync.errors import UsageError
    from hsync.output.console import out, say

    if reload_command and master_socket:
        raise UsageError("--reload-command and --master-socket exclude each other")
    checker = find_haproxy(haproxy_bin)
    settings = EmbeddedSettings(haproxy_bin=checker, reload_command=reload_command, master_socket=master_socket)
    transport = EmbeddedTransport(config, settings)
    if host not in LOOPBACK:
        say(
            f"Warning: {host} is not loopback, and there is no authentication: anyone can read and write "
            f"{config}{' and run the reload command' if reload_command else ''}."
        )
    with serve(transport, host, port, exposed=True) as url:
        say(f"Serving {config}, checked by {checker or 'nothing'}; stop with Ctrl-C.")
        out(f"{url}\n")
        with suppress(KeyboardInterrupt):  # Ctrl-C is the normal end, not an error
            _wait()
    say("Stopped.")


def _wait() -> None:
    """Wait for the interrupt. A function, so that a test can replace it."""
    threading.Event().wait()
