"""The JSON of one argument that is no mask: the published form, apart from the types inside."""

from __future__ import annotations

from typing import Annotated

import msgspec

from detector.model.contents import shown
from detector.model.form import Form
from detector.model.judgement import JudgedArgument, Kind
from detector.model.stage import Stage
from detector.render.mask_document import Between, PairDocument, address_of, between, pair_documents
from detector.rules.described import Reading, error_at, reading

Told = msgspec.Meta


class ArgumentLook(msgspec.Struct, frozen=True, kw_only=True):
    """One argument at one stage."""

    value: Annotated[
        str | None,
        Told(description="in writing, as far as it was read; null where nothing could be read"),
    ]
    bytes: Annotated[
        str, Told(description="what was read, in hexadecimal", pattern="^([0-9a-f]{2})*$")
    ]
    read: Annotated[Reading, Told(description="how much of what the kernel reads was read")]
    errno: Annotated[str | None, Told(description="name of the error, where not all was read")]
    more: Annotated[bool, Told(description="whether there is more than is kept")]


class ArgumentLooks(msgspec.Struct, frozen=True, kw_only=True):
    """One argument at every stage that it has; null where it was not seen (the pairs say why)."""

    entry: ArgumentLook | None
    use: Annotated[ArgumentLook | None, Told(description="the kernel's copy, as it was used")]
    exit: ArgumentLook | None


class ArgumentObserver(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who looked at one stage would have believed."""

    stage: Stage
    believed: Annotated[
        str | None, Told(description="what was there to see; null: nothing could be read")
    ]
    deceived: Annotated[bool, Told(description="whether the kernel's own view differs")]
    kernel: Annotated[
        str | None, Told(description="what the kernel copied and used; null: none or not seen")
    ]


class ArgumentDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One argument of the call that is no mask."""

    argument: Annotated[str, Told(description="its name in the manual page")]
    form: Annotated[Form, Told(description="what its bytes are")]
    address: Annotated[str | None, Told(description="user address, hexadecimal; null: not seen")]
    kind: Kind | None
    window: Annotated[Between | None, Told(description="where it changed; null without a kind")]
    looks: ArgumentLooks
    pairs: tuple[PairDocument, ...]
    observers: tuple[ArgumentObserver, ...]


def argument_document(argument: JudgedArgument) -> ArgumentDocument:
    """Write one judged argument in the published form."""
    return ArgumentDocument(
        argument=argument.name,
        form=argument.form,
        address=address_of(argument),
        kind=argument.kind,
        window=between(argument),
        looks=ArgumentLooks(
            entry=_look(argument, Stage.ENTRY),
            use=_look(argument, Stage.USE),
            exit=_look(argument, Stage.EXIT),
        ),
        pairs=pair_documents(argument),
        observers=tuple(
            ArgumentObserver(
                stage=observer.stage,
                believed=None if observer.believed is None else _value(argument, observer.stage),
                deceived=observer.deceived,
                kernel=_value(argument, Stage.USE),
            )
            for observer in argument.observers
        ),
    )


def _look(argument: JudgedArgument, stage: Stage) -> ArgumentLook | None:
    content = argument.looks.get(stage)
    if content is None:
        return None
    return ArgumentLook(
        value=_value(argument, stage),
        bytes=content.data.hex(),
        read=reading(argument, stage),
        errno=error_at(argument, stage),
        more=bool(content.beyond),
    )


def _value(argument: JudgedArgument, stage: Stage) -> str | None:
    content = argument.looks.get(stage)
    if content is None or reading(argument, stage) is Reading.NO:
        return None
    return shown(argument.form, content, argument.word)
