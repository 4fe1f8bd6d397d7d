from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from detector.capture.bcc_program import Program
from detector.errors import ObservationError


def test_a_missing_bcc_is_said_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bcc", None)
    with pytest.raises(ObservationError, match=r"cannot be imported by .*python3-bpfcc"):
        Program(Path("unread.c"), {})


def test_the_unrelated_bcc_is_told_from_the_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    unrelated = ModuleType("bcc")
    unrelated.__file__ = "/somewhere/bcc/__init__.py"
    monkeypatch.setitem(sys.modules, "bcc", unrelated)
    with pytest.raises(ObservationError, match=r"/somewhere/bcc.*unrelated package"):
        Program(Path("unread.c"), {})
