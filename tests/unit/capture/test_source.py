from __future__ import annotations

from pathlib import Path

from detector.capture.source import flatten
from detector.resources import bpf_file


def test_an_own_header_takes_the_place_of_its_first_include_alone(tmp_path: Path) -> None:
    (tmp_path / "a.h").write_text("in a\n")
    (tmp_path / "b.h").write_text('#include "a.h"\nin b\n')
    main = tmp_path / "main.c"
    main.write_text('before\n#include "a.h"\n#include "b.h"\n#include "a.h"\nafter\n')
    assert flatten(main) == "before\nin a\nin b\nafter\n"


def test_the_kernels_headers_stay_includes(tmp_path: Path) -> None:
    main = tmp_path / "main.c"
    main.write_text("#include <linux/sched.h>\n")
    assert flatten(main) == "#include <linux/sched.h>\n"


def test_the_shipped_programs_become_one_text() -> None:
    text = flatten(bpf_file("kprobe.bpf.c"))
    assert '#include "' not in text
    assert text.count("struct toctrace_snapshot {") == 1
