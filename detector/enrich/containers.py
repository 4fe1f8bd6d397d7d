"""Which container a cgroup is of, by the forms of its path: pure.

A runtime names the cgroup after the container. Whoever was given a part of the tree (a rootless
user, a container with a tree of its own) can give any name below it, so the first name from the
root that has a form is taken: what is further in was made by those inside.
"""

from __future__ import annotations

import re

from detector.model.process import Container

_ID = r"(?P<id>[0-9a-f]{64})"
_FORMS = (
    # systemd's driver: a scope of its own
    ("docker", re.compile(rf"docker-{_ID}\.scope")),
    ("containerd", re.compile(rf"(?:cri-containerd|nerdctl)-{_ID}\.scope")),
    ("containerd", re.compile(rf"[^:]*:(?:cri-containerd|nerdctl):{_ID}")),
    ("cri-o", re.compile(rf"crio-{_ID}(?:\.scope)?")),
    ("podman", re.compile(rf"libpod-{_ID}(?:\.scope)?")),
    ("systemd-nspawn", re.compile(r"machine-(?P<id>[^/]+)\.scope")),
    ("systemd-nspawn", re.compile(r"systemd-nspawn@(?P<id>[^/]+)\.service")),
)
_BARE = re.compile(_ID)
_BARE_BELOW = (
    # the cgroupfs driver: a folder of the container's id, below one that tells whose it is
    ("docker", re.compile(r"docker")),
    ("podman", re.compile(r"libpod_parent")),
    ("kubernetes", re.compile(r"pod[0-9a-f-]{32,36}")),
    ("containerd", re.compile(r"default|k8s\.io")),
)
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")


def container_of(path: str) -> Container | None:
    """Give the container of a cgroup's path; None: it has no form that is known."""
    names = path.strip("/").split("/")
    for place, name in enumerate(names):
        for runtime, form in _FORMS:
            found = form.fullmatch(name)
            if found is not None:
                return Container(runtime=runtime, id=_unescape(found["id"]))
        if _BARE.fullmatch(name):
            return _bare(names[place - 1] if place else "", name)
    return None


def _bare(above: str, name: str) -> Container | None:
    """Tell whose a folder is that is called after its container alone."""
    runtime = next((runtime for runtime, form in _BARE_BELOW if form.fullmatch(above)), None)
    return None if runtime is None else Container(runtime=runtime, id=name)


def _unescape(name: str) -> str:
    r"""Undo systemd's escapes in a unit's name (systemd.unit(5)): `-` is written as `\x2d`."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), name)
