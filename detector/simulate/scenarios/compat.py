"""`compat`: both masks change under a 32-bit call, made by int 0x80 from this 64-bit process."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from detector.simulate.machine import compat_migrate_pages
from detector.simulate.scenario import Scenario
from detector.simulate.scenarios.flips import FLIP_BOTH_SCRIPT
from detector.simulate.script import play_script, truth_of

if TYPE_CHECKING:
    from detector.simulate.host import Host

SCRIPT = replace(FLIP_BOTH_SCRIPT, compat=True)


def perform(host: Host, times: int) -> list[int]:
    """Play the script with 32-bit calls."""
    with compat_migrate_pages() as migrate_pages:
        return play_script(SCRIPT, host, times, migrate_pages)


COMPAT = Scenario(
    "compat", "both masks change under a 32-bit call", partial(truth_of, SCRIPT), perform
)
