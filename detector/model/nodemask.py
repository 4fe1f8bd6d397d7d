"""Nodemasks as byte strings: bit n of the little-endian number is node n (kernel bitmap layout)."""

from __future__ import annotations

from collections.abc import Iterable


def nodes(mask: bytes) -> tuple[int, ...]:
    """Give the node numbers that are set in `mask`, ascending."""
    number = int.from_bytes(mask, "little")
    found = []
    while number:
        low = number & -number
        found.append(low.bit_length() - 1)
        number ^= low
    return tuple(found)


def nodelist(numbers: Iterable[int]) -> str:
    """Write node numbers as the kernel's list format does (`0,2-3`); `-` stands for none."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in runs) or "-"


def shortlist(numbers: Iterable[int], width: int) -> str:
    """Write a node list in at most `width` characters, saying how many nodes it leaves out.

    A list that fits is written whole. One number or range is always written, so a `width` under
    20 or so may be passed.
    """
    ascending = sorted(numbers)
    whole = nodelist(ascending)
    if len(whole) <= width:
        return whole
    runs = whole.split(",")
    for kept in range(len(runs) - 1, 0, -1):
        shown = ",".join(runs[:kept])
        left = len(ascending) - sum(_length(run) for run in runs[:kept])
        short = f"{shown} and {left} more"
        if len(short) <= width or kept == 1:
            return short
    return whole


def _length(run: str) -> int:
    first, _, last = run.partition("-")
    return int(last or first) - int(first) + 1
