from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from detector.cli import GROUPS, toctrace
from detector.commands.completion import SHELLS, VARIABLE


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_a_script_that_asks_this_command(shell: str) -> None:
    shown = CliRunner().invoke(toctrace, ["completion", shell])
    assert shown.exit_code == 0
    assert f"{VARIABLE}={shell}_complete" in shown.stdout


def test_bash_takes_the_script() -> None:
    script = CliRunner().invoke(toctrace, ["completion", "bash"]).stdout
    subprocess.run(["bash", "-n"], input=script, check=True, text=True)


def test_an_unknown_shell_is_a_usage_error() -> None:
    assert CliRunner().invoke(toctrace, ["completion", "tcsh"]).exit_code == 2


def test_what_the_script_asks_is_answered() -> None:
    """The other half: the command itself, asked for words as bash's function asks."""
    env = {**os.environ, VARIABLE: "bash_complete", "COMP_WORDS": "toctrace ", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "detector"], env=env, check=True, capture_output=True, text=True
    )
    words = {line.split(",")[1] for line in done.stdout.split()}
    assert words == {name for group in GROUPS.values() for name in group}
