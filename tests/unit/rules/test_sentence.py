"""What a judged argument means, in a sentence."""

from __future__ import annotations

import pytest

from detector.rules.sentence import sentence, summary
from tests.unit.samples import calls

CALLS = calls()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "race-refused",
            (
                "old_nodes was 2 when observers looked at entry; the kernel copied 1, then "
                "ended the call without using it: observer deceived at entry"
            ),
        ),
        (
            "race-without-copy",
            (
                "old_nodes was 2 when observers looked at entry; the kernel used 1 (its copy "
                "was not observed): observer deceived at entry"
            ),
        ),
        (
            "race-entry-and-exit-only",
            (
                "old_nodes was 2 when observers looked at entry, and 1 at exit; what the "
                "kernel copied in between was not observed: observer deceived at one of the "
                "two"
            ),
        ),
        (
            "withdrawn",
            (
                "old_nodes was 2 when observers looked at entry; the kernel could not read it"
                " (EFAULT): observer deceived, the call it saw never was"
            ),
        ),
        (
            "restore",
            (
                "old_nodes was 2 when observers looked at entry, and the same again at exit; "
                "in between the kernel copied and used 1: observer deceived at entry and "
                "exit, tracks covered"
            ),
        ),
        (
            "tamper",
            (
                "the kernel copied 2 from old_nodes and then acted on 5: its own copy was "
                "changed, in kernel memory, where no program can write"
            ),
        ),
        (
            "blind",
            (
                "old_nodes was unreadable (EFAULT) when observers looked at entry; the kernel"
                " copied and used 1: observer blind"
            ),
        ),
        (
            "late",
            (
                "old_nodes was 1 when observers looked at exit; before that, the kernel "
                "copied and used 2: observer deceived at exit"
            ),
        ),
    ],
)
def test_a_sentence_says_what_was_seen_and_what_the_kernel_did(name: str, said: str) -> None:
    assert summary(CALLS[name]) == said


def test_two_masks_have_a_sentence_each() -> None:
    assert summary(CALLS["race-both"]).count("observer deceived") == 2


def test_lists_too_long_to_be_written_say_what_changed() -> None:
    said = summary(CALLS["race-many-nodes"])
    assert said.endswith("(changed: +1 -0)")
    assert len(said) < 300


def test_an_argument_without_a_kind_has_nothing_to_say() -> None:
    assert sentence(CALLS["race"].arguments[1]) == ""
