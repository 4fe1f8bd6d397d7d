"""The calls of the families that are not watched, and why: listed, so that nobody has to wonder.

Families are those of the watched calls: what takes nodemasks, paths and the addresses of sockets.
"""

from __future__ import annotations

import msgspec


class Unwatched(msgspec.Struct, frozen=True, kw_only=True):
    """One call that is not watched."""

    name: str
    raceable: bool
    """Whether a race could deceive who looked at its arguments."""
    reason: str
    """Why it is not watched, for a person."""


_SAME = {
    "rename": "renameat2",
    "renameat": "renameat2",
    "unlink": "unlinkat",
    "rmdir": "unlinkat",
    "link": "linkat",
    "symlink": "symlinkat",
}
"""By call: the watched one that does the same with more arguments."""

_BEHIND = "its address stands in a struct msghdr, which is not followed; sendto is watched"
_OPENS = "of the calls that open a file, those that take a path and give a descriptor are watched"
_MOUNTS = "of the calls that change mounts, mount alone is watched"
_MAKES = "of the calls that change names in folders, those that remove, rename and link are watched"
_CHANGES = "it changes a file by its path, and such calls are not in the table"
_GOES = "it goes to a folder by its path, and such calls are not in the table"
_ASKS = "it asks about a file by its path, and changes nothing"

_RACEABLE: tuple[tuple[str, str], ...] = (
    ("sendmsg sendmmsg", _BEHIND),
    ("open_by_handle_at name_to_handle_at", _OPENS),
    ("umount2 pivot_root move_mount open_tree fsopen fspick fsconfig mount_setattr", _MOUNTS),
    ("mkdir mkdirat mknod mknodat", _MAKES),
    ("chmod fchmodat fchmodat2 chown lchown fchownat truncate", _CHANGES),
    ("utime utimes futimesat utimensat", _CHANGES),
    ("setxattr lsetxattr removexattr lremovexattr", _CHANGES),
    ("chdir chroot", _GOES),
    ("access faccessat faccessat2 stat lstat newfstatat statx statfs", _ASKS),
    ("readlink readlinkat getxattr lgetxattr listxattr llistxattr", _ASKS),
)
"""Calls, and why they are not watched."""

_WRITTEN = "accept accept4 getsockname getpeername recvfrom recvmsg recvmmsg"

UNWATCHED: tuple[Unwatched, ...] = (
    Unwatched(
        name="get_mempolicy",
        raceable=False,
        reason="its mask is an output: the kernel writes it, and reads nothing there",
    ),
    Unwatched(
        name="set_mempolicy_home_node",
        raceable=False,
        reason="it takes no pointer to anything that it reads: every argument is a value",
    ),
    *(
        Unwatched(
            name=name,
            raceable=True,
            reason=f"{watched} does the same, and is watched; this one is not in the table",
        )
        for name, watched in _SAME.items()
    ),
    *(
        Unwatched(name=name, raceable=True, reason=reason)
        for names, reason in _RACEABLE
        for name in names.split()
    ),
    *(
        Unwatched(
            name=name,
            raceable=False,
            reason="its address is an output: the kernel writes it, and reads nothing there",
        )
        for name in _WRITTEN.split()
    ),
)
