"""An attacker's tricks, each with its known truth, as entry and exit show them."""

from __future__ import annotations

import shlex
from typing import Any

import msgspec
import pytest

from fire import Watched, lines_of, watch
from tests.tricks.build import build
from tests.tricks.truth import TRUTH


class Seen(msgspec.Struct, frozen=True):
    """What one run saw of all of them."""

    played: list[dict[str, Any]]
    watched: Watched

    def of(self, name: str) -> list[dict[str, Any]]:
        """Give the findings of one trick, by what old_nodes was at entry."""
        [played] = [part for part in self.played if part["name"] == name]
        found = self.watched.between(played["began"], played["ended"])
        return sorted(found, key=lambda finding: entry_and_exit(finding, 0)[0] or ())


def entry_and_exit(finding: dict[str, Any], mask: int) -> list[tuple[int, ...] | None]:
    looks = finding["masks"][mask]["looks"]
    told = (looks["entry"], looks["exit"])
    return [None if look["read"] == "no" else tuple(look["nodes"]) for look in told]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("tricks")
    played = folder / "played"
    line = f"{shlex.join([str(build(folder)), 'play', str(folder)])} >{played}"
    watched = watch(folder, ["sh", "-c", line], "--backend", "tracepoint")
    return Seen(lines_of(played), watched)


@pytest.mark.parametrize("trick", TRUTH)
def test_a_trick_is_seen_for_what_it_is(seen: Seen, trick: str) -> None:
    found = seen.of(trick)
    assert [finding["kind"] for finding in found] == [truth.kind for truth in TRUTH[trick]]
    for finding, truth in zip(found, TRUTH[trick], strict=True):
        for mask, looks in enumerate((truth.old, truth.new)):
            assert entry_and_exit(finding, mask) == [looks[0], looks[2]]
        assert finding["task"]["comm"] == truth.comm


def test_every_call_is_judged(seen: Seen) -> None:
    assert {part["name"] for part in seen.played} == set(TRUTH)
    assert seen.watched.judged == sum(part["calls"] for part in seen.played)
    assert seen.watched.said_lost == 0


def test_processes_whose_numbers_collide_are_told_apart(seen: Seen) -> None:
    one, other = (finding["task"] for finding in seen.of("colliding-pids"))
    assert one["ns_pid"] == other["ns_pid"] == 1
    assert one["pid"] != other["pid"]
    assert one["pid_namespace"] != other["pid_namespace"]
