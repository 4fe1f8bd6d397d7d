"""The published JSON Schemas, made from the types.

Run as a program with a folder's name, it writes them there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec

from detector.render.finding_document import FindingDocument
from detector.render.head_document import HeadDocument
from detector.render.heartbeat_document import HeartbeatDocument
from detector.render.observation_document import ObservationDocument, StatusDocument

DOCUMENTS: dict[str, type[msgspec.Struct]] = {
    "finding": FindingDocument,
    "head": HeadDocument,
    "heartbeat": HeartbeatDocument,
    "observation": ObservationDocument,
    "status": StatusDocument,
}
"""By the name of the file in docs/schema/."""


def schema_text(name: str) -> str:
    """Give the schema (JSON Schema 2020-12) of one document, as its file holds it."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"toctrace {name}",
        **msgspec.json.schema(DOCUMENTS[name]),
    }
    return json.dumps(schema, indent=2) + "\n"


def write_schemas(folder: Path) -> None:
    """Write every schema into a folder. Raises OSError."""
    for name in DOCUMENTS:
        (folder / f"{name}.json").write_text(schema_text(name))


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
