from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import UsageError
from detector.resources import unit_file
from detector.service.unit import MARK, exec_start, protect_home, quote, render_unit

TEMPLATE = unit_file().read_text()
COMMAND = Path("/opt/toctrace/bin/toctrace")

_ESCAPE = re.compile(r'\\x([0-9a-f]{2})|\\([\\"])|(%%)|(\$\$)')


def read_back(value: str) -> list[str]:
    """Split a command line as systemd does: systemd.service(5), "Command lines"."""
    words = []
    for quoted, plain in re.findall(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)', value):
        words.append(_ESCAPE.sub(_unescaped, plain or quoted))
    return words


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return match[2] or ("%" if match[3] else "$")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_systemd_reads_every_argument_as_it_was_given(arguments: list[str]) -> None:
    value = exec_start(COMMAND, arguments)
    assert value.isprintable() or not re.search(r"[\0-\x1f\x7f]", value)
    assert read_back(value) == [str(COMMAND), *arguments]


def test_an_argument_opens_no_line_of_its_own() -> None:
    text = render_unit(TEMPLATE, COMMAND, ("--comm", 'a"\nUser=nobody\n[Install]'), "yes")
    assert "User=nobody" not in text.splitlines()
    assert text.count("[Install]\n") == TEMPLATE.count("[Install]\n")


def test_specifiers_and_variables_are_not_expanded() -> None:
    assert quote("100%") == "100%%"
    assert quote("$HOME/%h") == "$$HOME/%%h"


def test_what_is_no_utf8_is_refused() -> None:
    with pytest.raises(UsageError, match="not UTF-8"):
        quote("caf\udce9")


@pytest.mark.parametrize("path", ["/with space/toctrace", "/per%cent/toctrace", "relative"])
def test_a_path_that_systemd_cannot_start_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match="cannot start"):
        exec_start(Path(path), ())


@pytest.mark.parametrize(
    ("needed", "expected"),
    [
        ("/opt/toctrace/bin/toctrace", "yes"),
        ("/homely/toctrace", "yes"),
        ("/home/a/venv/bin/toctrace", "read-only"),
        ("/root/venv/bin/toctrace", "read-only"),
    ],
)
def test_homes_are_hidden_unless_the_command_lives_there(needed: str, expected: str) -> None:
    assert protect_home([Path("/usr/lib"), Path(needed)]) == expected


def test_the_unit_is_filled_in_and_known_as_ours() -> None:
    text = render_unit(TEMPLATE, COMMAND, ("watch",), "yes")
    assert text.startswith(MARK)
    assert f"ExecStart={COMMAND} watch\n" in text
    assert not re.search(r"@[A-Z]+_", text)


def test_the_unit_stands_for_what_is_promised() -> None:
    lines = TEMPLATE.splitlines()
    for promised in (
        "Type=notify",
        "Restart=always",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "MemoryDenyWriteExecute=yes",
    ):
        assert promised in lines
    assert any(line.startswith("WatchdogSec=") for line in lines)
