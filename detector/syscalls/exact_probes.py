"""The probes of a call whose use has the kernel's copy as it is: entry, use, exit."""

from __future__ import annotations

from detector.model.form import Form
from detector.model.stage import Stage
from detector.syscalls.ends import entry_probes, exit_probes
from detector.syscalls.entry import Argument, Probe

LIMITS = (
    "A string or address that is changed and changed back between two looks (ABA) looks the same.",
    (
        "A look that is denied as its page is not resident (the first touch of a constant in a"
        " program's file) is common and honest: it makes a finding only where others can change or"
        " serve that page (shared memory that may be written, a file of FUSE, userfaultfd)."
    ),
)
"""What cannot be seen of any of them."""
I386_SOCKETS = "Of 32-bit callers those of socketcall(2), one call for them all, are not seen."
NOT_ALONE = "Only the first use in a call is taken: what the kernel opens beside it is its own."


def exact_probes(
    name: str,
    *uses: str,
    program: str = "",
    what: str,
    used: str = "",
    compat: bool = False,
) -> tuple[Probe, ...]:
    """Give the probes of the call `name`, whose arguments the first of `uses` is given.

    `program` is the one in bpf/used.h that finds them among its parameters; without any of `uses`
    there is no use to probe. `what` says what is read, `used` what the use has, for a person.
    `compat`: 32-bit callers have a function of their own (compat_sys_…).
    """
    others = (*((f"__ia32_compat_sys_{name}",) if compat else ()), f"__ia32_sys_{name}")
    use = Probe(
        stage=Stage.USE,
        abi="any",
        symbols=uses,
        returns=False,
        required=False,
        program=program,
        purpose=used,
    )
    return (
        *entry_probes(name, others, f"{what} in user memory, when a checker would read it"),
        *((use,) if uses else ()),
        *exit_probes(name, others, f"the return value, and {what} in user memory once more"),
    )


def path_arguments(*places: tuple[str, int]) -> tuple[Argument, ...]:
    """Give arguments that are paths, by name and position."""
    return tuple(
        Argument(name=name, position=position, form=Form.PATH, exact=True)
        for name, position in places
    )
