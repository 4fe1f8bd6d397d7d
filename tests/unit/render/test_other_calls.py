"""Every call of the table becomes a finding in every form: none knows a call by its name."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from detector.model.alert import Alert
from detector.model.finding import Finding
from detector.model.form import Form
from detector.model.judgement import Kind
from detector.model.process import Process
from detector.model.stage import LADDER, Stage
from detector.render.formats import FORMATS
from detector.render.syscall_example import raced
from detector.render.text import render_finding
from detector.rules.evaluate import judge_by_rules
from detector.syscalls.entry import Syscall
from detector.syscalls.registers import as_read
from detector.syscalls.table import DEFAULT, SYSCALLS
from tests.unit.samples import META, OFFSET_NS, RULES

SCHEMA = Path(__file__).parents[3] / "docs" / "schema" / "finding.json"
RULE_OF = {Form.NODEMASK: "nodemask-race", Form.POINTERS: "array-race"}
every_call = pytest.mark.parametrize("syscall", SYSCALLS, ids=lambda syscall: syscall.name)


def found(syscall: Syscall) -> Finding:
    (finding,) = judge_by_rules(raced(syscall), Process(), RULES, OFFSET_NS)
    return finding


@every_call
def test_the_first_mask_of_the_example_is_raced_and_the_others_are_not(syscall: Syscall) -> None:
    call = raced(syscall)
    assert [argument.kind for argument in call.arguments] == [
        Kind.RACE,
        *[None] * (len(syscall.arguments) - 1),
    ]
    unused = syscall.name == "move_pages"  # of whose first argument no use can be seen
    stages = syscall.stages - ({Stage.USE} if unused else set())
    kernels = [stage for stage in (Stage.COPY, Stage.USE) if stage in stages]
    assert call.arguments[0].window == (Stage.ENTRY, (*kernels, Stage.EXIT)[0])
    assert call.lost == 0
    assert set(call.arguments[0].looks) == {
        stage
        for stage in LADDER
        if stage in stages and (syscall.exit_looks or stage is not Stage.EXIT)
    }


@every_call
def test_a_shipped_rule_makes_a_finding_of_it(syscall: Syscall) -> None:
    finding = found(syscall)
    form = syscall.arguments[0].form
    assert (finding.rule, finding.kind) == (RULE_OF.get(form, "argument-race"), Kind.RACE)
    assert finding.message.startswith(f"{syscall.name} by racer")


@every_call
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_names_the_call_and_its_raced_argument(syscall: Syscall, form: str) -> None:
    finding = found(syscall)
    alert = Alert(
        id="0" * 32, finding=finding, count=1, first_unix_ns=OFFSET_NS, last_unix_ns=OFFSET_NS
    )
    line = FORMATS[form](alert, META)
    assert syscall.name in line
    assert syscall.arguments[0].name in line
    if form == "json":
        jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(json.loads(line))


@every_call
def test_text_shows_the_call_with_every_argument(syscall: Syscall) -> None:
    text = " ".join(render_finding(found(syscall), META).split())
    for name in syscall.names:
        assert f"{name}=" in text


@pytest.mark.parametrize(
    ("name", "register", "value"),
    [
        ("pid", 0xFFFF_FFFF, -1),
        ("pid", (7 << 32) | 5, 5),
        ("flags", 0xFFFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF),
        ("maxnode", 0xFFFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF),
    ],
)
def test_a_register_is_what_its_c_type_makes_of_it(name: str, register: int, value: int) -> None:
    parameters = {p.name: p for syscall in DEFAULT for p in syscall.parameters}
    assert as_read(parameters[name], register) == value


def test_a_call_that_counts_nothing_returns_plain_success() -> None:
    mbind = next(syscall for syscall in SYSCALLS if syscall.name == "mbind")
    text = render_finding(found(mbind), META)
    assert "success" in text
    assert "success (" not in text
    assert msgspec.structs.asdict(found(mbind))["call"].returned == 0
