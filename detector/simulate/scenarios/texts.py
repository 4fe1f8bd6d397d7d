"""Scenarios of the calls that take paths and socket addresses: honest, raced, and blind.

`flip`: what a look finds at the entry is another text when the kernel's copy of it, held by
userfaultfd, goes on. `blind`: nobody can read the text before the kernel does.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from detector.simulate.faults import FaultServer
from detector.simulate.held_text import WORD, HeldText
from detector.simulate.pages import write
from detector.simulate.scenario import Scenario
from detector.simulate.text_calls import TEXT_CALLS, TextCall, shown
from detector.simulate.truth import CallTruth, Kind, TextTruth, text_call

if TYPE_CHECKING:
    from collections.abc import Callable

    from detector.simulate.host import Host


def _prepare_flip(call: TextCall, server: FaultServer, text: HeldText, repetition: int) -> None:
    """Let the word that differs be rewritten while the kernel waits for its last byte."""
    first, second = call.first(repetition), call.second(repetition)
    rest = text.across(first, call.word)
    begin = text.address_of_text + WORD * call.word
    changed = second[WORD * call.word : WORD * (call.word + 1) - 1]
    server.arm(text.held, partial(write, begin, changed), rest)


def _prepare_blind(call: TextCall, server: FaultServer, text: HeldText, repetition: int) -> None:
    text.beyond()
    server.arm(text.held, None, call.first(repetition))


def _perform(
    call: TextCall,
    prepare: Callable[[TextCall, FaultServer, HeldText, int], None],
    _: Host,
    times: int,
) -> list[int]:
    returned = []
    with ExitStack() as stack:
        text, other = (stack.enter_context(HeldText()) for _ in range(2))
        server = stack.enter_context(FaultServer())
        server.register(text.held)
        write(other.address, call.other())
        for repetition in range(times):
            prepare(call, server, text, repetition)
            returned.append(call.make(text.address_of_text, other.address))
            server.check()
    return returned


def _perform_clean(call: TextCall, _: Host, times: int) -> list[int]:
    with HeldText() as text, HeldText() as other:
        write(other.address, call.other())
        returned = []
        for repetition in range(times):
            write(text.address, call.first(repetition))
            returned.append(call.make(text.address, other.address))
        return returned


def truth_of_texts(call: TextCall, kind: Kind, _: Host, times: int) -> tuple[CallTruth, ...]:
    """Give the truth of honest calls, or of ones whose first text is of this kind."""
    return tuple(_one(call, kind, repetition) for repetition in range(times))


def _one(call: TextCall, kind: Kind, repetition: int) -> CallTruth:
    first = shown(call.first(repetition), is_address=call.is_address)
    second = shown(call.second(repetition), is_address=call.is_address)
    used = second if kind == "race" else first
    raced = TextTruth(
        entry=None if kind == "blind" else first,
        use=used,
        exit=used if call.returns_at_exit else None,
        kind=kind,
        window=None if kind == "none" else "entry→use",
    )
    other = shown(call.other(), is_address=False)
    steady = TextTruth(entry=other, use=other, exit=other)
    texts = dict(zip(call.arguments, (raced, steady), strict=False))
    texts |= {name: TextTruth(entry=it, use=None, exit=None) for name, it in call.unused.items()}
    return text_call(call.syscall, repetition, call.error, texts)


def _scenarios(call: TextCall) -> tuple[Scenario, ...]:
    return (
        Scenario(
            name=f"{call.syscall}-clean",
            summary=f"honest calls of {call.syscall}",
            calls=partial(truth_of_texts, call, "none"),
            perform=partial(_perform_clean, call),
        ),
        Scenario(
            name=f"{call.syscall}-flip",
            summary=f"another {call.arguments[0]} once observers have looked",
            calls=partial(truth_of_texts, call, "race"),
            perform=partial(_perform, call, _prepare_flip),
        ),
        Scenario(
            name=f"{call.syscall}-blind",
            summary=f"a {call.arguments[0]} that nobody can read before the kernel does",
            calls=partial(truth_of_texts, call, "blind"),
            perform=partial(_perform, call, _prepare_blind),
        ),
    )


TEXTS = tuple(scenario for call in TEXT_CALLS for scenario in _scenarios(call))
