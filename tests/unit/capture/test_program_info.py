"""The kernel's own header says where the count lies."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from detector.capture.program_info import GET_INFO, RECURSION_MISSES, recursion_misses
from detector.errors import AttachError

PROGRAM = """
#include <linux/bpf.h>
#include <stddef.h>
_Static_assert(offsetof(struct bpf_prog_info, recursion_misses) == %d, "");
_Static_assert(sizeof(((struct bpf_prog_info *)0)->recursion_misses) == 8, "");
_Static_assert(BPF_OBJ_GET_INFO_BY_FD == %d, "");
"""


@pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")
def test_the_count_lies_where_it_is_read(tmp_path: Path) -> None:
    source = tmp_path / "info.c"
    source.write_text(PROGRAM % (RECURSION_MISSES, GET_INFO))
    subprocess.run(["gcc", "-fsyntax-only", source], check=True)


def test_what_is_no_program_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file, pytest.raises(AttachError, match="bpf"):
        recursion_misses(file.fileno())
