"""Characters that XML lacks cost no article: they are left out of the page before it is parsed."""

from __future__ import annotations

import html
from datetime import UTC, datetime

import pytest

from crawler.extractors import extract
from crawler.items import Page

TEXT = "The orchard lost a third of its trees to frost, and the growers expect a poor harvest this autumn. " * 3
BLOCKS = ("<p><script>x</script>{0} A tail. {1}</p>", "<p><span>{0}</span>{1}</p>", "<h2>{0}Why</h2><p>{1}{0}</p>")
WRITTEN = (
    "\x01",
    "\x0b",
    "\x1b",
    "\x7f",
    "\ufffe",
    "\uffff",
    "&#1;",
    "&#11;",
    "&#xB;",
    "&#031",
    "&#X1f;",
    "&#65535;",
    "&#xFFFE;",
)


def extracted(block: str) -> tuple[str, str]:
    page = (
        "<html><head><title>Frost in the orchards of the north</title></head><body><article>"
        f"<h1>Frost in the orchards of the north</h1>{block}<p>{TEXT}</p><p>{TEXT}</p></article></body></html>"
    )
    headers = [("Content-Type", "text/html; charset=utf-8")]
    url = "https://herald.example/2026/01/frost.html"
    post = extract(Page(url=url, body=page.encode(), headers=headers, fetched_at=datetime(2026, 1, 2, tzinfo=UTC)))
    return post.title, post.body_html


@pytest.mark.parametrize("written", WRITTEN, ids=ascii)
@pytest.mark.parametrize("block", BLOCKS)
def test_a_character_that_xml_lacks_is_left_out(block: str, written: str) -> None:
    assert extracted(block.format(written, TEXT)) == extracted(block.format("", TEXT))


@pytest.mark.parametrize("written", ["\f", "&#13;", "&#9;"])
def test_white_space_stays_white_space(written: str) -> None:
    assert extracted(f"<p>{TEXT}One{written}two.</p>")[1].split() == extracted(f"<p>{TEXT}One two.</p>")[1].split()


@pytest.mark.parametrize("written", ["&#110;", "&#x1F34E;", "&#655350", "&#x20AC;", "&#xBB;", "&#32;"])
def test_references_to_other_characters_stay(written: str) -> None:
    assert extracted(f"<p>{TEXT} One{written} two.</p>") == extracted(f"<p>{TEXT} One{html.unescape(written)} two.</p>")
