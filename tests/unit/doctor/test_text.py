"""The screen: verdict first, within 80 columns, colour only where asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from detector.doctor.report import examine
from detector.doctor.result import EXITS, Effect, Report, Verdict, fine, problem
from detector.doctor.text import render

if TYPE_CHECKING:
    from tests.unit.doctor.fake_host import FakeHost


def bare_host(fake: FakeHost) -> FakeHost:
    """Return a microVM's host: no kprobes, one node, nothing mounted, no headers."""
    fake.configure("# CONFIG_KPROBES is not set")
    for path in (
        "sys/bus/event_source/devices/kprobe/type",
        "sys/kernel/debug/kprobes/enabled",
        "sys/kernel/debug/kprobes/blacklist",
        "sys/kernel/tracing/available_filter_functions",
        "sys/kernel/security",
        "lib/modules/6.12.0-amd64/source/include/linux/kconfig.h",
    ):
        fake.remove(path)
    fake.write("sys/devices/system/node/online", "0\n")
    return fake


def report(*checks: object) -> Report:
    """Return a report of these checks and no meaning."""
    return Report(
        schema_version=1,
        tool_version="0",
        release="6",
        machine="x86_64",
        verdict=Verdict.SOME,
        exit_code=int(EXITS[Verdict.SOME]),
        tried=False,
        checks=tuple(checks),  # type: ignore[arg-type]
    )


def test_a_host_without_kprobes_gets_one_readable_screen(fake: FakeHost) -> None:
    """The verdict first, then what to do, in 80 columns and less than 50 lines."""
    lines = render(examine(bare_host(fake).host(), lambda: None), color=False).splitlines()
    assert lines[0] == "This host: nothing can be observed."
    assert lines[3].startswith("  tracing    tracefs is not mounted: without kprobes")
    assert any(line.startswith("  kprobes    the kernel is built without") for line in lines)
    assert max(map(len, lines)) <= 80
    assert len(lines) < 50


def test_a_whole_host_says_so_and_that_it_was_only_asked(fake: FakeHost) -> None:
    """Nothing was attached."""
    text = render(examine(fake.host(), lambda: None), color=False)
    assert text.startswith("This host: everything can be observed (asked, not tried).\n\nFine:\n")
    assert "migrate_pages: entry, copy, use, exit" in text


def test_fatal_stands_before_stage_before_note() -> None:
    """The reader's first question comes first."""
    text = render(
        report(
            fine("d.x", "all right"),
            problem("c.x", Effect.NOTE, "third", remedy="r"),
            problem("b.x", Effect.STAGE, "second", remedy="r"),
            problem("a.x", Effect.FATAL, "first", remedy="r"),
        ),
        color=False,
    )
    places = [text.index(word) for word in ("first", "second", "third", "all right")]
    assert places == sorted(places)


def test_commands_stand_once() -> None:
    """Two problems with one remedy do not fill the screen."""
    text = render(
        report(
            problem("a.x", Effect.STAGE, "one", remedy="Do.", commands=("reboot now",)),
            problem("b.x", Effect.STAGE, "two", remedy="Do.", commands=("reboot now",)),
        ),
        color=False,
    )
    assert text.count("reboot now") == 1
    assert "(The commands above.)" in text


def test_a_long_command_can_still_be_copied() -> None:
    """It is continued with a backslash."""
    words = " ".join(["word"] * 40)
    text = render(
        report(problem("a.x", Effect.STAGE, "one", remedy="Do.", commands=(words,))), color=False
    )
    assert max(map(len, text.splitlines())) <= 80
    assert words in re.sub(r" \\\n +", " ", text)


def test_colour_changes_nothing_but_colour(fake: FakeHost) -> None:
    """Without its escapes it is the plain text."""
    seen = examine(bare_host(fake).host(), lambda: None)
    painted = render(seen, color=True)
    assert "\x1b[31m" in painted
    assert re.sub(r"\x1b\[\d+m", "", painted) == render(seen, color=False)
    assert "\x1b" not in render(seen, color=False)
