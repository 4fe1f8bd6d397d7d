from __future__ import annotations

import msgspec

from detector.live.unobserved import unobserved
from detector.live.verdict import Allowed
from detector.model.observation import VANISHED
from detector.render.verdict import Outcome, outcome, verdict_line

NOTHING = unobserved("0" * 16, "nothing", Allowed())


def test_without_any_stage_nothing_was_observed() -> None:
    assert outcome(NOTHING) is Outcome.UNOBSERVED


def test_where_all_stages_vanished_meanwhile_something_was() -> None:
    left = msgspec.structs.replace(NOTHING, lost={VANISHED: 2})
    assert outcome(left) is Outcome.CLEAN_AS_FAR_AS_SEEN
    assert "missing, records lost" in verdict_line(left)
