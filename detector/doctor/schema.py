"""The JSON Schema of `doctor --json`, made from its types. Run as a program it prints it."""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec

from detector.doctor.result import Report


def schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12) that every report follows."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "toctrace doctor --json",
        **msgspec.json.schema(Report),
    }


def schema_text() -> str:
    """Return the schema as docs/schema/doctor.json holds it."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
