"""The CDX server: which captures it lists, in which form, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from keeping import Kept, keep
from serving import Served, serving

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
A = "https://news.example/a"
COUNT = 1200
PAGE = b"<p>page</p>"


def at(hours: int) -> datetime:
    return NOON + timedelta(hours=hours)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("cdx")
    keep(
        folder,
        [
            Kept("http://news.example/a", b"", at=at(0), status="301 Moved", fields=f"Location: {A}\r\n"),
            Kept(A, PAGE, at=at(0)),
            Kept(A, b"<p>changed</p>", at=at(1)),
            Kept(A, b"<p>gone</p>", at=at(2), status="404 Not Found"),
            Kept(A, b"", at=at(3), status="304 Not Modified"),
            Kept(A, b"<p>changed</p>", at=at(4)),
            Kept("https://www.news.example/b.png", b"\x89PNG", "image/png", at=at(0)),
            Kept("https://pictures.news.example/c d?q=é&z", b"GIF8", "image/gif", at=at(0)),
            Kept("https://newsroom.example/", PAGE, at=at(0)),
            *(Kept(f"https://many.example/{number:04}", b"x", at=at(number)) for number in range(COUNT)),
        ],
    )
    with serving(folder) as started:
        yield started


def lines(running: Served, path: str = "/cdx", **asked: Any) -> list[str]:
    answer = running.get(f"{path}?{urlencode(asked, doseq=True)}")
    assert answer.status == 200, answer.text
    return answer.text.splitlines()


def stamps(running: Served, **asked: Any) -> list[str]:
    return lines(running, **{"url": A, "output": "text", "fl": "timestamp,status", **asked})


def refused(running: Served, path: str = "/cdx", **asked: Any) -> str:
    answer = running.get(f"{path}?{urlencode(asked, doseq=True)}")
    assert answer.status == 400 and answer.headers["content-type"] == "application/problem+json"
    said = json.loads(answer.body)
    assert said["status"] == 400 and "\n" not in said["detail"]
    return str(said["detail"])


def test_a_line_is_that_of_the_index(running: Served) -> None:
    [first, second, *_] = lines(running, url="news.example/a")
    key, stamp, fields = first.split(" ", 2)
    assert (key, stamp) == ("example,news)/a", "20260306120000")
    assert {"url", "mime", "status", "digest", "length", "offset", "filename"} < json.loads(fields).keys()
    assert {json.loads(one.split(" ", 2)[2])["url"] for one in (first, second)} == {A, "http://news.example/a"}


def test_a_304_has_no_page_and_no_line(running: Served) -> None:
    assert [line[-3:] for line in stamps(running)] == ["301", "200", "200", "404", "200"]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"from": "2026030613"}, 3),
        ({"from": "2026030613", "to": "2026030614"}, 2),
        ({"to": "2026"}, 5),
        ({"from": "2027"}, 0),
        ({"filter": "status:200"}, 3),
        ({"filter": "!status:200"}, 2),
        ({"filter": "=status:20"}, 0),
        ({"filter": "~status:[34].*"}, 2),
        ({"filter": ["statuscode:200", "mimetype:html"], "limit": "2"}, 2),
        ({"filter": "=mime:warc/revisit"}, 1),
        ({"collapseTime": "10"}, 4),
        ({"collapse": "timestamp:4"}, 1),
        ({"collapse": "digest"}, 5),
        ({"limit": "3"}, 3),
        ({"gzip": "false", "_": "17"}, 5),
    ],
)
def test_filters_and_limits(running: Served, asked: dict[str, Any], count: int) -> None:
    assert len(stamps(running, **asked)) == count


def test_order(running: Served) -> None:
    assert stamps(running, sort="reverse", limit=1) == ["20260306160000 200"]
    assert stamps(running, limit=-2) == ["20260306140000 404", "20260306160000 200"]
    near = [line[8:10] for line in stamps(running, sort="closest", closest="20260306133000")]
    assert near == ["13", "14", "12", "12", "16"]
    assert len(stamps(running, sort="closest", closest="")) == 5  # as pywb asks for all
    [nearest] = stamps(running, url="news.example/*", closest="202603061310", limit=1, filter="status:200")
    assert nearest == "20260306130000 200"


@pytest.mark.parametrize(
    ("url", "match", "hosts"),
    [
        ("https://news.example/", "host", {"news.example", "www.news.example"}),
        ("news.example", "domain", {"news.example", "www.news.example", "pictures.news.example"}),
        ("*.news.example", "", {"news.example", "www.news.example", "pictures.news.example"}),
        ("news.example/b*", "", {"www.news.example"}),
        ("http://news.example/b", "prefix", {"www.news.example"}),
        ("http://news.example/b", "exact", set()),
    ],
)
def test_scope(running: Served, url: str, match: str, hosts: set[str]) -> None:
    found = lines(running, url=url, matchType=match, output="json", fl="url")
    assert {json.loads(line)["url"].split("/")[2] for line in found} == hosts


def test_text_has_no_spaces_but_between_fields(running: Served) -> None:
    [line] = lines(running, url="*.pictures.news.example", output="text", fl="original,mimetype,robotflags")
    assert line == "https://pictures.news.example/c%20d?q=%C3%A9&z image/gif -"


def test_the_dialect_of_the_wayback_machine(running: Served) -> None:
    wayback = "/cdx/search/cdx"
    [first, *_] = lines(running, wayback, url=A)
    assert first.startswith("example,news)/a 20260306120000 http") and first.count(" ") == 6
    answer = running.get(f"{wayback}?{urlencode({'url': A, 'output': 'json', 'filter': 'statuscode:20.'})}")
    assert answer.headers["content-type"] == "application/json"
    [names, *rows] = json.loads(answer.body)
    assert names == ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
    assert [row[4] for row in rows] == ["200"] * 3
    assert lines(running, wayback, url=A, filter="statuscode:20") == []  # the whole field must match
    assert json.loads("".join(lines(running, wayback, url="nowhere.example", output="json"))) == [names]


def test_a_long_list_goes_on_at_its_resume_key(running: Served) -> None:
    found: list[str] = []
    asked: dict[str, Any] = {"url": "many.example", "matchType": "host", "limit": 500, "showResumeKey": "true"}
    for _ in range(4):
        *page, key = lines(running, output="text", fl="original", **asked)
        found += filter(None, page)
        if " " not in key:
            found.append(key)
            break
        asked["resumeKey"] = key
    assert found == [f"https://many.example/{number:04}" for number in range(COUNT)]
    rows = json.loads(
        "".join(lines(running, "/cdx/search/cdx", url="many.example/*", output="json", limit=2, showResumeKey="true"))
    )
    assert rows[-2] == [] and rows[-1] == ["example,many)/0001 20260306130000 1"]


def test_lines_of_one_second_are_not_lost_between_two_pages(running: Served) -> None:
    [first, _, key] = lines(running, url=A, limit=1, showResumeKey="true")
    [second, *_] = lines(running, url=A, limit=1, showResumeKey="true", resumeKey=key)
    assert [first, second] == lines(running, url=A, limit=2)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "url: missing"),
        ({"url": A, "page": "1"}, "'page': not known here"),
        ({"url": A, "matchType": "regex"}, "matchType='regex'"),
        ({"url": "", "matchType": "host"}, "url: missing"),
        ({"url": "/", "matchType": "domain"}, "the URL has no host"),
        ({"url": A, "from": "20-26"}, "write a timestamp"),
        ({"url": A, "closest": "20261399"}, "there is no such date"),
        ({"url": A, "limit": "0"}, "limit='0'"),
        ({"url": A, "limit": "1e9"}, "limit='1e9'"),
        ({"url": A, "sort": "up"}, "sort='up'"),
        ({"url": A, "filter": "~status:(("}, "no regular expression"),
        ({"url": A, "filter": "status"}, "FIELD:TEXT"),
        ({"url": A, "filter": "nothing:1"}, "no such field"),
        ({"url": A, "filter": "~url:" + "a" * 300}, "more than 200 characters"),
        ({"url": A, "fl": "password"}, "no such field"),
        ({"url": A, "collapse": "digest:x"}, "FIELD or FIELD:CHARACTERS"),
        ({"url": A, "output": "xml"}, "output='xml'"),
        ({"url": A, "resumeKey": "1"}, "write one that an answer ended with"),
        ({"url": A, "resumeKey": "a 20260101000000 1", "sort": "reverse"}, "only in the order of the index"),
    ],
)
def test_what_makes_no_sense_is_refused(running: Served, asked: dict[str, Any], said: str) -> None:
    assert said in refused(running, **asked)


def test_a_pattern_that_would_take_for_ever_is_refused(tmp_path: Path) -> None:
    keep(tmp_path, [Kept(f"https://news.example/{'a' * 2000}", PAGE, at=NOON)])
    with serving(tmp_path) as started:
        pattern = "~url:https://news.example/((a{1,1000}){1,1000}){1,1000}b"
        assert "takes too long" in refused(started, url="news.example", matchType="host", filter=pattern)


def test_a_missing_index_is_told(tmp_path: Path) -> None:
    keep(tmp_path, [Kept(A, PAGE, at=NOON)])
    for file in (tmp_path / "data/index").glob("*.cdxj"):
        file.unlink()
    with serving(tmp_path) as started:
        answer = started.get(f"/cdx?url={A}")
        assert answer.status == 404 and "python -m archive index" in json.loads(answer.body)["detail"]


def test_an_empty_archive_has_no_lines(tmp_path: Path) -> None:
    keep(tmp_path, [Kept(A, PAGE, at=NOON)])
    for file in [*(tmp_path / "data/index").glob("*.cdxj"), *(tmp_path / "data/warc").iterdir()]:
        file.unlink()
    with serving(tmp_path) as started:
        assert started.get(f"/cdx?url={A}").body == b""
