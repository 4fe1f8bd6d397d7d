"""Names of the kernel's error numbers."""

from __future__ import annotations

import errno


def error_name(number: int) -> str:
    """Name an errno, given as the kernel returns it (-14) or plain (14): `EFAULT`."""
    plain = abs(number)
    return errno.errorcode.get(plain, f"errno {plain}")
