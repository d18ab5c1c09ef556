"""Measure what people wait for who read: lists of posts and searches, beside 100,000 posts and 2 million captures.

    python benchmarks/reading.py FOLDER [--articles 100000] [--captures 20] [--sources 100]      1.5 GB, made once

The posts are of Chinese sentences of words that are as frequent as Zipf's law says, 2 KB each, in WARC files; every
twentieth has two versions. Of `--captures` for each article one is a record, and the others are rows. The cost of an
article in a crawl is that of `Upkeep.add` for groups of 20.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import accumulate, islice
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from million import CAPTURE, DATE, DIGEST, FILE, PICTURE, Unsynced, cost, insert, per_call, prepared
from starlette.requests import Request
from starlette.responses import Response

from archive import ArchiveWriter, Capture, Exchange
from crawler.config import Config
from crawler.config.schema import Crawl
from crawler.from_warc.indexing import index_all
from crawler.from_warc.publish import Publisher
from crawler.from_warc.show import LARGEST_PAGE
from crawler.original.page import page_view
from crawler.posts.conversion import CONTENT_TYPE, Conversion, version_of
from crawler.sandbox.pool import Workers
from crawler.search.finding import find
from crawler.search.index import SearchIndex
from crawler.search.query import parse
from crawler.search.snippets import snippet
from crawler.search.texts import texts_of
from crawler.search.upkeep import Upkeep
from crawler.serve import feeds
from crawler.serve.app import make_app
from crawler.serve.article import article
from crawler.serve.front import front
from crawler.serve.held import Held
from crawler.serve.original import make_original
from crawler.serve.original import page as original_page
from crawler.serve.origins import Origins
from crawler.serve.stored import Stored
from crawler.store.catalogue import Catalogue
from crawler.store.catalogue_selection import Selection
from crawler.store.data_folder import Layout
from crawler.store.stored_version import Version

BEGIN = datetime(2023, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=17)
CHARACTERS = 680
"""Of a body: 2 KB as UTF-8."""
SHOWN = 20
GROUP = 512
ORIGINAL = "https://news.example/original.html"
PICTURES = 20
FREQUENT = {"common": 30, "mid": 3_000, "rare": 40_000}
"""Rank of the first word of each kind that is looked for."""
FRONT = "\n---\ntitle: '{title}'\ncategories: []\nheadimg: ''\nauthor: 记者{author}\ncomments: false\ndate: x\n---\n\n"
ROWS = f"""(record_id, kind, url, date, file, "offset", length, status, mime, payload_digest)
    SELECT {CAPTURE.replace("-111%d-", "-22%02d-")} AS id, 'response', {PICTURE}, {DATE}, {FILE}, i % 1000 * 9999, 9999,
    200, 'image/jpeg', {DIGEST} FROM (SELECT value AS part FROM json_each(:parts)) JOIN n ORDER BY id"""


class Words:
    """Chinese words, the most frequent first, and bodies that are made of them; the same at each start."""

    def __init__(self) -> None:
        self._chance = random.Random(7)
        characters = [chr(0x4E00 + number) for number in range(3_500)]
        weights = list(accumulate(1 / (number + 3) for number in range(3_500)))
        lengths = self._chance.choices((1, 2, 3, 4), (1, 6, 2, 1), k=60_000)
        made = ("".join(self._chance.choices(characters, cum_weights=weights, k=length)) for length in lengths)
        self.words = list(dict.fromkeys(made))
        frequent = list(accumulate(1 / (number + 2.7) for number in range(len(self.words))))
        lengths = self._chance.choices(range(4, 10), k=60_000)
        self._sentences = ["".join(self._chance.choices(self.words, cum_weights=frequent, k=n)) for n in lengths]

    def bodies(self, count: int) -> Iterator[str]:
        for _ in range(count):
            sentences, length = [], 0
            while length < CHARACTERS:
                sentences.append(self._chance.choice(self._sentences))
                length += len(sentences[-1]) + 1
            yield "，".join(sentences) + "。"


def fill(folder: Path, articles: int, captures: int, sources: int) -> None:
    """Make a data folder with that many articles."""
    (folder / "warcpress.toml").write_text("[crawl]\n")
    layout = Layout(folder / "data")
    layout.prepare()
    ticks = iter(range(100 * articles))
    writer = ArchiveWriter(
        layout.root, rollover_bytes=64 << 20, clock=lambda: BEGIN + timedelta(seconds=next(ticks)), disk=Unsynced()
    )
    with closing(Catalogue(layout.catalogue)) as catalogue:
        with writer:
            bodies = enumerate(Words().bodies(articles))
            catalogue.store([original(writer, articles)])
            while group := list(islice(bodies, GROUP)):
                versions = [one for number, body in group for one in written(writer, number, body, sources)]
                catalogue.store(writer.commit(), versions)
                catalogue.mark_shown(version.record_id for version in versions)
        catalogue.knows(path.name for path in layout.warc.iterdir())
    names = sorted(path.name for path in layout.warc.iterdir())
    values: dict[str, float] = {"first": 0, "articles": articles, "files": len(names), "sources": sources}
    insert(layout.catalogue, {"captures": ROWS.replace(":parts", f"'{list(range(1, captures))}'")}, values, names)


def written(writer: ArchiveWriter, number: int, body: str, sources: int) -> Iterator[Version]:
    """Write the page and the versions of an article."""
    url, title, date = f"https://news.example/{number:06}.html", body[:14], BEGIN + number * STEP
    page = f"<html><title>{title}</title><p>{body}</p></html>".encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(page)
    asked = b"GET / HTTP/1.1\r\nHost: news.example\r\n\r\n"
    capture: Capture = writer.write(Exchange(url, "GET", date, asked, BytesIO(head + page), "192.0.2.1"))
    for version in (1, 2) if number % 20 == 0 else (1,):
        text = body if version == 2 else body.replace("，", "。", 1)
        conversion = Conversion(
            path=f"s{number % sources}/{date:%Y/%m/%d}-{number}.md",
            number=version,
            canonical_url=url,
            source=f"s{number % sources}",
            section="",
            hint=None,
            dated=None,
            published=date,
            updated=None,
            extractor="warcpress",
            pages=(capture.record_id,),
            images=(),
            local=False,
            extra=(),
        )
        file = f"{FRONT.format(title=title, author=number % 50)}<div>   \n<p>{text}</p>  \n</div>\n            "
        record = writer.write_conversion(capture, file.encode(), CONTENT_TYPE, conversion.fields())
        yield version_of(conversion, record, file, capture.date)


def original(writer: ArchiveWriter, articles: int) -> Capture:
    """Write a page that shows things of the archive, which were captured far from each other."""
    shown = "".join(f'<p>Text <img src="/{number * articles // PICTURES:06}.html"></p>' for number in range(PICTURES))
    page = f"<html><title>Original</title>{shown}</html>".encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(page)
    asked = b"GET / HTTP/1.1\r\nHost: news.example\r\n\r\n"
    return writer.write(Exchange(ORIGINAL, "GET", BEGIN, asked, BytesIO(head + page), "192.0.2.1"))


def told(what: str, action: Callable[[], object]) -> None:
    """Print what an action costs: CPU and wall, each the least of several."""
    spent = per_call(action, 5)
    seconds = []
    for _ in range(10):
        begun = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - begun)
    print(f"{what:52} {1000 * spent:8.2f} ms CPU {1000 * min(seconds):8.2f} ms wall", flush=True)  # noqa: T201


def lists(catalogue: Catalogue) -> None:
    """Print what the newest posts cost, with their states."""
    half = BEGIN + 50_000 * STEP
    asked = {
        "newest": Selection(most=SHOWN),
        "newest of a source": Selection(source="s7", most=SHOWN),
        "newest before a date": Selection(until=half, most=SHOWN),
        "newest of a source after a date": Selection(source="s7", since=half, most=SHOWN),
        "newest with several versions": Selection(changed=True, most=SHOWN),
        "newest of a source with several versions": Selection(changed=True, source="s20", most=SHOWN),
        "newest of a source that has none": Selection(source="none", most=SHOWN),
        "withdrawn": Selection(state="withdrawn", most=SHOWN),
        "newest with a text in the title": Selection(title="字", most=SHOWN),
    }
    for what, selection in asked.items():
        told(what, lambda: [catalogue.states.name(one.canonical_url) for one in first(catalogue, selection)])  # noqa: B023
    told("count of the versions, as each search takes it", catalogue.count_versions)


def first(catalogue: Catalogue, selection: Selection) -> list[Version]:
    return list(islice(catalogue.selected(selection), SHOWN))


def make_index(layout: Layout, catalogue: Catalogue) -> None:
    """Print what the whole index costs, and what it costs a crawl."""
    layout.search.unlink(missing_ok=True)
    begun, versions = time.process_time(), catalogue.count_versions()
    index_all(layout, catalogue)
    spent, size = time.process_time() - begun, layout.search.stat().st_size
    each = f"{1000 * spent / versions:.2f} ms CPU a version, {size / versions:,.0f} bytes"
    print(f"{f'index of {versions:,} versions made':52} {spent:8.1f} s CPU, {each}", flush=True)  # noqa: T201
    with closing(Publisher(layout, catalogue)) as archive:
        some = [(one, archive.text(one)) for one in catalogue.those(islice(catalogue.record_ids(), 2_000))]
    path = layout.root / "crawl.sqlite"
    path.unlink(missing_ok=True)
    begun = time.process_time()
    with closing(Upkeep(path)) as upkeep:
        for start in range(0, len(some), 20):
            upkeep.add(some[start : start + 20])
        spent = time.process_time() - begun
    print(f"{'an article of a crawl, in groups of 20':52} {1000 * spent / len(some):8.2f} ms CPU")  # noqa: T201


def searches(layout: Layout, catalogue: Catalogue, articles: int) -> None:
    """Print what searches cost, and whether they find what reading every text finds."""
    made = Words()
    bodies = list(made.bodies(articles))
    places = {one.record_id: int(one.path.rpartition("-")[2][:-3]) for one in catalogue.those(catalogue.record_ids())}
    groups = {name: [word for word in made.words[rank:] if len(word) == 2][:8] for name, rank in FREQUENT.items()}
    groups["four characters"] = [word for word in made.words[1_000:] if len(word) == 4][:8]
    groups["one character"] = [chr(0x4E00 + rank) for rank in (10, 50, 100, 300, 1_000, 3_000)]
    with closing(SearchIndex(layout.search, read_only=True)) as index, closing(Publisher(layout, catalogue)) as archive:

        def page(words: str) -> list[object]:
            """The newest articles with their snippets."""
            query = parse(words)
            found = islice(find(query, index, catalogue), SHOWN)
            return [snippet(texts_of(one.version, archive.text(one.version)).body, query.phrases, 130) for one in found]

        for name, words in groups.items():
            costs, missed, right = [], 0, 0
            for word in words:
                query = parse(word)
                costs.append(per_call(lambda: index.newest(query, SHOWN), 5))  # noqa: B023
                found = {places[record_id] for record_id in index.newest(query, 10**9)}
                wanted = {number for number, body in enumerate(bodies) if word in body}
                missed, right = missed + len(found ^ wanted), right + len(wanted)
            figures = f"{1000 * median(costs):8.2f} ms CPU, at most {1000 * max(costs):.2f}"
            print(f"{f'newest {SHOWN} with a word, {name}':52} {figures}; {missed} of {right:,} wrong", flush=True)  # noqa: T201
        common, mid = groups["common"][0], groups["mid"][0]
        rare = groups["rare"][0]
        for text in (common, mid, f"{common} source:s7", f"{common} NOT {mid}", f"{mid} OR {rare}", "author:记者7"):
            told(f"a page of {SHOWN} articles with snippets, {text}", lambda: page(text))  # noqa: B023


def pages(layout: Layout, articles: int) -> None:
    """Print what a page of `warcpress serve` costs, without HTTP: each as the first one, and again."""
    held = Held(replace(Config(), crawl=replace(Crawl(), data=layout.root)))
    app = make_app(held, Origins(8420, 8421))
    last = BEGIN + (articles - 1) * STEP
    path = f"s{(articles - 1) % 100}/{last:%Y/%m/%d}-{articles - 1}.md"
    word = Words().words[FREQUENT["mid"]]
    feed = {route.path: route.endpoint for route in feeds.routes}
    asked: list[tuple[str, Callable[[Request], Response], str]] = [
        ("front page", front, ""),
        ("front page, of a source", front, "source=s7"),
        ("front page, before a date", front, "before=2024-06-01"),
        ("front page, a word", front, urlencode({"q": word})),
        ("front page, a word and a source", front, urlencode({"q": word, "source": "s7"})),
        ("article", article, ""),
        ("feed of posts", feed["/feeds/posts.atom"], ""),
        ("feed of posts of a source", feed["/feeds/posts.atom"], "source=s7"),
        ("feed of changes", feed["/feeds/changes.atom"], ""),
    ]
    for what, endpoint, query in asked:
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "app": app}
        scope |= {"scheme": "http", "server": ("127.0.0.1", 8420)}
        request = Request({**scope, "headers": [(b"host", b"127.0.0.1:8420")], "path_params": {"path": path}})
        begun = time.perf_counter()
        assert endpoint(request).status_code == 200
        first = time.perf_counter() - begun
        told(f"{what} (the first one {1000 * first:.0f} ms)", lambda: endpoint(request))  # noqa: B023
    held.close()


def originals(layout: Layout) -> None:
    """Print what the view of an original with pictures costs: in a child, and the look-ups of what it shows."""
    held = Held(replace(Config(), crawl=replace(Crawl(), data=layout.root)))
    with Workers(1) as workers, held.opened() as opened:
        app = make_original(held, workers, Origins(8420, 8421))
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "app": app, "scheme": "http"}
        scope |= {"server": ("127.0.0.1", 8421), "headers": [(b"host", b"127.0.0.1:8421")]}
        request = Request({**scope, "path_params": {"stamp": f"{BEGIN:%Y%m%d%H%M%S}", "url": ORIGINAL}})
        assert f"{PICTURES} of {PICTURES} pictures" in bytes(original_page(request).body).decode()
        told(f"an original with {PICTURES} pictures, without its child", lambda: original_page(request))
        page = Stored(opened).read(ORIGINAL, BEGIN, LARGEST_PAGE).page
        told("its view, as the child makes it", lambda: page_view(page))
    held.close()


def main() -> None:
    folder, numbers = prepared(__doc__, fill, articles=100_000, captures=20, sources=100)
    layout = Layout(folder / "data")
    print(f"SQLite {sqlite3.sqlite_version}")  # noqa: T201
    with closing(Catalogue(layout.catalogue, read_only=True)) as catalogue:
        print(", ".join(f"{count:,} {table}" for table, count in catalogue.count().items()), flush=True)  # noqa: T201
        lists(catalogue)
        make_index(layout, catalogue)
        searches(layout, catalogue, numbers["articles"])
    pages(layout, numbers["articles"])
    originals(layout)
    for command in (("list", "--limit", "20"), ("search", Words().words[FREQUENT["mid"]])):
        cost(folder, *command)  # compiles the modules
        least = min((cost(folder, *command) for _ in range(3)), key=lambda one: one.cpu)
        print(f"{'warcpress ' + ' '.join(command):52} {least.cpu:8.2f} s CPU")  # noqa: T201


if __name__ == "__main__":
    main()
