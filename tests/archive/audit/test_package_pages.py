"""The lists of pages of a WACZ package: one defect, one error of check 30."""

from __future__ import annotations

from pathlib import Path

import pytest
from wacztext import HEADER, PAGES, Parts, build, describe, draft, line, page, parts, records
from warctext import BODY, DATE, URI, fields, findings, members, no_error, one_error, pair, text


def pages(content: bytes) -> Parts:
    return describe(parts(pages=content))


BROKEN: dict[str, Parts] = {
    "a page that is not there": pages(HEADER + page("http://example.org/none") + page()),
    "no header, and a page that is not there": pages(page("http://example.org/none")),
    "no JSON": pages(b"<html>\n<p>\n</html>\n"),
    "a JSON array": pages(b"[" + page().strip() + b"]\n"),
    "a JSON array of several lines": pages(b"[\n" + page().strip() + b"\n]\n"),
    "a line that is no JSON": pages(HEADER + page() + b"page\n"),
    "a line that is a list": pages(HEADER + page() + b"[]\n"),
    "nested without end": pages(HEADER + page() + b"[" * 100_000 + b"\n"),
    "a page without a URL": pages(HEADER + page(None)),
    "a URL that is a number": pages(HEADER + page(7)),
    "a URL that is a list": pages(HEADER + page([URI])),
    "no time": pages(HEADER + page(ts=None)),
    "a time that is a number": pages(HEADER + page(ts=1795168800000)),
    "a time without a zone": pages(HEADER + page(ts=DATE.rstrip("Z"))),
    "a date alone": pages(HEADER + page(ts=DATE[:10])),
    "fourteen digits": pages(HEADER + page(ts="20261120100000")),
    "a day that does not exist": pages(HEADER + page(ts="2026-02-30T10:00:00Z")),
    "words": pages(HEADER + page(ts="yesterday")),
    "no UTF-8": pages(HEADER + page().replace(b"Page", b"\xff")),
    "further pages without a time": describe({**parts(), "pages/extraPages.jsonl": HEADER + page(ts=None)}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_one_defect_is_one_error(name: str, tmp_path: Path) -> None:
    one_error(build(tmp_path / "a.wacz", BROKEN[name]), 30)


@pytest.mark.parametrize("name", ["a page that is not there", "a JSON array", "no time"])
def test_a_hash_that_differs_because_of_it_is_no_second_error(name: str, tmp_path: Path) -> None:
    one_error(build(tmp_path / "a.wacz", {**describe(parts()), PAGES: BROKEN[name][PAGES]}), 30)


VALID: dict[str, bytes] = {
    "no header": page(),
    "no page": HEADER,
    "nothing": b"",
    "empty lines": HEADER + b"\n" + page() + b"\n",
    "CRLF": HEADER.replace(b"\n", b"\r\n") + page().replace(b"\n", b"\r\n"),
    "no line feed at the end": HEADER + page().rstrip(),
    "a fragment": HEADER + page(URI + "#part"),
    "another spelling": HEADER + page("HTTP://www.example.org/page/"),
    "further fields": HEADER + page(text="Hello", size=25, id="1", seed=True),
    "a fraction of a second": HEADER + page(ts="2026-11-20T10:00:00.123Z"),
    "another zone": HEADER + page(ts="2026-11-20T18:00:00+08:00"),
    "small letters": HEADER + page(ts="2026-11-20t10:00:00z"),
    "a page that the crawler could not load": HEADER + page("http://example.org/none", loadState=0),
}


@pytest.mark.parametrize("name", VALID)
def test_a_valid_list_has_no_finding(name: str, tmp_path: Path) -> None:
    found = no_error(build(tmp_path / "a.wacz", pages(VALID[name])))
    assert [one.message for one in found if one.severity == "warning" and one.check == 30] == []


def test_a_time_of_no_capture_is_a_warning(tmp_path: Path) -> None:
    found = no_error(build(tmp_path / "a.wacz", pages(HEADER + page(ts="2026-11-20T10:00:09Z"))))
    assert [one.message for one in found if one.severity == "warning" and one.check == 30] == [
        f"line 2: no capture of {URI} is of 2026-11-20T10:00:09Z"
    ]


def test_before_1_0_pages_needed_no_time(tmp_path: Path) -> None:
    found = no_error(build(tmp_path / "a.wacz", draft(parts(pages=HEADER + page(ts=None)))))
    assert [one.severity for one in found if "has no time" in one.message] == ["warning"]


def test_a_page_of_a_damaged_file_is_no_second_error(tmp_path: Path) -> None:
    warc = bytearray(members(records()))
    warc[-6] ^= 1
    path = build(
        tmp_path / "a.wacz", pages(HEADER + page("http://example.org/second")) | {"archive/a.warc.gz": bytes(warc)}
    )
    one_error(path, 1)


def test_a_page_stored_as_a_resource_is_there(tmp_path: Path) -> None:
    resource = text(fields("resource", 9, BODY, payload=BODY), BODY)
    warc = members([pair()[0], resource])
    start = len(members([pair()[0]]))
    index = line(mime="text/plain", status=None, offset=start, length=None)
    no_error(build(tmp_path / "a.wacz", describe(parts(index, HEADER + page(), warc))))


def test_D12_a_list_of_many_pages_without_a_capture_is_not_read_to_its_end(tmp_path: Path) -> None:
    content = HEADER + page("http://example.org/none") * 10_005 + b"no JSON"
    found = [one.message for one in findings(build(tmp_path / "a.wacz", pages(content))) if one.check == 30]
    assert "more than 10000 pages like these: what follows is not read" in found
    assert not any("is not a JSON object" in message for message in found)


@pytest.mark.parametrize("stored", ["2026", "2026-11", "2026-11-20", "2026-11-20T10:00Z", "2026-11-20T10:00:00.5Z"])
def test_a_time_agrees_with_a_date_as_exact_as_it_is(stored: str, tmp_path: Path) -> None:
    warc = members([record.replace(DATE.encode(), stored.encode()) for record in records()])
    built = build(tmp_path / "a.wacz", describe(parts(warc=warc, pages=HEADER + page(ts=DATE))))
    assert not [one.message for one in findings(built) if "no capture of" in one.message]
