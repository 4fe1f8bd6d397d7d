from __future__ import annotations

from detector.bench.judging import SHAPE, _record, measure_judging
from detector.capture.decode import decode
from detector.correlate.correlator import correlate
from detector.model.stage import LADDER


def test_the_records_are_of_honest_calls_seen_whole() -> None:
    snapshots = [decode(_record(1, n, stage, args)) for n, (stage, args) in enumerate(SHAPE)]
    (call,) = correlate(snapshots, armed=frozenset(LADDER))
    assert (call.kind, call.cut, call.lost) == (None, None, 0)


def test_every_snapshot_is_measured() -> None:
    rates = measure_judging(3)
    assert rates.snapshots == 15
    assert rates.decoding > 0 < rates.judging
