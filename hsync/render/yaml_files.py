"""yaml_files: reads variables from YAML, with the place of every fault.

Rule 1: all faults of a file's values are found at once; only a fault of syntax ends the reading.
Rule 2: depth, and number of values including aliases, are limited: a few lines of YAML can expand to billions of
values, or be recursive.

Theory of operation: this module converts the events of ruamel's parser to values: ruamel's constructors do not keep
places, and its composer is recursive.

Tags: those of YAML's own scalars, and `!unsafe`, whose text is not a template, as in Ansible.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from types import TracebackType

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from hsync.errors import Fault
from hsync.render.texts import Unsafe
from hsync.render.yaml_lines import Lines, NotPlainError, read_lines
from hsync.render.yaml_scalars import UnreadError, ambiguity, in_1_1, in_1_2

__all__ = ["MAX_DEPTH", "MAX_VALUES", "Path", "Read", "line_in", "looks_like_template", "read_yaml"]

MAX_DEPTH = 100
"""Maximum number of levels of lists and objects in a file."""

MAX_VALUES = 2_000_000
"""Maximum number of values in a file, including those of each use of an alias."""

Path = tuple[str | int, ...]
"""Path of a value: `("servers", 0, "port")`."""

_BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_STANDARD = "tag:yaml.org,2002:"
_KINDS: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "null": type(None),
}
_MERGE = "<<"


@dataclass(slots=True)
class Read:
    """The content of a file.

    Args:
        value: the whole value; only valid without faults.
        places: `file:line:column` of each text that looks like a template, and of the first level's names.
        faults: the faults.
    """

    value: object = None
    places: dict[Path, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def looks_like_template(text: str) -> bool:
    """Whether a text has a tag of a template."""
    return "{{" in text or "{%" in text or "{#" in text


def line_in(trace: TracebackType | None) -> int:
    """The line at which reading was interrupted; 0 if the traceback has no reading."""
    found = 0
    while trace is not None:
        reader = trace.tb_frame.f_locals.get("self")
        found = (getattr(reader, "line", 0) or 1) if isinstance(reader, _Reader | Lines) else found
        trace = trace.tb_next
    return found


def read_yaml(text: str, name: str, version: str) -> Read:
    """Read a file.

    Args:
        text: of the file.
        name: of the file, for places.
        version: "1.1" or "1.2"; "" refuses words that the two read differently.
    """
    with suppress(NotPlainError, RecursionError):
        return _read_plain(text, name, version)
    reader = _Reader(text, name, version)
    try:
        reader.document()
    except _EndError:
        pass
    except MarkedYAMLError as fault:
        what = " ".join((fault.problem or fault.context or "not YAML").split())
        reader.add(fault.problem_mark or fault.context_mark, what, "")
    except ReaderError as fault:
        reader.add(reader.mark_of(fault), f"not YAML: {str(fault).partition(chr(10))[0]}", "")
    return reader.read


def _read_plain(text: str, name: str, version: str) -> Read:
    """Read a text that is plain YAML; see `yaml_lines`."""
    read = Read()

    def placed(path: Path, line: int, column: int, quoted: str | None) -> None:
        if quoted is None or looks_like_template(quoted):
            read.places[path] = f"{name}:{line}:{column}"

    read.value = read_lines(text, partial(_plain_word, version), placed)
    return read


@lru_cache(maxsize=16_384)
def _plain_word(version: str, word: str, *, is_key: bool) -> object:
    """The value of a bare word without a fault."""
    if not version and ambiguity(word, is_key=is_key):
        raise NotPlainError
    try:
        return in_1_1(word) if version == "1.1" else in_1_2(word)
    except UnreadError as fault:
        raise NotPlainError from fault


class _EndError(Exception):
    """A fault that ends the reading."""


class _Missing:
    """The placeholder of a value with a fault."""


_MISSING = _Missing()


class _Reader:
    """Converts events to values."""

    def __init__(self, text: str, name: str, version: str) -> None:
        self.read = Read()
        self.name = name
        self.text = text
        self.version = version
        self.events: Iterator[Event] = YAML(typ="safe", pure=True).parse(text)
        self.line = 1
        self.values = 0
        self.anchors: dict[str, tuple[object, int]] = {}
        self.open: set[str] = set()
        self.unsafe = 0

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, for faults."""
        return _BREAKS.split(self.text)

    def mark_of(self, fault: ReaderError) -> StreamMark:
        """The place of a character that YAML forbids."""
        before = _BREAKS.split(self.text[: fault.position])
        return StreamMark(self.name, fault.position, len(before) - 1, len(before[-1]))

    def add(self, mark: StreamMark | None, what: str, remedy: str) -> None:
        """Record a fault."""
        if mark is None:
            self.read.faults.append(Fault(self.name, what, remedy))
            return
        line = self.lines[mark.line] if mark.line < len(self.lines) else ""
        where = f"{self.name}:{mark.line + 1}:{mark.column + 1}"
        self.read.faults.append(Fault(where, what, remedy, line if line.strip() else "", mark.column + 1))

    def end(self, mark: StreamMark, what: str, remedy: str) -> _EndError:
        """Record a fault that ends the reading."""
        self.add(mark, what, remedy)
        return _EndError()

    def document(self) -> None:
        """The one document of the file."""
        documents = 0
        for event in self.events:
            self.line = event.start_mark.line + 1
            if isinstance(event, DocumentStartEvent):
                documents += 1
                self.version = "1.1" if event.version == (1, 1) else self.version
                if documents > 1:
                    raise self.end(event.start_mark, "but found another document", "write one document in a file")
            elif isinstance(event, NodeEvent):
                self.read.value = self.value(event, ())

    def next(self) -> Event:
        """The next event."""
        event = next(self.events)
        self.line = event.start_mark.line + 1
        return event

    def count(self, event: NodeEvent, values: int) -> None:
        """Count values; an alias counts with all values of its anchor."""
        self.values += values
        if self.values > MAX_VALUES:
            raise self.end(event.start_mark, f"more than {MAX_VALUES} values", "use fewer aliases, or split the file")

    def value(self, event: NodeEvent, path: Path) -> object:
        """The value whose first event is given."""
        if isinstance(event, AliasEvent):
            return self.alias(event)
        before = self.values
        self.count(event, 1)
        if len(path) > MAX_DEPTH:
            raise self.end(event.start_mark, f"nested too deep: more than {MAX_DEPTH} levels", "")
        if isinstance(event, ScalarEvent):
            return self.anchored(event, self.scalar(event, path), before)
        assert isinstance(event, CollectionStartEvent)
        unsafe = self.tag_of(event) == "!unsafe"
        self.unsafe += unsafe
        if event.anchor:
            self.open.add(event.anchor)
        made = self.sequence(path) if isinstance(event, SequenceStartEvent) else self.mapping(path)
        self.unsafe -= unsafe
        return self.anchored(event, made, before)

    def anchored(self, event: NodeEvent, value: object, before: int) -> object:
        if event.anchor:
            self.open.discard(event.anchor)
            self.anchors[event.anchor] = value, self.values - before
        return value

    def alias(self, event: AliasEvent) -> object:
        if event.anchor in self.open:
            self.add(event.start_mark, f"*{event.anchor} is part of itself", "remove the alias")
            return _MISSING
        if event.anchor not in self.anchors:
            raise self.end(event.start_mark, f'found undefined alias "{event.anchor}"', "")
        value, values = self.anchors[event.anchor]
        self.count(event, values)
        return value

    def tag_of(self, event: CollectionStartEvent) -> str:
        """The tag of a list or an object; unknown ones are faults."""
        tag = event.tag or ""
        if tag.removeprefix(_STANDARD) not in {"", "!", "!unsafe", "seq", "map"}:
            self.add(event.start_mark, f"unknown tag {_tag(tag)}", "remove the tag")
        return tag

    def sequence(self, path: Path) -> list[object]:
        found: list[object] = []
        while not isinstance(event := self.next(), SequenceEndEvent):
            found.append(self.value(_node(event), (*path, len(found))))
        return found

    def mapping(self, path: Path) -> dict[str, object]:
        own: dict[str, object] = {}
        merged: dict[str, object] = {}
        while not isinstance(event := self.next(), MappingEndEvent):
            if self.is_merge(event):
                merged = self.merge(path) | merged
                continue
            key = self.key(event, path, own)
            if not path:
                self.read.places[key,] = self.place(event)
            own[key] = self.value(_node(self.next()), (*path, key))
        return merged | own

    def is_merge(self, event: Event) -> bool:
        return isinstance(event, ScalarEvent) and event.value == _MERGE and event.implicit[0]

    def merge(self, path: Path) -> dict[str, object]:
        """The objects that `<<` merges; the first one has precedence."""
        event = _node(self.next())
        value = self.value(event, (*path, _MERGE))
        found: dict[str, object] = {}
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                found = one | found
            elif one is not _MISSING:
                self.add(event.start_mark, "<< expects an object, or a list of objects", "")
        return found

    def key(self, event: Event, path: Path, known: dict[str, object]) -> str:
        if not isinstance(event, ScalarEvent):
            raise self.end(
                event.start_mark,
                "expected a text as a key, got a list or an object",
                'put a template in quotes: "{{ name }}"',
            )
        key = self.scalar(event, (), is_key=True)
        if not isinstance(key, str):
            if key is not _MISSING:
                where = f"{_path(path)}: " if path else ""
                self.add(
                    event.start_mark, f"{where}the key {key!r} is not a text", f'write it in quotes: "{event.value}"'
                )
            return f"{event.value}"
        if key in known:
            self.add(event.start_mark, f'found duplicate key "{key}"', "remove one of the two")
        return key

    def scalar(self, event: ScalarEvent, path: Path, *, is_key: bool = False) -> object:
        tag = event.tag or ""
        if not event.value.isascii() and _SURROGATE.search(event.value):
            self.add(event.start_mark, "a text with half of a character (a surrogate)", "write the whole character")
            return _MISSING
        if tag == "!unsafe" or self.unsafe:
            return Unsafe(event.value)
        kind = tag.removeprefix(_STANDARD) if tag else ""
        if tag and kind not in {"!", *_KINDS}:
            what, remedy = f"unknown tag {_tag(tag)}", "remove the tag, or write a text in quotes"
            if tag == "!vault":
                what, remedy = (
                    "Ansible Vault is not decrypted",
                    'write "{{ secret(\'file:PATH\') }}" or secret("env:NAME")',
                )
            self.add(event.start_mark, what, remedy)
            return _MISSING
        if kind in {"!", "str"} or (not kind and not event.implicit[0]):
            if not is_key and looks_like_template(event.value):
                self.read.places[path] = self.place(event)
            return event.value
        return self.plain(event, path, kind, is_key=is_key)

    def plain(self, event: ScalarEvent, path: Path, kind: str, *, is_key: bool) -> object:
        """The value of a bare word, or of a word with a tag of YAML's own."""
        word: str = event.value
        confused = None if self.version or kind else ambiguity(word, is_key=is_key)
        if confused:
            self.add(event.start_mark, *confused)
            return _MISSING
        try:
            value = in_1_1(word) if self.version == "1.1" else in_1_2(word)
        except UnreadError as fault:
            where = f"{_path(path)}: " if path else ""
            self.add(event.start_mark, f"{where}{fault}", "write it in quotes")
            return _MISSING
        if kind and (not isinstance(value, _KINDS[kind]) or (kind != "bool" and isinstance(value, bool))):
            self.add(
                event.start_mark, f"{word!r} is not a value of the tag {kind}", "correct the value, or remove the tag"
            )
            return _MISSING
        if isinstance(value, str) and path and looks_like_template(value):
            self.read.places[path] = self.place(event)
        return value

    def place(self, event: Event) -> str:
        return f"{self.name}:{event.start_mark.line + 1}:{event.start_mark.column + 1}"


def _node(event: Event) -> NodeEvent:
    assert isinstance(event, NodeEvent)
    return event


def _tag(tag: str) -> str:
    return "!!" + tag.removeprefix(_STANDARD) if tag.startswith(_STANDARD) else tag


def _path(path: Path) -> str:
    """`servers[0].port`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
