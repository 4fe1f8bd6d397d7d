"""Markdown, read by markdown-it with GitHub's tables and links."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from detector.render.markdown import SHOWN, render_markdown
from detector.render.run_report import RunReport
from tests.unit.messages import hostile_reports, make_report, reports
from tests.unit.samples import findings

REPORTS = reports()
ALLOWED = {
    "heading",
    "paragraph",
    "inline",
    "code_block",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
} | {
    "td",
    "bullet_list",
    "list_item",
}
INLINE = {"text", "strong_open", "strong_close", "text_special", "softbreak"}


def headings(text: str) -> list[str]:
    """Give every heading; nothing stands in the document but what its writer put there."""
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = parser.parse(text)
    for token in tokens:
        assert token.type.removesuffix("_open").removesuffix("_close") in ALLOWED
        assert all(child.type in INLINE for child in token.children or ())
    return [tokens[i + 1].content for i, t in enumerate(tokens) if t.type == "heading_open"]


@pytest.mark.parametrize("name", REPORTS)
def test_each_run_is_its_golden_file(name: str, golden: Callable[[str, str], None]) -> None:
    text = render_markdown(REPORTS[name])
    assert text.endswith("\n")
    golden(f"report/markdown-{name}.md", text.rstrip("\n"))


@given(hostile_reports())
def test_hostile_names_are_shown_and_mean_nothing(report: RunReport) -> None:
    text = render_markdown(report)
    assert all(line.isprintable() for line in text.split("\n"))
    assert len(headings(text)) == 2 + len(report.found)


def test_the_verdict_comes_first_and_the_statuses_after_it() -> None:
    text = render_markdown(REPORTS["unobserved"])
    assert text.startswith("# toctrace: Could not observe")
    assert "| exit status | 11 |" in text
    assert "| of the command | not started |" in text


def test_more_than_fits_is_counted() -> None:
    one = make_report(findings()["race"]).found[0]
    report = make_report(observation="findings", found=(one,) * (SHOWN + 3))
    assert "... and 3 more findings." in render_markdown(report)
