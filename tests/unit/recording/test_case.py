from __future__ import annotations

from pathlib import Path

import pytest

from detector.errors import UsageError
from detector.recording.case import find_recordings


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("absent", "no such case or recording"),
        ("absent.0000001.toctrace", "no such case or recording"),
        ("n" * 300, "cannot be read: File name too long"),
        ("n" * 300 + ".0000001.toctrace", "cannot be read: File name too long"),
        ("", "no recording is in it"),
    ],
)
def test_a_path_that_leads_to_no_recording_is_named(tmp_path: Path, path: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as raised:
        find_recordings([tmp_path / path])
    assert str(raised.value).startswith(str(tmp_path / path))
