"""Observations for a person."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given

from detector.model.enforcement import Enforced, Mode
from detector.model.observation import Observation
from detector.model.stage import Stage
from detector.render.observation_text import render_observation
from tests.unit.hostile import hostile_observations
from tests.unit.render.test_text import assert_safe
from tests.unit.samples import make_observation, missing_stage, observations

OBSERVATIONS = observations()


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_each_observation_reads_as_its_golden_file(
    name: str, golden: Callable[[str, str], None]
) -> None:
    golden(f"observation-{name}.txt", render_observation(OBSERVATIONS[name]))


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("clean", "Clean:"),
        ("nothing-called", "Clean:"),
        ("findings", "Findings:"),
        ("degraded", "Clean as far as seen:"),
        ("unobserved", "Could not observe:"),
    ],
)
def test_it_ends_with_one_verdict(name: str, verdict: str) -> None:
    lines = render_observation(OBSERVATIONS[name]).split("\n")
    assert [line for line in lines if line[:1] != " "][1].startswith(verdict)


def test_one_stage_missing_is_never_plainly_clean() -> None:
    stages = (*make_observation().stages[:3], missing_stage(Stage.EXIT, "silent"))
    text = render_observation(make_observation(stages=stages))
    assert "\nClean:" not in text
    assert "MISSING     migrate_pages exit (x86_64): silent" in text


def test_findings_beside_a_loss_say_that_more_may_have_been_missed() -> None:
    raced = OBSERVATIONS["findings"]
    text = render_observation(make_observation(findings=raced.findings, lost={"ring": 1}))
    assert "More may have been missed" in text


def test_what_enforcement_made_of_calls_is_counted() -> None:
    killed = make_observation(
        enforce=Mode.KILL, enforced={Enforced.KILLED: 2, Enforced.LET_THROUGH: 1}
    )
    text = render_observation(killed)
    assert "enforced    2 killed, 1 let through" in text
    assert "may have gone through itself" in " ".join(text.split())
    assert "enforced    no call" in render_observation(make_observation(enforce=Mode.REFUSE))
    assert "enforced" not in render_observation(make_observation())


def test_a_name_that_was_cut_off_is_counted() -> None:
    many = OBSERVATIONS["findings"].descendants * 6
    assert "12 descendants" in render_observation(make_observation(descendants=many))
    assert "and 4 more" in render_observation(make_observation(descendants=many))


@given(hostile_observations())
def test_hostile_names_never_reach_the_terminal(observation: Observation) -> None:
    assert_safe(render_observation(observation))
