"""An image is told by the files of the runtime, or the reason is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector.enrich.images import NO_IMAGE, NOT_TOLD, image_of
from detector.errors import EnrichmentError
from detector.model.process import Container

ID = "0123456789abcdef" * 4
IMAGE = "registry.example/racer:1"
DOCKER = f"var/lib/docker/containers/{ID}/config.v2.json"
STORAGE = "var/lib/containers/storage/overlay-containers/containers.json"
BUNDLE = f"run/containerd/io.containerd.runtime.v2.task/k8s.io/{ID}/config.json"
FILES = {
    "docker": (DOCKER, {"Config": {"Image": IMAGE}}),
    "podman": (STORAGE, [{"id": "x"}, {"id": ID, "metadata": json.dumps({"image-name": IMAGE})}]),
    "cri-o": (STORAGE, [{"id": ID, "metadata": json.dumps({"image-name": IMAGE})}]),
    "containerd": (BUNDLE, {"annotations": {"io.kubernetes.cri.image-name": IMAGE}}),
    "kubernetes": (BUNDLE, {"annotations": {"io.kubernetes.cri.image-name": IMAGE}}),
}


def write(root: Path, name: str, text: str) -> None:
    file = root / name
    file.parent.mkdir(parents=True)
    file.write_text(text)


@pytest.mark.parametrize("runtime", FILES)
def test_each_runtimes_file_is_read(runtime: str, tmp_path: Path) -> None:
    name, content = FILES[runtime]
    write(tmp_path, name, json.dumps(content))
    assert image_of(Container(runtime=runtime, id=ID), tmp_path) == IMAGE


@pytest.mark.parametrize("text", ["", "[", "null", "[1]", '{"Config": []}', "[" * 100_000])
@pytest.mark.parametrize("runtime", FILES)
def test_a_file_that_says_something_else_is_the_reason(
    runtime: str, text: str, tmp_path: Path
) -> None:
    write(tmp_path, FILES[runtime][0], text)
    with pytest.raises(EnrichmentError, match=NOT_TOLD):
        image_of(Container(runtime=runtime, id=ID), tmp_path)


def test_without_a_file_no_daemon_is_asked(tmp_path: Path) -> None:
    with pytest.raises(EnrichmentError, match="no daemon is asked"):
        image_of(Container(runtime="docker", id=ID), tmp_path)


def test_a_machine_of_nspawn_has_no_image() -> None:
    with pytest.raises(EnrichmentError, match=NO_IMAGE):
        image_of(Container(runtime="systemd-nspawn", id="debian"))
