"""Metadata of a conversion record, written as whole text and read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import lxml.html
import pytest

from crawler.items import Post
from crawler.posts.conversion import Conversion, text_of
from crawler.store.stored_version import StoredImage

CONVERSION = Conversion(
    path="guancha/2022/03/18-2022_03_18_630877.md",
    number=2,
    canonical_url="https://www.guancha.cn/politics/2022_03_18_630877.shtml",
    source="guancha",
    section="首页",
    hint=datetime(2022, 3, 18, 9, 54, 35, tzinfo=UTC),
    dated=None,
    published=datetime(2022, 3, 18, 9, 54, 35, 123, tzinfo=UTC),
    updated=None,
    extractor="warcpress/0.1.0 lxml/6.1.3",
    pages=("<urn:uuid:1>", "<urn:uuid:2>"),
    images=(
        StoredImage("https://i.example/a b.png", "<urn:uuid:3>", "sha256:00", "00/00/00.png"),
        StoredImage("https://i.example/b.png", None),
    ),
    local=True,
    extra=("source", "tags"),
)
FIELDS = """post-path: guancha/2022/03/18-2022_03_18_630877.md
post-version: 2
canonical-url: https://www.guancha.cn/politics/2022_03_18_630877.shtml
source: guancha
section: 首页
published-hint: 2022-03-18T09:54:35.000000Z
dated: -
published: 2022-03-18T09:54:35.000123Z
updated: -
extractor: warcpress/0.1.0 lxml/6.1.3
images: local
extra-key: source
extra-key: tags
page: <urn:uuid:1>
page: <urn:uuid:2>
image: <urn:uuid:3> sha256:00 00/00/00.png https://i.example/a b.png
image: - - - https://i.example/b.png"""


def test_fields_are_written_as_this_text_and_read_back() -> None:
    fields = CONVERSION.fields()
    assert "\n".join(f"{name}: {value}" for name, value in fields) == FIELDS
    assert Conversion.parse(fields) == CONVERSION


def test_another_dialect_has_a_field_and_an_unknown_one_is_an_error() -> None:
    hugo = replace(CONVERSION, dialect="hugo")
    assert [field for field in hugo.fields() if field not in CONVERSION.fields()] == [("dialect", "hugo")]
    assert Conversion.parse(hugo.fields()) == hugo
    with pytest.raises(ValueError, match="unknown dialect zola"):
        Conversion.parse([*CONVERSION.fields(), ("dialect", "zola")])


def test_a_markdown_body_and_the_facts_of_its_page_have_fields() -> None:
    markdown = replace(CONVERSION, markdown="markdownify/1", language="", authors=("A B", "C"), tags=("D",))
    added = [field for field in markdown.fields() if field not in CONVERSION.fields()]
    assert added == [
        ("body", "markdown markdownify/1"),
        ("language", "-"),
        ("author", "A B"),
        ("author", "C"),
        ("tag", "D"),
    ]
    assert Conversion.parse(markdown.fields()) == markdown
    with pytest.raises(ValueError, match="unknown form of a body: rst"):
        Conversion.parse([*CONVERSION.fields(), ("body", "rst docutils/1")])


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ValueError, match="post-path"):
        Conversion.parse(CONVERSION.fields()[1:])


def test_a_picture_becomes_local_whatever_is_in_its_address() -> None:
    """A body has addresses as libxml2 writes them: percent-encoded."""
    ascii_signs = "".join(map(chr, range(0x21, 0x7F)))
    urls = [
        "https://i.example/\u56fe\u7247 1.png",
        "https://i.example/\u00e9%20.png?a=\u56fe",
        f"https://i.example/{ascii_signs}",
    ]
    body = lxml.html.Element("p")
    for url in urls:
        body.append(lxml.html.Element("img", src=url))
    post = Post(
        url="https://news.example/1",
        canonical_url="https://news.example/1",
        title="A title",
        authors=(),
        site="Example News",
        section="",
        categories=(),
        tags=(),
        language="en",
        published=CONVERSION.published,
        published_text="",
        updated=None,
        lead_image=None,
        images=(),
        body_html=lxml.html.tostring(body, encoding="unicode"),
        text="",
        extractor="x",
    )
    images = tuple(StoredImage(url, "<urn:uuid:3>", "sha256:00", f"00/00/{n}.png") for n, url in enumerate(urls))
    text = text_of(post, replace(CONVERSION, dated=None, images=images, extra=()), "")
    assert [f'src="/media/00/00/{n}.png"' in text for n in range(3)] == [True] * 3 and "i.example" not in text
