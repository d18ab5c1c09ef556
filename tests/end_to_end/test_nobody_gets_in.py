"""S1, S4, S7, U2: `warcpress crawl` against pages, feeds, style sheets and redirects that lead to internal addresses.

The only address that may be dialled is the site's, 127.0.0.77. Everything else on this machine is the canary's, which
counts connections on IPv4 and IPv6; an audit hook lists what the process dialled, bound and opened at all.
"""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from html import escape
from urllib.parse import urlsplit

import pytest
from pages import article, feed
from spellings import NOT_PUBLIC, PLAIN
from watched import Watch, listeners
from wire_server import Answer, WireServer, body

from archive import Index

TEXT = ["The lock gates were opened at noon, and the first barges of the year passed before dusk. " * 3] * 3
SITE = "127.0.0.77"
INSIDE = [*PLAIN, "0x7f.1", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "2130706433", "１２７.０.０.１"]


@pytest.fixture
def canary() -> Iterator[socket.socket]:
    """A listener on every address of the machine, IPv6 too."""
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        listener.setblocking(False)
        yield listener


def knocks(canary: socket.socket) -> int:
    count = 0
    while True:
        try:
            with closing(canary.accept()[0]):
                count += 1
        except BlockingIOError:
            return count


class Site:
    """A site whose links, lists, redirects, images and canonical URLs all lead to `targets`."""

    def __init__(self, targets: list[str]) -> None:
        self.targets = targets

    def __call__(self, target: str, request: bytes) -> Answer:
        host = request.partition(b"\nHost: ")[2].partition(b"\r")[0].decode()
        path, _, number = target.partition("?")
        there = self.targets[int(number)] if number else ""
        if path == "/robots.txt" and host.startswith("robots"):
            return self._to(self.targets[int(host[6:].partition(".")[0])])
        pages = {
            "/feed": lambda: feed(*map(escape, self.targets), *(f"http://site.test/{d}?{n}" for d, n in self._pages())),
            "/map": lambda: (
                "<urlset>" + "".join(f"<url><loc>{escape(t)}</loc></url>" for t in self.targets) + "</urlset>"
            ),
            "/maps": lambda: (
                "<sitemapindex>"
                + "".join(f"<sitemap><loc>{escape(t)}</loc></sitemap>" for t in self.targets)
                + "</sitemapindex>"
            ),
            "/section": lambda: "".join(f'<h4><a href="{escape(t)}">a link</a></h4>' for t in self.targets),
            "/listing": lambda: json.dumps({"items": [{"url": t} for t in self.targets]}),
            "/images": lambda: article(
                "Barges pass again", TEXT, images=tuple(map(escape, self.targets)), head=self._head()
            ),
            "/sheet.css": lambda: "".join(f'@import "{t}?";\n' for t in self.targets),
            "/canonical": lambda: article(
                f"Gate {number}", TEXT, head=f'<link rel="canonical" href="{escape(there)}">'
            ),
            "/refresh": lambda: f'<meta http-equiv="refresh" content="0; url={escape(there)}">',
        }
        if path in pages:
            kind = b"application/json" if path == "/listing" else b"text/html; charset=utf-8"
            return body(pages[path]().encode(), b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n" % kind)
        return self._to(there) if path == "/redirect" else body(b"no", b"HTTP/1.1 404 N\r\n")

    def _head(self) -> str:
        """Style sheets of a page: those targets, one that imports them, and redirects to them."""
        redirects = (f"/redirect?{number}" for number in range(len(self.targets)))
        return "".join(f'<link rel="stylesheet" href="{escape(t)}">' for t in ("/sheet.css", *self.targets, *redirects))

    def _pages(self) -> list[tuple[str, int]]:
        everything = [("redirect", n) for n in range(len(self.targets))]
        return [
            ("images", 0),
            *everything,
            *((d, n) for d in ("canonical", "refresh") for n in range(min(len(INSIDE), len(self.targets)))),
        ]

    def _to(self, there: str) -> Answer:
        location = there.replace("\t", "%09").replace("\n", "%0A").encode()
        return body(b"", b"HTTP/1.1 302 F\r\nLocation: %s\r\n" % location)


def configure(place, site: WireServer, ports: list[int], more: str = "") -> None:
    place.configure(
        f"""[[source]]
name = "site"
feeds = ["http://site.test/feed"]
sitemaps = ["http://site.test/map", "http://site.test/maps"]
sections = [{{ url = "http://site.test/section", links = "h4 a" }}]
listings = [{{ url = "http://site.test/listing" }}]
{more}""",
        limits="article_styles = 1000",
    )
    names = ["site.test", *(f"robots{n}.test" for n in range(len(INSIDE)))]
    resolve = ", ".join(f'"{name}" = "{SITE}:{site.port}"' for name in names)
    path = place.folder / "warcpress.toml"
    lines = path.read_text("utf-8").splitlines()
    lines = [f"resolve = {{ {resolve} }}" if line.startswith("resolve") else line for line in lines]
    lines = [
        f'allow_private = ["{SITE}/32"]\nallow_ports = {ports}' if "allow_private" in line else line for line in lines
    ]
    path.write_text("\n".join(lines), "utf-8")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_S1_no_link_or_redirect_of_a_crawl_reaches_an_internal_address(scheme, place, canary, tmp_path_factory) -> None:
    port = canary.getsockname()[1]
    hosts = INSIDE + [host for host in NOT_PUBLIC if host not in INSIDE]
    site = Site([f"{scheme}://{host}:{port}/n{n}" for n, host in enumerate(hosts)])
    watch = Watch(tmp_path_factory.mktemp("watch"))
    with WireServer(site, host=SITE) as server:
        starts = [f"http://robots{n}.test/page" for n in range(len(INSIDE))] + site.targets[:8]
        configure(place, server, [80, 443, port], f"urls = {json.dumps(starts)}")
        place.run("crawl", code=1, env=watch.environment)  # 1: sitemaps on the internal hosts that `urls` names
    assert knocks(canary) == 0
    assert Index(place.data).latest("http://site.test/sheet.css")
    touched = watch.touched()
    assert touched.connected == {SITE}
    run = place.last_run()
    # Nothing internal was captured, and every start URL gives one clear line.
    assert not any(f":{port}/" in post for post in place.posts())
    for start in starts:
        [row] = [row for row in run["failures"]["first"] if row["url"] == start]
        assert row["class"] in ("guard", "robots-unreachable", "dns") and start in row["message"], row
    refused = {row["class"] for row in run["failures"]["first"]}
    assert refused <= {
        "guard",
        "robots-unreachable",
        "url",
        "userinfo",
        "dns",
        "port",
        "untitled",
        "empty",
        "http-404",
    }, refused
    # Internal pictures are not in the posts, so they are never requested. `https://example.com\\@127.0.0.1/` is at
    # example.com: browsers read the backslash as a slash.
    assert {urlsplit(row["url"]).hostname for row in run["missing_images"]["first"]} <= {"example.com"}


FILES = [
    "file:///etc/passwd", "file://localhost/etc/passwd", "FILE:/etc/passwd", "//etc/passwd", "/etc/passwd",
    "data:text/html,x", "ftp://127.0.0.1/x", "s3://bucket/key", "gopher://127.0.0.1:70/_x",
    "view-source:file:///etc/passwd", "jar:file:///etc/passwd!/x", "javascript:alert(1)", "netdoc:///etc/passwd",
    "dict://127.0.0.1:11211/x",
    "ldap://127.0.0.1/", "about:blank", "blob:http://site.test/x", "ws://127.0.0.1/", "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun/x",
]  # fmt: skip


def test_S4_no_other_scheme_is_followed_and_no_file_opened(place, canary, tmp_path_factory) -> None:
    site = Site(FILES)
    watch = Watch(tmp_path_factory.mktemp("watch"))
    with WireServer(site, host=SITE) as server:
        configure(place, server, [80, 443])
        place.run("crawl", code=None, env=watch.environment)
    touched = watch.touched()
    assert touched.connected == {SITE}
    # A path on the same site is a URL like any other: what must not happen is that it is opened here.
    assert not [path for path in touched.opened if path.endswith(("etc/passwd", "docker.sock"))]
    run = place.last_run()
    seen = {row["class"] for row in run["failures"]["first"]}
    assert "scheme" in seen and seen <= {"scheme", "url", "http-404", "robots-unreachable", "untitled", "empty"}, seen


def test_S7_no_port_but_those_allowed(place, canary) -> None:
    port = canary.getsockname()[1]
    targets = [f"http://{SITE}:{number}/" for number in (port, 22, 25, 6379, 8080, 0, 65535)]
    with WireServer(Site(targets), host=SITE) as server:
        configure(place, server, [80, 443])
        place.run("crawl", code=None)
    assert knocks(canary) == 0
    classes = {row["url"]: row["class"] for row in place.last_run()["failures"]["first"]}
    assert classes[f"http://{SITE}:{port}/"] == "port" and classes[f"http://{SITE}:25/"] == "port"


def test_U2_nothing_listens_during_a_crawl_nor_in_its_children(place) -> None:
    listening: list[set[str]] = []
    run: list[subprocess.Popen[bytes]] = []
    site = Site([f"http://{SITE}:25/"])

    def answer(target: str, request: bytes) -> Answer:
        listening.append(listeners(run[0].pid))
        return site(target, request)

    with WireServer(answer, host=SITE) as server:
        configure(place, server, [80, 443])
        run.append(place.start("crawl"))
        run[0].communicate(timeout=60)
    assert len(listening) > 5 and set().union(*listening) == set()
