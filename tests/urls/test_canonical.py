"""One article, one URL: the canonical form, sites, canonical links, names of tracking parameters."""

from __future__ import annotations

import pytest

from crawler.urls.canonical import (
    canonical_links,
    canonical_of,
    canonicalise,
    is_further_page,
    may_be_variants,
    origin,
    same_site,
    variants,
)
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
    ("https://Straße.example.:443/x", "https://xn--strae-oqa.example/x"),
    ("https://a\u200cb.example/x", "https://a%e2%80%8cb.example/x"),
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


PAGE = "https://www.example.com/news/tide-gates.html"


@pytest.mark.parametrize(
    "link",
    [
        "{{ page.url }}", "/{{page.slug}}/", "/%7B%7Bslug%7D%7D", "<%= url %>", "${url}", "/a/${slug}.html", "/{slug}",
        "{% url 'post' %}", "/[slug]", "/undefined", "/news/undefined/", "/null.html", "/news/NaN?x=1", "/?p=undefined",
        "/", "/index.html", "/index.php", "//www.example.com", "/Default.aspx", "/home", "/de/", "/zh-cn/index.htm",
        "http://localhost:3000/news/tide-gates.html", "http://127.0.0.1/a", "https://staging.example.net/a",
        "data:text/html,x", "#top", "   ", "http://[::1", "/news/tide-gates.html?utm_source=x",
    ],
)  # fmt: skip
def test_a_link_that_names_no_article_of_the_site_is_not_believed(link: str) -> None:
    assert canonical_of(PAGE, [link]) == canonical_of(PAGE, [], link) == PAGE


@pytest.mark.parametrize(
    "link",
    ["/none-of-us", "/undefined-behaviour.html", "/nullarbor", "/a?x[]=1", "/index/5", "/en/tide-gates", "/?p=12"],
)
def test_a_link_that_only_looks_unfilled_is_believed(link: str) -> None:
    assert canonical_of(PAGE, [link]) == "https://www.example.com" + link
    assert canonical_of("http://[2001:db8::1]/a", ["/b"]) == "http://[2001:db8::1]/b"


@pytest.mark.parametrize(
    ("links", "open_graph", "expected"),
    [
        (["/a", "/a#x", "http://www.example.com/a"], "", "https://www.example.com/a"),
        (["/blog/", PAGE], "", PAGE),
        (["/a", "/b"], "", PAGE),
        (["/a", "/b"], "/a", PAGE),
        (["/a", "https://other.test/b", "/undefined"], "", "https://www.example.com/a"),
        (["/a"], "/b", "https://www.example.com/a"),
        (["/undefined"], "/b", "https://www.example.com/b"),
        ([], "/b", "https://www.example.com/b"),
    ],
)
def test_links_that_contradict_each_other_are_ignored(links: list[str], open_graph: str, expected: str) -> None:
    assert canonical_of(PAGE, links, open_graph) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('<https://a.test/x>; rel="canonical"', ["https://a.test/x"]),
        ("</x>;rel=canonical", ["/x"]),
        ("< /x > ; REL = Canonical ; title=y", ["/x"]),
        ('</n>; rel="next", </x?a=1,2>; rel="canonical"', ["/x?a=1,2"]),
        ('</x>; title="a, <b>; rel=next"; rel="nofollow canonical"', ["/x"]),
        ('</x>; title="a \\" b"; rel=canonical', ["/x"]),
        ("</x>; title*=UTF-8''%e2%82%ac; rel=canonical", ["/x"]),
        ('</x>; rel="http://www.iana.org/assignments/relation/canonical"', ["/x"]),
        ("</a>; rel=canonical, </b>; rel=canonical", ["/a", "/b"]),
        ("</\xe6\xb8\xaf>; rel=canonical", ["/港"]),
        # links of other relations, of other pages, and what is no link
        ('</x>; rel="next"; rel="canonical"', []),
        ('</x>; rel=canonical; anchor="/other"', []),
        ('</x>; rel="canonicals"', []),
        ('</x>; rev="canonical"', []),
        ("</x>", []),
        ("/x; rel=canonical", []),
        ("<" * 50_000, []),
        ("</x>" + "; " * 20_000, []),
    ],
)
def test_canonical_links_of_the_header_are_read(value: str, expected: list[str]) -> None:
    """RFC 8288, 3; RFC 6596."""
    assert list(canonical_links([("Content-Type", "text/html"), ("link", value)])) == expected


VARIANTS = [
    # may two URLs lead to one page?
    ("http://a.test/x", "https://www.a.test/x/", True),
    ("http://a.test/x", "http://a.test//x?ref=rss", True),
    ("http://a.test/x?ref=mail", "http://a.test/x?ref=rss", True),
    ("http://a.test/x?id=1&y=2", "http://a.test/x?y=2&id=1&print=1", True),
    ("http://a.test/x", "http://m.a.test/X.html", True),
    ("http://a.test/2026/x", "http://a.test/print/x", True),
    ("http://a.test/x/amp/", "http://a.test/x", True),
    ("http://a.test/x/index.html", "http://a.test/x/", True),
    ("http://a.test/x.html", "http://a.test/x_print.html;v=2", True),
    ("http://a.test/x.html", "http://a.test/druckversion/x.amp.html", True),
    ("http://a.test/story.php?id=5", "http://a.test/print.php?id=5", True),
    ("http://a.test/story.php?id=5", "http://a.test/print.php?id=6", False),
    ("http://a.test/a%20b", "http://a.test/a+b", True),
    ("http://a.test/caf%C3%A9", "http://a.test/cafe%CC%81", True),
    ("http://a.test/x", "http://a.test/x%20.", True),
    ("http://a.test/x/page/1", "http://a.test/x", True),
    ("http://a.test/x/page/2", "http://a.test/x", False),
    ("http://a.test/x/1", "http://a.test/x", False),
    ("http://a.test/story.php", "http://a.test/print.php", False),
    ("http://a.test/x", "http://b.test/x", False),
    ("http://a.test/x", "http://a.test/y", False),
    ("http://a.test/x?id=1", "http://a.test/x?id=2", False),
    ("http://a.test/?p=1", "http://a.test/?p=2", False),
    ("http://a.test/x?slug=harbour-pier-rebuilt", "http://a.test/x?slug=ferry-strike-over", False),
]


@pytest.mark.parametrize(("one", "other", "may"), VARIANTS)
def test_variants_of_a_url_end_with_one_name(one: str, other: str, may: bool) -> None:
    assert may_be_variants(one, other) is may_be_variants(other, one) is may


def test_the_usual_spellings_of_a_url_are_listed() -> None:
    found = variants("http://a.test/x?y=1")
    assert {"https://a.test/x?y=1", "http://www.a.test/x/?y=1", "http://a.test/x", "https://www.a.test/x/"} <= {*found}
    assert len(found) == 15 and "http://a.test/x?y=1" not in found
    assert "http://a.test/" in variants("https://www.a.test/")


@pytest.mark.parametrize(
    ("url", "first", "further"),
    [
        ("http://a.test/x?page=2", "http://a.test/x", True),
        ("http://a.test/x?id=7&p=12", "http://a.test/x?id=7", True),
        ("http://a.test/x/2/", "http://a.test/x/", True),
        ("http://a.test/x/page/3", "http://a.test/x", True),
        ("http://a.test/x_2.shtml", "http://a.test/x.shtml", True),
        ("http://a.test/x,seite-2.html", "http://a.test/x.html", True),
        ("http://a.test/x", "http://a.test/x", False),
        ("http://a.test/x?page=1", "http://a.test/x", False),
        ("http://a.test/x?id=2", "http://a.test/x", False),
        ("http://a.test/x/2026", "http://a.test/x", False),
        ("http://a.test/x-and-more", "http://a.test/x", False),
        ("http://b.test/x?page=2", "http://a.test/x", False),
    ],
)
def test_further_pages_of_an_article_are_known_by_their_urls(url: str, first: str, further: bool) -> None:
    assert is_further_page(url, first) is further


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
