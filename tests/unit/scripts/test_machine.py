from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import machine


def place(tmp_path: Path, out: Path | None = None) -> machine.Place:
    return machine.Place(
        root=tmp_path,
        venv=Path("/cache/venv"),
        kernel=Path("/cache/6.12.1"),
        run=Path("/cache/run"),
        out=out,
    )


def test_the_commands_own_options_stay_its_own() -> None:
    options = machine.parse(["6.12", "--nodes", "4", "--", "ls", "--nodes", "9", "--", "x"])
    assert (options.kernel, options.nodes) == ("6.12", 4)
    assert options.command == ("ls", "--nodes", "9", "--", "x")


@pytest.mark.parametrize(
    "argv",
    [
        ["6.12"],
        ["6.12", "--"],
        ["--", "true"],
        ["6.12", "--nodes", "0", "--", "true"],
        ["6.12", "--nodes", "17", "--", "true"],
        ["6.12", "--deadline", "0", "--", "true"],
        ["6.12", "--deadline", "nan", "--", "true"],
    ],
)
def test_a_wrong_call_exits_with_two(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        machine.parse(argv)
    assert stopped.value.code == 2


def test_one_node_is_no_numa_at_all() -> None:
    assert machine.memory_options(1, cpus=2) == ["--memory", "2048M"]


def test_two_nodes_share_memory_and_cpus() -> None:
    assert machine.memory_options(2, cpus=2) == [
        "--memory",
        "2048M",
        "--numa",
        "1024M,cpus=0",
        "--numa",
        "1024M,cpus=1",
    ]


@given(nodes=st.integers(2, machine.MAX_NODES), cpus=st.integers(1, 4))
def test_every_cpu_belongs_to_exactly_one_node(nodes: int, cpus: int) -> None:
    told = ",".join(machine.memory_options(nodes, cpus)).split(",")
    assert sorted(word for word in told if word.startswith("cpus=")) == [
        f"cpus={cpu}" for cpu in range(cpus)
    ]


def test_only_the_projects_variables_are_handed_on(tmp_path: Path) -> None:
    env = {"TOCTRACE_KERNEL_TESTS": "1", "AWS_SECRET": "x", "CI": "true"}
    script = machine.command_script(place(tmp_path), env, ["true"])
    assert "export TOCTRACE_KERNEL_TESTS=1\n" in script
    assert "export CI=true\n" in script
    assert "AWS_SECRET" not in script


def test_the_shared_folder_is_told_to_the_guest(tmp_path: Path) -> None:
    shared = place(tmp_path, out=Path("/some where"))
    script = machine.command_script(shared, {"TOCTRACE_OUT": "/stale"}, ["true"])
    assert "export TOCTRACE_OUT='/some where'\n" in script
    assert "--rwdir=/some where" in machine.command_line(shared, nodes=2, cpus=2)


@given(words=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1))
def test_the_command_arrives_word_for_word(
    tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    root = tmp_path_factory.getbasetemp()
    script = machine.command_script(place(root), {}, ["printf", "%s\\0", *words])
    printed = subprocess.run(["bash"], input=script.encode(), capture_output=True, check=True)
    assert printed.stdout.decode().split("\0")[:-1] == words


def test_what_is_read_goes_through_the_cache_and_what_is_written_does_not(tmp_path: Path) -> None:
    shared = place(tmp_path, out=Path("/some where"))
    line = machine.command_line(shared, nodes=2, cpus=2)
    assert [word for word in line if "dir=" in word and "overlay" not in word] == [
        "--rwdir=/cache/run",
        "--rwdir=/some where",
    ]
    guest = shlex.split(line[line.index("--script-sh") + 1])
    assert guest[2:] == [
        machine.CACHED,
        *map(str, (tmp_path, "/cache/venv", "/cache/6.12.1")),
        "--",
        *("/cache/run", "/some where"),
    ]
    assert f"mount_tag={machine.CACHED}" in line[-1]


def test_words_of_the_kernels_command_line_are_handed_on(tmp_path: Path) -> None:
    options = machine.parse(["6.12", "--append", "lsm=yama", "--append", "quiet", "--", "true"])
    line = machine.command_line(place(tmp_path), nodes=1, cpus=1, append=options.append)
    assert [word for word in line if word.startswith("--kopt")] == [
        "--kopt=lsm=yama",
        "--kopt=quiet",
    ]
