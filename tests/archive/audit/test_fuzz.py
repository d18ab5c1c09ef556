"""Random and edited bytes: the audit neither crashes nor hangs, ends with a summary, and its findings are JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wacztext import HEADER, WARC, build, described, line, page, parts, resources, zipnum
from warctext import (
    BODY,
    NOW,
    RESPONSE,
    gz,
    members,
    pair,
    request,
    response_fields,
    text,
    warcinfo,
)

from archive import audit_paths
from archive.audit.findings import Finding, Summary

QUICK = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LONG = settings(max_examples=4000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

NAMES = [name for name, _ in response_fields()] + [
    "WARC-Refers-To",
    "WARC-Profile",
    "WARC-Truncated",
    "WARC-Segment-Number",
    "",
]
values = st.one_of(
    st.text(max_size=40), st.sampled_from([value for _, value in response_fields()]), st.integers().map(str)
)
headers = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=14)
chunks = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from([b"0\r\n", b"\r\n", b"5\r\nabcde\r\n", b"ffffffffffffffff\r\n", b";", b"\n"]),
    ),
    max_size=8,
)
seeds = [members(pair()), b"".join(pair()), gz(b"".join(pair())), members(pair()) + bytes(40)]
edits = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from(["flip", "cut", "insert", "double"]), st.binary(max_size=12)),
    min_size=1,
    max_size=4,
)


def sound(path: Path, data: bytes) -> Summary:
    path.write_bytes(data)
    *found, last = [item for item in audit_paths([path], clock=lambda: NOW) if isinstance(item, (Finding, Summary))]
    assert isinstance(last, Summary)
    for finding in found:
        assert isinstance(finding, Finding)
        document = json.loads(finding.as_json())
        assert 1 <= document["check"] <= 35
        assert document["offset"] is None or 0 <= document["offset"] <= len(data)
        assert finding.caused_by is None or finding.severity != "error"
    return last


def edited(data: bytes, changes: list[tuple[float, str, bytes]]) -> bytes:
    for place, kind, piece in changes:
        at = int(place * len(data))
        if kind == "flip":
            data = data[:at] + bytes(byte ^ 0x55 for byte in data[at : at + len(piece)]) + data[at + len(piece) :]
        elif kind == "cut":
            data = data[:at] + data[at + 7 * len(piece) :]
        elif kind == "insert":
            data = data[:at] + piece + data[at:]
        else:
            data = data[:at] + data[max(0, at - 99) :]
    return data


def header_case(path: Path, some: list[tuple[str, str]], version: str) -> None:
    record = text([(name, value.encode("utf-8", "replace").decode()) for name, value in some], RESPONSE, version)
    assert sound(path, members([warcinfo(), record, request()])).records >= 1
    sound(path.with_suffix(".warc"), warcinfo() + record + request())


def chunk_case(path: Path, body: list[bytes], coding: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: {coding}\r\n\r\n".encode()
    assert sound(path, members(pair(head + b"".join(body), BODY))).records == 3


def bytes_case(path: Path, seed: bytes, changes: list[tuple[float, str, bytes]]) -> None:
    sound(path, edited(seed, changes))
    sound(path.with_suffix(".warc"), edited(seed, changes))


odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["\ud800", "sha256:", WARC]),
)
keys = st.sampled_from(
    ["resources", "path", "hash", "bytes", "stats", "profile", "url", "ts", "offset", "filename", "x"]
)


def package_case(path: Path, value: object, changes: list[tuple[float, str, bytes]]) -> None:
    """Audit a package with this value for each JSON value; then with changes in the bytes of the zip."""
    odd_line = line(0, offset=value) + line(1, url=value, filename=value, status=value, id=value)
    some = {
        **parts(odd_line, HEADER + page(value, value) + json.dumps(value).encode()),
        **zipnum(odd_line, offset=value),
    }
    listed = [value, {"path": WARC, "hash": value, "bytes": value}, {"path": value}, *resources(some)]
    for document in (value, {"profile": value, "resources": value}, {"resources": listed, "created": value}):
        sound(path, build(path, described(some, document, hash=value, signedData=value)).read_bytes())
    sound(path, edited(path.read_bytes(), changes))


CODINGS = st.sampled_from(["", "gzip", "br", "zstd", "deflate", "gzip, br", "odd"])
VERSIONS = st.sampled_from(["WARC/1.0", "WARC/1.1", "WARC/0.18", "WARC/9", "", "HTTP/1.1 200 OK"])


@QUICK
@given(headers, VERSIONS)
def test_random_headers(tmp_path: Path, some: list[tuple[str, str]], version: str) -> None:
    header_case(tmp_path / "x.warc.gz", some, version)


@QUICK
@given(chunks, CODINGS)
def test_random_chunks(tmp_path: Path, body: list[bytes], coding: str) -> None:
    chunk_case(tmp_path / "x.warc.gz", body, coding)


@QUICK
@given(st.sampled_from(seeds), edits)
def test_edited_bytes(tmp_path: Path, seed: bytes, changes: list[tuple[float, str, bytes]]) -> None:
    bytes_case(tmp_path / "x.warc.gz", seed, changes)


@QUICK
@given(st.binary(max_size=400))
def test_random_bytes(tmp_path: Path, noise: bytes) -> None:
    for name in ("x.warc.gz", "x.warc", "x.arc", "x.warc.zst"):
        sound(tmp_path / name, noise)


@QUICK
@given(st.recursive(odd, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=3)), edits)
def test_random_values_in_packages(tmp_path: Path, value: object, changes: list[tuple[float, str, bytes]]) -> None:
    package_case(tmp_path / "x.wacz", value, changes)


@pytest.mark.torture
@LONG
@given(headers, VERSIONS, chunks, CODINGS, st.sampled_from(seeds), edits)
def test_many_random_files(
    tmp_path: Path,
    some: list[tuple[str, str]],
    version: str,
    body: list[bytes],
    coding: str,
    seed: bytes,
    changes: list[tuple[float, str, bytes]],
) -> None:
    header_case(tmp_path / "x.warc.gz", some, version)
    chunk_case(tmp_path / "x.warc.gz", body, coding)
    bytes_case(tmp_path / "x.warc.gz", seed, changes)


def test_the_first_seed_is_a_sound_file(tmp_path: Path) -> None:
    assert sound(tmp_path / "x.warc.gz", seeds[0]).records == 3
