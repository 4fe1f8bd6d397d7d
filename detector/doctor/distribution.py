"""Which distribution this is, and the package commands that remedies are made of."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Family(StrEnum):
    """The distributions that remedies are written for."""

    DEBIAN = "debian"
    UBUNTU = "ubuntu"
    FEDORA = "fedora"
    OTHER = "other"


def parse_family(os_release: str) -> Family:
    """Return the family that os-release(5) names in ID, else in ID_LIKE."""
    fields = dict(line.split("=", 1) for line in os_release.split("\n") if "=" in line)
    words = [fields.get("ID", ""), *fields.get("ID_LIKE", "").strip("\"'").split()]
    names = [word.strip("\"' \r") for word in words]
    known = [Family(name) for name in names if name in set(Family) - {Family.OTHER}]
    return known[0] if known else Family.OTHER


KERNEL: Mapping[Family, tuple[str, ...]] = {
    Family.DEBIAN: ("apt-get install linux-image-amd64 linux-headers-amd64", "reboot"),
    Family.UBUNTU: ("apt-get install linux-image-generic linux-headers-generic", "reboot"),
    Family.FEDORA: ("dnf install kernel-core kernel-devel", "reboot"),
}
"""A stock kernel, which has kprobes, BTF and everything else that is asked for."""

HEADERS: Mapping[Family, tuple[str, ...]] = {
    Family.DEBIAN: ("apt-get install linux-headers-$(uname -r)",),
    Family.UBUNTU: ("apt-get install linux-headers-$(uname -r)",),
    Family.FEDORA: ("dnf install kernel-devel-$(uname -r)",),
}

BCC: Mapping[Family, tuple[str, ...]] = {
    Family.DEBIAN: ("apt-get install python3-bpfcc",),
    Family.UBUNTU: ("apt-get install python3-bpfcc",),
    Family.FEDORA: ("dnf install python3-bcc",),
}

BCC_AGAIN: Mapping[Family, tuple[str, ...]] = {
    Family.DEBIAN: ("apt-get install --reinstall python3-bpfcc libbpfcc",),
    Family.UBUNTU: ("apt-get install --reinstall python3-bpfcc libbpfcc",),
    Family.FEDORA: ("dnf reinstall python3-bcc bcc",),
}


def commands(table: Mapping[Family, tuple[str, ...]], family: Family) -> tuple[str, ...]:
    """Return this family's commands; for an unknown one, each manager's, marked."""
    if family in table:
        return table[family]
    return (
        *(
            f"{command}  # Debian, Ubuntu"
            for command in table[Family.DEBIAN]
            if command != "reboot"
        ),
        *(f"{command}  # Fedora" for command in table[Family.FEDORA] if command != "reboot"),
    )
