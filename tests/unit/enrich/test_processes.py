from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detector.enrich.processes import (
    FORK_SLACK_NS,
    IMAGE_BOUND,
    Image,
    Life,
    ProcessTable,
)

S = 1_000_000_000


def image(name: str, since: int = 0, read: int = 0) -> Image:
    return Image(
        since_ns=since,
        executable=f"/bin/{name}",
        command_line=(name,),
        read_ns=read or since + 1,
        source_ns=read or since + 1,
    )


def life(tgid: int, start: int, *images: Image, comm: str = "racer") -> Life:
    return Life(
        tgid=tgid,
        earliest_ns=start,
        latest_ns=start + 9_999_999,
        held_from_ns=start,
        parent_tgid=1,
        comm=comm,
        images=list(images),
    )


def ran(table: ProcessTable, tgid: int, start: int, when: int) -> str | None:
    found = table.find(tgid, start, leader=True)
    at = found.image_at(when) if found else None
    return at.executable if at else None


def test_a_child_runs_its_parents_program_until_its_own_execve_and_keeps_both() -> None:
    table = ProcessTable()
    table.seen(life(1, 0, image("sh"), comm="sh"))
    table.forked(7, 1, 5 * S)
    table.replaced(7, 6 * S, image("race", 6 * S), None)
    assert ran(table, 7, 5 * S - 1, 5 * S + 1) == "/bin/sh"
    assert ran(table, 7, 5 * S - 1, 7 * S) == "/bin/race"
    found = table.get(7)
    assert found is not None
    assert (found.parent_tgid, found.comm) == (1, "sh")


def test_an_ended_process_is_still_named() -> None:
    table = ProcessTable()
    table.seen(life(7, S, image("race")))
    table.exited(7, 2 * S)
    assert ran(table, 7, S, S + 5) == "/bin/race"


def test_the_next_holder_of_a_number_never_has_the_last_ones_name() -> None:
    table = ProcessTable()
    table.seen(life(1, 0, image("good")))
    table.seen(life(7, 5 * S, image("evil")))
    table.exited(7, 5 * S + 20_000_000)
    table.forked(7, 1, 5 * S + 40_000_000)
    assert ran(table, 7, 5 * S, 5 * S + 1) is None  # the last holder: forgotten, not misnamed
    assert ran(table, 7, 5 * S + 39_000_000, 6 * S) == "/bin/good"


def test_a_thread_began_later_than_its_process() -> None:
    table = ProcessTable()
    table.seen(life(1, 0))
    table.forked(7, 1, 5 * S)
    assert table.find(7, 5 * S + 1, leader=False) is not None
    assert table.find(7, 5 * S - 1, leader=False) is None


def test_a_read_that_an_execve_overtook_names_nobody_and_no_child_of_the_time_between() -> None:
    table = ProcessTable()
    table.seen(life(7, S))
    table.replaced(7, 2 * S, image("python", 2 * S, read=4 * S), None)  # was env until 3 s
    table.forked(8, 7, 2 * S + 1)
    table.replaced(7, 3 * S, image("python", 3 * S, read=4 * S + 1), None)
    assert ran(table, 7, S, 2 * S + 5) is None
    assert ran(table, 8, 2 * S, 2 * S + 5) is None
    assert ran(table, 7, S, 3 * S + 5) == "/bin/python"


def test_after_a_gap_only_what_was_before_it_is_certain() -> None:
    table = ProcessTable()
    table.seen(life(7, S, image("race")))
    table.renamed(7, "x", 2 * S)  # the last event before the gap
    table.gap(5 * S)
    assert ran(table, 7, S, 2 * S) == "/bin/race"
    assert ran(table, 7, S, 2 * S + 1) is None
    assert table.find(7, 3 * S, leader=False) is None
    table.replaced(7, 6 * S, image("new", 6 * S), None)
    assert ran(table, 7, S, 7 * S) == "/bin/new"
    assert ran(table, 7, S, 5 * S) is None


def test_a_fork_after_a_gap_takes_over_no_uncertain_program() -> None:
    table = ProcessTable()
    table.seen(life(1, 0, image("sh")))
    table.gap(5 * S)
    table.forked(7, 1, 5 * S + 10)
    assert ran(table, 7, 5 * S + 5, 6 * S) is None
    assert table.find(7, 5 * S - 1, leader=True) is None  # before the gap: perhaps another's


def test_a_start_time_outside_the_forks_slack_is_another_process() -> None:
    table = ProcessTable()
    table.forked(7, 1, 5 * S)
    assert table.find(7, 5 * S - FORK_SLACK_NS, leader=True) is not None
    assert table.find(7, 5 * S - FORK_SLACK_NS - 1, leader=True) is None
    assert table.find(7, 5 * S + 1, leader=True) is None


def test_the_ended_are_forgotten_before_the_living() -> None:
    table = ProcessTable(bound=3)
    for tgid in (1, 2, 3):
        table.seen(life(tgid, S))
    table.exited(3, 2 * S)
    table.forked(4, 1, 3 * S)
    assert [tgid for tgid in (1, 2, 3, 4) if table.get(tgid)] == [1, 2, 4]
    table.forked(5, 1, 3 * S)
    assert [tgid for tgid in (1, 2, 4, 5) if table.get(tgid)] == [2, 4, 5]


def test_old_programs_of_one_process_are_forgotten_past_the_bound() -> None:
    table = ProcessTable()
    table.seen(life(7, S))
    for step in range(3 * IMAGE_BOUND):
        table.replaced(7, (step + 2) * S, image(str(step), (step + 2) * S), None)
    found = table.get(7)
    assert found is not None
    assert len(found.images) == IMAGE_BOUND


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["fork", "exec", "exit", "gap", "comm"]),
        st.integers(1, 6),
        st.integers(1, 6),
    ),
    max_size=60,
)


@given(EVENTS)
def test_whatever_happens_a_process_is_named_rightly_or_not_at_all(
    events: list[tuple[str, int, int]],
) -> None:
    table = ProcessTable(bound=4)
    now = S
    running: dict[int, tuple[int, str]] = {}  # tgid: start, program
    truth: list[tuple[int, int, int, str]] = []  # tgid, start, when, program
    for step, (what, tgid, other) in enumerate(events):
        now += 1_000
        if what == "fork" and tgid not in running:
            program = running.get(other, (0, "unknown"))[1]
            running[tgid] = (now - 10, program)
            table.forked(tgid, other, now)
        elif what == "exec" and tgid in running:
            running[tgid] = (running[tgid][0], f"/bin/{step}")
            table.replaced(tgid, now, image(str(step), now), None)
        elif what == "exit" and tgid in running:
            running.pop(tgid)
            table.exited(tgid, now)
        elif what == "gap":
            table.gap(now)
        elif what == "comm" and tgid in running:
            table.renamed(tgid, "x", now)
        assert len(table) <= 4
        for number, (start, program) in running.items():
            truth.append((number, start, now + 1, program))
        for number, start, when, program in truth:
            assert ran(table, number, start, when) in {program, None}
