"""Host names as the URL Standard (WHATWG) has browsers ask for them; names that it calls invalid."""

from __future__ import annotations

import time

import pytest

from archive.index.surt import surt
from crawler.fetching.fence import own_headers
from crawler.items import Source
from crawler.urls.addresses import Policy
from crawler.urls.canonical import canonicalise, origin, same_site
from crawler.urls.host_names import askable, host_of, with_ascii_host

NAMES = [
    # the four characters that IDNA 2003 maps or drops (UTS 46, "deviations")
    ("faß.example", "xn--fa-hia.example"),
    ("FAẞ.example", "xn--fa-hia.example"),
    ("FASS.example", "FASS.example"),
    ("πόλις.gr", "xn--uxadok1c.gr"),
    ("ΠΌΛΙΣ.gr", "xn--uxadoo6b.gr"),  # a capital sigma is never the final one
    ("خانه\u200cها.example", "xn--mgbat1hfa2927b.example"),
    ("ක්\u200dෂ.example", "xn--3zc4fxa418p.example"),
    ("क्\u200dष.example", "xn--11b2ezcw70k.example"),
    # everything else
    ("müller.example", "xn--mller-kva.example"),
    ("mu\u0308ller.example", "xn--mller-kva.example"),
    ("Bücher.EXAMPLE", "xn--bcher-kva.example"),
    ("新闻.中国", "xn--efvy88h.xn--fiqs8s"),
    ("ニュース．ｊｐ", "xn--zck9awe6d.jp"),
    ("뉴스。한국", "xn--vg1b002a.xn--3e0b707e"),
    ("הארץ.example", "xn--4dbh6cl.example"),
    ("☃.net", "xn--n3h.net"),
    ("i❤️.example", "xn--i-7iq.example"),
    ("news.💩.la", "news.xn--ls8h.la"),
    ("a_b.ü.example", "a_b.xn--tda.example"),
    ("r3---sn.ü.example", "r3---sn.xn--tda.example"),
    ("-a-.ü.example", "-a-.xn--tda.example"),
    ("ü.example.", "xn--tda.example."),
    ("soft\u00adhyphen.example", "softhyphen.example"),
    ("zero\u200bwidth.example", "zerowidth.example"),
    ("１２７.０.０.１", "127.0.0.1"),
    ("①②⑦。0。0。1", "127.0.0.1"),
    ("%66%6Fo.example", "foo.example"),
    ("%E2%98%83.example", "xn--n3h.example"),
    ("%C3%BC.example", "xn--tda.example"),
    ("xn--fa-hia.example", "xn--fa-hia.example"),
    ("Plain-Name_1.example", "Plain-Name_1.example"),  # ASCII is left to whoever compares
]


@pytest.mark.parametrize(("name", "ascii_name"), NAMES)
def test_a_host_is_asked_for_as_browsers_do(name: str, ascii_name: str) -> None:
    for before, after in (("https://", "/ü?ß#ς"), ("//", ""), ("http://", ":8080/"), ("HTTP://u:p@ü@", "/x@y")):
        assert with_ascii_host(before + name + after) == before + ascii_name + after
        assert askable(before + name + after) == before + ascii_name + after
    url = f"https://{name}/x"
    assert host_of(url) == ascii_name.lower() == origin(url)[1]
    assert canonicalise(url) == f"https://{ascii_name.lower().rstrip('.')}/x" == canonicalise(canonicalise(url))
    assert same_site(url, f"https://{ascii_name}/y")
    source = Source("s", feeds=(f"https://{name}/feed",), headers={"X": "y"})
    assert own_headers(source, f"https://{ascii_name}/1") == {"X": "y"}
    assert Policy.of((), {f"{name}:443": "10.0.0.1"}).target(ascii_name.rstrip("."), 443) in (("10.0.0.1", 443), None)


@pytest.mark.parametrize(("name", "ascii_name"), NAMES)
def test_the_archives_index_maps_a_host_as_the_crawler_does(name: str, ascii_name: str) -> None:
    assert surt(f"https://{name}/x") == surt(f"https://{ascii_name}/x")
    if not ascii_name[0].isdigit():
        host = ascii_name.lower().strip(".").split(".")
        assert surt(f"https://{name}/x") == f"{','.join(reversed(host))})/x"


INVALID = [
    *("a\u200cb.example", "a\u200db.example", "\u0301a.example", "a⒈b.example", "xn--ü.example", "ü%20.example"),
    *("ü%2F.example", "%00.example", "%FF.example", "%zz.example", "ü^.example", "ü|.example", "<ü>.example"),
    *("。。", "\u00ad", "ü" * 60 + ".example", "اb.example", "ü%40evil.example", "ü%3A80", "\ud800.example"),
]


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_host_is_refused_with_one_line(name: str) -> None:
    with pytest.raises(ValueError, match="is not a host name") as refused:
        with_ascii_host(f"https://{name}/x")
    assert "\n" not in str(refused.value)
    kept = askable(f"https://{name}/x")
    assert "%" in kept and kept.isascii() and askable(kept) == kept
    assert canonicalise(f"https://{name}/x") == canonicalise(kept) == canonicalise(canonicalise(kept))


@pytest.mark.parametrize(
    "url", ["", "/ü", "ü", "mailto:ü@ß.example", "https://[::1]/ü", "https:///ü", "https://a.example/%FF?ü#ü", "//?ü"]
)
def test_a_url_without_a_name_beyond_ascii_stays_as_it_is(url: str) -> None:
    assert with_ascii_host(url) == askable(url) == url


def test_D6_a_long_label_takes_no_time() -> None:
    with_ascii_host("https://ü.example/")  # loads the tables
    began = time.process_time()
    for number in range(5):
        with pytest.raises(ValueError, match="a label has more than 63 characters"):
            with_ascii_host(f"https://{''.join(map(chr, range(0x4E00 + number, 0x51E8)))}.example/")
    assert time.process_time() - began < 0.3, "each took half a second"
