"""Contents in writing, by their form: one line each, safe for a terminal. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

from detector.model.form import Form
from detector.model.nodemask import nodelist, nodes
from detector.model.printable import printable_bytes
from detector.model.snapshot import Content
from detector.model.socket_address import PATH_AT, Family, family_of

LONG = 8
"""Bytes of an address where the caller's ABI does not say otherwise."""

_INT = 4
_MOST_ELEMENTS = 16
"""Elements of an array that are written; how many more there are is said."""
_PORT, _INET_ADDRESS, _INET_END = 2, 4, 8
_FLOW, _INET6_ADDRESS, _INET6_SCOPE, _INET6_END = 4, 8, 24, 28
_NETLINK_PID, _NETLINK_GROUPS, _NETLINK_END = 4, 8, 12


def shown(form: Form, content: Content, word: int = LONG) -> str:
    """Write a content so that it is seen to be there: an empty one too.

    What could not be read is left out; `??` for each byte of a socket address, `?` for each element
    of an array.
    """
    return written(form, content, word) or _EMPTY[form]


def written(form: Form, content: Content, word: int = LONG) -> str:
    """Write a content as itself: an empty path is an empty text."""
    return _WRITERS[form](content, word)


def _nodemask(content: Content, _: int) -> str:
    return nodelist(nodes(content.data))


def _path(content: Content, _: int) -> str:
    return printable_bytes(content.data)


def _words(content: Content, _: int) -> str:
    read = content.data[: min((gap.start for gap in content.unread), default=None)]
    data = read.removesuffix(b"\0")
    if not read:
        return ""
    return " ".join(shlex.quote(printable_bytes(word)) for word in data.split(b"\0"))


def _pointers(content: Content, word: int) -> str:
    return _listed(content, word, lambda raw: hex(int.from_bytes(raw, "little")))


def _integers(content: Content, _: int) -> str:
    return _listed(content, _INT, lambda raw: str(int.from_bytes(raw, "little", signed=True)))


def _listed(content: Content, size: int, write: Callable[[bytes], str]) -> str:
    """Write the first elements of an array; a last one that is not whole is left out."""
    places = range(0, len(content.data) - size + 1, size)
    elements = [
        "?" if _is_unread(content, at, at + size) else write(content.data[at : at + size])
        for at in places[:_MOST_ELEMENTS]
    ]
    more = len(places) - _MOST_ELEMENTS
    return ", ".join(elements) + (f" and {more} more" if more > 0 else "")


def _is_unread(content: Content, start: int, end: int) -> bool:
    return any(gap.start < end and start < gap.end for gap in content.unread)


def _address(content: Content, _: int) -> str:
    family = family_of(content)
    writer = _FAMILIES.get(family) if family is not None and not content.unread else None
    named = writer(content.data) if writer else None
    if named is not None:
        return named
    raw = _hex(content)
    return raw if family is None else f"family {family}: {raw}"


def _hex(content: Content) -> str:
    """Write the bytes; those that could not be read as question marks."""
    return "".join(
        "??" if _is_unread(content, at, at + 1) else f"{byte:02x}"
        for at, byte in enumerate(content.data)
    )


def _inet(data: bytes) -> str | None:
    if len(data) < _INET_END:
        return None
    return f"{IPv4Address(data[_INET_ADDRESS:_INET_END])}:{_port(data)}"


def _inet6(data: bytes) -> str | None:
    if len(data) < _INET6_SCOPE:
        return None
    scope = int.from_bytes(data[_INET6_SCOPE:_INET6_END], "little")
    flow = int.from_bytes(data[_FLOW:_INET6_ADDRESS], "big")
    address = IPv6Address(data[_INET6_ADDRESS:_INET6_SCOPE])
    zone = f"%{scope}" if scope else ""
    return f"[{address}{zone}]:{_port(data)}" + (f" flow {flow:#x}" if flow else "")


def _port(data: bytes) -> int:
    return int.from_bytes(data[_PORT : _PORT + 2], "big")


def _unix(data: bytes) -> str:
    path = data[PATH_AT:]
    if path.startswith(b"\0"):
        return f"unix:@{printable_bytes(path[1:])}"
    return f"unix:{printable_bytes(path.partition(bytes(1))[0])}"


def _netlink(data: bytes) -> str | None:
    if len(data) < _NETLINK_END:
        return None
    port = int.from_bytes(data[_NETLINK_PID:_NETLINK_GROUPS], "little")
    groups = int.from_bytes(data[_NETLINK_GROUPS:_NETLINK_END], "little")
    return f"netlink:{port}/{groups:#x}"


_FAMILIES: dict[int, Callable[[bytes], str | None]] = {
    Family.INET: _inet,
    Family.INET6: _inet6,
    Family.UNIX: _unix,
    Family.NETLINK: _netlink,
}
"""By family; None where there are too few bytes for it."""

_WRITERS: dict[Form, Callable[[Content, int], str]] = {
    Form.NODEMASK: _nodemask,
    Form.PATH: _path,
    Form.SOCKET_ADDRESS: _address,
    Form.WORDS: _words,
    Form.POINTERS: _pointers,
    Form.INTEGERS: _integers,
}

_EMPTY: dict[Form, str] = {
    Form.NODEMASK: "-",
    Form.PATH: '""',
    Form.SOCKET_ADDRESS: "no address",
    Form.WORDS: "no words",
    Form.POINTERS: "no elements",
    Form.INTEGERS: "no elements",
}
