"""Credentials in a URL are taken out of it and encoded as Basic authentication sends them."""

from __future__ import annotations

from base64 import b64decode

import pytest

from crawler.urls.credentials import split_credentials


@pytest.mark.parametrize(
    ("url", "without", "pair"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128", ""),
        ("http://me:hunter2@proxy.example:3128", "http://proxy.example:3128", "me:hunter2"),
        ("http://me%40home:a%3Ab@proxy.example", "http://proxy.example", "me@home:a:b"),
        ("http://me@proxy.example", "http://proxy.example", "me:"),
        ("", "", ""),
    ],
)
def test_a_url_is_split_from_its_credentials(url: str, without: str, pair: str) -> None:
    shown, credentials = split_credentials(url)
    assert (shown, b64decode(credentials).decode()) == (without, pair)
