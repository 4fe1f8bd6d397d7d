from __future__ import annotations

from pathlib import Path

import pytest

from detector.errors import ResourceError
from detector.resources import bpf_file, rules_dir


def test_a_checkout_has_its_bpf_programs_and_rules_beside_the_package() -> None:
    assert bpf_file("records.h").read_text().strip()
    assert any(rules_dir().glob("*.yaml"))


def test_a_wheel_carries_them_inside_of_the_package(tmp_path: Path) -> None:
    package = tmp_path / "detector"
    for folder in ("_bpf", "_rules"):
        (package / folder).mkdir(parents=True)
    (package / "_bpf" / "records.h").touch()
    assert bpf_file("records.h", package) == package / "_bpf" / "records.h"
    assert rules_dir(package) == package / "_rules"


def test_a_broken_installation_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match="install it again"):
        rules_dir(tmp_path / "detector")
    (tmp_path / "bpf").mkdir()
    with pytest.raises(ResourceError, match=r"records\.h is missing"):
        bpf_file("records.h", tmp_path / "detector")
