"""Whether a Kafka broker answers at an address, without a client and the noise it logs about failure."""

import socket
import struct

__all__ = ["is_answering"]

TIMEOUT_SECONDS = 2.0
API_VERSIONS = 18
CORRELATION_ID = 7

# Request header v1 without a client id, and the empty body of ApiVersions v0:
# https://kafka.apache.org/protocol#The_Messages_ApiVersions
HEADER = struct.pack(">hhih", API_VERSIONS, 0, CORRELATION_ID, -1)
REQUEST = struct.pack(">i", len(HEADER)) + HEADER


def is_answering(address: str) -> bool:
    """Whether what listens at HOST:PORT answers an ApiVersions request, in clear text."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), TIMEOUT_SECONDS) as connection:
            connection.settimeout(TIMEOUT_SECONDS)
            connection.sendall(REQUEST)
            answer = connection.makefile("rb").read(10)
    except OSError:
        return False
    # size, correlation id, error code
    return len(answer) == 10 and struct.unpack(">iih", answer)[1:] == (CORRELATION_ID, 0)  # noqa: PLR2004
