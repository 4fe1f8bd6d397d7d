"""The observation of a run, out of its beginning, its end and what was judged between. Pure."""

from __future__ import annotations

from detector.judging.beginning import Beginning, Ending
from detector.judging.judging import Judging
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
        descendants=ending.descendants,
        command_status=ending.command_status,
    )
