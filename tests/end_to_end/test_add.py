"""`warcpress add`: what it finds on sites of many forms, what it follows, and what it writes into warcpress.toml."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pages import Answer, PageServer

MINE = """# My own file: its order and comments stay.
[crawl]
user_agent = "herald-archive (+https://archive.test/)"
allow_private = ["127.0.0.0/8"]
delay = 0
concurrency = 16
resolve = {{ "*:80" = "127.0.0.1:{port}" }}
[limits]
retries = 0
# the end"""


HINT = "`sections` or `listings` of a [[source]] can follow a site without"


def rss(*paths: str, host: str = "http://herald.test", day: int = 1) -> str:
    items = (
        f"<item><title>Story {path}</title><link>{host}/{path}</link>"
        f"<pubDate>Sun, {day:02} Mar 2026 09:00:00 GMT</pubDate></item>"
        for path in paths
    )
    return f'<rss version="2.0"><channel><title>Herald</title>{"".join(items)}</channel></rss>'


def sitemap(*urls: str, root: str = "urlset", entry: str = "url") -> str:
    return f"<{root}>{''.join(f'<{entry}><loc>{url}</loc></{entry}>' for url in urls)}</{root}>"


def news(*paths: str) -> str:
    entries = (
        f"<url><loc>http://herald.test/{path}</loc><news:news><news:publication_date>2026-03-02T10:00:00Z"
        f"</news:publication_date><news:title>News {path}</news:title></news:news></url>"
        for path in paths
    )
    return f'<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{"".join(entries)}</urlset>'


def link(href: str, kind: str = "application/rss+xml") -> str:
    return f'<link rel="alternate" type="{kind}" href="{href}">'


@pytest.fixture
def add(place: Any, server: PageServer) -> Any:
    """Run `add` on a file that ends without a line feed; return the added text and the command's output."""
    file = place.folder / "warcpress.toml"
    file.write_text(MINE.format(port=server.port), encoding="utf-8")

    def run(*arguments: str, code: int = 0) -> tuple[str, Any]:
        before = file.read_text("utf-8")
        done = place.run("add", *arguments, code=code)
        after = file.read_text("utf-8")
        assert after.startswith(before)
        assert not (place.folder / "data").exists()
        assert [path.name for path in place.folder.iterdir()] == ["warcpress.toml"]
        return after.removeprefix(before), done

    return run


def test_a_site_with_everything(add: Any, server: PageServer) -> None:
    server["herald.test/"] = (
        link("/feed")
        + link("/comments/feed")
        + link("/category/sport/feed", "application/atom+xml; charset=utf-8")
        + link("/wp-json/posts/1", "application/json")
        + link("/broken.xml")
        + '<a href="feed:http://herald.test/rss2">RSS</a><a href="https://other.test/feed">Friends</a>'
    )
    main = [f"2026/{number}" for number in range(20)]
    server["herald.test/feed"] = rss(*main)
    server["herald.test/rss2"] = rss(*main)
    server["herald.test/comments/feed"] = rss(*main, day=5)
    server["herald.test/category/sport/feed"] = rss("2026/1", "2026/90", "2026/91")
    server["herald.test/broken.xml"] = "<p>No feed"
    server["herald.test/robots.txt"] = "Sitemap: http://herald.test/map.xml\nsitemap: /news.xml"
    server["herald.test/map.xml"] = sitemap(*(f"http://herald.test/all/{number}" for number in range(90)))
    server["herald.test/news.xml"] = news("2026/1", "2026/99")
    added, done = add("http://herald.test/")
    assert (
        added
        == """

[[source]]
name = "herald"
feeds = ["http://herald.test/feed"]
sitemaps = ["http://herald.test/news.xml"]
allow = ['^https?://([^/]+\\.)?herald\\.test[:/]']
"""
    )
    assert "[[source]] herald written at the end; next: `warcpress crawl herald --limit 5`" in done.err
    assert all(len(line) <= 80 for line in done.out.splitlines())
    assert done.out == (
        """http://herald.test/
    kind            entries  allowed  newest      address
  + news sitemap          2        2  2026-03-02  /news.xml
      News 2026/1 · News 2026/99
      followed: the news of the last days
  + RSS                  20       20  2026-03-01  /feed
      Story 2026/0 · Story 2026/1 · Story 2026/2
      followed: the main feed
    RSS                   3        3  2026-03-01  /category/sport/feed
      Story 2026/1 · Story 2026/90 · Story 2026/91
      left out: a further feed; 2 of its articles are only here
    RSS                  20       20  2026-03-01  /rss2
      Story 2026/0 · Story 2026/1 · Story 2026/2
      left out: the same articles as /feed
    sitemap              90       90  no dates    /map.xml
      0 · 1 · 2
      left out: all pages of the site, also old ones; the feed has what is new
    RSS                  20       20  2026-03-05  /comments/feed
      Story 2026/0 · Story 2026/1 · Story 2026/2
      left out: comments of readers
    unreadable                                    /broken.xml
      /broken.xml: an HTML page, neither feed nor sitemap
  allow = ^https?://([^/]+\\.)?herald\\.test[:/]
"""
    )
    assert "/2026/1" not in server.paths("herald.test")

    again, done = add("http://herald.test/")
    assert again == ""
    assert "http://herald.test/feed: source herald reads it already" in done.err


def test_feeds_in_odd_places_with_wrong_types(add: Any, server: PageServer) -> None:
    """A page in a folder with a base, a feed behind a redirect, one served as text, another host's articles."""
    server["herald.test/blog/"] = (
        '<base href="/blog/pages/">' + link("../old") + link("../syndication") + link("http://feeds.test/blog")
    )
    server["herald.test/blog/old"] = Answer(status=301, headers={"Location": "/blog/new"})
    server["herald.test/blog/new"] = rss("c", "d")
    server["herald.test/blog/syndication"] = Answer(status=302, headers={"Location": "/blog/atom?v=2"})
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title><link href="http://else.test/a"/></entry></feed>'
    server["herald.test/blog/atom?v=2"] = Answer(atom.encode(), headers={"Content-Type": "text/html"})
    item = {"url": "http://herald.test/b", "title": "b"}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [item]}
    server["feeds.test/blog"] = Answer(json.dumps(feed).encode(), headers={"Content-Type": "text/plain"})
    long = f"http://feeds.test/{'long-' * 12}feed"
    server[long.removeprefix("http://")] = rss("e", "f", host="http://else.test")
    server.answers["herald.test/blog/"].body += link(long).encode()
    added, done = add("herald.test/blog/", "--dry-run", code=1)
    assert "https://herald.test/blog/: no feed and no sitemap found: " in done.err
    added, done = add("http://herald.test/blog/", "--all", "--name", "Blog")
    assert (
        added
        == f"""

[[source]]
name = "Blog"
feeds = [
    "http://herald.test/blog/new",
    "http://herald.test/blog/syndication",
    "http://feeds.test/blog",
    "{long}",
]
"""
    )
    assert "JSON Feed" in done.out
    assert f"\n      {long}\n" in done.out


def test_twenty_feeds_and_an_index_of_500_sitemaps(add: Any, server: PageServer) -> None:
    names = [f"section{number}" for number in range(20)]
    server["herald.test/"] = '<a href="/rss">RSS</a>'
    server["herald.test/rss"] = "".join(f'<a href="/feeds/{name}.xml">{name}</a>' for name in names)
    for name in names:
        server[f"herald.test/feeds/{name}.xml"] = rss(f"{name}/1", f"{name}/2")
    children = [f"http://herald.test/maps/{number}.xml" for number in range(500)]
    server["herald.test/sitemap.xml"] = sitemap(*children, root="sitemapindex", entry="sitemap")
    for child in children:
        server[child.removeprefix("http://")] = sitemap(f"{child}/page")
    added, done = add("--print", "http://herald.test")
    assert added == ""
    assert "nothing was written" in done.err
    assert 'feeds = ["http://herald.test/feeds/section0.xml"]' in done.out
    assert "index of 500         3+       3+" in done.out
    assert done.out.count("left out: a further feed; 2 of its articles are only here") == 19
    assert sum(path.startswith("/maps/") for path in server.paths("herald.test")) == 3
    added, _ = add("http://herald.test", "--all")
    assert added.count('.xml",') == 20
    assert 'sitemaps = ["http://herald.test/sitemap.xml"]' in added


def test_a_feed_itself_a_sitemap_of_a_site_without_feeds_and_a_site_with_a_profile(
    add: Any, server: PageServer
) -> None:
    server["herald.test/x/comments.xml"] = rss("a", "b")
    server["gazette.test/map"] = sitemap("http://gazette.test/a", "http://gazette.test/b")
    server["gazette.test/robots.txt"] = "User-agent: *\nDisallow: /private\nSitemap: http://gazette.test/map"
    added, _ = add(
        "http://herald.test/x/comments.xml", "http://gazette.test/private", "https://www.guancha.cn/politics"
    )
    assert 'name = "guancha"\nuse = "guancha"\n' in added
    assert 'name = "herald"\nfeeds = ["http://herald.test/x/comments.xml"]\n' in added
    assert 'name = "gazette"\nsitemaps = ["http://gazette.test/map"]\n' in added
    assert server.paths("herald.test") == ["/robots.txt", "/x/comments.xml"]
    assert "/private" not in server.paths("gazette.test")
    added, done = add("https://www.guancha.cn", "http://gazette.test/map")
    assert added == ""
    assert "a source uses the profile guancha already" in done.err


def test_nothing_is_found(add: Any, server: PageServer) -> None:
    server["herald.test/"] = "<p>Welcome"
    for name in ("feed", "rss", "sitemap.xml"):
        server[f"herald.test/{name}"] = "<p>Welcome"  # a 404 that says 200
    server["many.test/"] = "".join(link(f"/{number}.xml") for number in range(5000))
    server["closed.test/robots.txt"] = Answer(b"User-agent: *\nDisallow: /", headers={"Content-Type": "text/plain"})
    sites = ("http://herald.test/", "http://port.test:8080/", "http://many.test/", "http://closed.test/")
    added, done = add(*sites, code=1)
    assert added == ""
    plain, port, many, closed = done.err.splitlines()
    places = "/feed /rss /atom.xml /feed.xml /rss.xml /index.xml /feed.json"
    maps = "/sitemap.xml /sitemap_index.xml /news-sitemap.xml /sitemap-news.xml"
    assert plain == f"http://herald.test/: no feed and no sitemap found; tried / /robots.txt {places} {maps}; {HINT}"
    assert "refused by port" in port and port.endswith(f"; tried /; {HINT}")
    assert "http://many.test/0.xml: answered 404; " in many and "; … 57 more; tried / /robots.txt /0.xml " in many
    assert "found: http://closed.test/: refused by robots: robots.txt disallows it; tried" in closed


def test_wrong_use_is_one_line(place: Any) -> None:
    missing = place.run("add", "http://herald.test/", code=2).err
    assert "does not exist; `warcpress init` writes one" in missing
    assert place.run("add", code=2).err == "warcpress add: give the URL of a site, or --opml FILE\n"
    place.configure("")
    assert "not a URL" in place.run("add", "ftp://herald.test/", code=2).err
    assert "--name: 'a b'" in place.run("add", "http://herald.test/", "--name", "a b", code=2).err
    place.configure('[[source]]\nname = "herald"\n')
    assert "has a source 'HERALD' already" in place.run("add", "http://x.test/", "--name", "HERALD", code=2).err


def test_lists_of_feed_readers(add: Any, place: Any, server: PageServer) -> None:
    (place.folder.parent / "list.opml").write_text(
        """<opml><body><outline text="News"><outline text="The Herald" xmlUrl="http://herald.test/feed"/>
<outline text="The Herald" xmlUrl="http://herald.test/sport"/><outline text="x" xmlUrl="gopher://old.test/"/>
<outline text="观察者网" xmlUrl="https://www.gazette.co.test/rss"/></outline></body></opml>"""
    )
    added, done = add("--opml", "../list.opml")
    assert (
        added
        == """

[[source]]
name = "the-herald"
site = "The Herald"
section = "News"
feeds = ["http://herald.test/feed"]

[[source]]
name = "the-herald-2"
site = "The Herald"
section = "News"
feeds = ["http://herald.test/sport"]

[[source]]
name = "co"
site = "观察者网"
section = "News"
feeds = ["https://www.gazette.co.test/rss"]
"""
    )
    assert "../list.opml: left out: 'gopher://old.test/' is not a URL" in done.err
    assert "../list.opml: 4 feeds, 3 of them new\n" in done.err
    assert server.asked == []
    exported = place.run("export", "--opml").out
    (place.folder.parent / "list.opml").write_text(exported)
    added, done = add("--opml", "../list.opml")
    assert added == ""
    assert "../list.opml: 3 feeds, 0 of them new\n" in done.err
    (place.folder.parent / "list.opml").write_text("<html>")
    _, done = add("--opml", "../list.opml", code=2)
    assert done.err == "warcpress add: ../list.opml: not OPML: its root is <html>\n"


def test_a_crawl_with_the_user_agent_of_the_template_warns_once(place: Any, server: PageServer) -> None:
    server["herald.test/feed"] = rss("a", "b")
    source = '[[source]]\nname = "herald"\nfeeds = ["http://herald.test/feed"]\n'
    warning = f"{place.folder}/warcpress.toml: [crawl] user_agent or contact names example.org: no publisher can reach"
    place.configure(source)
    assert place.run("crawl").err.count(warning) == 1
    place.configure(source, crawl='user_agent = "herald-archive (+https://archive.test/)"\n')
    assert "example.org" not in place.run("crawl").err
