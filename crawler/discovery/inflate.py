"""A `.gz` document → its bytes, within a bound (THREATS D9)."""

from __future__ import annotations

import zlib
from io import BytesIO

GZIP_MARK = b"\x1f\x8b"
STEP = 1 << 20
"""Bytes that come out at once."""


class TooLarge(ValueError):
    """More bytes come out than the bound."""


def gunzip(body: bytes, most: int) -> bytes:
    """All members of `body` decompressed. TooLarge beyond `most` bytes; ValueError when it is damaged or cut off."""
    result = BytesIO()  # gives its bytes away without a copy
    while body.startswith(GZIP_MARK):
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            try:
                piece = member.decompress(body, STEP)
            except zlib.error as error:
                raise ValueError(f"damaged gzip data: {error}") from error
            body = member.unused_data if member.eof else member.unconsumed_tail
            if result.tell() + len(piece) > most:
                raise TooLarge(f"more than {most} bytes once decompressed")
            if not piece and not body and not member.eof:
                raise ValueError("gzip data cut off")
            result.write(piece)
    return result.getvalue()
