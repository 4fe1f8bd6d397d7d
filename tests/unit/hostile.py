"""Findings and observations whose names come from somebody who wants to fool the reader."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st

from detector.model.finding import Finding
from detector.model.observation import Descendant, Observation
from detector.model.process import Process
from detector.model.stage import Stage
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


@st.composite
def hostile_findings(draw: st.DrawFn) -> Finding:
    """Make a finding of any kind, every name of which is hostile."""
    call = _CALLS[draw(st.sampled_from(sorted(_CALLS)))]
    task = msgspec.structs.replace(call.task, comm=draw(texts))
    process = Process(
        executable=draw(st.none() | texts),
        command_line=tuple(draw(st.lists(texts, max_size=4))),
        parent_tgid=draw(st.none() | st.integers(0, 2**22)),
        parent_comm=draw(st.none() | texts),
        cgroup_path=draw(st.none() | texts),
        missing=draw(st.dictionaries(texts, texts, max_size=2)),
    )
    return found(msgspec.structs.replace(call, task=task), process)


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
