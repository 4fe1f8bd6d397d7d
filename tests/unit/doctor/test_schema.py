"""The published schema is the types' own, and reports follow it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import msgspec

from detector.doctor.report import examine
from detector.doctor.schema import schema, schema_text

if TYPE_CHECKING:
    from tests.unit.doctor.fake_host import FakeHost

PUBLISHED = Path(__file__).parents[3] / "docs" / "schema" / "doctor.json"


def test_the_published_schema_is_current() -> None:
    """Else: python -m detector.doctor.schema > docs/schema/doctor.json."""
    assert PUBLISHED.read_text() == schema_text()


def test_the_schema_is_one() -> None:
    """Of the draft that it names."""
    jsonschema.Draft202012Validator.check_schema(schema())


def test_reports_follow_the_schema(fake: FakeHost) -> None:
    """A whole host's and a broken one's."""
    validator = jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text()))
    validator.validate(json.loads(msgspec.json.encode(examine(fake.host(), lambda: None))))
    fake.write("proc/kallsyms", b"\xff" * 100)
    fake.without_function("get_nodes", "register_kprobe")
    fake.uname = msgspec.structs.replace(fake.uname, machine="riscv64")
    validator.validate(json.loads(msgspec.json.encode(examine(fake.host(), lambda: None))))
