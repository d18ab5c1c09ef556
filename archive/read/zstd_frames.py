"""A zstd file goes in; its frames come out as members, decompressed with the dictionary of the file."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator

import zstandard

from archive.read import faults
from archive.read.gzip_members import Gap, Member
from archive.read.record import END, begins_damaged_record, begins_record
from archive.read.source import Source

MAGIC = b"\x28\xb5\x2f\xfd"
DICTIONARY = b"\x5d\x2a\x4d\x18"
MAX_DICTIONARY = 64 << 20
MAX_WINDOW = 128 << 20
"""The limits that the specification sets for windows and dictionaries."""
MAX_BLOCK = (128 << 10) + 32
"""Bytes of a block, and of the header before the first one."""
FEED = 256
"""Bytes fed at a time: the decoder can't bound its output, so the input is bounded (4 bytes may give 128 KiB)."""

SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18", re.DOTALL)
_NEXT = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", re.DOTALL)


def is_zstd(start: bytes) -> bool:
    """Whether a file that starts like this has zstd frames."""
    return start[:4] == MAGIC or SKIPPABLE.match(start) is not None


def zstd_frames(source: Source) -> Iterator[Member | Gap]:
    """All frames in order, without the skippable ones; drain each one before you ask for the next."""
    offset = 0
    dictionary: zstandard.ZstdCompressionDict | None = None
    while offset < source.size:
        position = source.ensure(offset, 18)
        start = source.buffer[position : position + 18]
        if SKIPPABLE.match(start):
            if len(start) < 8 or offset + 8 + struct.unpack_from("<I", start, 4)[0] > source.size:
                yield Gap(offset, source.size, faults.file_ends_inside("a skippable zstd frame"))
                return
            size = struct.unpack_from("<I", start, 4)[0]
            if start[:4] == DICTIONARY and offset == 0:
                loaded = _load(source, size)
                if isinstance(loaded, Gap):
                    yield loaded
                    return
                dictionary = loaded
                note = Member(offset, b"", 8 + size)
                note.extra = faults.needs_dictionary(size)
                note.skipped = True
                yield note
            offset += 8 + size
            continue
        if not MAGIC.startswith(start[:4]):
            end = source.find(_NEXT, offset + 1)
            yield Gap(offset, end, faults.gap(end - offset, False, end >= source.size))
            offset = end
            continue
        if (wanted := _other_dictionary(start, dictionary)) is not None:
            end = _all_of_dictionary(source, offset, wanted)
            yield Gap(offset, end, faults.no_dictionary(wanted))
            offset = end
            continue
        member = _frame(source, offset, start, dictionary)
        yield member
        member.drain()
        offset = member.end


def _load(source: Source, size: int) -> zstandard.ZstdCompressionDict | Gap:
    """Read the dictionary, which may be compressed; a gap to the end of the file where it can't be read."""
    if size > MAX_DICTIONARY:
        return Gap(
            0,
            source.size,
            faults.damaged_frame(f"a dictionary of {size} bytes, at most {MAX_DICTIONARY} are read", ""),
        )
    position = source.ensure(8, size)
    data = source.buffer[position : position + size]
    try:
        return dictionary_of(data)
    except zstandard.ZstdError as error:
        return Gap(0, source.size, faults.damaged_frame(f"its dictionary can't be read: {error}", ""))


def dictionary_of(data: bytes) -> zstandard.ZstdCompressionDict:
    """Make the dictionary of these bytes, which may be compressed. ZstdError when they are damaged."""
    if data[:4] == MAGIC:
        data = zstandard.ZstdDecompressor().decompress(data, max_output_size=MAX_DICTIONARY)
    dictionary = zstandard.ZstdCompressionDict(data)
    decoder_of(dictionary)  # raises where it is damaged
    return dictionary


def _other_dictionary(start: bytes, dictionary: zstandard.ZstdCompressionDict | None) -> int | None:
    """Id of the dictionary that a frame needs, where that is not the dictionary of the file."""
    try:
        wanted = zstandard.get_frame_parameters(start).dict_id
    except zstandard.ZstdError:
        return None
    return wanted if wanted and (dictionary is None or dictionary.dict_id() != wanted) else None


def _all_of_dictionary(source: Source, offset: int, wanted: int) -> int:
    """Where the sequence of frames that need this dictionary ends: one finding reports them all."""
    while offset < source.size:
        offset = source.find(_NEXT, offset + 4)
        position = source.ensure(offset, 18)
        if offset < source.size and _other_dictionary(source.buffer[position : position + 18], None) != wanted:
            break
    return offset


def _frame(source: Source, offset: int, start: bytes, dictionary: zstandard.ZstdCompressionDict | None) -> Member:
    member = Member(offset, b"", source.size)
    try:
        parameters = zstandard.get_frame_parameters(start)
        sized = parameters.content_size != zstandard.CONTENTSIZE_UNKNOWN
        member.extra = faults.frame_header(sized, parameters.has_checksum)
    except zstandard.ZstdError as error:
        cut = source.size - offset < 18
        member.end = source.find(_NEXT, offset + 4)
        member.fault = faults.file_ends_inside("a zstd frame's header") if cut else faults.damaged_frame(str(error), "")
        return member
    member.begin(_decompress(source, member, dictionary))
    return member


def _decompress(source: Source, member: Member, dictionary: zstandard.ZstdCompressionDict | None) -> Iterator[bytes]:
    """Decompress a frame, and the frames after it that go on with its record."""
    place: int | None = member.offset
    before, headed, total = b"", False, 0
    try:
        while place is not None:
            decoder = decoder_of(dictionary)
            while not decoder.eof:
                if place >= source.size:
                    member.end = source.size
                    member.fault = faults.file_ends_inside("a zstd frame")
                    return
                position = source.ensure(place, FEED)
                data = source.buffer[position : position + FEED]
                place += len(data)
                piece = decoder.decompress(data)
                total += len(piece)
                if piece:
                    headed = headed or END in before + piece
                    before = piece[-3:]
                    yield piece
            member.end = place - len(decoder.unused_data)
            place = _going_on(source, member.end, dictionary, begins_damaged_record if headed else begins_record)
    except zstandard.ZstdError as error:
        in_vain = source.read_in_vain(total + (place or 0) - member.offset)
        member.end = source.size if in_vain else source.find(_NEXT, max(member.offset, (place or 0) - FEED) + 4)
        resumed = f"; reading goes on at {member.end}" if member.end < source.size else "; nothing more comes after it"
        member.fault = faults.damaged_frame(str(error), resumed)


def decoder_of(dictionary: zstandard.ZstdCompressionDict | None) -> zstandard.ZstdDecompressionObj:
    """The decoder of a frame."""
    return zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=MAX_WINDOW).decompressobj()


def _going_on(
    source: Source,
    offset: int,
    dictionary: zstandard.ZstdCompressionDict | None,
    begins: Callable[[bytes], bool],
) -> int | None:
    """Offset of the next frame if it begins no record; skippable frames before it are passed over."""
    while offset < source.size:
        position = source.ensure(offset, FEED)
        start = source.buffer[position : position + FEED]
        if SKIPPABLE.match(start) and len(start) >= 8:
            offset += 8 + struct.unpack_from("<I", start, 4)[0]
            continue
        if start[:4] != MAGIC:
            return None
        first = _first_bytes(source, offset, dictionary)
        return offset if first and not begins(first) else None
    return None


def _first_bytes(source: Source, offset: int, dictionary: zstandard.ZstdCompressionDict | None) -> bytes:
    """The bytes of the first block of a frame; empty when it is damaged, and so a member with a finding of its own."""
    decoder = decoder_of(dictionary)
    try:
        for place in range(offset, min(offset + MAX_BLOCK, source.size), FEED):
            position = source.ensure(place, FEED)
            first = decoder.decompress(source.buffer[position : position + FEED])
            if first or decoder.eof:
                return first
    except zstandard.ZstdError:
        return b""
    return b""
