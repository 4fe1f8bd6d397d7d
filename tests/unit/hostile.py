"""Findings and observations whose names come from somebody who wants to fool the reader."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st

from detector.model.caller import Ancestor, Program
from detector.model.finding import Finding
from detector.model.frame import Frame
from detector.model.observation import Descendant, Observation
from detector.model.process import Backing, Container, Cpuset, Process, Target
from detector.model.stage import Stage
from detector.model.writer import Way, Writer
from tests.unit.samples import calls, found, make_observation, missing_stage

NASTY = (
    "\x1b[2J\x1b]0;owned\x07",
    "a\nERR: forged line\r\n",
    "\u202egnp.exe",
    "\u2066\u2069\u200f\u200b\ufeff",
    "\udcff\udc80 not UTF-8",
    "\x9b31m\x85\u2028\u2029",
    "e" + "\u0301" * 50,
    "\U0001f4a3" * 60,
    "汉字" * 60,
    "%n%s{comm}{{}}\\x1b",
    '"],"type":"observation"}',
    "<script>alert(1)</script>&lt;]]>",
    "x](http://evil.example) **b** `c` <b> @root :skull: | # h ***",
    "\n::error::forged\n##[error]forged",
    "a=b cs1=high|\\|\\=\\",
    "a" * 500,
    " " * 200,
    "\t\x00\x7f",
    "",
)
"""Names that have fooled programs before."""

texts = st.sampled_from(NASTY) | st.text(
    st.characters(codec=None, exclude_categories=())  # surrogates, too
)
"""Any text at all."""

_CALLS = calls()
_numbers = st.integers(0, 2**64 - 1) | st.integers(0, 2**22)
ancestors = st.builds(
    Ancestor,
    tgid=_numbers,
    comm=texts,
    start_ns=st.none() | _numbers,
    executable=st.none() | texts,
)
frames = st.builds(
    Frame,
    address=_numbers,
    module=texts,
    offset=st.none() | _numbers,
    symbol=texts,
    symbol_offset=_numbers,
    file=texts,
    line=st.integers(0, 2**32),
    missing=texts,
)
writers = st.builds(
    Writer,
    way=st.sampled_from(Way),
    argument=texts | st.sampled_from(["old_nodes", "new_nodes"]),
    address=_numbers | st.just(0x1000),
    word=st.none() | _numbers,
    tgid=_numbers,
    tid=_numbers,
    start_ns=_numbers,
    comm=texts,
    executable=st.none() | texts,
    frames=st.lists(frames, max_size=3).map(tuple),
    source=texts,
    hits=_numbers,
    last_ns=_numbers,
    missing=texts,
)
"""A writer of whom every name is hostile, and every number."""


def processes(signed: st.SearchStrategy[int] = _numbers) -> st.SearchStrategy[Process]:
    """Make processes of which everything is hostile; `signed`: the numbers of a recording."""
    maybe = st.none() | texts
    return st.builds(
        Process,
        executable=maybe,
        command_line=st.lists(texts, max_size=4).map(tuple),
        parent_tgid=st.none() | signed,
        parent_comm=maybe,
        cgroup_path=maybe,
        backing=st.dictionaries(texts, st.sampled_from(Backing), max_size=2),
        missing=st.dictionaries(texts, texts, max_size=2),
        program=st.none() | st.builds(Program, device=st.tuples(signed, signed), inode=signed),
        sha256=maybe,
        package=maybe,
        working_directory=maybe,
        login_uid=st.none() | signed,
        namespaces=st.dictionaries(texts, signed, max_size=2),
        container=st.none() | st.builds(Container, runtime=texts, id=texts, image=maybe),
        cpuset=st.none() | st.builds(Cpuset, path=texts, cpus=texts, mems=texts),
        ancestors=st.lists(ancestors, max_size=2).map(tuple),
        target=st.none() | st.builds(Target, tgid=signed, comm=texts, executable=maybe),
        stack=st.lists(frames, max_size=2).map(tuple),
        writers=st.lists(writers, max_size=2).map(tuple),
    )


@st.composite
def hostile_findings(draw: st.DrawFn) -> Finding:
    """Make a finding of any kind, every name of which is hostile."""
    call = _CALLS[draw(st.sampled_from(sorted(_CALLS)))]
    task = msgspec.structs.replace(call.task, comm=draw(texts))
    return found(msgspec.structs.replace(call, task=task), draw(processes()))


@st.composite
def hostile_observations(draw: st.DrawFn) -> Observation:
    """Make an observation, every name of which is hostile."""
    whole = make_observation()
    return make_observation(
        stages=(*whole.stages[:1], missing_stage(Stage.COPY, draw(texts))),
        notes=tuple(draw(st.lists(texts, max_size=3))),
        suppressed=draw(st.dictionaries(texts, st.integers(0, 2**40), max_size=2)),
        folded=draw(st.dictionaries(texts, st.integers(0, 2**40), max_size=2)),
        lost=draw(st.dictionaries(texts, st.integers(0, 2**40), max_size=3)),
        descendants=tuple(
            Descendant(pid=pid, comm=draw(texts)) for pid in range(draw(st.integers(0, 12)))
        ),
        command_status=draw(st.none() | st.integers(0, 255)),
    )
