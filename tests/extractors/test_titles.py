"""The title is the headline that readers see, without the site's name, the section and the label before it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors.document import parse
from crawler.extractors.metadata import read
from crawler.items import Page

NOW = datetime(2024, 3, 15, 4, 30, tzinfo=UTC)
TEXT = "<p>The council voted on Tuesday to rebuild the bridge that a flood carried away last spring.</p>" * 3


def title(head: str, body: str, host: str = "www.example.com") -> str:
    text = f"<!DOCTYPE html><html><head>{head}</head><body>{body}{TEXT}</body></html>"
    return read(parse(Page(f"https://{host}/news/bridge.html", text.encode(), [], NOW))).title


def ld(headline: str) -> str:
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "{headline}"}}</script>'


def og(text: str, site: str = "") -> str:
    name = f'<meta property="og:site_name" content="{site}">' if site else ""
    return f'{name}<meta property="og:title" content="{text}">'


SITES = [
    # metadata names the site, and the rest is the headline
    ("<title>Bridge to be rebuilt - Example Times</title>", "<h1>Bridge to be rebuilt</h1>", "Bridge to be rebuilt"),
    ("<title>Bridge to be rebuilt | News | Example Times</title>" + og("", "Example Times"),
     "<h1>Example Times</h1><h2>Bridge to be rebuilt</h2>", "Bridge to be rebuilt"),
    ("<title>一座桥将重建_社会_例城网</title>" + og("", "例城网"), "<div class='article-title'>一座桥将重建</div>",
     "一座桥将重建"),
    ("<title>例城的一座老桥将在五月重建_新闻频道_例城网</title>", "<p>无标题</p>", "例城的一座老桥将在五月重建"),
    ("<title>낡은 다리를 다시 짓기로 했다-정치ㅣ예시일보</title>" + og("낡은 다리를 다시 짓기로 했다"), "<p>x</p>",
     "낡은 다리를 다시 짓기로 했다"),
    ("<title>例城老桥将重建-纪检</title>", "<table><tr><td><font>例城老桥将重建</font></td></tr></table>",
     "例城老桥将重建"),
    ("<title>« Le pont sera reconstruit » - Exemple</title>" + og("« Le pont sera reconstruit »", "Exemple"),
     "<p>x</p>", "« Le pont sera reconstruit »"),
    ("<title>Streit: «Die Brücke wird gebaut» - News - EXA</title>" + og("Streit: «Die Brücke wird gebaut»", "EXA"),
     "<p>x</p>", "Streit: «Die Brücke wird gebaut»"),
    ("<title>Post-war bridge - who pays?</title>", "<h1>Post-war bridge - who pays?</h1>",
     "Post-war bridge - who pays?"),
    ("<title>Brücke gesperrt – Umleitung ab Montag</title>", "<p>x</p>", "Brücke gesperrt – Umleitung ab Montag"),
    ("<title>Brücke gesperrt | Warum niemand zahlen will und was das für die Stadt bedeutet</title>", "<p>x</p>",
     "Brücke gesperrt | Warum niemand zahlen will und was das für die Stadt bedeutet"),
    ("", "<p>nothing</p>", ""),
    # a Latin name behind a bare hyphen, a slogan behind the name
    ("<title>手机iPhone 15-Example</title>" + og("手机iPhone 15", "Example"), "<p>x</p>", "手机iPhone 15"),
    ("<title>Bridge to be rebuilt-Example Times</title>" + og("", "Example Times"), "<p>x</p>",
     "Bridge to be rebuilt"),
    ("<title>Un pont sera reconstruit-Exemple</title>" + og("", "Exemple"), "<p>x</p>", "Un pont sera reconstruit"),
    ("<title>Who wins, the left-Example or the right?</title>" + og("", "Example"), "<p>x</p>",
     "Who wins, the left-Example or the right?"),
    ("<title>Brücke wird gebaut - Beispiel Zeitung – Nachrichten aus aller Welt</title>" + og("", "Beispiel Zeitung"),
     "<p>x</p>", "Brücke wird gebaut"),
    # metadata names only the site or the section
    ("<title>example.com</title>", "<div><h2>Die neue Brücke wird im Mai gebaut</h2></div>",
     "Die neue Brücke wird im Mai gebaut"),
    ("<title>例城网</title>" + og("例城网", "例城网"),
     "<nav><h2>例城新闻频道首页导航</h2></nav><h2>例城的一座老桥将在五月重建</h2>", "例城的一座老桥将在五月重建"),
    ("<title>Example Times, all the news</title>" + og("Example Times, all the news", "Example Times, all the news"),
     "<h2>More</h2><h1>Bridge to be rebuilt</h1>", "Bridge to be rebuilt"),
    ("<title>News - Example</title>" + og("La passerelle sera reconstruite"),
     "<h1 class=hidden>News</h1><h1>La passerelle sera reconstruite</h1>", "La passerelle sera reconstruite"),
    ("<title>Мост восстановят | Новости Примера</title>",
     "<h1 class='site-title'>Новости Примера</h1><h1 class='page-title'>Мост восстановят</h1>", "Мост восстановят"),
]  # fmt: skip


SEARCHED = "7 best bridges to see in May 2026"


@pytest.mark.parametrize(
    ("head", "heading", "expected"),
    [
        # og:title and <title> are one field for search engines: the heading that says the same is the headline
        (og(SEARCHED), "Bridges to see in May: the best", 1),
        # … one that does not is a section's or a slogan
        (og(SEARCHED), "Bridging the gap since 1911", 0),
        # … and JSON-LD is another voice
        (og(SEARCHED) + ld(SEARCHED), "Bridges to see in May: the best", 0),
    ],
)  # fmt: skip
def test_og_title_equal_to_title_is_one_vote(head: str, heading: str, expected: int) -> None:
    assert title(f"<title>{SEARCHED}</title>{head}", f"<h1>{heading}</h1>") == (SEARCHED, heading)[expected]


@pytest.mark.parametrize(("head", "body", "expected"), SITES)
def test_N6_headlines_without_the_site(head: str, body: str, expected: str) -> None:
    assert title(head, body) == expected


HOSTS = [
    ("www.dailyexample.co.uk", "The bridge will be rebuilt by May - Daily Example"),
    ("www.theexample.com", "The bridge will be rebuilt by May | The Example"),
    ("www.nemp.com", "The bridge will be rebuilt by May - North Example Morning Post"),
    ("www.daily-example.com", "The bridge will be rebuilt by May | Daily Example Online"),
]


@pytest.mark.parametrize(("host", "written"), HOSTS)
def test_N6_a_name_like_the_host_or_its_initials_is_cut(host: str, written: str) -> None:
    assert title(f"<title>{written}</title>", "<p>x</p>", host) == "The bridge will be rebuilt by May"


def test_a_heading_with_the_name_of_the_host_is_not_the_headline() -> None:
    body = "<h1>The Daily North Example</h1><h1>A bridge that never was</h1>"
    assert title("<title>Rivers</title>", body, "thedailynorthexample.com") == "A bridge that never was"


def test_N6_an_unknown_name_after_a_dash_is_kept() -> None:
    assert title("<title>The bridge - Daily Example</title>", "<p>x</p>", "a.test") == "The bridge - Daily Example"


LABELS = [
    ("<title>Opinion | A bridge too near by half - Example</title>" + ld("A bridge too near by half"),
     "<h1><span>Opinion</span> A bridge too near by half</h1>", "A bridge too near by half"),
    (og("Streit um Geld: «Die Brücke wird im Mai gebaut»"),
     "<h1><span class='title__overline'>Krise am Fluss</span><span> - </span><span>«Die Brücke wird im Mai gebaut»"
     "</span></h1>", "«Die Brücke wird im Mai gebaut»"),
    (og("Bahn: Die Brücke wird im Mai neu gebaut"),
     "<h1><span class='kicker'>Bahn:</span> <span>Die Brücke wird im Mai neu gebaut</span></h1>",
     "Bahn: Die Brücke wird im Mai neu gebaut"),
    # metadata has the headline with the label and without it
    ("<title>Krise am Fluss: Die Brücke wird gebaut | Beispiel</title>" + og("Die Brücke wird gebaut"),
     "<h1><span class='x-overline'>Krise am Fluss</span><span>: </span><span>Die Brücke wird gebaut</span></h1>",
     "Die Brücke wird gebaut"),
    (ld("So wird die Brücke gebaut") + "<title>Brücken bauen: wo und wie | beispiel.de</title>",
     "<h1><span class='article__roofline'>Brücken bauen: wo und wie</span> So wird die Brücke gebaut</h1>",
     "So wird die Brücke gebaut"),
    ("<title>Ticker</title>" + og("BUDGET 3.0 | Sars gets money for bridges"),
     "<h1>BUDGET 3.0 | Sars gets money for bridges</h1>",
     "BUDGET 3.0 | Sars gets money for bridges"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "body", "expected"), LABELS)
def test_N6_labels_before_the_headline(head: str, body: str, expected: str) -> None:
    assert title(head, body) == expected


CHOICES = {
    "invisible characters go": (
        "<title>Example Times</title>", "<h1>Brü\u00adcke wird wie\u00adder gebaut</h1>", "Brücke wird wieder gebaut"),
    "the head alone": (
        og("Bridge is to be rebuilt by May") + "<title>Bridge is to be rebuilt by May</title>", "<p>no heading</p>",
        "Bridge is to be rebuilt by May"),
    "what readers see beats what search engines get": (
        "<title>Bridge rebuild date and costs 2024</title>" + og("Old bridge gets a second life in spring"),
        "<h1>Old bridge gets a second life in spring</h1>", "Old bridge gets a second life in spring"),
    "one field for search engines is one voice": (
        "<title>Bridge dates and costs at a glance - Example</title>"
        + og("Bridge dates and costs at a glance - Example", "Example"),
        "<h1>Old bridge gets a second life in spring</h1>", "Old bridge gets a second life in spring"),
    "three that agree beat a heading of something else": (
        "<title>Old bridge gets a second life - Example</title>" + og("Old bridge gets a second life", "Example")
        + ld("Old bridge gets a second life"), "<h1>River floods in the whole country</h1>",
        "Old bridge gets a second life"),
    "what was cut is whole in the heading": (
        ld("Old bridge gets a second life in spring, and nobody knows who is...") + og("Old bridge gets a second life"),
        "<h1>Old bridge gets a second life in spring, and nobody knows who is to pay</h1>",
        "Old bridge gets a second life in spring, and nobody knows who is to pay"),
    "an ellipsis of the headline stays": (
        "<title>The bridge that nobody wanted…_news_Example</title>", "<h1>The bridge that nobody wanted…</h1>",
        "The bridge that nobody wanted…"),
    "a logo is no headline": (
        "<title>x</title>", "<h1>Example Celebrity</h1><h1>Old bridge gets a second life in spring</h1>",
        "Old bridge gets a second life in spring"),
    "a template is no text": (
        "<title>Old bridge gets a second life</title>", "<h1>{{ item.title }} Overview page</h1>",
        "Old bridge gets a second life"),
    "a teaser that repeats a part is no headline": (
        og("Is the bridge an illusion? The hard business with rivers"),
        "<h1>Why fewer bridges are built here every year</h1><h3>Is the bridge an illusion?</h3>",
        "Why fewer bridges are built here every year"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHOICES)
def test_N6_choice_of_the_headline(name: str) -> None:
    head, body, expected = CHOICES[name]
    assert title(head, body) == expected


def test_furigana_are_not_part_of_the_headline() -> None:
    heading = "<h1><ruby>港<rt>みなと</rt></ruby>の<ruby>橋<rt>はし</rt></ruby>が開きました</h1>"
    assert title("<title>ニュース</title>", heading) == "港の橋が開きました"


BRIDGE = "Old bridge to be rebuilt in May"
IN_LINES = [
    # the screen shows two lines (HTML, 3.2.7: innerText)
    ("Old bridge<br>to be rebuilt in May", "", BRIDGE),
    ("Old bridge<BR clear=all />\n  to be rebuilt in May", "", BRIDGE),
    ("Old <em>bridge<br><!-- x --><br>to</em> be rebuilt in May", "", BRIDGE),
    ("<div>Old bridge</div><div>to be rebuilt in May</div>", "", BRIDGE),
    ("<ul><li>Old bridge<li>to be rebuilt in May</ul>", "", BRIDGE),
    ("<span style='color: red; display: block'>Old bridge</span><em>to be rebuilt in May</em>", "", BRIDGE),
    # lines by a style sheet that is not here: several words meet, or metadata has the space
    ("<span class=a>Old bridge</span><span class=b>to be rebuilt in May</span>", "", BRIDGE),
    ("<span class=a>Old</span><span class=b>bridge</span> to be rebuilt in May", og(BRIDGE), BRIDGE),
    ("<span class=kicker>Traffic</span><span>Old bridge<br>to be rebuilt in May</span>", "", BRIDGE),
    ("<div>Traffic</div><span>: </span><span>Old bridge to be rebuilt</span>", "", "Traffic: Old bridge to be rebuilt"),
    # within a word there is no space
    ("<span>O</span><span>ld bri<wbr>dge</span> to be re&shy;built<script>x</script> in <i>M</i>ay", "", BRIDGE),
    ("CO<sub>2</sub> rises at the old bridge", "", "CO2 rises at the old bridge"),
    # Chinese and Japanese have no space between words, Korean has
    ("旧桥将于五月<br>重建通车仪式举行", og("旧桥将于五月 重建通车仪式举行"), "旧桥将于五月重建通车仪式举行"),
    ("<div>旧桥将于五月</div> <div>2026年重建通车</div>", "", "旧桥将于五月2026年重建通车"),
    ("古い<ruby>橋<rt>はし</rt></ruby>を<br>再建へ 来年五月に開通", "", "古い橋を再建へ 来年五月に開通"),
    ("오래된 다리를<br>다시 짓기로 했다", "", "오래된 다리를 다시 짓기로 했다"),
    # markup in metadata, unless it is what the title is about
    ("News", og("Old bridge&lt;br&gt;to be &lt;em&gt;re&lt;/em&gt;built in May"), BRIDGE),
    ("News", ld("Old bridge<br/>to be rebuilt in <b>M</b>ay"), BRIDGE),
    ("Why &lt;br&gt; is bad style", og("Why &lt;br&gt; is bad style"), "Why <br> is bad style"),
]  # fmt: skip


@pytest.mark.parametrize(("heading", "head", "expected"), IN_LINES)
def test_the_lines_of_a_heading_are_joined_as_its_script_does(heading: str, head: str, expected: str) -> None:
    assert title(head, f"<h1>{heading}</h1>") == expected


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        (f'{BRIDGE}<a class="headerlink" href="#bridge" title="Link to this heading">¶</a>', BRIDGE),
        (f'{BRIDGE} <a href="#bridge">#</a>', BRIDGE),
        (f'<a href="/news/bridge.html#b">§</a> {BRIDGE}', BRIDGE),
        (f'{BRIDGE} <a href="#bridge" class="anchor"><svg><path/></svg>link</a>', BRIDGE),
        (f'{BRIDGE} <button class="hash-link">🔗</button>', BRIDGE),
        (f'{BRIDGE} <span class="permalink">#</span>', BRIDGE),
        # the heading is the link, the marks are the headline's own
        (f'<a class="anchor" href="#bridge">{BRIDGE}</a>', BRIDGE),
        (f'<a class="permalink" href="/bridge">{BRIDGE}</a>', BRIDGE),
        ("What § 218 says, and why C# has a ¶", "What § 218 says, and why C# has a ¶"),
    ],
)
def test_a_headings_link_to_itself_is_no_part_of_the_title(heading: str, expected: str) -> None:
    assert title("", f"<h1>{heading}</h1>") == expected
