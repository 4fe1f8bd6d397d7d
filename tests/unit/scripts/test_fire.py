"""What scripts/flood and scripts/soak make of what they saw."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from detector.judging.observed import UNSEEN
from fire import UNSEEN as SCRIPTS_UNSEEN
from fire import Sample, Watched
from flood import Flooded, Race, holds, unfound
from soak import Soaked
from tests.tricks.truth import TRUTH

TRICKS = Path(__file__).parents[2] / "tricks"


def finding(tid: int, began_ns: int, kind: str = "race") -> dict[str, Any]:
    return {"kinds": [kind], "task": {"tid": tid}, "call": {"began_ns": began_ns}}


def watched(*findings: dict[str, Any], judged: int, **observed: Any) -> Watched:
    observation = {"judged": judged, "incomplete": 0, "cut_by_end": 0, "lost": {}} | observed
    return Watched(status=10, findings=list(findings), observation=observation, stderr="")


RACES = [Race(7, 100, 200), Race(8, 100, 200)]


def flooded(seen: Watched, calls: int) -> Flooded:
    return Flooded(calls=calls, races=RACES, seconds=1.0, watched=seen)


def test_a_race_is_found_by_its_thread_and_moment() -> None:
    assert unfound(RACES, watched(finding(7, 150), finding(8, 100), judged=2)) == []
    assert unfound(RACES, watched(finding(7, 150), finding(8, 201), judged=2)) == RACES[1:]
    assert unfound(RACES, watched(finding(7, 150), finding(9, 150), judged=2)) == RACES[1:]
    assert unfound(RACES, watched(finding(7, 150), finding(8, 150, "late"), judged=2)) == RACES[1:]


def test_without_the_gate_a_race_may_be_among_the_losses_that_are_said() -> None:
    said = watched(finding(7, 150), judged=9, lost={UNSEEN: 1})
    assert holds(flooded(said, 10), gated=False)
    assert not holds(flooded(said, 10), gated=True)
    unsaid = watched(finding(7, 150), judged=10)
    assert not holds(flooded(unsaid, 10), gated=False)


def test_a_call_of_which_nothing_is_said_is_drift_and_so_is_one_too_many() -> None:
    both = (finding(7, 150), finding(8, 150))
    assert holds(flooded(watched(*both, judged=10), 10), gated=True)
    assert not holds(flooded(watched(*both, judged=9), 10), gated=True)
    assert not holds(flooded(watched(*both, judged=11), 10), gated=True)


def test_growth_is_told_from_the_second_quarter_to_the_last() -> None:
    sizes = [1, 9, *[100] * 6, *[150] * 4]
    samples = [
        Sample(at_s=at, resident=size << 20, descriptors=size, threads=1)
        for at, size in enumerate(sizes)
    ]
    seen = watched(judged=0)
    seen.samples.extend(samples)
    soaked = Soaked(played=[], races=[], watched=seen, disturbed={}, rested=[])
    assert soaked.growth == 1.5
    assert soaked.more_descriptors == 50


def test_the_scripts_know_the_observations_words() -> None:
    assert SCRIPTS_UNSEEN == UNSEEN


def test_every_trick_has_a_truth() -> None:
    tables = [
        source.read_text().rpartition("const struct trick ")[2] for source in TRICKS.glob("*.c")
    ]
    named = {name for table in tables for name in re.findall(r'\{ "([\w-]+)", \w+ \}', table)}
    assert named == set(TRUTH)
