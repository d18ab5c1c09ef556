"""Differences of two versions of a post, as lines for a person."""

from __future__ import annotations

from crawler.posts.differences import differences
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


def test_the_same_text_and_images_give_no_line() -> None:
    assert differences(BEFORE, BEFORE, [image(1)], [image(1)]) == []


def test_changes_of_front_matter_images_and_text_are_listed() -> None:
    after = BEFORE.replace("tested", "pass their test").replace("They held.", "They held for an hour.")
    before = [image(1), image(2, None), image(3)]
    assert differences(BEFORE, after, before, [image(2), image(3, "sha256:11"), image(4)]) == [
        "title: Tide gates tested → Tide gates pass their test",
        "image added: https://i.example/4.png",
        "image removed: https://i.example/1.png",
        "image found: https://i.example/2.png",
        "image has other bytes: https://i.example/3.png",
        "body:",
        "  @@ -1,2 +1,2 @@",
        "   The gates were closed at noon.",
        "  -They held.",
        "  +They held for an hour.",
    ]


def test_a_change_of_markup_alone_is_listed() -> None:
    after = BEFORE.replace("<p>They", '<p class="last">They')
    assert differences(BEFORE, after, [], []) == ["body: only the markup changed"]


def test_added_and_removed_images_come_sorted() -> None:
    """They once came in the order of a set, which changes from run to run."""
    old, new = [image(number) for number in range(9)], [image(number) for number in range(10, 19)]
    lines = differences(BEFORE, BEFORE, old, new)
    assert lines == [
        *(f"image added: https://i.example/{number}.png" for number in range(10, 19)),
        *(f"image removed: https://i.example/{number}.png" for number in range(9)),
    ]
