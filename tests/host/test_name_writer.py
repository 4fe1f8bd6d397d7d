"""Watchpoints need no kprobes: on this host's kernel, stores are named at its full speed."""

from __future__ import annotations

from pathlib import Path

from tests.kernel.writers.played import check_forked, check_other_process, check_storm, play

STORES = ("storm", "other-process", "forked")


def test_who_stores_is_named_by_thread_and_instruction(tmp_path: Path) -> None:
    played = play(tmp_path, STORES, "--backend", "tracepoint")
    check_storm(played)
    check_other_process(played)
    check_forked(played)
