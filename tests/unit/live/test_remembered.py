from __future__ import annotations

import msgspec

from detector.live.remembered import FRESH_NS, MOST, Remembered
from detector.model.caller import Caller
from detector.model.judgement import JudgedCall
from detector.model.process import Process
from tests.unit.builders import ladder
from tests.unit.correlate.judging import judge_one


def at(call: JudgedCall, began_ns: int, tgid: int = 7) -> JudgedCall:
    task = msgspec.structs.replace(call.task, tgid=tgid)
    return msgspec.structs.replace(call, began_ns=began_ns, task=task)


def test_a_call_from_another_place_of_the_program_is_asked_for_on_its_own() -> None:
    remembered = Remembered(lambda call: Process(executable=str(call.caller)))
    call = judge_one(ladder())
    one, other = (msgspec.structs.replace(call, caller=Caller(stack=(at,))) for at in (1, 2))
    assert remembered(one) is remembered(one)
    assert remembered(one) != remembered(other)


def test_a_caller_is_asked_for_once_a_second_and_the_memory_is_bounded() -> None:
    asked: list[int] = []

    def identify(call: JudgedCall) -> Process:
        asked.append(call.task.tgid)
        return Process(executable=f"/bin/{len(asked)}")

    remembered = Remembered(identify)
    call = judge_one(ladder())
    first = remembered(at(call, 0))
    assert remembered(at(call, FRESH_NS - 1)) is first
    assert remembered(at(call, FRESH_NS)) is not first
    assert asked == [7, 7]
    for tgid in range(100, 100 + MOST):
        remembered(at(call, 0, tgid))
    remembered(at(call, FRESH_NS))
    assert asked[-1] == 7
