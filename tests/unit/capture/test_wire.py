"""bpf/records.h and detector/capture/wire.py say the same, by the compiler's own word."""

from __future__ import annotations

import re
import shutil
import subprocess
from enum import Enum
from pathlib import Path

import pytest

from detector.capture import wire
from detector.resources import bpf_file
from tests.unit.compiled_header import STRICT, values

HEADER = bpf_file("records.h")
DEFINES = {
    "TOCTRACE_RECORD_VERSION": wire.VERSION,
    "TOCTRACE_MASK_BYTES": wire.MASK_BYTES,
    "TOCTRACE_MASKS": wire.MASKS,
    "TOCTRACE_CONTENTS": wire.CONTENTS,
    "TOCTRACE_NUMBERS": wire.NUMBERS,
    "TOCTRACE_ARGS": wire.ARGS,
    "TOCTRACE_COMM_BYTES": wire.COMM_BYTES,
    "TOCTRACE_CPUSET": wire.CPUSET,
    "TOCTRACE_TEXT": wire.TEXT_CONTENTS,
    "TOCTRACE_TEXT_BYTES": wire.TEXT_BYTES,
    "TOCTRACE_ELEMENT_UNUSED": wire.ELEMENT_UNUSED,
    "TOCTRACE_DATA_BYTES": wire.DATA_BYTES,
    "TOCTRACE_NO_LOGIN": wire.NO_LOGIN,
    "TOCTRACE_CLAUSES": wire.CLAUSES,
}
PREFIXES = {
    "toctrace_beyond": "TOCTRACE_BEYOND_",
    "toctrace_filter": "TOCTRACE_FILTER_",
    "toctrace_form": "TOCTRACE_FORM_",
    "toctrace_seed": "TOCTRACE_SEED_",
    "toctrace_namespace": "TOCTRACE_NS_",
    "toctrace_part": "TOCTRACE_PART_",
    "toctrace_deleted": "TOCTRACE_DELETED_",
    "toctrace_observer": "TOCTRACE_OBSERVER_",
    "toctrace_enforce": "TOCTRACE_ENFORCE_",
    "toctrace_clause_use": "TOCTRACE_CLAUSE_",
}
ENUM = re.compile(r"^enum (\w+) \{\n(.*?)^\};", re.MULTILINE | re.DOTALL)
CONSTANT = re.compile(r"^\t(TOCTRACE_\w+)", re.MULTILINE)
END_OF_COUNTERS = "TOCTRACE_COUNTERS"
ENDS = {
    "toctrace_counter": END_OF_COUNTERS,
    "toctrace_namespace": "TOCTRACE_NAMESPACES",
    "toctrace_part": "TOCTRACE_PARTS",
}

pytestmark = pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")


def constants_of(c_name: str, members: type[Enum]) -> dict[str, int]:
    prefix = PREFIXES.get(c_name, "TOCTRACE_")
    return {prefix + member.name: member.value for member in members}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """What the compiler makes of the header: expression to value."""
    expressions = [*DEFINES, *ENDS.values()]
    for record in wire.RECORDS:
        struct = f"struct {record.c_name}"
        expressions.append(f"sizeof({struct})")
        expressions += (f"offsetof({struct}, {field})" for field, _ in record.fields)
        expressions += (f"sizeof((({struct} *)0)->{field})" for field, _ in record.fields)
    expressions += (
        "offsetof(struct toctrace_snapshot, content)",
        "sizeof(((struct toctrace_snapshot *)0)->content)",
        "offsetof(struct toctrace_caller, data)",
        "offsetof(struct toctrace_text, data)",
    )
    for c_name, members in wire.ENUMS.items():
        expressions += constants_of(c_name, members)
    return values(HEADER, expressions, tmp_path_factory.mktemp("wire"))


def test_the_header_compiles_alone(tmp_path: Path) -> None:
    alone = tmp_path / "alone.c"
    alone.write_text(f'#include "{HEADER}"\n')
    subprocess.run(["gcc", *STRICT, "-Wpadded", "-fsyntax-only", alone], check=True)


@pytest.mark.parametrize("record", wire.RECORDS, ids=lambda record: record.c_name)
def test_every_field_lies_where_the_compiler_puts_it(
    record: wire.Record, compiled: dict[str, int]
) -> None:
    struct = f"struct {record.c_name}"
    offsets = record.offsets()
    ends = [*list(offsets.values())[1:], record.size]
    assert offsets == {
        field: compiled[f"offsetof({struct}, {field})"] for field, _ in record.fields
    }
    assert [end - begin for begin, end in zip(offsets.values(), ends, strict=True)] == [
        compiled[f"sizeof((({struct} *)0)->{field})"] for field, _ in record.fields
    ]


@pytest.mark.parametrize(
    "record",
    [
        wire.CONFIG,
        wire.LAYOUT,
        wire.MARK,
        wire.CLAUSE,
        wire.ENFORCEMENT,
        wire.CONTENT,
        wire.PARENT,
    ],
    ids=lambda record: record.c_name,
)
def test_a_record_is_as_long_as_its_structure(
    record: wire.Record, compiled: dict[str, int]
) -> None:
    assert record.size == compiled[f"sizeof(struct {record.c_name})"]


def test_a_snapshot_stops_where_its_contents_begin(compiled: dict[str, int]) -> None:
    contents = wire.CONTENTS * wire.CONTENT.size
    assert wire.SNAPSHOT.size == compiled["offsetof(struct toctrace_snapshot, content)"]
    assert contents == compiled["sizeof(((struct toctrace_snapshot *)0)->content)"]
    assert wire.SNAPSHOT.size + contents == compiled["sizeof(struct toctrace_snapshot)"]


def test_a_caller_stops_where_its_data_begins(compiled: dict[str, int]) -> None:
    assert wire.CALLER.size == compiled["offsetof(struct toctrace_caller, data)"]
    assert wire.CALLER.size + wire.DATA_BYTES == compiled["sizeof(struct toctrace_caller)"]


def test_a_text_stops_where_its_data_begins(compiled: dict[str, int]) -> None:
    assert wire.TEXT.size == compiled["offsetof(struct toctrace_text, data)"]


@pytest.mark.parametrize("name", DEFINES)
def test_numbers_are_those_of_the_header(name: str, compiled: dict[str, int]) -> None:
    assert compiled[name] == DEFINES[name]


@pytest.mark.parametrize("c_name", wire.ENUMS)
def test_constants_are_those_of_the_header(c_name: str, compiled: dict[str, int]) -> None:
    constants = constants_of(c_name, wire.ENUMS[c_name])
    assert constants == {name: compiled[name] for name in constants}


def test_no_constant_of_the_header_is_unknown() -> None:
    declared = {
        name: set(CONSTANT.findall(body)) for name, body in ENUM.findall(HEADER.read_text())
    }
    known = {name: set(constants_of(name, members)) for name, members in wire.ENUMS.items()}
    for name, end in ENDS.items():
        known[name].add(end)
    assert declared == known


@pytest.mark.parametrize("c_name", ENDS)
def test_everything_that_is_counted_is_known(c_name: str, compiled: dict[str, int]) -> None:
    assert compiled[ENDS[c_name]] == len(wire.ENUMS[c_name])
