"""The little of DER (X.690) that a time stamp needs: values to bytes, and bytes to a tree of tagged values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

INTEGER, OCTETS, NULL, OID, SEQUENCE, SET, BOOLEAN, TIME = 0x02, 0x04, 0x05, 0x06, 0x30, 0x31, 0x01, 0x18


@dataclass(frozen=True)
class Node:
    """One tagged value."""

    tag: int
    """Identifier octet, class and form included; `0xA0` is a constructed `[0]`."""
    content: bytes
    raw: bytes
    """Tag, length and content as they stand."""

    @property
    def children(self) -> list[Node]:
        """The values inside a constructed one. ValueError when they are malformed."""
        return list(parse_all(self.content))

    def integer(self) -> int:
        return int.from_bytes(self.content, "big", signed=True)

    def oid(self) -> str:
        """Dotted form."""
        arcs, value = [], 0
        for octet in self.content:
            value = value << 7 | octet & 0x7F
            if not octet & 0x80:
                arcs.append(value)
                value = 0
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


def parse_all(content: bytes) -> Iterator[Node]:
    """The values that stand one after the other in `content`. ValueError when they do not fill it exactly."""
    position = 0
    while position < len(content):
        start = position
        if len(content) - position < 2 or content[position] & 0x1F == 0x1F:
            raise ValueError("malformed DER")
        tag, length = content[position], content[position + 1]
        position += 2
        if length & 0x80:
            octets = length & 0x7F
            length = int.from_bytes(content[position : position + octets], "big")
            position += octets
            if not 1 <= octets <= 4:
                raise ValueError("malformed DER length")
        if position + length > len(content):
            raise ValueError("DER ends early")
        position += length
        yield Node(tag, content[position - length : position], content[start:position])


def parse(content: bytes) -> Node:
    """The one value in `content`."""
    nodes = list(parse_all(content))
    if len(nodes) != 1:
        raise ValueError(f"{len(nodes)} DER values instead of one")
    return nodes[0]


def encode(tag: int, *content: bytes) -> bytes:
    """A tagged value around `content`."""
    inner = b"".join(content)
    if len(inner) < 0x80:
        return bytes([tag, len(inner)]) + inner
    length = len(inner).to_bytes((len(inner).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + inner


def encode_integer(value: int) -> bytes:
    return encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def encode_oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    octets = bytearray()
    for arc in [first * 40 + second, *rest]:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        octets += bytes(reversed(groups))
    return encode(OID, bytes(octets))
