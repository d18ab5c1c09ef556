"""`extract` chooses the lead image of a post from metadata and body."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors import extract
from crawler.items import Page

TEXT = "".join(
    f"<p>Paragraph {n} of a story about a harbour, told with commas, and with more than one. Here.</p>"
    for n in range(6)
)


def page(head: str, body: str = "") -> Page:
    title = "A harbour story"
    markup = f"<html><head><title>{title}</title>{head}</head><body><h1>{title}</h1>{body}{TEXT}</body></html>"
    return Page(
        "https://a.example/1", markup.encode(), [("Content-Type", "text/html")], datetime(2026, 1, 2, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    "named",
    [
        "http://127.0.0.1/x.jpg",
        "http://router/x.jpg",
        "javascript:x",
        "https://i.example/a\u2028b.jpg",
        "data:image/png;base64,A",
        "",
    ],
)
def test_a_lead_image_that_no_reader_can_fetch_is_ignored(named: str) -> None:
    assert extract(page(f'<meta property="og:image" content="{named}">')).lead_image is None
    shown = extract(
        page(f'<meta property="og:image" content="{named}">', "<img src='https://i.example/real-0001.jpg'>")
    )
    assert shown.lead_image is not None and shown.lead_image.url == "https://i.example/real-0001.jpg"


def test_the_lead_image_may_be_in_metadata_only() -> None:
    post = extract(
        page('<meta property="og:image" content="/lead.jpg"><meta property="og:image:width" content="1200">')
    )
    assert post.lead_image is not None
    assert (post.lead_image.url, post.lead_image.width) == ("https://a.example/lead.jpg", 1200)
    assert post.images == ()
