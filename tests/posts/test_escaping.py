"""Escaped bodies have the same tree and nothing that a site generator acts on; tests/hexo has a real build."""

from __future__ import annotations

import re
import time

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.posts.escaping import escape

ACTIVE = re.compile(r"\{[{%#]|[}%#]\}|`{3}|~{3}|<!--|\ufffc|\n[ \t]*\n|\r")


def tree(body: str) -> list[tuple[object, ...]]:
    """Tags, attributes and text as a browser sees them; blank lines outside of `<pre>` are white space."""
    seen: list[tuple[object, ...]] = []
    for element in lxml.html.fragment_fromstring(body, create_parent="div").iter():
        inside = any(a.tag == "pre" for a in element.iterancestors())
        texts = [(element.text, inside or element.tag == "pre"), (element.tail, inside)]
        shown = [t if keep else re.sub(r"\s+", " ", t or "").strip() for t, keep in texts]
        seen.append((element.tag, dict(element.attrib), *(t or "" for t in shown)))
    return seen


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("<p>{{ 7*7 }}</p>", "<p>&#123;&#123; 7*7 &#125;&#125;</p>"),
        ("<p>{% raw %}{# c #}</p>", "<p>&#123;% raw %&#125;&#123;# c #&#125;</p>"),
        ("<p>{{{a}}}</p>", "<p>&#123;&#123;&#123;a&#125;&#125;&#125;</p>"),
        ("<code>f = () =&gt; { return {}; }</code>", "<code>f = () =&gt; { return {}; }</code>"),
        ('<img alt="{{ a }}" src="x">', '<img alt="&#123;&#123; a &#125;&#125;" src="x">'),
        ("<p>```js</p>\n<p>~~~~</p>", "<p>&#96;&#96;&#96;js</p>\n<p>&#126;&#126;&#126;&#126;</p>"),
        ("<p>``a`` ~~b~~</p>", "<p>``a`` ~~b~~</p>"),
        ('<p title="<!-- more -->">&lt;!-- more --&gt;</p>', '<p title="&lt;!-- more --&gt;">&lt;!-- more --&gt;</p>'),
        ("<p>a</p><!-- more --><p>b</p>", "<p>a</p>&lt;!-- more --&gt;<p>b</p>"),
        ("<p>&lt;!--swig\ufffc0--&gt;</p>", "<p>&lt;!--swig&#65532;0--&gt;</p>"),
        ("\n<p>a</p>\n\n \t\n\n<p>b</p>\n ", "<p>a</p>\n<p>b</p>"),
        ("<p>a\r\n\r\nb\rc</p>", "<p>a\nb\nc</p>"),
        ("<pre>a\n\n  \nb\n</pre>\n\n<p>c</p>", "<pre>a\n&#10;  &#10;b\n</pre>\n<p>c</p>"),
        ("<pre>\n\na\n\n</pre>", "<pre>\n&#10;a\n&#10;</pre>"),
        ("<PRE><b>a\n\n</b></PRE>\n\nb", "<PRE><b>a\n&#10;</b></PRE>\nb"),
        ('<img alt="a\n\nb">', '<img alt="a\n&#10;b">'),
        ("<p\n\nclass='a > b'>c</p>", "<p\nclass='a &gt; b'>c</p>"),
        ("<p>a\x00\x1b\x85\ud800b</p>", "<p>ab</p>"),
        ("<p>\u3000\u3000全角\u00a0</p>", "<p>\u3000\u3000全角\u00a0</p>"),
        ("a < b {{", "a &lt; b &#123;&#123;"),
        ("", ""),
    ],
)
def test_T1_active_characters_become_entities(body, wanted):
    assert escape(body) == wanted


@pytest.mark.parametrize(
    "attribute", ['src="https://a.example/1.png?a=1&amp;b=2"', "src='https://a.example/1.png?a=1&amp;b=2'"]
)
def test_images_are_found_by_their_decoded_address(attribute):
    copies = {"https://a.example/1.png?a=1&b=2": "/media/\"'&<>{{.png"}
    quote = attribute[-1]
    wanted = f"src={quote}/media/&quot;&#x27;&amp;&lt;&gt;&#123;&#123;.png{quote}"
    assert escape(f"<img {attribute}>", copies) == f"<img {wanted}>"
    assert escape(f"<video {attribute}></video>", copies) == f"<video {attribute}></video>"


TEXT = st.text("a {}%#`~\n\t\r<>\"'&-!\ufffc", max_size=12)


@st.composite
def bodies(draw) -> str:
    """Well-formed HTML of allowed elements, serialised as the extractor does."""
    root = lxml.html.Element("div")
    for _ in range(draw(st.integers(0, 4))):
        parent = draw(st.sampled_from([e for e in root.iter() if e.tag != "img"]))
        child = lxml.html.Element(draw(st.sampled_from(["p", "pre", "b", "code", "img"])))
        if draw(st.booleans()):
            child.set(draw(st.sampled_from(["title", "alt"])), draw(TEXT).replace("\r", "\n"))
        if child.tag != "img":
            child.text = draw(TEXT).replace("\r", "\n")
        child.tail = draw(TEXT).replace("\r", "\n")
        parent.append(child)
    body = lxml.html.tostring(root, encoding="unicode")
    return str(body).removeprefix("<div>").removesuffix("</div>")


@settings(max_examples=300, deadline=None)
@given(bodies())
def test_T1_the_tree_stays_the_same_without_active_characters(body):
    out = escape(body)
    assert not ACTIVE.search(out)
    assert tree(out) == tree(body.strip(" \t\n"))
    assert escape(out) == out


@settings(max_examples=300, deadline=None)
@given(st.text("ap/re<>\"'= \n{%}`~!-\ufffc", max_size=60))
def test_any_text_is_left_without_active_characters(text):
    assert not ACTIVE.search(escape(text))


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<a '", '<a b="', "{", "`", "\n", "<pre>\n", "<!--", "{%", "<p>\n\n</p>"]
)
def test_hostile_bodies_take_linear_time(piece):
    start = time.process_time()
    escape(piece * 100_000)
    assert time.process_time() - start < 3


PIECES = (
    *("<p>", "</p>", "<br/>", '<a href="x">', "<a href='y\n\nz'>", "<pre>", "</pre>", '<PRE class="a">', "</pre >"),
    *(
        "<pres>",
        "text",
        "\n",
        "\n\n",
        " \n \n",
        "\r\n",
        "<",
        "<b",
        "<!-- c -->",
        '<img src="a>b">',
        '="',
        "'",
        ">",
        "{{",
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_the_fast_path_for_plain_bodies_gives_the_same_text(body):
    """A text with images to replace never takes the fast path."""
    assert escape(body) == escape(body, {"not in it": "x"})
