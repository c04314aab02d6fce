"""Asks a name server or a daemon one question; run inside the cluster's network namespace.

python3 -m sandbox.cluster.probe name SERVER NAME     prints the IPv4 addresses, exit status 1 when there are none
python3 -m sandbox.cluster.probe health URL           exit status 0 when it answers 200, 1 otherwise
"""

import secrets
import socket
import ssl
import struct
import sys
import urllib.request
from collections.abc import Sequence

_TYPE_A, _CLASS_IN = 1, 1
_ANSWER_SECONDS = 2.0


def question(name: str, identifier: int) -> bytes:
    """A DNS query for the IPv4 addresses of `name`."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split("."))
    header = struct.pack(">HHHHHH", identifier, 0x0100, 1, 0, 0, 0)
    return header + labels + b"\0" + struct.pack(">HH", _TYPE_A, _CLASS_IN)


def addresses(answer: bytes, asked: bytes) -> list[str]:
    """The IPv4 addresses in the answer to the query `asked`; empty when it is not an answer to it."""
    if answer[:2] != asked[:2]:
        return []
    count = struct.unpack(">H", answer[6:8])[0]
    position, found = len(asked), []
    for _ in range(count):
        while 0 < answer[position] < 0xC0:
            position += 1 + answer[position]
        position += 2 if answer[position] else 1
        kind, _, _, length = struct.unpack(">HHIH", answer[position : position + 10])
        position += 10
        if kind == _TYPE_A:
            found.append(socket.inet_ntoa(answer[position : position + length]))
        position += length
    return found


def resolve(server: str, name: str) -> list[str]:
    """The IPv4 addresses of `name` at `server`, or an OSError when it does not answer within two seconds."""
    asked = question(name, secrets.randbelow(2**16))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.settimeout(_ANSWER_SECONDS)
        link.connect((server, 53))
        link.send(asked)
        return addresses(link.recv(4096), asked)


def healthy(url: str) -> bool:
    """Whether `url` answers 200; daemons sign their own certificates, so nobody vouches for them here."""
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting))
    try:
        with opener.open(url, timeout=_ANSWER_SECONDS) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def main(arguments: Sequence[str]) -> int:
    """The exit status: 0 where it answers, 1 where it does not, 2 for a question that is none."""
    match arguments:
        case ["health", url]:
            return 0 if healthy(url) else 1
        case ["name", server, name]:
            try:
                found = resolve(server, name)
            except OSError as error:
                print(f"{server} does not answer: {error}", file=sys.stderr)
                return 1
            print("\n".join(found))
            return 0 if found else 1
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
