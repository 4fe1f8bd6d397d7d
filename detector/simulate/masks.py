"""Nodemasks in memory, laid out so that the kernel can be held in the middle of reading one.

With maxnode past MAX_NUMNODES the kernel reads the words past it first, from the last one
down, to see that they are zero, and the rest afterwards (mm/mempolicy.c, get_nodes). A held
mask has its body, node bits 0 to 1023, at the end of a present page, and its tail, the one
word after them, on a page that userfaultfd holds: every look can read the body, and the kernel
is stopped before it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from detector.simulate import pages
from detector.simulate.pages import Region

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

WORD = 8
"""Bytes in a word of a mask."""
BODY = 128
"""Bytes of a mask up to node 1023, the most that any kernel supports."""
MAXNODE_TAILED = 1024 + 64 + 1
"""A maxnode that makes the kernel read one word past the body; it uses maxnode - 1 bits."""
MAXNODE_WORD = 64 + 1
"""A maxnode that makes the kernel read one word."""


def encode(nodes: Iterable[int], length: int = BODY) -> bytes:
    """Return the mask of `nodes` as `length` bytes, as the kernel lays bitmaps out on x86."""
    return sum(1 << node for node in set(nodes)).to_bytes(length, "little")


class Mask:
    """A mask whose body and tail are both present, on a page of its own."""

    def __init__(self, *, below_4g: bool = False) -> None:
        """Map it; raise SimulationError if that is refused."""
        self.region = Region(1, below_4g=below_4g)
        self.address = self.region.address
        self.write(())

    def write(self, nodes: Iterable[int]) -> None:
        """Set the body to `nodes`."""
        pages.write(self.address, encode(nodes))

    def __enter__(self) -> Self:
        """Return the mask itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Unmap it."""
        self.region.close()


class HeldMask(Mask):
    """A mask whose tail is on a page of its own that nobody has touched."""

    def __init__(self, *, below_4g: bool = False, shared: bool = False) -> None:
        """Map it, for a writer in another process with a `shared` body."""
        self.region = Region(2, below_4g=below_4g)
        if shared:
            self.region.share(0)
        self.body_page = self.region.page(0)
        self.tail_page = self.region.page(1)
        self.address = self.tail_page - BODY
        self.write(())

    def touch_tail(self) -> None:
        """Make the tail present, and zero."""
        pages.write_word(self.tail_page, 0)


class BlindMask(Mask):
    """A mask on a page that is not there until the kernel reads it."""

    def __init__(self) -> None:
        """Map its page and leave it untouched."""
        self.region = Region(1)
        self.page = self.region.page(0)
        self.address = self.page
