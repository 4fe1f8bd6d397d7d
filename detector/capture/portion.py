"""How much of a ring buffer one reading takes. Pure."""

from __future__ import annotations

POLL_BYTES = 512 << 10
"""Room of the records that one poll takes, and a bit: about 1,000 snapshots.

Whoever makes calls faster than they are judged would else keep one poll going for ever, and the
tool would judge nothing, hear no signal and let its memory grow.
"""

_HEADER_BYTES = 8
_ALIGNED = 8
_GO_ON, _STOP = 0, -1


class Portion:
    """What is left of the portion that a reading may take, in bytes of the ring buffer."""

    def __init__(self) -> None:
        """Nothing may be taken until `begin`, beyond the first record."""
        self._left = 0

    def begin(self, size: int) -> None:
        """Begin a reading of so many bytes."""
        self._left = size

    def took(self, size: int) -> int:
        """Note a record of `size` bytes; give what libbpf is answered, below 0 where it is to stop.

        It goes on behind this record the next time (libbpf: ringbuf_process_ring).
        """
        self._left -= _HEADER_BYTES + (size + _ALIGNED - 1) // _ALIGNED * _ALIGNED
        return _GO_ON if self._left > 0 else _STOP
