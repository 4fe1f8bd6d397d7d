from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from detector.model.finding import Finding
from detector.report.markdown import code, render
from tests.unit.hostile import hostile_findings, texts
from tests.unit.report.cases import case, judged, two_hosts
from tests.unit.samples import findings, observations


def test_a_ticket_says_what_was_seen_and_what_was_found() -> None:
    text = render(two_hosts())
    assert text.index("**lost**") > text.index("db-2.example.org")
    assert "**MISSING**: migrate_pages copy" in text
    assert "| err | `nodemask-race` |" in text
    assert "could not be read" in text


def test_a_ticket_has_the_process_tree_the_ladder_and_the_writer_with_its_code() -> None:
    text = render(case(judged([findings()["race-written"]], observations()["findings"])))
    tree = (
        "- process tree:\n"
        "  - ` systemd, pid 1 `\n"
        "    - ` bash, pid 90: /usr/bin/bash `\n"
        "      - ` racer, pid 100: /usr/local/bin/racer `\n"
        "\n"
        "```text\n"
        "  stage "
    )
    writer = (
        "  - at ` flip_nodes+0x19 in /usr/local/bin/racer at /build/racer/flip.c:42 `\n"
        "  - code: ` *mask = 1UL << node; `\n"
        "  - from ` /usr/lib/"
    )
    assert text.index(tree) < text.index("\n```\n") < text.index(writer)


@given(texts | st.text("`a\n"))
def test_a_hostile_text_cannot_leave_its_code_span(text: str) -> None:
    span = code(text)
    fence = span[: len(span) - len(span.lstrip("`"))]
    inner = span[len(fence) : -len(fence)]
    assert span.endswith(fence)
    assert "\n" not in span
    assert inner.startswith(" ")
    assert inner.endswith(" ")
    assert fence not in {run for run in inner.split(" ") if set(run) == {"`"}}


@settings(max_examples=50)
@given(st.lists(hostile_findings(), min_size=1, max_size=2))
def test_any_names_make_valid_text(some: list[Finding]) -> None:
    text = render(case(judged(some, observations()["findings"])))
    text.encode("utf-8")
    assert "\x1b" not in text
