"""Bits of two looks at one argument, on what both of them could read.

Masks are little-endian numbers, so that a shorter one is zero-extended: what the kernel does not
read of the user's mask is zero in its own nodemask_t (mm/mempolicy.c: get_nodes, nodes_clear).
"""

from __future__ import annotations

from detector.model.snapshot import Content

MOST_BYTES = 4096
"""get_nodes() reads no more than a page of bits; a claim of more unread bytes is cut there."""


def number(content: Content) -> int:
    """Give the content's bits as one number: bit n is node n."""
    return int.from_bytes(content.data, "little")


def unread(content: Content) -> int:
    """Give the bits that could not be read, as a number."""
    bits = 0
    for gap in content.unread:
        start = min(max(gap.start, 0), MOST_BYTES)
        end = min(max(gap.end, start), MOST_BYTES)
        bits |= ((1 << 8 * (end - start)) - 1) << 8 * start
    return bits


def came(earlier: Content, later: Content) -> int:
    """Give the bits that are set at the later look only, where both could be read."""
    return number(later) & ~number(earlier) & ~(unread(earlier) | unread(later))


def went(earlier: Content, later: Content) -> int:
    """Give the bits that are set at the earlier look only, where both could be read."""
    return came(later, earlier)


def differ(earlier: Content, later: Content) -> bool:
    """Whether any bit differs that both looks could read."""
    if not earlier.unread and not later.unread:
        return earlier.data != later.data and number(earlier) != number(later)
    return bool((number(earlier) ^ number(later)) & ~(unread(earlier) | unread(later)))


def differ_outside(earlier: Content, later: Content, known: Content) -> bool:
    """Whether any bit differs that both looks could read, and `known` could not."""
    both = ~(unread(earlier) | unread(later))
    return bool((number(earlier) ^ number(later)) & both & unread(known))


def equally_unread(earlier: Content, later: Content) -> bool:
    """Whether both looks were denied exactly the same."""
    return unread(earlier) == unread(later) and (earlier.beyond is None) == (later.beyond is None)


def reads_more(earlier: Content, later: Content) -> bool:
    """Whether the later look read something that the earlier one could not."""
    return bool(unread(earlier) & ~unread(later)) or (
        earlier.beyond is None and later.beyond is not None
    )


def nothing_read(content: Content) -> bool:
    """Whether there was something to read, and none of it could be."""
    everything = (1 << 8 * len(content.data)) - 1
    return bool(content.unread) and not everything & ~unread(content)


def as_mask(bits: int) -> bytes:
    """Write a number of bits as the shortest mask that holds it; empty for none."""
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")
