"""Every promise of docs/trust.md names tests, and each of them is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
TEXT = (CHECKOUT / "docs" / "trust.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))
PROMISES = TEXT.partition("## What is promised\n")[2].partition("\n## ")[0].strip().split("\n\n")


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_is_named_is_there(path: str, name: str) -> None:
    module = ast.parse((CHECKOUT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in module.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise[:40])
def test_a_promise_names_its_tests(promise: str) -> None:
    assert promise.startswith("**")
    assert re.search(r"`tests/[\w/]+\.py::\w+`", promise)
