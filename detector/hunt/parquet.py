"""A hunt's findings as a Parquet file: a row each, in order, for whatever reads tables."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
from pyarrow import parquet

from detector.errors import UsageError
from detector.hunt.lines import TIMES
from detector.hunt.sighting import Sighting

_ROWS = 1 << 16
"""Rows of one row group: what is held in memory."""
_WALL_TIME = pa.timestamp("ns", tz="UTC")
_TYPES: dict[object, pa.DataType] = {
    int: pa.int64(),
    int | None: pa.int64(),
    str: pa.string(),
    str | None: pa.string(),
}


def _field(field: msgspec.structs.FieldInfo) -> pa.Field:
    if field.name in TIMES:
        return pa.field(TIMES[field.name], _WALL_TIME, nullable=False)
    optional = field.type in {int | None, str | None}
    return pa.field(field.name, _TYPES[field.type], nullable=optional)


SCHEMA = pa.schema([_field(field) for field in msgspec.structs.fields(Sighting)])
"""The columns, as a sighting has them; wall times as timestamps."""


def write_parquet(path: Path, rows: Iterable[Sighting]) -> None:
    """Write the file, whole or not at all; it is its owner's alone. Raises UsageError."""
    coming = iter(rows)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file, parquet.ParquetWriter(file, SCHEMA) as writer:
                while some := list(islice(coming, _ROWS)):
                    writer.write_batch(_batch(some))
            Path(name).replace(path)
        except OSError:
            Path(name).unlink()
            raise
    except OSError as error:
        raise UsageError(f"--parquet {path}: cannot be written: {error.strerror}") from None


def _batch(rows: list[Sighting]) -> Any:
    columns = zip(*(msgspec.structs.astuple(row) for row in rows), strict=True)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    return pa.record_batch(arrays, SCHEMA)
