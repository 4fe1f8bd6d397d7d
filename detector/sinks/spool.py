"""A queue on disk, bounded: what could not be delivered, oldest first, in a few files.

Layout: `FOLDER/SLOT/NUMBER.seg`, each file some records; a higher number is younger. A slot is
one running toctrace, held by a lock; what a run left behind is taken over by the next one that
opens the folder. `FOLDER/SLOT/dropped` is how many messages were thrown away and not yet told of.

Record: length (4 bytes), CRC-32 (4), wall time in ns (8), whether it is an alert (1), payload; all
numbers big-endian, the CRC over everything behind it. A record that a crash left unfinished ends
its file. Nothing is forced to the platter: a power cut can take the last seconds.
"""

from __future__ import annotations

import fcntl
import os
import struct
import zlib
from io import FileIO
from pathlib import Path

from detector.errors import UsageError
from detector.safe_open import open_folder
from detector.sinks.record import Record

DEFAULT_BYTES = 64 << 20
LEAST_BYTES = 64 << 10
"""Bounds of a spool smaller than this make no sense."""
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_SLOTS = 16
"""Runs of toctrace at a time that may share a sink."""
_FIRST = 1 << 40
"""The first file's number; what is put back in front counts down from it."""
_HEAD = struct.Struct(">IIQB")
_CRC_FROM = 8
_LONGEST = 1 << 24
_OTHERS_MAY_WRITE = 0o022


class _Segment:
    """One file: how much is in it, and how much of that still has to be delivered."""

    def __init__(self, path: Path, count: int, size: int, since_ns: int) -> None:
        self.path, self.count, self.size, self.since_ns = path, count, size, since_ns
        self.loaded = False


class Spool:
    """The files of one sink. Raises OSError where the disk refuses; no thread safety of its own."""

    def __init__(self, folder: Path, most_bytes: int = DEFAULT_BYTES) -> None:
        """Take a slot of `folder` and what earlier runs left there.

        Raises UsageError where the folder cannot be used, or others could write to it.
        """
        self._most = most_bytes
        self._part = max(most_bytes // 16, LEAST_BYTES // 8)
        try:
            _private_folder(folder)
            self._slot, self._lock = _taken_slot(folder)
            self._segments = _found(self._slot)
            for other in sorted(folder.iterdir()):
                self._take_over(other)
            self.dropped = _read_number(self._slot / "dropped")
            """Messages that were thrown away and not yet told of."""
        except OSError as error:
            raise UsageError(
                f"{folder}: cannot be the spool: {error.strerror}: name another folder by --spool"
            ) from None

    @property
    def bytes(self) -> int:
        """What the files hold."""
        return sum(segment.size for segment in self._segments.values())

    @property
    def waiting(self) -> int:
        """Records in files that are not loaded."""
        return sum(s.count for s in self._segments.values() if not s.loaded)

    @property
    def oldest_ns(self) -> int:
        """When the oldest record that waits was queued, ns since 1970; 0: none waits."""
        waiting = [n for n, segment in self._segments.items() if not segment.loaded]
        return self._segments[min(waiting)].since_ns if waiting else 0

    def append(self, record: Record) -> int:
        """Add one record at the end; give how many old ones had to go for it."""
        data = _encoded(record)
        last = max(self._segments, default=_FIRST)
        segment = self._segments.get(last)
        if segment is None or segment.loaded or segment.size + len(data) > self._part:
            last += 1
            segment = self._segments[last] = _Segment(self._path(last), 0, 0, record.since_ns)
        with _opened(segment.path, os.O_APPEND) as file:
            try:
                _write_all(file, data)
            except OSError:
                os.ftruncate(file.fileno(), segment.size)
                raise
        segment.count += 1
        segment.size += len(data)
        return self._shrink()

    def put_back(self, records: list[Record]) -> int:
        """Put `records` in front of everything; the files that were loaded are done with."""
        chunk: list[Record] = []
        size = 0
        for record in reversed(records):
            length = _HEAD.size + len(record.payload)
            if chunk and size + length > self._part:
                self._put_in_front(chunk[::-1])
                chunk, size = [], 0
            chunk.append(record)
            size += length
        if chunk:
            self._put_in_front(chunk[::-1])
        for number in [n for n, segment in self._segments.items() if segment.loaded]:
            self._remove(number)
        return self._shrink()

    def _put_in_front(self, records: list[Record]) -> None:
        number = min(self._segments, default=_FIRST) - 1
        data = b"".join(map(_encoded, records))
        new = self._path(number).with_suffix(".new")
        with _opened(new, os.O_TRUNC) as file:
            _write_all(file, data)
        new.rename(self._path(number))
        self._segments[number] = _Segment(
            self._path(number), len(records), len(data), records[0].since_ns
        )
        for record in records:
            record.segment = None

    def load(self) -> list[Record]:
        """Read the oldest file that is not loaded; it stays on disk until its records are done."""
        waiting = sorted(n for n, segment in self._segments.items() if not segment.loaded)
        if not waiting:
            return []
        number = waiting[0]
        segment = self._segments[number]
        records = _decoded(segment.path.read_bytes())
        if not records:
            self._remove(number)
            return []
        segment.loaded, segment.count = True, len(records)
        for record in records:
            record.segment = number
        return records

    def done(self, number: int) -> None:
        """Note that one record of a loaded file need not be sent again."""
        segment = self._segments.get(number)
        if segment is not None:
            segment.count -= 1
            if segment.count <= 0:
                self._remove(number)

    def untold(self, dropped: int) -> None:
        """Keep over a restart how many lost messages nobody was told of."""
        if dropped != self.dropped:
            self.dropped = dropped
            with _opened(self._slot / "dropped", os.O_TRUNC) as file:
                _write_all(file, b"%d\n" % dropped)

    def close(self) -> None:
        """Let the slot go."""
        if not self._segments and not self.dropped:
            (self._slot / "dropped").unlink(missing_ok=True)
        os.close(self._lock)

    def _shrink(self) -> int:
        """Throw the oldest away until the rest is within the bound; give how many those were."""
        gone = 0
        while self.bytes > self._most:
            oldest = min((n for n, s in self._segments.items() if not s.loaded), default=None)
            if oldest is None or oldest == max(self._segments):
                break
            gone += self._segments[oldest].count
            self._remove(oldest)
        return gone

    def _remove(self, number: int) -> None:
        self._segments.pop(number).path.unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self._slot / f"{number:020d}.seg"

    def _take_over(self, other: Path) -> None:
        """Bring what a run that has ended left in another slot into this one, in front."""
        if other == self._slot or not other.is_dir():
            return
        lock = _locked(other)
        if lock is None:
            return
        try:
            for _, segment in sorted(_found(other).items(), reverse=True):
                number = min(self._segments, default=_FIRST) - 1
                segment.path.rename(self._path(number))
                segment.path = self._path(number)
                self._segments[number] = segment
            left = _read_number(other / "dropped")
            if left:
                mine = _read_number(self._slot / "dropped")
                (self._slot / "dropped").write_text(f"{left + mine}\n")
                (other / "dropped").unlink()
        finally:
            os.close(lock)


def _opened(path: Path, flag: int) -> FileIO:
    """Open a file to write, for its owner alone."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | flag
    return FileIO(os.open(path, flags, _FILE_MODE), "w")


def _write_all(file: FileIO, data: bytes) -> None:
    while data:
        data = data[file.write(data) :]


def _private_folder(folder: Path) -> None:
    is_there = next(place for place in (folder, *folder.parents) if place.exists())
    os.close(open_folder(is_there))  # nothing is made past a planted link
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    os.close(open_folder(folder))
    state = folder.lstat()
    if folder.is_symlink() or state.st_uid != os.geteuid() or state.st_mode & _OTHERS_MAY_WRITE:
        raise UsageError(
            f"{folder}: cannot be the spool: it is not this user's alone: chown it and chmod 700,"
            " or name another folder by --spool"
        )


def _taken_slot(folder: Path) -> tuple[Path, int]:
    for number in range(_SLOTS):
        slot = folder / str(number)
        slot.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        lock = _locked(slot)
        if lock is not None:
            return slot, lock
    raise UsageError(f"{folder}: {_SLOTS} runs of toctrace send to this sink already: end some")


def _locked(slot: Path) -> int | None:
    """Lock a slot; None where another run holds it."""
    lock = os.open(slot, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _found(slot: Path) -> dict[int, _Segment]:
    """Read what a slot holds; what cannot be read is no record."""
    found = {}
    for path in sorted(slot.glob("*.seg")):
        records = _decoded(path.read_bytes())
        size = sum(_HEAD.size + len(record.payload) for record in records)
        if not records or not path.stem.isdecimal():
            path.unlink()
            continue
        os.truncate(path, size)
        found[int(path.stem)] = _Segment(path, len(records), size, records[0].since_ns)
    return found


def _read_number(path: Path) -> int:
    try:
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return 0
    return int(text) if text.isdecimal() else 0


def _encoded(record: Record) -> bytes:
    rest = _HEAD.pack(0, 0, record.since_ns, record.alert)[_CRC_FROM:] + record.payload
    return struct.pack(">II", len(record.payload), zlib.crc32(rest)) + rest


def _decoded(data: bytes) -> list[Record]:
    """Read records up to the end, or up to the first that is not whole."""
    records, at = [], 0
    while at + _HEAD.size <= len(data):
        length, crc, since_ns, alert = _HEAD.unpack_from(data, at)
        end = at + _HEAD.size + length
        if length > _LONGEST or end > len(data) or zlib.crc32(data[at + _CRC_FROM : end]) != crc:
            break
        payload = data[at + _HEAD.size : end]
        records.append(Record(payload=payload, alert=bool(alert), since_ns=since_ns))
        at = end
    return records
