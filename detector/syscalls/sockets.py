"""The calls that take a socket's address: connect(2), bind(2), sendto(2).

The path through the kernel is net/socket.c: __sys_connect, __sys_bind, __sys_sendto, which copy it
(move_addr_to_kernel), then the LSM hook, which is given that copy before the protocol is.
"""

from __future__ import annotations

from detector.model.form import Form
from detector.syscalls.entry import Argument, Parameter, Syscall
from detector.syscalls.exact_probes import I386_SOCKETS, LIMITS, exact_probes

_SOCKET = Parameter("sockfd", "int", "the socket", example=3)
_LENGTH = Parameter("addrlen", "int", "how long the address is, in bytes", example=16)
_LIMITS = (
    *LIMITS,
    I386_SOCKETS,
    "A kernel without LSM hooks for sockets (CONFIG_SECURITY_NETWORK) has no place for the use.",
)


def _address(meaning: str, *, optional: bool = False) -> Parameter:
    return Parameter("addr", "const struct sockaddr *", meaning, by_value=False, optional=optional)


def _argument(position: int) -> tuple[Argument, ...]:
    return (
        Argument(
            name="addr",
            position=position,
            length_position=position + 1,
            form=Form.SOCKET_ADDRESS,
            exact=True,
        ),
    )


CONNECT = Syscall(
    name="connect",
    wire=8,
    number=42,
    compat_number=362,
    parameters=(_SOCKET, _address("whom it is connected to"), _LENGTH),
    arguments=_argument(1),
    probes=exact_probes(
        "connect",
        "security_socket_connect",
        program="use_address_2_3",
        what="the address",
        used="the address that the kernel connects to",
    ),
    hot=True,
    success_is_use=True,
    summary="Connects a socket to an address.",
    limits=_LIMITS,
    uring=("IORING_OP_CONNECT",),
    related=("bind", "sendto"),
    scenario="connect-flip",
    returns="",
)
BIND = Syscall(
    name="bind",
    wire=9,
    number=49,
    compat_number=361,
    parameters=(_SOCKET, _address("the address that it gets"), _LENGTH),
    arguments=_argument(1),
    probes=exact_probes(
        "bind",
        "security_socket_bind",
        program="use_address_2_3",
        what="the address",
        used="the address that the kernel binds the socket to",
    ),
    hot=True,
    success_is_use=True,
    summary="Gives a socket an address.",
    limits=_LIMITS,
    uring=("IORING_OP_BIND",),
    related=("connect", "sendto"),
    scenario="bind-flip",
    returns="",
)
SENDTO = Syscall(
    name="sendto",
    wire=10,
    number=44,
    compat_number=369,
    parameters=(
        _SOCKET,
        Parameter("buf", "const void *", "what is sent", by_value=False),
        Parameter("len", "size_t", "how long that is, in bytes"),
        Parameter("flags", "int", "how it is sent"),
        _address("whom it is sent to", optional=True),
        _LENGTH,
    ),
    arguments=_argument(4),
    probes=exact_probes(
        "sendto",
        "security_socket_sendmsg",
        program="use_message_2",
        what="the address",
        used="the address that the kernel sends to",
    ),
    hot=True,
    success_is_use=True,
    summary="Sends a message by a socket, to an address where one is given.",
    limits=(*_LIMITS, "The message itself is not compared."),
    uring=("IORING_OP_SENDMSG", "IORING_OP_SEND_ZC"),
    related=("connect", "bind"),
    scenario="sendto-flip",
    returns="bytes that were sent",
)
