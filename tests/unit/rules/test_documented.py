"""What docs/rules.md says is so."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from detector.model.finding import Severity
from detector.rules.condition import FUNCTIONS, MOST_CHARACTERS
from detector.rules.exception_parse import _READERS
from detector.rules.parse import _KEYS, parse_rule
from detector.rules.rule import INTERVAL_S, Rule, Status

TEXT = (Path(__file__).parents[3] / "docs" / "rules.md").read_text()
_INDENTED = re.compile(r"(?:^    .*\n(?:\n(?=    ))?)+", re.MULTILINE)
BLOCKS = [textwrap.dedent(block) for block in _INDENTED.findall(TEXT)]
RULE = next(block for block in BLOCKS if block.startswith("rule:"))
MORE = [block for block in BLOCKS if block.startswith(("condition:", "exceptions:"))]


@pytest.mark.parametrize("more", ["", *MORE])
def test_the_examples_are_right(more: str) -> None:
    assert len(MORE) == 2
    assert isinstance(parse_rule(RULE + more, "nodemask-race-backup"), Rule)


def test_every_key_word_function_and_comparison_is_named() -> None:
    comparisons = {name for readers in _READERS.values() for name in readers}
    for name in (*_KEYS, *Severity, *Status, *FUNCTIONS, *comparisons):
        assert f"`{name}`" in TEXT, name
    assert f"default {INTERVAL_S}," in TEXT
    assert f"{MOST_CHARACTERS}\ncharacters" in TEXT
