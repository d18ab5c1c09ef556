"""Kinds and sizes of pictures, from the bytes alone and without decoding."""

from __future__ import annotations

import struct
import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.posts.media import MOST_SCANS, copy_flaw, media_name, picture_of

DIGEST = "sha256:" + "ab12" * 16


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress(b"\0" * (width + 1) * min(height, 10))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(width: int, height: int, metadata: int = 0) -> bytes:
    app = b"".join(b"\xff\xe1" + struct.pack(">H", 60002) + b"\xff\xc0" * 30000 for _ in range(metadata))
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\1\x11\0"
    tables = b"\xff\xdb\x00\x04ab" + b"\xff\xff\xff\xc4\x00\x03c" + b"\xff\x01"
    return b"\xff\xd8" + app + tables + frame + b"\xff\xd9"


def gif(width: int, height: int, frame: tuple[int, int] = (1, 1)) -> bytes:
    """A GIF with a palette and an extension before its frame."""
    extension = b"\x21\xf9\x04\0\0\0\0\0"
    image = b"\x2c" + struct.pack("<HHHH", 0, 0, *frame) + b"\0\x02\x02\x44\x01\0"
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + b"\0" * 6 + extension + image + b";"


def webp(chunk: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def avif(*sizes: tuple[int, int], brand: bytes = b"avif") -> bytes:
    extents = b"".join(struct.pack(">I4sIII", 20, b"ispe", 0, width, height) for width, height in sizes)
    return struct.pack(">I4s4sI", 16, b"ftyp", brand, 0) + struct.pack(">I4s", 8 + len(extents), b"meta") + extents


def bmp(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHH", 100, 0, 0, 54, 40, width, height, 1, 24)


def ico(*pictures: tuple[int, int] | bytes) -> bytes:
    """An icon with bitmaps of these sizes, or with PNG files."""
    bodies = [p if isinstance(p, bytes) else struct.pack("<Iii", 40, p[0], 2 * p[1]) + b"\0" * 28 for p in pictures]
    place, directory = 6 + 16 * len(pictures), b""
    for body in bodies:
        directory += struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(body), place)
        place += len(body)
    return struct.pack("<HHH", 0, 1, len(pictures)) + directory + b"".join(bodies)


def tiff(*sizes: tuple[int, int], order: str = "<") -> bytes:
    body = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8)
    for number, (width, height) in enumerate(sizes):
        following = 8 + (number + 1) * 42 if number + 1 < len(sizes) else 0
        tags = ((256, 4, 1, width), (257, 4, 1, height), (258, 4, 1, 8))
        body += struct.pack(order + "H", 3) + b"".join(struct.pack(order + "HHII", *tag) for tag in tags)
        body += struct.pack(order + "I", following)
    return body


def track(width: int, height: int, version: int = 0) -> bytes:
    return b"tkhd" + bytes([version]) + b"\0" * (75 + 12 * version) + struct.pack(">II", width << 16, height << 16)


@pytest.mark.parametrize(
    ("body", "extension", "size"),
    [
        (png(3, 70000), "png", (3, 70000)),
        (png(40000, 40000), "png", (40000, 40000)),
        (jpeg(640, 480), "jpg", (640, 480)),
        (jpeg(640, 480, metadata=3), "jpg", (640, 480)),
        (gif(320, 200), "gif", (320, 200)),
        (
            webp(b"VP8X" + struct.pack("<II", 10, 0) + (1919).to_bytes(3, "little") + (1079).to_bytes(3, "little")),
            "webp",
            (1920, 1080),
        ),
        (webp(b"VP8L" + struct.pack("<IBI", 5, 0x2F, (99) | (49 << 14))), "webp", (100, 50)),
        (
            webp(b"VP8 " + struct.pack("<I", 10) + b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 300 | 0x4000, 200)),
            "webp",
            (300, 200),
        ),
        (avif((64, 64), (1600, 900), (160, 90)), "avif", (1600, 900)),
        (avif((10, 10), brand=b"avis"), "avif", (10, 10)),
        (
            struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"mif1", 0, b"miaf", b"avif")
            + b"\0" * 8
            + b"ispe\0\0\0\0"
            + struct.pack(">II", 5, 6),
            "avif",
            (5, 6),
        ),
        (bmp(20, -30), "bmp", (20, 30)),
        (b"BM" + struct.pack("<IHHIIHH", 30, 0, 0, 26, 12, 7, 8), "bmp", (7, 8)),
        (ico((16, 16), (256, 256), (32, 32)), "ico", (256, 256)),
        (ico((16, 16), png(30000, 20000)), "ico", (30000, 20000)),
        (gif(1, 1, frame=(50000, 40000)), "gif", (50000, 40000)),
        (avif((64, 64)) + track(9000, 8000), "avif", (9000, 8000)),
        (avif((64, 64)) + b"\0" * (2 << 20) + track(9000, 8000, version=1), "avif", (9000, 8000)),
        (avif((64, 64)) + b"\0" * (2 << 20) + b"ispe\0\0\0\0" + struct.pack(">II", 9000, 8000), "avif", (9000, 8000)),
        (tiff((30, 20), (9000, 8000)), "tif", (9000, 8000)),
        (tiff((30, 20), order=">"), "tif", (30, 20)),
        (b"\x89PNG\r\n\x1a\n\0\0\0\x04CgBI\0\0\0\0\0\0\0\0" + png(5, 6)[8:], "png", (5, 6)),
    ],
)
def test_D7_kind_and_size_are_read_from_the_header(body, extension, size):
    picture = picture_of(body)
    assert picture is not None and picture.extension == extension and (picture.width, picture.height) == size
    assert media_name(DIGEST, body) == f"ab/12/{'ab12' * 16}.{extension}"


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"<svg onload=alert(1)>",
        b"\n<svg/>",
        b"<?xml version='1.0'?><svg/>",
        b"<?php system('id');",
        b"%PDF-1.7",
        b"MZ\x90",
        b"\x7fELF",
        b"#!/bin/sh",
        b"BMW cars",
        b"RIFF....WAVE",
        b"\0\0\0\x18ftypmp42\0\0\0\0isommp42",
        b"GIF",
        b"",
        b"\0\0\2\0\1\0",
        b"PK\3\4",
        b"II+\0",
    ],
)
def test_P3_bytes_that_are_not_a_picture_get_no_name(body):
    assert picture_of(body) is None
    assert media_name(DIGEST, body) is None


def test_P3_a_picture_with_markup_after_it_is_stored_as_a_picture():
    for picture in (gif(1, 1), png(1, 1), jpeg(1, 1), bmp(1, 1), ico((1, 1)), tiff((1, 1)), avif((1, 1))):
        kind = picture_of(picture)
        name = media_name(DIGEST, picture + b"<script>alert(1)</script><svg/onload=alert(1)><?php ?>")
        assert kind is not None and name == f"ab/12/{'ab12' * 16}.{kind.extension}"


@pytest.mark.parametrize(
    "body",
    [
        jpeg(70000 & 0xFFFF, 0),  # its height would come later, in a DNL marker
        png(0, 5),
        gif(1, 1)[:13],
        b"\x89PNG\r\n\x1a\n\0\0\0\x10abcdIHDR" + struct.pack(">II", 5, 6) + png(9000, 9000)[8:],
        avif(),
        tiff(),
        ico((16, 16))[:30],
        webp(b"VP8Z" + b"\0" * 20),
    ],
)
def test_D7_a_hidden_size_is_unknown_and_not_small(body):
    picture = picture_of(body)
    assert picture is not None and picture.width is None and picture.height is None


@pytest.mark.parametrize(
    "body",
    [png(3, 4), jpeg(3, 4), gif(3, 4), bmp(3, 4), ico((3, 4)), avif((3, 4)), webp(b"VP8X" + b"\0" * 14), tiff((3, 4))],
)
def test_a_cut_header_gives_no_size_or_no_picture(body):
    for length in range(len(body)):
        picture = picture_of(body[:length])
        if picture is not None:
            assert (picture.width is None) == (picture.height is None)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [
            png(3, 4)[:12],
            b"\xff\xd8\xff",
            b"GIF89a",
            b"RIFF\0\0\0\0WEBP",
            avif((3, 4)),
            b"BM",
            b"\0\0\1\0\5\0",
            b"II*\0\x08\0\0\0",
            b"MM\0*\0\0\0\x08",
        ]
    ),
    st.binary(max_size=200),
)
def test_any_bytes_after_a_signature_are_read_without_a_crash(begin, rest):
    picture = picture_of(begin + rest)
    assert picture is None or picture.width is None or picture.width >= 0


@pytest.mark.parametrize(
    "digest", ["", "sha256:", "../../etc/passwd", "sha256:" + "g" * 64, "ab", "sha256:ab/../" + "a" * 40]
)
def test_a_digest_that_is_not_hexadecimal_is_refused(digest):
    with pytest.raises(ValueError, match="no hex digest"):
        media_name(digest, png(1, 1))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + b"crc."


def with_chunks(*chunks: bytes) -> bytes:
    """A PNG of 10 × 10 pixels with chunks behind its header."""
    whole = png(10, 10)
    return whole[:33] + b"".join(chunks) + whole[33:]


def frames_of_gif(count: int, junk: bytes = b"") -> bytes:
    whole = gif(500, 400)
    start = whole.index(b"\x2c")
    return whole[:start] + (whole[start:-1] + junk) * count + b";"


def animated_webp(count: int) -> bytes:
    canvas = (499).to_bytes(3, "little") + (399).to_bytes(3, "little")
    frames = (b"ANMF" + struct.pack("<I", 16) + b"\0" * 16) * count
    return webp(b"VP8X" + struct.pack("<II", 10, 2) + canvas + frames)


def scans(count: int) -> bytes:
    one = b"\xff\xda\0\x08\1\1\0\0\x3f\0" + b"\x12\xff\0\x34\xff\xd0\x56"
    return jpeg(640, 480)[:-2] + one * count + b"\xff\xd9"


BOMB = zlib.compress(b"\0" * 200_000_000, 9)
MANY = struct.pack(">III", 0, 0, 401)
LIMIT = 40_000_000


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (frames_of_gif(401), "401 frames of 500 × 400 pixels"),
        (frames_of_gif(401, junk=b"\0"), "401 frames of 500 × 400 pixels"),
        (frames_of_gif(401)[:-40], "frames of 500 × 400 pixels"),
        (animated_webp(401), "401 frames of 500 × 400 pixels"),
        (with_chunks(chunk(b"acTL", struct.pack(">II", 500_000, 0))), "500000 frames of 10 × 10 pixels"),
        (avif((500, 400), brand=b"avis") + b"stsz" + MANY, "401 frames of 500 × 400 pixels"),
        (with_chunks(chunk(b"zTXt", b"Comment\0\0" + BOMB)), "unpack to more than"),
        (with_chunks(chunk(b"iTXt", b"Comment\0\1\0en\0c\0" + BOMB)), "unpack to more than"),
        (with_chunks(chunk(b"iCCP", b"profile\0\0" + BOMB)), "unpack to more than"),
        (with_chunks(*[chunk(b"zTXt", b"C\0\0" + zlib.compress(b"\0" * 1_000_000))] * 9), "unpack to more than"),
        (ico((16, 16), with_chunks(chunk(b"zTXt", b"Comment\0\0" + BOMB))), "unpack to more than"),
        (scans(1000), "1000 scans are more than"),
        (
            webp(
                b"VP8X"
                + struct.pack("<II", 10, 0)
                + b"\0" * 6
                + b"VP8L"
                + struct.pack("<IBI", 5, 0x2F, 0xFFFFFFF)
                + b"\0" * 9
            ),
            "16384 × 16384",
        ),
        (with_chunks(*[chunk(b"tEXt", b"")] * 100_000), "its header gives no size"),
        (frames_of_gif(1)[:-1] + b"\x21\xfe" + b"\1a" * 1_000_000 + b"\0;", "its header gives no size"),
    ],
)
def test_D7_a_picture_counts_by_what_it_unpacks_to(body: bytes, words: str) -> None:
    began = time.process_time()
    assert words in copy_flaw(body, LIMIT)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "body",
    [
        frames_of_gif(200),
        animated_webp(200),
        scans(MOST_SCANS),
        with_chunks(chunk(b"acTL", struct.pack(">II", 60, 0))),
        with_chunks(
            chunk(b"iCCP", b"profile\0\0" + zlib.compress(b"\1" * 3_000_000)),
            chunk(b"iTXt", b"XML\0\0\0\0\0" + b"<x/>" * 1000),
            chunk(b"zTXt", b"Comment\0\0no zlib"),
        ),
        avif((500, 400), brand=b"avis") + b"stsz" + struct.pack(">III", 0, 0, 100),
    ],
)
def test_an_animation_or_profile_of_usual_size_is_copied(body: bytes) -> None:
    assert copy_flaw(body, LIMIT) == ""
