"""A recording may come from anybody: what it says is judged and shown, or refused, never raised."""

from __future__ import annotations

from contextlib import suppress

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st

from detector.errors import RecordingError
from detector.model.caller import Caller, Program
from detector.model.finding import Finding
from detector.model.snapshot import Content, Snapshot, Task, Unread
from detector.model.stage import Stage
from detector.recording.payload import decode, encode, join
from detector.recording.records import Answer, Record
from detector.recording.replay import Replay
from detector.render.jsonl import finding_line
from detector.render.text import render_finding
from tests.unit.hostile import ancestors, processes, texts
from tests.unit.recording.made import header
from tests.unit.samples import META, RULES

HEADER = header()
words = st.integers(0, 2**64 - 1) | st.integers(0, 200)
signed = st.integers(-(2**63), 2**63 - 1) | st.integers(-40, 40)


@st.composite
def contents(draw: st.DrawFn) -> Content:
    data = draw(st.binary(max_size=24) | st.just(bytes(4096)) | st.just(b"\xff" * 130))
    ends = st.integers(0, len(data))
    gap = st.builds(Unread, ends, ends, signed)
    return Content(
        address=draw(words),
        bits=draw(st.just(8 * len(data)) | st.integers(0, 8 * len(data))),
        data=data,
        unread=tuple(draw(st.just([]) | st.lists(gap, max_size=2))),
        beyond=draw(st.none() | st.booleans()),
    )


tasks = st.builds(
    Task,
    **dict.fromkeys(
        ("tgid", "tid", "start_ns", "ns_tgid", "ns_tid", "pid_namespace", "uid", "gid", "cgroup"),
        signed,
    ),
    comm=texts,
    address=st.integers(0, 3),
)
callers = st.builds(
    Caller,
    executable=st.none() | texts,
    deleted=st.booleans(),
    program=st.none() | st.builds(Program, device=st.tuples(words, words), inode=words),
    code=st.tuples(words, words),
    command_line=st.lists(texts, max_size=2).map(tuple),
    working_directory=st.none() | texts,
    cgroup_path=st.none() | texts,
    login_uid=st.none() | signed,
    namespaces=st.dictionaries(texts, words, max_size=2),
    ancestors=st.lists(ancestors, max_size=2).map(tuple),
    stack=st.lists(words, max_size=2).map(tuple),
    stack_top=words,
    missing=st.dictionaries(texts, texts, max_size=2),
)
snapshots = st.builds(
    Snapshot,
    call=st.integers(0, 4),
    sequence=st.integers(0, 6) | words,
    stage=st.sampled_from(Stage),
    syscall=st.sampled_from(["migrate_pages"] * 9 + ["close"]),
    time_ns=words,
    cpu=st.integers(0, 4),
    abi=st.sampled_from(["x86_64", "i386"]),
    task=tasks,
    args=st.lists(words, min_size=6, max_size=6).map(tuple),
    contents=st.dictionaries(st.sampled_from(["old_nodes", "new_nodes"]), contents()),
    cpuset=st.binary(max_size=130),
    returned=st.none() | signed,
    lost=words,
    missed=st.lists(st.sampled_from(["old_nodes", "new_nodes"]), max_size=2).map(tuple),
    fault_held=st.booleans(),
    fault_foreign=st.booleans(),
    caller=st.none() | callers,
)
answers = st.builds(
    Answer,
    st.integers(0, 4),
    processes(signed),
)


@st.composite
def ladders(draw: st.DrawFn) -> list[Snapshot]:
    """Make one call that passes every stage, all of it hostile."""
    both = ("old_nodes", "new_nodes")
    steps = [
        (Stage.ENTRY, both),
        (Stage.COPY, both[:1]),
        (Stage.COPY, both[1:]),
        (Stage.USE, both),
        (Stage.EXIT, both),
    ]
    first = draw(snapshots)
    return [
        msgspec.structs.replace(
            first,
            call=1,
            syscall="migrate_pages",
            sequence=number,
            stage=stage,
            contents={name: draw(contents()) for name in taken},
            returned=draw(st.sampled_from([0, 0, 0, -14, None]) | signed),
            lost=0,
            missed=(),
        )
        for number, (stage, taken) in enumerate(steps)
    ]


@settings(max_examples=300)
@given(ladders() | st.lists(snapshots | answers, max_size=30))
def test_any_records_that_are_let_in_are_judged_and_shown(records: list[Record]) -> None:
    findings: list[Finding] = []
    replay = Replay(HEADER, RULES, findings.append)
    for record in records:
        with suppress(RecordingError):
            for one in decode(join([encode(record)])):
                replay.take(one)
    replay.judging.finish()
    event(f"findings: {len(findings)}")
    for finding in findings:
        assert finding_line(finding, META).isascii()
        assert render_finding(finding, META)
