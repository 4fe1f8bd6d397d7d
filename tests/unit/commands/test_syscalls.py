"""`toctrace syscalls`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from detector.commands import syscalls
from detector.errors import UsageError
from detector.model.stage import Stage
from detector.render.syscalls_document import Place
from detector.simulate.table import SCENARIOS
from detector.syscalls.table import SYSCALLS
from detector.syscalls.unwatched import UNWATCHED

LOST = "get_nodes is not in this kernel"


def here(*_: object) -> tuple[Place, ...]:
    """A kernel without get_nodes, which does not say whether the use can be probed."""
    seen = {Stage.COPY: False, Stage.USE: None}
    found = {Stage.COPY: LOST, Stage.USE: "the list of symbols cannot be read"}
    return tuple(
        Place(
            syscall=syscall.name,
            stage=probe.stage,
            abi=probe.abi,
            seen=seen.get(probe.stage, True),
            found=found.get(probe.stage, probe.symbols[0]),
        )
        for syscall in SYSCALLS
        for probe in syscall.probes
    )


@pytest.fixture(autouse=True)
def kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscalls, "places", here)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(syscalls.command, list(arguments))


def test_each_call_is_listed_with_its_arguments_and_what_cannot_be_seen_here() -> None:
    text = run().stdout
    for syscall in SYSCALLS:
        hot = "; hot: watched only where it is named" if syscall.hot else ""
        assert f"{syscall.name}: {', '.join(a.name for a in syscall.arguments)}{hot}\n" in text
    assert text.count(f"NOT SEEN: {LOST}") == sum(not syscall.apart for syscall in SYSCALLS)
    assert text.count("not known before it is tried") == sum(
        Stage.USE in syscall.stages for syscall in SYSCALLS
    )
    assert max(map(len, text.splitlines())) <= 80


def test_what_io_uring_does_without_the_call_is_not_covered() -> None:
    text = " ".join(run("openat").stdout.split())
    told = "the same is done without this call by IORING_OP_OPENAT: a use without an entry"
    assert f"io_uring NOT COVERED: {told}" in text
    assert f"Not covered: io_uring, where {told}." in text
    assert "io_uring" not in run("migrate_pages").stdout
    assert json.loads(run("openat", "--json").stdout)["syscalls"][0]["uring"] == [
        "IORING_OP_OPENAT"
    ]


SIBLINGS = ("rename", "renameat", "unlink", "rmdir", "link", "symlink", "sendmsg", "sendmmsg")
"""Calls that do what watched ones do."""


def test_calls_that_are_not_watched_are_listed_with_the_reason() -> None:
    text = " ".join(run().stdout.split())
    raceable = {call.name: call.raceable for call in UNWATCHED}
    assert not raceable["get_mempolicy"]
    assert not raceable["set_mempolicy_home_node"]
    assert raceable.items() >= dict.fromkeys(SIBLINGS, True).items()
    assert len(raceable) == len(UNWATCHED)
    assert not raceable.keys() & {call.name for call in SYSCALLS}
    for call in UNWATCHED:
        assert call.name in text
        assert call.reason in text


@pytest.mark.parametrize("syscall", SYSCALLS, ids=lambda syscall: syscall.name)
def test_a_page_has_all_of_a_call(syscall: object) -> None:
    name = getattr(syscall, "name", "")
    text = run(name).stdout
    for title in ("Arguments", "Probes", "On this kernel", "Example", "Limits", "Related"):
        assert f"\n{title}\n" in text
    if name != "move_pages":  # of which no use can be seen
        assert "observer deceived at entry" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("syscall", SYSCALLS, ids=lambda syscall: syscall.name)
def test_the_simulation_that_a_page_names_plays_that_call(syscall: object) -> None:
    scenario = SCENARIOS[getattr(syscall, "scenario", "")]
    assert {call.syscall for call in scenario.truth(1).calls} == {getattr(syscall, "name", "")}


def test_a_call_that_is_not_watched_has_its_reason_for_a_page() -> None:
    assert "its mask is an output" in run("get_mempolicy").stdout


def test_json_tells_the_same() -> None:
    told = json.loads(run("--json").stdout)
    assert [call["name"] for call in told["syscalls"]] == [call.name for call in SYSCALLS]
    assert [call["name"] for call in told["unwatched"]] == [call.name for call in UNWATCHED]
    probes = {(p["stage"], p["abi"]): p for p in told["syscalls"][0]["probes"]}
    assert (probes["copy", "any"]["seen"], probes["copy", "any"]["found"]) == (False, LOST)
    assert probes["use", "any"]["seen"] is None
    one = json.loads(run("mbind", "--json").stdout)
    assert [call["name"] for call in one["syscalls"]] == ["mbind"]
    assert one["unwatched"] == []
    raceable = {a["name"]: a["raceable"] for a in one["syscalls"][0]["arguments"]}
    assert [name for name, can in raceable.items() if can] == ["nodemask"]


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    result = run("mbnd")
    assert isinstance(result.exception, UsageError)
    assert "did you mean mbind?" in str(result.exception)
