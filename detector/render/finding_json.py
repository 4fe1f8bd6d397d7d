"""A finding in its published form."""

from __future__ import annotations

import msgspec

from detector.model.alert import Alert
from detector.model.finding import Finding
from detector.model.form import Form
from detector.model.judgement import JudgedCall, Kind
from detector.model.kernel_error import error_name
from detector.model.snapshot import Task
from detector.model.writer import Writer
from detector.render.alert_document import alert_document
from detector.render.argument_document import argument_document
from detector.render.finding_document import (
    CallDocument,
    FindingDocument,
    Host,
    PresentDocument,
    RuleDocument,
    TaskDocument,
    Tool,
    WriterDocument,
)
from detector.render.identity import finding_id
from detector.render.mask_document import between, mask_document
from detector.render.meta import Meta
from detector.render.moment import rfc3339
from detector.render.process_json import frame_document, process_document
from detector.rules.fields import target_pid
from detector.rules.present import deceived_observers, present
from detector.syscalls.table import BY_NAME

_REGISTER = (1 << 64) - 1


def alerted_document(alert: Alert, meta: Meta) -> FindingDocument:
    """Write the first finding of an alert, with what else the alert stands for."""
    document = finding_document(alert.finding, meta)
    return msgspec.structs.replace(document, alert=alert_document(alert))


def finding_document(finding: Finding, meta: Meta) -> FindingDocument:
    """Write a finding in its published form."""
    call = finding.call
    kinds = {argument.kind for argument in call.arguments}
    raced = next((one for one in call.arguments if one.kind is finding.kind), None)
    return FindingDocument(
        id=finding_id(finding, meta.run),
        time=rfc3339(finding.time_unix_ns),
        run=meta.run,
        host=host_of(meta),
        tool=Tool(version=meta.version),
        rule=RuleDocument(id=finding.rule, title=finding.title),
        kind=finding.kind,
        kinds=tuple(kind for kind in Kind if kind in kinds),
        severity=finding.severity,
        severity_number=finding.severity.number,
        confidence=finding.confidence,
        message=finding.message,
        tags=finding.tags,
        window=between(raced) if raced else None,
        call=_call(call),
        task=_task(call.task),
        masks=tuple(
            mask_document(argument) for argument in call.arguments if argument.form is Form.NODEMASK
        ),
        process=process_document(finding.process),
        arguments=tuple(
            argument_document(argument)
            for argument in call.arguments
            if argument.form is not Form.NODEMASK
        )
        or msgspec.UNSET,
        writers=tuple(map(_writer, finding.process.writers)) or msgspec.UNSET,
        observers=_observers(call),
        enforced=finding.enforced or msgspec.UNSET,
    )


def host_of(meta: Meta) -> Host:
    """Write where it was seen."""
    return Host(name=meta.host, boot_id=meta.boot_id, kernel=meta.kernel)


def _observers(call: JudgedCall) -> PresentDocument | msgspec.UnsetType:
    if call.caller is None or call.caller.observers is None:
        return msgspec.UNSET
    return PresentDocument(
        present=present(call), asked=call.caller.asked, deceived=deceived_observers(call)
    )


def _call(call: JudgedCall) -> CallDocument:
    failed = call.returned is not None and call.returned < 0
    named = dict(zip(BY_NAME[call.syscall].names, call.args, strict=False))
    return CallDocument(
        syscall=call.syscall,
        number=call.number,
        abi=call.abi,
        began_ns=call.began_ns,
        ended_ns=call.ended_ns,
        args=tuple(hex(value & _REGISTER) for value in call.args),
        target_pid=target_pid(call),
        maxnode=named.get("maxnode"),
        returned=call.returned,
        error=error_name(call.returned) if failed and call.returned else None,
        cut=call.cut,
        lost=call.lost,
        copy_observed=call.copy_observed,
        stages_missing=call.unarmed,
        fault_held=call.fault_held,
        fault_foreign=call.fault_foreign or msgspec.UNSET,
    )


def _task(task: Task) -> TaskDocument:
    return TaskDocument(
        pid=task.tgid,
        tid=task.tid,
        start_ns=task.start_ns,
        ns_pid=task.ns_tgid,
        ns_tid=task.ns_tid,
        pid_namespace=task.pid_namespace,
        uid=task.uid,
        gid=task.gid,
        cgroup=task.cgroup,
        comm=task.comm,
    )


def _writer(writer: Writer) -> WriterDocument:
    return WriterDocument(
        how=writer.way,
        argument=writer.argument,
        address=hex(writer.address),
        word=None if writer.word is None else hex(writer.word),
        pid=writer.tgid,
        tid=writer.tid,
        start_ns=writer.start_ns,
        comm=writer.comm,
        executable=writer.executable,
        stack=tuple(map(frame_document, writer.frames)),
        source=writer.source or None,
        hits=writer.hits,
        last_ns=writer.last_ns,
        missing=writer.missing or None,
    )
