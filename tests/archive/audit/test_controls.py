"""Valid files of all kinds and tools have no error."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
import zstandard
from warctext import (
    BODY,
    DATE,
    REQUEST,
    RESPONSE,
    URI,
    Fields,
    changed,
    errors,
    fields,
    findings,
    gz,
    label,
    members,
    pair,
    request,
    response,
    response_fields,
    summary,
    text,
    uid,
    warcinfo,
    without,
)

PROFILE_10 = "http://netpreserve.org/warc/1.0/revisit/"
PROFILE_11 = "http://netpreserve.org/warc/1.1/revisit/"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n"
LATER = "2026-11-21T10:00:00Z"


def old(records: list[bytes]) -> list[bytes]:
    return [record.replace(b"WARC/1.1", b"WARC/1.0") for record in records]


def with_response(fields: Fields, block: bytes = RESPONSE) -> bytes:
    return members([warcinfo(), request(), text(fields, block)])


def digested(algorithm: str, encoding: str, name: str = "") -> bytes:
    made = changed(
        response_fields(),
        "WARC-Block-Digest",
        label(RESPONSE, algorithm, encoding).replace(algorithm, name or algorithm),
    )
    return with_response(changed(made, "WARC-Payload-Digest", label(BODY, algorithm, encoding)))


def answered(block: bytes, payload: bytes, sent: bytes = REQUEST) -> bytes:
    return members(pair(block, payload, sent=sent))


def coded(coding: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return answered(head + body, body)


def truncated(reason: str, block: bytes, payload: bytes) -> bytes:
    return with_response([*response_fields(block=block, payload=payload), ("WARC-Truncated", reason)], block)


def revisit(profile: str, *more: tuple[str, str], head: bytes = HEAD, payload: bytes | None = BODY) -> bytes:
    usual = [("WARC-Profile", profile), *more]
    return members([*pair(), text(fields("revisit", 4, head, *usual, payload=payload, date=LATER), head)])


def arc(*bodies: bytes) -> bytes:
    about = b"1 0 Test\nURL IP-address Archive-date Content-type Archive-length\n"
    data = b"filedesc://x.arc 0.0.0.0 20260101000000 text/plain %d\n%s\n" % (len(about), about)
    for body in bodies:
        data += b"http://example.org/a b 93.184.216.34 20260101000000 text/html %d\n%s\n" % (len(body), body)
    return data


def segmented() -> bytes:
    first = [("WARC-Segment-Number", "1"), ("WARC-Target-URI", "urn:test:long")]
    second = [
        ("WARC-Segment-Number", "2"),
        ("WARC-Segment-Origin-ID", uid(5)),
        ("WARC-Target-URI", "urn:test:long"),
        ("WARC-Segment-Total-Length", "20"),
    ]
    return members(
        [
            warcinfo(),
            text(fields("resource", 5, b"x" * 10, *first, payload=b"x" * 10 + b"y" * 10), b"x" * 10),
            text(without(fields("continuation", 6, b"y" * 10, *second), "Content-Type"), b"y" * 10),
        ]
    )


SMALL = zlib.compressobj(6, zlib.DEFLATED, -15)
RAW_DEFLATE = SMALL.compress(BODY) + SMALL.flush()
REFERS = [
    ("WARC-Refers-To", uid(3)),
    ("WARC-Refers-To-Target-URI", URI),
    ("WARC-Refers-To-Date", DATE),
    ("WARC-Truncated", "length"),
]

CONTROLS: dict[str, Callable[[], bytes]] = {
    "1.1, gzip": lambda: members(pair()),
    "1.0, gzip": lambda: members(old(pair())),
    "1.1, plain": lambda: b"".join(pair()),
    "1.0, plain": lambda: b"".join(old(pair())),
    "a version in lower case": lambda: members([record.replace(b"WARC/1.1", b"warc/1.1") for record in pair()]),
    "its own file name": lambda: members([warcinfo("x.warc.gz"), *pair()[1:]]),
    "one record": lambda: gz(warcinfo()),
    "gzip with name and comment": lambda: (
        gzip.compress(warcinfo())[:3]
        + b"\x18"
        + gzip.compress(warcinfo())[4:10]
        + b"name\0comment\0"
        + gzip.compress(warcinfo())[10:]
    ),
    "gzip with a good extra field": lambda: gz(warcinfo(), extra=b"SL\x08\0" + b"\0" * 8) + members(pair()[1:]),
    "stored gzip blocks": lambda: b"".join(gzip.compress(record, 0) for record in pair()),
    "a gzip magic inside": lambda: answered(
        b"HTTP/1.1 200 OK\r\n\r\n" + b"\x1f\x8b\x08\x00" * 50, b"\x1f\x8b\x08\x00" * 50
    ),
    "a stored member with whole members inside": lambda: b"".join(
        gzip.compress(record, 0) for record in pair(b"HTTP/1.1 200 OK\r\n\r\n" + members(pair()), members(pair()))
    ),
    "an empty block": lambda: members([warcinfo(), text(fields("resource", 2, b""), b"")]),
    "a folded header": lambda: members(
        [warcinfo(), request(), response().replace(b"WARC-Type: response", b"WARC-Type:\r\n response")]
    ),
    "a UTF-8 header": lambda: with_response([*response_fields(), ("X-Title", "观察者网 café")]),
    "field names in other case": lambda: members(
        [
            record.replace(b"WARC-Date", b"warc-date").replace(b"Content-Length: ", b"content-length:", 1)
            for record in pair()
        ]
    ),
    "spaces around values": lambda: members([record.replace(b"WARC-Type: ", b"WARC-Type:  \t ") for record in pair()]),
    "several concurrent-to": lambda: (
        with_response(
            [
                *response_fields(),
                ("WARC-Concurrent-To", uid(1 + 3)),
                ("WARC-Protocol", "h2"),
                ("WARC-Protocol", "tls/1.3"),
            ]
        )
        + gz(text(fields("metadata", 4, b"a: b\r\n", ("WARC-Concurrent-To", uid(3))), b"a: b\r\n"))
    ),
    "sha1 base32": lambda: digested("sha1", "base32"),
    "sha1 hex": lambda: digested("sha1", "hex"),
    "sha256 hex": lambda: digested("sha256", "hex"),
    "sha256 base32": lambda: digested("sha256", "base32"),
    "sha-256 with a hyphen": lambda: digested("sha256", "hex", "sha-256"),
    "md5 hex": lambda: digested("md5", "hex"),
    "md5 base32": lambda: digested("md5", "base32"),
    "sha512 hex": lambda: digested("sha512", "hex"),
    "upper-case hex": lambda: with_response(
        changed(response_fields(), "WARC-Block-Digest", "SHA1:" + hashlib.sha1(RESPONSE).hexdigest().upper())
    ),
    "no digests": lambda: members([text(without(fields("resource", 2, b"x"), "WARC-Block-Digest"), b"x")]),
    "all granularities": lambda: members(
        [
            warcinfo(),
            *(
                text(fields("resource", 10 + at, b"x", date=date), b"x")
                for at, date in enumerate(
                    [
                        "2026",
                        "2026-11",
                        "2026-11-20",
                        "2026-11-20T10:00Z",
                        DATE,
                        "2026-11-20T10:00:00.1Z",
                        "2026-11-20T10:00:00.123456789Z",
                    ]
                )
            ),
        ]
    ),
    "chunked, digest over the entity": lambda: answered(CHUNKED + b"19\r\n" + BODY + b"\r\n0\r\n\r\n", BODY),
    "chunk extensions and trailers": lambda: answered(
        CHUNKED + b"0019;a=b\r\n" + BODY + b"\r\n0;z\r\nX-Sum: 1\r\n\r\n", BODY
    ),
    "chunks with bare LF": lambda: answered(CHUNKED + b"19\n" + BODY + b"\n0\n\n", BODY),
    "chunks without the last empty line": lambda: answered(CHUNKED + b"19\r\n" + BODY + b"\r\n0\r\n", BODY),
    "chunked and gzipped": lambda: answered(
        CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
        + b"%x\r\n%s\r\n0\r\n\r\n" % (len(gz(BODY)), gz(BODY)),
        gz(BODY),
    ),
    "no framing at all": lambda: answered(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + BODY, BODY),
    "HTTP/1.0 without a reason": lambda: answered(b"HTTP/1.0 200\r\n\r\n" + BODY, BODY),
    "an HTTP/2 status line": lambda: answered(b"HTTP/2 200\r\ncontent-length: 25\r\n\r\n" + BODY, BODY),
    "an interim response": lambda: answered(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + RESPONSE, BODY),
    "LF only, on the wire": lambda: answered(RESPONSE.replace(b"\r\n", b"\n"), BODY),
    "a folded HTTP header": lambda: answered(
        b"HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length:\r\n 25\r\n\r\n" + BODY, BODY
    ),
    "two equal Content-Lengths": lambda: answered(
        b"HTTP/1.1 200 OK\r\nContent-Length: 25\r\nContent-Length: 25\r\n\r\n" + BODY, BODY
    ),
    "a HEAD": lambda: answered(HEAD, b"", b"HEAD /page HTTP/1.1\r\nHost: example.org\r\n\r\n"),
    "a HEAD that comes first": lambda: members(
        [
            warcinfo(),
            response(block=HEAD, payload=b""),
            request(block=b"HEAD /page HTTP/1.1\r\nHost: example.org\r\n\r\n"),
        ]
    ),
    "a HEAD with chunked": lambda: answered(CHUNKED, b"", b"HEAD /page HTTP/1.1\r\nHost: example.org\r\n\r\n"),
    "a 304 with a length": lambda: answered(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 25\r\n\r\n", b""),
    "a 204": lambda: answered(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", b""),
    "a 206 of a gzipped page": lambda: answered(
        b"HTTP/1.1 206 Partial Content\r\nContent-Encoding: gzip\r\n"
        b"Content-Range: bytes 5-9/99\r\nContent-Length: 5\r\n\r\nabcde",
        b"abcde",
    ),
    "a POST": lambda: answered(RESPONSE, BODY, b"POST /page HTTP/1.1\r\nContent-Length: 3\r\n\r\na=b"),
    "gzip": lambda: coded("gzip", gz(BODY)),
    "x-gzip": lambda: coded("x-gzip", gz(BODY)),
    "br": lambda: coded("br", brotli.compress(BODY)),
    "zstd": lambda: coded("zstd", zstandard.ZstdCompressor().compress(BODY)),
    "deflate": lambda: coded("deflate", zlib.compress(BODY)),
    "raw deflate": lambda: coded("deflate", RAW_DEFLATE),
    "an unknown coding": lambda: coded("aws-chunked", BODY),
    "an empty body under gzip": lambda: coded("gzip", b""),
    "gzip in several members": lambda: coded("gzip", gz(BODY) + gz(b"") + gz(BODY)),
    "a gzip body with a file name": lambda: coded(
        "gzip", gzip.compress(BODY)[:3] + b"\x08" + gzip.compress(BODY)[4:10] + b"page\0" + gzip.compress(BODY)[10:]
    ),
    "zstd in two frames, with a skippable one": lambda: coded(
        "zstd", zstandard.compress(BODY) + b"\x50\x2a\x4d\x18\x03\0\0\0abc" + zstandard.compress(BODY)
    ),
    "a gzip body of more than is decoded": lambda: coded("gzip", gzip.compress(bytes(70 << 20), 1)),
    "two content codings": lambda: coded("gzip, br", brotli.compress(gz(BODY))),
    "gzip and an unknown coding": lambda: coded("gzip, own", b"own" + gz(BODY)[:9]),
    "gzip as a transfer coding too": lambda: answered(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nTransfer-Encoding: gzip\r\n\r\n" + gz(brotli.compress(BODY)),
        gz(brotli.compress(BODY)),
    ),
    "a HEAD of a gzipped page": lambda: answered(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 45\r\n\r\n",
        b"",
        b"HEAD /page HTTP/1.1\r\nHost: example.org\r\n\r\n",
    ),
    "a 304 of a gzipped page": lambda: answered(b"HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\n\r\n", b""),
    "gzip, cut": lambda: truncated(
        "time", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gz(BODY)[:-9], gz(BODY)[:-9]
    ),
    "br in chunks, cut": lambda: truncated(
        "disconnect",
        CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: br\r\n\r\n") + b"19\r\n" + brotli.compress(BODY)[:9],
        brotli.compress(BODY)[:9],
    ),
    "cut by length": lambda: truncated("length", RESPONSE[:-5], BODY[:-5]),
    "cut chunks": lambda: truncated("disconnect", CHUNKED + b"19\r\n" + BODY[:9], BODY[:9]),
    "cut in the trailers": lambda: truncated("disconnect", CHUNKED + b"19\r\n" + BODY + b"\r\n0\r\nDigest: x", BODY),
    "cut, another coding": lambda: truncated(
        "time", b"HTTP/1.1 200 OK\r\nContent-Length: 25\r\nTransfer-Encoding: gzip\r\n\r\n" + BODY, BODY
    ),
    "cut, without framing": lambda: truncated("time", b"HTTP/1.1 200 OK\r\n\r\n" + BODY, BODY),
    "cut in the head": lambda: truncated("disconnect", b"HTTP/1.1 200 OK\r\nServer", b""),
    "cut before the first byte": lambda: truncated("disconnect", b"", b""),
    "a long head, cut by Heritrix": lambda: truncated("long-headers", b"HTTP/1.1 200 OK\r\nA: b\r\nServer", b""),
    "a long head, cut before a whole body": lambda: truncated("long-headers", RESPONSE, BODY),
    "cut by Common Crawl": lambda: truncated(
        "length", b"HTTP/1.1 200 OK\r\nContent-Length: 25\r\nX-Crawl-Content-Length: 9999\r\n\r\n" + BODY, BODY
    ),
    "a revisit, 1.1": lambda: revisit(PROFILE_11 + "identical-payload-digest", *REFERS),
    "a revisit, 1.0": lambda: revisit(PROFILE_10 + "identical-payload-digest", REFERS[0], REFERS[3]),
    "a revisit, agnostic of the URI": lambda: revisit(
        PROFILE_10 + "uri-agnostic-identical-payload-digest", *REFERS[1:]
    ),
    "a revisit without any block": lambda: revisit(PROFILE_11 + "identical-payload-digest", *REFERS, head=b""),
    "a revisit by digest alone": lambda: revisit(PROFILE_10 + "identical-payload-digest", REFERS[3]),
    "a revisit in another file": lambda: members(
        [
            warcinfo(),
            text(
                fields(
                    "revisit",
                    4,
                    HEAD,
                    ("WARC-Profile", PROFILE_11 + "identical-payload-digest"),
                    *REFERS,
                    payload=BODY,
                    date=LATER,
                ),
                HEAD,
            ),
        ]
    ),
    "server-not-modified": lambda: revisit(
        PROFILE_11 + "server-not-modified",
        *REFERS[:3],
        head=b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n",
        payload=None,
    ),
    "server-not-modified with a digest": lambda: revisit(
        PROFILE_10 + "server-not-modified", REFERS[0], head=b"HTTP/1.1 304 Not Modified\r\n\r\n"
    ),
    "a resource with a payload digest": lambda: members(
        [warcinfo(), text(fields("resource", 2, b"abc", payload=b"abc"), b"abc")]
    ),
    "a dns response": lambda: members(
        [
            warcinfo(),
            text(
                changed(
                    fields(
                        "response",
                        2,
                        b"20261120100000\nexample.org. 60 IN A 1.2.3.4\n",
                        ("WARC-Target-URI", "dns:example.org"),
                        payload=b"20261120100000\nexample.org. 60 IN A 1.2.3.4\n",
                    ),
                    "Content-Type",
                    "text/dns",
                ),
                b"20261120100000\nexample.org. 60 IN A 1.2.3.4\n",
            ),
        ]
    ),
    "a conversion": lambda: members(
        [*pair(), text(fields("conversion", 7, b"text", ("WARC-Refers-To", uid(3))), b"text")]
    ),
    "metadata without a URI": lambda: members(
        [warcinfo(), text(fields("metadata", 7, b"a: b\r\n", ("WARC-Refers-To", uid(1))), b"a: b\r\n")]
    ),
    "brackets around the URI in 1.0": lambda: members(
        old([record.replace(URI.encode(), b"<" + URI.encode() + b">", 1) for record in pair()])
    ),
    "brackets around the URI of the request alone, as wget 1.18 writes it": lambda: members(
        old(
            [
                record.replace(URI.encode(), b"<" + URI.encode() + b">", 1) if at == 1 else record
                for at, record in enumerate(pair())
            ]
        )
    ),
    "a URI as browsers write it": lambda: members(
        [
            warcinfo(),
            text(fields("resource", 2, b"x", ("WARC-Target-URI", "http://example.org/a|b?{c}=%zz&d=[e]")), b"x"),
        ]
    ),
    "urn and other schemes": lambda: members(
        [
            warcinfo(),
            *(
                text(fields("resource", 30 + at, b"x", ("WARC-Target-URI", uri)), b"x")
                for at, uri in enumerate(
                    [
                        "urn:pageinfo:http://x/",
                        "metadata://gnu.org/x",
                        "file:///a",
                        "mailto:a@b",
                        "http://[::1]:80/",
                        "https://user:pw@example.org:8443/#f",
                    ]
                )
            ),
        ]
    ),
    "an IPv6 address": lambda: with_response(changed(response_fields(), "WARC-IP-Address", "2001:db8::1")),
    "a warcinfo elsewhere": lambda: members(
        [text([*response_fields(concurrent=66), ("WARC-Warcinfo-ID", uid(77))], RESPONSE)]
    ),
    "wget's two records of one id": lambda: members(
        [
            warcinfo(),
            *(
                text(
                    fields("resource", 40, b"x", ("WARC-Target-URI", f"metadata://gnu.org/software/wget/warc/{name}")),
                    b"x",
                )
                for name in ("MANIFEST.txt", "wget_arguments.txt")
            ),
        ]
    ),
    "segments": segmented,
    "an extension field twice": lambda: with_response([*response_fields(), ("X-Own", "1"), ("X-Own", "2")]),
    "ARC": lambda: arc(RESPONSE, b"HTTP/1.0 404 No\r\n\r\nno"),
    "ARC, gzip": lambda: b"".join(gz(record) for record in (arc(), arc(RESPONSE)[len(arc()) :])),
    "zstd frames": lambda: b"".join(
        zstandard.ZstdCompressor(write_checksum=True).compress(record) for record in pair()
    ),
    "a record in two zstd frames": lambda: b"".join(
        zstandard.ZstdCompressor(write_checksum=True).compress(part)
        for record in pair()
        for part in (record[:200], record[200:])
    ),
    "a skippable zstd frame": lambda: b"".join(
        zstandard.ZstdCompressor(write_checksum=True).compress(record) + b"\x50\x2a\x4d\x18\x03\0\0\0abc"
        for record in pair()
    ),
}


EXTRACTS = ("a revisit in another file", "a warcinfo elsewhere")


@pytest.mark.parametrize("name", CONTROLS)
def test_valid_files_have_no_error(name: str, tmp_path: Path) -> None:
    data = CONTROLS[name]()
    ending = {b"\x1f\x8b": ".warc.gz", b"\x28\xb5": ".warc.zst", b"fi": ".arc"}.get(data[:2], ".warc")
    path = tmp_path / f"x{ending}"
    path.write_bytes(data)
    found = findings(path)
    assert not errors(found), [finding.as_json() for finding in found]


@pytest.mark.parametrize("name", CONTROLS)
def test_valid_records_have_no_error_after_many_of_a_crawl(name: str, tmp_path: Path) -> None:
    data = CONTROLS[name]()
    if data[:2] != b"\x1f\x8b" or name in ("ARC, gzip", *EXTRACTS):
        pytest.skip("not gzip, or an extract: beside whole pairs its links to other files would be wrong")
    numbers = range(1000, 1024, 2)
    pairs = [record for number in numbers for record in (request(number, number + 1), response(number + 1, number))]
    path = tmp_path / "x.warc.gz"
    path.write_bytes(members([warcinfo("x.warc.gz", 999), *pairs]) + data)
    found = findings(path)
    assert not errors(found), [finding.as_json() for finding in found]


@pytest.mark.parametrize("name", ["x.warc.gz", "x.warc.zst"])
def test_a_plain_file_is_read_whatever_its_name_says(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"".join(pair()))
    assert not errors(findings(tmp_path / name))
    assert summary(tmp_path / name).records == 3


def test_sound_files_of_two_runs_side_by_side_have_no_error(tmp_path: Path) -> None:
    for name in ("a.warc.gz", "b.warc.gz"):
        (tmp_path / name).write_bytes(members(pair()))
    assert not errors(findings(tmp_path))


def test_a_clean_file_has_no_finding_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(members([warcinfo("x.warc.gz"), *pair()[1:]]))
    assert findings(path) == []
