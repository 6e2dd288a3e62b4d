"""Keeping tests off the network: this process raises at any connection that leaves the machine, its children find a
dead proxy.
"""

from __future__ import annotations

import ipaddress
import os
import socket

DEAD_PROXY = "http://127.0.0.1:9"  # the discard port, on which nothing listens


class NetworkAccessError(OSError):
    """A test tried to reach another machine."""


Address = tuple[str, int] | str  # of the internet, or of a socket in the file system


def is_local(host: str) -> bool:
    """Whether an IP address, or a name, is of this machine: of loopback, or of an interface to which a socket
    can be bound.
    """
    if host in ("", "localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True


def forbid_network() -> None:
    """Let sockets of this process and of its forks connect only to this machine, and point the children's HTTP to a
    dead proxy.

    A connection to another machine raises NetworkAccessError. Datagrams pass: Ray asks the system for its own address
    with one that is never sent.
    """
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def check(sock: socket.socket, address: Address) -> None:
        remote = sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM
        if remote and not is_local(address[0]):
            raise NetworkAccessError(f"a test may not connect to {address[0]}")

    def checked_connect(sock: socket.socket, address: Address) -> None:
        check(sock, address)
        connect(sock, address)

    def checked_connect_ex(sock: socket.socket, address: Address) -> int:
        check(sock, address)
        return connect_ex(sock, address)

    socket.socket.connect, socket.socket.connect_ex = checked_connect, checked_connect_ex  # type: ignore[method-assign]
    for scheme in ("http", "https", "ftp"):
        os.environ[f"{scheme}_proxy"] = os.environ[f"{scheme.upper()}_PROXY"] = DEAD_PROXY
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = f"localhost,127.0.0.1,::1,{socket.gethostname()}"
