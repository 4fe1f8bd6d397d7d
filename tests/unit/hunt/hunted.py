"""What tests of a hunt share: a question, and what an engine gives."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from detector.hunt.judging import Record
from detector.hunt.local import local_engine
from detector.hunt.outcome import Outcome
from detector.hunt.question import Question
from detector.hunt.sighting import Sighting
from detector.rules.load import load_rule_set
from detector.rules.places import rule_places

TEXTS = tuple(sorted(load_rule_set(rule_places((), {}, Path("/none"))).texts.items()))


def question(*where: str) -> Question:
    """Ask for findings of the shipped rules."""
    return Question(TEXTS, where)


def by_local(*paths: Path, where: tuple[str, ...] = (), processes: int = 2) -> list[Record]:
    """Hunt by the local engine."""
    with local_engine(processes) as engine:
        plan = engine.plan(map(str, paths))
        return list(engine.judge(plan, question(*where)))


def sightings(records: Iterable[Record]) -> list[Sighting]:
    """Give the findings alone."""
    return [one for one in records if isinstance(one, Sighting)]


def outcomes(records: Iterable[Record]) -> list[Outcome]:
    """Give what became of the recordings alone."""
    return [one for one in records if isinstance(one, Outcome)]
