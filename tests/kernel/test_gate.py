from __future__ import annotations

import os
from pathlib import Path


def test_this_kernel_has_what_the_kernel_tests_build_on() -> None:
    assert Path("/sys/kernel/debug/kprobes/list").exists()
    assert Path(os.environ["BCC_KERNEL_SOURCE"], "include/linux/nodemask.h").exists()
    assert Path("/sys/devices/system/node/online").read_text().strip() == "0-1"
