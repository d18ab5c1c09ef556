"""Pages that libxml2 would misread give the text, and the blocks, that the HTML standard's parser gives."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest

from crawler.errors import TooComplex
from crawler.extractors import extract
from crawler.extractors.document import parse_text
from crawler.extractors.dom import text_lines
from crawler.items import Page

SENTENCES = [
    "The bell of the old town hall was rung again on Sunday, for the first time in thirty-one years.",
    "It had been taken down when cracks were found in the beam, and it was kept in a barn since then.",
    "A carpenter from the next valley made a new beam of larch, which the parish paid for with a lottery.",
    "Children were allowed to ring first; the mayor, who had waited for his turn, came twenty-third.",
]
FIRST, SECOND, THIRD, LAST = (f"<p>{sentence}</p>" for sentence in SENTENCES)


def lines(markup: str) -> list[str]:
    return text_lines(parse_text(markup))


def article(inside: str) -> list[str]:
    page = (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>The bell rings</title></head><body>"
        f"<nav><a href=/>Home</a></nav><main><article><h1>The bell rings</h1><div class=text>{inside}</div></article>"
        "</main><footer>Imprint</footer></body></html>"
    )
    return extract(Page("https://a.example/bell", page.encode(), [], datetime(2026, 1, 2, tzinfo=UTC))).text.split("\n")


ENDS = [
    "</body>", "</html>", "</body></html>", "</BODY></HTML>", "</Body >", "</body\n>", "</html foo=bar>", "</body/>",
    "</body></html><html><body>", "</html>\n<!-- from cache -->\n", "</body><!DOCTYPE html><html><head></head><body>",
    "</div></body>" , "</body></html></body></html>", "</html><script>if (a < b) c('</p>')</script>",
    "<!--</body>--></html>", "</body><style>p{}</style>",
]  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_text_behind_the_end_of_the_page_is_read(end: str) -> None:
    assert article(f"{FIRST}{SECOND}{end}{THIRD}{LAST}") == SENTENCES


@pytest.mark.parametrize(
    "inside",
    [
        '<script>document.write("</body></html>")</script>',
        "<script><!-- <script></html></script></body> --></script>",
        "<!-- </body> </html> -->",
        "<img alt='the tag </body>' src=/large/bell-1200.jpg>",
        '<img alt="a > </html>" src=/large/bell-1200.jpg>',
        "<textarea></body></textarea>",
        "<style>/* </body> */</style>",
        "<iframe src='https://b.example/'></html></iframe>",
    ],
)
def test_the_end_of_a_page_in_a_script_a_comment_or_an_attribute_is_no_tag(inside: str) -> None:
    assert article(f"{FIRST}{SECOND}{inside}{THIRD}{LAST}") == SENTENCES
    assert article(f"{FIRST}{inside}</body>{SECOND}{THIRD}{inside}</html>{LAST}") == SENTENCES


def test_a_title_about_the_tag_is_kept() -> None:
    title = "What </body> does"
    tree = parse_text(f"<title>{title}</title><body><p title='</html>'>x</p></body></html><p>y")
    assert tree.findtext(".//title") == title
    assert [p.get("title") for p in tree.iter("p")] == ["</html>", None]


LINES = {
    # Where it is shown
    "b after the page's end, in the open element": ("<div id=a>a</body><p>b</p></div>c", ["a", "b", "c"]),
    "end in a table": ("<table><tr></body></html><td>a</table>", ["a"]),
    "text in a table is above it": ("<table>x<tr><td>a</td></tr>y</table>z", ["xy", "a", "z"]),
    "a box in a table is above it": ("<table><tr><div>x<p>y</div><td>a</table>", ["x", "y", "a"]),
    "rows of a box in a table": ("<table><div>x<tr><td>a</td></tr></div></table>", ["x", "a"]),
    "a form in a table": ("<table><form><tr><td>a</td></form></tr></table>", ["a"]),
    "table in a table": ("<table><tr><td>a<table>x<tr><td>b</table>c</table>", ["ax", "b", "c"]),
    # Line breaks
    "end tag of a break": ("<p>a</br>b", ["a", "b"]),
    "end of a paragraph without a beginning": ("<div>a</p>b</div>", ["a", "b"]),
    "end of another heading": ("<h1>a</h2>b", ["a", "b"]),
    # Elements without contents
    "embed": ("<p>a<embed src=x>b</p><p>c", ["a", "b", "c"]),
    "embed with an end tag": ("<p>a<embed src=x></embed>b</p>", ["a", "b"]),
    "word breaks": ("<p>a<wbr>b<wbr/>c<p>d", ["abc", "d"]),
    "image": ("<p>a<image src=/x.jpg>b", ["ab"]),
    "sound": ("<bgsound src=x>a<keygen>b", ["a", "b"]),
    # Elements that end where their end tag is
    "aside": ("<aside><div>a</aside>b", ["a", "b"]),
    "list": ("<ul><li><div>a</ul>b", ["a", "b"]),
    "plain template": ("<template><div>x</template>b", ["b"]),
    "template with a table": ("<template><table><tr></template>b", ["b"]),
    "noscript": ("<noscript><div>x</noscript>b", ["b"]),
    "noscript with the beginning of a comment": ("<noscript><!-- x</noscript>b<!-- c -->", ["b"]),
    "noscript with the beginning of a script": ("<noscript><script>x</noscript>b<script>y</script>c", ["b", "c"]),
    "noscript with a frame": ("<noscript><iframe src=x></noscript>b", ["b"]),
    "select": ("<select><option>x<div></select>b", ["b"]),
    "select that a field ends": ("<select><option>x<input>b", ["b"]),
    "select that another ends": ("<select><option>x<select>b", ["b"]),
    "self-closed box": ("<div><div/>a</div>b</div>c</div>d", ["a", "b", "cd"]),
    # SVG and MathML
    "paragraph in SVG": ("<svg><path/><p>a</svg>b", ["ab"]),
    "paragraph in MathML": ("<math><mi>x</mi><div>a</div></math>b", ["a", "b"]),
    "title of SVG without an end": ("<svg><title>x</svg>b", ["b"]),
    "empty title of SVG": ("<svg><title/><style/><path/></svg>b", ["b"]),
    "HTML in SVG stays there": ("<svg><foreignObject><p>x</p></foreignObject></svg>b", ["b"]),
    "cell of SVG": ("<table><tr><td><svg><g><desc><b>x</td></table>", []),
    # Frames
    "frames behind text": ("<body>a<frameset><frame>b</frameset>c", ["abc"]),
    # What was right and stays so
    "odd comments": ("a<!-->b<!--->c<!-- x --!>d<!x>e<?x?>f</ x>g</>h", ["abcdefgh"]),
    "references": ("&copyx &amp &#150; &#x80; &notin; &amp;lt;</html>b", ["©x & – € ∉ &lt;b"]),
    "a less-than sign": ("a < b <3</html>c", ["a < b <3c"]),
    "a tag without an end": ("a</html>b<p title='", ["ab"]),
    "control characters": ("a\0b</html>c\x01", ["abc"]),
    "headings close each other": ("</html><h2>a<h3>b</h3>c", ["a", "b", "c"]),
    "lists close items": ("</html><ul><li>a<li>b<ul><li>c</ul><li>d</ul><dl><dt>e<dd>f<dt>g</dl>h", [*"abcdefgh"]),
    "nested forms": ("</html><form>a<form><p>b</form><p>c</form>", ["a", "b", "c"]),
    "buttons": ("</html><button>a<button>b</button>c", ["a", "b", "c"]),
    "links": ("</html><a href=/x>a<a href=/y>b</a>c", ["abc"]),
    "options": ("</html><datalist><option>x<option>y</datalist>b", ["b"]),
    "CDATA": ("</html>a<svg><![CDATA[x<p>]]></svg>b<![CDATA[c>d", ["a", "bd"]),
    "plain text": ("</html>a<plaintext>b</plaintext>", ["a", "b</plaintext>"]),
    "stray table parts": ("</html><td>a</td><tr>b<caption>c", ["abc"]),
}


@pytest.mark.parametrize("form", LINES)
def test_lines_are_those_that_a_browser_shows(form: str) -> None:
    markup, expected = LINES[form]
    assert lines(markup) == expected


def test_blocks_around_the_article_end_where_a_browser_ends_them() -> None:
    teaser = "<div class=teaser><a href=/x>The lottery drew twelve numbers</a>"
    for name in ("aside", "nav", "header", "section", "figure", "details", "form class=search><button", "li"):
        end = f"</{name.split('<')[-1].split()[0]}>"
        page = f"<{name}>{teaser}{end}<article><h1>The bell</h1>{FIRST}</article>"
        (paragraph,) = parse_text(page).iter("article")
        assert not [one for one in paragraph.iterancestors() if one.tag not in ("html", "body", "form", "div")], name


@pytest.mark.parametrize(
    "item", ["<p><span>x ", "<p><em>x<b>", "<ul><li><span>x", "<dl><dt><i>x<dd><b>y", "<p>x<source src=y>"]
)
def test_paragraphs_and_items_do_not_nest_without_their_end_tags(item: str) -> None:
    """A body nested deeper than 256 elements would be refused."""
    start, tag, rest = item.partition("<p>") if "<p>" in item else item.partition("<li>" if "<li>" in item else "<dt>")
    tree = parse_text(start + (tag + rest) * 300)
    assert max(sum(1 for _ in one.iterancestors()) for one in tree.iter()) < 8


@pytest.mark.parametrize("tag", ["font", "font color=red", "b", "span", "em", "i", "nobr"])
@pytest.mark.parametrize("form", ["<{tag}><p>{text}</p>", "<p><{tag}>{text}</p>", "<div><{tag}>{text}</div>"])
def test_elements_that_are_never_closed_lose_no_paragraph(form: str, tag: str) -> None:
    paragraphs = [
        f"In the year {1700 + number} the bell was rung for {number} hours, as it was told." for number in range(60)
    ]
    assert article("".join(form.format(tag=tag, text=text) for text in paragraphs)) == paragraphs


@pytest.mark.parametrize("inside", ["<font>{text}<br><br>", "<font><p>{text}</p>", "</body><p><blockquote>{text}"])
def test_what_is_nested_too_deep_is_refused_as_such(inside: str) -> None:
    with pytest.raises(TooComplex, match="depth"):
        article("".join(inside.format(text=f"{SENTENCES[0]} {number}") for number in range(600)))


def test_contents_of_noscript_stay_readable_as_elements() -> None:
    tree = parse_text("<p>a<noscript><div><img src=/large/x.jpg></noscript>b</p></html>c")
    assert [image.get("src") for image in tree.iterfind(".//noscript//img")] == ["/large/x.jpg"]


def test_attributes_of_the_page_are_kept() -> None:
    tree = parse_text("<!doctype html><html lang=de><head><base href=/a/><base href=/b/></head><body class=c>a</html>b")
    assert tree.get("lang") == "de" and tree.find("body").get("class") == "c"
    assert [base.get("href") for base in tree.iter("base")] == ["/a/", "/b/"]


COSTLY = {
    "ends": "</body></html>" * 50_000,
    "open paragraphs": "</html>" + "<div>" * 400 + "</p>" * 50_000,
    "end tags of nothing": "</html>" + "<div>" * 400 + "</section>" * 50_000,
    "tables": "</html>" + "<table>x" * 400 + "<tr>y" * 30_000,
    "formatting": "</html>" + "<p><b class=x><i>y" * 15_000,
    "noscript": "</html>" + "<noscript>" * 50_000,
    "noscript with comments": "<noscript><!--</noscript>" * 30_000,
    "comments": "</html>" + "<!--" * 50_000,
    "scripts": "</html>" + "<script>" * 50_000,
    "quotes": "</html>" + "<a b='" * 30_000 + '<a b="' * 30_000,
    "drawings": "<svg>" * 1_000 + "<g>" * 30_000,
    "shadow roots": "<p><template shadowrootmode=open><slot>" * 400 + "x",
    "spaces": "</html>" + " " * 2_000_000 + "x",
    "ends in an attribute": "<p title='" + "</html>" * 50_000 + "'>x",
}


@pytest.mark.parametrize("shape", COSTLY)
def test_D5_pages_written_to_be_misread_take_linear_time(
    shape: str, cpu_limit: Callable[[float], AbstractContextManager[None]]
) -> None:
    with cpu_limit(4):
        try:
            tree = parse_text("<p>a</p>" + COSTLY[shape])
        except TooComplex:
            return
    assert text_lines(tree)[0] == "a"
