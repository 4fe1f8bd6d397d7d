"""Rules read again while a run goes on: a broken file keeps the old set, and says why."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from detector.errors import RuleError
from detector.rules.load import RuleSet

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def say_overrides(found: RuleSet) -> None:
    """Log each rule that takes the place of another one of its id."""
    for rule, files in found.files.items():
        if len(files) > 1:
            log.warning("rule_overridden", rule=rule, by=str(files[-1]), was=str(files[-2]))


class Reloading:
    """The rules in use, and what became of each attempt to read them again."""

    def __init__(self, read: Callable[[], RuleSet]) -> None:
        """Read the first set. Raises RuleError where it is broken."""
        self._read = read
        self.current = read()
        self._times = 0
        self._changed: dict[str, None] = {}
        self._failed = 0
        self._failure = ""
        say_overrides(self.current)

    def again(self) -> None:
        """Read the rules again; where one is broken, keep those there are."""
        try:
            read = self._read()
        except RuleError as error:
            self._failed += 1
            self._failure = str(error)
            for problem in self._failure.splitlines():
                log.error("rules_kept", reason=problem, remedy="correct it, then send SIGHUP again")
            return
        changed = _differences(self.current, read)
        self._times += 1
        self._changed |= dict.fromkeys(changed)
        self.current = read
        say_overrides(read)
        log.warning("rules_reloaded", changed=changed, rules=len(read.rules))

    def notes(self) -> tuple[str, ...]:
        """Say for the observation what became of it."""
        notes = []
        if self._times:
            what = ", ".join(sorted(self._changed)) or "nothing"
            notes.append(f"rules were read again {self._times:,} times while watching: {what}")
        if self._failed:
            first, *more = self._failure.splitlines()
            rest = f" (and {len(more)} more)" if more else ""
            notes.append(
                f"rules could not be read again {self._failed:,} times, and the old ones were "
                f"kept; the last time: {first}{rest}"
            )
        return tuple(notes)


def _differences(before: RuleSet, after: RuleSet) -> list[str]:
    """Name each rule that came, went or changed, with a sign."""
    came = [f"+{name}" for name in after.texts.keys() - before.texts.keys()]
    went = [f"-{name}" for name in before.texts.keys() - after.texts.keys()]
    both = before.texts.keys() & after.texts.keys()
    changed = [f"~{name}" for name in both if before.texts[name] != after.texts[name]]
    return sorted([*came, *went, *changed])
