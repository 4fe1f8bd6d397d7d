"""A string or an address in memory of which a simulation can hold the kernel's copy.

It lies across two pages so that the second one has no more than the last byte of an 8-byte word.
The kernel copies by words (lib/strncpy_from_user.c; arch/x86/lib/copy_user_64.S): held at that
word's fault it has copied none of it, and reads all of it once the page is there. A look that may
not fault reads what stands on the first page.
"""

from __future__ import annotations

from typing import Self

from detector.simulate.pages import PAGE, Region, write

WORD = 8


class HeldText(Region):
    """Two pages; nothing is present before it is written."""

    def __init__(self) -> None:
        """Map both. Raises SimulationError where that is refused."""
        super().__init__(2)
        self.address_of_text = self.address

    @property
    def held(self) -> int:
        """The address of the page that is to be armed."""
        return self.page(1)

    def across(self, text: bytes, word: int) -> bytes:
        """Place `text` so that the last byte of its word number `word` is the second page's first.

        Gives what stands on the second page: it is for the fault server to fill it with.
        """
        before = WORD * (word + 1) - 1
        self.address_of_text = self.held - before
        write(self.address_of_text, text[:before])
        return text[before:]

    def beyond(self) -> None:
        """Place the text on the second page, as a whole."""
        write(self.address, bytes(PAGE))
        self.address_of_text = self.held

    def __enter__(self) -> Self:
        """Return the memory itself."""
        return self
