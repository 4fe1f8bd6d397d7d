from __future__ import annotations

import shutil
import subprocess

import pytest

import manpage
from detector.cli import GROUPS


def test_the_page_is_current() -> None:
    assert manpage.PAGE.read_text() == manpage.page(), "run scripts/man, and commit what it writes"


def test_every_command_is_in_it() -> None:
    text = manpage.page()
    for group in GROUPS.values():
        for name in group:
            assert f".SS \\fBtoctrace {name}" in text


def test_roff_takes_hostile_text_as_it_is() -> None:
    assert manpage.escaped(".so /etc/passwd") == "\\&.so /etc/passwd"
    assert manpage.escaped("\\fBx-'`") == "\\efBx\\-\\(aq\\(ga"


@pytest.mark.skipif(shutil.which("man") is None, reason="man-db is not installed")
def test_man_has_nothing_against_it() -> None:
    done = subprocess.run(
        ["man", "--warnings", "--encoding=utf8", "--local-file", str(manpage.PAGE)],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": "80", "LC_ALL": "C.UTF-8", "MANROFFSEQ": ""},
    )
    assert done.stderr == ""
    assert "toctrace service install" in done.stdout
