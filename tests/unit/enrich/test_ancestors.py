"""Ancestors have what they ran when the call began, and nobody else's."""

from __future__ import annotations

from pathlib import Path

from detector.enrich.ancestors import up_from, with_executables
from detector.enrich.processes import Image, Life
from detector.enrich.procfs import NS_PER_TICK
from detector.model.caller import Ancestor
from tests.unit.enrich.fake_proc import add_process

BASH = Ancestor(tgid=90, comm="bash", start_ns=500 * NS_PER_TICK + 7)
BEGAN = 10**12


def nobody(_tgid: int, _start_ns: int) -> None:
    return None


def test_the_table_is_asked_first(tmp_path: Path) -> None:
    life = Life(tgid=90, earliest_ns=0, latest_ns=BEGAN, held_from_ns=0)
    life.images = [
        Image(since_ns=0, executable="/bin/sh", command_line=()),
        Image(since_ns=BEGAN, executable="/bin/bash", command_line=()),
        Image(since_ns=BEGAN + 1, executable="/bin/later", command_line=()),
    ]
    (found,) = with_executables((BASH,), BEGAN, lambda *_: life, tmp_path)
    assert found.executable == "/bin/bash"


def test_proc_is_believed_if_it_is_the_same_process(tmp_path: Path) -> None:
    add_process(tmp_path, 90, executable="/bin/bash")
    (found,) = with_executables((BASH,), BEGAN, nobody, tmp_path)
    assert found.executable == "/bin/bash"
    add_process(tmp_path, 90, executable="/bin/other", start_ticks=501)
    assert with_executables((BASH,), BEGAN, nobody, tmp_path) == (BASH,)


def test_a_proc_of_other_numbers_is_not_asked(tmp_path: Path) -> None:
    add_process(tmp_path, 90, executable="/bin/bash")
    assert with_executables((BASH,), BEGAN, nobody, None) == (BASH,)


def test_without_the_kernels_word_proc_leads_up_to_init(tmp_path: Path) -> None:
    add_process(tmp_path, 1, parent=0, comm="systemd", executable="/sbin/init")
    add_process(tmp_path, 90, parent=1, comm="bash", executable="/bin/bash")
    found, whole = up_from(90, tmp_path)
    assert whole
    assert [(one.tgid, one.comm, one.executable) for one in found] == [
        (90, "bash", "/bin/bash"),
        (1, "systemd", "/sbin/init"),
    ]


def test_a_ring_of_parents_ends(tmp_path: Path) -> None:
    add_process(tmp_path, 90, parent=91)
    add_process(tmp_path, 91, parent=90)
    found, whole = up_from(90, tmp_path)
    assert {one.tgid for one in found} == {90, 91}
    assert not whole


def test_an_ancestor_that_is_gone_is_the_last(tmp_path: Path) -> None:
    add_process(tmp_path, 90, parent=91)
    found, whole = up_from(90, tmp_path)
    assert [one.tgid for one in found] == [90, 91]
    assert found[1] == Ancestor(tgid=91)
    assert not whole
