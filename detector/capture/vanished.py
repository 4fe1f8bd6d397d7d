"""What becomes of the stages whose probes vanished. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from detector.model.observation import StageState

BOTH = " + "
"""Between the probes of a stage that has two (detector/capture/ladder.py)."""


def without(
    stages: tuple[StageState, ...], vanished: Mapping[str, str]
) -> tuple[tuple[StageState, ...], list[str]]:
    """Give the stages as they are without these probes, and what is to be said of it.

    `vanished` has why each went. A probe that takes no stage is named itself.
    """
    left: list[StageState] = []
    told: dict[tuple[str, str], list[str]] = {}
    others = dict(vanished)
    for state in stages:
        probes = state.via.split(BOTH)
        gone = [probe for probe in probes if probe in vanished]
        for probe in gone:
            others.pop(probe, None)
        if gone and state.armed:
            reason = f"lost while watching: {vanished[gone[0]]}"
            named = told.setdefault((state.syscall, reason), [])
            if state.stage not in named:
                named.append(state.stage)
            state = msgspec.structs.replace(state, armed=False, reason=reason)  # noqa: PLW2901
        left.append(state)
    problems = [f"{syscall}: {_named(named)} {reason}" for (syscall, reason), named in told.items()]
    problems += [f"{probe} was lost while watching: {reason}" for probe, reason in others.items()]
    return tuple(left), problems


def _named(stages: list[str]) -> str:
    return f"the {', '.join(stages)} {'stage was' if len(stages) == 1 else 'stages were'}"
