"""Images of posts: which to fetch, what the bytes of one unpack to, and the names of local copies. Pure.

The bytes alone decide the kind: HTML, SVG or PHP that a server calls an image never gets into `media/`. Sizes are read
from headers, never by decoding: a 0.3 MB PNG can take 1.1 GB of memory.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from crawler.items import Post

MOST_TEXT = 8_000_000
"""Bytes to which the texts and colour profiles of a PNG may unpack, as libpng allows for one."""
MOST_SCANS = 100
"""Scans of a JPEG: encoders write about ten, and a program goes through the whole picture for each."""


@dataclass(frozen=True)
class Picture:
    """Kind and size that the header of an image declares."""

    extension: str
    """Extension of the local copy: png, jpg, gif, webp, avif, bmp, ico or tif."""
    media_type: str
    width: int | None
    """Pixels of the largest picture in the file, at least 1; None when the header is damaged or cut."""
    height: int | None
    frames: int = 1
    """Pictures of an animation; each takes the whole size in a program that shows it."""
    flaw: str = ""
    """What else in it takes a program too much memory or time; empty for nothing."""


def picture_of(body: bytes) -> Picture | None:
    """Recognise the picture in `body`; None unless it begins with the signature of one of the eight kinds.

    `body` must be whole: a JPEG's size can come after its metadata, an icon's after other pictures.
    """
    for begins, extension, media_type, size in _KINDS:
        if begins.match(body):
            walk = _Walk(body)
            try:
                width, height = size(walk)
            except (struct.error, ValueError, IndexError):
                width = height = 0
            known = width > 0 and height > 0
            sides = (width if known else None, height if known else None)
            return Picture(extension, media_type, sides[0], sides[1], max(1, walk.frames), walk.flaw)
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

    A small file can take gigabytes of memory, or minutes, in every program that shows it.
    """
    picture = picture_of(body)
    if picture is None or picture.width is None or picture.height is None:
        return "its header gives no size"
    if picture.width * picture.height * picture.frames > most_pixels:
        frames = f"{picture.frames} frames of " if picture.frames > 1 else ""
        return f"{frames}{picture.width} × {picture.height} pixels are more than [limits] image_pixels, {most_pixels}"
    return picture.flaw


class _Walk:
    """The bytes of a picture and what was found in them; the work is linear in their length."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.frames = 0
        self.flaw = ""
        self._steps = 10_000 + len(body) // 100
        self._text = MOST_TEXT

    def step(self) -> None:
        """Count a chunk, block or segment; ValueError when there are more than any encoder writes."""
        self._steps -= 1
        if self._steps < 0:
            raise ValueError("too many parts")

    def inflate(self, packed: bytes) -> None:
        """Count what a packed text or profile unpacks to."""
        try:
            self._text -= len(zlib.decompressobj().decompress(packed, self._text + 1))
        except zlib.error:
            return  # programs leave it out
        if self._text < 0:
            self.flaw = f"its texts and profiles unpack to more than {MOST_TEXT} bytes"


def _png(walk: _Walk, start: int = 0) -> tuple[int, int]:
    """IHDR is the first chunk; only Apple's CgBI files have one of their own before it."""
    body, size, place = walk.body, (0, 0), start + 8
    while place + 8 <= len(body) and not walk.flaw:
        walk.step()
        length, kind = struct.unpack_from(">I4s", body, place)
        if kind == b"IHDR":
            size = size if size[0] else struct.unpack_from(">II", body, place + 8)
        elif not size[0] and kind != b"CgBI":
            raise ValueError("no IHDR")
        elif kind == b"acTL":
            walk.frames = max(walk.frames, *struct.unpack_from(">I", body, place + 8))
        elif kind in (b"zTXt", b"iTXt", b"iCCP"):
            walk.inflate(_packed(kind, body[place + 8 : place + 8 + min(length, MOST_TEXT)]))
        elif kind == b"IEND":
            break
        place += 12 + length
    return size


def _packed(kind: bytes, chunk: bytes) -> bytes:
    """The packed part of a PNG's text or profile, behind its name and method (PNG, third edition, 11.3)."""
    rest = chunk.partition(b"\0")[2]
    if kind != b"iTXt":
        return rest[1:]
    return rest[2:].split(b"\0", 2)[-1] if rest[:1] == b"\1" else b""


def _gif(walk: _Walk) -> tuple[int, int]:
    """The larger of screen and frames: some programs enlarge the screen to a frame."""
    body = walk.body
    width, height = struct.unpack_from("<HH", body, 6)
    position = 13 + _palette(body[10])
    try:
        while (mark := body[position]) != 0x3B:
            walk.step()
            position += 1  # programs skip bytes that begin no block
            if mark == 0x21:
                position = _blocks_end(walk, position + 1)
            elif mark == 0x2C:
                left, top, wide, high, flags = struct.unpack_from("<HHHHB", body, position)
                width, height, walk.frames = max(width, left + wide), max(height, top + high), walk.frames + 1
                position = _blocks_end(walk, position + 10 + _palette(flags))
    except (IndexError, struct.error):  # cut
        if not walk.frames:
            raise
    if not walk.frames:
        raise ValueError("no frame")
    return width, height


def _palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks_end(walk: _Walk, position: int) -> int:
    """The end of a GIF's blocks, each with its length before it, up to an empty one."""
    while length := walk.body[position]:
        walk.step()
        position += 1 + length
    return position + 1


def _bmp(walk: _Walk) -> tuple[int, int]:
    body = walk.body
    if struct.unpack_from("<I", body, 14)[0] == 12:  # the OS/2 header
        return struct.unpack_from("<HH", body, 18)
    width, height = struct.unpack_from("<ii", body, 18)
    return width, abs(height)  # negative: rows from top to bottom


def _ico(walk: _Walk) -> tuple[int, int]:
    """The largest picture of the icon, by the pictures' own headers.

    The directory has one byte for a side, a PNG inside has four.
    """
    body = walk.body
    count = struct.unpack_from("<H", body, 4)[0]
    sizes = []
    for place in {struct.unpack_from("<I", body, entry + 12)[0] for entry in range(6, 6 + 16 * count, 16)}:
        if body.startswith(b"\x89PNG", place):
            sizes.append(_png(walk, place))
        else:
            width, height = struct.unpack_from("<ii", body, place + 4)
            sizes.append((abs(width), abs(height) // 2))  # the mask's rows are counted with the picture's
    return _largest(sizes)


def _jpeg(walk: _Walk) -> tuple[int, int]:
    """ITU-T T.81, B.2.2: segments, of them the frame header (SOF0–15 without DHT, JPG, DAC), and the scans (SOS)."""
    body, size, scans = walk.body, (0, 0), 0
    found = _MARKER.search(body, 2)  # between segments programs look for the next marker, and so in a scan
    while found and (marker := body[found.end() - 1]) != 0xD9:
        walk.step()
        position = found.end()
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", body, position + 3)
            size = _largest([size, (width, height)])
            if not width * height:
                raise ValueError("no size")
        scans += marker == 0xDA
        if marker != 0x01 and marker != 0xD8 and position + 2 <= len(body):
            position += max(2, struct.unpack_from(">H", body, position)[0])
        found = _MARKER.search(body, position)
    if scans > MOST_SCANS:
        walk.flaw = f"{scans} scans are more than {MOST_SCANS}"
    return size


_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def _webp(walk: _Walk) -> tuple[int, int]:
    """RFC 9649: lossy (VP8), lossless (VP8L) or extended (VP8X) file, the last with frames (ANMF) or one picture."""
    if walk.body[12:16] != b"VP8X":
        return _bitstream(walk.body, 12)
    if len(walk.body) < 30:
        raise ValueError("cut")
    canvas, inner, place = tuple(int.from_bytes(walk.body[at : at + 3], "little") + 1 for at in (24, 27)), (0, 0), 30
    while place + 8 <= len(walk.body):
        walk.step()
        kind, length = struct.unpack_from("<4sI", walk.body, place)
        walk.frames += kind == b"ANMF"
        if kind in (b"VP8 ", b"VP8L") and place + 18 <= len(walk.body):
            inner = _bitstream(walk.body, place)
        place += 8 + length + (length & 1)
    return _largest([(canvas[0], canvas[1]), inner])


def _bitstream(body: bytes, place: int) -> tuple[int, int]:
    """The size in the header of a VP8 or VP8L chunk."""
    if body[place : place + 4] == b"VP8L":
        bits = struct.unpack_from("<I", body, place + 9)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if body[place : place + 4] == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, place + 14)
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("unknown chunk")


def _avif(walk: _Walk) -> tuple[int, int]:
    """The largest spatial extent of the images and of the tracks of a sequence, and the samples of its longest track.

    `ispe`: ISO/IEC 23008-12, 6.5.3; tiles and thumbnails have smaller ones. `tkhd`: ISO/IEC 14496-12, 8.3.2; fixed
    point 16.16, after 76 or 88 bytes. `stsz`, `stz2`: 8.7.3.
    """
    body = walk.body
    size = (0, 0)
    for match in _AVIF_SIZES.finditer(body):
        walk.step()
        end = match.end()
        if match[0] == b"ispe":
            size = _largest([size, struct.unpack_from(">II", body, end + 4)])
        elif match[0] == b"tkhd":
            width, height = struct.unpack_from(">II", body, end + (88 if body[end] else 76))
            size = _largest([size, (width >> 16, height >> 16)])
        else:
            walk.frames = max(walk.frames, *struct.unpack_from(">I", body, end + 4))
    return size


_AVIF_SIZES = re.compile(rb"ispe|tkhd|(?:stsz|stz2)\0{4}")


def _tiff(walk: _Walk) -> tuple[int, int]:
    """The largest ImageWidth (256) by ImageLength (257) of all directories (TIFF 6.0, section 2)."""
    body = walk.body
    order = "<" if body[:2] == b"II" else ">"
    place = struct.unpack_from(order + "I", body, 4)[0]
    sizes: list[tuple[int, int]] = []
    seen: set[int] = set()
    while place and place not in seen and len(seen) < 64:
        walk.step()
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


def _largest(sizes: Iterable[tuple[int, int]]) -> tuple[int, int]:
    return max(sizes, key=lambda size: size[0] * size[1])


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
