"""The scenarios in which a readable mask changes under the kernel's copy, as scripts."""

from __future__ import annotations

from functools import partial

from detector.simulate.scenario import Scenario
from detector.simulate.script import NOBODY, Script, play_script, truth_of

ENTRY_COPY = "entry→copy"
COPY_EXIT = "copy→exit"

FLIP_BOTH_SCRIPT = Script(
    while_old_held=(("old", "second"), ("new", "second")),
    old_kind="race",
    old_window=ENTRY_COPY,
    new_kind="race",
    new_window=ENTRY_COPY,
)


def _scenario(name: str, summary: str, script: Script) -> Scenario:
    return Scenario(name, summary, partial(truth_of, script), partial(play_script, script))


FLIP_OLD = _scenario(
    "flip-old",
    "old_nodes changes between entry and copy",
    Script(while_old_held=(("old", "second"),), old_kind="race", old_window=ENTRY_COPY),
)
FLIP_NEW = _scenario(
    "flip-new",
    "new_nodes changes between entry and copy",
    Script(while_old_held=(("new", "second"),), new_kind="race", new_window=ENTRY_COPY),
)
FLIP_BOTH = _scenario("flip-both", "both masks change between entry and copy", FLIP_BOTH_SCRIPT)
RESTORE = _scenario(
    "restore",
    "old_nodes changes for the copy and back: tracks covered",
    Script(
        while_old_held=(("old", "second"),),
        while_new_held=(("old", "first"),),
        old_kind="restore",
        old_window=ENTRY_COPY,
    ),
)
FLIP_LATE = _scenario(
    "flip-late",
    "old_nodes changes after the copy, before exit",
    Script(while_new_held=(("old", "second"),), old_kind="late", old_window=COPY_EXIT),
)
FAIL_AFTER_COPY = _scenario(
    "fail-after-copy",
    "old_nodes is raced, then the call is refused (ESRCH)",
    Script(
        while_old_held=(("old", "second"),),
        old_kind="race",
        old_window=ENTRY_COPY,
        pid=NOBODY,
    ),
)
