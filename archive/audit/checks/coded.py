"""Check 22 on content codings: the entity body of an HTTP message, transfer coding removed, goes in; a fault comes
out."""

from __future__ import annotations

import zlib

import brotli
import deflate

from archive.audit.blocks.block import MAX_CODED
from archive.audit.findings import Fault
from archive.errors import CodingError, TooLarge
from archive.warc.codings import left_over

MAX_DECODED = 64 << 20
"""Decoded bytes after which a body is let be: a bomb is no defect of the archive."""
AT_ONCE = 4 << 20
"""Decoded bytes that libdeflate is asked for, whatever the trailer says."""
FIRST = 512
_CODINGS = frozenset({b"gzip", b"x-gzip", b"br", b"deflate", b"zstd"})


def check_22_coding(coding: bytes, entity: bytes | bytearray | memoryview, whole: bool) -> Fault | None:
    """The body has the coding that the head names, and decodes to its end when it is `whole`.

    `coding` in lower case, the last one of several; what nobody knows can't be denied. An early end or damage is an
    error, for nobody can read the page any more; bytes after the end are passed over by every reader.
    """
    if coding not in _CODINGS or not len(entity):
        return None
    name, first = coding.decode(), bytes(entity[:FIRST])
    if not _has_coding(coding, first):
        return Fault("error", f"the HTTP head says {name}, the body is not: it starts with {first[:16]!r}", check=22)
    if not whole or len(entity) > MAX_CODED or (coding[-4:] == b"gzip" and _is_one_member(entity)):
        return None
    try:
        left = left_over(name, bytes(entity), MAX_DECODED)
    except TooLarge:
        return None
    except CodingError as error:
        return Fault("error", f"the body is damaged: {error}", check=22)
    return Fault("warning", f"{left} bytes after the end of the {name} body", check=22) if left else None


def _is_one_member(entity: bytes | bytearray | memoryview) -> bool:
    """A gzip member with its CRC32 and length right, by libdeflate: nearly every body is one, at half the cost of
    decoding in steps."""
    size = int.from_bytes(entity[-4:], "little")
    if len(entity) < 18 or not 0 < size <= AT_ONCE:  # for 0 it decodes nothing
        return False
    try:
        return len(deflate.gzip_decompress(entity)) == size
    except (deflate.DeflateError, ValueError):
        return False


def _has_coding(coding: bytes, first: bytes) -> bool:
    """`first` = start of a body: by its magic, or for br and deflate by decoding it."""
    if coding == b"zstd":
        return b"\x28\xb5\x2f\xfd".startswith(first[:4]) or first[1:4] == b"\x2a\x4d\x18"
    if coding == b"br":
        try:
            brotli.Decompressor().process(first, output_buffer_limit=65536)
        except brotli.error:
            return False
        return True
    if coding == b"deflate":
        return _inflates(first, zlib.MAX_WBITS) or _inflates(first, -zlib.MAX_WBITS)
    return b"\x1f\x8b\x08".startswith(first[:3])


def _inflates(first: bytes, window: int) -> bool:
    try:
        zlib.decompressobj(window).decompress(first, 65536)
    except zlib.error:
        return False
    return True
