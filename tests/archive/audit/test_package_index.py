"""The index of a WACZ package against its files, and the blocks of a compressed index: one defect, one error (29)."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from wacztext import (
    HEADER,
    IDX,
    INDEX,
    OTHER,
    PAGES,
    WARC,
    Parts,
    build,
    describe,
    line,
    page,
    parts,
    records,
    without,
    zipnum,
)
from warctext import (
    BODY,
    RESPONSE,
    URI,
    errors,
    fields,
    findings,
    gz,
    label,
    members,
    no_error,
    one_error,
    pair,
    text,
    uid,
)

SECOND = line(1)
BLOCKS = (line(0), line(1))
"""The index in two blocks."""


def index(content: bytes) -> Parts:
    return describe(parts(content))


def packed(content: bytes) -> Parts:
    """A package with these bytes as index.cdx.gz."""
    return describe({**parts(), INDEX: content})


def blocks(*changed: bytes, **changes: object) -> Parts:
    return describe({**parts(), **zipnum(*(changed or BLOCKS), **changes)})  # type: ignore[arg-type]


def entries(change: bytes, to: bytes) -> Parts:
    made = zipnum(*BLOCKS)
    assert change in made[IDX]
    return describe({**parts(), **made, IDX: made[IDX].replace(change, to)})


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


THIRD = text(fields("resource", 9, BODY, payload=BODY), BODY)
TWO_FILES = {**parts(), "archive/b.warc.gz": gz(THIRD)}
BROKEN: dict[str, Parts] = {
    "another offset": index(line(offset="3") + SECOND),
    "the offset of another capture": index(line(offset=json.loads(SECOND.split(b" ", 2)[2])["offset"]) + SECOND),
    "the offset of the request": index(line(offset=str(len(gz(records()[0])))) + SECOND),
    "an offset that no file has": index(line(offset=1 << 70) + SECOND),
    "an offset below zero": index(line(offset=-1) + SECOND),
    "an endless offset": index(line(offset=float("inf")) + SECOND),
    "another file": index(line(filename="b.warc.gz") + SECOND),
    "another file in every line": index(line(filename="b.warc.gz") + line(1, filename="b.warc.gz")),
    "another length": index(line(length="7") + SECOND),
    "another URL": index(line(url="http://example.org/other") + SECOND),
    "another host's key": index(SECOND + line(key="org,example2)/page")),
    "another time": index(line(stamp="20261120100001") + SECOND),
    "another digest": index(line(digest="sha1:" + "0" * 40) + SECOND),
    "another status": index(line(status="404") + SECOND),
    "another status, as a number": index(line(status=301) + SECOND),
    "another media type": index(line(mime="image/png") + SECOND),
    "a response listed as a revisit": index(line(mime="warc/revisit") + SECOND),
    "a line is missing": index(SECOND),
    "a line is there twice": index(line() + line() + SECOND),
    "the lines are not sorted": index(SECOND + line()),
    "a line that is not CDXJ": index(line().replace(b"{", b"<") + SECOND),
    "a line without its URL": index(line(url=None) + SECOND),
    "half a surrogate": index(line(url="http://example.org/\ud800") + SECOND),
    "no line": index(b'!meta 0 {"format": "cdxj"}\n'),
    "nothing": packed(b""),
    "no gzip": packed(line() + SECOND),
    "cut": packed(gzip.compress(line() + SECOND, mtime=0)[:-20]),
    "damaged": packed(gzip.compress(line(), mtime=0) + gzip.compress(SECOND, mtime=0)[:-8] + b"\0" * 8),
    "a flipped bit": packed(flipped(gzip.compress(line() + SECOND, mtime=0), 40)),
    "no block at all": describe({**parts(), **zipnum(*BLOCKS), INDEX: b""}),
    "of another file than the second": describe({**TWO_FILES, INDEX: gzip.compress(line() + SECOND, mtime=0)}),
    "a block at another place": blocks(offset=7),
    "a block that is too long": blocks(length=10_000),
    "a block with another length": blocks(length=20),
    "a block with another digest": blocks(digest="sha256:" + "0" * 64),
    "a block with another first line": blocks(prefix=b"org,example)/none 20261120100000"),
    "a block without a place": blocks(offset=None),
    "blocks of another file": entries(b"index.cdx.gz", b"other.cdx.gz"),
    "a block is in no entry": describe({**parts(), **zipnum(*BLOCKS), IDX: zipnum(BLOCKS[0])[IDX]}),
    "an entry is missing": describe(
        {**parts(), **zipnum(*BLOCKS), IDX: b"".join(zipnum(*BLOCKS)[IDX].splitlines(True)[::2])}
    ),
    "entries in another order": describe(
        {**parts(), **zipnum(*BLOCKS), IDX: b"".join(zipnum(*BLOCKS)[IDX].splitlines(True)[::-1])}
    ),
    "an entry that is not JSON": entries(b' {"offset": 0', b" offset: 0"),
    "a line in a block is edited": blocks(line(offset="3"), SECOND),
}


@pytest.mark.parametrize("name", BROKEN)
def test_one_defect_is_one_error(name: str, tmp_path: Path) -> None:
    one_error(build(tmp_path / "a.wacz", BROKEN[name]), 29)


@pytest.mark.parametrize("name", ["another offset", "cut", "no line", "an entry is missing", "another status"])
def test_a_hash_that_differs_because_of_it_is_no_second_error(name: str, tmp_path: Path) -> None:
    some = {**describe({**parts(), **zipnum(*BLOCKS)})}
    some |= {member: data for member, data in BROKEN[name].items() if member in (INDEX, IDX)}
    if name != "an entry is missing":
        some = {**describe(parts()), INDEX: BROKEN[name][INDEX]}
    one_error(build(tmp_path / "a.wacz", some), 29)


REVISIT = text(
    fields(
        "revisit",
        20,
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        ("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"),
        ("WARC-Truncated", "length"),
        ("WARC-Refers-To", uid(3)),
        payload=BODY,
        date="2026-11-21T10:00:00Z",
    ),
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
)
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n\r\n"
UNCHANGED = text(fields("response", 30, NOT_MODIFIED, payload=b"", date="2026-11-21T10:00:00Z"), NOT_MODIFIED)
POSTED = URI + "?__wb_method=POST&a=1"
VALID: dict[str, Parts] = {
    "blocks": blocks(),
    "one block": blocks(line() + SECOND),
    "plain": describe({**without(parts(), INDEX), "indexes/index.cdxj": line() + SECOND}),
    "plain, as .cdx": describe({**without(parts(), INDEX), "indexes/index.cdx": line() + SECOND}),
    "two indexes": describe({**parts(line()), "indexes/b.cdxj": SECOND}),
    "several files": describe(
        {
            **TWO_FILES,
            INDEX: gzip.compress(
                line() + line(mime="text/plain", status=None, offset=0, filename="b.warc.gz", length=None) + SECOND
            ),
        }
    ),
    "thousandths of a second": index(line(stamp="20261120100000000") + SECOND),
    "numbers": index(line(status=200, offset=int(json.loads(line().split(b" ", 2)[2])["offset"])) + SECOND),
    "only what is needed": index(line(mime=None, status=None, digest=None, length=None) + SECOND),
    "unknown": index(line(mime="-", status="-", digest="-") + SECOND),
    "an unknown type": index(line(mime="unk") + SECOND),
    "another spelling of the type": index(line(mime="Text/HTML") + SECOND),
    "a posted body in the URL": index(line(url=POSTED, key="org,example)/page?__wb_method=post&a=1") + SECOND),
    "another way to write a path": index(line(key="org,example)/PAGE/") + SECOND),
    "a key with www": index(line() + line(1, key="org,example,www)/second")),
    "a key that is no SURT": index(line(key="example.org/page") + line(1, key="example.org/second")),
    "a revisit with the original's status": describe(
        {
            **parts(warc=members([*records(), REVISIT])),
            INDEX: gzip.compress(
                line()
                + line(
                    stamp="20261121100000", mime="warc/revisit", status="-", offset=len(members(records())), length=None
                )
                + SECOND
            ),
        }
    ),
    "a 304 that is in no line": describe(
        {**parts(warc=members([*records(), UNCHANGED])), INDEX: gzip.compress(line() + SECOND)}
    ),
    "no captures": describe({WARC: gz(pair()[0]), INDEX: gzip.compress(b""), PAGES: HEADER}),
}


@pytest.mark.parametrize("name", VALID)
def test_a_valid_index_has_no_error(name: str, tmp_path: Path) -> None:
    no_error(build(tmp_path / "a.wacz", VALID[name]))


def test_readers_do_not_find_a_compressed_index_without_an_idx(tmp_path: Path) -> None:
    plain = describe({**without(parts(), INDEX), "indexes/index.cdxj": line() + SECOND})
    for some, severities in ((describe(parts()), ["warning"]), (blocks(), []), (plain, [])):
        found = [one for one in no_error(build(tmp_path / "a.wacz", some)) if one.check == 29]
        assert [one.severity for one in found] == severities


def test_a_record_missing_from_the_index_is_noticed_beside_another_defect(tmp_path: Path) -> None:
    """A line that leads nowhere explains why the record that it means has no line, and no other record."""
    path = build(tmp_path / "a.wacz", index(line(offset="3")))
    assert [(one.check, one.url) for one in errors(findings(path))] == [(29, None), (29, OTHER)]


def test_a_file_missing_from_one_package_explains_nothing_in_another(tmp_path: Path) -> None:
    build(tmp_path / "a.wacz", without(describe(parts()), WARC))
    build(tmp_path / "b.wacz", index(line(length="7") + SECOND))
    found = errors(findings(tmp_path / "a.wacz", tmp_path / "b.wacz"))
    assert sorted(one.check for one in found) == [29, 30]


def test_a_loose_index_is_compared_with_loose_files(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(members(records()))
    (tmp_path / "a.cdxj").write_bytes(line() + SECOND)
    paths = (tmp_path / "a.warc.gz", tmp_path / "a.cdxj")
    assert errors(findings(*paths)) == []
    (tmp_path / "a.cdxj").write_bytes(line(url="http://example.org/other") + SECOND)
    assert [finding.check for finding in errors(findings(*paths))] == [29]


def test_an_index_may_place_arc_records_otherwise(tmp_path: Path) -> None:
    """cdxj-indexer counts neither the line feed after a record nor those before it as part of it."""
    info = b"1 0 test\nURL IP-address Archive-date Content-type Archive-length\n"
    first = b"filedesc://a.arc 0.0.0.0 20261120100000 text/plain %d\n%s\n" % (len(info), info)
    second = b"%s 127.0.0.1 20261120100000 text/html %d\n%s\n" % (URI.encode(), len(RESPONSE), RESPONSE)
    (tmp_path / "a.arc").write_bytes(first + second)
    paths = (tmp_path / "a.arc", tmp_path / "a.cdxj")
    for offset, length, warned in ((0, 0, False), (0, -1, True), (-1, 0, True)):
        place: dict[str, Any] = {"offset": len(first) + offset, "length": len(second) + length, "filename": "a.arc"}
        (tmp_path / "a.cdxj").write_bytes(line(digest=None, **place))
        found = findings(*paths)
        assert errors(found) == []
        assert ("warning" in {one.severity for one in found}) == warned


def test_the_media_type_of_two_fields_is_not_guessed(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Type: text/plain\r\nContent-Length: 25\r\n\r\n"
    made = pair(head + BODY)
    start = len(gz(made[0])) + len(gz(made[1]))
    place = line(mime="text/plain", offset=start, length=None)
    no_error(
        build(tmp_path / "a.wacz", describe({WARC: members(made), INDEX: gzip.compress(place), PAGES: HEADER + page()}))
    )


def test_status_and_type_are_taken_from_records_of_a_usual_kind_too(tmp_path: Path) -> None:
    """Sixty captures: most go the short way."""
    made = [pair()[0]]
    wanted = []
    for number in range(60):
        url = f"http://example.org/{number:02}"
        wanted.append((url, len(members(made))))
        one = text(
            fields(
                "response",
                100 + number,
                pair()[2].partition(b"\r\n\r\n")[2][:-4],
                ("WARC-Target-URI", url),
                payload=BODY,
            ),
            pair()[2].partition(b"\r\n\r\n")[2][:-4],
        )
        made.append(one)
    for status, count in (("200", 0), ("404", 60)):
        rows = [
            line(
                key=url.replace("http://example.org", "org,example)"),
                url=url,
                offset=offset,
                length=None,
                status=status,
            )
            for url, offset in wanted
        ]
        some = {WARC: members(made), INDEX: gzip.compress(b"".join(rows)), PAGES: HEADER}
        found = [one for one in errors(findings(build(tmp_path / "a.wacz", describe(some)))) if one.check == 29]
        assert len(found) == (21 if count else 0), [one.as_json() for one in found]
        assert label(BODY)
