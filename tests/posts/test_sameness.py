"""Which differences of two versions count, and which pages have one article."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.posts.sameness import same_article, same_content
from crawler.store.stored_version import StoredImage

PICTURE = StoredImage("https://i.example/pier.jpg?sig=0123456789abcdef", "<urn:uuid:1>", "sha256:1", None)
LOST = StoredImage("https://i.example/lost.jpg?X-Expires=1764374400&id=7", None)
BODY = (
    '<div class="a1b2c3"><p class="x">The <b>pier</b> is to be\nrebuilt. <a href="https://a.example/plan">Plan</a></p>'
    f'<p><img src="{PICTURE.url}" alt="Pier"></p><p><img src="{LOST.url}"></p></div>'
)


def said(body: str, title: str = "Pier rebuilt") -> str:
    """The text of a post file."""
    return f"\n---\ntitle: '{title}'\nauthor: Ann\n---\n\n<div>   \n{body}\n  \n</div>\n"


SPURIOUS = [
    ("white space", BODY.replace("\n", "  \n ").replace("<p", "\n<p")),
    ("no-break spaces", BODY.replace("to be", "to\u00a0be").replace("The ", "The&nbsp;")),
    ("soft hyphens and zero width spaces", BODY.replace("rebuilt", "re\u00adbuilt\u200b")),
    ("classes", BODY.replace("a1b2c3", "d4e5f6").replace('class="x"', 'class="y" style="margin: 0"')),
    ("wrappers", BODY.replace("<b>pier</b>", "<span><b>pier</b></span>").replace("<p ", "<section><p ", 1)),
    ("empty paragraphs", BODY.replace("<p>", "<p>&nbsp;</p><p>", 1) + "<p> </p>"),
    ("space around a tag", BODY.replace("The <b>pier</b> is", "The<b> pier </b>is")),
    ("tracking in a link", BODY.replace("/plan", "/plan?utm_source=x#y")),
    ("the signature of a missing picture", BODY.replace("1764374400", "1764460800")),
]
EDITS = [
    ("one letter", BODY.replace("rebuilt.", "rebuild.")),
    ("one sign", BODY.replace("rebuilt.", "rebuilt!")),
    ("a word split", BODY.replace("rebuilt", "re built")),
    ("a link", BODY.replace("/plan", "/plan2")),
    ("a link's parameter", BODY.replace("/plan", "/plan?page=2")),
    ("emphasis", BODY.replace("<b>pier</b>", "pier")),
    ("a heading", BODY.replace("<p>", "<h2>Later</h2><p>", 1)),
    ("an alternative text", BODY.replace('alt="Pier"', 'alt="The pier in 1950"')),
    ("the id of a missing picture", BODY.replace("id=7", "id=8")),
    ("a picture less", BODY.replace(f'<p><img src="{PICTURE.url}" alt="Pier"></p>', "")),
    ("paragraphs changed round", BODY.replace("<p>", "<p>b</p><p>a</p><p>", 1)),
]


@pytest.mark.parametrize("body", [body for _, body in SPURIOUS], ids=[name for name, _ in SPURIOUS])
def test_what_a_reader_does_not_see_is_no_change(body: str) -> None:
    assert body != BODY
    now = replace(LOST, url=LOST.url.replace("1764374400", "1764460800")) if "17644608" in body else LOST
    assert same_content(said(BODY), said(body), [PICTURE, LOST], [PICTURE, now])


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("3 hours ago", "9 hours ago", True),
        ("Posted 59 minutes ago by Ann", "Posted 1 hour ago by Ann", True),
        ("just now", "an hour ago", True),
        ("Yesterday 10:24", "3 days ago", True),
        ("3小时前", "2天前", True),
        ("2天3小时前", "3天1小时前", True),
        ("vor 3 Stunden", "vor 2 Tagen", True),
        ("il y a 3 heures", "il y a 2 jours", True),
        ("<time>3 hours ago</time> · 2 min read", "<time>4 hours ago</time> · 2 min read", True),
        ("Posted 3 hours ago by Ann", "Posted 3 hours ago by Bea", False),
        ("Two years ago he left.", "Two years ago she left.", False),
        ("3 hours", "4 hours", False),
        ("It was found 3 hours ago, " + "and then it was lost again. " * 3, "It was found 4 hours ago, " * 4, False),
    ],
)
def test_a_time_that_counts_back_is_no_change(before: str, after: str, same: bool) -> None:
    one, other = (said(f"<p>{line}</p>{BODY}") for line in (before, after))
    assert same_content(one, other, [PICTURE, LOST], [PICTURE, LOST]) is same


@pytest.mark.parametrize("body", [body for _, body in EDITS], ids=[name for name, _ in EDITS])
def test_what_a_reader_sees_is_a_change(body: str) -> None:
    assert not same_content(said(BODY), said(body), [PICTURE, LOST], [PICTURE, LOST])


def test_a_picture_is_known_by_its_bytes() -> None:
    moved = replace(PICTURE, url="https://cdn2.example/77/pier.jpg?sig=fedcba9876543210", capture="<urn:uuid:2>")
    body = BODY.replace(PICTURE.url, moved.url)
    assert same_content(said(BODY), said(body), [PICTURE, LOST], [moved, LOST])
    assert not same_content(said(BODY), said(body), [PICTURE, LOST], [replace(moved, digest="sha256:2"), LOST])
    assert not same_content(said(BODY), said(BODY), [PICTURE, LOST], [replace(PICTURE, digest="sha256:2"), LOST])
    assert not same_content(said(BODY), said(BODY), [PICTURE, LOST], [replace(PICTURE, digest=None), LOST])
    other = BODY.replace("i.example/lost", "i7.example/lost")
    assert same_content(said(BODY), said(other), [LOST], [replace(LOST, url=LOST.url.replace("i.", "i7."))])
    copied, local = replace(PICTURE, media="aa/pier.jpg"), BODY.replace(PICTURE.url, "/media/aa/pier.jpg")
    assert same_content(said(local), said(BODY), [copied], [PICTURE]), "the copy is known"


def test_a_picture_that_arrives_is_a_change_only_where_the_text_shows_its_copy() -> None:
    arrived = replace(LOST, capture="urn:uuid:2", digest="sha256:2", media="ab/2.png")
    assert same_content(said(BODY), said(BODY), [PICTURE, LOST], [PICTURE, arrived])
    for text in (said(BODY), said(BODY).replace("---\n", f"---\nheadimg: {LOST.url}\n", 1)):
        copied = text.replace(LOST.url, "/media/ab/2.png")
        assert same_content(text, copied, [PICTURE, LOST], [PICTURE, arrived]) is (text == copied)


def test_front_matter_counts_but_for_what_names_the_capture() -> None:
    assert not same_content(said(BODY), said(BODY, "Pier to be rebuilt"), (), ())
    one, other = (
        said(BODY).replace("author", f"updated: {n}\nwarc_record_id: {n}\npayload_digest: {n}\nheadimg: {n}\nauthor")
        for n in (1, 2)
    )
    assert same_content(one, other, (), ()) and not same_content(one, one.replace("Ann", "Bea"), (), ())


LONG = " ".join(f"Gate {number} of {number * 7} held until hour {number * number}." for number in range(40))
CHINESE = "".join(f"第{number}号闸门在{number * 7}时关闭，潮水退去后重新打开。" for number in range(40))


@pytest.mark.parametrize(
    ("title", "text", "other_title", "other_text", "same"),
    [
        ("Gates held", LONG, "Gates held", LONG, True),
        ("Gates held", LONG, "GATES HELD!", LONG[:400], True),
        ("Gates held", LONG, "Print: Gates held", "Print this page. " + LONG + " Copyright.", True),
        ("Gates held", LONG, "Gates held", LONG.replace("hour", "minute", 5), True),
        ("闸门关闭", CHINESE, "闸门关闭", CHINESE[:300], True),
        ("Gates held", "Short.", "Gates held", LONG, True),
        ("Gates held", "Short.", "Gates broke", "Short.", False),
        ("Gates held", LONG, "Ferries late", LONG, False),
        ("Story 1", LONG, "Story 10", LONG, False),
        ("Tide report 1", LONG, "Tide report 12", LONG, False),
        ("Gates held", LONG, "Gates held", LONG[::-1], False),
        ("Gates held", LONG, "Gates held", " ".join(f"Pier: {part}." for part in LONG.split(".")), False),
        ("闸门关闭", CHINESE, "闸门关闭", CHINESE.replace("闸门", "渡轮"), False),
        ("", LONG, "", LONG, True),
    ],
)
def test_pages_have_one_article_when_title_and_text_agree(
    title: str, text: str, other_title: str, other_text: str, same: bool
) -> None:
    assert same_article(title, text, other_title, other_text) is same
    assert same_article(other_title, other_text, title, text) is same
