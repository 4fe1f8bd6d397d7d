"""A finding about a beaten supervisor, in every form that a person or a program reads."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from detector.model.caller import Caller
from detector.model.judgement import JudgedCall
from detector.model.observers import Present
from detector.model.stage import Stage
from detector.render.finding_json import finding_document
from detector.render.text import render_finding
from detector.report.masks import draw
from detector.rules.fields import BY_FIELD
from detector.rules.sentence import summary
from tests.unit.builders import NEW, Mask, content, ladder, make_snapshot
from tests.unit.correlate.judging import judge_one
from tests.unit.samples import META, PROCESS, found

EVERYBODY = tuple(Present)


def beaten(exit_: int = 51, observers: tuple[Present, ...] | None = EVERYBODY) -> JudgedCall:
    """Judge a call whose tracer read node 40, and the kernel node 51."""
    look = {"old_nodes": content(40), "new_nodes": NEW.entry}
    first = make_snapshot(Stage.SUPERVISE, contents=look)
    mask = Mask(content(51), exit=content(exit_))
    rest = [
        msgspec.structs.replace(s, sequence=s.sequence + 1)
        for s in ladder(masks={"old_nodes": mask})
    ]
    caller = Caller(observers=observers, asked=(Present.TRACER,))
    rest[-1] = msgspec.structs.replace(rest[-1], caller=caller)
    return judge_one([first, *rest])


def document(call: JudgedCall) -> Any:
    return msgspec.json.decode(msgspec.json.encode(finding_document(found(call), META)))


def values(call: JudgedCall, field: str) -> tuple[object, ...]:
    return BY_FIELD[field].get(call, PROCESS)


def test_the_sentence_names_the_supervisor_and_what_it_saw() -> None:
    assert summary(beaten()) == (
        "old_nodes was 40 when its supervisor looked, before it decided; the kernel copied and "
        "used 51: observer deceived at supervise"
    )
    assert "looked, before it decided, and the same again at exit" in summary(beaten(exit_=40))


def test_a_person_sees_its_row_and_who_was_there() -> None:
    text = render_finding(found(beaten()), META)
    assert "  supervise   40" in text
    assert "since supervise: +51 -40" in " ".join(text.split())
    assert "observers   seccomp-notify, tracer (deceived), audit, tracepoint" in text


def test_without_a_supervisor_there_is_no_row() -> None:
    text = render_finding(
        found(judge_one(ladder(masks={"old_nodes": Mask(content(0), copy=content(1))}))), META
    )
    assert "supervise" not in text
    assert "observers  " not in text


def test_json_has_the_look_and_who_was_deceived() -> None:
    told = document(beaten())
    assert told["window"] == {"from": "supervise", "to": "copy"}
    assert told["masks"][0]["looks"]["supervise"]["nodes"] == [40]
    assert told["observers"] == {
        "present": ["seccomp-notify", "tracer", "audit", "tracepoint"],
        "asked": ["tracer"],
        "deceived": ["tracer"],
    }


def test_json_leaves_out_what_the_kernel_did_not_tell() -> None:
    assert "observers" not in document(beaten(observers=None))
    plain = document(judge_one(ladder(masks={"old_nodes": Mask(content(0), copy=content(1))})))
    assert "observers" not in plain
    assert "supervise" not in plain["masks"][0]["looks"]


def test_rules_can_ask_for_it() -> None:
    call = beaten()
    assert values(call, "window") == ("supervise->copy",)
    assert values(call, "deceived") == ("supervise",)
    assert values(call, "observers") == ("seccomp-notify", "tracer", "audit", "tracepoint")
    assert values(call, "observers_deceived") == ("tracer",)
    assert values(call, "old_nodes.supervise") == (content(40).data,)


def test_who_looks_at_entry_is_deceived_by_what_changes_after_it() -> None:
    mask = Mask(content(0), copy=content(1), exit=content(1))
    snapshots = ladder(masks={"old_nodes": mask})
    caller = Caller(observers=EVERYBODY)
    snapshots[-1] = msgspec.structs.replace(snapshots[-1], caller=caller)
    assert values(judge_one(snapshots), "observers_deceived") == ("tracepoint",)


@pytest.mark.parametrize(("exit_", "kind"), [(51, "race"), (40, "restore")])
def test_a_report_draws_it(exit_: int, kind: str) -> None:
    call = beaten(exit_)
    assert call.kind == kind
    drawn = draw(call, call.arguments[0])
    assert [band.stage for band in drawn.bands][:2] == [Stage.SUPERVISE, Stage.ENTRY]
