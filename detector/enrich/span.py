"""Which user addresses the kernel reads for an argument: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.model.stage import STAGES
from detector.syscalls.table import BY_NAME

if TYPE_CHECKING:
    from detector.model.judgement import JudgedArgument, JudgedCall

PAGE_BYTES = 4096
"""A mask of more bits than a page holds is EINVAL before it is read (mm/mempolicy.c)."""
_WORD_BYTES = {"x86_64": 8, "i386": 4}
_ADDRESS_END = 1 << 64


def read_span(call: JudgedCall, argument: JudgedArgument) -> tuple[int, int] | None:
    """Give start and end (exclusive) of what the kernel reads; None: nothing, or not seen.

    The words past MAX_NUMNODES belong to it: a page held back there holds the whole call.
    """
    # the kernel's own masks, at use, have no user address
    looks = (argument.looks[stage] for stage in STAGES if stage in argument.looks)
    content = next((look for look in looks if look.address), None)
    if content is None:
        return None
    length = len(content.data)
    syscall = BY_NAME.get(call.syscall)
    entry = (
        None
        if syscall is None
        else next((known for known in syscall.arguments if known.name == argument.name), None)
    )
    if entry is not None and entry.bits_position < len(call.args):
        word = _WORD_BYTES.get(call.abi, 8)
        bits = max(call.args[entry.bits_position] % (1 << 8 * word) - 1, 0)
        length = max(length, min(-(-bits // (8 * word)) * word, PAGE_BYTES))
    if length <= 0:
        return None
    return content.address, min(content.address + length, _ADDRESS_END)
