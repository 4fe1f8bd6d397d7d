"""The published schemas are the types' own."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from detector.render.schema import DOCUMENTS, schema_text, write_schemas

PUBLISHED = Path(__file__).parents[3] / "docs" / "schema"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_published_schema_is_current(name: str) -> None:
    """Else: python -m detector.render.schema docs/schema."""
    assert (PUBLISHED / f"{name}.json").read_text() == schema_text(name)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text(name)))


def test_the_program_writes_every_schema(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    assert {file.stem for file in tmp_path.iterdir()} == set(DOCUMENTS)
