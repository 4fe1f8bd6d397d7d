"""A cgroup by its path, as the kernel's filter wants it."""

from __future__ import annotations

from pathlib import Path

from detector.errors import UsageError

ROOT = Path("/sys/fs/cgroup")


def cgroup_filter(path: Path, root: Path = ROOT) -> tuple[int, int]:
    """Give the cgroup v2 id (its folder's inode) and its depth below the root.

    `path` is full, or begins at the root of the hierarchy. Raises UsageError where it is none.
    """
    folder = path if path.is_relative_to(root) else root / str(path).lstrip("/")
    if not (folder / "cgroup.procs").exists():
        raise UsageError(f"--cgroup {path}: {folder} is no cgroup (v2)")
    return folder.stat().st_ino, len(folder.relative_to(root).parts)
