"""Rule files: YAML, with conditions and exceptions."""

from __future__ import annotations

from collections.abc import Iterable

from detector.rules.parse import parse_rule
from detector.rules.rule import Rule
from tests.fuzz.places import CHECKOUT
from tests.fuzz.target import Target
from tests.unit.rules.writing import rule_text


def feed(data: bytes) -> None:
    """Take `data` as the file t.yaml: `detector.rules.rule_files` lets no other bytes through."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    found = parse_rule(text, "t")
    if isinstance(found, Rule):
        assert found.id == "t"
        return
    assert found
    for problem in found:
        assert problem.text
        assert problem.line >= 1, problem
        assert problem.column >= 1, problem


def seeds() -> Iterable[bytes]:
    for path in sorted((CHECKOUT / "rules").glob("*.yaml")):
        yield path.read_bytes().replace(path.stem.encode(), b"t")
    yield rule_text(condition='finding.kind == "race" && size(call.args) > 2').encode()
    yield rule_text(
        exceptions=[{"name": "n", "fields": ["process.comm"], "values": [["numad"]]}]
    ).encode()


TARGET = Target(feed, seeds)
