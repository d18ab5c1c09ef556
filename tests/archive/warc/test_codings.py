"""Codings as servers apply them, cut, damaged, mislabelled, bombs: a body or one clear error within the limit."""

from __future__ import annotations

import gzip
import io
import os
import tracemalloc
import zlib
from typing import Any

import brotli
import pytest
import zstandard

from archive import CodingError, TooLarge, decode_entity, payload_pieces

BODY = "<p>新闻 news</p>\n".encode() * 5000 + os.urandom(1000)
MIB = 1 << 20


def _raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def _zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


CODINGS = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", _raw_deflate),
    ("br", lambda content: brotli.compress(content, quality=5)),
    ("zstd", _zstd),
]
CODING_IDS = ["gzip", "x-gzip", "zlib", "raw deflate", "br", "zstd"]


def _head(**fields: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode()


def _chunked(content: bytes, size: int) -> bytes:
    parts = [content[i : i + size] for i in range(0, len(content), size)]
    return b"".join(b"%x;n=v\r\n%s\r\n" % (len(p), p) for p in parts) + b"000\r\nTrailer: x\r\n\r\n"


@pytest.mark.parametrize(("name", "encode"), CODINGS, ids=CODING_IDS)
def test_content_codings(name, encode) -> None:
    head, coded = _head(Content_Encoding=name.upper()), encode(BODY)
    assert decode_entity(head, coded, len(BODY)) == BODY
    assert decode_entity(head, io.BytesIO(coded), len(BODY)) == BODY
    assert decode_entity(head, b"", 10) == b""
    chunked = _head(Transfer_Encoding="chunked", Content_Encoding=name)
    assert decode_entity(chunked, _chunked(coded, 1000), len(BODY)) == BODY
    assert b"".join(payload_pieces(chunked, _chunked(coded, 1000))) == coded
    with pytest.raises(TooLarge) as error:
        decode_entity(head, coded, len(BODY) - 1)
    assert error.value.limit == len(BODY) - 1


CHECKSUMS = {"gzip": 8, "x-gzip": 8, "zlib": 4}
"""Bytes of the trailer behind the data."""


@pytest.mark.parametrize("which", range(len(CODINGS)), ids=CODING_IDS)
def test_a_body_that_is_cut_in_its_data_is_an_error_at_every_byte(which) -> None:
    name, encode = CODINGS[which]
    head, coded = _head(Content_Encoding=name), encode(BODY[-1200:])
    whole = len(coded) - CHECKSUMS.get(CODING_IDS[which], 0)
    for end in range(1, len(coded)):
        if end < whole:
            with pytest.raises(CodingError, match="ends early"):
                decode_entity(head, coded[:end], MIB)
        else:
            assert _noted(head, coded[:end]) == (BODY[-1200:], "checksum")


def _noted(head: bytes, coded: bytes) -> tuple[bytes, str]:
    """Decode a body; return it with the word that tells the fault."""
    notes: list[str] = []
    body = decode_entity(head, coded, 2 * MIB, note=notes.append)
    [note] = notes
    return body, next(word for word in ("checksum", "follow", "not coded") if word in note)


def _named_gzip(content: bytes, flags: int) -> bytes:
    """A gzip member with the optional fields of its header (RFC 1952, 2.3.1)."""
    fields = (b"\3\0ext" if flags & 4 else b"") + (b"name\0" if flags & 8 else b"") + (b"why\0" if flags & 16 else b"")
    packed = gzip.compress(content)
    return packed[:3] + bytes([flags]) + packed[4:10] + fields + (b"\1\2" if flags & 2 else b"") + packed[10:]


ZSTD_CHECKED = zstandard.ZstdCompressor(write_checksum=True).compress(BODY)
GZ, ZLIB, BR, ZSTD = gzip.compress(BODY), zlib.compress(BODY), brotli.compress(BODY), _zstd(BODY)
FAULTY = [
    ("gzip", GZ[:-8] + b"\1\2\3\4" + GZ[-4:], "checksum"),
    ("gzip", GZ[:-4] + b"\1\2\3\4", "checksum"),
    ("gzip", GZ[:-8] + bytes(8), "checksum"),
    ("gzip", GZ[:-8] + gzip.compress(b"")[:7], "checksum"),
    ("x-gzip", GZ + b"\n<!-- x -->", "follow"),
    ("gzip", GZ + bytes(64), "follow"),
    ("gzip", GZ + b"\x1f", "follow"),
    ("gzip", gzip.compress(BODY[:99]) + gzip.compress(BODY[99:])[:-8], "checksum"),
    ("gzip", _named_gzip(BODY, 31)[:-3], "checksum"),
    ("deflate", ZLIB[:-4] + b"\1\2\3\4", "checksum"),
    ("deflate", ZLIB + b"\n", "follow"),
    ("deflate", _raw_deflate(BODY) + bytes(9), "follow"),
    ("br", BR + b"\n", "follow"),
    ("br", BR + b"<!-- x -->" * 9, "follow"),
    ("br", BR + bytes(70_000), "follow"),
    ("zstd", ZSTD + b"\n", "follow"),
    ("zstd", ZSTD + bytes(64), "follow"),
    *[(coding, BODY[:-1000], "not coded") for coding in ("gzip", "x-gzip", "deflate", "br", "zstd", "compress")],
    *[(coding, b'\xef\xbb\xbf\n{"a": 1}', "not coded") for coding in ("gzip", "deflate", "br", "zstd")],
    *[(coding, b"Not found\n", "not coded") for coding in ("gzip", "zstd")],
    ("gzip, gzip", gzip.compress(BODY[:-1000]), "not coded"),
    ("br, gzip", gzip.compress(BODY[:-1000]), "not coded"),
]
"""Content-Encoding, body, what is wrong with it."""


@pytest.mark.parametrize(("coding", "coded", "fault"), FAULTY)
@pytest.mark.parametrize("chunk", [0, 7])
def test_a_body_whose_data_is_whole_is_read_and_its_fault_told(coding, coded, fault, chunk) -> None:
    """Browsers show these pages."""
    head = _head(Content_Encoding=coding)
    if chunk:
        head, coded = _head(Content_Encoding=coding, Transfer_Encoding="chunked"), _chunked(coded, chunk)
    body, told = _noted(head, coded)
    assert told == fault and (body in (BODY, BODY[:-1000]) or len(body) < 20)
    with pytest.raises(TooLarge):
        decode_entity(head, coded, len(body) - 1)


@pytest.mark.parametrize("flags", range(32))
def test_every_form_of_a_gzip_header_is_skipped(flags) -> None:
    head, coded = _head(Content_Encoding="gzip", Transfer_Encoding="chunked"), _named_gzip(BODY[-1200:], flags)
    assert decode_entity(head, _chunked(coded + coded, 3), MIB) == 2 * BODY[-1200:]
    for end in range(1, 30):
        with pytest.raises(CodingError, match="ends early"):
            decode_entity(head, _chunked(coded[:end], 3), MIB)


@pytest.mark.parametrize(("name", "encode"), CODINGS, ids=CODING_IDS)
def test_an_empty_and_a_tiny_entity(name, encode) -> None:
    for body in (b"", b"a"):
        assert decode_entity(_head(Content_Encoding=name), encode(body), 10) == body


def test_a_limit_below_the_coded_size_counts_decoded_bytes() -> None:
    assert decode_entity(_head(Content_Encoding="gzip"), gzip.compress(b"new"), 3) == b"new"
    nested = gzip.compress(gzip.compress(b"new"))
    assert decode_entity(_head(Content_Encoding="gzip, gzip"), nested, 3) == b"new"


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ({"Content_Encoding": "gzip, br"}, brotli.compress(gzip.compress(BODY))),
        ({"Content_Encoding": "gzip,, identity"}, gzip.compress(BODY)),
        ({"Transfer_Encoding": "gzip, chunked"}, _chunked(gzip.compress(BODY), 777)),
        ({"Transfer_Encoding": "gzip"}, gzip.compress(BODY)),
        ({"Content_Encoding": "utf-8"}, BODY),
        ({"Content_Encoding": "none, gzip"}, gzip.compress(BODY)),
        ({"Content_Encoding": "gzip"}, gzip.compress(BODY[:100]) + gzip.compress(BODY[100:])),
        ({"Content_Encoding": "gzip"}, gzip.compress(BODY) + b"\0\0\0\0"),
        ({"Content_Encoding": "zstd"}, _zstd(BODY[:100]) + _zstd(BODY[100:])),
        ({"Transfer_Encoding": "Chunked"}, _chunked(BODY, 100_000)),
        ({"Transfer_Encoding": "chunked"}, b" 5 \nhello\n0\n\n"),
        ({"Transfer_Encoding": "chunked"}, b"5\r\nhello\r\n0\r\n"),
    ],
)
def test_codings_as_servers_send_them_are_decoded(field, body) -> None:
    assert decode_entity(_head(**field), body, MIB) == (b"hello" if b"hello" in body[:20] else BODY)


@pytest.mark.parametrize(
    ("field", "body", "reason"),
    [
        ({"Content_Encoding": "gzip"}, b"\x1f\x8b\x09<html>plain</html>", "gzip does not decode"),
        ({"Content_Encoding": "gzip"}, b"\x1f\x8b\x08\xe0<html>plain</html>", "gzip does not decode: .* flags"),
        ({"Content_Encoding": "gzip"}, b"\x1f\x8b\x08\x08" + b"n" * 70_000, "gzip body ends early"),
        ({"Content_Encoding": "gzip"}, b"PNG\0\1\2", "gzip does not decode"),
        ({"Content_Encoding": "gzip"}, GZ + GZ[:-300], "gzip body ends early"),
        ({"Content_Encoding": "br"}, b"\xffplain text" * 9, "br does not decode"),
        ({"Content_Encoding": "zstd"}, b"\1<html>plain</html>", "zstd does not decode"),
        ({"Content_Encoding": "zstd"}, ZSTD_CHECKED[:-4] + b"\1\2\3\4", "zstd does not decode: .* checksum"),
        ({"Content_Encoding": "zstd"}, ZSTD_CHECKED[:-4], "zstd body ends early"),
        ({"Content_Encoding": "deflate"}, b"\x78\xbb\0\0\0\0", "needs a dictionary"),
        ({"Content_Encoding": "deflate"}, b"\xff\xff<html>plain</html>", "deflate does not decode"),
        ({"Content_Encoding": "compress"}, b"x", "no decoder for the coding 'compress'"),
        ({"Content_Encoding": ", ".join(["gzip"] * 6)}, b"x", "names 6 codings"),
        ({"Transfer_Encoding": "chunked"}, b"<html>", "ends early"),
        ({"Transfer_Encoding": "chunked"}, b"<html>\r\n", "not a chunk size"),
        ({"Transfer_Encoding": "chunked"}, b"-5\r\nhello\r\n0\r\n\r\n", "not a chunk size"),
        ({"Transfer_Encoding": "chunked"}, b"5\r\nhello world\r\n0\r\n\r\n", "chunk longer than its size"),
        ({"Transfer_Encoding": "chunked"}, b"5\r\nhel", "ends early"),
        ({"Transfer_Encoding": "chunked"}, b"5\r\nhello\r\n", "ends early"),
        ({"Transfer_Encoding": "chunked"}, b"ffffffffffffffff\r\nhello", "ends early"),
    ],
)
def test_a_body_that_cannot_be_decoded_is_an_error_with_its_reason(field, body, reason) -> None:
    with pytest.raises(CodingError, match=reason):
        decode_entity(_head(**field), body, MIB)


def _times(coding: str, content: bytes, count: int) -> bytes:
    encode: Any = dict(CODINGS)[coding]
    for _ in range(count):
        content = encode(content)
    return content


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("nested", [1, 2])
def test_D1_a_decompression_bomb_costs_its_limit(coding, nested) -> None:
    zeros = bytes(32 * MIB)
    bomb = _times(coding, zeros, nested)
    del zeros
    head = _head(Content_Encoding=", ".join([coding] * nested))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            decode_entity(head, bomb, MIB)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 * MIB


def test_D1_a_bomb_that_is_large_only_between_two_codings_is_cut() -> None:
    members = gzip.compress(b"") * (8 * MIB // 20)
    with pytest.raises(TooLarge):
        decode_entity(_head(Content_Encoding="gzip, gzip"), gzip.compress(members), MIB)
    with pytest.raises(TooLarge):
        decode_entity(_head(Content_Encoding="gzip", Transfer_Encoding="gzip"), gzip.compress(members), MIB)
