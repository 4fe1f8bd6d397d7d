"""Every input that broke a parser once, and every seed, is taken as it must be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.rules.parse import parse_rule
from detector.rules.rule import Rule
from tests.fuzz.places import FINDS
from tests.fuzz.table import TARGETS

FOUND = sorted(path for path in FINDS.glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_was_found_is_mended(path: Path) -> None:
    target = TARGETS[path.parent.name]
    target.feed(path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds(name: str) -> None:
    seeds = list(TARGETS[name].seeds())
    assert seeds
    for seed in seeds:
        TARGETS[name].feed(seed)


def test_rules_to_begin_with_are_whole() -> None:
    for seed in TARGETS["rules"].seeds():
        assert isinstance(parse_rule(seed.decode(), "t"), Rule), seed.decode()


@pytest.mark.parametrize("name", TARGETS)
@given(st.data())
def test_whatever_becomes_of_a_seed_is_taken(name: str, data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(list(TARGETS[name].seeds())))[:4096]
    at = data.draw(st.integers(0, len(seed)))
    rest = data.draw(st.sampled_from([at, at + 1, len(seed)]))
    TARGETS[name].feed(seed[:at] + data.draw(st.binary(max_size=40)) + seed[rest:])
