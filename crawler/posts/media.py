"""Images of posts: which to fetch, the kind and size in their headers, and the names of local copies. Pure.

The bytes alone decide the kind: HTML, SVG or PHP that a server calls an image never gets into `media/`. Sizes are read
from headers, never by decoding: a 0.3 MB PNG can take 1.1 GB of memory.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from crawler.items import Post


@dataclass(frozen=True)
class Picture:
    """Kind and size that the header of an image declares."""

    extension: str
    """Extension of the local copy: png, jpg, gif, webp, avif, bmp, ico or tif."""
    media_type: str
    width: int | None
    """Pixels of the largest picture in the file, at least 1; None when the header is damaged or cut."""
    height: int | None


def picture_of(body: bytes) -> Picture | None:
    """Recognise the picture in `body`; None unless it begins with the signature of one of the eight kinds.

    `body` must be whole: a JPEG's size can come after its metadata, an icon's after other pictures.
    """
    for begins, extension, media_type, size in _KINDS:
        if begins.match(body):
            try:
                width, height = size(body)
            except (struct.error, ValueError, IndexError):
                width = height = 0
            known = width > 0 and height > 0
            return Picture(extension, media_type, width if known else None, height if known else None)
    return None


def media_name(digest: str, body: bytes) -> str | None:
    """Path of an image's local copy below media/: `ab/cd/abcd….png`; None when `body` is no picture.

    `digest`: hex, with or without `ALGORITHM:` before it; ValueError for anything else.
    """
    digits = digest.rpartition(":")[2].lower()
    if not re.fullmatch(r"[0-9a-f]{32,128}", digits):
        raise ValueError(f"{digest!r} is no hex digest")
    picture = picture_of(body)
    return f"{digits[:2]}/{digits[2:4]}/{digits}.{picture.extension}" if picture else None


def image_urls(post: Post) -> list[str]:
    """URLs of the images to fetch for a post, the lead image first, each once."""
    lead = (post.lead_image,) if post.lead_image else ()
    return list(dict.fromkeys(image.url for image in (*lead, *post.images)))


def copy_flaw(body: bytes, most_pixels: int) -> str:
    """Why an image gets no local copy; empty when it gets one.

    A small file can take gigabytes of memory in every program that shows it.
    """
    picture = picture_of(body)
    if picture is None or picture.width is None or picture.height is None:
        return "its header gives no size"
    if picture.width * picture.height > most_pixels:
        return f"{picture.width} × {picture.height} pixels are more than [limits] image_pixels, {most_pixels}"
    return ""


def _png(body: bytes) -> tuple[int, int]:
    # IHDR is the first chunk; only Apple's CgBI files have one of their own before it.
    kind = 12 if body[12:16] != b"CgBI" else 28
    if body[kind : kind + 4] != b"IHDR":
        raise ValueError("no IHDR")
    return struct.unpack_from(">II", body, kind + 4)


def _gif(body: bytes) -> tuple[int, int]:
    """The larger of screen and first frame: some programs enlarge the screen to the frame."""
    screen = struct.unpack_from("<HH", body, 6)
    flags = body[10]
    position = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    while body[position] == 0x21:  # extensions: label, then blocks up to an empty one
        position += 2
        while body[position]:
            position += 1 + body[position]
        position += 1
    if body[position] != 0x2C:
        raise ValueError("no frame")
    left, top, width, height = struct.unpack_from("<HHHH", body, position + 1)
    return max(screen[0], left + width), max(screen[1], top + height)


def _bmp(body: bytes) -> tuple[int, int]:
    if struct.unpack_from("<I", body, 14)[0] == 12:  # the OS/2 header
        return struct.unpack_from("<HH", body, 18)
    width, height = struct.unpack_from("<ii", body, 18)
    return width, abs(height)  # negative: rows from top to bottom


def _ico(body: bytes) -> tuple[int, int]:
    """The largest picture of the icon, by the pictures' own headers.

    The directory has one byte for a side, a PNG inside has four.
    """
    count = struct.unpack_from("<H", body, 4)[0]
    sizes = []
    for entry in range(6, 6 + 16 * count, 16):
        place = struct.unpack_from("<I", body, entry + 12)[0]
        if body.startswith(b"\x89PNG", place):
            sizes.append(_png(body[place : place + 64]))
        else:
            width, height = struct.unpack_from("<ii", body, place + 4)
            sizes.append((abs(width), abs(height) // 2))  # the mask's rows are counted with the picture's
    return _largest(sizes)


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
    """The largest spatial extent of the images and of the tracks of a sequence.

    `ispe`: ISO/IEC 23008-12, 6.5.3; tiles and thumbnails have smaller ones. `tkhd`: ISO/IEC 14496-12, 8.3.2; fixed
    point 16.16, after 76 or 88 bytes.
    """
    sizes = [struct.unpack_from(">II", body, match.end() + 4) for match in re.finditer(rb"ispe", body)]
    for match in re.finditer(rb"tkhd", body):
        width, height = struct.unpack_from(">II", body, match.end() + (88 if body[match.end()] else 76))
        sizes.append((width >> 16, height >> 16))
    return _largest(sizes)


def _tiff(body: bytes) -> tuple[int, int]:
    """The largest ImageWidth (256) by ImageLength (257) of all directories (TIFF 6.0, section 2)."""
    order = "<" if body[:2] == b"II" else ">"
    place = struct.unpack_from(order + "I", body, 4)[0]
    sizes: list[tuple[int, int]] = []
    seen: set[int] = set()
    while place and place not in seen and len(seen) < 64:
        seen.add(place)
        count = struct.unpack_from(order + "H", body, place)[0]
        sides = {256: 0, 257: 0}
        for entry in range(place + 2, place + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(order + "HH", body, entry)
            if tag in sides:
                sides[tag] = struct.unpack_from(order + ("H" if kind == 3 else "I"), body, entry + 8)[0]
        sizes.append((sides[256], sides[257]))
        place = struct.unpack_from(order + "I", body, place + 2 + 12 * count)[0]
    return _largest(sizes)


def _largest(sizes: list[tuple[int, int]]) -> tuple[int, int]:
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
    (re.compile(rb"II\*\x00|MM\x00\*"), "tif", "image/tiff", _tiff),
)
