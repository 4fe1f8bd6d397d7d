"""bpf/changed.h judges a mask at entry and its copy as the correlator does, by its own code."""

from __future__ import annotations

import ctypes
import errno
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.capture.decode import _content
from detector.capture.wire import CONTENT, MASK_BYTES, Beyond
from detector.correlate.compare import differ
from detector.resources import bpf_file

HEADER = bpf_file("changed.h")
SOURCE = f"""
#include <stdbool.h>
#define __always_inline inline __attribute__((always_inline))
#include "{HEADER}"
int changed(const struct toctrace_content *entry, const struct toctrace_content *copy);
int blind(const struct toctrace_content *entry);
int changed(const struct toctrace_content *entry, const struct toctrace_content *copy)
{{
	return has_changed(entry, copy);
}}
int blind(const struct toctrace_content *entry)
{{
	return is_unread(entry);
}}
"""
STRICT = ("-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wno-sign-compare")

pytestmark = pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder: Path = tmp_path_factory.mktemp("changed")
    (folder / "changed.c").write_text(SOURCE)
    built = folder / "changed.so"
    command = ["gcc", *STRICT, "-shared", "-fPIC", "-o", built, folder / "changed.c"]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(built))


def packed(data: bytes, *, length: int, head: int, errors: tuple[int, int], beyond: int,
           word: int) -> bytes:  # fmt: skip
    """Write a content as the kernel's program leaves it."""
    return struct.pack(
        CONTENT.format, 0x1000, length * 8, length, head, *errors, 2, beyond, word, 0, data
    )


@st.composite
def pairs(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A look at entry, of any caller and across any page's end, and a whole copy."""
    word = draw(st.sampled_from([4, 8]))
    length = draw(st.integers(1, MASK_BYTES // word)) * word
    head = draw(st.integers(0, length) | st.integers(0, length // word).map(lambda n: n * word))
    kept = draw(st.binary(min_size=length, max_size=length))
    copy = bytearray(kept)
    near = st.integers(max(head - word, 0), min(head + word, length) - 1)
    anywhere = st.integers(0, length - 1)
    for place in draw(st.lists(anywhere | near, max_size=2)):
        copy[place] ^= 1 << draw(st.integers(0, 7))
    head_error = draw(st.sampled_from([0, -errno.EFAULT])) if head else 0
    tail_error = draw(st.sampled_from([0, -errno.EFAULT])) if head < length else 0
    # bpf_probe_read_user() leaves zeros where it fails
    seen = bytes(head) if head_error else kept[:head]
    seen += bytes(length - head) if tail_error else kept[head:]
    entry = packed(
        seen,
        length=length,
        head=head,
        errors=(head_error, tail_error),
        beyond=draw(st.sampled_from(list(Beyond))),
        word=word,
    )
    whole = packed(
        bytes(copy), length=MASK_BYTES, head=MASK_BYTES, errors=(0, 0), beyond=0, word=word
    )
    return entry, whole


@settings(max_examples=500)
@given(pair=pairs())
def test_the_kernel_and_the_correlator_judge_alike(
    library: ctypes.CDLL, pair: tuple[bytes, bytes]
) -> None:
    entry, copy = (_content(record, 0)[1] for record in pair)
    assert bool(library.changed(*pair)) == (differ(entry, copy) or entry.beyond is True)
    assert bool(library.blind(pair[0])) == bool(entry.unread)


@given(pair=pairs())
def test_a_mask_that_was_read_whole_and_is_the_same_is_never_called_changed(
    library: ctypes.CDLL, pair: tuple[bytes, bytes]
) -> None:
    copy = pair[1]
    assert not library.changed(copy, copy)
    assert not library.blind(copy)
