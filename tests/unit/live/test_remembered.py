from __future__ import annotations

import msgspec

from detector.live.remembered import FRESH_NS, MANY_PLACES, MOST, PLACES, Remembered
from detector.model.caller import Caller, Program
from detector.model.judgement import JudgedCall
from detector.model.process import Backing, Process
from tests.unit.builders import ladder
from tests.unit.correlate.judging import judge_one

ANONYMOUS = {"old_nodes": Backing.ANONYMOUS}


def at(call: JudgedCall, began_ns: int, tgid: int = 7) -> JudgedCall:
    task = msgspec.structs.replace(call.task, tgid=tgid)
    return msgspec.structs.replace(call, began_ns=began_ns, task=task)


def test_a_call_from_another_place_of_the_program_is_asked_for_on_its_own() -> None:
    remembered = Remembered(lambda call: Process(executable=str(call.caller)))
    call = judge_one(ladder())
    one, other = (msgspec.structs.replace(call, caller=Caller(stack=(at,))) for at in (1, 2))
    assert remembered(one) is remembered(one)
    assert remembered(one) != remembered(other)


def test_who_calls_from_ever_new_places_is_not_asked_for_at_each() -> None:
    asked: list[JudgedCall] = []

    def identify(call: JudgedCall) -> Process:
        asked.append(call)
        return Process(executable="/bin/racer", missing={"package": "none"}, backing=ANONYMOUS)

    remembered = Remembered(identify)
    call = judge_one(ladder())
    told = [
        remembered(msgspec.structs.replace(call, caller=Caller(stack=(at,)))) for at in range(100)
    ]
    assert len(asked) == PLACES
    assert {one.executable for one in told} == {"/bin/racer"}
    assert told[-1].backing == {"old_nodes": Backing.UNKNOWN}
    assert told[-1].missing == {"package": "none", "stack": MANY_PLACES, "backing": MANY_PLACES}


def test_new_threads_and_names_of_one_process_are_places_of_it() -> None:
    """Else prctl(PR_SET_NAME), or a thread for each race, would have it asked for each time."""
    asked: list[int] = []

    def identify(call: JudgedCall) -> Process:
        asked.append(call.task.tid)
        return Process(executable="/bin/racer")

    remembered = Remembered(identify)
    call = judge_one(ladder())
    for number in range(100):
        task = msgspec.structs.replace(
            call.task, tid=number, start_ns=number, comm=f"racer-{number}"
        )
        remembered(msgspec.structs.replace(call, task=task))
    assert asked == list(range(PLACES))
    other = Caller(program=Program(device=(8, 1), inode=7))
    remembered(msgspec.structs.replace(call, caller=other))  # by execve it is another program
    assert len(asked) == PLACES + 1


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
