"""Forms: what an argument's bytes are, which says how they are compared and shown."""

from __future__ import annotations

from enum import StrEnum


class Form(StrEnum):
    """What is at an argument's address."""

    NODEMASK = "nodemask"
    """A bitmap of NUMA nodes in whole words (mm/mempolicy.c: get_nodes)."""
    PATH = "path"
    """A string that a zero byte ends, which is left out (fs/namei.c: getname_flags)."""
    SOCKET_ADDRESS = "socket-address"
    """A struct sockaddr of as many bytes as the caller says (net/socket.c: move_addr_to_kernel)."""
    WORDS = "words"
    """The first strings of an array, each ended by a zero byte (fs/exec.c: copy_strings)."""
    POINTERS = "pointers"
    """An array of addresses: 8 bytes each, 4 of 32-bit callers (mm/migrate.c: do_pages_move)."""
    INTEGERS = "integers"
    """An array of ints: 4 bytes each."""
