"""Differences of two versions of a post, as values, as lines and as HTML."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from crawler.posts.blocks import blocks
from crawler.posts.difference_lines import marked_lines, whole_lines
from crawler.posts.difference_page import fragment
from crawler.posts.differences import Difference, difference
from crawler.posts.marks import Span, after, before, marked, tokens
from crawler.store.stored_version import StoredImage

BEFORE = """---
title: 'Tide gates tested'
author: Ada Lovett
---

<div>   
<p>The gates were closed at noon.</p>
<p>They held.</p>
</div>
"""  # noqa: W291  as `render` writes it


def image(number: int, digest: str | None = "sha256:00") -> StoredImage:
    return StoredImage(f"https://i.example/{number}.png", "<urn:uuid:1>", digest)


def post(*paragraphs: str, title: str = "Pier rebuilt") -> str:
    """The text of a post file."""
    body = "\n".join(f"<p>{text}</p>" for text in paragraphs)
    return f"\n---\ntitle: '{title}'\nauthor: Ann\n---\n\n<div>   \n{body}\n  \n</div>\n"


def as_git(marks: tuple[Span, ...]) -> str:
    signs = {"equal": "{}", "delete": "[-{}-]", "insert": "{{+{}+}}"}
    return "".join(signs[span.kind].format(span.text) for span in marks)


def words_of(found: Difference) -> list[str]:
    return [as_git(line) for line in marked_lines(found)]


CORRECTIONS = [
    (
        "事故造成12人死亡，30人受伤。",
        "事故造成15人死亡，41人受伤。",
        "事故造成[-12-]{+15+}人死亡，[-30-]{+41+}人受伤。",
    ),
    ("外交部发言人赵立坚表示反对。", "外交部发言人汪文斌表示反对。", "外交部发言人[-赵立坚-]{+汪文斌+}表示反对。"),
    (
        "苹果发布iPhone 15，售999美元",
        "苹果发布iPhone 16，售999欧元",
        "苹果发布iPhone [-15-]{+16+}，售999[-美-]{+欧+}元",
    ),
    ("伤者已送医。", "伤者已送医。原因不明。", "伤者已送医。{+原因不明。+}"),
    ("有甲、乙和丙", "有甲、丁、乙和丙", "有甲、{+丁、+}乙和丙"),
    ("東京都は12日に発表した。", "東京都は13日に発表した。", "東京都は[-12-]{+13+}日に発表した。"),
    ("サッカーの試合", "サッカーで試合", "サッカー[-の-]{+で+}試合"),
    ("정부는 새로운 대책을 발표했다.", "정부가 새로운 대책을 발표했다.", "정부[-는-]{+가+} 새로운 대책을 발표했다."),
    ("The gates closed at noon.", "The gates closed at midnight.", "The gates closed at [-noon-]{+midnight+}."),
    ("It’s 1,000.50 well-known", "It’s 1,000.75 well-known", "It’s [-1,000.50-]{+1,000.75+} well-known"),
    ("He left the house", "He left the old house", "He left the {+old +}house"),
    ("قال الوزير في مارس.", "قال الوزير في أبريل.", "قال الوزير في [-مارس-]{+أبريل+}."),
    ("می‌خواهم بروم", "نمی‌خواهم بروم", "[-می‌خواهم-]{+نمی‌خواهم+} بروم"),
    ("จะเริ่มในเดือนมีนาคม", "จะเริ่มในเดือนเมษายน", "จะเริ่มในเดือน[-มีนาคม-]{+เมษายน+}"),
    ("พี่ชายดี", "น้องชายดี", "[-พี่-]{+น้อง+}ชายดี"),
    ("Nous étions là", "Nous e\u0301tions là", "Nous [-étions-]{+e\u0301tions+} là"),
    ("Family 👨‍👩‍👧 of 🇨🇳", "Family 👨‍👩‍👧‍👦 of 🇯🇵", "Family [-👨‍👩‍👧-]{+👨‍👩‍👧‍👦+} of [-🇨🇳-]{+🇯🇵+}"),
    ("👍 done", "👍🏽 done", "[-👍-]{+👍🏽+} done"),
    ("हिन्दी में समाचार", "हिन्दी के समाचार", "हिन्दी [-में-]{+के+} समाचार"),
]


@pytest.mark.parametrize(("old", "new", "marks"), CORRECTIONS)
def test_a_correction_is_marked_by_word_and_by_character_where_there_are_no_words(old, new, marks) -> None:
    assert as_git(marked(old, new)) == marks
    found = difference(post("First.", old, "Last."), post("First.", new, "Last."))
    [block] = [block for block in found.body if block.kind != "equal"]
    assert (block.kind, as_git(block.marks), block.old, block.new) == ("changed", marks, 2, 2)


def test_a_sentence_that_replaces_another_is_not_cut_up_by_words_that_both_have_by_chance() -> None:
    marks = marked("He saw the man and went to Rome.", "A ship of the line is in Oslo today.")
    assert len(marks) <= 4
    kept = marked(
        "The council voted nine to two in favour of the plan.", "On Monday the council voted against the plan."
    )
    assert [span.text.strip() for span in kept if span.kind == "equal"] == ["council voted", "the plan."]


ALPHABET = "ab c.\n中文,한é'-1\u0301\u200d👩🇨🇳ก็م\u200c"


@given(st.text(ALPHABET, max_size=60), st.text(ALPHABET, max_size=60))
def test_the_spans_give_both_texts_and_cut_no_character(old: str, new: str) -> None:
    marks = marked(old, new)
    assert (before(marks), after(marks)) == (old, new)
    assert all(span.text for span in marks)
    neighbours = {(one.kind, other.kind) for one, other in pairwise(marks)}
    assert neighbours <= {
        ("equal", "delete"),
        ("equal", "insert"),
        ("delete", "insert"),
        ("delete", "equal"),
        ("insert", "equal"),
    }
    for text, kinds in ((old, ("equal", "delete")), (new, ("equal", "insert"))):
        ends, at = {0}, 0
        for token in tokens(text):
            at += len(token)
            ends.add(at)
        at = 0
        for span in marks:
            if span.kind in kinds:
                at += len(span.text)
                assert at in ends


PARAGRAPHS = st.lists(
    st.sampled_from(["The pier", "is closed.", "Ann", "***", "潮水退去", "后重新打开。", "x y z"]), max_size=3
)


@settings(max_examples=300)
@given(st.lists(PARAGRAPHS, max_size=7), st.lists(PARAGRAPHS, max_size=7))
def test_the_blocks_give_both_texts(old: list[list[str]], new: list[list[str]]) -> None:
    one, other = ([" ".join(words) for words in texts if words] for texts in (old, new))
    found = difference(post(*one), post(*other))
    assert given_back(found) == (one, other)
    assert bool(found) == (one != other)
    for line in fragment(found), *whole_lines(found), *words_of(found):
        assert line


def given_back(found: Difference) -> tuple[list[str], list[str]]:
    """The paragraphs of both texts, from the blocks of their difference."""

    def lines(texts: list[str]) -> list[str]:
        return [line for text in texts for line in text.split("\n")]

    return (
        lines([block.before for block in found.body if block.kind not in ("inserted", "moved here")]),
        lines([block.after for block in found.body if block.kind not in ("deleted", "moved away")]),
    )


GATES = "The gates were closed at noon, when the tide was high."
BOATS = "Boats may leave the basin from six in the morning, the harbour office said."
COSTS = "The work took four years and cost three million, of which the city paid one half."
MAYOR = "The mayor was not there."


def kinds(found: Difference) -> list[tuple[str, int | None, int | None]]:
    return [(block.kind, block.old, block.new) for block in found.body]


def test_a_paragraph_that_moved_is_told_once_and_marked_where_its_text_changed() -> None:
    found = difference(post(GATES, MAYOR, BOATS, COSTS), post(BOATS.replace("six", "seven"), GATES, MAYOR, COSTS))
    assert kinds(found) == [
        ("moved here", 3, 1),
        ("equal", 1, 2),
        ("equal", 2, 3),
        ("moved away", 3, 1),
        ("equal", 4, 4),
    ]
    assert words_of(found) == [
        "body:",
        "  paragraph 1, moved from 3: Boats may leave the basin from [-six-]{+seven+} in the morning, "
        "the harbour office said.",
        "  old paragraph 3, moved to 1: Boats may leave the basin from six in …",
    ]


def test_paragraphs_that_became_one_or_several_stay_together() -> None:
    split = difference(post(GATES, f"{BOATS} {COSTS}", MAYOR), post(GATES, BOATS, COSTS, MAYOR))
    assert kinds(split) == [("equal", 1, 1), ("changed", 2, 2), ("equal", 3, 4)]
    assert [(span.kind, span.text) for span in split.body[1].marks if span.kind != "equal"] == [
        ("delete", " "),
        ("insert", "\n"),
    ]
    joined = difference(post(GATES, BOATS, COSTS, MAYOR), post(GATES, f"{BOATS} {COSTS}", MAYOR))
    assert kinds(joined) == [("equal", 1, 1), ("changed", 2, 2), ("equal", 4, 3)]
    assert fragment(split).count("<ins>¶</ins><br>The work") == 1
    assert fragment(joined).count("<del>¶</del><ins> </ins>The work") == 1
    assert given_back(joined) == ([GATES, BOATS, COSTS, MAYOR], [GATES, f"{BOATS} {COSTS}", MAYOR])


def test_other_paragraphs_are_removed_and_new_ones() -> None:
    found = difference(post(GATES, MAYOR, COSTS), post(GATES, BOATS, COSTS))
    assert kinds(found) == [("equal", 1, 1), ("deleted", 2, None), ("inserted", None, 2), ("equal", 3, 3)]
    assert words_of(found)[1:] == [
        f"  old paragraph 2, removed: [-{MAYOR}-]",
        f"  paragraph 2, new: {{+{BOATS}+}}",
    ]


def test_the_same_text_and_images_are_no_difference() -> None:
    found = difference(BEFORE, BEFORE, [image(1)], [image(1)])
    assert not found and not found.text and list(whole_lines(found)) == words_of(found) == []
    assert kinds(found) == [("equal", 1, 1), ("equal", 2, 2)]


def test_changes_of_front_matter_images_and_text_are_listed() -> None:
    new = BEFORE.replace("tested", "pass their test").replace("They held.", "They held for an hour.")
    new = new.replace("---\n\n", "tags: \n - Tide\n - Gates\n---\n\n")
    images = [image(1), image(2, None), image(3)]
    found = difference(BEFORE, new, images, [image(2), image(3, "sha256:11"), image(4)])
    pictures = [
        "image added: https://i.example/4.png",
        "image removed: https://i.example/1.png",
        "image found: https://i.example/2.png",
        "image has other bytes: https://i.example/3.png",
    ]
    assert list(whole_lines(found)) == [
        "title: Tide gates tested → Tide gates pass their test",
        "tags: none → Tide / Gates",
        *pictures,
        "body:",
        "  @@ -1,2 +1,2 @@",
        "   The gates were closed at noon.",
        "  -They held.",
        "  +They held for an hour.",
    ]
    assert words_of(found) == [
        "title: Tide gates [-tested-]{+pass their test+}",
        "tags: {+Tide / Gates+}",
        *pictures,
        "body:",
        "  paragraph 2: They held{+ for an hour+}.",
    ]
    document = found.document()
    assert document["fields"][0] == {
        "name": "title",
        "before": "Tide gates tested",
        "after": "Tide gates pass their test",
        "marks": [["equal", "Tide gates "], ["delete", "tested"], ["insert", "pass their test"]],
    }
    assert document["fields"][1]["before"] is None
    assert document["pictures"][0] == {"kind": "added", "url": "https://i.example/4.png"}
    marks = [["equal", "They held"], ["insert", " for an hour"], ["equal", "."]]
    assert document["body"] == [{"kind": "changed", "old": 2, "new": 2, "marks": marks}]


def test_added_and_removed_images_come_sorted() -> None:
    """They once came in the order of a set, which changes from run to run."""
    old, new = [image(number) for number in range(9)], [image(number) for number in range(10, 19)]
    assert list(whole_lines(difference(BEFORE, BEFORE, old, new))) == [
        *(f"image added: https://i.example/{number}.png" for number in range(10, 19)),
        *(f"image removed: https://i.example/{number}.png" for number in range(9)),
    ]


def test_a_change_of_markup_alone_is_told_and_beside_others_it_is_not() -> None:
    found = difference(BEFORE, BEFORE.replace("<p>They", '<p class="last">They'))
    assert found and found.markup and list(whole_lines(found)) == words_of(found) == ["body: only the markup changed"]
    assert "Only the markup of the text changed." in fragment(found)
    other = difference(BEFORE, BEFORE.replace("<p>They", '<p class="last">They').replace("tested", "pass"))
    assert other.markup and list(whole_lines(other)) == ["title: Tide gates tested → Tide gates pass"]


def test_a_far_unchanged_text_is_left_out_between_words() -> None:
    text = " ".join(f"word{number}" for number in range(60))
    [line] = words_of(difference(post(text), post(text.replace("word30", "other"))))[1:]
    assert line == (
        "  paragraph 1: … word25 word26 word27 word28 word29 [-word30-]{+other+} word31 word32 word33 word34 word35 …"
    )


def test_hunks_have_the_numbers_of_a_unified_diff() -> None:
    old = [f"{number}. {GATES}" for number in range(9)]
    new = [*old[:2], MAYOR, *old[2:7], COSTS, old[8]]
    assert [line for line in whole_lines(difference(post(*old), post(*new))) if "@@" in line] == [
        "  @@ -2,2 +2,3 @@",
        "  @@ -7,3 +8,3 @@",
    ]
    assert [line for line in whole_lines(difference(post(), post(GATES))) if "@@" in line] == ["  @@ -0,0 +1 @@"]


MARKDOWN = """
---
title: Pier
---

## The *pier*

It is \\[almost\\] closed, see [the plan](https://a.example/plan).

* one
* two
"""


def test_a_markdown_body_is_compared_as_it_is_read() -> None:
    found = difference(MARKDOWN, MARKDOWN.replace("closed", "open").replace("* two", "* **two**"))
    assert [block.before for block in found.body] == [
        "The pier",
        "It is [almost] closed, see the plan.",
        "one",
        "two",
    ]
    assert words_of(found)[1:] == ["  paragraph 2: It is [almost] [-closed-]{+open+}, see the plan."]
    as_html = post("It is [almost] closed, see <a href='https://a.example/plan'>the plan</a>.", title="Pier")
    body = difference(as_html, MARKDOWN).body
    assert [block.kind for block in body] == ["inserted", "equal", "inserted", "inserted"]


HOSTILE = [
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&lt;/ins&gt;&lt;/div&gt;&lt;img src=x onerror=alert(1)&gt;",
    "&quot;&gt;&lt;svg onload=alert(1)&gt;",
    "javascript:alert(1)",
    "&#8238;evil&#8236; reversed",
    "\u2067isolated\u2069 \u202aembedded\u202c",
    "{{ 7*7 }} {% raw %}",
    "&amp;lt;b&amp;gt;",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text_in_the_page(text: str) -> None:
    """In a title, an address and a paragraph, where it comes, where it goes and where it stays."""
    url = "https://i.example/" + unescape(text)
    title = unescape(text).replace("'", "''")
    cases = [
        (post(text, GATES), post(GATES), [StoredImage(url, None)], []),
        (post(GATES), post(GATES, text), [], [StoredImage(url, None)]),
        (post(text, GATES), post(text, COSTS), [], []),
        (post(f"{text} {GATES}"), post(f"{GATES} {text}", title=title), [], []),
    ]
    for old, new, images, images_now in cases:
        written = fragment(difference(old, new, images, images_now))
        root = html.fragment_fromstring(written)
        assert {element.tag for element in root.iter()} <= {*ELEMENTS}
        assert all(set(element.attrib) <= {"class", "dir"} for element in root.iter())
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", written)
        assert unescape(text).split()[0] in root.text_content() or "\\u20" in written


ELEMENTS = ("br", "code", "dd", "del", "details", "div", "dl", "dt", "ins", "li", "p", "span", "summary", "ul")


def test_long_unchanged_parts_are_folded_but_for_the_paragraphs_beside_a_change() -> None:
    texts = [f"{number}. {GATES}" for number in range(20)]
    found = difference(post(*texts), post(*texts[:9], MAYOR, *texts[9:]))
    root = html.fragment_fromstring(fragment(found))
    assert [summary.text for summary in root.iter("summary")] == ["8 unchanged paragraphs", "10 unchanged paragraphs"]
    assert [p.text_content() for p in root.iterfind("p")] == [texts[8], texts[9]]
    assert [p.text_content() for p in root.iterfind("div/p")] == [MAYOR]
    assert len(list(root.iter("p"))) == 21


def edited(text: str, number: int) -> str:
    """A text with one character replaced in each of so many equal parts."""
    step = len(text) // number
    return "".join(text[at : at + step - 1] + "改" for at in range(0, step * number, step))


LONG = "".join(chr(0x4E00 + (number * number * 7 + number // 3) % 900) for number in range(100_000))
ENGLISH = " ".join(f"w{(number * number) % 977}" for number in range(20_000))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([LONG], [edited(LONG, 50)]),
        ([LONG], [edited(LONG, 5000)]),
        ([LONG], [LONG[::-1]]),
        (["中" * 100_000], ["国" + "中" * 99_999]),
        (["中国" * 50_000], ["国中" * 25_000 + "人" + "中国" * 25_000]),
        ([ENGLISH], [ENGLISH.replace("w96", "w6")]),
        ([f"第{number}号" for number in range(9000)], [f"第{number}号" for number in reversed(range(9000))]),
        (["中", "国"] * 20_000, ["国", "国", "中"] * 15_000),
        ([LONG], [LONG[at : at + 20] for at in range(0, 100_000, 20)]),
        (
            [LONG[at : at + 20] for at in range(0, 100_000, 20)],
            ["x" + LONG[at : at + 30] for at in range(0, 90_000, 30)],
        ),
    ],
)
def test_long_texts_are_compared_too(old: list[str], new: list[str]) -> None:
    """Each takes about a second of CPU; a comparison in quadratic time would take hours."""
    found = difference(post(*old), post(*new))
    assert given_back(found) == (old, new)


def test_line_feeds_in_the_markup_do_not_cut_a_paragraph() -> None:
    assert blocks("<div><table><tr><th>Year</th><td>2026</td></tr></table></div>") == ["Year 2026"]
    found = blocks("<div>\nFirst words\nand more<p>A paragraph\nof two lines</p>a rest<br>after a break</div>")
    assert found == ["First words and more", "A paragraph of two lines", "a rest", "after a break"]


@pytest.mark.parametrize("sign", ["\x01", "\ufffe", "\uffff", "&#65535;"])
def test_a_text_with_characters_that_xml_does_not_know_is_compared(sign: str) -> None:
    found = difference(post(f"{sign}The pier", "is closed."), post(f"{sign}The pier", f"is open.{sign}"))
    assert [block.kind for block in found.body] == ["equal", "changed"]
