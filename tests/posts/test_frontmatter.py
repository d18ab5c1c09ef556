"""Post files: the seed byte for byte, every value equal in every YAML reader, any text read without harm."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import cast

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from crawler.items import Image, Post
from crawler.posts.escaping import scrub
from crawler.posts.frontmatter import KEYS, FrontMatterError, parse, plain_or_quoted, quoted, render

TESTS = Path(__file__).parents[1]
SEED = (TESTS / "sites/www.guancha.cn/2022_03_18_630877.md").read_text(encoding="utf-8")
NASTY: list[str] = json.loads((TESTS / "nasty_strings.json").read_text(encoding="utf-8"))

POST = Post(
    url="https://news.example/a/1.html",
    canonical_url="https://news.example/a/1.html",
    title="A title",
    authors=("Ann Lee", "李明"),
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
    body_html="<p>One.</p>\n<p>Two.</p>",
    text="One.\nTwo.",
    extractor="x",
)

WHOLE = """\

---
title: 'A title'
categories: 
 - Topic
 - Example News
 - World
headimg: 'https://news.example/lead.jpg'
author: Ann Lee, 李明
comments: false
date: Mon, 06 May 2024 07:08:09 GMT
thumbnail: 'https://news.example/lead.jpg'
---

<div>   
<p>One.</p>
<p>Two.</p>
  
</div>
            """  # noqa: W291, W293


def pyyaml(text: str) -> dict[str, object]:
    return dict(yaml.safe_load(text.split("\n---\n", 2)[1]))


def ruamel(text: str) -> dict[str, object]:
    return dict(YAML(typ="safe", pure=True).load(text.split("\n---\n", 2)[1]))


def ours(text: str) -> dict[str, object]:
    return dict(parse(text).fields)


READERS = pytest.mark.parametrize("read", [pyyaml, ruamel, ours])


def test_a_post_is_rendered_as_this_text():
    assert render(POST) == WHOLE


def test_the_seed_post_is_rendered_byte_for_byte_from_its_own_parts():
    parsed = parse(SEED)
    fields = parsed.fields
    body = parsed.body.removeprefix("\n<div>   \n").removesuffix("\n  \n</div>\n" + " " * 12)
    post = replace(
        POST,
        title=str(fields["title"]),
        categories=tuple(map(str, cast("list[str]", fields["categories"]))),
        authors=(),
        site="观察者网",
        published=datetime(2022, 3, 18, 17, 54, 35, tzinfo=timezone(timedelta(hours=8))),
        lead_image=Image(str(fields["headimg"])),
        body_html=body,
    )
    assert render(post) == SEED


@READERS
def test_T2_every_nasty_string_reads_back_equal(read):
    """Each string in a post of its own, as title, author, category and extra key, so that a failure names it."""
    wrong = []
    for text in NASTY:
        wanted = scrub(text)
        post = replace(POST, title=text, authors=(text, ""), site=text, categories=(text, "World"))
        fields = read(render(post, extra={"source": text, "tags": [text, "x"]}))
        categories = [wanted, "World"] if wanted else ["World"]
        tags = [wanted, "x"] if wanted else ["x"]
        got = [fields[key] for key in ("title", "author", "categories", "source", "tags", "comments")]
        if got != [wanted, wanted + ", ", categories, wanted, tags, False] or list(fields) != [*KEYS, "source", "tags"]:
            wrong.append((text, got))
    assert not wrong


@READERS
def test_T2_every_nasty_string_reads_back_equal_where_plain_is_allowed(read):
    wrong = [s for s in NASTY if scrub(s) and read(render(replace(POST, authors=(s,))))["author"] != scrub(s)]
    assert not wrong


def test_there_are_at_least_200_nasty_strings():
    assert len(set(NASTY)) >= 200


@settings(max_examples=400, deadline=None)
@given(st.text(st.characters(), max_size=40) | st.text("yesnoYN01e.:-+_~#'\"\\ &*!|>{}[]\n\t\u2028", max_size=12))
def test_T2_generated_strings_read_back_equal(text):
    line = f"a: {quoted(text)}\nb: {plain_or_quoted(text)}\nc: \n - {plain_or_quoted(text)}\n"
    wanted = {"a": scrub(text), "b": scrub(text), "c": [scrub(text)]}
    assert yaml.safe_load(line) == wanted
    assert YAML(typ="safe", pure=True).load(line) == wanted
    assert parse(f"---\n{line}---\n").fields == wanted


def test_scrub_removes_only_surrogates_and_control_characters():
    kept = "".join(chr(c) for c in range(0x3000) if len(scrub(chr(c))))
    gone = {chr(c) for c in range(0x3000)} - set(kept)
    assert gone == {chr(c) for c in [*range(0x20), *range(0x7F, 0xA0)] if chr(c) not in "\t\n\r"}
    assert scrub("a\ud800\udfffb") == "ab"


def test_single_quotes_are_used_whenever_they_are_safe():
    assert quoted("它's: # 好 🎉") == "'它''s: # 好 🎉'"
    assert quoted("a\nb\u2028\u202e\\\"'") == '"a\\nb\\u2028\\u202E\\\\\\"\'"'


def test_names_are_plain_and_yaml_words_are_quoted():
    for name in (
        "观察者网",
        "Ann Lee",
        "Ann Lee, 李明",
        "新华社（北京）",
        "Dr. No",
        "Yes, minister",
        "《人民日报》"[1:4],
    ):
        assert plain_or_quoted(name) == name
    for word in ("no", "Null", "1e3", "08", "", "-", "2022-03-18", "a: b", "a #b", " a", "y", "=", "NaN"):
        assert plain_or_quoted(word) == f"'{word}'"


def test_a_missing_lead_image_and_missing_categories_are_written_empty():
    text = render(replace(POST, lead_image=None, categories=()))
    assert "\nheadimg: ''\n" in text and "\nthumbnail: ''\n" in text and "\ncategories: []\n" in text
    assert parse(text).fields["categories"] == []


def test_without_an_author_the_site_is_the_author():
    assert "\nauthor: Example News\n" in render(replace(POST, authors=()))


def test_the_date_is_written_in_gmt_whatever_its_zone():
    plus_nine = datetime(2024, 1, 1, 3, 0, 0, 999999, tzinfo=timezone(timedelta(hours=9)))
    assert "\ndate: Sun, 31 Dec 2023 18:00:00 GMT\n" in render(replace(POST, published=plus_nine))


@pytest.mark.parametrize("published", [None, datetime(2024, 1, 1)])  # noqa: DTZ001
def test_a_post_without_an_aware_date_is_refused(published):
    with pytest.raises(ValueError, match="needs an aware date"):
        render(replace(POST, published=published))


@pytest.mark.parametrize("key", ["title", "permalink", "layout", "disableNunjucks", "a b", "1", "a:b", "", "é"])
def test_extra_keys_that_steer_the_generator_or_are_taken_are_refused(key):
    with pytest.raises(ValueError, match="extra front-matter key"):
        render(POST, extra={key: "x"})


def test_extra_keys_come_last_and_a_key_that_is_a_yaml_word_is_quoted():
    text = render(POST, extra={"source": "guancha", "tags": ["a", "no"], "on": "x"})
    assert (
        "\nthumbnail: 'https://news.example/lead.jpg'\nsource: 'guancha'\ntags: \n - a\n - 'no'\n'on': 'x'\n---\n"
        in text
    )
    assert list(pyyaml(text)) == [*KEYS, "source", "tags", "on"]


@pytest.mark.parametrize("dialect", ["hugo", "jekyll"])
def test_other_dialects_begin_with_the_delimiter_and_write_an_rfc3339_date(dialect):
    text = render(POST, dialect=dialect)
    assert text.startswith("---\ntitle: 'A title'\n") and "\ndate: 2024-05-06T07:08:09Z\n" in text
    assert parse(text).body == parse(WHOLE).body


def test_local_copies_take_the_place_of_remote_images():
    body = '<p><img alt="x" src="https://i.example/a.png?x=1&amp;y=2" width="5"> <a href="https://i.example/a.png?x=1&amp;y=2">big</a></p>'
    remote = "https://i.example/a.png?x=1&y=2"
    post = replace(POST, body_html=body, lead_image=Image(remote))
    text = render(post, images={remote: "/media/ab/cd/abcd.png"})
    assert '<img alt="x" src="/media/ab/cd/abcd.png" width="5">' in text
    assert '<a href="https://i.example/a.png?x=1&amp;y=2">' in text
    assert "\nheadimg: '/media/ab/cd/abcd.png'\n" in text
    assert parse(render(post, images={"other": "y"})).fields["headimg"] == remote


@pytest.mark.parametrize("text", [SEED, WHOLE, "\ufeff" + WHOLE, WHOLE.replace("\n", "\r\n"), "no front matter\n", ""])
def test_T4_head_and_body_are_the_text_character_for_character(text):
    parsed = parse(text)
    assert parsed.head + parsed.body == text


def test_T4_front_matter_after_a_byte_order_mark_is_read():
    assert parse("\ufeff" + WHOLE).fields == parse(WHOLE).fields
    assert parse("\ufeff---\na: b\n---\n").fields == {"a": "b"}


def test_front_matter_written_by_hand():
    text = """---
# a comment
title: Hello # another
'quoted key': "tab\\there"
number: 08
when: 2022-03-18
flag: TRUE
none: ~
empty:
list:
- one
-  'two'
-
flow: [a, "b, c", 'd''e', ]
nothing: []
url: http://example.org/#top
---
body"""
    parsed = parse(text)
    assert parsed.body == "body"
    assert parsed.fields == {
        "title": "Hello",
        "quoted key": "tab\there",
        "number": "08",
        "when": "2022-03-18",
        "flag": True,
        "none": None,
        "empty": None,
        "list": ["one", "two", None],
        "flow": ["a", "b, c", "d'e"],
        "nothing": [],
        "url": "http://example.org/#top",
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a: !!python/object/apply:os.system [id]", "tags are not read"),
        ("a: &x b", "anchors"),
        ("a: *x", "anchors"),
        ("a: {b: c}", "nested collections"),
        ("a: [b, [c]]", "more than scalars"),
        ("a: [b", "not separated|does not end"),
        ("a: [b] c", "after a"),
        ("a: |", "several lines"),
        ("a: 'b", "does not end"),
        ("a: 'b' c", "after a quoted"),
        ('a: "\\q"', "unknown escape"),
        ('a: "\\ud800"', "no character"),
        ('a: "\\U00110000"', "no character"),
        ("a: b: c", "quote it"),
        ("a: - b", "quote it"),
        ("a: %b", "quote it"),
        ("just words", "not a `key: value` line"),
        ("- a", "without a key"),
        ("  a: b", "indented"),
        ("x: y\nx: z", "duplicate key"),
        ("? a", "not a `key"),
        ("'a' b", "without a colon"),
    ],
)
def test_other_yaml_is_an_error_that_names_the_line(line, reason):
    with pytest.raises(FrontMatterError, match=rf"front matter, line \d: .*({reason})"):
        parse(f"---\n{line}\n---\n")


def test_an_error_names_the_line_of_the_file():
    with pytest.raises(FrontMatterError, match="front matter, line 4: "):
        parse("\n---\na: b\nc\n---\n")
    with pytest.raises(FrontMatterError, match="line 2: no closing --- line"):
        parse("---\na: b")


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab:-#'\"\\[]{},&*!|>?%@` \t\n\r~\ufeff01"), max_size=60))
def test_any_text_is_read_or_gives_a_front_matter_error(text):
    for whole in (text, f"---\n{text}\n---\nbody"):
        try:
            parsed = parse(whole)
        except FrontMatterError as error:
            assert "\n" not in str(error)
        else:
            assert parsed.head + parsed.body == whole


@pytest.mark.parametrize(
    "line",
    [
        "a: " + "[" * 200_000,
        "a: '" + "''" * 200_000,
        'a: "' + "\\" * 200_001,
        "a: [" + "a," * 200_000,
        "a" * 500_000,
        "a: " + " " * 500_000 + "#",
        "a: [" + " " * 500_000,
        "a : " * 100_000,
    ],
)
def test_long_hostile_lines_are_read_in_linear_time(line):
    start = time.process_time()
    try:
        parse(f"---\n{line}\n---\n")
    except FrontMatterError as error:
        assert len(str(error)) < 300
    assert time.process_time() - start < 2
