"""A file system in user space whose files are served as slowly as a scenario likes.

It speaks /dev/fuse itself (include/uapi/linux/fuse.h): as much as mounting, opening and mapping
files of one page takes. Every name is a file, a new one at each look-up, and all read the same.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import struct
import tempfile
import threading
from typing import TYPE_CHECKING, Self

from detector.errors import SimulationError
from detector.simulate import syscalls
from detector.simulate.pages import PAGE

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

LOOKUP, FORGET, GETATTR, OPEN, READ, RELEASE, FLUSH, INIT, BATCH_FORGET = (
    *(1, 2, 3, 14, 15, 18, 25, 26, 42),
)
"""enum fuse_opcode."""
_MAJOR, _MINOR = 7, 31
_REQUEST = struct.Struct("=IIQQIIIHH")
"""struct fuse_in_header: len, opcode, unique, nodeid, uid, gid, pid, extensions, padding."""
_ANSWER = struct.Struct("=IiQ")
"""struct fuse_out_header: len, error, unique."""
_ATTRIBUTES = struct.Struct("=QQQQQQIIIIIIIIII")
"""struct fuse_attr: ino, size, blocks, three times and their ns, mode, nlink, ..., blksize."""
_INIT = struct.Struct("=IIIIHHI40x")
"""struct fuse_init_out: major, minor, max_readahead 0: one page is read at a time."""
_LONGEST = 64 * 1024
_ROOT = 1


class SlowFiles:
    """The mounted file system; a context manager. `folder` is a descriptor of its root."""

    def __init__(self) -> None:
        """Mount it. Raises SimulationError where that is not permitted."""
        self._armed: dict[int, Callable[[], None]] = {}
        self._failure: Exception | None = None
        self._content = b""
        self._nodes = _ROOT
        self._stop = os.eventfd(0, os.EFD_CLOEXEC)
        self._place = tempfile.TemporaryDirectory()
        try:
            self._device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise SimulationError(f"/dev/fuse cannot be opened: {error.strerror}") from error
        options = f"fd={self._device},rootmode=40000,user_id={os.geteuid()},group_id={os.getegid()}"
        syscalls.mount("fuse", self._place.name, options)
        self._thread = threading.Thread(target=self._serve, name="slow-files", daemon=True)
        self.folder = -1

    def __enter__(self) -> Self:
        """Start the thread that serves it."""
        self._thread.start()
        self.folder = os.open(self._place.name, os.O_PATH | os.O_DIRECTORY)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Unmount it; a call that is still held goes on with an error."""
        os.close(self.folder)
        syscalls.unmount(self._place.name, syscalls.MNT_DETACH)
        os.eventfd_write(self._stop, 1)
        self._thread.join()
        os.close(self._stop)
        self._place.cleanup()

    def arm(self, opcode: int, action: Callable[[], None], content: bytes = b"") -> None:
        """Let the next such request wait for `action`; files read `content`, and zeros."""
        self._content = content
        self._armed = {opcode: action}

    def check(self) -> None:
        """Raise SimulationError unless what was armed was asked for, and done."""
        if self._failure is not None:
            raise SimulationError(f"a slow file was not served: {self._failure}")
        if self._armed:
            raise SimulationError("the kernel did not ask the slow file for anything")

    def _serve(self) -> None:
        poll = select.poll()
        poll.register(self._device, select.POLLIN)
        poll.register(self._stop, select.POLLIN)
        try:
            while self._stop not in {descriptor for descriptor, _events in poll.poll()}:
                self._serve_one(os.read(self._device, _LONGEST))
        except OSError as error:
            self._failure = error
        finally:
            os.close(self._device)  # it ends the connection: nobody stays held

    def _serve_one(self, request: bytes) -> None:
        _length, opcode, unique, node, *_caller = _REQUEST.unpack_from(request)
        if opcode in {FORGET, BATCH_FORGET}:  # these want no answer
            return
        if action := self._armed.pop(opcode, None):
            action()
        body = self._answer(opcode, node, request[_REQUEST.size :])
        error = -errno.ENOSYS if body is None else 0
        head = _ANSWER.pack(_ANSWER.size + len(body or b""), error, unique)
        os.write(self._device, head + (body or b""))

    def _answer(self, opcode: int, node: int, asked: bytes) -> bytes | None:
        """Give what follows the answer's head; None: it is not spoken here."""
        if opcode == INIT:
            minor = min(struct.unpack_from("=I", asked, 4)[0], _MINOR)
            return _INIT.pack(_MAJOR, minor, 0, 0, 0, 0, PAGE)
        if opcode == LOOKUP:
            self._nodes += 1
            # struct fuse_entry_out: nodeid, generation, and what may be kept for how long: nothing
            return struct.pack("=QQQQII", self._nodes, 0, 0, 0, 0, 0) + _attributes(self._nodes)
        if opcode == GETATTR:
            return bytes(16) + _attributes(node)
        if opcode == OPEN:
            return bytes(16)
        if opcode == READ:
            return self._content.ljust(PAGE, b"\0")
        return b"" if opcode in {RELEASE, FLUSH} else None


def _attributes(node: int) -> bytes:
    root = node == _ROOT
    mode = stat.S_IFDIR | 0o700 if root else stat.S_IFREG | 0o600
    times = (0,) * 6
    owner = (os.geteuid(), os.getegid())
    size = 0 if root else PAGE
    return _ATTRIBUTES.pack(node, size, 1, *times, mode, 1, *owner, 0, PAGE, 0)
