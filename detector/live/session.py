"""One run of live watching: the whole way from the kernel to findings, in one place.

kernel -> probes -> snapshots -> correlator -> verdicts -> rules -> folding -> sinks
"""

from __future__ import annotations

import platform
import time
from collections import Counter
from collections.abc import Callable, Iterable

import msgspec
import structlog

from detector.capture.capture import Capture
from detector.capture.filters import Filters
from detector.capture.proof import prove, prove_enforcement
from detector.errors import AttachError, ObservationError
from detector.folding.fold import Folding
from detector.judging.beginning import Beginning, Ending
from detector.judging.judging import Judging
from detector.judging.observed import observed
from detector.judging.tally import Tally
from detector.live.clock import boot_now_ns, boot_to_unix_ns
from detector.live.recorder import Recorder, Unrecorded
from detector.live.remembered import Remembered
from detector.live.verdict import Allowed, judged_by
from detector.model.alert import Alert
from detector.model.enforcement import Mode
from detector.model.finding import Finding
from detector.model.judgement import JudgedCall
from detector.model.observation import UNATTACHED, VANISHED, Descendant, Observation, StageState
from detector.model.process import Process
from detector.model.snapshot import Loss, Snapshot
from detector.rules.enforceable import named_by
from detector.rules.rule import Rule
from detector.simulate.own import play_own_honest, play_own_raced, play_own_stopped
from detector.writers.watcher import NoWatcher, Watcher

LOOK_S = 2.0
"""How often it is looked whether every probe is still there."""
FOLLOW_S = 1.0
"""How long the end waits for calls that were begun to leave the kernel."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Session:
    """A capture, judged as it comes. Everything that must be said at the end is counted here."""

    def __init__(
        self,
        capture: Capture,
        *,
        run: str,
        rules: tuple[Rule, ...],
        identify: Callable[[JudgedCall], Process],
        follow: Callable[[], None] = lambda: None,
        emit: Callable[[Finding], None],
        alert: Callable[[Alert], None],
        recorder: Recorder | None = None,
        watcher: Watcher | None = None,
        gated: bool = True,
    ) -> None:
        """`identify` tells who a call's process is, `watcher` who writes its masks.

        `follow` takes in what processes did by now.
        `emit` takes each finding, in order; `alert` takes them folded, each counted once.
        `recorder` takes everything that a replay needs: with one there is no gate. `gated`: let
        the kernel hold back calls that are plainly the same at every stage.
        """
        self._capture = capture
        self._run = run
        self._rules = rules
        self._identify = Remembered(identify)
        self._follow = follow
        self._emit = emit
        self._gated = gated and recorder is None
        self._alert = alert
        self._folding = Folding(run)
        self._recorder = recorder or Unrecorded()
        self._watcher = watcher or NoWatcher()
        self._offset_ns = boot_to_unix_ns()
        self._notes: list[str] = []
        self._extra_lost: dict[str, int] = {}
        self._filters = Filters()
        self._look_due_s = 0.0

    @property
    def tally(self) -> Tally:
        """What was judged and found so far."""
        return self._judging.tally

    def arm(self, filters: Filters) -> None:
        """Prove each stage by calls of the tool's own, and arm. What arrives waits for `begin`.

        Where raced calls are to be stopped, that is proved too, and begins then. Raises
        ObservationError where they cannot be.
        """
        if self._capture.because:
            self.note(f"{self._capture.because}: seen by {self._capture.backend} instead")
        for untold in self._capture.untold:
            log.warning("probe_missing", reason=untold)
            self.note(untold)
        self.lose(UNATTACHED, len(self._capture.untold))
        self._filters = filters
        for problem in prove(self._capture, play_own_honest, play_own_raced):
            log.warning("stage_lost", reason=problem)
            self._notes.append(problem)
        if self._capture.enforcing is not None:
            self._begin_to_enforce(self._capture.enforcing.mode)
        gated = self._gated and self._capture.gateable
        if self._gated and not gated:
            log.info("ungated", reason="a stage is missing: every call is sent")
        self._capture.arm(filters, gated=gated)

    def _begin_to_enforce(self, mode: Mode) -> None:
        self._capture.enforce(())
        if not self._capture.gateable:
            raise ObservationError(
                "--enforce needs every stage, and one is missing here: see above"
            )
        problem = prove_enforcement(self._capture, play_own_stopped)
        if problem:
            raise ObservationError(f"--enforce: {problem}; see `toctrace doctor`")
        self._enforce(mode, self._rules)

    def _enforce(self, mode: Mode, rules: tuple[Rule, ...]) -> None:
        named = named_by(rules)
        self._capture.enforce(named)
        log.warning("enforcing", mode=mode, rules=[one.rule for one in named])

    def begin(self) -> None:
        """Begin to judge and to record; from here on threads may be started."""
        self._beginning = Beginning(
            run=self._run,
            backend=self._capture.backend,
            kernel=platform.release(),
            stages=self._capture.stages,
            began_unix_ns=time.time_ns(),
            offset_ns=self._offset_ns,
            enforce=self._capture.enforcing.mode if self._capture.enforcing else None,
        )
        self._recorder.begin(self._beginning)
        self._judging = Judging(
            self._beginning,
            rules=self._rules,
            identify=self._named,
            emit=self._found,
            doubt=_say_doubt,
        )
        for state in self._capture.stages:
            told = msgspec.structs.asdict(state)
            log.info("armed", **told) if state.armed else log.warning("stage_missing", **told)

    @property
    def calls(self) -> int:
        """All calls so far, however they were seen; equal ones are counted in the kernel."""
        return self.tally.calls + self._capture.totals().equal

    @property
    def judged(self) -> int:
        """Calls judged so far, those that the gate found equal included."""
        return self.tally.judged + self._capture.totals().equal

    def step(self, timeout_ms: int) -> None:
        """Read what came within `timeout_ms`, judge it, and emit its findings and alerts."""
        began_ns = boot_now_ns()
        arrived = self._capture.read(timeout_ms)
        self._judge(arrived)
        if not arrived:  # else more may be there, made before: the stream itself tells the time
            self._judging.advance(began_ns)
        self._send(self._folding.advance(boot_now_ns()))
        if time.monotonic() >= self._look_due_s:
            self._look_after_probes()

    def _look_after_probes(self) -> None:
        """Say which probes went meanwhile, and go on with those that are left."""
        self._look_due_s = time.monotonic() + LOOK_S
        problems = self._capture.lose_vanished()
        if not problems:
            return
        for problem in problems:
            log.warning("stage_lost", reason=problem)
            self.note(problem)
        self.lose(VANISHED, len(problems))
        self._judge([Loss(VANISHED, len(problems))])  # calls that are open now may never end
        if self._gated and not self._capture.gateable:
            self._ungate()

    def _ungate(self) -> None:
        """Have every call sent: the gate would hold those of which a stage never comes."""
        try:
            self._capture.arm(self._filters)
        except AttachError as error:
            log.warning("gate_stays", reason=str(error))

    def use_rules(self, rules: tuple[Rule, ...]) -> None:
        """Judge every call from now on by other rules, and stop those that these name."""
        self._judging.use_rules(rules)
        if self._capture.enforcing is not None:
            self._enforce(self._capture.enforcing.mode, rules)

    def note(self, text: str) -> None:
        """Add what a reader of the observation must know."""
        self._notes.append(text)

    def lose(self, cause: str, count: int) -> None:
        """Count a loss that happened outside the kernel; none is no loss."""
        if count:
            self._extra_lost[cause] = self._extra_lost.get(cause, 0) + count

    @property
    def stages(self) -> tuple[StageState, ...]:
        """Every stage, armed or not."""
        return self._capture.stages

    def losses(self) -> dict[str, int]:
        """Give what is known to be lost up to now, by cause."""
        lost = Counter(self._capture.totals().lost)
        lost.update(self._extra_lost)
        return dict(lost)

    def _judge(self, items: Iterable[Snapshot | Loss]) -> None:
        self._follow()  # what is recorded of a caller stands before its calls
        for item in items:
            self._judging.feed(item)  # a replay finds who called before the item that judges it
            self._recorder.item(item)

    def _named(self, call: JudgedCall) -> Process:
        process = self._identify(call)
        writers = self._watcher.suspect(call)
        if writers:
            process = msgspec.structs.replace(process, writers=writers)
        self._recorder.answer(call.number, process)
        return process

    def _found(self, finding: Finding) -> None:
        self._emit(finding)
        self._send(self._folding.feed(finding, boot_now_ns()))

    def _send(self, alerts: Iterable[Alert]) -> None:
        for alert in alerts:
            self._alert(alert)

    def settle(self) -> None:
        """Disarm, follow what was begun for a moment, judge the rest, and send what waits."""
        self._look_after_probes()
        self._capture.disarm()
        deadline = time.monotonic() + FOLLOW_S
        self.step(0)
        while self._under_way() and time.monotonic() < deadline:
            self.step(50)
        self.step(0)  # a step takes a portion, and there is no other one after this
        self._judging.finish()
        self._send(self._folding.finish())

    def _under_way(self) -> bool:
        return self._judging.calls_open or self._capture.totals().held > 0

    def finish(
        self,
        allowed: Allowed,
        *,
        descendants: tuple[Descendant, ...] = (),
        command_status: int | None = None,
    ) -> Observation:
        """Say what was seen, once everything is settled."""
        for cause, count in self._recorder.settle().items():
            self.lose(cause, count)
        totals = self._capture.totals()
        if totals.callers_lost:
            self.note(f"names lost: {totals.callers_lost:,} callers found no room on their way up")
        if totals.looks_dropped:
            self.note(
                f"supervisors refused {totals.looks_dropped:,} calls, or let others through in "
                "their place: these are not judged"
            )
        if totals.unbacked:
            self.note(
                f"{totals.unbacked:,} honest calls had an argument that could not be read at "
                "entry, and nothing odd behind it"
            )
        ending = Ending(
            ended_unix_ns=time.time_ns(),
            stages=self._capture.stages,
            begun=totals.begun,
            equal=totals.equal,
            held=totals.held,
            lost=self.losses(),
            cut_by_start=totals.cut_by_start,
            enforced=totals.enforced,
            notes=tuple(self._notes),
            descendants=descendants,
            command_status=command_status,
        )
        observation = msgspec.structs.replace(
            observed(self._beginning, ending, self._judging), folded=dict(self._folding.folded)
        )
        observation = judged_by(observation, allowed)
        self._recorder.end(ending, observation)
        return observation


def _say_doubt(rule: str, reason: str) -> None:
    log.warning("condition_untold", rule=rule, reason=reason, counts_as="it holds")
