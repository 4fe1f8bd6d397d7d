"""The table of scenarios, in the order in which they are shown."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from detector.errors import UsageError
from detector.simulate.scenarios.arrays import ARRAYS
from detector.simulate.scenarios.backlogs import BACKLOGS
from detector.simulate.scenarios.batches import BATCHES
from detector.simulate.scenarios.beyond_maxnode import BEYOND_MAXNODE
from detector.simulate.scenarios.blind import BLIND_NEW, BLIND_OLD
from detector.simulate.scenarios.clean import CLEAN
from detector.simulate.scenarios.clean_cpuset import CLEAN_CPUSET
from detector.simulate.scenarios.compat import COMPAT
from detector.simulate.scenarios.errors import ERRORS
from detector.simulate.scenarios.fifos import FIFOS
from detector.simulate.scenarios.flips import (
    FAIL_AFTER_COPY,
    FLIP_BOTH,
    FLIP_LATE,
    FLIP_NEW,
    FLIP_OLD,
    RESTORE,
)
from detector.simulate.scenarios.other_process import OTHER_PROCESS
from detector.simulate.scenarios.parked import PARKED_64
from detector.simulate.scenarios.policies import POLICIES
from detector.simulate.scenarios.slow_files import SLOW_FILES
from detector.simulate.scenarios.storm import STORM
from detector.simulate.scenarios.supervised import SUPERVISED
from detector.simulate.scenarios.texts import TEXTS
from detector.simulate.scenarios.untouched import UNTOUCHED
from detector.simulate.scenarios.withdrawn import WITHDRAWN
from detector.simulate.scenarios.words import WORDS

if TYPE_CHECKING:
    from detector.simulate.scenario import Scenario

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        CLEAN,
        CLEAN_CPUSET,
        ERRORS,
        BEYOND_MAXNODE,
        FLIP_OLD,
        FLIP_NEW,
        FLIP_BOTH,
        RESTORE,
        FLIP_LATE,
        BLIND_OLD,
        BLIND_NEW,
        WITHDRAWN,
        OTHER_PROCESS,
        COMPAT,
        FAIL_AFTER_COPY,
        PARKED_64,
        STORM,
        *POLICIES,
        *TEXTS,
        *FIFOS,
        *BACKLOGS,
        *SLOW_FILES,
        *WORDS,
        *ARRAYS,
        *BATCHES,
        *UNTOUCHED,
        *SUPERVISED,
    )
}
"""Every scenario by its name."""


def find(name: str) -> Scenario:
    """Return the scenario called `name`; raise UsageError naming the nearest if there is none."""
    if name in SCENARIOS:
        return SCENARIOS[name]
    near = difflib.get_close_matches(name, SCENARIOS, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}?" if near else "`toctrace simulate list` shows all"
    message = f"no simulation is called {name!r}: {hint}"
    raise UsageError(message)
