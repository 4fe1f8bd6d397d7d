from __future__ import annotations

import msgspec

from detector.hunt.int64 import MOST
from detector.hunt.sighting import sighting
from detector.render.identity import finding_id
from tests.unit.builders import make_task
from tests.unit.hunt.made_sightings import AT, JOB, seen
from tests.unit.samples import findings


def test_a_row_says_what_the_finding_says_at_the_wall_time_of_its_boot() -> None:
    finding = findings()["race"]
    row = seen("race")
    assert row.id == finding_id(finding, JOB.run)
    assert row.time_ns == finding.call.ended_ns + AT
    assert (row.boottime_ns, row.error_ns) == (finding.call.ended_ns, 5)
    assert (row.rule, row.severity, row.severity_number) == ("nodemask-race", "err", 3)
    assert (row.window, row.came, row.went) == ("entry->copy", "1", "2")
    assert (row.executable, row.command_line) == ("/usr/local/bin/racer", "racer --nodes 1")
    assert seen("withdrawn").executable is None


def test_numbers_that_no_task_has_fit_a_column() -> None:
    finding = findings()["race"]
    call = msgspec.structs.replace(finding.call, task=make_task(uid=1 << 64), ended_ns=1 << 64)
    row = sighting(msgspec.structs.replace(finding, call=call), JOB)
    assert (row.uid, row.time_ns, row.boottime_ns) == (MOST, MOST, MOST)
