"""What the kernel makes of a register, by the C type of the parameter that it carries. Pure."""

from __future__ import annotations

from detector.syscalls.entry import Parameter

_INT_MASK, _INT_SIGN = 0xFFFF_FFFF, 0x8000_0000
_REGISTER = (1 << 64) - 1
INT, UNSIGNED_INT = "int", "unsigned int"


def as_read(parameter: Parameter, register: int) -> int:
    """Give the parameter's value: of an int, the register's upper half means nothing."""
    if parameter.type not in {INT, UNSIGNED_INT}:
        return register & _REGISTER
    low = register & _INT_MASK
    return low - _INT_MASK - 1 if parameter.type == INT and low & _INT_SIGN else low
