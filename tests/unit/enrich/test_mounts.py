from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detector.enrich.mounts import Mount, parse_mountinfo

TEXT = rb"""27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
36 35 0:53 /a /mnt/with\040space rw,noatime master:1 shared:2 - fuse.sshfs me@host:/ rw
not a mount
36 35 x:y / /mnt rw - tmpfs tmpfs rw
"""


def test_device_place_and_type_are_read_and_octal_escapes_undone() -> None:
    assert parse_mountinfo(TEXT) == (
        Mount((254, 0), "/", "ext4"),
        Mount((0, 53), "/mnt/with space", "fuse.sshfs"),
    )


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_without_an_error(raw: bytes) -> None:
    parse_mountinfo(raw)


@given(st.binary(min_size=1, max_size=40).filter(lambda raw: b"\0" not in raw))
def test_a_hostile_mount_point_is_one_mount_and_comes_back_as_it_was(name: bytes) -> None:
    escaped = b"".join(b"\\%03o" % byte if byte in b" \t\n\\" else bytes([byte]) for byte in name)
    (mount,) = parse_mountinfo(b"36 35 0:53 / /" + escaped + b" rw - fuse x rw\n")
    assert mount.point == "/" + name.decode("utf-8", "backslashreplace")
