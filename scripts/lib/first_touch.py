"""Make one honest migrate_pages call whose old nodes are on a file's page that nobody touched yet.

The look at entry may not fault, the kernel's copy may: blind, and nobody held anything back.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
import tempfile

from detector.simulate import syscalls
from detector.simulate.masks import MAXNODE_WORD, Mask, encode
from detector.simulate.script import SELF


def main() -> None:
    """Call with node 0 as old and as new, so that nothing moves."""
    with tempfile.TemporaryFile() as file, Mask() as new:
        file.write(encode((0,)).ljust(mmap.PAGESIZE, b"\0"))
        file.flush()
        new.write((0,))
        with mmap.mmap(file.fileno(), mmap.PAGESIZE, access=mmap.ACCESS_COPY) as page:
            old = ctypes.c_char.from_buffer(page)
            returned = syscalls.migrate_pages(
                SELF, MAXNODE_WORD, ctypes.addressof(old), new.address
            )
            del old  # else the page could not be unmapped
    if returned:
        sys.exit(f"migrate_pages returned {returned}")


if __name__ == "__main__":
    main()
