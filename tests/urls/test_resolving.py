"""What an address in a page leads to."""

from __future__ import annotations

import pytest

from crawler.urls.canonical import LONGEST_URL
from crawler.urls.resolving import absolute

BASE = "https://example.org/news/a.html"


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("b.jpg", "https://example.org/news/b.jpg"),
        (" /b.jpg\n", "https://example.org/b.jpg"),
        ("//cdn.example/b.jpg", "https://cdn.example/b.jpg"),
        ("?page=2#top", "https://example.org/news/a.html?page=2#top"),
        ("http://example.org/b c.jpg", "http://example.org/b c.jpg"),
        ("https://example.org:8443/b.jpg", "https://example.org:8443/b.jpg"),
        ("HTTP://Example.org/B.jpg", "http://Example.org/B.jpg"),
        ("HTTPS://example.org/B.jpg", "https://example.org/B.jpg"),
        ("Http://example.org/\nb.jpg", "http://example.org/b.jpg"),
    ],
)
def test_an_address_is_absolute_with_its_scheme_in_lower_case(address: str, url: str) -> None:
    assert absolute(BASE, address) == url


@pytest.mark.parametrize(
    "address",
    [
        *("", " ", "javascript:void(0)", "mailto:a@example.org", "DATA:image/gif;base64,AAAA", "http://", "http:///a"),
        *("http://[", "http://example.org:port/", "http://example.org:0/a", "https://example.org:99999/a"),
        "https://example.org/" + "a" * LONGEST_URL,
    ],
)
def test_what_cannot_be_asked_for_is_no_url(address: str) -> None:
    assert absolute(BASE, address) == ""
