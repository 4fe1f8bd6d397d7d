from __future__ import annotations

import pytest

from detector.commands.watch import _filters
from detector.errors import UsageError


@pytest.mark.parametrize("name", [b"migrate", "näh".encode(), b"\xff\xfe", b"fifteen-bytes-x"])
def test_a_comm_is_the_bytes_that_were_given(name: bytes) -> None:
    given = name.decode("utf-8", "surrogateescape")  # as Python gives what is on the command line
    assert _filters(None, None, given, None).comm == name


@pytest.mark.parametrize("name", ["", "sixteen-bytes-xx", "\udcff" * 16])
def test_a_comm_that_no_task_can_have_is_a_wrong_usage(name: str) -> None:
    with pytest.raises(UsageError, match="a comm has 1 to 15 bytes"):
        _filters(None, None, name, None)
