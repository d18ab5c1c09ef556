"""Compare two versions of a post: their texts and images in, lines for a person with a diff of the text out. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from lxml import html

from crawler.posts.frontmatter import parse
from crawler.store.stored_version import StoredImage

LABELS = {"headimg": "lead image"}
"""Front-matter keys that the output calls by another name."""
BLOCKS = ("p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "blockquote", "figcaption", "br")
"""Elements that end a line of text."""


def differences(
    before: str, after: str, images_before: Sequence[StoredImage], images_after: Sequence[StoredImage]
) -> list[str]:
    """List what changed, one line each; empty when nothing did. `before`, `after`: texts of the post files."""
    old, new = parse(before), parse(after)
    lines = []
    for name in {**old.fields, **new.fields}:
        if name != "thumbnail" and old.fields.get(name) != new.fields.get(name):
            label = LABELS.get(name, name)
            lines.append(f"{label}: {_shown(old.fields.get(name))} → {_shown(new.fields.get(name))}")
    lines += _images(images_before, images_after)
    old_text, new_text = blocks(old.body), blocks(new.body)
    if old_text != new_text:
        lines.append("body:")
        lines += [f"  {line}" for line in _diff(old_text, new_text)]
    elif old.body != new.body and not lines:
        lines.append("body: only the markup changed")
    return lines


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " / ".join(map(str, value))
    return "none" if value in (None, "") else str(value)


def _images(before: Sequence[StoredImage], after: Sequence[StoredImage]) -> Iterator[str]:
    old, new = ({image.url: image for image in images} for images in (before, after))
    for url in sorted(new.keys() - old.keys()):
        yield f"image added: {url}"
    for url in sorted(old.keys() - new.keys()):
        yield f"image removed: {url}"
    for url in sorted(old.keys() & new.keys()):
        if old[url].digest is None and new[url].digest is not None:
            yield f"image found: {url}"
        elif old[url].digest != new[url].digest:
            yield f"image has other bytes: {url}"


def blocks(body: str) -> list[str]:
    """Visible text of a body, one block per line."""
    root = html.fragment_fromstring(body, create_parent="div")
    for element in root.iter(*BLOCKS):
        element.tail = "\n" + (element.tail or "")
    return [line for line in (" ".join(line.split()) for line in root.text_content().split("\n")) if line]


def _diff(before: list[str], after: list[str]) -> Iterator[str]:
    for line in difflib.unified_diff(before, after, lineterm="", n=1):
        if not line.startswith(("---", "+++")):
            yield line
