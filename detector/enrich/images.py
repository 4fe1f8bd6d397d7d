"""A container's image, from the files in which its runtime keeps what it runs.

No daemon is asked: one that hangs, or that the attacker talks to, must not hold findings up.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from detector.errors import EnrichmentError
from detector.model.process import Container

MOST_BYTES = 4 << 20
"""Of one file; a larger one is not read."""

_DOCKER = "var/lib/docker/containers/{id}/config.v2.json"
_STORAGE = "var/lib/containers/storage/overlay-containers/containers.json"
_CONTAINERD = "run/containerd/io.containerd.runtime.v2.task"
_CONTAINERD_NAME = "io.kubernetes.cri.image-name"

NO_IMAGE = "a machine of systemd-nspawn is run from a folder or a disk, not from an image by name"
NOT_TOLD = "its runtime's files do not tell it, and no daemon is asked"


def _docker(root: Path, name: str) -> str | None:
    """Look into what dockerd keeps of a container (daemon/container of moby)."""
    return _text(_read(root / _DOCKER.format(id=name)), "Config", "Image")


def _storage(root: Path, name: str) -> str | None:
    """Look into what containers/storage keeps, for podman and CRI-O."""
    for entry in _listed(_read(root / _STORAGE)):
        if _text(entry, "id") == name:
            metadata = _text(entry, "metadata")
            return None if metadata is None else _text(_decoded(metadata.encode()), "image-name")
    return None


def _containerd(root: Path, name: str) -> str | None:
    """Look into the bundle (OCI runtime specification) that containerd's CRI annotates."""
    bundles = sorted((root / _CONTAINERD).glob(f"*/{name}/config.json"))
    return _text(_read(bundles[0]), "annotations", _CONTAINERD_NAME) if bundles else None


_READERS: dict[str, tuple[Callable[[Path, str], str | None], ...]] = {
    "docker": (_docker,),
    "podman": (_storage,),
    "cri-o": (_storage,),
    "containerd": (_containerd,),
    "kubernetes": (_containerd, _storage, _docker),
}


def image_of(container: Container, root: Path = Path("/")) -> str:
    """Give the name of a container's image. Raises EnrichmentError with the reason."""
    if container.runtime not in _READERS:
        raise EnrichmentError(NO_IMAGE)
    for reader in _READERS[container.runtime]:
        found = reader(root, container.id)
        if found:
            return found
    raise EnrichmentError(NOT_TOLD)


def _read(path: Path) -> Any:
    """Read a JSON file; None where it is not there, too large, or no JSON."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError:
        return None
    return _decoded(raw) if len(raw) <= MOST_BYTES else None


def _decoded(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _text(found: Any, *keys: str) -> str | None:
    """Give the text at a way of keys; None where it is not there."""
    for key in keys:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found if isinstance(found, str) else None
