"""One article, one URL: the canonical form, sites, canonical links, names of tracking parameters."""

from __future__ import annotations

import pytest

from crawler.urls.canonical import canonical_of, canonicalise, origin, same_site
from crawler.urls.tracking import BY_OWNER, NAMES, PREFIXES

SPELLINGS = [
    ("HTTPS://WWW.Example.COM:443/a/b.html#top", "https://www.example.com/a/b.html"),
    ("http://example.com:80", "http://example.com/"),
    ("http://example.com:8080/x", "http://example.com:8080/x"),
    ("https://u:p@example.com/x", "https://example.com/x"),
    ("https://example.com/a/./b/../c/", "https://example.com/a/c/"),
    ("https://example.com/a/..", "https://example.com/"),
    ("https://example.com/?utm_source=x&id=7&UTM_Medium=y&fbclid=abc", "https://example.com/?id=7"),
    ("https://example.com/?b=2&a=1&&", "https://example.com/?b=2&a=1"),
    ("https://example.com/?spm=1.2&from_source=q", "https://example.com/"),
    ("https://example.com/%7euser/%e4%b8%ad", "https://example.com/~user/%E4%B8%AD"),
    ("https://example.com/中 文", "https://example.com/%E4%B8%AD%20%E6%96%87"),
    ("https://www.guancha.cn/GuoJi·ZhanLue/list_1.shtml", "https://www.guancha.cn/GuoJi%C2%B7ZhanLue/list_1.shtml"),
    ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
    ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
    ("  https://example.com/x\n", "https://example.com/x"),
    ("mailto:a@example.com#x", "mailto:a@example.com"),
    ("http://[broken#x", "http://[broken"),
    ("https://example.com/100%", "https://example.com/100%25"),
    ("https://example.com/a;jsessionid=0A1B.node1?id=7&PHPSESSID=x", "https://example.com/a?id=7"),
    ("https://example.com/a;v=1;JSESSIONID=x/b?ASPSESSIONIDQQ=x&CFID=1&CFTOKEN=2", "https://example.com/a;v=1/b"),
    ("https://example.com/x/%2E%2e/a;%6Asessionid=1?%75tm_source=2&b=3", "https://example.com/a?b=3"),
    ("https://example.com/?cfidelity=1&sid=2", "https://example.com/?cfidelity=1&sid=2"),
]


def test_D10_session_ids_do_not_make_an_article_new_at_each_look() -> None:
    forms = (f"https://example.com/a;jsessionid={n}?PHPSESSID={n}&id=7" for n in range(9))
    assert len(set(map(canonicalise, forms))) == 1


@pytest.mark.parametrize(("url", "expected"), SPELLINGS)
def test_the_canonical_form_of_each_spelling(url: str, expected: str) -> None:
    assert canonicalise(url) == expected
    assert canonicalise(expected) == expected


SITES = [
    ("https://www.example.com/a", "https://m.example.com/a", True),
    ("https://amp.example.co.uk/a", "https://www.example.co.uk/a", True),
    ("https://a.co.uk/", "https://b.co.uk/", False),
    ("https://news.163.com/", "https://www.163.com/", True),
    ("https://example.com/", "https://example.org/", False),
    ("http://10.0.0.1/", "http://10.0.0.2/", False),
    ("http://[broken", "http://[broken", False),
    ("https://stranger.substack.com/", "https://daily.substack.com/", False),
    ("https://www.daily.wordpress.com/", "https://daily.wordpress.com/", True),
    ("https://substack.com/a", "https://www.substack.com/a", True),
]


@pytest.mark.parametrize(("one", "other", "same"), SITES)
def test_host_names_tell_whether_two_urls_are_of_one_site(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same


CANONICAL = [
    # the page, its links, its identity
    ("https://m.example.com/a.html?utm_source=x", ["https://www.example.com/a.html"], "https://www.example.com/a.html"),
    ("https://www.example.com/a/amp/", ["/a/#x"], "https://www.example.com/a/"),
    ("https://www.example.com/a", ["https://www.example.com/"], "https://www.example.com/a"),
    ("https://www.example.com/a", ["https://evil.test/a", "https://www.example.com/b"], "https://www.example.com/b"),
    ("https://www.example.com/a", ["javascript:alert(1)", "", "http://[x"], "https://www.example.com/a"),
    ("http://www.example.com/a#c", [], "http://www.example.com/a"),
    ("https://x.blogspot.com/a", ["https://y.blogspot.com/a"], "https://x.blogspot.com/a"),
]


@pytest.mark.parametrize(("url", "links", "expected"), CANONICAL)
def test_N7_canonical_links_are_believed_on_their_own_site_only(url: str, links: list[str], expected: str) -> None:
    assert canonical_of(url, links) == expected


def test_each_tracking_parameter_has_one_owner_and_is_removed_in_any_case() -> None:
    listed = [name for names in BY_OWNER.values() for name in names.split()]
    assert len(listed) == len(NAMES) == 126
    for name in (*listed, *(f"{prefix}x" for prefix in PREFIXES)):
        assert name == name.lower()
        assert canonicalise(f"https://example.com/a?{name.upper()}=1&id=7") == "https://example.com/a?id=7"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Example.com/a", ("https", "example.com", 443)),
        ("http://example.com:8080/", ("http", "example.com", 8080)),
        ("http://[broken", ("", "http://[broken", 0)),
        ("http://a.example:99999/", ("", "http://a.example:99999/", 0)),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, expected: tuple[str, str, int]) -> None:
    assert origin(url) == expected
