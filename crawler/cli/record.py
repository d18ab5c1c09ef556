"""`warcpress record URL`: fetches a page and saves it, with the post expected from it, as a test case.

A test case is three files: `tests/sites/HOST/NAME.html` (the decoded body, byte for byte), `NAME.json` (url, headers,
fetched_at, published_hint, section, source) and `NAME.md` (the post file). Read the post before you commit them.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from crawler.cli.common import load
from crawler.cli.preview import of_url
from crawler.clock import from_rfc3339, rfc3339
from crawler.config import effective, source_from
from crawler.errors import AlreadyRecorded
from crawler.extractors import extract
from crawler.items import Page, Source
from crawler.posts.frontmatter import render
from crawler.posts.names import safe_component, slug_of
from crawler.store.files import write_file
from crawler.terminal import put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("url", metavar="URL", help="an article on the web")
    parser.add_argument("--source", default="", metavar="NAME", help="use this source, not the one that fits the URL")
    parser.add_argument(
        "--folder", type=Path, default=Path("tests/sites"), help="folder of the test cases (default: tests/sites)"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    preview = of_url(options.url, load(options), options.source)
    for path in Case(preview.page, preview.source).write(options.folder):
        put(str(path))
    put("read the post; once it is right, commit the three files")
    return 0


@dataclass(frozen=True)
class Case:
    """One recorded page with its source."""

    page: Page
    source: Source

    @property
    def post(self) -> str:
        """The post file that the extractor now makes of the page; ExtractionError when it makes none."""
        post = extract(replace(self.page, parts=(), complete=True), self.source)
        return render(replace(post, published=post.published or self.page.published_hint or self.page.fetched_at))

    def write(self, folder: Path) -> list[Path]:
        """Write the three files below `folder`; return their paths. Further parts of an article are not recorded.

        Older files stay: a changed page becomes NAME-2. AlreadyRecorded if the page has not changed, because a person
        may have corrected its post.
        """
        name = f"{safe_component((urlsplit(self.page.url).hostname or 'localhost').lower())}/{slug_of(self.page.url)}"
        for number in count(1):
            stem = f"{name}-{number}" if number > 1 else name
            page = folder / f"{stem}.html"
            if not page.exists():
                break
            if page.read_bytes() == self.page.body:
                raise AlreadyRecorded(
                    f"{page}: this page is recorded already; delete its three files to record it again"
                )
        files = {
            f"{stem}.html": self.page.body,
            f"{stem}.json": (json.dumps(self._facts(), ensure_ascii=False, indent=1) + "\n").encode(),
            f"{stem}.md": self.post.encode(),
        }
        return [write_file(folder, relative, body) for relative, body in files.items()]

    @classmethod
    def read(cls, page: Path) -> Self:
        """Read the case of a recorded `NAME.html`."""
        facts = json.loads(page.with_suffix(".json").read_text("utf-8"))
        return cls(
            Page(
                url=facts["url"],
                body=page.read_bytes(),
                headers=[(name, value) for name, value in facts["headers"]],
                fetched_at=from_rfc3339(facts["fetched_at"]),
                published_hint=_instant(facts["published_hint"]),
                section=facts["section"],
            ),
            source_from(facts["source"]),
        )

    def _facts(self) -> dict[str, Any]:
        page = self.page
        return {
            "url": page.url,
            "headers": [list(pair) for pair in page.headers if pair[0].lower() == "content-type"],
            "fetched_at": rfc3339(page.fetched_at),
            "published_hint": rfc3339(page.published_hint) if page.published_hint else None,
            "section": page.section,
            "source": effective(self.source),
        }


def _instant(text: str | None) -> datetime | None:
    return from_rfc3339(text) if text else None
