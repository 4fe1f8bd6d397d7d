from __future__ import annotations

import os
from pathlib import Path

from detector.capture.leftovers import event_name, left_behind, remove_leftovers
from detector.syscalls.supervisors import SUPERVISED
from detector.syscalls.table import SYSCALLS
from detector.writers.program import PROBES

DEAD = 4_194_305  # past PID_MAX_LIMIT
NAME_BYTES = 63
"""include/linux/trace_events.h: MAX_EVENT_NAME_LEN, with its end."""
OURS = f"""\
p:kprobes/p_toctrace_get_nodes_bcc_{DEAD} get_nodes
r:kprobes/r_toctrace_get_nodes_bcc_{DEAD} get_nodes
r64:kprobes/r_toctrace_do_migrate_pages_bcc_{DEAD} do_migrate_pages
p:kprobes/p_toctrace_get_nodes_isra_0_bcc_{DEAD} get_nodes.isra.0
p:kprobes/p_toctrace_handle_userfault_bcc_{DEAD} handle_userfault+0
"""
OTHERS = f"""\
p:kprobes/p_toctrace_get_nodes_bcc_{os.getpid()} get_nodes
p:kprobes/p_get_nodes_bcc_{DEAD} get_nodes
p:kprobes/p_mytoctrace_get_nodes_bcc_{DEAD} get_nodes
p:kprobes/mine get_nodes
p:mygroup/p_toctrace_get_nodes_bcc_{DEAD} get_nodes
p:kprobes/r_toctrace_get_nodes_bcc_{DEAD} get_nodes
p:kprobes/p_toctrace_get_nodes_bcc_{DEAD} do_sys_open
p:kprobes/p_toctrace_get_nodes_bcc_{DEAD} get_nodes arg1=%di
"""


def names(definitions: str) -> list[str]:
    return [line.partition(":")[2].partition(" ")[0] for line in definitions.splitlines()]


def test_what_a_dead_instance_defined_is_left_behind_and_nothing_else() -> None:
    found = list(left_behind(OTHERS + OURS, lambda pid: pid == os.getpid()))
    assert found == names(OURS)


def test_it_is_removed_by_name(tmp_path: Path) -> None:
    events = tmp_path / "kprobe_events"
    events.write_text(OTHERS + OURS)
    remove_leftovers((tmp_path / "not-mounted", tmp_path))
    told = events.read_text().removeprefix(OTHERS + OURS).splitlines()
    assert told == [f"-:{name}" for name in names(OURS)]


def test_without_tracefs_nothing_is_done(tmp_path: Path) -> None:
    remove_leftovers((tmp_path,))


def test_every_name_has_room_and_is_known_again() -> None:
    probed = {symbol for call in SYSCALLS for probe in call.probes for symbol in probe.symbols}
    probed.update(symbol for place in SUPERVISED for symbol in place.symbols)
    probed.update(symbol for _, _, symbols in PROBES for symbol in symbols)
    for symbol in probed:
        defined = f"{event_name('p', symbol)}_bcc_{DEAD}"
        assert len(defined) <= NAME_BYTES
        line = f"p:kprobes/{defined} {symbol}"
        assert list(left_behind(line, lambda _: False)) == [f"kprobes/{defined}"]
