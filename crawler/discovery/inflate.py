"""A `.gz` document → its bytes, within a bound (THREATS D9)."""

from __future__ import annotations

import zlib

GZIP_MARK = b"\x1f\x8b"


class TooLarge(ValueError):
    """More bytes come out than the bound."""


def gunzip(body: bytes, most: int) -> bytes:
    """All members of `body` decompressed. TooLarge beyond `most` bytes; ValueError when it is damaged or cut off."""
    result = bytearray()
    while body.startswith(GZIP_MARK):
        member = zlib.decompressobj(wbits=31)
        try:
            result += member.decompress(body, most - len(result) + 1)
        except zlib.error as error:
            raise ValueError(f"damaged gzip data: {error}") from error
        if len(result) > most:
            raise TooLarge(f"more than {most} bytes once decompressed")
        if not member.eof:
            raise ValueError("gzip data cut off")
        body = member.unused_data
    return bytes(result)
