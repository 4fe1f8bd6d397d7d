from __future__ import annotations

import asyncio
import os
import subprocess
import time
from typing import Any

import pytest

from detector.enrich import taskstats
from detector.enrich.taskstats import account, parse
from detector.errors import EnrichmentError
from tests.unit.enrich.fake_proc import real_task


class Message(dict[str, Any]):
    def get_attr(self, name: str) -> Any:
        return self.get(name)


def message(**stats: Any) -> Message:
    plain = {"ac_comm": b"race\xff\0junk\0", "ac_ppid": 3, "ac_uid": 1000, "ac_etime": 5}
    inner = Message({"TASKSTATS_TYPE_STATS": {**plain, **stats}})
    return Message({"TASKSTATS_TYPE_AGGR_PID": inner})


def test_a_hostile_name_ends_at_its_zero_byte_and_is_escaped() -> None:
    found = parse(message(), 100_000, 110_000)
    assert (found.comm, found.parent_tgid, found.uid) == ("race\\xff", 3, 1000)
    assert parse(message(ac_comm="race"), 0, 0).comm == "race"


def test_the_start_time_is_known_between_the_two_readings_of_the_clock() -> None:
    found = parse(message(ac_etime=10_000_000), 50 * 10**9, 50 * 10**9 + 5)
    assert found.started_at(40 * 10**9)
    assert not found.started_at(40 * 10**9 - 20_000_000)
    assert not found.started_at(40 * 10**9 + 20_000_000)


def test_a_message_without_an_account_is_a_reason() -> None:
    with pytest.raises(EnrichmentError, match="no account"):
        parse(Message(), 0, 0)


def test_an_answer_that_does_not_come_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_pid: int) -> list[Any]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(taskstats, "_ask", never)
    with pytest.raises(EnrichmentError, match="in time"):
        account(1, 0.01)


def test_a_live_process_is_accounted_for_and_nothing_is_left_open() -> None:
    before = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as child:
        until = time.monotonic() + 10.0
        while real_task(child.pid).comm != "cat":  # fork is done, execve perhaps not
            assert time.monotonic() < until
        try:
            found = account(child.pid, 10.0)
        except EnrichmentError as error:
            pytest.skip(str(error))
        finally:
            task = real_task(child.pid)
            child.communicate()
    assert found.parent_tgid == os.getpid()
    assert found.uid == os.getuid()
    assert found.comm == "cat"
    assert found.started_at(task.start_ns)
    assert sorted(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_task_that_is_gone_is_a_reason() -> None:
    with pytest.raises(EnrichmentError, match="taskstats"):
        account(2**30)
