"""Random lines before HAProxy itself: what hsync calls valid is accepted, but for reasons that are listed.

Every line stands in a section of its own; HAProxy names the lines that it refuses. `HSYNC_ROWS` as in `test_rows`.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from hsync.dataplane.embedded import find_haproxy
from hsync.schema import Shape
from hsync.sections import by_kind
from tests.property.strategies import Line
from tests.property.test_rows import chunks, each, kind_of

SETTINGS = settings(
    max_examples=int(os.environ.get("HSYNC_ROWS", "2")),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
CONTEXT = {
    "cache": ["total-max-size 4"],
    "fcgi-app": ["docroot /d"],
    "frontend": ["mode http"],
    "backend": ["mode http"],
    "defaults": ["mode http"],
    "ring": ["format raw"],
}

REASONS = {
    "younger than this HAProxy, or left out of its build": (
        r": \(null\)$|unknown (keyword|option|argument|statement|section)|negation/default is not supported|unknown stats parameter|"
        r"(expects|only supports) '.*(got|but got) '|unknown log facility 'profile'|unknown proxy mode|"
        r"unknown log format|expects 'algo', 'type' 'direction' or 'offload'|'hash-type' only supports|"
        r"directive is experimental|not supported|unknown provider|unsupported|does not support|requires a header string|"
        r"unknown (service|action|lua)|invalid method|supports only|'http-reuse' only|unknown (normalizer|load balancing)"
    ),
    "names a file, user, library or section that is not here": (
        r"error opening file|expects a directory|[Uu]nable to (load|stat|open|read|find)|[Cc]ouldn't open|[Cc]ould not open|[Cc]annot open|"
        r"does not have a leading '/'|[Cc]an't find|unable to find|not found|no such group|No such file|error in Lua file|cannot find|failed to (open|load|find)|namespace"
    ),
    "bounds that the API does not have": (
        r"expects a( strictly)? positive value|expects a value >=|status code '\d+' not handled|must be between|between \d+ and|in the range|greater than|invalid log length|can not be lower|invalid size|"
        r"too (large|small|big|high|low)|overflow|underflow|must not exceed|at least|must be (in|a|an|set|positive)|out of range"
    ),
    "wants another line beside it, or none": (
        r"missing size|FCGI app configured|unknown http-errors section|[Ss]ize not specified|MUST also be|already (specified|defined)|incompatible|must be defined|"
        r"One listener per|only one listener|requires|must not differ|a content type must be|expects at the name|"
        r"not allowed because|can only be used|mutually exclusive|may not be used|conflict"
    ),
    "a place where the API allows it and HAProxy does not": (
        r"has no (frontend|backend) capability|not accepted in default-server|invalid MUX protocol|response only supports redirect|is not supported for a global|cannot handle unexpected argument|no address was expected|invalid address|"
        r"missing port|not permitted|not allowed in"
    ),
    "an expression, pattern or name that was drawn at random": (
        r"regex '.*' is invalid|sample fetch|failed to parse|unknown fetch|invalid (variable|character|header|argument)"
    ),
}
"""Why HAProxy refuses a line that hsync calls valid: hsync does not know its build, its files, or its other checks."""

needs_haproxy = pytest.mark.skipif(find_haproxy() is None, reason="there is no haproxy binary")


def text_of(kind: str, lines: dict[int, str]) -> tuple[str, dict[int, int]]:
    """A configuration with every line in a section of its own, and which line of it belongs to which."""
    text: list[str] = []
    places: dict[int, int] = {}
    for number, line in lines.items():
        header = kind if by_kind()[kind].shape is Shape.SINGLETON else f"{kind} s{number}"
        text += [header, *CONTEXT.get(kind, []), line]
        places |= dict.fromkeys(range(len(text) - len(CONTEXT.get(kind, [])) - 1, len(text) + 1), number)
    return "\n".join(text) + "\n", places


def refusals(folder: Path, kind: str, lines: dict[int, str]) -> Iterator[tuple[int, str]]:
    """Which lines HAProxy refuses, and why. What it says without a place belongs to the section that it names."""
    file = folder / "haproxy.cfg"
    text, places = text_of(kind, lines)
    file.write_text(text, encoding="utf-8")
    command = [str(find_haproxy()), "-c", "-f", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, errors="replace")
    told = done.stderr.replace("[ALERT]", "\n[ALERT]")  # some of its messages lack a line end
    messages = [one for one in re.findall(r"\[ALERT\][^:]*: (.*)", told) if not SUMMARY.search(one)]
    for message in messages:
        place = re.search(r"haproxy\.cfg:(\d+)", message)
        name = re.search(r"\bs(\d+)\b", message.replace(str(folder), ""))
        if place and int(place[1]) in places:
            yield places[int(place[1])], message
        elif name and int(name[1]) in lines:
            yield int(name[1]), message
    if done.returncode not in {0, 2} and not messages:  # 2: no error, but nothing listens
        half = dict(list(lines.items())[: len(lines) // 2])
        rest = {at: line for at, line in lines.items() if at not in half}
        if not half:
            yield next(iter(lines)), f"exit status {done.returncode} without a word"
        for some in (half, rest) if half else ():
            yield from refusals(folder, kind, some)


SUMMARY = re.compile(r"Error\(s\) found|Fatal errors found")


def all_refusals(folder: Path, kind: str, lines: dict[int, str]) -> dict[int, str]:
    """Every line that is refused: HAProxy checks the whole only when it can read every line."""
    found: dict[int, str] = {}
    left = lines
    while left and (new := dict(refusals(folder, kind, left))):
        found |= new
        left = {at: line for at, line in left.items() if at not in found}
    return found


def reason_of(message: str) -> str:
    return next((reason for reason, regex in REASONS.items() if re.search(regex, message)), "")


@needs_haproxy
def test_haproxy_accepts_what_hsync_calls_valid(tmp_path: Path) -> None:
    count: Counter[str] = Counter()
    unexplained: dict[str, str] = {}

    def judge(kind: str, texts: tuple[str, ...]) -> None:
        lines = dict(enumerate(texts))
        count["lines"] += len(lines)
        for number, message in all_refusals(tmp_path, kind, lines).items():
            reason = reason_of(message)
            count[reason or "refused without a listed reason"] += 1
            if not reason:
                unexplained[lines[number]] = message

    for lines in chunks("3.4", odd=False):
        judge_all(lines, judge)
    print(*(f"{many:6} {what}" for what, many in count.most_common()), sep="\n")
    valid = count["lines"] - sum(count[reason] for reason in REASONS)
    share = 1 - count["refused without a listed reason"] / valid
    print(f"{share:.2%} of {valid} lines accepted", *unexplained.items(), sep="\n")
    assert share >= 0.995
    assert valid > count["lines"] / 2


def judge_all(lines: tuple[Line, ...], judge: object) -> None:
    @SETTINGS
    @given(each(lines))
    def hold(texts: tuple[str, ...]) -> None:
        assert callable(judge)
        judge(kind_of(lines), texts)

    hold()
