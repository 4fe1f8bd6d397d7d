"""The observation of a run, out of its beginning, its end and what was judged between. Pure."""

from __future__ import annotations

from collections import Counter

from detector.judging.beginning import Beginning, Ending
from detector.judging.judging import Judging
from detector.model.enforcement import Enforced
from detector.model.observation import Observation

UNSEEN = "calls of which nothing arrived"


def observed(beginning: Beginning, ending: Ending, judging: Judging) -> Observation:
    """Say what was seen and what was not; whether that is accepted is for the caller to judge."""
    tally = judging.tally
    lost = dict(ending.lost)
    behind = ending.equal + ending.held
    unseen = 0 if ending.begun is None else ending.begun - behind - tally.calls
    if unseen > 0:
        lost[UNSEEN] = unseen
    return Observation(
        run=beginning.run,
        backend=beginning.backend,
        kernel=beginning.kernel,
        began_unix_ns=beginning.began_unix_ns,
        ended_unix_ns=ending.ended_unix_ns,
        stages=ending.stages,
        judged=tally.judged + ending.equal,
        findings=dict(tally.kinds),
        severities=dict(tally.severities),
        incomplete=tally.incomplete,
        lost=lost,
        cut_by_start=ending.cut_by_start,
        cut_by_end=tally.cut_by_end + ending.held,
        notes=tuple(dict.fromkeys((*ending.notes, *judging.notes()))),
        suppressed=dict(judging.suppressed),
        enforce=beginning.enforce,
        enforced=_enforced(tally.enforced, ending.enforced),
        descendants=ending.descendants,
        command_status=ending.command_status,
    )


def _enforced(told: Counter[Enforced], counted: dict[Enforced, int]) -> dict[Enforced, int]:
    """Put together what calls tell and what the kernel counted: it knows of some that were lost."""
    most = {word: max(told[word], counted.get(word, 0)) for word in Enforced}
    return {word: count for word, count in most.items() if count}
