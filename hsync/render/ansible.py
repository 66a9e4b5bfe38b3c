"""ansible: the filters, tests and globals of Ansible in templates of haproxy.cfg, so that these need no change.

Rule 1: a name has its meaning in Ansible, but if Ansible silently guesses (`'maybe' | bool`), there is an error.
Rule 2: none of them reads files, variables of the process, the clock or the network.

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
        value: a boolean, a text, a number, or null, which is false.
    """
    if value is None or isinstance(value, bool):
        return bool(value)
    word = str(value).lower()
    if word not in _TRUE | _FALSE:
        raise TemplateRuntimeError(f"{str(value)!r} is neither true nor false: write yes, no, true or false")
    return word in _TRUE


def ternary(value: object, true_val: object, false_val: object, none_val: object = None) -> object:
    """The first value if the condition is true, else the second.

    Args:
        value: the condition.
        true_val: the result if it is true.
        false_val: the result if it is false.
        none_val: the result if it is null.
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
        msg: the message if it is not.
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
    """Merge objects; values of later ones replace those of earlier ones.

    Args:
        terms: objects, or lists of them.
        recursive: whether nested objects are merged as well.
        list_merge: replace, keep, append, prepend, append_rp or prepend_rp.
    """
    if list_merge not in _MERGES:
        raise TemplateRuntimeError(f"combine: list_merge: expected one of {', '.join(_MERGES)}, got {list_merge!r}")
    found: dict[str, object] = {}
    for term in _flat(terms, None):
        if not isinstance(term, dict):
            raise TemplateRuntimeError(f"combine: expected objects, got {_kind(term)}")
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
        raise TemplateRuntimeError(f"dict2items: expected an object, got {_kind(value)}")
    return [{key_name: key, value_name: one} for key, one in value.items()]


def items2dict(value: Iterable[dict[str, object]], key_name: str = "key", value_name: str = "value") -> object:
    """A list of keys and values as an object."""
    if not isinstance(value, list) or not all(
        isinstance(one, dict) and {key_name, value_name} <= set(one) for one in value
    ):
        raise TemplateRuntimeError(f"items2dict: expected a list of objects with {key_name!r} and {value_name!r}")
    return {str(one[key_name]): one[value_name] for one in value}


def flatten(value: object, levels: int | None = None, skip_nulls: bool = True) -> list[object]:  # noqa: FBT001, FBT002
    """A list with the items of its nested lists.

    Args:
        value: the list.
        levels: maximum number of levels; None for all.
        skip_nulls: whether to remove nulls.
    """
    return [one for one in _flat(value, levels) if not (skip_nulls and one is None)]


def _flat(value: object, levels: int | None) -> Iterator[object]:
    for one in value if isinstance(value, list | tuple) else [value]:
        if isinstance(one, list | tuple) and levels != 0:
            yield from _flat(one, None if levels is None else levels - 1)
        else:
            yield one


def union(one: list[object], other: list[object]) -> list[object]:
    """The items of either list, without duplicates."""
    return _unique([*one, *other])


def intersect(one: list[object], other: list[object]) -> list[object]:
    """The items of both lists, without duplicates."""
    return _unique([item for item in one if item in other])


def difference(one: list[object], other: list[object]) -> list[object]:
    """The items of the first list only, without duplicates."""
    return _unique([item for item in one if item not in other])


def symmetric_difference(one: list[object], other: list[object]) -> list[object]:
    """The items of exactly one of the lists, without duplicates."""
    return _unique([*difference(one, other), *difference(other, one)])


def _unique(values: Iterable[object]) -> list[object]:
    found: list[object] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def zip_lists(one: Iterable[object], *others: Iterable[object]) -> list[tuple[object, ...]]:
    """Lists of the first items, the second items and so on, up to the end of the shortest list."""
    return list(zip(one, *others, strict=False))


def zip_longest_lists(*lists: Iterable[object], fillvalue: object = None) -> list[tuple[object, ...]]:
    """Lists of the first items, the second items and so on, up to the end of the longest list."""
    return list(zip_longest(*lists, fillvalue=fillvalue))


@pass_environment
def extract(environment: Environment, item: object, container: object, morekeys: object = None) -> object:
    """The value of a container at a key or index: `names | map('extract', hostvars, 'ansible_host')`.

    Args:
        environment: of jinja2.
        item: a key, or an index.
        container: an object or a list.
        morekeys: further keys in that value, one or several.
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
        skip_missing: whether to skip objects without the key.
    """
    found: list[tuple[object, object]] = []
    for one in value if isinstance(value, list) else []:
        inner = one.get(subelements) if isinstance(one, dict) else None
        if inner is None and not skip_missing:
            raise TemplateRuntimeError(f"subelements: an object does not have {subelements!r}")
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
    r"""A text with the matches of a regular expression replaced.

    Args:
        value: the text.
        pattern: in Python's syntax.
        replacement: the new text, with `\1` or `\g<name>` for groups.
        ignorecase: whether `a` matches `A`.
        multiline: whether `^` and `$` match at each line.
        count: maximum number of replacements; 0 for all.
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
    r"""The first match of a regular expression; with groups (`'\1'`) a list of their texts; null without a match."""
    found = _pattern(regex, _flags(ignorecase=ignorecase, multiline=multiline)).search(str(value))
    if found is None:
        return None
    wanted = [_group(found, group) for group in groups]
    return wanted or found.group()


def _group(found: re.Match[str], group: str) -> str | None:
    named = _GROUP.fullmatch(str(group))
    if named is None:
        raise TemplateRuntimeError(f"regex_search: {group!r} is not a group: write '\\\\1' or '\\\\g<name>'")
    try:
        return found.group(named["name"] or int(named["number"]))
    except (IndexError, re.error) as fault:
        raise TemplateRuntimeError(f"regex_search: {group!r}: {fault}") from fault


def regex_findall(value: object, regex: str, multiline: bool = False, ignorecase: bool = False) -> list[object]:  # noqa: FBT001, FBT002
    """All matches of a regular expression."""
    return list(_pattern(regex, _flags(ignorecase=ignorecase, multiline=multiline)).findall(str(value)))


def regex_escape(value: object, re_type: str = "python") -> str:
    """A regular expression that matches a text, for Python or POSIX (`posix_basic`)."""
    if re_type == "python":
        return re.escape(str(value))
    if re_type == "posix_basic":
        return re.sub(r"([].[^$*\\])", r"\\\1", str(value))
    raise TemplateRuntimeError(f"regex_escape: re_type: expected python or posix_basic, got {re_type!r}")


def split(value: object, separator: str | None = None, maxsplit: int = -1) -> list[str]:
    """The parts of a text."""
    return str(value).split(separator, maxsplit)


def shell_quote(value: object) -> str:
    """A text as one word of a POSIX shell: Ansible's `quote`. hsync's `quote` makes a word of HAProxy."""
    return shlex.quote(str(value))


def comment(
    value: object, style: str = "plain", decoration: str = "", prefix: str | None = None, postfix: str | None = None
) -> str:
    """A text as comment lines.

    Args:
        value: the text.
        style: plain; haproxy.cfg has no other.
        decoration: the beginning of each line.
        prefix: a line above; None for an empty one, "" for none.
        postfix: a line below, likewise.
    """
    if style != "plain":
        raise TemplateRuntimeError(f"comment: expected the style plain, got {style!r}")
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
        raise TemplateRuntimeError(f"urlsplit: unknown part {query!r}; known are {', '.join(parts)}")
    return parts[query] if query else parts


# Encodings


def to_json(value: object, indent: int | None = None, sort_keys: bool = False) -> str:  # noqa: FBT001, FBT002
    """JSON on one line; with `indent` on several."""
    return _dumped(value, indent, sort_keys=sort_keys)


def to_nice_json(value: object, indent: int = 4, sort_keys: bool = True) -> str:  # noqa: FBT001, FBT002
    """JSON on several lines, which are allowed as with `lines`."""
    return _dumped(value, indent, sort_keys=sort_keys)


def _dumped(value: object, indent: int | None, *, sort_keys: bool) -> str:
    def refuse(one: object) -> object:
        str(one)
        raise TypeError(f"{_kind(one)} is not JSON")

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
        raise TemplateRuntimeError(
            f"hash: unknown algorithm {hashtype!r}; known are md5, sha1, sha224, sha256, sha384, sha512"
        )
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
        value: the first version.
        version: the second version.
        operator: a sign or its name: `>=`, `ge`.
    """
    if operator not in _COMPARE:
        raise TemplateRuntimeError(f"version: unknown operator {operator!r}; known are {', '.join(_COMPARE)}")
    one, other = _version_key(value), _version_key(version)
    return _COMPARE[operator]((one > other) - (one < other))


def _version_key(value: object) -> list[tuple[int, int, str]]:
    text = str(value)
    parts = _VERSION_PART.findall(text)
    if not parts:
        raise TemplateRuntimeError(f"version: {text!r} is not a version")
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part.lower()) for part in parts]


# Tests


def match(value: object, pattern: str, ignorecase: bool = False, multiline: bool = False) -> bool:  # noqa: FBT001, FBT002
    """Whether a regular expression matches at the beginning of a text."""
    return bool(_pattern(pattern, _flags(ignorecase=ignorecase, multiline=multiline)).match(str(value)))


def search(value: object, pattern: str, ignorecase: bool = False, multiline: bool = False) -> bool:  # noqa: FBT001, FBT002
    """Whether a regular expression matches anywhere in a text."""
    return bool(_pattern(pattern, _flags(ignorecase=ignorecase, multiline=multiline)).search(str(value)))


def regex(
    value: object,
    pattern: str,
    ignorecase: bool = False,  # noqa: FBT001, FBT002 - as in Ansible
    multiline: bool = False,  # noqa: FBT001, FBT002 - as in Ansible
    match_type: str = "search",
) -> bool:
    """Like `search`; with `match_type` like `match` or `fullmatch`."""
    compiled = _pattern(pattern, _flags(ignorecase=ignorecase, multiline=multiline))
    how = {"search": compiled.search, "match": compiled.match, "fullmatch": compiled.fullmatch}
    if match_type not in how:
        raise TemplateRuntimeError(f"regex: match_type: expected search, match or fullmatch, got {match_type!r}")
    return bool(how[match_type](str(value)))


def contains(value: object, item: object) -> bool:
    """Whether a list, an object or a text contains a value."""
    if isinstance(value, str):
        return str(item) in value
    if not isinstance(value, list | tuple | dict):
        str(value)
        raise TemplateRuntimeError(f"contains: expected a list, an object or a text, got {_kind(value)}")
    return item in value


def subset(value: Iterable[object], other: Iterable[object]) -> bool:
    """Whether all items of a list are in another list."""
    known = list(other)
    return all(item in known for item in value)


def superset(value: Iterable[object], other: Iterable[object]) -> bool:
    """Whether a list has all items of another list."""
    return subset(other, value)


def any_true(value: Iterable[object]) -> bool:
    """Whether an item of a list is true."""
    return any(value)


def all_true(value: Iterable[object]) -> bool:
    """Whether all items of a list are true."""
    return all(value)


# Globals


def lookup(*_: object, **__: object) -> object:
    """Refuses a lookup of Ansible."""
    raise TemplateRuntimeError(
        "templates have no lookups: put the value, or the text of the file, into the variables, "
        "and use {{ secret('env:NAME') }} for a secret"
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
