from __future__ import annotations

import pytest

from detector.errors import UsageError
from detector.simulate.table import SCENARIOS, find
from detector.syscalls.table import SYSCALLS

EXACT = tuple(call for call in SYSCALLS if call.arguments[0].exact)


def test_every_promised_scenario_is_there() -> None:
    promised = {
        "clean",
        "clean-cpuset",
        "errors",
        "beyond-maxnode",
        "flip-old",
        "flip-new",
        "flip-both",
        "restore",
        "flip-late",
        "blind-old",
        "blind-new",
        "withdrawn",
        "other-process",
        "compat",
        "fail-after-copy",
        "parked",
        "storm",
        *(
            f"{call}-{end}"
            for call in ("mbind", "mempolicy")
            for end in ("clean", "flip", "blind", "gone", "refused", "einval")
        ),
        *(f"{call.name}-{end}" for call in EXACT for end in ("clean", "flip", "blind")),
        *("move_pages-clean", "move_pages-flip", "move_pages-query"),
        *("move_pages-moved", "move_pages-node", "move_pages-restore"),
        *("move_pages-late", "move_pages-blind"),
        *("openat-untouched", "openat-shared"),
        *("openat-late", "openat2-held", "openat2-restore"),
        *("connect-late", "connect-waits"),
        *("openat-fuse", "connect-fuse", "openat-fuse-late", "openat-fuse-clean"),
        *("execve-words-clean", "execve-words-flip", "execve-script"),
        "supervised-seccomp",
        "supervised-ptrace",
        "seccomp-clean",
        "ptrace-clean",
    }
    assert promised == set(SCENARIOS)


def test_only_the_storm_is_luck() -> None:
    assert [name for name, one in SCENARIOS.items() if not one.certain] == ["storm"]


def test_a_summary_fits_a_line_of_a_terminal() -> None:
    assert max(len(f"{name:<18}{one.summary}") for name, one in SCENARIOS.items()) <= 80


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="'flip-odl': did you mean flip-old"):
        find("flip-odl")


def test_a_name_like_no_other_is_answered_with_the_list() -> None:
    with pytest.raises(UsageError, match="toctrace simulate list"):
        find("xyzzy")
