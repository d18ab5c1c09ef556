"""JSON listings → candidates by dotted paths."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from crawler.config import Limits
from crawler.discovery import EntryPoint, Found
from crawler.discovery.reading import read
from crawler.errors import SourceUnreadable
from crawler.items import Candidate, Listing, Page, Source

URL = "https://example.org/api/gundong.htm"
SOURCE = Source("s", timezone="Asia/Shanghai")
SEED = datetime(2022, 3, 18, 9, 54, 35, tzinfo=UTC)


def found(document: object, listing: Listing, content_type: str = "application/json") -> Found:
    body = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
    page = Page(URL, body, [("Content-Type", content_type)], SEED)
    return read(page, SOURCE, EntryPoint("listing", URL, listing=listing), Limits())


def test_the_listing_of_guancha_is_read() -> None:
    document = {"items": [{"TITLE": "美国 政治", "HTTP_URL": "/politics/2022_03_18_630877.shtml"}]}
    listing = Listing(URL, "items", "HTTP_URL", "TITLE", section="滚动")
    assert found(document, listing).candidates == (
        Candidate("https://example.org/politics/2022_03_18_630877.shtml", "s", None, "滚动", "美国 政治", URL),
    )


def test_paths_lead_into_tables_and_arrays() -> None:
    document = {"data": [{"list": [{"link": {"href": "/1"}, "meta": {"time": 1647597275, "head": ["H"]}}]}]}
    listing = Listing(URL, "data.0.list", "link.href", "meta.head.0", "meta.time")
    assert found(document, listing).candidates == (Candidate("https://example.org/1", "s", SEED, "", "H", URL),)


def test_an_empty_path_is_the_value_itself() -> None:
    assert [c.url for c in found([{"url": "/1"}], Listing(URL, items="")).candidates] == ["https://example.org/1"]
    assert [c.url for c in found(["/1", "/2"], Listing(URL, items="", link="")).candidates] == [
        "https://example.org/1",
        "https://example.org/2",
    ]


def test_dates_without_zone_are_in_the_sources_zone() -> None:
    document = {"items": [{"url": "/1", "d": "2022-03-18 17:54:35"}, {"url": "/2", "d": "3小时前"}, {"url": "/3"}]}
    assert [c.published for c in found(document, Listing(URL, date="d")).candidates] == [SEED, None, None]


def test_a_listing_tells_when_an_entry_was_changed_where_its_source_says_so() -> None:
    document = {"items": [{"url": "/1", "d": "2022-03-18 17:54:35"}, {"url": "/2", "d": "2022-03-18"}, {"url": "/3"}]}
    day = datetime(2022, 3, 18, 15, 59, 59, tzinfo=UTC)
    assert [c.updated for c in found(document, Listing(URL, updated="d")).candidates] == [SEED, day, None]
    assert [c.updated for c in found(document, Listing(URL)).candidates] == [None] * 3


def test_jsonp_a_byte_order_mark_and_gb18030_are_read() -> None:
    expected = found({"items": [{"url": "/1", "title": "观察者网"}]}, Listing(URL))
    text = '{"items": [{"url": "/1", "title": "观察者网"}]}'
    assert found(f"jQuery_1.cb({text});\n".encode(), Listing(URL), "application/javascript") == expected
    assert found(b"\xef\xbb\xbf" + text.encode(), Listing(URL)) == expected
    long = text.replace("观察者网", "观察者网的记者从外交部获悉，双方就经贸问题交换了意见。" * 4)
    charset = found(long.encode("gb18030"), Listing(URL), "application/json; charset=gb18030")
    assert charset.candidates[0].title.startswith("观察者网的记者从外交部获悉")


@pytest.mark.parametrize(
    "script",
    [
        *(
            "%s;",
            "%s,",
            "%s ;\n",
            "(%s)",
            "f(%s)",
            "f(%s);",
            ";f(%s)",
            "a.b.f (%s) ;",
            "/**/f(%s);",
            "// of x{1}\nf(%s)//",
        ),
        "/**/ typeof onList === 'function' && onList(%s);",
        *("onList && onList(%s);", "if(window.f){f(%s)}", "try{f(%s);}catch(e){}", "parent.f(%s, 200, 'OK');"),
        *("var list = %s;", "window.list=%s", "self['list'] = %s;", "export default %s;"),
        *(")]}'\n%s", ")]}',\n%s", "while(1);%s", "for (;;); %s", "{} && %s", "throw 1; %s", "&&&START&&&%s"),
        *("<pre>%s</pre>", '<html><head></head><body><pre style="white-space: pre-wrap">%s</pre></body></html>'),
    ],
)
def test_json_in_a_script_or_page_is_read(script: str) -> None:
    document = script % '{"items": [{"url": "/a/[1]"}, {"url": "/2"}]}'
    assert [candidate.url for candidate in found(document.encode(), Listing(URL), "text/javascript").candidates] == [
        "https://example.org/a/%5B1%5D",
        "https://example.org/2",
    ]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ('[{"url": "/1"}]', "/1"),
        ('f([{"url": "/1"},]);', "/1"),
        ('{"items": [{"url": "/1,]"},],}', "/1,%5D"),
        ('{"items": [{"url": "\\/a\\/1"}]}', "/a/1"),
        ('{"items": [{"url": "/1?a=1&amp;b=2"}]}', "/1?a=1&b=2"),
        ('{"items": [{"url": "&#x2F;1?a=1&#38;b=2"}]}', "/1?a=1&b=2"),
        ('{"items": [{"url": "/1?a=1&copy=2&amp=3"}]}', "/1?a=1&copy=2&amp=3"),
        ('{"items": [{"url": "/1", "title": "a\tb\nc"}]}', "/1"),
        ('{"items": [{"url": "/1", "title": "a\\\'b"}]}', "/1"),
        ('{"items": [{"url": "/1?a\\x3d2"}]}', "/1?a=2"),
        ('{"items": [{"url": "/1"}]}\0', "/1"),
        ('"{\\"items\\": [{\\"url\\": \\"/1\\"}]}"', "/1"),
        ("{&quot;items&quot;: [{&quot;url&quot;: &quot;/1?a=1&amp;amp;b=2&quot;}]}", "/1?a=1&b=2"),
        ("<pre>{&quot;items&quot;: [{&quot;url&quot;: &quot;/1?a=1&amp;b=2&quot;}]}</pre>", "/1?a=1&b=2"),
    ],
)
def test_json_as_careless_servers_write_it_is_read(document: str, expected: str) -> None:
    assert [c.url for c in found(document.encode(), Listing(URL)).candidates] == [f"https://example.org{expected}"]


@pytest.mark.parametrize("piece", [b'\\"', b"/*", b"[", b"{", b"[],", b",  ", b'"', b"//", b"<pre>", b"(", b";"])
def test_D6_a_script_that_is_no_listing_costs_linear_time(piece: bytes) -> None:
    start = time.process_time()
    for before in (b"", b'f(["', b"f({})"):
        with pytest.raises(SourceUnreadable):
            found(before + piece * (2_000_000 // len(piece)), Listing(URL))
    assert time.process_time() - start < 6


def test_a_listing_may_have_one_entry_on_each_line() -> None:
    document = b'{"url": "/1"}\n\n{"url": "/2"}\n'
    assert [c.url[-2:] for c in found(document, Listing(URL)).candidates] == ["/1", "/2"]
    with pytest.raises(SourceUnreadable, match="no entry of the listing has 'url'"):
        found(b'{"items": [{"url": "/1"}]}\n{"items": [{"url": "/2"}]}\n', Listing(URL))


def test_entries_without_a_url_are_skipped() -> None:
    document = {"items": [{"url": "/1"}, {"url": ""}, {"url": None}, {"title": "x"}, 3, None, "text", {"url": ["/2"]}]}
    assert [c.url for c in found(document, Listing(URL)).candidates] == ["https://example.org/1"]


def test_an_empty_listing_is_not_an_error() -> None:
    assert found({"items": []}, Listing(URL)).candidates == ()


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "the listing is empty"),
        (b"<!doctype html><p>Login", "an HTML page, not a listing: "),
        (b"items: 3", "not JSON, not a listing: "),
        (b'{"items": [', "not JSON, not a listing: "),
        (b"[" * 200_000, "not JSON, not a listing: "),
        (b'{"items": ' + b"9" * 5000 + b"}", "not JSON, not a listing: "),
        (b"\x00\xff", "not JSON, not a listing: "),
        ({"list": [], "code": 0}, "no 'items' in the listing; it has the keys list, code"),
        ({str(n): n for n in range(20)}, "no 'items' in the listing; it has the keys 0, 1, 2, 3, 4, 5, 6, 7 …"),
        ([1], "no entry of the listing has 'url'; the first has a number"),
        (b'<script>load({"items": [{"url": "/1"}]})</script>', "an HTML page, not a listing: "),
        (b'See {"items": [{"url": "/1"}]} for more', "not JSON, not a listing: "),
        ({"items": {"a": 1}}, "'items' of the listing is not an array but a table"),
        ({"items": None}, "'items' of the listing is not an array but null"),
        ({"items": [{"href": "/1"}]}, "no entry of the listing has 'url'; the first has the keys href"),
        ({"items": [3]}, "no entry of the listing has 'url'; the first has a number"),
    ],
)
def test_a_body_that_is_not_the_listing_has_one_plain_reason(document: object, reason: str) -> None:
    with pytest.raises(SourceUnreadable) as raised:
        found(document, Listing(URL))
    assert str(raised.value).startswith(f"{URL}: {reason}")
    assert "\n" not in str(raised.value)


def test_D6_a_jsonp_call_is_recognised_by_its_ends() -> None:
    with pytest.raises(SourceUnreadable, match="not JSON"):
        found(b"x()" + b" " * 200_000 + b"a", Listing(URL))  # a backtracking pattern takes minutes
    assert len(found(b' x.y$ ( {"items": [{"url": "/1"}]} ) ; ', Listing(URL)).candidates) == 1


def test_D8_numbers_too_large_for_a_float_are_not_dates() -> None:
    body = b'{"items": [{"url": "/1", "t": 1%s}, {"url": "/2", "t": 1e999}, {"url": "/3", "t": NaN}]}' % (b"0" * 400)
    read = found(body, Listing(URL, date="t"))
    assert [candidate.published for candidate in read.candidates] == [None] * 3


def test_D8_a_listing_that_is_too_large_is_refused() -> None:
    with pytest.raises(SourceUnreadable, match="a listing of more than 4194304 bytes"):
        found(b'{"items": [' + b"{}," * 1_400_000 + b"{}]}", Listing(URL))
