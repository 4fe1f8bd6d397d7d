"""A process in words: one line for each thing that is known, reasons together."""

from __future__ import annotations

import msgspec

from detector.model.frame import Frame
from detector.model.process import Container, Process, Target
from detector.render.process_text import process_rows, reasons
from tests.unit.samples import IN_A_CONTAINER, PROCESS, calls

CALL = calls()["race"]


def test_the_tree_goes_from_the_nearest_up() -> None:
    assert process_rows(PROCESS, CALL)["parents"] == "bash, pid 90 < systemd, pid 1"


def test_a_parent_alone_is_told_too() -> None:
    assert process_rows(Process(parent_tgid=7), CALL) == {"parents": "unknown, pid 7"}


def test_the_code_has_functions_and_source_lines_of_the_frames_that_have_a_name() -> None:
    assert process_rows(PROCESS, CALL)["code"] == "syscall < move (/src/build/racer.c:41)"
    bare = Process(stack=(Frame(address=1, file="x.c", line=3), Frame(address=2, missing="?")))
    assert process_rows(bare, CALL) == {"code": "x.c:3"}


def test_a_container_has_its_runtime_and_image() -> None:
    told = process_rows(IN_A_CONTAINER, CALL)["container"]
    assert told == "docker c0ffee00c0ff, image registry.example/racer:1"
    machine = Process(container=Container(runtime="systemd-nspawn", id="a-machine-of-some-name"))
    assert process_rows(machine, CALL) == {"container": "systemd-nspawn a-machine-of-some-name"}


def test_the_target_is_told_where_it_is_another_process() -> None:
    assert "target" not in process_rows(PROCESS, CALL)
    other = msgspec.structs.replace(CALL, args=(200, *CALL.args[1:]))
    process = Process(target=Target(tgid=200, comm="postgres", executable="/usr/bin/postgres"))
    assert process_rows(process, other) == {"target": "postgres, pid 200, /usr/bin/postgres"}


def test_things_that_have_one_reason_stand_together() -> None:
    missing = {"cpuset": "it ended", "stack": "no room", "backing": "it ended"}
    assert reasons(Process(missing=missing)) == {"backing, cpuset": "it ended", "stack": "no room"}


def test_nothing_is_known_of_nobody() -> None:
    assert process_rows(Process(), CALL) == {}
