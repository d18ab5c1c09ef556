"""Build the sites of recorded pages: as many pages as posts, and every picture; prints a line per site generator.

    python benchmarks/builds.py FOLDER SCRATCH [--generators hexo,hugo,jekyll]

FOLDER holds `ids.txt`, `corpus/NAME.jsonl` and `corpus/ID.html.gz`, as for benchmarks/extraction.py. A server on
loopback answers under the pages' own names, with a small picture wherever a picture is asked for. `warcpress crawl`
fetches all of it into SCRATCH and publishes it; for each further generator the settings change, and
`warcpress render` makes the posts again. Hexo is that of tests/hexo (`npm ci`); `hugo` and `jekyll` are on the PATH.
The exit code is 0 only when no page and no picture is missing.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import shutil
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from crawler.demo.pictures import png
from crawler.terminal import put
from crawler.urls.canonical import canonicalise

HEXO = Path(__file__).resolve().parents[1] / "tests/hexo"
WARCPRESS = Path(sys.executable).with_name("warcpress")
CONFIG = """[crawl]
user_agent = "benchmark (+http://127.0.0.1/)"
allow_private = ["127.0.0.0/8"]
resolve = {{ "*:80" = "127.0.0.1:{plain}", "*:443" = "127.0.0.1:{secure}" }}
delay = 0
concurrency = 8
obey_robots = false

[posts]
images = "local"
dialect = "{dialect}"

[publish]
site = "{dialect}"

[[source]]
name = "recorded"
verify_tls = false
urls = {urls}
"""


@dataclass(frozen=True)
class Generator:
    """How a site is made and built."""

    files: dict[str, str]
    """Path in the site → text: configuration and layout of one page."""
    command: tuple[str, ...]
    source: str
    """Folder that the paths of posts start from."""
    out: str
    """Folder of the built site."""


GENERATORS = {
    "hexo": Generator(
        {
            "_config.yml": 'url: https://blog.example\npermalink: ":title/"\ntheme: plain\n',
            "package.json": (HEXO / "package.json").read_text(encoding="utf-8"),
            "themes/plain/layout/post.ejs": '<article data-path="<%= page.source %>"><img src="<%= page.headimg %>">'
            "<%- page.content %></article>",
            "themes/plain/layout/index.ejs": "lists",
        },
        ("node", "node_modules/hexo/bin/hexo", "generate"),
        "source",
        "public",
    ),
    "hugo": Generator(
        {
            "hugo.toml": 'baseURL = "https://blog.example/"\nmarkup.goldmark.renderer.unsafe = true\n'
            'disableKinds = ["home", "section", "taxonomy", "term", "rss", "sitemap", "404"]\n',
            "layouts/_default/single.html": '<article data-path="{{ .File.Path }}"><img src="{{ .Params.headimg }}">'
            "{{ .Content }}</article>",
        },
        ("hugo",),
        "content",
        "public",
    ),
    "jekyll": Generator(
        {
            "_config.yml": "permalink: /:path:output_ext\nplugins: []\n"
            "defaults: [{scope: {path: ''}, values: {layout: post}}]\n",
            "_layouts/post.html": '<article data-path="{{ page.path }}"><img src="{{ page.headimg }}">'
            "{{ content }}</article>",
        },
        ("jekyll", "build", "--quiet"),
        ".",
        "_site",
    ),
}
TOLD = re.compile(r"(articles|images|site): |[0-9]+ (of|posts) ")
PAGE = re.compile(r'<article data-path="([^"]*)">(.*)</article>', re.DOTALL)


def address(url: str) -> str:
    """Host, path and query of a URL, in one spelling."""
    return canonicalise(url).partition("://")[2]


def recorded(folder: Path) -> dict[str, bytes]:
    """The pages by their URLs."""
    counted = set((folder / "ids.txt").read_text(encoding="utf-8").split("\n"))
    found: dict[str, bytes] = {}
    for corpus in sorted((folder / "corpus").glob("*.jsonl")):
        for row in map(json.loads, corpus.read_text(encoding="utf-8").splitlines()):
            if row["id"] in counted:
                url = row.get("url") or ""
                url = url if "://" in url else f"http://{url}"
                if url in found or url == "http://":  # a few have none, or that of a front page
                    url = f"http://page-{len(found)}.example/"
                found[url] = gzip.decompress((folder / "corpus" / f"{row['id']}.html.gz").read_bytes())
    return found


def handler(pages: dict[str, bytes]) -> type[BaseHTTPRequestHandler]:
    """Answer with a recorded page, a picture where the client prefers one, or 404."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = address(f"http://{self.headers['Host']}{self.path}")
            body, kind, status = pages.get(asked, b""), "text/html", 200
            if not body and self.headers.get("Accept", "").startswith("image/"):
                body, kind = png(asked, 48, 32), "image/png"
            elif not body:
                status = 404
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        log_message: Callable[..., None] = lambda *_: None

    return Handler


@contextmanager
def served(pages: dict[str, bytes], scratch: Path) -> Iterator[tuple[int, int]]:
    """Serve the pages on two ports, by http and by https."""
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem"
    subprocess.run(make.split(), cwd=scratch, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(scratch / "cert.pem", scratch / "key.pem")
    by_address = {address(url): body for url, body in pages.items()}
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler(by_address)) for _ in range(2)]
    servers[1].socket = context.wrap_socket(servers[1].socket, server_side=True, do_handshake_on_connect=False)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield servers[0].server_address[1], servers[1].server_address[1]
    for server in servers:
        server.shutdown()


def run(command: tuple[str | Path, ...], folder: Path) -> tuple[float, str]:
    """Run a command; return its seconds and what it said. A failure ends the benchmark."""
    started = time.monotonic()
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    if done.returncode not in (0, 6):
        raise SystemExit(f"{command}: exit code {done.returncode}\n{done.stderr[-2000:]}{done.stdout[-2000:]}")
    return time.monotonic() - started, done.stdout + done.stderr


def built(site: Path, generator: Generator) -> tuple[float, dict[str, str]]:
    """Build a site; return the seconds, and the content of each page by the path of its post."""
    seconds, _said = run(generator.command, site)
    found = (PAGE.search(path.read_text("utf-8")) for path in (site / generator.out).rglob("*.html"))
    return seconds, {match[1]: match[2] for match in found if match}


def measure(name: str, scratch: Path) -> bool:
    """Tell of a generator whose site has its posts; return whether all is there."""
    generator, site = GENERATORS[name], scratch / name
    seconds, pages = built(site, generator)
    source = site / generator.source
    posts = {path.relative_to(source).as_posix() for path in source.rglob("*.md")}
    shown = {unescape(src) for body in pages.values() for src in re.findall(r'<img[^>]* src="?([^" >]+)', body)}
    ours = {src for src in shown if src.startswith("/media/")}
    missing = [src for src in ours if not (site / generator.out / src.lstrip("/")).is_file()]
    put(
        f"{name}: {len(posts)} posts, {len(pages)} pages, {len(posts - set(pages))} posts without a page; "
        f"{len(ours)} pictures, {len(missing)} of them missing, {len(shown - ours)} remote; built in {seconds:.1f} s"
    )
    return posts == set(pages) and not missing


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("scratch", type=Path, help="made anew")
    parser.add_argument("--generators", default="hexo,hugo,jekyll", help="some of these, separated by commas")
    options = parser.parse_args()
    scratch = options.scratch.resolve()
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    pages = recorded(options.folder)
    whole = []
    with served(pages, scratch) as (plain, secure):
        for number, name in enumerate(options.generators.split(",")):
            for path, text in GENERATORS[name].files.items():
                (scratch / name / path).parent.mkdir(parents=True, exist_ok=True)
                (scratch / name / path).write_text(text, encoding="utf-8")
            if name == "hexo":
                (scratch / name / "node_modules").symlink_to(HEXO / "node_modules")
            settings = CONFIG.format(plain=plain, secure=secure, dialect=name, urls=json.dumps(list(pages)))
            (scratch / "warcpress.toml").write_text(settings, encoding="utf-8")
            seconds, said = run((WARCPRESS, "render" if number else "crawl"), scratch)
            put(f"{name}: {'render' if number else f'crawl of {len(pages)} pages'} in {seconds:.0f} s")
            for line in filter(TOLD.match, said.splitlines()):
                put(f"  {line}")
            whole.append(measure(name, scratch))
    sys.exit(0 if all(whole) else 1)


if __name__ == "__main__":
    main()
