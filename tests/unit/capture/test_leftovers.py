from __future__ import annotations

import os
from pathlib import Path

from detector.capture.leftovers import left_behind, remove_leftovers

DEAD = 4_194_305  # past PID_MAX_LIMIT
SYMBOLS = {"get_nodes", "do_migrate_pages", "get_nodes.isra.0"}
OURS = f"""\
p:kprobes/p_get_nodes_bcc_{DEAD} get_nodes
r64:kprobes/r_get_nodes_bcc_{DEAD} get_nodes
p:kprobes/p_get_nodes_isra_0_bcc_{DEAD} get_nodes.isra.0
p:kprobes/p_do_migrate_pages_bcc_{DEAD} do_migrate_pages+0
"""
OTHERS = f"""\
p:kprobes/p_get_nodes_bcc_{os.getpid()} get_nodes
p:kprobes/p_do_sys_open_bcc_{DEAD} do_sys_open
p:kprobes/mine get_nodes
p:mygroup/p_get_nodes_bcc_{DEAD} get_nodes
p:kprobes/p_get_nodes_bcc_{DEAD} do_sys_open
p:kprobes/p_get_nodes_bcc_{DEAD} get_nodes arg1=%di
"""


def test_what_a_dead_instance_defined_is_left_behind_and_nothing_else() -> None:
    found = list(left_behind(OTHERS + OURS, SYMBOLS, lambda pid: pid == os.getpid()))
    assert found == [line.partition(":")[2].partition(" ")[0] for line in OURS.splitlines()]


def test_it_is_removed_by_name(tmp_path: Path) -> None:
    events = tmp_path / "kprobe_events"
    events.write_text(OTHERS + OURS)
    remove_leftovers(SYMBOLS, (tmp_path / "not-mounted", tmp_path))
    told = events.read_text().removeprefix(OTHERS + OURS).splitlines()
    assert told == ["-:" + line.partition(":")[2].partition(" ")[0] for line in OURS.splitlines()]


def test_without_tracefs_nothing_is_done(tmp_path: Path) -> None:
    remove_leftovers(SYMBOLS, (tmp_path,))
