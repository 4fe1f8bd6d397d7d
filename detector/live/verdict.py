"""What a run's exit status says. Pure."""

from __future__ import annotations

import msgspec

from detector.exits import Exit
from detector.model.finding import Severity
from detector.model.observation import Observation


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller accepts."""

    fail_on: Severity = Severity.WARNING
    degraded: bool = False
    unobserved: bool = False


def tool_status(observation: Observation, allowed: Allowed) -> Exit:
    """Judge the observation alone: findings first, then what could not be seen."""
    if any(severity.at_least(allowed.fail_on) for severity in observation.severities):
        return Exit.FOUND
    if not observation.vanished and not any(state.armed for state in observation.stages):
        return Exit.CLEAN if allowed.unobserved else Exit.UNOBSERVED
    if not observation.whole and not allowed.degraded:
        return Exit.DEGRADED
    return Exit.CLEAN


def judged_by(observation: Observation, allowed: Allowed) -> Observation:
    """Give the observation with the tool's own status in it."""
    status = tool_status(observation, allowed)
    return msgspec.structs.replace(observation, tool_status=int(status))


def run_status(tool: int, command: int | None) -> int:
    """Give `run`'s exit status: 10, then 11, then the command's own, then 12, then 0."""
    if tool in {Exit.FOUND, Exit.UNOBSERVED}:
        return tool
    return command or tool
