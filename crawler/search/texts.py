"""A version and its post file go in; the texts that are searched come out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.errors import TooComplex
from crawler.posts.blocks import blocks
from crawler.posts.frontmatter import FrontMatterError, parse
from crawler.store.stored_version import Version

LONGEST = 500_000
"""Characters of a body that are searched: the rest of a longer one would hold up a run for seconds."""


@dataclass(frozen=True)
class Texts:
    """What a post says, as its readers see it."""

    title: str
    body: str
    """Its blocks, one per line."""
    author: str
    """As the front matter has it: several with commas between them; the site's name when the page names none."""
    sections: str
    """The post's categories, one per line."""


def texts_of(version: Version, file: str) -> Texts:
    """The texts of a version. `file`: its post file; of one that nobody can read, all counts as the body."""
    try:
        post = parse(file)
        body = "\n".join(blocks(post.body))
    except (FrontMatterError, TooComplex):
        return Texts(version.title, file[:LONGEST], "", "")
    author, categories = post.fields.get("author"), post.fields.get("categories")
    return Texts(
        title=version.title,
        body=body[:LONGEST],
        author=author if isinstance(author, str) else "",
        sections="\n".join(map(str, categories)) if isinstance(categories, list) else "",
    )
