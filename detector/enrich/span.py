"""Which user addresses the kernel reads for an argument: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.model.form import Form
from detector.model.stage import STAGES
from detector.syscalls.table import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from detector.model.judgement import JudgedArgument, JudgedCall
    from detector.model.snapshot import Content

PAGE_BYTES = 4096
"""A mask of more bits than a page holds is EINVAL before it is read (mm/mempolicy.c)."""
MOST_SOCKET_BYTES = 128
"""sizeof(struct sockaddr_storage): an address of more is EINVAL (net/socket.c)."""
_INT = 4
_WORD_BYTES = {"x86_64": 8, "i386": 4}
_ADDRESS_END = 1 << 64


def read_span(call: JudgedCall, argument: JudgedArgument) -> tuple[int, int] | None:
    """Give start and end (exclusive) of what the kernel reads; None: nothing, or not seen.

    The words past MAX_NUMNODES belong to it: a page held back there holds the whole call. Of words
    it is the first of their addresses, as the words lie elsewhere.
    """
    # the kernel's own, at use, has no user address
    looks = (argument.looks[stage] for stage in STAGES if stage in argument.looks)
    content = next((look for look in looks if look.address), None)
    if content is None:
        return None
    length = _LENGTHS[argument.form](content, _asked(call, argument), _WORD_BYTES.get(call.abi, 8))
    if length <= 0:
        return None
    return content.address, min(content.address + length, _ADDRESS_END)


def _asked(call: JudgedCall, argument: JudgedArgument) -> int | None:
    """Give the register that says how much there is; None: there is none."""
    syscall = BY_NAME.get(call.syscall)
    for known in syscall.arguments if syscall else ():
        at = known.length_position
        if known.name == argument.name and at is not None and at < len(call.args):
            return call.args[at]
    return None


def _mask(content: Content, asked: int | None, word: int) -> int:
    length = len(content.data)
    if asked is None:
        return length
    bits = max(asked % (1 << 8 * word) - 1, 0)
    return max(length, min(-(-bits // (8 * word)) * word, PAGE_BYTES))


def _path(content: Content, _: int | None, __: int) -> int:
    """Count the zero byte at its end, or the first that could not be read."""
    return len(content.data) + 1


def _socket_address(content: Content, asked: int | None, _: int) -> int:
    return len(content.data) if asked is None else min(asked % (1 << 32), MOST_SOCKET_BYTES)


def _words(_: Content, __: int | None, word: int) -> int:
    return word


def _pointers(content: Content, asked: int | None, word: int) -> int:
    return _elements(content, asked, word)


def _integers(content: Content, asked: int | None, _: int) -> int:
    return _elements(content, asked, _INT)


def _elements(content: Content, asked: int | None, size: int) -> int:
    length = len(content.data)
    return length if asked is None else max(length, min(asked * size, PAGE_BYTES))


_LENGTHS: dict[Form, Callable[[Content, int | None, int], int]] = {
    Form.NODEMASK: _mask,
    Form.PATH: _path,
    Form.SOCKET_ADDRESS: _socket_address,
    Form.WORDS: _words,
    Form.POINTERS: _pointers,
    Form.INTEGERS: _integers,
}
"""How many bytes the kernel reads, by form."""
