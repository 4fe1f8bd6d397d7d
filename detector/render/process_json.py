"""What is known of a process, in its published form."""

from __future__ import annotations

from detector.model.frame import Frame
from detector.model.process import Process
from detector.render.finding_document import (
    AncestorDocument,
    ContainerDocument,
    CpusetDocument,
    FrameDocument,
    ProcessDocument,
    TargetDocument,
)


def process_document(process: Process) -> ProcessDocument:
    """Write it."""
    program, container = process.program, process.container
    cpuset, target = process.cpuset, process.target
    return ProcessDocument(
        executable=process.executable,
        command_line=process.command_line,
        parent_pid=process.parent_tgid,
        parent_comm=process.parent_comm,
        cgroup_path=process.cgroup_path,
        backing=process.backing,
        missing=process.missing,
        device=None if program is None else f"{program.device[0]}:{program.device[1]}",
        inode=None if program is None else program.inode,
        sha256=process.sha256,
        package=process.package,
        working_directory=process.working_directory,
        login_uid=process.login_uid,
        namespaces=process.namespaces,
        container=None
        if container is None
        else ContainerDocument(runtime=container.runtime, id=container.id, image=container.image),
        cpuset=None
        if cpuset is None
        else CpusetDocument(path=cpuset.path, cpus=cpuset.cpus, mems=cpuset.mems),
        ancestors=tuple(
            AncestorDocument(
                pid=one.tgid, comm=one.comm, start_ns=one.start_ns, executable=one.executable
            )
            for one in process.ancestors
        ),
        target=None
        if target is None
        else TargetDocument(pid=target.tgid, comm=target.comm, executable=target.executable),
        stack=tuple(frame_document(frame) for frame in process.stack),
    )


def frame_document(frame: Frame) -> FrameDocument:
    """Write one frame of a stack."""
    return FrameDocument(
        address=hex(frame.address & ((1 << 64) - 1)),
        module=frame.module,
        offset=frame.offset,
        symbol=frame.symbol,
        symbol_offset=frame.symbol_offset,
        file=frame.file,
        line=frame.line,
        missing=frame.missing,
    )
