"""Opening files to write to, past what another user may have planted: links, pipes, foreign files.

The rules are those of the kernel's settings fs.protected_symlinks, protected_hardlinks,
protected_fifos and protected_regular (Documentation/admin-guide/sysctl/fs.rst; fs/namei.c:
may_follow_link, may_create_in_sticky), held whatever this host has set, on the whole way to the
file, and in every folder that others may write to and not only in sticky ones. Every step is taken
from the descriptor of the step before it, so that nothing can be swapped in between.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STEP = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_MOST_LINKS = 40  # MAXSYMLINKS (include/linux/namei.h)
_PROC_ROOT_INO = 1  # include/linux/proc_ns.h
_HERE = "."
"""As the last name of a path: the folder itself is wanted."""

REMOVED = "the file was removed while it was written"


def is_removed(descriptor: int) -> bool:
    """Whether what is open is a file that has no name any more: nobody would ever read it."""
    state = os.fstat(descriptor)
    return stat.S_ISREG(state.st_mode) and state.st_nlink == 0


def open_to_write(path: Path, flags: int, mode: int = 0o600) -> int:
    """Open a file as os.open does; give the descriptor. Links of ours and of root's are followed.

    Raises OSError, with a sentence as its `strerror` where something planted is in the way; a file
    that is refused has not been emptied.
    """
    with place_of(path) as (folder, name):
        check_file(folder, name)
        follow = 0 if _in_proc(folder) else os.O_NOFOLLOW
        wanted = flags & ~os.O_TRUNC | follow | os.O_CLOEXEC | os.O_NOCTTY
        file = os.open(name, wanted, mode, dir_fd=folder)
        try:
            found = os.fstat(file)
            _check(found, os.fstat(folder))
            if flags & os.O_TRUNC and stat.S_ISREG(found.st_mode):
                os.ftruncate(file, 0)
        except OSError:
            os.close(file)
            raise
    return file


def open_folder(path: Path) -> int:
    """Open a folder that is there, to name files in it (O_PATH). Raises OSError as above."""
    folder, _ = _walk([*path.parts, _HERE])
    return folder


@contextmanager
def place_of(path: Path) -> Iterator[tuple[int, str]]:
    """Give the descriptor of a file's folder and its name there, links resolved.

    Raises OSError as above.
    """
    folder, name = _walk(list(path.parts) or [_HERE])
    try:
        yield folder, name
    finally:
        os.close(folder)


def check_file(folder: int, name: str) -> None:
    """Raise OSError where a file of that name is there and may have been planted."""
    if _in_proc(folder):
        return
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    _check(found, os.fstat(folder))


def _check(found: os.stat_result, folder: os.stat_result) -> None:
    """Raise PermissionError for a file that others may have put there, to be written by us."""
    if not _others_write(folder) or stat.S_ISDIR(found.st_mode):
        return
    if found.st_uid not in {*_trusted(), folder.st_uid}:
        raise _planted(f"user {found.st_uid} has put a file there")
    if stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
        raise _planted("it has a second name (a hard link) elsewhere")


def _walk(parts: list[str]) -> tuple[int, str]:
    """Go to the folder of the last of `parts`, links and all; give its descriptor and that name."""
    pending = parts[::-1]
    folder = os.open(_HERE, _FOLDER)
    links = 0
    try:
        while pending:
            name = pending.pop()
            target = _link(folder, name)
            if target is not None:
                links += 1
                _check_links(links)
                pending += Path(target).parts[::-1]
            elif pending or name.startswith("/"):
                follow = 0 if _in_proc(folder) else os.O_NOFOLLOW
                following = os.open(name, _FOLDER | follow, dir_fd=folder)
                os.close(folder)
                folder = following
            else:
                return folder, name
    except OSError:
        os.close(folder)
        raise
    return folder, _HERE


def _check_links(followed: int) -> None:
    """Raise OSError where links lead on without end."""
    if followed > _MOST_LINKS:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _link(folder: int, name: str) -> str | None:
    """Give where a link leads that may be followed; None where there is no link, or /proc's.

    Raises PermissionError for a planted one.
    """
    if _in_proc(folder):  # its links are not text, and nobody can plant one
        return None
    try:
        step = os.open(name, _STEP, dir_fd=folder)
    except FileNotFoundError:
        return None
    try:
        found = os.fstat(step)
        if not stat.S_ISLNK(found.st_mode):
            return None
        if _others_write(os.fstat(folder)) and found.st_uid not in _trusted():
            raise _planted(f"user {found.st_uid} has put the link {name!r} in its way")
        return os.readlink("", dir_fd=step)
    finally:
        os.close(step)


def _others_write(folder: os.stat_result) -> bool:
    """Whether anybody but root and us can make a name in a folder."""
    return folder.st_uid not in _trusted() or bool(folder.st_mode & _OTHERS_WRITE)


def _trusted() -> tuple[int, int]:
    return 0, os.geteuid()


def _in_proc(folder: int) -> bool:
    """Whether a folder is of the /proc that is mounted there."""
    try:
        proc = Path("/proc").stat()
    except OSError:
        return False
    return proc.st_ino == _PROC_ROOT_INO and os.fstat(folder).st_dev == proc.st_dev


def _planted(what: str) -> PermissionError:
    return PermissionError(
        errno.EACCES, f"{what}, in a folder that others write to: name another, that is yours alone"
    )
