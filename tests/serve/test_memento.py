"""Memento (RFC 7089): which capture a time leads to, the list of all, and the bytes that were captured."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from capturing import capture, moved, ok
from serving import Answer, Served, serving

from crawler.posts.frontmatter import http_date
from crawler.serve import memento

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
A = "https://news.example/a"
QUERY = "https://news.example/find?q=a%20b&x=http://other.example/"
LOOP = "http://loop.example/"
ALONE = "http://alone.example/"
OLD, NEW = b"<script>alert(1)</script><p>old</p>", "<p>neu für alle</p>".encode()
ZIPPED = ok(gzip.compress(NEW), "text/html; charset=utf-8", "200 OK", "Content-Encoding: gzip", "Set-Cookie: a=b")


def day(number: int) -> datetime:
    return NOON + timedelta(days=number)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("memento")
    capture(
        folder,
        ("http://news.example/a", day(0), moved(A)),
        (A, day(0), ok(OLD)),
        (A, day(2), ZIPPED),
        (A, day(3), ok(b"", "text/html", "304 Not Modified")),
        (A, day(4), ok(OLD)),
        (A, day(6), ok(b"gone", "text/html", "404 Not Found")),
        (A, day(7), ok(b"half", "text/html", "206 Partial Content")),
        ("https://news.example/moved", day(1), moved("/a?x=1", "302 Found")),
        ("https://news.example/a?x=1", day(1), ok(b"there")),
        (QUERY, day(0), ok(b"found")),
        (LOOP, day(0), moved("https://www.loop.example/")),
        (ALONE, day(0), b"HTTP/1.1 204 No Content\r\n\r\n"),
    )
    with serving(folder) as started:
        yield started


def links(header: str) -> dict[str, str]:
    """Relation → address."""
    found = re.findall(r'<([^>]*)>; rel="([^"]*)"', header)
    return {relation: address for address, several in found for relation in several.split()}


def path_of(running: Served, address: str) -> str:
    assert address.startswith(running.url)
    return "/" + address.removeprefix(running.url)


def gate(running: Served, url: str, at: datetime | None = None, start: str = "/timegate/") -> Answer:
    given = {"Accept-Datetime": http_date(at)} if at else {}
    return running.get(start + url, **given)


def stamp(answer: Answer) -> str:
    assert answer.status == 302, answer.text
    found = re.search(r"/web/([0-9]{14})", answer.headers["location"])
    assert found
    return found[1]


@pytest.mark.parametrize("start", ["/timegate/", "/web/"])
@pytest.mark.parametrize(
    ("at", "found"),
    [
        (None, "20260312120000"),
        (datetime(1990, 1, 1, tzinfo=UTC), "20260306120000"),
        (datetime(2200, 1, 1, tzinfo=UTC), "20260312120000"),
        (day(1), "20260306120000"),
        (day(3), "20260308120000"),
        (day(4), "20260310120000"),
        (day(5) + timedelta(hours=1), "20260312120000"),
    ],
)
def test_a_timegate_leads_to_the_nearest_capture(running: Served, start: str, at: datetime | None, found: str) -> None:
    answer = gate(running, A, at, start)
    assert stamp(answer) == found and answer.headers["location"].endswith(A)
    assert answer.headers["vary"] == "accept-datetime" and "memento-datetime" not in answer.headers


def test_a_timegate_names_the_captures_around(running: Served) -> None:
    found = links(gate(running, A, day(2)).headers["link"])
    base = running.url + "web/"
    assert found["original"] == A and found["timegate"] == base + A and found["timemap"] == f"{base}timemap/link/{A}"
    stamps = {name: re.findall("[0-9]{14}", found[name])[0] for name in ("first", "prev", "next", "last", "memento")}
    assert stamps["first"] == stamps["prev"] == "20260306120000"
    assert (stamps["next"], stamps["last"]) == ("20260310120000", "20260313120000")


def test_head_is_answered_as_get(running: Served) -> None:
    answer = running.get(f"/web/{A}", "HEAD")
    assert answer.status == 302 and answer.body == b"" and "memento" in links(answer.headers["link"])


def test_every_link_can_be_followed(running: Served) -> None:
    for at in (day(0), day(2), day(7)):
        answer = gate(running, A, at)
        for relation, address in links(answer.headers["link"]).items():
            if relation != "original":
                assert running.get(path_of(running, address)).status in (200, 206, 301, 302, 404)


def test_the_timemap_in_link_format(running: Served) -> None:
    answer = running.get(f"/timemap/link/{A}")
    assert answer.headers["content-type"] == "application/link-format"
    lines = answer.text.rstrip("\n").split(",\n")
    assert lines[0] == f'<{A}>; rel="original"'
    assert lines[1].startswith(f'<{running.url}web/timemap/link/{A}>; rel="self"; type="application/link-format"')
    assert f'from="{http_date(day(0))}"; until="{http_date(day(7))}"' in lines[1]
    assert lines[2] == f'<{running.url}web/{A}>; rel="timegate"'
    mementos = [line for line in lines if "memento" in line.split(";")[1]]
    assert len(mementos) == 6 and mementos[0].endswith(f'; rel="first memento"; datetime="{http_date(day(0))}"')
    assert 'rel="last memento"' in mementos[-1] and "304" not in answer.text
    assert running.get(f"/web/timemap/link/{A}").body == answer.body


def test_the_timemap_in_json(running: Served) -> None:
    found = json.loads(running.get(f"/timemap/json/{A}").body)
    several = found["mementos"]["list"]
    assert found["original_uri"] == A and [one["datetime"][8:10] for one in several] == [
        "06",
        "06",
        "08",
        "10",
        "12",
        "13",
    ]
    assert found["mementos"]["first"] == several[0] and found["mementos"]["last"] == several[-1]


def test_a_long_timemap_has_pages(tmp_path: Path) -> None:
    count, http = memento.MOST + 3, A.replace("https:", "http:")
    several = [(http if n % 2 else A, NOON + timedelta(seconds=n // 2), ok(b"%d" % n)) for n in range(count)]
    capture(tmp_path, *several[1:])  # so that the limit falls between two captures of one second
    with serving(tmp_path) as started:
        first = started.get(f"/timemap/link/{A}").text
        [following] = re.findall(r'<([^>]*)>; rel="timemap"; type="application/link-format"; from="', first)
        second = started.get(path_of(started, following)).text
        pages = [re.findall(r'/web/([0-9]{14}id_/[^>]*)>; rel="[a-z ]*memento"', page) for page in (first, second)]
        wanted = {f"{moment:%Y%m%d%H%M%S}id_/{url}" for url, moment, _ in several[1:]}
        assert len(pages[0]) == memento.MOST + 1 and {*pages[0], *pages[1]} == wanted
        assert len(pages[0]) + len(pages[1]) == len(wanted)
        assert 'rel="timemap"' not in second and "first memento" not in second and "last memento" in second
        assert json.loads(started.get(f"/timemap/json/{A}").body)["pages"]["next"]["uri"].startswith(started.url)


def test_the_bytes_are_those_that_were_sent_and_dead(running: Served) -> None:
    answer = running.get(f"/web/20260306120000id_/{A}")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, OLD, "text/html")
    assert answer.headers["memento-datetime"] == http_date(day(0))
    assert links(answer.headers["link"])["original"] == A
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_codings_are_removed_and_cookies_left_out(running: Served) -> None:
    answer = running.get(f"/web/20260308120000id_/{A}")
    assert answer.body == NEW and answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "set-cookie" not in answer.headers and "content-encoding" not in answer.headers


def test_a_revisit_has_the_bytes_of_its_original(running: Served) -> None:
    answer = running.get(f"/web/20260310120000id_/{A}")
    assert (answer.status, answer.body, answer.headers["memento-datetime"]) == (200, OLD, http_date(day(4)))


def test_an_error_and_a_part_keep_their_status(running: Served) -> None:
    assert running.get(f"/web/20260312120000id_/{A}").status == 404
    assert running.get(f"/web/20260313120000id_/{A}").status == 206
    assert running.get(f"/web/20260306120000id_/{ALONE}").status == 204


def test_a_redirect_leads_to_its_target_in_the_archive(running: Served) -> None:
    answer = running.get("/web/20260307120000id_/https://news.example/moved")
    target = f"{running.url}web/20260307120000id_/https://news.example/a?x=1"
    assert (answer.status, answer.headers["location"]) == (302, target)
    assert running.get(path_of(running, target)).body == b"there"


@pytest.mark.parametrize("asked", ["2026", "20260306", "20260306120001id_", "20260306120000", "20260306120000im_"])
def test_about_a_time_leads_to_the_capture(running: Served, asked: str) -> None:
    answer = running.get(f"/web/{asked}/{A}")
    assert stamp(answer) == "20260306120000"


def test_redirects_to_other_spellings_of_the_url_end(running: Served) -> None:
    """The first capture of http leads to https, which has captures; that of LOOP leads nowhere else."""
    answer = running.get("/web/20260306120000id_/http://news.example/a")
    assert answer.status == 301 and answer.headers["location"].endswith("id_/" + A)
    assert running.get(path_of(running, answer.headers["location"])).body == OLD
    assert stamp(gate(running, "http://news.example/a", day(0))) == "20260306120000"
    answer = running.get(f"/web/20260306120000id_/{LOOP}")
    assert answer.status == 301
    assert running.get(path_of(running, answer.headers["location"])).status == 404


@pytest.mark.parametrize(
    "path",
    [
        QUERY,
        QUERY.replace("://", ":/", 1),
        QUERY.removeprefix("https://"),
        "https%3A%2F%2Fnews.example%2Ffind%3Fq%3Da%2520b%26x%3Dhttp%3A%2F%2Fother.example%2F",
    ],
)
def test_a_url_is_taken_as_it_was_sent(running: Served, path: str) -> None:
    answer = gate(running, path)
    assert answer.status == 302 and answer.headers["location"].endswith("id_/" + QUERY)


@pytest.mark.parametrize("start", ["/timegate/", "/timemap/link/", "/timemap/json/", "/web/2026id_/"])
def test_what_the_archive_lacks_is_a_problem(running: Served, start: str) -> None:
    answer = running.get(f"{start}https://nowhere.example/")
    assert answer.status == 404 and answer.headers["content-type"] == "application/problem+json"
    assert "https://nowhere.example/: the archive has no capture" in json.loads(answer.body)["detail"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/timegate/", "no URL in it"),
        ("/timemap/xml/https://news.example/a", "/timemap/link/URL"),
        ("/web/20261399id_/https://news.example/a", "there is no such date"),
        ("/web/", "no URL in it"),
    ],
)
def test_what_makes_no_sense_is_refused(running: Served, path: str, said: str) -> None:
    answer = running.get(path)
    assert answer.status == 400 and said in json.loads(answer.body)["detail"]


@pytest.mark.parametrize("wanted", ["yesterday", "2026-03-06T12:00:00Z", "31 Feb"])
def test_an_accept_datetime_that_is_none_is_refused(running: Served, wanted: str) -> None:
    answer = running.get(f"/timegate/{A}", **{"Accept-Datetime": wanted})
    assert answer.status == 400 and "no HTTP date" in json.loads(answer.body)["detail"]


def test_a_url_cannot_break_out_of_a_header(tmp_path: Path) -> None:
    url = 'http://news.example/a"><b;rel=x, <c'
    capture(tmp_path, (url, NOON, ok()))
    with serving(tmp_path) as started:
        answer = started.get("/timegate/http://news.example/a%22%3E%3Cb;rel=x,%20%3Cc")
        assert links(answer.headers["link"])["original"] == "http://news.example/a%22%3E%3Cb;rel=x,%20%3Cc"
        assert started.get(path_of(started, answer.headers["location"])).status == 200


def test_a_lost_record_is_told(tmp_path: Path) -> None:
    capture(tmp_path, (A, NOON, ok()))
    [file] = (tmp_path / "data/warc").iterdir()
    file.write_bytes(file.read_bytes()[:300])
    with serving(tmp_path) as started:
        answer = started.get(f"/web/20260306120000id_/{A}")
        assert answer.status == 404 and file.name in json.loads(answer.body)["detail"]
