"""The measuring itself: every variant in turn, round after round, then ratios."""

from __future__ import annotations

import platform
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import msgspec

from detector import __version__
from detector.bench.caller import calling
from detector.bench.judging import measure_judging
from detector.bench.spread import Spread, ratios, spread, to_middle
from detector.bench.start import Start, measure_start
from detector.bench.variants import Variants, load_variants
from detector.capture.backends import Backend

SCHEMA_VERSION = 1
JUDGED = 2_000
"""Calls whose snapshots the correlator is given."""
CALLS_A_PROGRAM = 100
"""So many calls are timed for each program that is."""
BARE = "bare"

_Times = dict[str, list[float]]
"""By variant: ns, one for each round."""


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one variant costs each call. Times are in ns."""

    call: Spread
    """A watched call, whole."""
    added: Spread
    """Of that, what the bare call does not take."""
    to_bare: Spread | None
    """call / the bare call."""
    to_empty: Spread | None
    """added / what empty programs at the same places add, in the middle of all rounds."""
    others_to_bare: Spread | None
    """A call that is not watched / the same bare."""
    programs_to_bare: Spread | None
    """A program that makes no watched call, from its fork to its end / the same bare."""


class Judging(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of snapshots in user space."""

    per_second: Spread
    """Snapshots through the correlator."""
    to_decoding: Spread | None
    """Time of judging / time of decoding the same records."""


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """What `bench` measured."""

    schema_version: int = SCHEMA_VERSION
    tool_version: str = __version__
    kernel: str
    emulated: bool
    """Whether this is a virtual machine whose instructions are emulated: ratios only."""
    calls: int
    rounds: int
    costs: dict[str, Cost]
    refused: dict[str, str]
    """Backends that this host refuses, with the reason."""
    start: Start
    resident_bytes: int
    """`toctrace watch`, armed; compiling takes most of it."""
    judging: Judging


def measure(backend: Backend, calls: int, rounds: int, progress: Callable[[str], None]) -> Bench:
    """Measure everything. Raises ObservationError where `backend` does not attach."""
    progress(f"start by {backend.name}")
    start, resident = measure_start(backend)
    with ExitStack() as stack:
        variants = load_variants(stack, lambda name: progress(f"compiling for {name}"))
        progress(f"{rounds} rounds of {calls} calls")
        costs = _costs(variants, calls, rounds)
    progress("judging")
    rates = [measure_judging(JUDGED) for _ in range(rounds)]
    return Bench(
        kernel=platform.release(),
        emulated=is_emulated(),
        calls=calls,
        rounds=rounds,
        costs=costs,
        refused=variants.refused,
        start=start,
        resident_bytes=resident,
        judging=Judging(
            per_second=spread([rate.snapshots / rate.judging for rate in rates]),
            to_decoding=ratios([r.judging for r in rates], [r.decoding for r in rates]),
        ),
    )


def is_emulated(proc: Path = Path("/proc")) -> bool:
    """Whether the processor is one that QEMU's TCG plays."""
    return "QEMU TCG" in (proc / "cpuinfo").read_text(encoding="utf-8", errors="replace")


def _costs(variants: Variants, calls: int, rounds: int) -> dict[str, Cost]:
    watched: _Times = {name: [] for name in variants.there}
    others: _Times = {name: [] for name in variants.there}
    programs: _Times = {name: [] for name in variants.there}
    with calling() as caller:
        for _ in range(rounds):
            for name, variant in variants.there.items():
                variant.attach()
                try:
                    caller.watched(calls // 10)  # the first calls allocate, and warm caches
                    watched[name].append(caller.watched(calls))
                    others[name].append(caller.unwatched(calls))
                    programs[name].append(caller.programs(calls // CALLS_A_PROGRAM))
                finally:
                    variant.detach()
    return {name: _cost(name, watched, others, programs) for name in variants.there}


def _cost(name: str, watched: _Times, others: _Times, programs: _Times) -> Cost:
    bare = watched[BARE]

    def added(variant: str) -> list[float]:
        return [with_it - without for with_it, without in zip(watched[variant], bare, strict=True)]

    empty = f"empty {name.partition(' ')[0]}"
    return Cost(
        call=spread(watched[name]),
        added=spread(added(name)),
        to_bare=ratios(watched[name], bare),
        to_empty=to_middle(added(name), added(empty)) if empty in watched else None,
        others_to_bare=ratios(others[name], others[BARE]),
        programs_to_bare=ratios(programs[name], programs[BARE]),
    )
