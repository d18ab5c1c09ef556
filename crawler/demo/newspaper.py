"""A URL path goes in, the embedded site's answer comes out: an article, section, feed, sitemap, robots.txt or picture.

The texts are in content/.
"""

from __future__ import annotations

import gzip
import json
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from importlib.resources import files
from string import Template

from crawler.demo.pictures import png

CONTENT = files("crawler.demo") / "content"
NAMES = {"en": "The Harbour Post", "zh": "海港时报"}
PICTURES = {
    **dict.fromkeys(("tide-gates", "night-ferry", "library-clock", "library-works"), (480, 270)),
    **dict.fromkeys(("tram-depot", "night-market", "dockyard"), (480, 270)),
    "library-works-small": (240, 135),
    "blank": (1, 1),
}
EDITED_AT = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
PER_PAGE = 2


@dataclass(frozen=True)
class Story:
    """One article, as content/newspaper.toml describes it."""

    path: str
    text: str
    title: str
    section: str
    author: str
    published: datetime
    picture: str
    language: str
    declares: str
    """Where the page names author and date: json-ld, open-graph, meta, text."""
    validators: str
    """etag, last-modified, or none; with none, a second visit fetches the same bytes again."""
    charset: str = "utf-8"
    moved_from: str = ""


@dataclass(frozen=True)
class Resource:
    """The answer for one path."""

    body: bytes
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    etag: bool = False
    modified: datetime | None = None
    location: str = ""


class Newspaper:
    """The site, with one example of most things that crawlers meet.

    A feed that answers 304, a sitemap index with a gzipped sitemap and a news sitemap, a section of two pages, articles
    in English and Chinese, one of them in GB18030 labelled gb2312, lazy images, a redirect, a dead link, a missing
    picture, a page that is not an article, and members' pages that robots.txt disallows.
    """

    def __init__(self) -> None:
        table = tomllib.loads((CONTENT / "newspaper.toml").read_text(encoding="utf-8"))
        self.stories = [Story(**row) for row in table["article"]]
        self.edited = False
        """Whether the article about the ferry has been corrected."""

    def answer(self, path: str, origin: str) -> Resource:
        """Return the answer for a path; `origin`: scheme and host of the request, such as `http://127.0.0.1:8000`."""
        return (
            self._story(path, origin)
            or self._listing(path)
            or self._for_crawlers(path, origin)
            or self._static(path)
            or self._missing(path)
        )

    def _story(self, path: str, origin: str) -> Resource | None:
        for story in self.stories:
            if path == story.path:
                return self._article(story, origin)
            if story.moved_from and path == story.moved_from:
                return Resource(b"", status=301, location=story.path)
        return None

    def _listing(self, path: str) -> Resource | None:
        """Answer with a page of links to articles."""
        match path:
            case "/":
                return self._section("Today", "en", [self._link(story) for story in self.stories], "")
            case "/harbour/" | "/harbour":
                closed = _item("/members/2026/03/briefing.html", "For members: what the tide gates cost")
                return self._section("Harbour", "en", [*self._links("Harbour"), closed], "")
            case "/city/" | "/city/page/2/":
                puzzles = _item("/city/puzzles/", "Puzzles of the week")
                links = [*self._links("City"), puzzles]
                if path == "/city/":
                    pager = '<p class="pager"><a class="next" href="/city/page/2/">Older stories</a></p>'
                    return self._section("City", "en", links[:PER_PAGE], pager)
                return self._section("City, page 2", "en", links[PER_PAGE:], "")
            case "/city/puzzles/":
                title = "Week {}: crossword, chess problem, and a riddle from the tide tables"
                weeks = [_item(f"/city/puzzles/{week}.html", title.format(week)) for week in range(30, 0, -1)]
                return self._section("Puzzles", "en", weeks, "")
            case "/zh/":
                chinese = [self._link(story) for story in self.stories if story.language == "zh"]
                return self._section("中文", "zh", chinese, "")
        return None

    def _for_crawlers(self, path: str, origin: str) -> Resource | None:
        """Answer with a feed, a sitemap or robots.txt."""
        match path:
            case "/feed.xml":
                return Resource(self._feed(origin).encode(), "application/rss+xml; charset=utf-8", etag=True)
            case "/sitemap.xml":
                names = ("sitemap-articles.xml.gz", "sitemap-news.xml")
                return Resource(
                    _xml("sitemapindex", "sitemap", [f"{origin}/{name}" for name in names]), "application/xml"
                )
            case "/sitemap-articles.xml.gz":
                paths = [story.path for story in self.stories if story.language == "en" and not story.moved_from]
                locations = [origin + path for path in (*paths, "/city/2026/03/withdrawn.html")]
                return Resource(gzip.compress(_xml("urlset", "url", locations), mtime=0), "application/gzip", etag=True)
            case "/sitemap-news.xml":
                return Resource(self._news_sitemap(origin).encode(), "application/xml")
            case "/robots.txt":
                rules = f"User-agent: *\nDisallow: /members/\n\nSitemap: {origin}/sitemap.xml\n"
                return Resource(rules.encode(), "text/plain; charset=utf-8")
        return None

    def _static(self, path: str) -> Resource | None:
        """Answer with the style sheet or a picture."""
        if path == "/static/site.css":
            return Resource((CONTENT / "site.css").read_bytes(), "text/css; charset=utf-8", modified=_day(1))
        name = path.removeprefix("/images/").removesuffix(".png")
        if path == f"/images/{name}.png" and name in PICTURES:
            return Resource(png(name, *PICTURES[name]), "image/png", modified=_day(2))
        return None

    def _missing(self, path: str) -> Resource:
        body = self._page(title="Not found", path=path, body="<p>There is nothing at this address.</p>")
        return Resource(body.encode(), status=404)

    # -- pages

    def _article(self, story: Story, origin: str) -> Resource:
        corrected = self.edited and story.text == "night-ferry-returns"
        title = "The night ferry returns in May, after eleven years" if corrected else story.title
        note = "Correction, 18 March: an earlier version gave the number of passengers as 200."
        text = Template((CONTENT / f"articles/{story.text}.html").read_text(encoding="utf-8").strip())
        body = text.substitute(
            origin=origin,
            passengers="240" if corrected else "200",
            correction=f'<p class="correction"><em>{note}</em></p>' if corrected else "",
        )
        others = [other for other in self.stories if other.language == story.language and other is not story]
        page = self._page(
            title=title,
            path=story.path,
            body=body.strip(),
            origin=origin,
            language=story.language,
            charset="gb2312" if story.charset == "gb18030" else story.charset,
            section=story.section,
            byline=_byline(story),
            declarations=_declarations(story, title, origin),
            related_heading="更多报道" if story.language == "zh" else "More stories",
            related="\n".join(f'<li><a href="{other.path}">{escape(other.title)}</a></li>' for other in others[:3]),
        )
        return Resource(
            page.encode(story.charset),
            "text/html" if story.charset != "utf-8" else "text/html; charset=utf-8",
            etag=story.validators == "etag",
            modified=(EDITED_AT if corrected else story.published) if story.validators == "last-modified" else None,
        )

    def _page(self, **values: str) -> str:
        defaults = {"language": "en", "charset": "utf-8", "origin": "", "section": "", "byline": "", "declarations": ""}
        values = {**defaults, "related_heading": "", "related": "", **values}
        name = NAMES[values["language"]]
        values["title"] = escape(values["title"])
        page = Template((CONTENT / "page.html").read_text(encoding="utf-8"))
        return page.substitute(
            values, site=name, footer=f"{name}: written for a demonstration; nothing in it happened."
        )

    def _section(self, title: str, language: str, links: list[str], pager: str) -> Resource:
        template = Template((CONTENT / "section.html").read_text(encoding="utf-8"))
        page = template.substitute(
            title=escape(title),
            language=language,
            site=NAMES[language],
            stories="\n".join(links),
            pager=pager,
            footer=f"{NAMES[language]}: written for a demonstration; nothing in it happened.",
        )
        return Resource(page.encode())

    def _links(self, section: str) -> list[str]:
        return [self._link(story) for story in self.stories if story.section == section]

    def _link(self, story: Story) -> str:
        return _item(story.moved_from or story.path, story.title)

    # -- feed and sitemap

    def _feed(self, origin: str) -> str:
        items = "".join(
            f"<item><title>{escape(story.title)}</title><link>{origin}{story.path}</link>"
            f"<pubDate>{format_datetime(story.published.astimezone(UTC), usegmt=True)}</pubDate></item>\n"
            for story in self.stories
            if story.language == "en" and not story.moved_from
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>\n'
            f"<title>{NAMES['en']}</title><link>{origin}/</link><description>All stories</description>\n"
            f"{items}</channel></rss>\n"
        )

    def _news_sitemap(self, origin: str) -> str:
        urls = "".join(
            f"<url><loc>{origin}{story.path}</loc><news:news><news:publication><news:name>{NAMES['en']}</news:name>"
            f"<news:language>en</news:language></news:publication><news:publication_date>{story.published.isoformat()}"
            f"</news:publication_date><news:title>{escape(story.title)}</news:title></news:news></url>\n"
            for story in self.stories
            if story.section == "Harbour"
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
            f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{urls}</urlset>\n'
        )


def _day(day: int) -> datetime:
    return datetime(2026, 3, day, tzinfo=UTC)


def _item(path: str, title: str) -> str:
    return f'<li><h3><a href="{path}">{escape(title)}</a></h3></li>'


def _xml(root: str, entry: str, locations: list[str]) -> bytes:
    entries = "".join(f"<{entry}><loc>{escape(location)}</loc></{entry}>\n" for location in locations)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{entries}</{root}>\n"
    ).encode()


def _byline(story: Story) -> str:
    when = story.published
    if story.language == "zh":
        return f"{when:%Y-%m-%d %H:%M}　记者 {story.author}　来源：{NAMES['zh']}"
    return f"By {escape(story.author)} · <time>{when.day} {when:%B %Y, %H:%M}</time>"


def _declarations(story: Story, title: str, origin: str) -> str:
    """Make the page's metadata in the form that `story.declares` names."""
    image = f"{origin}/images/{story.picture}.png" if story.picture else ""
    when = story.published.isoformat()
    if story.declares == "json-ld":
        facts = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": title,
            "datePublished": when,
            "author": [{"@type": "Person", "name": story.author}],
            "publisher": {"@type": "Organization", "name": NAMES[story.language]},
            "image": [image],
        }
        return f'<script type="application/ld+json">{json.dumps(facts, ensure_ascii=False)}</script>'
    tags = {
        "open-graph": [
            ("property", "og:type", "article"),
            ("property", "og:site_name", NAMES[story.language]),
            ("property", "og:title", title),
            ("property", "og:image", image),
            ("property", "article:published_time", when),
            ("property", "article:section", story.section),
            ("name", "author", story.author),
        ],
        "meta": [("name", "author", story.author), ("name", "date", when), ("property", "og:image", image)],
    }
    wanted = [row for row in tags.get(story.declares, []) if row[2]]
    return "\n".join(f'<meta {kind}="{name}" content="{escape(value)}">' for kind, name, value in wanted)
