"""bpf/nodemask.h sees what get_nodes() takes, however many nodes the kernel can number."""

from __future__ import annotations

import ctypes
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.capture.decode import _content
from detector.capture.wire import CONTENT
from detector.resources import bpf_file

WORD = 64
"""Bits of one."""
MOST_BITS = 4096 * 8
LIMITS = (4, 8, 32, 64, 256, 1024)
"""MAX_NUMNODES, by CONFIG_NODES_SHIFT."""
SOURCE = f"""
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define TOCTRACE_USER_MEMORY_H
static long probe_read_user(void *to, unsigned int size, const void *from)
{{
	memcpy(to, from, size);
	return 0;
}}
#include "{bpf_file("nodemask.h")}"
void look(struct toctrace_content *c, __u64 address, __u64 maxnode);
void look(struct toctrace_content *c, __u64 address, __u64 maxnode)
{{
	read_user_mask(c, 0, address, maxnode, 8);
}}
"""
STRICT = ("-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wno-sign-compare")

pytestmark = pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")
Look = Callable[[list[int], int], tuple[int, bool | None]]


@pytest.fixture(scope="module", params=LIMITS)
def limit(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def look(limit: int, tmp_path_factory: pytest.TempPathFactory) -> Look:
    """Give what the kernel's program makes of words: the nodes, and whether any is beyond."""
    folder: Path = tmp_path_factory.mktemp("nodemask")
    (folder / "nodemask.c").write_text(SOURCE)
    built = folder / "nodemask.so"
    command = ["gcc", *STRICT, f"-DMAX_NUMNODES={limit}", "-shared", "-fPIC", "-o", built]
    subprocess.run([*command, folder / "nodemask.c"], check=True)
    library = ctypes.CDLL(str(built))

    def looked(words: list[int], maxnode: int) -> tuple[int, bool | None]:
        memory = struct.pack(f"<{len(words)}Q", *words)
        record = ctypes.create_string_buffer(2 * CONTENT.size)  # a tail may be written past one
        place = ctypes.create_string_buffer(memory, len(memory))
        library.look(record, ctypes.c_uint64(ctypes.addressof(place)), ctypes.c_uint64(maxnode))
        content = _content(record.raw, 0)[1]
        return int.from_bytes(content.data, "little"), content.beyond

    return looked


def get_nodes(words: list[int], maxnode: int, limit: int) -> int | None:
    """Give the kernel's copy; None: EINVAL (mm/mempolicy.c: get_nodes() and get_bitmap(), 6.12)."""
    left = maxnode - 1
    while left > limit:
        bits = min(left, WORD)
        taken = words[(left - 1) // WORD] & ((1 << bits) - 1)
        if left - bits >= limit:
            left -= bits
        else:
            left = limit
            taken &= ~((1 << limit % WORD) - 1)
        if taken:
            return None
    whole = sum(word << WORD * at for at, word in enumerate(words))
    return whole & ((1 << left) - 1)


@given(data=st.data())
def test_it_sees_what_the_kernel_copies(look: Look, limit: int, data: st.DataObject) -> None:
    few = st.integers(1, 3 * WORD) | st.integers(max(limit - WORD, 1), limit + 3 * WORD)
    bits = data.draw(few | st.integers(1, MOST_BITS))
    words = [0] * (MOST_BITS // WORD)
    near = st.integers(0, min(bits + WORD, MOST_BITS) - 1)
    for node in data.draw(st.lists(near | st.integers(0, min(limit, bits) - 1), max_size=3)):
        words[node // WORD] |= 1 << node % WORD
    copied = get_nodes(words, bits + 1, limit)
    seen, beyond = look(words, bits + 1)
    assert beyond == (copied is None)
    if copied is not None:
        assert seen == copied
