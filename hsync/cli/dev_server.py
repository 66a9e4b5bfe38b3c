"""`hsync dev-server`: the embedded Data Plane API over a haproxy.cfg, on loopback."""

from __future__ import annotations

import threading
from pathlib import Path

import click

from hsync.cli.options import FILE, option


@click.command("dev-server")
@click.argument("config", type=FILE)
@option("--port", type=click.IntRange(0, 65535), default=5555, show_default=True, help="0 for a free one.")
@option("--haproxy-bin", metavar="FILE", help="HAProxy that checks what is committed; `none` for no check.")
@option("--reload-command", default="", metavar="COMMAND", help="Run after a commit.")
@option("--master-socket", default="", metavar="PATH", help="Of a running HAProxy, which is told to reload.")
def command(config: Path, port: int, haproxy_bin: str | None, reload_command: str, master_socket: str) -> None:
    """Serve a file as a Data Plane API.

    Over CONFIG, on 127.0.0.1, without authentication, until interrupted. The URL is printed.
    """
    from hsync.cli.console import out, say
    from hsync.dataplane.embedded import EmbeddedTransport, find_haproxy, serve
    from hsync.errors import UsageError

    if reload_command and master_socket:
        raise UsageError("--reload-command and --master-socket exclude each other")
    checker = find_haproxy(haproxy_bin)
    transport = EmbeddedTransport(
        config, haproxy_bin=checker, reload_command=reload_command, master_socket=master_socket
    )
    with serve(transport, port=port) as url:
        say(f"Serving {config}, checked by {checker or 'nothing'}; Ctrl-C ends it.")
        out(f"{url}\n")
        _wait()


def _wait() -> None:
    """Wait for the interrupt; a word of its own so that a test can end it."""
    threading.Event().wait()
