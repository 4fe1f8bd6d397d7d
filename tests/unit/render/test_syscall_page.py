"""The pages of system calls are made from the table, and those in docs/ are current."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.render.syscall_page import page, pages, write_pages
from detector.syscalls.entry import Syscall
from detector.syscalls.table import SYSCALLS
from detector.syscalls.unwatched import UNWATCHED

PUBLISHED = Path(__file__).parents[3] / "docs" / "syscalls"


@pytest.mark.parametrize("name", pages())
def test_the_published_page_is_current(name: str) -> None:
    """Else: python -m detector.render.syscall_page docs/syscalls."""
    assert (PUBLISHED / f"{name}.md").read_text(encoding="utf-8") == pages()[name]


def test_no_page_is_published_that_the_table_does_not_make(tmp_path: Path) -> None:
    write_pages(tmp_path)
    assert {file.name for file in PUBLISHED.iterdir()} == {file.name for file in tmp_path.iterdir()}


@pytest.mark.parametrize("syscall", SYSCALLS, ids=lambda syscall: syscall.name)
def test_a_page_tells_of_each_argument_and_probe(syscall: Syscall) -> None:
    text = page(syscall)
    for parameter in syscall.parameters:
        assert f"| {parameter.name} | `{parameter.type}` |" in text
    assert text.count("user pointer, raceable") == len(syscall.arguments)
    for probe in syscall.probes:
        assert probe.purpose in text
        assert all(f"`{symbol}`" in text for symbol in probe.symbols)


def test_a_call_is_related_to_calls_that_are_listed() -> None:
    listed = {call.name for call in SYSCALLS} | {call.name for call in UNWATCHED}
    for syscall in SYSCALLS:
        assert set(syscall.related) <= listed - {syscall.name}
