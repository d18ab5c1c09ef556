"""The front page: what a post shows, filters, pages of a long list, and an archive that lacks something."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from holding import BRIDGE, LONG, NOON, Holding
from serving import Served, serving

from crawler.cli import main
from crawler.serve.front import MOST


def titles(page: str) -> list[str]:
    return re.findall(r'<a class="item" href="[^"]+">(.+?)</a>', page)


def test_a_post_shows_what_is_known_of_it(served: Served) -> None:
    page = served.get("/").text
    assert sorted(titles(page)) == ["Bridge", "Dam"]
    assert ">The Herald</a>" in page and "The council voted on Tuesday" in page
    assert ">2 versions<" in page and ">withdrawn<" in page
    assert re.search(r"<h2>\w+, \d+ March 2026</h2>", page)
    [picture, _] = re.findall(r'<img src="(/picture/[^"]+)" alt="" loading="lazy"', page)
    answer = served.get(picture)
    assert answer.headers["content-type"] == "image/png" and answer.body.startswith(b"\x89PNG")
    assert "immutable" in answer.headers["cache-control"]


def test_filters_let_through_what_they_name(served: Served) -> None:
    assert titles(served.get("/?state=changed").text) == ["Bridge"]
    assert titles(served.get("/?state=withdrawn").text) == ["Dam"]
    assert titles(served.get("/?state=suspect").text) == []
    assert len(titles(served.get("/?source=herald").text)) == 2
    assert "No post fits." in served.get("/?source=nobody").text
    assert len(titles(served.get("/?after=2026-03-01&before=2026-03-31").text)) == 2
    assert titles(served.get("/?after=2026-04-01").text) == []
    assert titles(served.get("/?before=2026-02-01").text) == []
    for ends in ("after=0001-01-01&before=9999-12-31", "q=council&after=0001-01-01&before=9999-12-31"):
        assert len(titles(served.get(f"/?{ends}").text)) == 2


def test_words_are_searched_with_the_filters_and_marked(served: Served) -> None:
    assert sorted(titles(served.get("/?q=winter+floods").text)) == ["Bridge", "Dam"]
    page = served.get("/?q=%22four+million%22").text
    assert titles(page) == ["Bridge"] and "<mark>four million</mark>" in page
    assert titles(served.get("/?q=winter&state=withdrawn").text) == ["Dam"]
    assert titles(served.get("/?q=winter&state=changed&source=herald&after=2026-03-01&before=2026-03-31").text) == [
        "Bridge"
    ]
    assert titles(served.get("/?q=winter&before=2026-02-01").text) == []
    assert len(titles(served.get("/?section=herald").text)) == 2 and titles(served.get("/?section=nobody").text) == []
    assert titles(served.get("/?author=nobody").text) == [] and "No post fits." in served.get("/?q=nothing").text
    assert "a &#34; is not closed" in served.get("/?q=%22open").text


def test_what_may_be_wrong_with_words_that_find_nothing_is_told(served: Served) -> None:
    page = served.get("/?q=volcano+or+source:tribune").text
    assert "<code>or</code> was looked for as a word; as an operator write OR" in page
    assert "source:tribune: no source has this name; write one of herald" in page
    assert "as an operator" not in served.get("/?q=winter+floods").text


def test_sources_that_are_no_longer_configured_can_be_chosen(holding: Holding, tmp_path: Path) -> None:
    text = (tmp_path / "warcpress.toml").read_text("utf-8").replace('name = "herald"', 'name = "tribune"')
    (tmp_path / "warcpress.toml").write_text(text, "utf-8")
    with serving(tmp_path) as running:
        page = running.get("/").text
        assert re.findall(r'<option value="(\w+)"', page) == ["tribune", "herald"]
        assert len(titles(running.get("/?source=herald").text)) == 2


def test_words_of_an_earlier_version_lead_to_it(served: Served) -> None:
    page = served.get("/?q=river+NOT+million").text
    assert "found in an earlier version" in page and re.search(r"05-bridge\.md\?version=[0-9a-f-]{36}", page)


def test_a_missing_index_of_words_is_a_sentence(holding: Holding, tmp_path: Path) -> None:
    holding.layout.search.unlink()
    with serving(tmp_path) as running:
        answer = running.get("/?q=bridge")
        assert answer.status == 200 and "search.sqlite: missing" in answer.text
        assert len(titles(running.get("/").text)) == 2 and not holding.layout.search.exists()


def test_a_filter_that_cannot_be_read_is_told(served: Served) -> None:
    for query, words in (
        ("after=yesterday", "write it as 2026-03-17"),
        ("state=lost", "write one of changed, withdrawn"),
        ("start=nothing", "begin again with the newest posts"),
        ("start=nothing&q=bridge", "begin again with the newest posts"),
    ):
        answer = served.get(f"/?{query}")
        assert answer.status == 200 and words in answer.text


def test_markup_in_a_query_is_text(served: Served) -> None:
    page = served.get("/?q=%3Cscript%3Ealert(1)%3C/script%3E&source=%22%3E%3Cimg%3E").text
    assert "<script>alert" not in page and '"><img>' not in page


def test_a_long_list_comes_in_pages_without_gap_or_repetition(tmp_path: Path) -> None:
    (tmp_path / "warcpress.toml").write_text('[[source]]\nname = "herald"\n', "utf-8")
    count = 2 * MOST + 5
    Holding(tmp_path / "data").run({f"http://herald.test/a/n{number}.html": LONG for number in range(count)})
    found, path = list[str](), "/"
    with serving(tmp_path) as running:
        while path:
            page = running.get(path).text
            found += titles(page)
            more = re.search(r'rel="next" href="([^"]+)">Older', page)
            path = more[1] if more else ""
    assert len(found) == count and sorted(found) == sorted(f"N{number}" for number in range(count))


def test_a_run_goes_on_meanwhile_and_its_posts_appear(holding: Holding, tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        assert len(titles(running.get("/").text)) == 2
        holding.run({"http://herald.test/a/harbour.html": LONG}, NOON + timedelta(days=3))
        assert "Harbour" in titles(running.get("/").text)
        assert not holding.layout.ended_badly()  # the next run would look for what a dead one left


def test_an_empty_archive_says_what_makes_posts(tmp_path: Path) -> None:
    (tmp_path / "warcpress.toml").write_text("", "utf-8")
    made = Holding(tmp_path / "data")
    with made.catalogue():
        pass
    with serving(tmp_path) as running:
        assert "<code>warcpress crawl</code> makes them" in running.get("/").text


def test_a_missing_catalogue_is_a_sentence_and_is_not_made(holding: Holding, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with serving(tmp_path) as running:
        assert running.get("/").status == 200
        holding.layout.catalogue.unlink()
        answer = running.get("/")
        assert answer.status == 200 and "catalogue.sqlite: missing; <code>warcpress rebuild</code>" in answer.text
        assert running.get("/article/herald/2026/03/05-dam.md").status == 404
        assert not holding.layout.catalogue.exists()
        assert main(["rebuild"]) == 0
        assert len(titles(running.get("/").text)) == 2


def test_a_damaged_catalogue_is_a_sentence(holding: Holding, tmp_path: Path) -> None:
    holding.layout.catalogue.write_bytes(b"no database" * 1000)
    with serving(tmp_path) as running:
        answer = running.get("/")
        assert answer.status == 200 and "not a sound database" in answer.text and "Traceback" not in answer.text


def test_a_lost_warc_file_is_told_at_each_of_its_posts(holding: Holding, tmp_path: Path) -> None:
    with holding.catalogue() as catalogue:
        dam = catalogue.latest("http://herald.test/a/dam.html")
    assert dam is not None
    (holding.layout.warc / dam.file).unlink()
    with serving(tmp_path) as running:
        page = running.get("/").text
        assert titles(page).count("Dam") == 1 and f"{dam.file}:{dam.offset}: can&#39;t be opened" in page
        answer = running.get("/article/herald/2026/03/05-dam.md")
        assert answer.status == 200 and "can&#39;t be opened: No such file" in answer.text
        assert BRIDGE.rpartition("/")[2].removesuffix(".html").capitalize() in titles(page)
