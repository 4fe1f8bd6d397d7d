from __future__ import annotations

import os
from pathlib import Path

import pytest

from detector.enrich import namespaces
from detector.enrich.namespaces import INITIAL_PID_INODE, Ids, Namespaces, chain, own, visible
from detector.errors import EnrichmentError
from tests.unit.enrich.fake_proc import add_process, task_of

SECONDS = 10.0
CONTAINER = 4026532001


def test_the_chain_of_ids_is_read_and_hostile_names_are_not() -> None:
    status = b"Name:\tNSpid:\\t9\nNStgid:\t70\t7\nNSpid:\t71\t8\n"
    assert chain(status, b"NStgid") == (70, 7)
    assert chain(status, b"NSpid") == (71, 8)
    assert chain(b"NSpid:\tx\n", b"NSpid") == ()


def test_where_proc_shows_the_root_namespace_the_kernels_ids_hold(tmp_path: Path) -> None:
    shown = Namespaces(pid=CONTAINER, user=None, shown_pid=INITIAL_PID_INODE)
    task = task_of(70, tid=71, ns_tgid=7, ns_tid=8, pid_namespace=CONTAINER)
    assert visible(task, shown, tmp_path, SECONDS) == Ids(70, 71)


def test_in_the_tasks_own_namespace_its_own_ids_hold(tmp_path: Path) -> None:
    shown = Namespaces(pid=CONTAINER, user=None, shown_pid=CONTAINER)
    task = task_of(70, tid=71, ns_tgid=7, ns_tid=8, pid_namespace=CONTAINER)
    assert visible(task, shown, tmp_path, SECONDS) == Ids(7, 8)


def test_a_task_of_a_namespace_below_is_found_by_its_innermost_ids_and_its_inode(
    tmp_path: Path,
) -> None:
    nested = tmp_path / "nested-namespace"
    nested.touch()
    for tgid, ids in ((30, (30, 7)), (31, (31,)), (32, (32, 7))):
        folder = add_process(tmp_path, tgid, nspid=ids)
        (folder / "ns").mkdir()
        if tgid == 32:
            os.link(nested, folder / "ns/pid")
        else:
            (folder / "ns/pid").touch()
    shown = Namespaces(pid=CONTAINER, user=None, shown_pid=CONTAINER)
    task = task_of(7, pid_namespace=nested.stat().st_ino)
    assert visible(task, shown, tmp_path, SECONDS) == Ids(32, 32)
    with pytest.raises(EnrichmentError, match="in time"):
        visible(task, shown, tmp_path, -1.0)


def test_a_task_outside_is_a_reason(tmp_path: Path) -> None:
    shown = Namespaces(pid=CONTAINER, user=None, shown_pid=CONTAINER)
    with pytest.raises(EnrichmentError, match="does not show"):
        visible(task_of(7), shown, tmp_path, SECONDS)


def test_without_a_proc_nothing_is_known(tmp_path: Path) -> None:
    assert own(tmp_path / "none") == Namespaces(None, None, None)


def test_a_proc_whose_first_process_may_not_be_looked_at_is_told_by_the_tools_own_ids(
    tmp_path: Path,
) -> None:
    (tmp_path / "self/ns").mkdir(parents=True)
    (tmp_path / "self/ns/pid").touch()
    inode = (tmp_path / "self/ns/pid").stat().st_ino
    (tmp_path / "self/status").write_text("NSpid:\t9\n")
    assert own(tmp_path).shown_pid == inode
    (tmp_path / "self/status").write_text("NSpid:\t70\t9\n")
    assert own(tmp_path).shown_pid is None


def test_this_process_own_namespaces_are_read() -> None:
    found = own(Path("/proc"))
    assert found.pid == Path("/proc/self/ns/pid").stat().st_ino
    assert found.user == Path("/proc/self/ns/user").stat().st_ino


def test_a_network_namespace_without_a_name_has_none() -> None:
    assert namespaces.network_name(2**30) is None
