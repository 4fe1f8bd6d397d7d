"""Findings in, alerts out: the first at once, those that repeat it together, each counted once.

Pure: the time is given, in ns of any clock that does not go back. The memory is bounded: where
there are too many folds, the oldest goes out before its time.
"""

from __future__ import annotations

from collections import Counter, OrderedDict

import msgspec

from detector.folding.identity import Key, alert_id, fold_key, process_start
from detector.model.alert import Alert
from detector.model.finding import Finding, shown_of

MOST = 4096
"""Folds that are open at one time."""
_SECOND = 1_000_000_000


class _Fold(msgspec.Struct, kw_only=True):
    """An alert went out; what repeats it waits here for the end of the interval."""

    due_ns: int
    interval_s: float
    process_start: int | None
    first: Finding | None = None
    """The first that waits; the first that names a writer, where one does."""
    count: int = 0
    first_unix_ns: int = 0
    last_unix_ns: int = 0


class Folding:
    """The folds of one run.

    Every finding is counted by exactly one alert once `finish` was called.
    """

    def __init__(self, run: str, *, most: int = MOST) -> None:
        """Begin with no fold. `run` makes the alerts' ids unique; `most`: open folds."""
        self._run = run
        self._most = most
        self._open: OrderedDict[Key, _Fold] = OrderedDict()
        self.folded: Counter[str] = Counter()
        """Findings that did not go out by themselves but in an alert that counts them, by rule."""

    @property
    def open_folds(self) -> int:
        """How many folds are open."""
        return len(self._open)

    @property
    def waiting(self) -> int:
        """How many findings wait to go out."""
        return sum(fold.count for fold in self._open.values())

    def feed(self, finding: Finding, now_ns: int) -> list[Alert]:
        """Take one finding; give the alerts that go out because of it."""
        if finding.interval_s <= 0:
            return [self._alert(finding)]
        key = fold_key(finding)
        out = self._settle(key, finding, now_ns)
        fold = self._open.get(key)
        if fold is not None:
            self._add(fold, finding)
            return out
        if len(self._open) >= self._most:
            out += self._close(next(iter(self._open)))
        self._open[key] = _Fold(
            due_ns=now_ns + round(finding.interval_s * _SECOND),
            interval_s=finding.interval_s,
            process_start=process_start(finding),
        )
        return [*out, self._alert(finding)]

    def advance(self, now_ns: int) -> list[Alert]:
        """Give the alerts of the folds whose interval is over; those fold on that had repeats."""
        due = [key for key, fold in self._open.items() if fold.due_ns <= now_ns]
        return [alert for key in due for alert in self._renew(key, now_ns)]

    def finish(self) -> list[Alert]:
        """Give the alerts of everything that waits: no more findings come."""
        return [alert for key in list(self._open) for alert in self._close(key)]

    def _settle(self, key: Key, finding: Finding, now_ns: int) -> list[Alert]:
        """Let a fold go that is over, or that is of another process with the same number."""
        fold = self._open.get(key)
        if fold is None:
            return []
        start = process_start(finding)
        if fold.process_start is not None and start not in {None, fold.process_start}:
            return self._close(key)
        return self._renew(key, now_ns) if fold.due_ns <= now_ns else []

    def _renew(self, key: Key, now_ns: int) -> list[Alert]:
        fold = self._open[key]
        out = self._close(key)
        if out:
            self._open[key] = _Fold(
                due_ns=now_ns + round(fold.interval_s * _SECOND),
                interval_s=fold.interval_s,
                process_start=fold.process_start,
            )
        return out

    def _add(self, fold: _Fold, finding: Finding) -> None:
        time_ns = finding.time_unix_ns
        if fold.first is None:
            fold.first, fold.first_unix_ns, fold.last_unix_ns = finding, time_ns, time_ns
        else:
            fold.first = shown_of(fold.first, finding)
        fold.first_unix_ns = min(fold.first_unix_ns, time_ns)
        fold.last_unix_ns = max(fold.last_unix_ns, time_ns)
        if fold.process_start is None:
            fold.process_start = process_start(finding)
        fold.count += 1
        self.folded[finding.rule] += 1

    def _close(self, key: Key) -> list[Alert]:
        fold = self._open.pop(key)
        return [] if fold.first is None else [self._repeat(fold, fold.first)]

    def _alert(self, finding: Finding) -> Alert:
        return Alert(
            id=alert_id(finding, self._run),
            finding=finding,
            count=1,
            first_unix_ns=finding.time_unix_ns,
            last_unix_ns=finding.time_unix_ns,
            interval_s=finding.interval_s,
        )

    def _repeat(self, fold: _Fold, first: Finding) -> Alert:
        return Alert(
            id=alert_id(first, self._run),
            finding=first,
            count=fold.count,
            first_unix_ns=fold.first_unix_ns,
            last_unix_ns=fold.last_unix_ns,
            repeat=True,
            interval_s=fold.interval_s,
        )
