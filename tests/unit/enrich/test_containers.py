"""Containers are told by the forms that runtimes give their cgroups, and by nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.enrich.containers import container_of

ID = "0123456789abcdef" * 4
OTHER = "f" * 64


@pytest.mark.parametrize(
    ("path", "runtime", "name"),
    [
        (f"/system.slice/docker-{ID}.scope", "docker", ID),
        (f"/docker/{ID}", "docker", ID),
        (f"/system.slice/docker-{ID}.scope/init.scope", "docker", ID),
        (f"/kubepods.slice/kubepods-pod0f6a.slice/cri-containerd-{ID}.scope", "containerd", ID),
        (f"/system.slice/kubepods-pod0f6a.slice:cri-containerd:{ID}", "containerd", ID),
        (f"/user.slice/nerdctl-{ID}.scope", "containerd", ID),
        (f"/default/{ID}", "containerd", ID),
        (f"/kubepods/burstable/pod0f6a1c52-7c1e-4a35-9f0e-5d3c1f3f6a10/{ID}", "kubernetes", ID),
        (f"/kubepods.slice/kubepods-pod0f6a.slice/crio-{ID}.scope", "cri-o", ID),
        (f"/machine.slice/libpod-{ID}.scope/container", "podman", ID),
        (f"/user.slice/user-1000.slice/user@1000.service/libpod-{ID}.scope", "podman", ID),
        (f"/libpod_parent/libpod-{ID}", "podman", ID),
        ("/machine.slice/systemd-nspawn@debian.service/payload", "systemd-nspawn", "debian"),
        (r"/machine.slice/machine-my\x2dbox.scope/payload", "systemd-nspawn", "my-box"),
    ],
)
def test_each_runtimes_form_is_known(path: str, runtime: str, name: str) -> None:
    found = container_of(path)
    assert found is not None
    assert (found.runtime, found.id) == (runtime, name)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/system.slice/docker.service",
        "/system.slice/containerd.service",
        f"/machine.slice/libpod-conmon-{ID}.scope",  # the container's monitor, outside of it
        f"/kubepods.slice/crio-conmon-{ID}.scope",
        f"/system.slice/docker-{ID[:-1]}.scope",
        f"/somewhere/{ID}",
        f"/{ID}",
    ],
)
def test_a_process_outside_is_in_none(path: str) -> None:
    assert container_of(path) is None


def test_a_name_given_inside_a_container_hides_it_not() -> None:
    found = container_of(f"/system.slice/docker-{ID}.scope/docker-{OTHER}.scope")
    assert found is not None
    assert found.id == ID


@given(st.text())
def test_any_path_has_an_answer(path: str) -> None:
    found = container_of(path)
    assert found is None or found.id
