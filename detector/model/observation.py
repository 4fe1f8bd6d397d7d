"""The observation: what could be seen, what was lost and why. Every run ends with it."""

from __future__ import annotations

import msgspec

from detector.model.enforcement import Enforced, Mode
from detector.model.finding import Severity
from detector.model.judgement import Kind
from detector.model.stage import Stage

VANISHED = "probes that vanished while watching"
"""Among what was lost: what nobody was looking for any more."""

UNATTACHED = "probes that could not be attached"
"""Among what was lost: what takes no stage, and is needed for what is watched all the same."""


class StageState(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of one system call on this host in this run."""

    syscall: str
    stage: Stage
    abi: str
    armed: bool
    via: str
    """How it is taken, as `kprobe:do_migrate_pages`; empty when not armed."""
    reason: str = ""
    """Why it is not armed, or was found silent; empty when it works."""


class Descendant(msgspec.Struct, frozen=True, kw_only=True):
    """A process that `run`'s command left behind, still alive at the end."""

    pid: int
    comm: str


class SinkState(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the messages for one sink. Counts are of messages."""

    name: str
    """The sink's URL, without anything secret."""
    sent: int
    """Taken by the sink's other end, as far as its protocol tells."""
    queued: int
    """Waiting in memory or in the spool."""
    dropped: int
    """Thrown away because the queue and the spool were full: the oldest first."""
    failure: str = ""
    """Why the last attempt failed; empty when it did not."""
    age_s: float = 0.0
    """How long the oldest message that waits has waited, in seconds; 0 where none does."""


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What one run saw and could not see. Counts are of calls unless said otherwise."""

    run: str
    """The run's id, as bound to every log line."""
    backend: str
    kernel: str
    began_unix_ns: int
    ended_unix_ns: int
    stages: tuple[StageState, ...]
    judged: int
    findings: dict[Kind, int]
    severities: dict[Severity, int]
    incomplete: int
    lost: dict[str, int]
    """Snapshots (or what the cause names) lost, by cause; causes that are 0 are left out."""
    cut_by_start: int
    cut_by_end: int
    notes: tuple[str, ...] = ()
    """What else a reader must know: names lost, descendants unlisted, and the like."""
    suppressed: dict[str, int] = {}
    """Findings that a rule's exception suppressed, by `rule/exception`."""
    folded: dict[str, int] = {}
    """Findings that went out in an alert that counts them, by rule."""
    enforce: Mode | None = None
    """What was done about raced calls; None: nothing was enforced."""
    enforced: dict[Enforced, int] = {}
    """Calls by what enforcement made of them."""
    sinks: tuple[SinkState, ...] = ()
    descendants: tuple[Descendant, ...] = ()
    tool_status: int = 0
    """The tool's own exit code for what it saw (10, 11, 12 or 0), apart from any command's."""
    command_status: int | None = None
    """`run` only: the command's status (128+n by signal); None when it was not started."""

    @property
    def missing(self) -> tuple[StageState, ...]:
        """The stages that could not be observed."""
        return tuple(state for state in self.stages if not state.armed)

    @property
    def vanished(self) -> bool:
        """Whether there were stages that went while watching: without them something was seen."""
        return VANISHED in self.lost

    @property
    def whole(self) -> bool:
        """Whether nothing is missing and nothing was lost."""
        return not self.missing and not self.lost and not self.incomplete
