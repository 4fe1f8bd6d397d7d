"""The records of a block whose hash is right: read, judged by the shipped rules, and shown."""

from __future__ import annotations

import io
from collections.abc import Iterable
from contextlib import suppress

from detector.errors import RecordingError
from detector.model.finding import Finding
from detector.recording.case import RecordingPath
from detector.recording.chain import Chain
from detector.recording.names import SegmentName
from detector.recording.payload import decode, encode, join
from detector.recording.reading import Block, read_blocks
from detector.recording.replay import Replay
from detector.render.jsonl import finding_line, observation_line
from detector.render.observation_text import render_observation
from detector.render.text import render_finding
from tests.fuzz.places import CHECKOUT, RECORDINGS
from tests.fuzz.target import Target
from tests.unit.recording.made import RUN, header, items
from tests.unit.samples import META, RULES

HEADER = header()
_FILE = RecordingPath(CHECKOUT, RUN, (SegmentName(RUN, 1),))


def feed(data: bytes) -> None:
    """Take `data` as the payload of a block."""
    with suppress(RecordingError):
        records = decode(data)
        assert decode(join([encode(record) for record in records])) == records
        findings: list[Finding] = []
        replayed = Replay(HEADER, RULES, findings.append)
        for record in records:
            replayed.take(record)
        observation = replayed.finish(Chain(_FILE), (), 0)
        for finding in findings:
            assert finding_line(finding, META).isascii()
            shown = render_finding(finding, META, colour=False)
            assert all(line.isprintable() for line in shown.split("\n")), shown
        assert observation_line(observation, META).isascii()
        render_observation(observation, colour=False)


def seeds() -> Iterable[bytes]:
    for path in sorted(RECORDINGS.rglob("*.toctrace")):
        for item in read_blocks(io.BytesIO(path.read_bytes()), path.name):
            assert isinstance(item, Block)
            yield join([encode(record) for record in item.records[:40]])
    made = [encode(item) for item in items(12)]
    yield join(made)
    yield from (join([record]) for record in made[:8])


TARGET = Target(feed, seeds)
