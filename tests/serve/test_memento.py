"""Memento (RFC 7089): which capture a time leads to, the list of all, and the bytes that were captured."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from keeping import Kept, keep
from serving import Answer, Served, serving

from crawler.original.view import page_path
from crawler.posts.frontmatter import http_date
from crawler.serve import memento

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
A = "https://news.example/a"
QUERY = "https://news.example/find?q=a%20b&x=http://other.example/"
LOOP = "http://loop.example/"
ALONE = "http://alone.example/"
OLD, NEW = b"<script>alert(1)</script><p>old</p>", "<p>neu für alle</p>".encode()
PAGE = b"<p>page</p>"


def day(number: int) -> datetime:
    return NOON + timedelta(days=number)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("memento")
    keep(
        folder,
        [
            Kept("http://news.example/a", b"", at=day(0), status="301 Moved", fields=f"Location: {A}\r\n"),
            Kept(A, OLD, at=day(0)),
            Kept(A, gzip.compress(NEW), at=day(2), fields="Content-Encoding: gzip\r\nSet-Cookie: a=b\r\n"),
            Kept(A, b"", at=day(3), status="304 Not Modified"),
            Kept(A, OLD, at=day(4)),
            Kept(A, b"gone", at=day(6), status="404 Not Found"),
            Kept(A, b"half", at=day(7), status="206 Partial Content"),
            Kept("https://news.example/moved", b"", at=day(1), status="302 Found", fields="Location: /a?x=1\r\n"),
            Kept("https://news.example/a?x=1", b"there", at=day(1)),
            Kept(QUERY, b"found", at=day(0)),
            Kept(LOOP, b"", at=day(0), status="301 Moved", fields="Location: https://www.loop.example/\r\n"),
            Kept(ALONE, b"", at=day(0), status="204 No Content"),
        ],
    )
    with serving(folder) as started:
        yield started


def links(header: str) -> dict[str, str]:
    """Relation → its first address."""
    found: dict[str, str] = {}
    for address, several in re.findall(r'<([^>]*)>; rel="([^"]*)"', header):
        for relation in several.split():
            found.setdefault(relation, address)  # the memento itself comes before others
    return found


def follow(running: Served, address: str) -> Answer:
    """Ask for an address of either origin."""
    if address.startswith(running.url):
        return running.get("/" + address.removeprefix(running.url))
    assert address.startswith(running.original + "/page/")
    return running.get(address.removeprefix(running.original), at=running.original)


def gate(running: Served, url: str, at: datetime | None = None, start: str = "/timegate/") -> Answer:
    given = {"Accept-Datetime": http_date(at)} if at else {}
    return running.get(start + url, **given)


def stamp(answer: Answer) -> str:
    assert answer.status == 302, answer.text
    return stamps([answer.headers["location"]])[0]


def stamps(addresses: list[str]) -> list[str]:
    """The times in addresses of mementos, to the second."""
    return [re.findall(r"/(?:page|web)/([0-9]{14})", address)[0] for address in addresses]


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
    assert stamp(answer) == found and answer.headers["location"].endswith(page_path(A, NOON).rpartition("/")[2])
    assert answer.headers["vary"] == "accept-datetime" and "memento-datetime" not in answer.headers


def test_a_timegate_names_the_captures_around(running: Served) -> None:
    found = links(gate(running, A, day(2)).headers["link"])
    base = running.url + "web/"
    assert found["original"] == A and found["timegate"] == base + A and found["timemap"] == f"{base}timemap/link/{A}"
    near = {name: stamps([found[name]])[0] for name in ("first", "prev", "next", "last", "memento")}
    assert near["first"] == near["prev"] == "20260306120000"
    assert (near["next"], near["last"]) == ("20260310120000", "20260313120000")


def test_head_is_answered_as_get(running: Served) -> None:
    answer = running.get(f"/web/{A}", "HEAD")
    assert answer.status == 302 and answer.body == b"" and "memento" in links(answer.headers["link"])


def test_every_link_can_be_followed(running: Served) -> None:
    for at in (day(0), day(2), day(7)):
        answer = gate(running, A, at)
        for relation, address in links(answer.headers["link"]).items():
            if relation != "original":
                assert follow(running, address).status in (200, 302)


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
    several = [Kept(http if n % 2 else A, b"%d" % n, at=NOON + timedelta(seconds=n // 2)) for n in range(count)]
    keep(tmp_path, several[1:])  # so that the limit falls between two captures of one second
    with serving(tmp_path) as started:
        first = started.get(f"/timemap/link/{A}").text
        [following] = re.findall(r'<([^>]*)>; rel="timemap"; type="application/link-format"; from="', first)
        second = follow(started, following).text
        pages = [re.findall(r'(/page/[^>]*)>; rel="[a-z ]*memento"', page) for page in (first, second)]
        wanted = {page_path(one.url, one.at) for one in several[1:]}
        assert len(pages[0]) == memento.MOST + 1 and {*pages[0], *pages[1]} == wanted
        assert len(pages[0]) + len(pages[1]) == len(wanted)
        assert 'rel="timemap"' not in second and "first memento" not in second and "last memento" in second
        assert json.loads(started.get(f"/timemap/json/{A}").body)["pages"]["next"]["uri"].startswith(started.url)


def test_the_bytes_are_those_that_were_sent_and_dead(running: Served) -> None:
    answer = running.get(f"/web/20260306120000id_/{A}")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, OLD, "text/html; charset=utf-8")
    assert answer.headers["memento-datetime"] == http_date(day(0))
    assert links(answer.headers["link"])["original"] == A
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_memento_is_the_page_without_scripts(running: Served) -> None:
    answer = follow(running, links(gate(running, A, day(0)).headers["link"])["memento"])
    assert answer.status == 200 and "old" in answer.text and "<script" not in answer.text
    assert answer.headers["memento-datetime"] == http_date(day(0))
    found = links(answer.headers["link"])
    assert found["original"] == A and found["timegate"] == f"{running.url}web/{A}"
    assert follow(running, found["timemap"]).status == 200
    assert stamps([found["memento"], found["next"]]) == ["20260306120000", "20260308120000"]


def test_a_memento_of_an_error_shows_that_very_capture(running: Served) -> None:
    answer = follow(running, gate(running, A).headers["location"])
    assert answer.headers["memento-datetime"] == http_date(day(6)) and "gone" in answer.text


@pytest.mark.parametrize("wanted", ["script", "style", "image", "iframe", "worker"])
def test_no_page_can_use_stored_bytes(running: Served, wanted: str) -> None:
    answer = running.get(f"/web/20260306120000id_/{A}", **{"Sec-Fetch-Dest": wanted})
    assert answer.status == 403 and OLD not in answer.body
    assert running.get(f"/web/20260306120000id_/{A}", **{"Sec-Fetch-Dest": "document"}).body == OLD


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
    assert follow(running, target).body == b"there"


@pytest.mark.parametrize("asked", ["2026", "20260306", "20260306120001id_", "20260306120000", "20260306120000im_"])
def test_about_a_time_leads_to_the_capture(running: Served, asked: str) -> None:
    answer = running.get(f"/web/{asked}/{A}")
    assert stamp(answer) == "20260306120000" and ("id_/" in answer.headers["location"]) == ("id_" in asked)


def test_redirects_to_other_spellings_of_the_url_end(running: Served) -> None:
    """The first capture of http leads to https, which has captures; that of LOOP leads nowhere else."""
    answer = running.get("/web/20260306120000id_/http://news.example/a")
    assert answer.status == 301 and answer.headers["location"].endswith("id_/" + A)
    assert follow(running, answer.headers["location"]).body == OLD
    assert stamp(gate(running, "http://news.example/a", day(0))) == "20260306120000"
    answer = running.get(f"/web/20260306120000id_/{LOOP}")
    assert answer.status == 301
    assert follow(running, answer.headers["location"]).status == 404


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
    assert answer.status == 302 and follow(running, answer.headers["location"]).status == 200
    assert links(answer.headers["link"])["memento"].endswith(page_path(QUERY, NOON))


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


@pytest.mark.parametrize("wanted", ["yesterday", "2026-03-06T12:00:00Z", "31 Feb", "Fri, 31 Dec 9999 23:59:59 -1400"])
def test_an_accept_datetime_that_is_none_is_refused(running: Served, wanted: str) -> None:
    answer = running.get(f"/timegate/{A}", **{"Accept-Datetime": wanted})
    assert answer.status == 400 and "no HTTP date" in json.loads(answer.body)["detail"]


def test_a_url_cannot_break_out_of_a_header(tmp_path: Path) -> None:
    url = 'http://news.example/a"><b;rel=x, <c'
    keep(tmp_path, [Kept(url, PAGE, at=NOON)])
    with serving(tmp_path) as started:
        answer = started.get("/timegate/http://news.example/a%22%3E%3Cb;rel=x,%20%3Cc")
        assert links(answer.headers["link"])["original"] == "http://news.example/a%22%3E%3Cb;rel=x,%20%3Cc"
        assert follow(started, answer.headers["location"]).status == 200


def test_long_urls_leave_out_links_that_clients_would_choke_on(tmp_path: Path) -> None:
    url = "https://news.example/" + "é" * 1500
    keep(tmp_path, (Kept(url, b"%d" % number, at=day(number)) for number in range(4)))
    with serving(tmp_path) as started:
        answer = gate(started, quote(url, safe=":/"), day(1))
        assert answer.status == 302 and len(answer.headers["link"]) < 20_000
        assert follow(started, answer.headers["location"]).status == 200


def test_stored_pages_of_a_name_of_their_own_know_no_timegate(tmp_path: Path) -> None:
    keep(tmp_path, [Kept(A, PAGE, at=NOON)])
    with serving(tmp_path, "--original-url", "https://originals.example.org") as started:
        address = gate(started, A).headers["location"]
        assert address.startswith("https://originals.example.org/page/")
        answer = started.get(address.removeprefix("https://originals.example.org"), Host="originals.example.org")
        assert answer.headers["memento-datetime"] == http_date(NOON)
        assert links(answer.headers["link"]) == {"original": A, "memento": address, "first": address, "last": address}


def test_a_lost_record_is_told(tmp_path: Path) -> None:
    keep(tmp_path, [Kept(A, PAGE, at=NOON)])
    [file] = (tmp_path / "data/warc").iterdir()
    file.write_bytes(file.read_bytes()[:300])
    with serving(tmp_path) as started:
        answer = started.get(f"/web/20260306120000id_/{A}")
        assert answer.status == 404 and file.name in json.loads(answer.body)["detail"]
