"""The stored bytes of a URL or a post at a given time, and the history of its versions."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from holding import BRIDGE, DAM, LAG, NOON, PICTURE, SHORT, Holding
from pages import PNG

from crawler.errors import ConfigError, UnknownUrl
from crawler.from_warc.history import compared, events_of, history
from crawler.from_warc.publish import Publisher
from crawler.from_warc.show import Part, stored, versions_of
from crawler.posts.difference_lines import whole_lines
from crawler.posts.states import Change
from crawler.store.stored_version import Version

PATH = "herald/2026/03/05-bridge.md"


def show(holding: Holding, name: str, part: Part = "post", at=None) -> bytes:
    with holding.catalogue() as catalogue:
        return b"".join(stored(name, part, at, holding.layout, catalogue).pieces)


def test_the_post_is_the_newest_version_or_the_latest_that_was_captured_by_then(holding: Holding) -> None:
    newest = show(holding, BRIDGE)
    assert newest.decode() == holding.posts()[PATH] and b"four million" in newest
    for at in (NOON, NOON + timedelta(hours=1), NOON + timedelta(days=1, seconds=-1)):
        assert b"four million" not in show(holding, BRIDGE, at=at)
    assert show(holding, BRIDGE, at=NOON + timedelta(days=1)) == newest


def test_a_version_counts_from_its_capture_and_not_from_its_conversion(holding: Holding) -> None:
    with holding.catalogue() as catalogue:
        first, _second = catalogue.versions(BRIDGE)
    assert (first.captured, first.converted) == (NOON, NOON + LAG)
    assert show(holding, BRIDGE, at=NOON + LAG / 2)
    lines = list(_history(holding, BRIDGE))
    assert lines[0] == "version 1  2026-03-06 12:00:00 UTC  Bridge"


def _history(holding: Holding, name: str, *, looks: bool = False) -> list[str]:
    with holding.catalogue() as catalogue:
        events = history(name, holding.layout, catalogue, looks=looks)
    lines: list[str] = []
    for event in events:
        lines += event.lines()
        if event.change is not None:
            lines += [f"  {line}" for line in whole_lines(event.change.difference)] or ["  nothing"]
    return lines


def test_the_history_has_each_version_with_its_place_and_what_changed(holding: Holding) -> None:
    lines = _history(holding, BRIDGE)
    assert lines[2] == "version 2  2026-03-07 12:00:00 UTC  Bridge"
    assert [line.partition(":")[0] for line in (lines[1], lines[3])] == [f"  {name}" for name in _files(holding)]
    assert "    +The work will cost four million." in lines
    assert len(_history(holding, DAM)) == 2


def test_states_and_looks_stand_between_the_versions(holding: Holding) -> None:
    holding.look(Change(BRIDGE, 1, "withdrawn", "http-404"), NOON + timedelta(hours=2))
    holding.look(Change(BRIDGE, 2, "present", "withdrawn"), NOON + timedelta(hours=5))
    with holding.catalogue() as catalogue:
        [dam] = catalogue.captures.of([DAM])
        later = replace(dam, record_id="<urn:uuid:later>", date=NOON + timedelta(days=3), status=304, payload_digest="")
        catalogue.store([later, replace(later, record_id="<urn:uuid:busy>", url=BRIDGE, status=503)])
    lines = [line for line in _history(holding, BRIDGE) if not line.startswith("  ")]
    assert lines == [
        "version 1  2026-03-06 12:00:00 UTC  Bridge",
        "withdrawn  2026-03-06 14:00:00 UTC  http-404",
        "present  2026-03-06 17:00:00 UTC  was withdrawn",
        "version 2  2026-03-07 12:00:00 UTC  Bridge",
    ]
    place = re.compile(r"  \S+\.warc\.gz:\d+  <urn:uuid:\S+>")
    assert sum(bool(place.fullmatch(line)) for line in _history(holding, BRIDGE)) == 4
    assert _history(holding, BRIDGE, looks=True)[-2] == "look  2026-03-09 12:00:00 UTC  answered 503"
    assert _history(holding, DAM, looks=True)[-2:] == [
        "look  2026-03-09 12:00:00 UTC  not modified (304)",
        f"  {dam.file}:{dam.offset}  <urn:uuid:later>",
    ]


def test_a_derivation_has_a_mark_of_its_own(holding: Holding) -> None:
    with holding.catalogue() as catalogue:
        [dam] = catalogue.versions(DAM)
        again = replace(dam, record_id="<urn:uuid:again>", derivation=1, converted=NOON + timedelta(days=9))
        catalogue.store([], [replace(again, extractor="warcpress/9.9 (lxml 6)")])
    lines = _history(holding, DAM)
    assert lines[2] == "made again: version 1, derivation 1  2026-03-15 12:00:00 UTC  by warcpress/9.9"
    assert lines[4] == "  nothing"


def _files(holding: Holding) -> list[str]:
    return sorted(path.name for path in holding.layout.warc.iterdir())


def test_page_response_and_request_are_the_bytes_on_the_wire(holding: Holding) -> None:
    page, response = show(holding, BRIDGE, "page"), show(holding, BRIDGE, "response")
    assert response.startswith(b"HTTP/1.1 200 OK\r\n") and response.endswith(b"\r\n\r\n" + page)
    assert b"four million" in page and b"four million" not in show(holding, BRIDGE, "page", NOON)
    assert show(holding, BRIDGE, "request").startswith(b"GET /a/bridge.html HTTP/1.1\r\n")
    assert show(holding, PICTURE, "page") == PNG
    assert show(holding, PATH, "page") == page and show(holding, PATH, "page", NOON) != page


def test_a_url_without_a_post_is_shown_as_its_page(holding: Holding) -> None:
    with holding.catalogue() as catalogue:
        shown = stored(PICTURE, None, None, holding.layout, catalogue)
        assert shown.part == "page" and b"".join(shown.pieces) == PNG
        assert shown.notes == (f"{PICTURE}: no post is made of it; this is its page",)
        assert stored(BRIDGE, None, None, holding.layout, catalogue).part == "post"
        with pytest.raises(UnknownUrl, match="no post is made of it; `--part page` shows its page"):
            stored(PICTURE, "post", None, holding.layout, catalogue)


def test_a_missing_index_is_told_with_what_makes_it_again(holding: Holding) -> None:
    shutil.rmtree(holding.layout.root / "index")
    assert show(holding, BRIDGE)  # a post needs none
    asked: list[tuple[str, Part]] = [(BRIDGE, "page"), (PICTURE, "post")]
    for name, part in asked:
        with pytest.raises(ConfigError, match=r"index: missing; .*`python -m archive index "):
            show(holding, name, part)


def test_json_tells_what_is_shown_and_what_happened(holding: Holding) -> None:
    with holding.catalogue() as catalogue:
        post = stored(BRIDGE, None, NOON, holding.layout, catalogue).about
        page = stored(BRIDGE, "page", NOON, holding.layout, catalogue).about
        first, second = (event.document() for event in history(BRIDGE, holding.layout, catalogue))
    assert (post["version"], post["path"], post["url"]) == (1, PATH, BRIDGE)
    assert (page["type"], page["mime"], page["date"]) == ("response", "text/html", "2026-03-06T12:00:00.000000Z")
    assert (first["event"], first["version"], first["id"]) == ("version", 1, post["id"])
    assert "difference" not in first and second["since"] == {"version": 1, "derivation": 0, "id": first["id"]}
    assert second["difference"]["body"][-1]["marks"][-1] == ["insert", "The work will cost four million."]


def test_only_the_texts_that_some_events_need_are_read_and_each_once(holding: Holding, monkeypatch) -> None:
    for day in range(2, 6):
        holding.run({BRIDGE: [*SHORT, f"Day {day}."]}, NOON + timedelta(days=day))
    read: list[int] = []
    text = Publisher.text

    def noted(publisher: Publisher, version: Version) -> str:
        read.append(version.number)
        return text(publisher, version)

    monkeypatch.setattr(Publisher, "text", noted)
    with holding.catalogue() as catalogue:
        events = events_of(BRIDGE, holding.layout, catalogue)
        assert read == []
        all_of_them = compared(events, holding.layout, catalogue)
        assert read == [1, 2, 3, 4, 5, 6]
        assert compared(events[3:5], holding.layout, catalogue) == all_of_them[3:5]
        assert read[6:] == [3, 4, 5]
        assert all_of_them == history(BRIDGE, holding.layout, catalogue)


@pytest.mark.parametrize("name", [BRIDGE, BRIDGE + "?utm_source=rss", PATH, PATH.upper()])
def test_an_article_is_found_by_its_urls_and_its_post(holding: Holding, name: str) -> None:
    with holding.catalogue() as catalogue:
        assert [version.number for version in versions_of(name, catalogue, holding.layout)] == [1, 2]
        path = holding.layout.posts / PATH
        assert len(versions_of(str(path), catalogue, holding.layout)) == 2


@pytest.mark.parametrize(
    ("name", "part", "at", "message"),
    [
        ("http://herald.test/never", "post", None, "not in the archive; `warcpress list` shows what is"),
        ("none.md", "page", None, "not in the archive"),
        ("http://herald.test/never", "response", None, "no capture; `warcpress list` shows"),
        (BRIDGE, "post", NOON - timedelta(seconds=1), "no version as old as 2026-03-06T11:59:59+00:00; `warcpress his"),
        (BRIDGE, "page", NOON - timedelta(seconds=1), "no capture as old as 2026-03-06T11:59:59+00:00"),
        (PATH, "page", NOON - timedelta(seconds=1), "no capture as old as 2026-03-06T11:59:59+00:00"),
    ],
)
def test_an_unknown_name_or_time_is_one_line_that_names_it_once(holding: Holding, name, part, at, message) -> None:
    with pytest.raises(UnknownUrl) as raised:
        show(holding, name, part, at)
    assert str(raised.value).startswith(f"{name}: {message}")
    assert str(raised.value).count(name) == 1 and "\n" not in str(raised.value)
