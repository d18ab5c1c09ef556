"""Image bytes → what kind of picture they are, its size in pixels, and the name of its local copy. Pure.

Decided from the bytes alone: a server that calls HTML, SVG or PHP an image gets no such file into `media/` (THREATS
P3). Sizes are read from headers, never by decoding: a 0.3 MB PNG can take 1.1 GB (D7).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """What the header of an image says."""

    extension: str
    """Of the local copy: png, jpg, gif, webp, avif, bmp or ico."""
    media_type: str
    width: int | None
    """Pixels; None where the header is damaged or cut."""
    height: int | None


def picture_of(body: bytes) -> Picture | None:
    """The picture that `body` begins as; None for anything that is none of the seven kinds. The first 64 KiB nearly
    always do; a JPEG's size can stand behind its metadata."""
    for begins, extension, media_type, size in _KINDS:
        if begins.match(body):
            try:
                width, height = size(body)
            except (struct.error, ValueError, IndexError):
                return Picture(extension, media_type, None, None)
            return Picture(extension, media_type, width, height)
    return None


def media_name(digest: str, body: bytes) -> str | None:
    """`ab/cd/abcd….png` for the copy of an image with this digest (hex, with or without an `ALGORITHM:` before it);
    None when `body` is no picture. ValueError for a digest that is no hex."""
    digits = digest.rpartition(":")[2].lower()
    if not re.fullmatch(r"[0-9a-f]{32,128}", digits):
        raise ValueError(f"{digest!r} is no hex digest")
    picture = picture_of(body)
    return f"{digits[:2]}/{digits[2:4]}/{digits}.{picture.extension}" if picture else None


def _png(body: bytes) -> tuple[int, int]:
    # Apple's CgBI files have a chunk of their own before IHDR.
    start = body.index(b"IHDR", 12, 64) + 4
    return struct.unpack_from(">II", body, start)


def _gif(body: bytes) -> tuple[int, int]:
    return struct.unpack_from("<HH", body, 6)


def _bmp(body: bytes) -> tuple[int, int]:
    if struct.unpack_from("<I", body, 14)[0] == 12:  # the OS/2 header
        return struct.unpack_from("<HH", body, 18)
    width, height = struct.unpack_from("<ii", body, 18)
    return width, abs(height)  # negative: rows from top to bottom


def _ico(body: bytes) -> tuple[int, int]:
    """The largest of the pictures in it; a zero means 256."""
    count = struct.unpack_from("<H", body, 4)[0]
    sizes = [struct.unpack_from("BB", body, 6 + 16 * index) for index in range(min(count, 64))]
    return max(((width or 256, height or 256) for width, height in sizes), key=lambda size: size[0] * size[1])


def _jpeg(body: bytes) -> tuple[int, int]:
    """ITU-T T.81, B.2.2: segments up to the frame header (SOF0–15 without DHT, JPG, DAC)."""
    position = 2
    while body[position] == 0xFF:
        marker = body[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:  # markers without a segment
            position += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", body, position + 5)
            return width, height
        else:
            position += 2 + max(2, struct.unpack_from(">H", body, position + 2)[0])
    raise ValueError("no frame header")


def _webp(body: bytes) -> tuple[int, int]:
    """RFC 9649: lossy (VP8), lossless (VP8L) or extended (VP8X) file."""
    kind = body[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(body[start : start + 3], "little") + 1 for start in (24, 27))
        return _whole(body, 30, width, height)
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", body, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("unknown chunk")


def _avif(body: bytes) -> tuple[int, int]:
    """ISO/IEC 23008-12, 6.5.3: the largest spatial extents (`ispe`) named; tiles and thumbnails have smaller ones."""
    sizes = [struct.unpack_from(">II", body, match.end() + 4) for match in re.finditer(rb"ispe", body[: 1 << 20])]
    return max(sizes, key=lambda size: size[0] * size[1])


def _whole(body: bytes, needed: int, width: int, height: int) -> tuple[int, int]:
    if len(body) < needed:
        raise ValueError("cut")
    return width, height


_KINDS = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png", "image/png", _png),
    (re.compile(rb"\xff\xd8\xff"), "jpg", "image/jpeg", _jpeg),
    (re.compile(rb"GIF8[79]a"), "gif", "image/gif", _gif),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "webp", "image/webp", _webp),
    (re.compile(rb".{4}ftypavi[fs]|.{4}ftyp(?=.{8}(?:.{4}){0,16}avi[fs])", re.DOTALL), "avif", "image/avif", _avif),
    (re.compile(rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\x00\x00\x00", re.DOTALL), "bmp", "image/bmp", _bmp),
    (re.compile(rb"\x00\x00\x01\x00[\x01-\xff]\x00", re.DOTALL), "ico", "image/x-icon", _ico),
)
