"""Hexo itself reads our posts: its reader returns every value, and its build prints every body as written.

Needs Node.js and the packages of package.json here (`npm ci` in this folder); in CI the tests fail without them.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import lxml.html
import pytest

from crawler.extractors.sanitise import sanitise
from crawler.items import Image, Post, Source
from crawler.posts.escaping import scrub
from crawler.posts.frontmatter import render
from crawler.posts.names import post_path
from crawler.store.files import write_file

HERE = Path(__file__).parent
SEED = (HERE.parent / "sites/www.guancha.cn/2022_03_18_630877.md").read_text(encoding="utf-8")
NASTY: list[str] = json.loads((HERE.parent / "nasty_strings.json").read_text(encoding="utf-8"))


@cache
def missing() -> str:
    """Return what this machine lacks to run Hexo; empty = nothing."""
    if shutil.which("node") is None:
        return "Node.js is not installed"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if tuple(map(int, version.lstrip("v").split(".")[:2])) < (20, 19):
        return f"Node.js is {version}, Hexo 8.1 needs 20.19"
    if not (HERE / "node_modules/hexo/package.json").is_file():
        return "Hexo is not installed: run `npm ci` in tests/hexo"
    return ""


pytestmark = [
    pytest.mark.hexo,
    pytest.mark.skipif(bool(missing()) and not os.environ.get("CI"), reason=missing() or "never"),
]

MARKDOWN = "https://news.example/markdown"
"""URL of the posts whose bodies are written as Markdown."""
POST = Post(
    url="https://news.example/a/1.html",
    canonical_url="https://news.example/a/1.html",
    title="A title",
    authors=(),
    site="Example News",
    section="World",
    categories=("Topic", "Example News", "World"),
    tags=(),
    language="en",
    published=datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
    published_text="",
    updated=None,
    lead_image=Image("https://news.example/lead.jpg"),
    images=(),
    body_html="<p>One.</p>",
    text="",
    extractor="x",
)

BODIES = {
    "expression": "<p>{{ 7*7 }} {{ config.title }} {{{ a }}} {{ 'a' | upper }}</p>",
    "code-execution": "<p>{{ [].constructor.constructor('return process.env')() }}</p>",
    "unknown-tag": "<p>{% nosuchtag %} {% raw %} {% endraw %} {% if %}</p>",
    "file-tag": "<p>{% include_code _config.yml %}{% post_link x %}{% asset_img x %}</p>",
    "unclosed": "<p>{{ a</p>\n<p>{% a</p>\n<p>{# a</p>\n<p>}} %} #}</p>",
    "comment-tag": "<p>a {# hidden #} b</p>",
    "split": "<p>{<b>{</b> 7*7 }<i>}</i> {&#123; 7 &#125;}</p>",
    "attributes": '<p title="{{ 7*7 }}"><img src="https://a.example/x.png" alt="{% raw %}"></p>',
    "fence": "<p>a</p>\n```js\nlet a = 1;\n```\n<p>b</p>",
    "tilde-fence": "<p>a</p>\n~~~\n# b\n~~~\n<p>c</p>",
    "quoted-fence": "<p>a</p>\n&gt; ```\n&gt; b\n&gt; ```\n- ```\nx\n```\n<p>c</p>",
    "more": "<p>a</p>\n<p>&lt;!-- more --&gt;</p>\n<p>b</p>",
    "more-in-attribute": '<p title="<!-- more -->">a</p>\n<p>b</p>',
    "real-more": "<p>a</p>\n<!-- more -->\n<p>b</p>",
    "placeholder": "<p>{{ a }} &lt;!--swig\ufffc0--&gt; &lt;!--code\ufffc1--&gt; <b>&lt;!--code\ufffc9--&gt;</b></p>",
    "blank-lines": "<p>a\n\n    indented *not code*</p>\n\n\n<p>b</p>\n \t\n# not a heading",
    "pre": "<pre>  def f():\n\n    return {{ 1 }}\n\n\n\t# {% x %}\n</pre>\n\n<p>after **that**</p>",
    "pre-code": '<pre><code class="language-py">a\n\n\nb</code></pre>',
    "markdown": "<p>*a* _b_ `c` [d](e) &amp;amp; \\* 1. ---</p>\n---\n* a\n1. b\n    code\n| a | b |\n|---|---|",
    "links": '<p><a href="https://other.example/?a=1&amp;b=2" title="a > b">x</a> https://bare.example</p>',
    "entities": "<p>&amp;#123;&amp;#123; &lt;script&gt; &amp;lt;b&amp;gt; © \u00a0 \u3000</p>",
    "inline-code": "<p>`{{ a }}` ``{% b %}`` \\`{{ c }}\\`</p>",
    "table": '<table>\n<tbody>\n\n<tr><td colspan="2">a</td></tr>\n\n</tbody>\n</table>',
    "line-separators": "<p>a\u2028\u2028b\u2029c</p>",
    "carriage-returns": "<p>a\r\r\nb\r\n\r\nc</p>",
    "html-block-ends": "<p>a</p>\n</div>\n\n<p>b</p>\n<div>\n<p>c</p>",
    "emoji": "<p>🎉 𠮷野家 👨‍👩‍👧 :smile:</p>",
    "long": "<p>" + "文" * 20000 + "{{</p>\n\n" * 20,
    "trimmed-tags": "<p>{%- if x -%} a {%- endif -%} {{- b -}} {#- c -#} {%+ d +%}</p>",
    "nested-raw": "<p>{% raw %}{% raw %}{{ a }}{% endraw %} {{ b }} {% endraw %}{% endraw %}</p>",
    "tag-over-elements": '<p title="{%">a <b title="%}">{{</b> b <i>}}</i></p><p>{#</p><p>#}</p>',
    "half-entities": "<p>&#123;{ 7 }&#125; &lbrace;&lbrace; {&#37; raw %} &lcub;{ x }}</p>",
    "braces-at-line-ends": "<p>{\n{ 7*7 }\n}\n{\n\n% raw %\n}</p>",
    "more-forms": "<p>&lt;!--more--&gt; &lt;!-- MORE --&gt;</p><!--more--><p title='<!--more-->'>a</p>",
    "smart": "<p>\"a\" 'b' -- --- ... (c) (tm) it's 1/2 &lt;&lt;c&gt;&gt;</p>",
    "autolinks": "<p>www.a.example http://b.example/x_y_z a@b.example &lt;https://c.example&gt;</p>",
    "references": "<p>[a]: https://a.example [a] [^1] ![b](c.png) [x][y]</p>\n[y]: https://d.example\n[^1]: z",
    "headings": "<h2>One *two* {#id}</h2>\nThree\n=====\nFour\n-----\n# Five",
    "lists": "- [ ] a\n- b\n\n  c\n1) d\nterm\n: definition\n\n&gt; quoted\n:::note\n$$x_1$$",
    "only-blanks": "<p>a\n\u3000\n\u00a0\n\u2003\u2003\n\ufeff\n\u200b\n\x0b\n\x0c\n\x85\nb</p>\n\u3000\n<p>c</p>",
    "pre-blanks": "<pre>\n\n\ta\n \t \n\n\n    b\n\n</pre>\n<p>*c*</p>\n<pre><b>\n\nd</b>\n\n\n</pre>e",
    "code-with-fence": "<pre><code>```js\n{{ a }}\n\n```\n~~~~\n</code></pre><p>``` {% b %} ```</p>",
    "definition-of-a-tag": "<p>{% macro x() %}{% set y = 1 %}{% extends 'z' %}{% include 'q' %}</p>",
    "other-generators": "<p>{{&lt; x &gt;}} {{% x %}} {{.Site}} {% include x %} [[ a ]] &lt;%= b %&gt; ${d}</p>",
}
TITLES = [
    "{{ 7*7 }}",
    "{% raw %}",
    "{% nosuchtag %}",
    "{# a #}",
    "<!-- more -->",
    "a\npermalink: ../../../out/",
    "permalink: ../../x",
    "'\npermalink: '../../x",
    '"\nlayout: false\nx: "',
    "---",
    "'",
    "a: b # c",
    "1e3",
    "08",
    "no",
    "null",
    "2022-03-18",
    "a\nb",
    "a\u2028b",
    "",
    "<script>alert(1)</script>",
    "🎉",
    "\u202eabc",
    "../../x",
    "${7*7}",
    "<%= 7*7 %>",
    "!!js/function 'x'",
    "&a *a",
    "\ufeff",
    ";;;",
    "a\n---\nb",
    "}}{{ config }}",
    "{%- x -%}{{- y -}}",
    "published: false",
    "a\npublished: false\nlayout: false",
    "\u2028permalink: /x",
    "*a* _b_ `c` [d](e) www.a.example",
    "<!--swig\ufffc0-->",
    "/",
    "..",
    "../..",
    "/etc/passwd",
    "a/../../b",
    "\\..\\x",
    "CON",
    " ",
    ".",
    "a/b/c",
]


def mixtures() -> list[str]:
    """Make random bodies of template and Markdown syntax, as the sanitiser returns them."""
    chance = random.Random(7)
    pieces = [
        *(
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "#}",
            "{",
            "}",
            "%",
            "```",
            "~~~",
            "`",
            "\n",
            "\n\n",
            "\n \n",
            "    ",
            "\t",
            "# ",
            "- ",
        ),
        *(
            "raw",
            "endraw",
            "7*7",
            "x",
            "&lt;!-- more --&gt;",
            "<!-- more -->",
            "&#123;",
            "&amp;",
            "\ufffc",
            "&gt; ",
            "---",
        ),
        *("<p>", "</p>", "<pre>", "</pre>", "<b title='{{'>", "</b>", "<code>", "</code>", "<div>", "</div>", "<br>"),
        *("<img src='https://a.example/x.png' alt='{% x %}'>", "<a href='https://a.example/' title='```'>", "</a>"),
    ]
    return [sanitise("<p>" + "".join(chance.choices(pieces, k=chance.randint(5, 40)))) for _ in range(60)]


def node(*arguments: str, folder: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["node", *arguments], cwd=folder, input=text, capture_output=True, encoding="utf-8", timeout=240, check=False
    )


def require() -> None:
    assert not missing(), f"{missing()}; CI must prove the posts"


def test_the_lock_names_no_download_address():
    lock = json.loads((HERE / "package-lock.json").read_text())
    assert lock["packages"] and not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all(package.get("integrity") for name, package in lock["packages"].items() if name)


def test_T2_hexos_own_reader_gives_every_value_back():
    require()
    values = [scrub(text) for text in NASTY]
    posts = [replace(POST, title=text, authors=(text,), categories=(text, "World")) for text in NASTY]
    texts = [render(post, extra={"source": post.title, "tags": [post.title, "x"]}) for post in posts]
    done = node("read.js", folder=HERE, text=json.dumps(texts))
    assert done.returncode == 0, done.stderr
    wrong = []
    for value, fields, text in zip(values, json.loads(done.stdout), texts, strict=True):
        wanted = {
            "title": value,
            "author": value or "Example News",
            "categories": [c for c in (value, "World") if c],
            "source": value,
            "tags": [t for t in (value, "x") if t],
            "comments": False,
            "headimg": "https://news.example/lead.jpg",
            "thumbnail": "https://news.example/lead.jpg",
            "date": "Mon, 06 May 2024 07:08:09 GMT",
            "_content": text.split("\n---\n")[-1],
        }
        if fields != wanted:
            wrong.append((value, fields))
    assert not wrong


def test_the_seed_reads_as_it_does_for_us():
    require()
    fields = json.loads(node("read.js", folder=HERE, text=json.dumps([SEED])).stdout)[0]
    assert fields["date"] == "Fri, 18 Mar 2022 09:54:35 GMT" and fields["author"] == "观察者网"
    assert fields["categories"] == ["新媒体", "观察者网", "首页"] and fields["comments"] is False


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, dict[str, Post]]:
    """The folder of a generated Hexo site with every post of this file, and the posts by the path of their page."""
    require()
    outer = tmp_path_factory.mktemp("hexo")
    site = outer / "a/site"
    shutil.copytree(HERE / "site", site)
    shutil.copy(HERE / "package.json", site)
    (site / "node_modules").symlink_to(HERE / "node_modules")
    posts = [
        replace(POST, canonical_url=f"https://n.example/b-{name}", body_html=body) for name, body in BODIES.items()
    ]
    posts += [
        replace(POST, canonical_url=f"https://n.example/t-{n}", title=t, authors=(t,), categories=(t, "x"), tags=(t,))
        for n, t in enumerate(TITLES)
    ]
    posts += [replace(POST, canonical_url=f"https://n.example/m-{n}", body_html=b) for n, b in enumerate(mixtures())]
    posts += [
        replace(POST, canonical_url=f"https://n.example/md-{n}", url=MARKDOWN, body_html=sanitise(body))
        for n, body in enumerate((*BODIES.values(), *mixtures()))
    ]
    posts += [
        replace(POST, canonical_url=f"https://n.example/{n}{hostile}")
        for n, hostile in enumerate(("/..%2f..%2fx", "/%7B%7B7*7%7D%7D", "/%25"))
    ]
    pages: dict[str, Post] = {}
    for number, post in enumerate(posts):
        post = replace(post, published=datetime(2024, 5, 1, tzinfo=UTC) + timedelta(hours=number))
        path = post_path(post, Source("example"))
        write_file(
            site / "source/_posts",
            path,
            render(post, extra={"tags": post.tags}, markdown=post.url == MARKDOWN).encode(),
        )
        day = post.published.strftime("%Y/%m/%d") if post.published else ""
        pages[f"{day}/{path.removesuffix('.md')}/index.html"] = post
    write_file(site / "source/_posts", "guancha/2022/03/18-2022_03_18_630877.md", SEED.encode())
    done = node("node_modules/hexo/bin/hexo", "generate", folder=site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not re.search(r"WARN|ERROR|FATAL", done.stdout + done.stderr), done.stdout + done.stderr
    return outer, pages


def test_T3_one_page_for_each_post(built):
    outer, pages = built
    public = outer / "a/site/public"
    files = {str(p.relative_to(public)) for p in public.rglob("*") if p.is_file()}
    lists = {name for name in files if name.startswith(("archives/", "categories/", "tags/"))}
    assert len(lists) > 50
    found = files - lists
    assert found == {*pages, "2022/03/18/guancha/2022/03/18-2022_03_18_630877/index.html", "index.html"}
    index = lxml.html.fromstring((public / "index.html").read_text(encoding="utf-8"))
    assert len(index.findall(".//li")) == len(pages) + 1


def test_P1_nothing_is_written_outside_of_the_public_folder(built):
    outer, _pages = built
    assert [p.name for p in outer.iterdir()] == ["a"] and [p.name for p in (outer / "a").iterdir()] == ["site"]
    names = {p.name for p in (outer / "a/site").iterdir()}
    assert names == {"_config.yml", "db.json", "node_modules", "package.json", "public", "source", "themes"}


def test_T1_titles_are_printed_literally(built):
    outer, pages = built
    for path, post in pages.items():
        page = (outer / "a/site/public" / path).read_text(encoding="utf-8")
        title = lxml.html.fromstring(page).findtext(".//h1") or ""
        assert " ".join(title.split()) == " ".join(post.title.split()), path


def tree(markup: str) -> list[tuple[object, ...]]:
    """Tags, attributes and text; white space outside of `<pre>` folded; what Hexo adds to every outer link left out."""
    seen: list[tuple[object, ...]] = []
    for element in lxml.html.fragment_fromstring(
        markup.replace("\r\n", "\n").replace("\r", "\n"), create_parent="div"
    ).iter():
        inside = any(a.tag == "pre" for a in element.iterancestors())
        text, tail = element.text or "", element.tail or ""
        attributes = {name: value for name, value in element.attrib.items() if name not in ("target", "rel")}
        own = text if inside or element.tag == "pre" else " ".join(text.split())
        seen.append((element.tag, attributes, own, tail if inside else " ".join(tail.split())))
    return seen


def bodies(built, *, markdown: bool):
    """Yield path and post of the pages whose posts have bodies of one form, and what Hexo made of these bodies."""
    outer, pages = built
    for path, post in pages.items():
        if (post.url == MARKDOWN) != markdown:
            continue
        page = (outer / "a/site/public" / path).read_text(encoding="utf-8")
        parts = re.search(r'id="excerpt">(.*?)</div>\n<div id="content">(.*)</div>\n<div id="end">', page, re.DOTALL)
        assert parts, path
        excerpt, content = parts.groups()
        assert excerpt == "", path
        yield path, post, content


def test_T1_bodies_are_printed_literally_and_whole(built):
    for path, post, content in bodies(built, markdown=False):
        wanted = scrub(post.body_html).replace("\n<!-- more -->\n", "\n&lt;!-- more --&gt;\n")
        wanted = wanted.replace("</p><!--more--><p", "</p>&lt;!--more--&gt;<p")
        assert tree(content) == tree(f"<div>{wanted}</div>"), path


def visible(markup: str) -> tuple[str, list[str | None]]:
    """Text without white space, in ASCII's quotation marks, dashes and dots; and the addresses of the pictures."""
    root = lxml.html.fragment_fromstring(markup, create_parent="div")
    for added in root.xpath("//a[@class='headerlink'] | //td[@class='gutter'] | //figcaption[@aria-hidden]"):
        added.drop_tree()
    text = "".join(root.text_content().split())
    for typographic, plain in {"\u2014": "---", "\u2013": "--", "\u2026": "..."}.items():
        text = text.replace(typographic, plain)
    return re.sub("[\u2018\u2019\u201c\u201d'\"]", "", text), [image.get("src") for image in root.iter("img")]


def test_markdown_bodies_show_the_text_and_the_pictures(built):
    seen = 0
    for path, post, content in bodies(built, markdown=True):
        seen += 1
        assert visible(content) == visible(scrub(post.body_html)), path
    assert seen == len(BODIES) + len(mixtures())
