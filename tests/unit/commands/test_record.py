from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from detector.commands.record import command
from detector.errors import UsageError


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--sink", "what:x"], "what:x"),
        (["--heartbeat", "-1"], "--heartbeat"),
        (["--config", "/none.toml"], "/none.toml"),
        (["--max-disk", "1M"], "--max-disk"),
    ],
)
def test_the_options_of_watch_are_handed_on_to_it(
    tmp_path: Path, options: list[str], said: str
) -> None:
    done = CliRunner().invoke(command, ["-o", str(tmp_path / "case"), *options])
    assert isinstance(done.exception, UsageError)
    assert said in str(done.exception)
    assert not (tmp_path / "case").exists()
