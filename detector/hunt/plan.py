"""The plan of a hunt: which files make a recording, and which recordings are of one boot. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from detector.hunt.clock import NO_CLOCK, Clock, clock_of
from detector.hunt.header_facts import HeaderFacts
from detector.hunt.outcome import Outcome, State
from detector.recording.names import SegmentName
from detector.render.safe import without_surrogates

MISNAMED = "it is called like no file of a recording: RUN.NNNNNN.toctrace"


class FileFacts(msgspec.Struct, frozen=True):
    """What must be known of a file before anything is judged."""

    place: str
    """Its path, or its address in a store."""
    size: int
    name: SegmentName | None
    """None: it is none of a recording."""
    header: HeaderFacts | None
    """What it begins with; None: that cannot be read."""
    problem: str = MISNAMED
    """Why it is none of a recording."""


class JobFile(msgspec.Struct, frozen=True):
    """One file of a recording."""

    place: str
    number: int

    @property
    def name(self) -> str:
        """What it is called in its folder."""
        return self.place.rpartition("/")[2]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One recording to be judged, with all that judging must know beside its bytes."""

    recording: str
    """Its folder and run."""
    run: str
    host: str
    boot: str
    files: tuple[JobFile, ...]
    """First to last."""
    size: int
    header: bytes | None
    """Its first header that can be read, packed; None: there is none."""
    clock: Clock

    @property
    def group(self) -> tuple[str, str]:
        """The host and the boot; a recording that names none stands alone."""
        return (self.host, self.boot) if self.header else ("", self.recording)


Group = tuple[Job, ...]
"""The recordings of one host and boot, as they began."""


class Plan(msgspec.Struct, frozen=True):
    """What is to be judged, and what is not."""

    groups: tuple[Group, ...]
    set_aside: tuple[Outcome, ...]
    """What is no recording, and copies."""

    @property
    def size(self) -> int:
        """All that is to be read."""
        return sum(job.size for group in self.groups for job in group)


class _Recording(msgspec.Struct, frozen=True):
    place: str
    files: Sequence[FileFacts]

    @property
    def header(self) -> HeaderFacts | None:
        return next((file.header for file in self.files if file.header), None)

    @property
    def key(self) -> tuple[str, str]:
        """The host and the boot; where neither can be read, it stands alone."""
        header = self.header
        return (header.host, header.boot) if header else ("", self.place)

    @property
    def content(self) -> object:
        """What two copies of one recording have in common, and can be looked up by."""
        return self.key, tuple((file.name, file.size) for file in self.files)


def make_plan(files: Iterable[FileFacts]) -> Plan:
    """Put files together to recordings, and recordings to groups; none is taken twice."""
    aside: list[Outcome] = []
    groups: dict[tuple[str, str], list[_Recording]] = {}
    taken: list[_Recording] = []
    known: dict[object, str] = {}
    for recording in _recordings(files, aside):
        first = known.setdefault(recording.content, recording.place)
        if first == recording.place:
            taken.append(recording)
        else:
            aside.append(_aside(recording.place, State.COPY, f"a copy of {first}"))
    for recording in taken:
        groups.setdefault(recording.key, []).append(recording)
    return Plan(tuple(_group(groups[key]) for key in sorted(groups)), tuple(aside))


def _recordings(files: Iterable[FileFacts], aside: list[Outcome]) -> Iterator[_Recording]:
    found: dict[str, list[FileFacts]] = {}
    for file in sorted(files, key=lambda file: file.place):
        if file.name is None:
            aside.append(_aside(file.place, State.UNREADABLE, file.problem))
        else:
            folder = file.place.rpartition("/")[0]
            found.setdefault(f"{folder}/{file.name.run}", []).append(file)
    for place, several in found.items():
        yield _Recording(place, sorted(several, key=_order))


def _number(file: FileFacts) -> int:
    return file.name.number if file.name else 0


def _order(file: FileFacts) -> tuple[int, str]:
    return _number(file), file.place


def _group(recordings: list[_Recording]) -> Group:
    headers = [file.header for one in recordings for file in one.files if file.header]
    clock = clock_of(headers) if headers else NO_CLOCK
    return tuple(_job(one, clock) for one in sorted(recordings, key=_began))


def _began(recording: _Recording) -> tuple[int, str]:
    """Give when it began by the boot's own clock."""
    header = recording.header
    return (header.began_ns if header else 0), recording.place


def _job(recording: _Recording, clock: Clock) -> Job:
    header = recording.header
    host, boot = recording.key
    return Job(
        recording=recording.place,
        run=recording.place.rpartition("/")[2],
        host=without_surrogates(host),
        boot=without_surrogates(boot) if header else "",
        files=tuple(JobFile(file.place, _number(file)) for file in recording.files),
        size=sum(file.size for file in recording.files),
        header=header.packed if header else None,
        clock=clock,
    )


def _aside(place: str, state: State, reason: str) -> Outcome:
    return Outcome(
        recording=without_surrogates(place), state=state, reason=without_surrogates(reason)
    )
