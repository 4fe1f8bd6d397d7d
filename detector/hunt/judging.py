"""One group of recordings judged: what both engines call, wherever the bytes come from. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from detector.hunt.header_facts import unpack
from detector.hunt.int64 import int64
from detector.hunt.outcome import Outcome, State
from detector.hunt.plan import Job, JobFile
from detector.hunt.question import Asked
from detector.hunt.sighting import Sighting, sighting
from detector.model.observation import Observation
from detector.recording.case import RecordingPath
from detector.recording.chain import Chain
from detector.recording.names import SegmentName
from detector.recording.reading import Block, Gap
from detector.recording.records import Header
from detector.recording.replay import GAP_NOTE, MOST_NOTED, judge_again
from detector.render.safe import without_surrogates

Record = Sighting | Outcome
"""What an engine gives: the findings of every recording, each one's outcome after them."""


ReadFile = Callable[[JobFile], Iterator[Block | Gap]]
"""How an engine reads one file."""


def judge_group(jobs: Iterable[Job], read: ReadFile, asked: Asked) -> Iterator[Record]:
    """Judge the recordings of one host and boot, in order, as a replay does.

    Their files are read in order, each once.
    """
    for job in jobs:
        yield from _judge(job, read, asked)


def _judge(job: Job, read: ReadFile, asked: Asked) -> Iterator[Record]:
    segments = tuple(SegmentName(job.run, file.number) for file in job.files)
    files = iter(job.files)  # by their order: two names can say one number
    chain = Chain(RecordingPath(Path(), job.run, segments), lambda _: read(next(files)))
    header = unpack(job.header) if job.header else None
    gaps: list[str] = []
    count = 0
    observation = None
    for item in judge_again(chain, header, asked.rules):
        if isinstance(item, Gap):
            count += 1
            if len(gaps) < MOST_NOTED:
                gaps.append(str(item))
        elif isinstance(item, Observation):
            observation = item
        elif asked.wants(item):
            yield sighting(item, job)
    if count > len(gaps):
        gaps.append(f"and {count - len(gaps)} more")
    yield _outcome(job, header, observation, gaps)


def _outcome(
    job: Job, header: Header | None, observation: Observation | None, gaps: list[str]
) -> Outcome:
    place = without_surrogates(job.recording)
    if header is None or observation is None:
        reason = "; ".join(gaps) or "it has no header"
        return Outcome(
            recording=place, state=State.UNREADABLE, reason=reason, run=job.run, size=job.size
        )
    # what the run itself said in wall time, taken back to the boot's own clock
    began = observation.began_unix_ns - header.beginning.offset_ns
    ended = observation.ended_unix_ns - header.beginning.offset_ns
    return Outcome(
        recording=place,
        state=_state(observation, gaps),
        reason=without_surrogates("; ".join([*gaps, *_lacking(observation)])),
        host=job.host,
        boot_id=job.boot,
        run=job.run,
        kernel=without_surrogates(header.beginning.kernel),
        began_ns=job.clock.wall_ns(began),
        ended_ns=job.clock.wall_ns(ended),
        offset_ns=job.clock.offset_ns,
        error_ns=job.clock.error_ns,
        size=job.size,
        calls=int64(observation.judged),
        incomplete=int64(observation.incomplete),
        lost=int64(sum(observation.lost.values())),
        suppressed=sum(observation.suppressed.values()),
    )


def _state(observation: Observation, gaps: list[str]) -> State:
    if gaps:
        return State.BROKEN
    if not observation.vanished and not any(state.armed for state in observation.stages):
        return State.UNOBSERVED
    return State.WHOLE if observation.whole else State.INCOMPLETE


def _lacking(observation: Observation) -> Iterator[str]:
    """Say what was missed when the recording was taken, and what it notes besides."""
    for state in observation.missing:
        yield f"{state.syscall} {state.stage} was missing: {state.reason or 'no reason known'}"
    if observation.incomplete:
        yield f"{observation.incomplete:,} calls incomplete"
    for cause, count in observation.lost.items():
        yield f"{count:,} lost: {cause}"
    yield from (note for note in observation.notes if not note.startswith(GAP_NOTE))
