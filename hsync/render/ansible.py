"""ansible: the filters, tests and globals of Ansible that templates of haproxy.cfg use, so that they render unchanged.

Rule 1: a name means what it means in Ansible; where Ansible guesses in silence (`'maybe' | bool`), it is an error.
Rule 2: nothing reads files, variables of the process, the clock or the network.

Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/ and .../utils/
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import zip_longest
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from jinja2 import Environment, Undefined, pass_environment
from jinja2.exceptions import TemplateRuntimeError

from hsync.render.addresses import ipaddr, ipv4, ipv6, ipwrap
from hsync.render.filters import lines
from hsync.render.nested import OMIT
from hsync.render.yaml_files import read_yaml

__all__ = ["ANSIBLE_FILTERS", "ANSIBLE_GLOBALS", "ANSIBLE_TESTS"]

# Truth


_TRUE = frozenset({"yes", "on", "1", "true"})
_FALSE = frozenset({"no", "off", "0", "false", ""})


def to_bool(value: object) -> bool:
    """True or false, for the words of YAML 1.1 and for 1 and 0.

    Args:
        value: a truth, a text, a number or null, which is false.
    """
    if value is None or isinstance(value, bool):
        return bool(value)
    word = str(value).lower()
    if word not in _TRUE | _FALSE:
        raise TemplateRuntimeError(f"{str(value)!r} is neither true nor false: write yes, no, true or false")
    return word in _TRUE


def ternary(value: object, true_val: object, false_val: object, none_val: object = None) -> object:
    """The first value if the condition holds, or else the second.

    Args:
        value: the condition.
        true_val: when it holds.
        false_val: when it does not.
        none_val: when it is null.
    """
    if value is None and none_val is not None:
        return none_val
    return true_val if value else false_val


def truthy(value: object, convert_bool: bool = False) -> bool:  # noqa: FBT001, FBT002 - as in Ansible
    """Whether a value counts as true; with `convert_bool` as the filter `bool` reads it."""
    return to_bool(value) if convert_bool and isinstance(value, str | int | None) else bool(value)


def falsy(value: object, convert_bool: bool = False) -> bool:  # noqa: FBT001, FBT002 - as in Ansible
    """Whether a value counts as false."""
    return not truthy(value, convert_bool)


def mandatory(value: object, msg: str = "") -> object:
    """The value, which must be defined.

    Args:
        value: any.
        msg: what to say when it is not.
    """
    if isinstance(value, Undefined):
        if msg:
            raise TemplateRuntimeError(msg)
        str(value)
    return value


# Objects and lists


_MERGES: Mapping[str, Callable[[list[object], list[object]], list[object]]] = {
    "replace": lambda _, new: new,
    "keep": lambda old, _: old,
    "append": lambda old, new: old + new,
    "prepend": lambda old, new: new + old,
    "append_rp": lambda old, new: [item for item in old if item not in new] + new,
    "prepend_rp": lambda old, new: new + [item for item in old if item not in new],
}


def combine(*terms: object, recursive: bool = False, list_merge: str = "replace") -> dict[str, object]:
    """Objects as one, in which later ones win.

    Args:
        terms: objects, or lists of them.
        recursive: whether objects inside are combined likewise.
        list_merge: replace, keep, append, prepend, append_rp or prepend_rp.
    """
    if list_merge not in _MERGES:
        raise TemplateRuntimeError(f"combine: list_merge is one of {', '.join(_MERGES)}, not {list_merge!r}")
    found: dict[str, object] = {}
    for term in _flat(terms, None):
        if not isinstance(term, dict):
            raise TemplateRuntimeError(f"combine takes objects, not {_kind(term)}")
        found = _combined(found, term, recursive=recursive, merge=list_merge)
    return found


def _combined(old: dict[str, object], new: dict[str, object], *, recursive: bool, merge: str) -> dict[str, object]:
    both = dict(old)
    for key, value in new.items():
        known = both.get(key)
        if recursive and isinstance(known, dict) and isinstance(value, dict):
            both[key] = _combined(known, value, recursive=True, merge=merge)
        elif isinstance(known, list) and isinstance(value, list):
            both[key] = _MERGES[merge](known, value)
        else:
            both[key] = value
    return both


def dict2items(value: object, key_name: str = "key", value_name: str = "value") -> list[dict[str, object]]:
    """An object as a list of keys and values."""
    if not isinstance(value, dict):
        raise TemplateRuntimeError(f"dict2items takes an object, not {_kind(value)}")
    return [{key_name: key, value_name: one} for key, one in value.items()]


def items2dict(value: Iterable[dict[str, object]], key_name: str = "key", value_name: str = "value") -> object:
    """A list of keys and values as an object."""
    if not isinstance(value, list) or not all(
        isinstance(one, dict) and {key_name, value_name} <= set(one) for one in value
    ):
        raise TemplateRuntimeError(f"items2dict takes a list of objects with {key_name!r} and {value_name!r}")
    return {str(one[key_name]): one[value_name] for one in value}


def flatten(value: object, levels: int | None = None, skip_nulls: bool = True) -> list[object]:  # noqa: FBT001, FBT002
    """A list without lists in it.

    Args:
        value: the list.
        levels: how deep; None for all.
        skip_nulls: whether nulls are left out.
    """
    return [one for one in _flat(value, levels) if not (skip_nulls and one is None)]


def _flat(value: object, levels: int | None) -> Iterator[object]:
    for one in value if isinstance(value, list | tuple) else [value]:
        if isinstance(one, list | tuple) and levels != 0:
            yield from _flat(one, None if levels is None else levels - 1)
        else:
            yield one


def union(one: list[object], other: list[object]) -> list[object]:
    """What is in either list, each once."""
    return _unique([*one, *other])


def intersect(one: list[object], other: list[object]) -> list[object]:
    """What is in both lists, each once."""
    return _unique([item for item in one if item in other])


def difference(one: list[object], other: list[object]) -> list[object]:
    """What is in the first list only, each once."""
    return _unique([item for item in one if item not in other])


def symmetric_difference(one: list[object], other: list[object]) -> list[object]:
    """What is in one of the lists only, each once."""
    return _unique([*difference(one, other), *difference(other, one)])


def _unique(values: Iterable[object]) -> list[object]:
    found: list[object] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def zip_lists(one: Iterable[object], *others: Iterable[object]) -> list[tuple[object, ...]]:
    """The first of each, the second of each, as long as all have one."""
    return list(zip(one, *others, strict=False))


def zip_longest_lists(*lists: Iterable[object], fillvalue: object = None) -> list[tuple[object, ...]]:
    """The first of each, the second of each, as long as one has one."""
    return list(zip_longest(*lists, fillvalue=fillvalue))


@pass_environment
def extract(environment: Environment, item: object, container: object, morekeys: object = None) -> object:
    """The part of a container that an item names: `names | map('extract', hostvars, 'ansible_host')`.

    Args:
        environment: of jinja2.
        item: a key, or an index.
        container: an object or a list.
        morekeys: a key inside of it, or several.
    """
    keys = [] if morekeys is None else morekeys if isinstance(morekeys, list) else [morekeys]
    for key in [item, *keys]:
        container = environment.getitem(container, key)
    return container


def subelements(value: object, subelements: str, skip_missing: bool = False) -> list[tuple[object, object]]:  # noqa: FBT001, FBT002
    """Each object with each item of a list in it.

    Args:
        value: a list of objects.
        subelements: the key of the list.
        skip_missing: whether objects without it are left out.
    """
    found: list[tuple[object, object]] = []
    for one in value if isinstance(value, list) else []:
        inner = one.get(subelements) if isinstance(one, dict) else None
        if inner is None and not skip_missing:
            raise TemplateRuntimeError(f"subelements: an object has no {subelements!r}")
        found += [(one, item) for item in inner or []]
    return found


# Texts


def _flags(*, ignorecase: bool, multiline: bool) -> int:
    return (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)


def _pattern(pattern: object, flags: int) -> re.Pattern[str]:
    try:
        return re.compile(str(pattern), flags)
    except re.error as fault:
        raise TemplateRuntimeError(f"the regular expression {str(pattern)!r}: {fault}") from fault


def regex_replace(
    value: object,
    pattern: str = "",
    replacement: str = "",
    ignorecase: bool = False,  # noqa: FBT001, FBT002 - as in Ansible
    multiline: bool = False,  # noqa: FBT001, FBT002 - as in Ansible
    count: int = 0,
) -> str:
    r"""A text in which what a regular expression finds is replaced.

    Args:
        value: the text.
        pattern: in Python's syntax.
        replacement: with `\1` or `\g<name>` for groups.
        ignorecase: whether `a` finds `A`.
        multiline: whether `^` and `$` mean lines.
        count: how many; 0 for all.
    """
    compiled = _pattern(pattern, _flags(ignorecase=ignorecase, multiline=multiline))
    try:
        return compiled.sub(str(replacement), str(value), count)
    except (re.error, IndexError) as fault:
        raise TemplateRuntimeError(f"the replacement {replacement!r}: {fault}") from fault


_GROUP = re.compile(r"\\(?:g<(?P<name>\w+)>|(?P<number>\d+))")


def regex_search(
    value: object,
    regex: str,
    *groups: str,
    ignorecase: bool = False,
    multiline: bool = False,
) -> str | list[str | None] | None:
    r"""What a regular expression finds first; with groups (`'\1'`) a list of theirs; null when it finds nothing."""
    found = _pattern(regex, _flags(ignorecase=ignorecase, multiline=multiline)).search(str(value))
    if found is None:
        return None
    wanted = [_group(found, group) for group in groups]
    return wanted or found.group()


def _group(found: re.Match[str], group: str) -> str | None:
    named = _GROUP.fullmatch(str(group))
    if named is None:
        raise TemplateRuntimeError(f"regex_search: {group!r} is no group: write '\\\\1' or '\\\\g<name>'")
    try:
        return found.group(named["name"] or int(named["number"]))
    except (IndexError, re.error) as fault:
        raise TemplateRuntimeError(f"regex_search: {group!r}: {fault}") from fault


def regex_findall(value: object, regex: str, multiline: bool = False, ignorecase: bool = False) -> list[object]:  # noqa: FBT001, FBT002
    """All that a regular expression finds."""
    return list(_pattern(regex, _flags(ignorecase=ignorecase, multiline=multiline)).findall(str(value)))


def regex_escape(value: object, re_type: str = "python") -> str:
    """A text as a regular expression that finds it: Python's, or one of POSIX (`posix_basic`)."""
    if re_type == "python":
        return re.escape(str(value))
    if re_type == "posix_basic":
        return re.sub(r"([].[^$*\\])", r"\\\1", str(value))
    raise TemplateRuntimeError(f"regex_escape: re_type is python or posix_basic, not {re_type!r}")


def split(value: object, separator: str | None = None, maxsplit: int = -1) -> list[str]:
    """The parts of a text."""
    return str(value).split(separator, maxsplit)


def shell_quote(value: object) -> str:
    """One word of a POSIX shell: what Ansible calls `quote`. The filter `quote` writes a word of HAProxy."""
    return shlex.quote(str(value))


def comment(
    value: object, style: str = "plain", decoration: str = "", prefix: str | None = None, postfix: str | None = None
) -> str:
    """A text as lines that begin with `#`.

    Args:
        value: the text.
        style: plain; haproxy.cfg has no other.
        decoration: what each line begins with.
        prefix: a line above; None for an empty one, "" for none.
        postfix: a line below, likewise.
    """
    if style != "plain":
        raise TemplateRuntimeError(f"comment: haproxy.cfg has comments of the style plain, not {style!r}")
    lead = decoration or "# "
    bare = lead.rstrip()
    above = [bare if prefix is None else prefix] if prefix != "" else []
    below = [bare if postfix is None else postfix] if postfix != "" else []
    body = [f"{lead}{line}".rstrip() for line in str(value).removesuffix("\n").split("\n")]
    return lines("\n".join([*above, *body, *below]))


def basename(value: object) -> str:
    """The last part of a path."""
    return str(value).rpartition("/")[2]


def dirname(value: object) -> str:
    """A path without its last part."""
    text = str(value)
    parent = PurePosixPath(text).parent
    return str(parent) if "/" in text else ""


def urlsplit_filter(value: object, query: str = "") -> object:
    """The parts of a URL: hostname, port, scheme, path, query, fragment, username, password, netloc."""
    try:
        found = urlsplit(str(value))
        names = ("fragment", "hostname", "netloc", "password", "path", "port", "query", "scheme", "username")
        parts = {name: getattr(found, name) for name in names}
    except ValueError as fault:
        raise TemplateRuntimeError(f"urlsplit: {str(value)!r}: {fault}") from fault
    if query and query not in parts:
        raise TemplateRuntimeError(f"urlsplit: no part {query!r}; there are {', '.join(parts)}")
    return parts[query] if query else parts


# Encodings


def to_json(value: object, indent: int | None = None, sort_keys: bool = False) -> str:  # noqa: FBT001, FBT002
    """JSON on one line; with `indent` on several."""
    return _dumped(value, indent, sort_keys=sort_keys)


def to_nice_json(value: object, indent: int = 4, sort_keys: bool = True) -> str:  # noqa: FBT001, FBT002
    """JSON on several lines, which `lines` lets pass."""
    return _dumped(value, indent, sort_keys=sort_keys)


def _dumped(value: object, indent: int | None, *, sort_keys: bool) -> str:
    def refuse(one: object) -> object:
        str(one)
        raise TypeError(f"{_kind(one)} is no JSON")

    try:
        return json.dumps(value, indent=indent, sort_keys=sort_keys, default=refuse)
    except (TypeError, ValueError, RecursionError) as fault:
        raise TemplateRuntimeError(f"to_json: {fault}") from fault


def from_json(value: object) -> object:
    """The value of a JSON text."""
    try:
        found: object = json.loads(str(value))
    except (ValueError, RecursionError) as fault:
        raise TemplateRuntimeError(f"from_json: {fault}") from fault
    return found


def from_yaml(value: object) -> object:
    """The value of a YAML text; words that YAML 1.1 and 1.2 read differently are refused."""
    read = read_yaml(str(value), "from_yaml", "")
    if read.faults:
        raise TemplateRuntimeError(str(read.faults[0]))
    return read.value


def b64encode(value: object, encoding: str = "utf-8") -> str:
    """A text in base64."""
    return base64.b64encode(_bytes(value, encoding)).decode("ascii")


def b64decode(value: object, encoding: str = "utf-8") -> str:
    """The text of a base64 one."""
    try:
        return base64.b64decode(str(value), validate=True).decode(encoding)
    except (ValueError, LookupError) as fault:
        raise TemplateRuntimeError(f"b64decode: {fault}") from fault


def hashed(value: object, hashtype: str = "sha1") -> str:
    """The hex digest of a text.

    Args:
        value: the text.
        hashtype: md5, sha1, sha256 and others of Python's hashlib.
    """
    if hashtype not in hashlib.algorithms_guaranteed or hashtype.startswith("shake"):
        raise TemplateRuntimeError(f"hash: no {hashtype!r}; there are md5, sha1, sha224, sha256, sha384, sha512")
    return hashlib.new(hashtype, _bytes(value, "utf-8"), usedforsecurity=False).hexdigest()


def md5(value: object) -> str:
    """The MD5 of a text, in hex."""
    return hashed(value, "md5")


def sha1(value: object) -> str:
    """The SHA-1 of a text, in hex; `checksum` is the same."""
    return hashed(value, "sha1")


def _bytes(value: object, encoding: str) -> bytes:
    try:
        return str(value).encode(encoding, "surrogateescape")
    except (LookupError, UnicodeEncodeError) as fault:
        raise TemplateRuntimeError(str(fault)) from fault


# Versions


_VERSION_PART = re.compile(r"\d+|[a-z]+", re.IGNORECASE)
_COMPARE: Mapping[str, Callable[[int], bool]] = {
    **dict.fromkeys(("==", "=", "eq"), lambda sign: sign == 0),
    **dict.fromkeys(("!=", "<>", "ne"), lambda sign: sign != 0),
    **dict.fromkeys(("<", "lt"), lambda sign: sign < 0),
    **dict.fromkeys(("<=", "le"), lambda sign: sign <= 0),
    **dict.fromkeys((">", "gt"), lambda sign: sign > 0),
    **dict.fromkeys((">=", "ge"), lambda sign: sign >= 0),
}


def version(value: object, version: object, operator: str = "eq") -> bool:
    """Whether a version is equal to, below (`<`) or above (`>=`) another one, number by number.

    Args:
        value: the one.
        version: the other.
        operator: a sign or its name: `>=`, `ge`.
    """
    if operator not in _COMPARE:
        raise TemplateRuntimeError(f"version: no operator {operator!r}; there are {', '.join(_COMPARE)}")
    one, other = _version_key(value), _version_key(version)
    return _COMPARE[operator]((one > other) - (one < other))


def _version_key(value: object) -> list[tuple[int, int, str]]:
    text = str(value)
    parts = _VERSION_PART.findall(text)
    if not parts:
        raise TemplateRuntimeError(f"version: {text!r} is no version")
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part.lower()) for part in parts]


# Tests


def match(value: object, pattern: str, ignorecase: bool = False, multiline: bool = False) -> bool:  # noqa: FBT001, FBT002
    """Whether a text begins as a regular expression says."""
    return bool(_pattern(pattern, _flags(ignorecase=ignorecase, multiline=multiline)).match(str(value)))


def search(value: object, pattern: str, ignorecase: bool = False, multiline: bool = False) -> bool:  # noqa: FBT001, FBT002
    """Whether a regular expression finds something in a text."""
    return bool(_pattern(pattern, _flags(ignorecase=ignorecase, multiline=multiline)).search(str(value)))


def regex(
    value: object,
    pattern: str,
    ignorecase: bool = False,  # noqa: FBT001, FBT002 - as in Ansible
    multiline: bool = False,  # noqa: FBT001, FBT002 - as in Ansible
    match_type: str = "search",
) -> bool:
    """As `search`; with `match_type` as `match` or `fullmatch`."""
    compiled = _pattern(pattern, _flags(ignorecase=ignorecase, multiline=multiline))
    how = {"search": compiled.search, "match": compiled.match, "fullmatch": compiled.fullmatch}
    if match_type not in how:
        raise TemplateRuntimeError(f"regex: match_type is search, match or fullmatch, not {match_type!r}")
    return bool(how[match_type](str(value)))


def contains(value: object, item: object) -> bool:
    """Whether a list, an object or a text has something in it."""
    if isinstance(value, str):
        return str(item) in value
    if not isinstance(value, list | tuple | dict):
        str(value)
        raise TemplateRuntimeError(f"contains looks into a list, an object or a text, not into {_kind(value)}")
    return item in value


def subset(value: Iterable[object], other: Iterable[object]) -> bool:
    """Whether all of a list is in another one."""
    known = list(other)
    return all(item in known for item in value)


def superset(value: Iterable[object], other: Iterable[object]) -> bool:
    """Whether a list has all of another one."""
    return subset(other, value)


def any_true(value: Iterable[object]) -> bool:
    """Whether one of a list is true."""
    return any(value)


def all_true(value: Iterable[object]) -> bool:
    """Whether all of a list are true."""
    return all(value)


# Globals


def lookup(*_: object, **__: object) -> object:
    """Refuses what Ansible reads from elsewhere."""
    raise TemplateRuntimeError(
        "templates look nothing up: put the value into the variables, a file's text beside them, "
        "and a secret into {{ secret('env:NAME') }}"
    )


def _kind(value: object) -> str:
    if isinstance(value, Undefined):
        str(value)
    names = ((bool, "true or false"), (str, "a text"), (int | float, "a number"), (list, "a list"), (dict, "an object"))
    return next((name for kind, name in names if isinstance(value, kind)), f"a {type(value).__name__}")


ANSIBLE_FILTERS: Mapping[str, Callable[..., object]] = {
    "b64decode": b64decode,
    "b64encode": b64encode,
    "basename": basename,
    "bool": to_bool,
    "checksum": sha1,
    "combine": combine,
    "comment": comment,
    "dict2items": dict2items,
    "difference": difference,
    "dirname": dirname,
    "extract": extract,
    "flatten": flatten,
    "from_json": from_json,
    "from_yaml": from_yaml,
    "hash": hashed,
    "intersect": intersect,
    "ipaddr": ipaddr,
    "ipv4": ipv4,
    "ipv6": ipv6,
    "ipwrap": ipwrap,
    "items2dict": items2dict,
    "mandatory": mandatory,
    "md5": md5,
    "regex_escape": regex_escape,
    "regex_findall": regex_findall,
    "regex_replace": regex_replace,
    "regex_search": regex_search,
    "sha1": sha1,
    "shell_quote": shell_quote,
    "split": split,
    "subelements": subelements,
    "symmetric_difference": symmetric_difference,
    "ternary": ternary,
    "to_json": to_json,
    "to_nice_json": to_nice_json,
    "union": union,
    "urlsplit": urlsplit_filter,
    "zip": zip_lists,
    "zip_longest": zip_longest_lists,
}

ANSIBLE_TESTS: Mapping[str, Callable[..., bool]] = {
    "all": all_true,
    "any": any_true,
    "contains": contains,
    "falsy": falsy,
    "match": match,
    "regex": regex,
    "search": search,
    "subset": subset,
    "superset": superset,
    "truthy": truthy,
    "version": version,
    "version_compare": version,
}

ANSIBLE_GLOBALS: Mapping[str, object] = {
    "ansible_managed": "Ansible managed",
    "lookup": lookup,
    "omit": OMIT,
    "q": lookup,
    "query": lookup,
}
