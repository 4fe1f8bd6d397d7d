"""Limits leave room for at least one call."""

from __future__ import annotations

import pytest

from detector.correlate.limits import Limits
from detector.errors import UsageError


@pytest.mark.parametrize("name", Limits.__struct_fields__)
def test_a_limit_below_one_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(UsageError, match=name):
        Limits(**{name: 0})
