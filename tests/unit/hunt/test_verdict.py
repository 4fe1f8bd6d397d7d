from __future__ import annotations

import pytest

from detector.exits import Exit
from detector.hunt.answer import Span
from detector.hunt.outcome import State
from detector.hunt.store import open_store
from detector.hunt.verdict import verdict
from detector.model.finding import Severity
from tests.unit.hunt.made_sightings import judged, seen

WHOLE, LOST, BLIND, BROKEN, DEAD, COPY = (
    State.WHOLE,
    State.INCOMPLETE,
    State.UNOBSERVED,
    State.BROKEN,
    State.UNREADABLE,
    State.COPY,
)


@pytest.mark.parametrize(
    ("states", "found", "allow", "code"),
    [
        ([WHOLE, WHOLE], [], False, Exit.CLEAN),
        ([WHOLE, COPY], [], False, Exit.CLEAN),
        ([WHOLE, LOST], [], False, Exit.DEGRADED),
        ([WHOLE, LOST], [], True, Exit.CLEAN),
        ([WHOLE, BROKEN], [], False, Exit.DEGRADED),
        ([WHOLE, BROKEN], [], True, Exit.CLEAN),
        ([WHOLE, DEAD], [], True, Exit.DEGRADED),
        ([DEAD], [], False, Exit.DEGRADED),
        ([WHOLE, BLIND], [], False, Exit.DEGRADED),
        ([BLIND, BLIND], [], False, Exit.UNOBSERVED),
        ([WHOLE, DEAD], ["race"], False, Exit.FOUND),
        ([WHOLE, DEAD], ["late"], False, Exit.DEGRADED),
        ([WHOLE], ["late"], False, Exit.CLEAN),
    ],
)
def test_findings_go_first_then_what_was_not_seen_then_what_cannot_be_read(
    states: list[State], found: list[str], *, allow: bool, code: Exit
) -> None:
    with open_store(Span()) as store:
        store.add([*(judged(state=state) for state in states), *map(seen, found)])
        told = verdict(store.summary(), Severity.WARNING, allow_degraded=allow)
    assert told is code
