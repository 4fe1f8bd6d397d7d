from __future__ import annotations

import json

from detector.hunt.answer import Span
from detector.hunt.lines import hunt_lines
from detector.hunt.store import open_store
from tests.unit.hunt.test_store import RECORDS


def test_every_line_says_what_it_is_and_the_whole_comes_last() -> None:
    with open_store(Span()) as store:
        store.add(RECORDS)
        lines = [json.loads(line) for line in hunt_lines(store, first_seen=False)]
    kinds = [line["type"] for line in lines]
    assert kinds == sorted(kinds, key=["recording", "sighting", "moment", "answer", "hunt"].index)
    assert kinds.count("sighting") == 6
    assert lines[3]["time"] == "2025-11-24T16:00:00.000000005Z"
    assert {line["by"] for line in lines if line["type"] == "answer"} >= {"rule", "user", "host"}
    assert lines[-1]["findings"] == 6
    assert not [name for line in lines for name in line if name in {"time_ns", "first_ns"}]
