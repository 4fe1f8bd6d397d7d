"""The JSON of one argument of a call: the published form, apart from the types inside."""

from __future__ import annotations

from typing import Annotated

import msgspec

from detector.model.judgement import JudgedArgument, Kind, Observer, Verdict
from detector.model.kernel_error import error_name
from detector.model.nodemask import nodelist, nodes
from detector.model.snapshot import Content
from detector.model.stage import Stage
from detector.rules.described import Reading, error_at, reading

Told = msgspec.Meta


class NodeSet(msgspec.Struct, frozen=True, kw_only=True):
    """A set of NUMA nodes, twice: as numbers and as the kernel's list format."""

    nodes: Annotated[tuple[int, ...], Told(description="node numbers, ascending")]
    list: Annotated[str, Told(description="the kernel's list format (0,2-3); - for none")]


class Between(msgspec.Struct, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """Two stages of a call."""

    start: Annotated[Stage, Told(description="the earlier stage")]
    end: Annotated[Stage, Told(description="the later stage")]


class PairDocument(
    msgspec.Struct, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}
):
    """Two stages of one argument, held against each other."""

    start: Annotated[Stage, Told(description="the earlier stage")]
    end: Annotated[Stage, Told(description="the later stage")]
    verdict: Verdict


class UnreadDocument(
    msgspec.Struct, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}
):
    """Nodes whose bits could not be read."""

    start: Annotated[int, Told(description="first node number")]
    end: Annotated[int, Told(description="last node number")]
    errno: Annotated[str, Told(description="name of the error")]


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One mask at one stage."""

    nodes: Annotated[
        tuple[int, ...] | None,
        Told(description="nodes that were read as set; null where nothing could be read"),
    ]
    list: Annotated[str | None, Told(description="the same in the kernel's list format")]
    read: Annotated[Reading, Told(description="how much of what the kernel reads was read")]
    errno: Annotated[str | None, Told(description="name of the error, where not all was read")]
    unread: Annotated[tuple[UnreadDocument, ...], Told(description="what could not be read")]
    beyond: Annotated[
        bool | None,
        Told(description="whether a bit past MAX_NUMNODES is set; null: could not be read"),
    ]


class CopyLook(Look, frozen=True, kw_only=True):
    """The kernel's copy of one mask."""

    returned: Annotated[
        int | None, Told(description="what copying returned: 0 or -errno; null: not seen")
    ]


class Looks(msgspec.Struct, frozen=True, kw_only=True):
    """One mask at every stage; null where it was not seen (the pairs say why)."""

    entry: Look | None
    copy: CopyLook | None
    use: Look | None
    exit: Look | None
    supervise: Annotated[
        Look | msgspec.UnsetType,
        Told(description="--supervise: before a supervisor decided; left out: none was asked"),
    ] = msgspec.UNSET


class ObserverDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who looked at one stage would have believed."""

    stage: Stage
    believed: Annotated[
        str | None, Told(description="node list that was there to see; null: nothing could be read")
    ]
    deceived: Annotated[bool, Told(description="whether the kernel's own view differs")]
    kernel: Annotated[
        str | None,
        Told(description="node list that the kernel acted on, else copied; null: none or not seen"),
    ]


class MaskDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One nodemask argument of the call."""

    argument: Annotated[str, Told(description="its name in the manual page")]
    address: Annotated[str | None, Told(description="user address, hexadecimal; null: not seen")]
    kind: Kind | None
    window: Annotated[Between | None, Told(description="where it changed; null without a kind")]
    came: Annotated[NodeSet, Told(description="nodes set at the window's end only")]
    went: Annotated[NodeSet, Told(description="nodes set at the window's beginning only")]
    looks: Looks
    cpuset: Annotated[
        NodeSet | None, Told(description="nodes that the caller's cpuset allows; null: not seen")
    ]
    pairs: tuple[PairDocument, ...]
    observers: tuple[ObserverDocument, ...]


def mask_document(argument: JudgedArgument) -> MaskDocument:
    """Write one judged argument in the published form."""
    return MaskDocument(
        argument=argument.name,
        address=address_of(argument),
        kind=argument.kind,
        window=between(argument),
        came=node_set(argument.came),
        went=node_set(argument.went),
        looks=Looks(
            entry=_look(argument, Stage.ENTRY),
            copy=_copy_look(argument),
            use=_look(argument, Stage.USE),
            exit=_look(argument, Stage.EXIT),
            supervise=_look(argument, Stage.SUPERVISE) or msgspec.UNSET,
        ),
        cpuset=node_set(argument.cpuset) if argument.cpuset else None,
        pairs=pair_documents(argument),
        observers=tuple(_observer(argument, observer) for observer in argument.observers),
    )


def between(argument: JudgedArgument) -> Between | None:
    """Write the window in which an argument changed."""
    window = argument.window
    return Between(start=window[0], end=window[1]) if window else None


def pair_documents(argument: JudgedArgument) -> tuple[PairDocument, ...]:
    """Write an argument's pairs."""
    return tuple(
        PairDocument(start=p.earlier, end=p.later, verdict=p.verdict) for p in argument.pairs
    )


def node_set(mask: bytes) -> NodeSet:
    """Write a mask's nodes."""
    numbers = nodes(mask)
    return NodeSet(nodes=numbers, list=nodelist(numbers))


def address_of(argument: JudgedArgument) -> str | None:
    """Give the user address: the kernel's own have none."""
    for stage in (Stage.ENTRY, Stage.COPY, Stage.EXIT):
        if stage in argument.looks:
            return hex(argument.looks[stage].address)
    return None


def _look(argument: JudgedArgument, stage: Stage) -> Look | None:
    if stage not in argument.looks:
        return None
    content, read = argument.looks[stage], reading(argument, stage)
    told = None if read is Reading.NO else node_set(content.data)
    return Look(
        nodes=told.nodes if told else None,
        list=told.list if told else None,
        read=read,
        errno=error_at(argument, stage),
        unread=_unread(content),
        beyond=content.beyond,
    )


def _copy_look(argument: JudgedArgument) -> CopyLook | None:
    look = _look(argument, Stage.COPY)
    if look is None:
        return None
    return CopyLook(**msgspec.structs.asdict(look), returned=argument.copy_returned)


def _unread(content: Content) -> tuple[UnreadDocument, ...]:
    return tuple(
        UnreadDocument(
            start=8 * gap.start,
            end=min(8 * gap.end, max(content.bits, 8 * gap.start + 1)) - 1,
            errno=error_name(gap.errno),
        )
        for gap in content.unread
    )


def _observer(argument: JudgedArgument, observer: Observer) -> ObserverDocument:
    seen = observer.believed
    return ObserverDocument(
        stage=observer.stage,
        believed=None if seen is None else nodelist(nodes(seen)),
        deceived=observer.deceived,
        kernel=_kernel(argument),
    )


def _kernel(argument: JudgedArgument) -> str | None:
    if argument.copy_returned:
        return None
    for stage in (Stage.USE, Stage.COPY):
        if stage in argument.looks:
            return nodelist(nodes(argument.looks[stage].data))
    return None
