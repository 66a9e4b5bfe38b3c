"""options: what several verbs take, and the one rule of variables.

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
from hsync.session.asked import Judging, TargetOptions, Wanted

if TYPE_CHECKING:
    from hsync.store.reviewed import Reviewed

__all__ = [
    "FILE",
    "OUT_FILE",
    "Decorator",
    "PlanFlags",
    "desired_options",
    "form_option",
    "json_option",
    "judge_options",
    "lock_option",
    "operator_options",
    "option",
    "plan_options",
    "target_options",
]

Command = Callable[..., int | None]
Decorator = Callable[[Command], Command]
"""A verb's function."""


class _File(click.Path):
    """A path. One with a NUL in it is none to the system: it is refused before anybody asks."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if "\0" in str(value):
            self.fail(f"{value!r} has a NUL character in it", param, ctx)
        if value == "-" and self is OUT_FILE:
            self.fail("this is written to a file, not to standard output (./- for a file called -)", param, ctx)
        return super().convert(value, param, ctx)


FILE, OUT_FILE = _File(path_type=Path), _File(path_type=Path)
"""A file that is read, and one that is written: standard output has what people or programs read."""


class _Seconds(click.FloatRange):
    """Seconds, from 0 on."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        seconds = super().convert(value, param, ctx)
        if not isfinite(seconds):
            self.fail(f"{value!r} is no number of seconds", param, ctx)
        return seconds


class _Pair(click.types.StringParamType):
    """`NAME=VALUE`; in a variable of the process several, each after a blank: `HSYNC_VAR="a=1 b=two words"`."""

    name = "pair"

    def split_envvar_value(self, rv: str) -> tuple[str, ...]:
        """The pairs of a variable of the process."""
        return tuple(part.strip() for part in re.split(r"\s+(?=[A-Za-z_][\w.]*=)", rv.strip()) if part)


PAIR = _Pair()


def option(*names: str, **settings: Any) -> Decorator:
    """An option with its variable.

    Args:
        names: as click takes them; the first long one names the variable.
        settings: as click takes them.
    """
    long = next(name for name in names if name.startswith("--")).partition("/")[0]
    variable = "HSYNC_" + long.removeprefix("--").replace("-", "_").upper()
    return click.option(*names, envvar=variable, **settings)


@dataclass(frozen=True, slots=True)
class PlanFlags:
    """A plan file, and what is said on the command line about the plan that was reviewed."""

    plan: Path
    expect: str = ""
    allowed_signers: Path | None = None

    def read(self, required: str = "") -> Reviewed:
        """The plan in the file, if it is the one that was reviewed; `required` says who requires a signature."""
        from hsync.store.reviewed import Review, read_reviewed

        return read_reviewed(self.plan, Review(self.expect, self.allowed_signers, required))


_PLAN: tuple[Decorator, ...] = (
    click.argument("plan", type=FILE),
    option("--expect", metavar="DIGEST", help="Digest of the plan that was reviewed; another plan is refused."),
    option("--allowed-signers", type=FILE, help="Keys and names of those who may sign it, as OpenSSH reads them."),
)

_JUDGE: tuple[Decorator, ...] = (
    option(
        "--no-judge",
        "ask",
        is_flag=True,
        flag_value=False,
        default=True,
        help="Do not ask HAProxy about the result, for who may only read the target.",
    ),
    option("--fail-on-warnings", "strict", is_flag=True, help="What HAProxy warns of is an error."),
)

_TARGET: tuple[Decorator, ...] = (
    option(
        "-t", "--target", metavar="TARGET", help="Name in hsync.toml, Data Plane API URL, or path of a haproxy.cfg."
    ),
    option("--user", help="User of the Data Plane API; the password is in HSYNC_PASSWORD or HSYNC_PASSWORD_FILE."),
    option("--ca-file", type=FILE, help="PEM file of the authorities to trust instead of the system's."),
    option("--client-cert", type=FILE, help="PEM file of a client certificate."),
    option("--client-key", type=FILE, help="PEM file of its key."),
    option(
        "--pin", metavar="sha256//BASE64", help="Key that the server's certificate must have, as curl's --pinnedpubkey."
    ),
    option("--allow-plaintext", is_flag=True, help="Speak http:// to another host: others can read the password."),
    option("--haproxy-bin", metavar="FILE", help="HAProxy that checks a haproxy.cfg; `none` for no check."),
    option(
        "--timeout",
        type=_Seconds(min=0),
        default=3600.0,
        metavar="SECONDS",
        help="When the work on the target must have ended, waiting included; default: 3600, 0 for never.",
    ),
)

_DESIRED: tuple[Decorator, ...] = (
    click.argument("template", required=False, type=FILE),
    option("--config", type=FILE, help="The desired configuration as it stands; of a folder, *.cfg.j2 are rendered."),
    option(
        "--var",
        multiple=True,
        type=PAIR,
        metavar="NAME=TEXT",
        help="A variable, whose value is text whatever it looks like; may be given several times.",
    ),
    option(
        "--var-json",
        multiple=True,
        type=PAIR,
        metavar="NAME=JSON",
        help="A variable with a number, true, false, a list or an object.",
    ),
    option(
        "--vars", multiple=True, type=FILE, help="A file of variables (yaml, toml, json), after those of hsync.toml."
    ),
    option("-e", "--environment", "--env", default="", help="Environment of hsync.toml."),
)

lock_option = option(
    "--lock-timeout", type=_Seconds(min=0), default=0.0, metavar="SECONDS", help="How long to wait for another run."
)


def _keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    """Keep a value beside the arguments of the verb: see `cli.targets.operator_here`."""
    context.meta[f"hsync.{parameter.name}"] = value


def operator_options(command: Command) -> Command:
    """Give a verb that reads a project what the operator says about himself and about it."""
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
        help="Whether others wrote the project; default: in CI, unless the ref is protected.",
    )
    return file(trust(command))


def target_options(command: Command) -> Command:
    """Give a verb the options of a target, as one argument `target` of type TargetOptions."""
    return _bundled(command, "target", TargetOptions, _TARGET)


def plan_options(command: Command) -> Command:
    """Give a verb a plan file with the options of its review, as one argument `file` of type PlanFlags."""
    return _bundled(command, "file", PlanFlags, _PLAN)


def judge_options(command: Command) -> Command:
    """Give a verb the options of HAProxy's judgement, as one argument `judging` of type Judging."""
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
    """One run has one form of output.

    Args:
        asked: by `--format`.
        flags: the aliases that were given.
    """
    said = [*flags, *([f"--format {asked}"] if asked and f"--{asked}" not in flags else [])]
    if len(said) > 1:
        raise UsageError(f"{' and '.join(said)} exclude each other")
    return said[0].split()[-1].removeprefix("--") if said else "text"


def _bundled(command: Command, name: str, kind: Callable[..., object], options: tuple[Decorator, ...]) -> Command:
    """Give a verb several options as one value; it may have a field `explicit` for the names of what was typed."""
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
