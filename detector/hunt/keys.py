"""What findings are told apart by: the table of keys. A new one is a line here."""

from __future__ import annotations

import msgspec


class Key(msgspec.Struct, frozen=True):
    """One key: a column of a sighting, and what its values are called."""

    name: str
    """As the answers have it, and their heading."""
    column: str


KEYS = (
    Key("rule", "rule"),
    Key("executable", "executable"),
    Key("executable's SHA-256", "executable_sha256"),
    Key("container image", "container_image"),
    Key("cgroup", "cgroup_path"),
    Key("user", "uid"),
    Key("login user", "login_uid"),
    Key("host", "host"),
)
"""Every key, in the order of the answers."""
