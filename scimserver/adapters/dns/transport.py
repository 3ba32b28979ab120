"""Bytes to a name server and back, by UDP, TCP or TLS, within a time (RFC 1035 §4.2, RFC 7858)."""

import socket
import ssl
import time
from collections.abc import Callable
from typing import TypeVar

from scimserver.resolvers import TLS, ResolverAddress

# We announce 1232 octets. What is larger comes from nobody who read the question, is cut off here
# and does not parse.
_LARGEST_DATAGRAM = 4096
# A hostile server may send packets faster than they can be refused.
_MOST_DATAGRAMS = 16
_LENGTH_OCTETS = 2

_Read = TypeVar("_Read")


def by_datagram(
    server: ResolverAddress, question: bytes, until: float, read: Callable[[bytes], _Read | None]
) -> _Read:
    """Return what ``read`` made of the first datagram it accepted, or raise OSError.

    Others are passed over: anybody may send something that looks like an answer.
    """
    with _opened(server, socket.SOCK_DGRAM, until) as way:
        way.send(question)
        for _ in range(_MOST_DATAGRAMS):
            way.settimeout(_left(until))
            accepted = read(way.recv(_LARGEST_DATAGRAM))
            if accepted is not None:
                return accepted
    raise TimeoutError


def by_stream(
    server: ResolverAddress, question: bytes, until: float, context: ssl.SSLContext
) -> bytes:
    """Return the one answer to one question, or raise OSError; TLS where the address says so."""
    with _opened(server, socket.SOCK_STREAM, until) as plain:
        if server.transport != TLS:
            return _exchange(plain, question, until)
        plain.settimeout(_left(until))
        with context.wrap_socket(plain, server_hostname=server.name) as way:
            return _exchange(way, question, until)


def _opened(server: ResolverAddress, kind: socket.SocketKind, until: float) -> socket.socket:
    """Return a connected socket.

    A connected datagram socket hears of a closed port at once, and receives from nobody else; its
    port is a new random one for each question.
    """
    family, _, _, _, place = socket.getaddrinfo(
        server.address, server.port, type=kind, flags=socket.AI_NUMERICHOST
    )[0]
    way = socket.socket(family, kind)
    try:
        way.settimeout(_left(until))
        way.connect(place)
    except BaseException:
        way.close()
        raise
    return way


def _exchange(way: socket.socket, question: bytes, until: float) -> bytes:
    way.settimeout(_left(until))
    way.sendall(len(question).to_bytes(_LENGTH_OCTETS) + question)
    return _exactly(way, int.from_bytes(_exactly(way, _LENGTH_OCTETS, until)), until)


def _exactly(way: socket.socket, length: int, until: float) -> bytes:
    got = bytearray()
    while len(got) < length:
        # For each piece anew: who sends an octet a second has no more time than others.
        way.settimeout(_left(until))
        piece = way.recv(length - len(got))
        if not piece:
            raise ConnectionError
        got += piece
    return bytes(got)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
