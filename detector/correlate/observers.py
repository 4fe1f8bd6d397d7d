"""What somebody who looked at user memory would have believed, against what the kernel did.

A look is deceived when bits that it could read differ from what the kernel copied, or (tamper)
acted on, or when it read a mask that the kernel then could not (withdrawn). A look at exit knows
the call's return value: a copy that failed does not deceive it. Who could read nothing believed
nothing and was not deceived but blind: the pair's verdict says that. Where the kernel's side is
lost, nobody is called deceived.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from detector.correlate import compare
from detector.correlate.looks import Looks, Sight
from detector.correlate.pairs import unused_changed, user_to_use
from detector.model.judgement import Observer, Pair, Verdict
from detector.model.snapshot import Content
from detector.model.stage import Stage

DECEIVED_BY: dict[Stage, dict[tuple[Stage, Stage], frozenset[Verdict]]] = {
    Stage.SUPERVISE: {
        (Stage.SUPERVISE, Stage.COPY): frozenset({Verdict.CHANGED, Verdict.WITHDRAWN}),
        (Stage.COPY, Stage.USE): frozenset({Verdict.CHANGED}),
    },
    Stage.ENTRY: {
        (Stage.ENTRY, Stage.COPY): frozenset({Verdict.CHANGED, Verdict.WITHDRAWN}),
        (Stage.COPY, Stage.USE): frozenset({Verdict.CHANGED}),
    },
    Stage.EXIT: {
        (Stage.COPY, Stage.EXIT): frozenset({Verdict.CHANGED}),
        (Stage.COPY, Stage.USE): frozenset({Verdict.CHANGED}),
    },
}
"""By the observer's stage: the verdicts of a pair that mean it was deceived."""


DECEIVED_BY_EXACT: dict[Stage, Pair] = {
    Stage.ENTRY: Pair(Stage.ENTRY, Stage.USE, Verdict.CHANGED),
    Stage.EXIT: Pair(Stage.USE, Stage.EXIT, Verdict.CHANGED),
}
"""By the observer's stage, where the use is the copy: what means it was deceived."""


def observers_of(
    looks: Looks, pairs: tuple[Pair, ...], taken: Mapping[Stage, Content]
) -> tuple[Observer, ...]:
    """Give one observer for each look at user memory that was `taken`, which is what it saw."""
    judge = _JUDGES[looks.sight]
    return tuple(
        Observer(
            stage=stage,
            believed=None if compare.nothing_read(taken[stage]) else taken[stage].data,
            deceived=not compare.nothing_read(taken[stage]) and judge(looks, pairs, stage, look),
        )
        for stage, look in (
            (Stage.SUPERVISE, looks.supervise),
            (Stage.ENTRY, looks.entry),
            (Stage.EXIT, looks.exit),
        )
        if look is not None
    )


def _deceived(_: Looks, pairs: tuple[Pair, ...], stage: Stage, __: Content) -> bool:
    deceiving = DECEIVED_BY[stage]
    return any(pair.verdict in deceiving.get((pair.earlier, pair.later), ()) for pair in pairs)


def _deceived_without_copy(
    looks: Looks, pairs: tuple[Pair, ...], stage: Stage, look: Content
) -> bool:
    """Hold the look against the use; without one, entry is taken to be the one deceived."""
    if looks.use is not None:
        return user_to_use(looks, look, looks.use) is Verdict.CHANGED
    changed = Pair(Stage.ENTRY, Stage.EXIT, Verdict.CHANGED)
    return stage is Stage.ENTRY and changed in pairs


def _deceived_exactly(_: Looks, pairs: tuple[Pair, ...], stage: Stage, __: Content) -> bool:
    return DECEIVED_BY_EXACT[stage] in pairs


def _deceived_in_pieces(looks: Looks, _: tuple[Pair, ...], stage: Stage, look: Content) -> bool:
    """Hold the look against what was used; of the other elements, entry is taken to be deceived."""
    if looks.use is not None and compare.differ(look, looks.use):
        return True
    return stage is Stage.ENTRY and unused_changed(looks)


_JUDGES: dict[Sight, Callable[[Looks, tuple[Pair, ...], Stage, Content], bool]] = {
    Sight.COPY: _deceived,
    Sight.LATER: _deceived_without_copy,
    Sight.USE: _deceived_exactly,
    Sight.PIECES: _deceived_in_pieces,
    Sight.NOTHING: _deceived_without_copy,
}
"""How it is told, by what can be seen of the kernel's side."""
