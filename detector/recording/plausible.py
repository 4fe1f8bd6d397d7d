"""What a record must be beyond its types: the promises that decode.py makes of the kernel's. Pure.

A recording may come from anybody. What judges and shows snapshots relies on these promises, so
they are held here, once, for all of it.
"""

from __future__ import annotations

from detector.errors import RecordingError
from detector.judging.beginning import Ending
from detector.model.caller import Caller
from detector.model.form import Form
from detector.model.process_change import ProcessChange
from detector.model.snapshot import Content, Loss, Snapshot
from detector.model.writer import Writer
from detector.recording.records import Answer, Closing, Dropped, Header, Record
from detector.syscalls.table import BY_NAME

ARGUMENTS = 6
"""Registers that carry a system call's arguments."""
MOST_CONTENT = 4096
"""Bytes of one argument."""
MOST_FRAMES = 64
"""Addresses of a stack, and ancestors of a process."""
MOST_WORD = 1 << 64
_LEAST_RETURN = -(1 << 31)
_ABIS = {"x86_64", "i386"}


def check(record: Record) -> None:
    """Raise RecordingError for a record that no run of the tool writes."""
    if isinstance(record, Snapshot):
        _check_snapshot(record)
    elif isinstance(record, Loss):
        _counts(record.count)
    elif isinstance(record, ProcessChange):
        _counts(record.tgid, record.time_ns, record.parent_tgid or 0)
    elif isinstance(record, Dropped):
        _counts(record.segments, record.blocks)
    elif isinstance(record, Closing):
        _check_ending(record.ending)
    elif isinstance(record, Answer):
        _counts(record.call)
        for writer in record.process.writers:
            _check_writer(writer)
    else:
        _check_header(record)


def _check_header(header: Header) -> None:
    beginning = header.beginning
    _counts(header.segment, header.opened_unix_ns, beginning.began_unix_ns)
    _counts(MOST_WORD // 2 + beginning.offset_ns)


def _check_ending(ending: Ending) -> None:
    _counts(ending.begun or 0, ending.equal, ending.held, ending.cut_by_start)
    _counts(ending.ended_unix_ns, *ending.lost.values(), *ending.enforced.values())


def _check_snapshot(snapshot: Snapshot) -> None:
    syscall = BY_NAME.get(snapshot.syscall)
    if syscall is None:
        raise RecordingError(f"a snapshot of the unknown system call {snapshot.syscall!r}")
    if len(snapshot.args) != ARGUMENTS or snapshot.abi not in _ABIS:
        raise RecordingError(f"a snapshot of {len(snapshot.args)} registers, ABI {snapshot.abi!r}")
    _counts(
        snapshot.call, snapshot.sequence, snapshot.time_ns, snapshot.lost, snapshot.cpu,
        *snapshot.args,
    )  # fmt: skip
    if snapshot.returned is not None and not _LEAST_RETURN < snapshot.returned < MOST_WORD:
        raise RecordingError(f"a snapshot of a call that returned {snapshot.returned}")
    names = {argument.name for argument in syscall.arguments}
    if not names.issuperset(snapshot.contents) or not names.issuperset(snapshot.missed):
        raise RecordingError(f"a snapshot of arguments that {syscall.name} does not have")
    if len(snapshot.cpuset) > MOST_CONTENT:
        raise RecordingError(f"a snapshot with a cpuset of {len(snapshot.cpuset)} bytes")
    paths = {argument.name for argument in syscall.arguments if argument.form is Form.PATH}
    for name, content in snapshot.contents.items():
        _check_content(content, MOST_CONTENT if name in paths else len(content.data))
    if snapshot.caller is not None:
        _check_caller(snapshot.caller)


def _check_caller(caller: Caller) -> None:
    _counts(*caller.code, caller.stack_top, *caller.stack, *caller.namespaces.values())
    _counts(caller.login_uid or 0, *(one.start_ns or 0 for one in caller.ancestors))
    _counts(*(one.tgid for one in caller.ancestors))
    if caller.program is not None:
        _counts(caller.program.inode, *caller.program.device)
    if len(caller.stack) > MOST_FRAMES or len(caller.ancestors) > MOST_FRAMES:
        raise RecordingError(f"a caller with {len(caller.stack)} addresses in its stack")


def _check_content(content: Content, most: int) -> None:
    """Check one content, of which what could not be read ends at `most` bytes or before."""
    length = len(content.data)
    _counts(content.address)
    if length > MOST_CONTENT or not 0 <= content.bits <= 8 * length:
        raise RecordingError(f"a content of {length} bytes that says {content.bits} bits")
    for gap in content.unread:
        if not 0 <= gap.start < gap.end <= most:
            raise RecordingError(f"a content of {length} bytes, unread {gap.start} to {gap.end}")


def _check_writer(writer: Writer) -> None:
    _counts(writer.address, writer.word or 0, writer.hits, writer.last_ns, writer.start_ns)
    _counts(writer.tgid, writer.tid)
    for frame in writer.frames:
        _counts(frame.address, frame.offset or 0, frame.symbol_offset, frame.line)


def _counts(*numbers: int) -> None:
    if any(not 0 <= number < MOST_WORD for number in numbers):
        raise RecordingError("a record with a number that no run gives")
