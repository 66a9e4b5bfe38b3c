"""options: options of several verbs, and their variables.

Rule 1: every option `--some-thing` can be set as `HSYNC_SOME_THING`.
Rule 2: a password is neither an option nor part of a URL.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hsync.cli.verb import typed
from hsync.errors import UsageError
from hsync.registered import modules
from hsync.session.asked import Brakes, Confirmation, Judging, TargetOptions, Wanted

if TYPE_CHECKING:
    from hsync.store.reviewed import Reviewed

__all__ = [
    "FILE",
    "OUT_FILE",
    "Decorator",
    "OutFlags",
    "PlanFlags",
    "brake_options",
    "confirm_options",
    "desired_options",
    "form_option",
    "json_option",
    "judge_options",
    "lock_option",
    "operator_options",
    "option",
    "out_options",
    "plan_options",
    "probe_options",
    "target_options",
]

Command = Callable[..., int | None]
Decorator = Callable[[Command], Command]
"""A decorator of a verb's function."""


class _File(click.Path):
    """A path. A path with NUL, which the system does not accept, is refused here."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if "\0" in str(value):
            self.fail(f"{value!r} has a NUL character in it", param, ctx)
        if value == "-" and self is OUT_FILE:
            self.fail("the output is a file, not standard output (use ./- for a file named -)", param, ctx)
        return super().convert(value, param, ctx)


FILE, OUT_FILE = _File(path_type=Path), _File(path_type=Path)
"""A file to read, and a file to write. The latter cannot be `-`, since standard output has the report of the verb."""


class _Seconds(click.FloatRange):
    """A finite number of seconds, at least 0."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        seconds = super().convert(value, param, ctx)
        if not isfinite(seconds):
            self.fail(f"{value!r} is not a number of seconds", param, ctx)
        return seconds


class _Duration(click.types.StringParamType):
    """`90s`, `5m`, `1h`, or a number of seconds: more than 0, at most a week."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?)([smh]?)", str(value))
        seconds = float(match[1]) * {"h": 3600, "m": 60}.get(match[2], 1) if match else 0.0
        if not 0 < seconds <= 7 * 86400:
            self.fail(f"{value!r} is not a time such as 90s, 5m or 1h, of a week at most", param, ctx)
        return seconds


class _Probe(click.types.StringParamType):
    """A probe; a variable of the process has one on each line."""

    name = "probe"

    def split_envvar_value(self, rv: str) -> tuple[str, ...]:
        """The probes in a variable of the process."""
        return tuple(filter(None, map(str.strip, rv.split("\n"))))


class _Pair(click.types.StringParamType):
    """`NAME=VALUE`; a variable of the process can have several, separated by blanks: `HSYNC_VAR="a=1 b=two words"`."""

    name = "pair"

    def split_envvar_value(self, rv: str) -> tuple[str, ...]:
        """The pairs in a variable of the process."""
        return tuple(part.strip() for part in re.split(r"\s+(?=[A-Za-z_][\w.]*=)", rv.strip()) if part)


PAIR = _Pair()


def option(*names: str, **settings: Any) -> Decorator:
    """An option with its variable.

    Args:
        names: see `click.option`; the variable is named after the first long name.
        settings: see `click.option`.
    """
    long = next(name for name in names if name.startswith("--")).partition("/")[0]
    variable = "HSYNC_" + long.removeprefix("--").replace("-", "_").upper()
    return click.option(*names, envvar=variable, **settings)


@dataclass(frozen=True, slots=True)
class PlanFlags:
    """A plan file, and the options about its review."""

    plan: Path
    expect: str = ""
    allowed_signers: Path | None = None

    def read(self, required: str = "") -> Reviewed:
        """Read the plan file and check that it has the reviewed plan; `required` names who requires a signature."""
        from hsync.store.reviewed import Review, read_reviewed

        return read_reviewed(self.plan, Review(self.expect, self.allowed_signers, required))


@dataclass(frozen=True, slots=True)
class OutFlags:
    """The plan file that a verb writes, and the key of its signature."""

    out: Path | None = None
    sign: Path | None = None


_PLAN: tuple[Decorator, ...] = (
    click.argument("plan", type=FILE),
    option("--expect", metavar="DIGEST", help="Digest of the reviewed plan; any other plan is refused."),
    option("--allowed-signers", type=FILE, help="Allowed signers of the plan, a file of OpenSSH."),
)

_OUT: tuple[Decorator, ...] = (
    option("-o", "--out", type=OUT_FILE, metavar="PLAN", help="The plan file; default: TARGET.plan.json here."),
    option("--sign", type=FILE, metavar="KEY", help="Sign the plan file; for a public key, the SSH agent signs."),
)

_BRAKES: tuple[Decorator, ...] = (
    option("--max-delete", metavar="N|N%", help="Refuse to delete more resources, or a larger share of the sections."),
    option(
        "--fail-on",
        type=click.Choice(["high", "medium", "low"]),
        metavar="LEVEL",
        help="Refuse a plan with a risk of this severity (high, medium, low) that hsync.toml does not accept.",
    ),
)

_AFTERWARDS: tuple[Decorator, ...] = (
    option("--watch", type=_Duration(), metavar="TIME", help="Compare HAProxy's numbers for that time with before."),
    option("--rollback-on-regression", is_flag=True, help="Undo the apply if they are worse."),
    option("--confirm-within", type=_Duration(), metavar="TIME", help="Undo it unless confirmed: 90s, 5m, 1h."),
)

_PROBES: tuple[Decorator, ...] = (
    option(
        "--confirm-probe",
        multiple=True,
        type=_Probe(),
        metavar="PROBE",
        help="Confirms if it passes: http(s)://…, tcp://HOST:PORT, or a command; can be repeated.",
    ),
    option("--confirm-times", type=click.IntRange(1, 1000), metavar="N", help="In a row; default: 3."),
)

_JUDGE: tuple[Decorator, ...] = (
    option(
        "--no-judge",
        "skip",
        is_flag=True,
        help="Do not let HAProxy check the result; for users who may only read the target.",
    ),
    option("--fail-on-warnings", "strict", is_flag=True, help="Treat warnings of HAProxy as errors."),
)

_TARGET: tuple[Decorator, ...] = (
    option(
        "-t", "--target", metavar="TARGET", help="Name in hsync.toml, Data Plane API URL, or path of a haproxy.cfg."
    ),
    option("--user", help="User of the Data Plane API; the password is in HSYNC_PASSWORD or HSYNC_PASSWORD_FILE."),
    option("--ca-file", type=FILE, help="PEM file of the authorities to trust instead of the system's."),
    option("--client-cert", type=FILE, help="PEM file of a client certificate."),
    option("--client-key", type=FILE, help="PEM file of the key of the client certificate."),
    option(
        "--pin", metavar="sha256//BASE64", help="Required key of the server's certificate, like curl's --pinnedpubkey."
    ),
    option("--allow-plaintext", is_flag=True, help="Allow http:// to another host: sends the password in clear text."),
    option("--haproxy-bin", metavar="FILE", help="HAProxy that checks a haproxy.cfg; `none` for no check."),
    option(
        "--timeout",
        type=_Seconds(min=0),
        default=3600.0,
        metavar="SECONDS",
        help="Time limit for the work on the target, including waiting; default: 3600, 0 for none.",
    ),
)

_DESIRED: tuple[Decorator, ...] = (
    click.argument("template", required=False, type=FILE),
    option("--config", type=FILE, help="The desired configuration as text; in a folder, *.cfg.j2 are rendered."),
    option(
        "--var",
        multiple=True,
        type=PAIR,
        metavar="NAME=TEXT",
        help="A variable whose value is always text; can be repeated.",
    ),
    option(
        "--var-json",
        multiple=True,
        type=PAIR,
        metavar="NAME=JSON",
        help="A variable whose value is JSON; can be repeated.",
    ),
    option(
        "--vars", multiple=True, type=FILE, help="File of variables (yaml, toml, json), read after those of hsync.toml."
    ),
    option("-e", "--environment", "--env", default="", help="An environment of hsync.toml."),
)

lock_option = option(
    "--lock-timeout", type=_Seconds(min=0), default=0.0, metavar="SECONDS", help="How long to wait for another run."
)


def _keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    """Store a value in the context, not in the arguments of the verb: see `cli.targets.operator_here`."""
    context.meta[f"hsync.{parameter.name}"] = value


def operator_options(command: Command) -> Command:
    """Give a verb that reads a project the options of the operator."""
    file = option(
        "--operator-config",
        type=FILE,
        expose_value=False,
        callback=_keep,
        help="The operator's file; default: ~/.config/hsync/config.toml.",
    )
    trust = option(
        "--untrusted/--trusted",
        default=None,
        expose_value=False,
        callback=_keep,
        help="Whether the project is from an unknown author; default: untrusted in CI, unless the ref is protected.",
    )
    return file(trust(command))


def target_options(command: Command) -> Command:
    """Give a verb the options of a target, as one argument `target` of type TargetOptions."""
    return _bundled(command, "target", TargetOptions, _TARGET)


def plan_options(command: Command) -> Command:
    """Give a verb a plan file with the options of its review, as one argument `file` of type PlanFlags."""
    return _bundled(command, "file", PlanFlags, _PLAN)


def out_options(command: Command) -> Command:
    """Give a verb the options of the plan file that it writes, as one argument `writing` of type OutFlags."""
    return _bundled(command, "writing", OutFlags, _OUT)


def brake_options(command: Command) -> Command:
    """Give a verb the options about plans that are refused, as one argument `brakes` of type Brakes."""
    return _bundled(command, "brakes", Brakes, _BRAKES)


def probe_options(command: Command) -> Command:
    """Give a verb the probes that confirm an apply, as one argument `confirmation` of type Confirmation."""
    return _bundled(command, "confirmation", Confirmation, _PROBES)


def confirm_options(command: Command) -> Command:
    """Likewise, with what else is to happen after an apply."""
    return _bundled(command, "confirmation", Confirmation, (*_AFTERWARDS, *_PROBES))


def judge_options(command: Command) -> Command:
    """Give a verb the options of HAProxy's check, as one argument `judging` of type Judging."""
    return _bundled(command, "judging", Judging, _JUDGE)


def desired_options(command: Command) -> Command:
    """Give a verb the options of a desired configuration, as one argument `wanted` of type Wanted."""
    return _bundled(command, "wanted", Wanted, _DESIRED)


def json_option(command: Command) -> Command:
    """Give a verb `--format text|json` and its alias `--json`, as one argument `as_json`."""
    return _formed(command, ("text", "json"), lambda form: {"as_json": form == "json"})


def form_option(command: Command) -> Command:
    """Give a verb `--format` with all forms of a plan, and their aliases, as one argument `form`."""
    folder = Path(__file__).parents[1] / "output" / "forms"
    others = [name for name in modules(folder) if name not in {"form", "text"}]
    return _formed(command, ("text", *others), lambda form: {"form": form})


_ABOUT = {"json": "one JSON document", "markdown": "for a comment in a pull request"}


def _formed(command: Command, forms: tuple[str, ...], argument: Callable[[str], dict[str, object]]) -> Command:
    @wraps(command)
    def forming(**values: Any) -> int | None:
        flags = [f"--{one}" for one in _ABOUT if values.pop(f"as_{one}", False)]
        return command(**argument(_form(values.pop("format"), flags)), **values)

    made: Command = forming
    for one in reversed([form for form in forms if form in _ABOUT]):
        made = option(f"--{one}", f"as_{one}", is_flag=True, help=f"The same as --format {one}: {_ABOUT[one]}.")(made)
    told = f"{', '.join(forms[:-1])} or {forms[-1]}; default: {forms[0]}."
    return option("--format", type=click.Choice(forms), metavar="FORM", help=f"Form of the output: {told}")(made)


def _form(asked: str | None, flags: list[str]) -> str:
    """The form of the output.

    Args:
        asked: the value of `--format`.
        flags: the given aliases.

    Raises:
        UsageError: the options ask for two forms.
    """
    said = [*flags, *([f"--format {asked}"] if asked and f"--{asked}" not in flags else [])]
    if len(said) > 1:
        raise UsageError(f"{' and '.join(said)} exclude each other")
    return said[0].split()[-1].removeprefix("--") if said else "text"


def _bundled(command: Command, name: str, kind: Callable[..., object], options: tuple[Decorator, ...]) -> Command:
    """Give a verb several options as one value; its field `explicit`, if any, has the names of the typed options."""
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]

    @wraps(command)
    def bundling(**values: Any) -> int | None:
        said = {one: values.pop(one) for one in names & set(values)}
        explicit = {"explicit": frozenset(filter(typed, said))} if "explicit" in names else {}
        given = kind(**{one: value for one, value in said.items() if value is not None}, **explicit)
        return command(**{name: given}, **values)

    made: Command = bundling
    for one in reversed(options):
        made = one(made)
    return made
