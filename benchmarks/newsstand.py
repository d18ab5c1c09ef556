"""A news site of any size on a free loopback port, for benchmarks/crawl.py.

    with Newsstand(400) as site: site.url, site.urls(), site.served

Each page is a different article with about 90 KB of markup (23 KB as gzip) and two to four pictures of 20 to 150 KB,
most of them used only there. The site has a sitemap, robots.txt, ETag and 304. All answers are prepared before the
first request, so that the client is the bottleneck.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import multiprocessing
import random
import socket
import struct
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Self

WORDS = 1800
"""Size of the vocabulary."""
SHARED = 12
"""Pictures that several pages use."""
BLOBS = 40
"""Different picture bodies; a comment in its head makes each picture a different file."""
PUBLISHED = "2026-03-{:02d}T{:02d}:{:02d}:00+00:00"


class Newsstand(AbstractContextManager["Newsstand"]):
    """The site, served by its own process from `__enter__` to `__exit__`."""

    def __init__(self, pages: int, address: str = "127.0.0.1") -> None:
        self.pages = pages
        self._served = multiprocessing.Value("q", 0)
        self._listening = socket.create_server((address, 0), backlog=512)
        self.port = int(self._listening.getsockname()[1])
        self.url = f"http://{address}:{self.port}"
        ready = self._ready = multiprocessing.Event()
        arguments = (pages, self.url, self._listening, self._served, ready)
        self._process = multiprocessing.Process(target=_serve, args=arguments, daemon=True)

    @property
    def served(self) -> int:
        """Articles served so far, 304s included."""
        return int(self._served.value)

    def urls(self) -> list[str]:
        """Every page and its pictures, each once, in the order of the pages."""
        paths = {path: None for number in range(self.pages) for path in (page_path(number), *picture_paths(number))}
        return [self.url + path for path in paths]

    def __enter__(self) -> Self:
        self._process.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()
        self._listening.close()


def page_path(number: int) -> str:
    return f"/2026/03/{number % 28 + 1:02d}/story-{number}.html"


def picture_paths(number: int) -> list[str]:
    """Return two to four paths, every seventh of them a shared picture."""
    count = 2 + number % 3
    return [
        f"/shared/{(number + place) % SHARED}.jpg"
        if (number * 4 + place) % 7 == 0
        else f"/pictures/{number}-{place}.jpg"
        for place in range(count)
    ]


class _Paper:
    """Words, markup and pictures; the same on every machine."""

    def __init__(self, base: str) -> None:
        rng = random.Random(7)
        self.base = base
        self.words = ["".join(rng.choices("etaoinshrdlucmfw", k=rng.randint(2, 11))) for _ in range(WORDS)]
        self.blobs = [rng.randbytes(rng.randint(20_000, 150_000)).replace(b"\xff", b"\xfe") for _ in range(BLOBS)]
        links = "".join(
            f'<li class="nav-item"><a class="nav-link" href="/topic/{word}" data-i="{place}">{word.title()}</a></li>'
            for place, word in enumerate(self.words[:150])
        )
        css = "".join(
            f".{word}-{place}{{display:flex;margin:{place}px {place % 9}px;color:#{rng.getrandbits(24):06x}}}\n"
            for place, word in enumerate(self.words[:260])
        )
        self.style = f"<style>{css}</style>"
        self.nav = f'<header class="masthead"><nav><ul class="nav">{links}</ul></nav></header>'
        self.foot = f"<footer><ul>{links[:9000]}</ul><p>© The Harbour Post</p></footer>"

    def sentence(self, rng: random.Random) -> str:
        return " ".join(rng.choices(self.words, k=rng.randint(7, 22))).capitalize() + ". "

    def paragraph(self, rng: random.Random, most: int = 5) -> str:
        return "".join(self.sentence(rng) for _ in range(rng.randint(2, most)))

    def page(self, number: int) -> bytes:
        rng = random.Random(number)
        title, author = self.sentence(rng)[:70].strip(), f"{rng.choice(self.words)} {rng.choice(self.words)}".title()
        date = PUBLISHED.format(number % 28 + 1, number % 24, number % 60)
        url, pictures = self.base + page_path(number), picture_paths(number)
        ld = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": title,
            "datePublished": date,
            "author": [{"@type": "Person", "name": author}],
            "image": [self.base + path for path in pictures],
        }
        body = [f'<p class="paragraph">{self.paragraph(rng)}</p>' for _ in range(rng.randint(16, 28))]
        for place, path in enumerate(pictures):
            caption = f"<figcaption>{self.sentence(rng)}</figcaption>"
            body.insert(place * 5, f'<figure><img src="{path}" width="800" height="450" alt="">{caption}</figure>')
        cards = "".join(
            f'<article class="card" data-id="{rng.getrandbits(32)}"><a href="{page_path(rng.randrange(9999))}">'
            f'<h3>{self.sentence(rng)}</h3></a><p class="card__meta">{date[:10]}</p></article>'
            for _ in range(26)
        )
        comments = "".join(
            f'<li class="comment" id="c{rng.getrandbits(32):x}"><b>{rng.choice(self.words)}</b>'
            f'<div class="comment__body"><p>{self.paragraph(rng, 3)}</p></div>'
            f"<button>Like</button><button>Reply</button></li>"
            for _ in range(rng.randint(12, 30))
        )
        script = "".join(
            f'__Q.push({{"k":"{rng.choice(self.words)}","id":"{rng.getrandbits(40):x}","t":["module","slot-{place}"]}});'
            for place in range(170)
        )
        return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title} | The Harbour Post</title><link rel="canonical" href="{url}">
<meta property="og:type" content="article"><meta property="og:title" content="{title}">
<meta name="author" content="{author}">
<meta property="og:site_name" content="The Harbour Post"><meta property="og:image" content="{self.base}{pictures[0]}">
<meta property="article:published_time" content="{date}"><script type="application/ld+json">{json.dumps(ld)}</script>
{self.style}<script>window.__Q=[];{script}</script></head><body>{self.nav}
<main><article class="story"><h1 class="headline">{title}</h1>
<div class="byline">By <a rel="author" href="/by">{author}</a> <time datetime="{date}">{date[:10]}</time></div>
<div class="story__body">{"".join(body)}</div></article>
<section class="related"><h2>More</h2>{cards}</section><section class="comments"><ol>{comments}</ol></section></main>
{self.foot}<script>{script[:9000]}</script></body></html>""".encode()

    def picture(self, name: str) -> list[bytes]:
        """Make a JPEG in pieces: a head with a comment and 800 × 450 pixels, a body that does not compress, an end."""
        comment = name.encode()
        head = b"\xff\xd8\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment
        head += b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 450, 800) + b"\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
        return [head, self.blobs[hash_of(name) % BLOBS], b"\xff\xd9"]


def hash_of(name: str) -> int:
    return int.from_bytes(name.encode(), "big") % 1_000_003


class _Answers:
    """All answers of the site, whole and ready to send."""

    def __init__(self, pages: int, base: str) -> None:
        self._paper = _Paper(base)
        self.pages = {}
        for number in range(pages):
            plain = self._paper.page(number)
            self.pages[page_path(number).encode()] = (plain, gzip.compress(plain, 6, mtime=0))
        locations = "".join(f"<url><loc>{base}{page_path(number)}</loc></url>" for number in range(pages))
        xmlns = "http://www.sitemaps.org/schemas/sitemap/0.9"
        self._others = {
            b"/robots.txt": ("text/plain", b"User-agent: *\nDisallow: /search\n"),
            b"/sitemap.xml": ("application/xml", f'<urlset xmlns="{xmlns}">{locations}</urlset>'.encode()),
        }

    def to(self, target: bytes, zipped: bool, condition: bool) -> Iterator[bytes]:
        if target in self.pages and condition:
            yield b'HTTP/1.1 304 Not Modified\r\nServer: newsstand\r\nETag: "1"\r\n\r\n'
        elif target in self.pages:
            body = self.pages[target][zipped]
            coding = "Vary: Accept-Encoding\r\nContent-Encoding: gzip\r\n" if zipped else ""
            yield _head("text/html; charset=utf-8", len(body), coding)
            yield body
        elif target.endswith(b".jpg"):
            pieces = self._paper.picture(target.decode())
            yield _head("image/jpeg", sum(map(len, pieces)), "Cache-Control: max-age=86400\r\n")
            yield from pieces
        elif target in self._others:
            kind, body = self._others[target]
            yield _head(kind, len(body), "")
            yield body
        else:
            yield b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def _head(kind: str, length: int, more: str) -> bytes:
    return (
        "HTTP/1.1 200 OK\r\nServer: newsstand\r\nDate: Wed, 25 Nov 2026 08:00:00 GMT\r\n"
        f'Content-Type: {kind}\r\nContent-Length: {length}\r\nETag: "1"\r\n{more}Connection: keep-alive\r\n\r\n'
    ).encode()


def _serve(pages: int, base: str, listening: socket.socket, served, ready) -> None:  # type: ignore[no-untyped-def]
    answers = _Answers(pages, base)

    class Connection(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport, self.waiting = transport, b""

        def data_received(self, data: bytes) -> None:
            self.waiting += data
            while b"\r\n\r\n" in self.waiting:
                head, _, self.waiting = self.waiting.partition(b"\r\n\r\n")
                method, target, _ = head.split(b" ", 2)
                fields = head.lower()
                zipped = any(b"gzip" in line for line in fields.split(b"\r\n") if line.startswith(b"accept-encoding"))
                served.value += target in answers.pages
                pieces = list(answers.to(target, zipped, b"\nif-none-match" in fields))
                self.transport.write(pieces[0] if method == b"HEAD" else b"".join(pieces))

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Connection, sock=listening)
        ready.set()
        await server.serve_forever()

    asyncio.run(run())
