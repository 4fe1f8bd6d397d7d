"""What is significant of the looks at an argument that is no mask, so that compare.py can hold it.

Masks are compared as zero-extended numbers with the bytes that could not be read left out. Every
other form is brought into a shape here of which two are the same number only when the kernel would
act the same on both: bytes that it does not read are cut off, and where zeros at the end count,
the length stands in front.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from detector.correlate.compare import MOST_BYTES
from detector.model.form import Form
from detector.model.snapshot import Content, Unread
from detector.model.socket_address import PATH_AT, Family, family_of
from detector.model.stage import Stage

Contents = Mapping[Stage, Content]

_LENGTH_BYTES = 2
_ORDER = (Stage.USE, Stage.ENTRY, Stage.EXIT)
"""Whose family counts for a look whose own could not be read: the kernel's, else any."""
_KEPT: dict[int | None, int] = {
    Family.UNSPEC: 8,  # as one of IPv4 (net/ipv4/af_inet.c: __inet_bind)
    Family.INET: 8,
    Family.INET6: 28,
    Family.NETLINK: 12,
}
"""Bytes of a socket address that the kernel reads, by its family; of the others it is all."""


def significant(form: Form, looks: Contents) -> dict[Stage, Content]:
    """Give what compare.py is to hold against each other of the looks at one argument."""
    return _BY_FORM[form](looks)


def _masks(looks: Contents) -> dict[Stage, Content]:
    return dict(looks)


def _strings(looks: Contents) -> dict[Stage, Content]:
    """Cut strings at their end. They have no zero bytes, so that none equals a longer one."""
    return {
        stage: _replaced(look, look.data.partition(b"\0")[0], look.unread)
        for stage, look in looks.items()
    }


def _addresses(looks: Contents) -> dict[Stage, Content]:
    families = {stage: family_of(look) for stage, look in looks.items()}
    known = (families[stage] for stage in _ORDER if families.get(stage) is not None)
    others = next(known, None)
    return {
        stage: _address(look, others if families[stage] is None else families[stage])
        for stage, look in looks.items()
    }


def _address(look: Content, family: int | None) -> Content:
    if family == Family.UNIX:
        return _unix(look)
    kept = min(len(look.data), _KEPT.get(family, len(look.data)))
    return _sized(look, kept)


def _unix(look: Content) -> Content:
    """Keep a path up to its end, an abstract name whole (net/unix/af_unix.c: unix_mkname_bsd)."""
    path = look.data[PATH_AT:]
    first_gap = min((gap.start for gap in look.unread), default=MOST_BYTES)
    if first_gap > PATH_AT and path.startswith(b"\0"):
        return _sized(look, len(look.data))
    end = PATH_AT + len(path.partition(b"\0")[0])
    if end >= first_gap:
        return _open(look, first_gap)
    return _sized(look, min(end, len(look.data)))


def _words(looks: Contents) -> dict[Stage, Content]:
    """Keep as many bytes of each as the shortest has that has not all: the rest is unknown."""
    limit = _limit(looks)
    return {
        stage: _open(look, min(gap.start for gap in look.unread), limit)
        if look.unread
        else _sized(look, min(len(look.data), limit))
        for stage, look in looks.items()
    }


def _arrays(looks: Contents) -> dict[Stage, Content]:
    """Keep as many elements; how many there are is in a register, the same at every look."""
    limit = _limit(looks)
    return {
        stage: _replaced(look, look.data[:limit], _clipped(look.unread, limit))
        for stage, look in looks.items()
    }


_BY_FORM: dict[Form, Callable[[Contents], dict[Stage, Content]]] = {
    Form.NODEMASK: _masks,
    Form.PATH: _strings,
    Form.SOCKET_ADDRESS: _addresses,
    Form.WORDS: _words,
    Form.POINTERS: _arrays,
    Form.INTEGERS: _arrays,
}


def _limit(looks: Contents) -> int:
    return min((len(look.data) for look in looks.values() if look.beyond), default=MOST_BYTES)


def _sized(look: Content, length: int) -> Content:
    """Keep `length` bytes, behind their number."""
    length = min(length, MOST_BYTES)
    data = length.to_bytes(_LENGTH_BYTES, "little") + look.data[:length]
    gaps = _moved(_clipped(look.unread, length))
    return _replaced(msgspec.structs.replace(look, beyond=False), data, gaps)


def _open(look: Content, length: int, limit: int = MOST_BYTES) -> Content:
    """Keep `length` bytes or `limit`: what follows up to that, and where it ends, is unread."""
    length = max(min(length, limit), 0)
    gaps = (Unread(0, _LENGTH_BYTES, 0), *_moved((Unread(length, limit, 0),)))
    data = bytes(_LENGTH_BYTES) + look.data[:length]
    return _replaced(msgspec.structs.replace(look, beyond=False), data, gaps)


def _clipped(unread: tuple[Unread, ...], length: int) -> tuple[Unread, ...]:
    return tuple(
        Unread(gap.start, min(gap.end, length), gap.errno) for gap in unread if gap.start < length
    )


def _moved(unread: tuple[Unread, ...]) -> tuple[Unread, ...]:
    return tuple(
        Unread(gap.start + _LENGTH_BYTES, gap.end + _LENGTH_BYTES, gap.errno)
        for gap in unread
        if gap.start < gap.end
    )


def _replaced(look: Content, data: bytes, unread: tuple[Unread, ...]) -> Content:
    return msgspec.structs.replace(look, data=data, bits=8 * len(data), unread=unread)
