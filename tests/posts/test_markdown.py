"""Bodies as Markdown: whole texts, the same text and pictures when they are read back, nothing costly or active."""

from __future__ import annotations

import re

import lxml.html
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.extractors.sanitise import sanitise
from crawler.posts.blocks import blocks
from crawler.posts.markdown import MOST_CHARACTERS, MOST_TAGS, html_of, markdown_of

WHOLE = {
    "paragraphs": ("<p>One\n  two.</p><p>Three<br>four<br><br>five.</p>", "One two.\n\nThree  \nfour  \n  \nfive."),
    "emphasis": (
        "<p>A <b>bold</b>, <i>slanted</i>, <del>wrong</del> and <b> spaced </b>word.</p>",
        "A **bold**, *slanted*, ~~wrong~~ and  **spaced** word.",
    ),
    "emphasis in Chinese": (
        "<p>他说<strong>「注意」</strong>这<b>词</b>语，<em>“好”</em>。</p>",
        "他说<strong>「注意」</strong>这**词**语，*“好”*。",
    ),
    "emphasis that touches": (
        "<p><b>a</b><b>b</b> <b><i>c</i></b></p>",
        "<strong>a</strong><strong>b</strong> <strong><em>c</em></strong>",
    ),
    "emphasis over paragraphs": ("<b><p>a</p><p>b</p></b>", "a\n\nb"),
    "literal signs": (
        "<p>*a* _b_ `c` [d](e) ~~f~~ a|b $$x$$ \\ 1 &lt; 2 &amp;amp; AT&amp;T {{ g }} {% h %}</p>",
        r"\*a\* \_b\_ \`c\` \[d\](e) \~\~f\~\~ a\|b \$\$x\$\$ \\ 1 &lt; 2 &amp;amp; AT&T "
        "&#123;&#123; g &#125;&#125; &#123;% h %&#125;",
    ),
    "addresses": (
        "<p>snake_case_ https://a.example/x_y/*z www.a.example/~b [c@d.example]</p>",
        r"snake_case\_ https&#58;//a.example/x_y/\*z www&#46;a.example/\~b \[c&#64;d.example\]",
    ),
    "literal line starts": (
        "<p># a<br>- b<br>+ c<br>1. d<br>2) e<br>&gt; f<br>===<br>: g<br>2026. Then</p>",
        "\\# a  \n\\- b  \n\\+ c  \n1\\. d  \n2\\) e  \n\\> f  \n\\===  \n&#58; g  \n2026\\. Then",
    ),
    "lists": (
        "<ul><li>a<ul><li>b</li></ul></li><li><p>c</p><p>d</p></li></ul><p>e</p>"
        '<ol start="9"><li>f</li><li>g<br>h</li></ol>',
        "- a\n  - b\n- c\n\n  d\n\ne\n\n9. f\n10. g  \n    h",
    ),
    "a list that begins in the middle": (
        '<ol><li>a<ol start="3"><li>b</li></ol></li></ol>',
        "1. a\n\n   3. b",
    ),
    "table": (
        "<table><caption>C</caption><thead><tr><th>a</th><th>b|c</th></tr></thead>"
        '<tbody><tr><td colspan="2">d<br>e</td></tr><tr><td>f</td></tr></tbody></table>',
        "C\n\n| a | b\\|c |\n| --- | --- |\n| d e |  |\n| f |  |",
    ),
    "table without a head": (
        "<table><tbody><tr><td>a</td><td><b>b</b></td></tr></tbody></table>",
        "|  |  |\n| --- | --- |\n| a | **b** |",
    ),
    "table that places things": (
        "<table><tbody><tr><td><p>a</p><p>b</p><p>c</p></td><td><ul><li>d</li></ul></td></tr></tbody></table>",
        "a\n\nb\n\nc\n\n- d",
    ),
    "figure": (
        '<figure><a href="https://a.example/p"><img src="https://a.example/b(1).png" alt="A [b]"></a>'
        "<figcaption>By <i>c</i></figcaption></figure>",
        "[![A \\[b\\]](https://a.example/b&#40;1&#41;.png)](https://a.example/p)\n\nBy *c*",
    ),
    "picture in a heading and a cell": (
        '<h2><img src="https://a.example/a.png" alt=""> T #</h2><table><tbody><tr><td><p><img src="https://a.example/b.png"></p></td>'
        "<td>x</td></tr></tbody></table>",
        "## ![](https://a.example/a.png) T \\#\n\n|  |  |\n| --- | --- |\n| ![](https://a.example/b.png) | x |",
    ),
    "link around blocks": (
        '<a href="https://a.example/?q=1&amp;copy;=2" title="T"><h3>a</h3><p>b</p></a>',
        '[a b](https://a.example/?q=1&amp;copy;=2 "T")',
    ),
    "code": (
        '<pre><code class="language-py">def f():\n\n\n    return 1\n</code></pre>'
        "<p><code>a_b</code> <code>{{x}}</code></p>",
        "```py\ndef f():\n\n\n    return 1\n```\n\n`a_b` <code>&#123;&#123;x&#125;&#125;</code>",
    ),
    "code with a fence": (
        "<pre>```\n\n{{ a }} &lt;b&gt;\n```</pre>",
        "<pre>&#96;&#96;&#96;\n&#10;&#123;&#123; a &#125;&#125; &lt;b&gt;\n&#96;&#96;&#96;</pre>",
    ),
    "quotation": ("<blockquote><p>a</p><blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
    "rule, terms, ruby": (
        "<hr><dl><dt>a</dt><dd>b</dd></dl><p>H<sub>2</sub>O <ruby>漢<rt>かん</rt></ruby> <q>c</q></p>",
        "* * *\n\n**a**\n\nb\n\nH<sub>2</sub>O <ruby>漢<rt>かん</rt></ruby> “c”",
    ),
    "text beside blocks": ("a<div>b</div> <span> </span><span> </span><span> </span> c<p>d</p>", "a\n\nb\n\nc\n\nd"),
    "generators": ("<p>&lt;!-- more --&gt; \ufffc ``` ~~~</p>", r"&lt;!-- more --> &#65532; \`\`\` \~\~\~"),
}


def same(text: str) -> str:
    """Text without white space and quotation marks."""
    return re.sub(r'[\s"“”]', "", text)


def shown(markup: str) -> tuple[str, list[tuple[str | None, str | None]]]:
    """The text of a body, its pictures and links."""
    markup = f"<div>{markup}</div>"
    root = lxml.html.fragment_fromstring(markup)
    links = [link for link in root.iter("a") if link.get("href") and (link.text_content().strip() or len(link))]
    addresses = [(link.get("href"), None) for link in links]
    return same("".join(blocks(markup))), addresses + [(None, image.get("src")) for image in root.iter("img")]


@pytest.mark.parametrize("name", WHOLE)
def test_whole_texts_that_read_back_the_same(name: str) -> None:
    body, markdown = WHOLE[name]
    assert markdown_of(body) == markdown
    assert shown(html_of(markdown)) == shown(body)


def test_pictures_get_the_addresses_of_their_copies() -> None:
    body = '<p><img src="https://a.example/%E5%9B%BE.png"></p>'
    assert markdown_of(body, {"https://a.example/%E5%9B%BE.png": "/media/aa/a.png"}) == "![](/media/aa/a.png)"


PIECES = [
    *("*", "_", "`", "~~", "[", "](", ")", "|", "#", "- ", "1. ", "> ", "\\", "$$", "&amp;", "&lt;b&gt;", "{{", "}}"),
    *("<p>", "</p>", "<b>", "</b>", "<i>", "</i>", "<del>", "<br>", "<ul><li>", "</li></ul>", "<ol><li>", "<h2>"),
    *("<blockquote>", "</blockquote>", "<pre>", "</pre>", "<code>", "</code>", "<div>", "</div>", "</h2>", "<span> "),
    *(
        '<a href="https://a.example/(x)">',
        "</a>",
        '<img src="https://a.example/x.png" alt="*y*">',
        "「",
        "。",
        "文",
        "x",
    ),
    *(
        "<table><tr><td>",
        "<td>",
        "</table>",
        " ",
        "\n",
        "\u3000",
        "<q>",
        "<figure>",
        "&amp;#123;",
        "===",
        "---",
        "<hr>",
    ),
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40))
@example(["<ul><li>", "*", "<ol><li>", "\u3000"])
def test_no_text_is_lost_or_read_as_markup(pieces: list[str]) -> None:
    body = sanitise("".join(pieces))
    markdown = markdown_of(body)
    assert markdown is not None
    assert shown(html_of(markdown))[0] == shown(body)[0]
    assert not re.search("[\uf8f0-\uf8fa]", markdown) and "{{" not in markdown


ENTITIES = ['"' * 200_001, "<pre>" + "{" * 200_000 + "</pre>", "<pre>" + "{{&amp;" * 70_000 + "</pre>"]
"""Bodies whose Markdown would have more entities than the sanitiser reads."""


@pytest.mark.parametrize("body", ['"' * 199_000, "<pre>" + "{" * 190_000 + "</pre>", "<p>" + "\u00a0x" * 200_000])
def test_what_is_just_small_enough_is_read_back(body: str) -> None:
    markdown = markdown_of(body)
    assert markdown is not None and shown(html_of(markdown)) == shown(body)


@pytest.mark.parametrize("body", ["x" * (MOST_CHARACTERS + 1), "<br>" * (MOST_TAGS + 1), "<b>" * 61, *ENTITIES])
def test_what_would_take_long_stays_html(body: str) -> None:
    assert markdown_of(body) is None


def test_the_signs_that_stand_for_others_are_no_way_in() -> None:
    assert markdown_of("<p>\uf8f1a&#xF8F1;b&#63728;</p>") == "ab"
