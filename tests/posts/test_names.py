"""Names of posts are readable, follow the rule, and stay inside their folder."""

from __future__ import annotations

import hashlib
import re
import time
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.items import Post, Source
from crawler.posts.names import PATTERNS, Named, check_pattern, path_of, post_path, safe_component, slug_of
from crawler.store.files import path_key

SHANGHAI = Source("guancha", timezone="Asia/Shanghai")
PUBLISHED = datetime(2022, 3, 18, 9, 54, 35, tzinfo=UTC)


def post(url: str, published: datetime | None = PUBLISHED) -> Post:
    return Post(url, url, "t", (), "s", "", (), (), "", published, "", None, None, (), "", "", "x")


def test_the_path_has_source_date_and_slug():
    url = "https://www.guancha.cn/politics/2022_03_18_630877.shtml"
    assert post_path(post(url), SHANGHAI) == "guancha/2022/03/18-2022_03_18_630877.md"


def test_the_day_is_that_of_the_sources_zone():
    late = datetime(2022, 12, 31, 16, 0, 0, tzinfo=UTC)
    assert post_path(post("https://a.example/x", late), SHANGHAI) == "guancha/2023/01/01-x.md"
    assert post_path(post("https://a.example/x", late), Source("a")) == "a/2022/12/31-x.md"


def test_R6_the_day_is_not_that_of_the_machines_zone(monkeypatch):
    names = set()
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):  # a day apart
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        names.add(post_path(post("https://a.example/x"), SHANGHAI))
    monkeypatch.undo()
    time.tzset()
    assert names == {"guancha/2022/03/18-x.md"}


def test_without_a_date_the_hint_names_the_post_and_without_both_there_is_no_name():
    undated = post("https://a.example/x", None)
    assert post_path(undated, SHANGHAI, hint=PUBLISHED) == "guancha/2022/03/18-x.md"
    with pytest.raises(ValueError, match="no aware date"):
        post_path(undated, SHANGHAI)


def test_a_clash_adds_eight_digits_of_the_canonical_url_and_more_when_those_are_taken():
    url = "https://a.example/x"
    digest = hashlib.sha256(url.encode()).hexdigest()
    names: set[str] = set()
    for wanted in ("x", f"x-{digest[:8]}", f"x-{digest[:16]}", f"x-{digest}"):
        path = post_path(post(url), SHANGHAI, taken=lambda path: path_key(path) in names)
        assert path == f"guancha/2022/03/18-{wanted}.md"
        names.add(path_key(path))
    with pytest.raises(ValueError, match="already holds"):
        post_path(post(url), SHANGHAI, taken=lambda path: path_key(path) in names)


@pytest.mark.parametrize(("a", "b"), [("Story", "sTORY"), ("caf%C3%A9", "CAFE%CC%81"), ("Straße", "STRASSE")])
def test_P1_names_that_differ_only_in_case_or_form_clash(a, b):
    first = post_path(post(f"https://a.example/{a}"), SHANGHAI)
    second = post_path(post(f"https://a.example/{b}"), SHANGHAI, taken=lambda path: path_key(path) == path_key(first))
    assert path_key(first) != path_key(second)
    assert second != post_path(post(f"https://a.example/{b}"), SHANGHAI)


def test_P1_paths_that_are_one_file_on_some_system_have_one_key():
    assert len({path_key(name) for name in ("é", "É", "e\u0301", "E\u0301")}) == 1


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://a.example/2024/05/the-story.html", "the-story"),
        ("https://a.example/2024/05/the-story/", "the-story"),
        ("https://a.example/story.amp.html?utm=1#x", "story.amp"),
        ("https://a.example/v3.14", "v3.14"),
        ("https://a.example/%E4%B8%AD%E6%96%87%E6%A0%87%E9%A2%98.htm", "中文标题"),
        ("https://a.example/हिन्दी-समाचार", "हिन्दी-समाचार"),
        ("https://a.example/e%CC%81t%C3%A9", "été"),
        ("https://a.example/a%20b&c,d", "a-b-c-d"),
        ("https://a.example/", "a.example"),
        ("https://a.example", "a.example"),
        ("https://a.example/?id=5", "a.example"),
        ("https://a.example/..%2f..%2fetc%2fpasswd", "..-..-etc-passwd"),
        ("https://a.example/a%00b%0ac", "a-b-c"),
        ("https://a.example/%E2%80%AEgpj.exe", "gpj"),
        ("https://a.example/%FF%FE", "post"),
        ("https://a.example/---", "post"),
        ("https://a.example/.htaccess", ".htaccess"),
        ("https://a.example/" + "a" * 100, "a" * 80),
        ("https://a.example/" + "中" * 30, "中" * 26),
        ("https://a.example/😀", "post"),
    ],
)
def test_a_slug_is_the_last_segment_of_the_url(url, slug):
    assert slug_of(url) == slug


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("CON", "_CON"),
        ("nul.md", "_nul.md"),
        ("com1.x.md", "_com1.x.md"),
        ("LPT¹", "_LPT¹"),
        ("console", "console"),
        ("..", "_"),
        (".", "_"),
        ("", "_"),
        (".git", "_git"),
        ("a.", "a"),
        ("a ", "a"),
        ("a/b", "a-b"),
        ("a\\b", "a-b"),
        ("a:b", "a-b"),
        ("a\0b", "a-b"),
        ("a\u202eb", "a-b"),
    ],
)
def test_P1_components_that_are_special_somewhere_are_changed(name, safe):
    assert safe_component(name) == safe


@settings(max_examples=400, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.text("./\\%0aCONcon:\u202e .", max_size=30))
def test_P1_no_url_leads_outside_of_the_folder(text):
    for pattern in ("{source}/{date:%Y/%m/%d}-{slug}", "{slug}", "{source}/{slug}/{date:%H%M%S}"):
        path = post_path(post("https://a.example/x/" + text), SHANGHAI, pattern=pattern)
        parts = path.split("/")
        assert len(parts) == pattern.count("/") + 1
        for part in parts:
            assert part and not part.startswith(".") and not part.endswith((".", " ")) and len(part.encode()) <= 120
            assert part == safe_component(part) == unicodedata.normalize("NFC", part)
            assert not any(unicodedata.category(c)[0] in "CZ" for c in part)


def test_a_pattern_gives_numbers_and_words_only():
    p = post("https://a.example/x")
    pattern = "{date:%Y-%m-%d}-{slug}"
    assert post_path(p, SHANGHAI, pattern=pattern, extension=".html") == "2022-03-18-x.html"
    assert post_path(p, SHANGHAI, pattern="{source}/{date:%H.%M.%S}/{slug}") == "guancha/17.54.35/x.md"


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("{source}", "has neither {slug} nor {title}"),
        ("{slug.__class__}", "unknown"),
        ("{slug}{", "unknown"),
        ("{slug!r}", "unknown"),
        ("{date}{slug}", "takes"),
        ("{date:%B}{slug}", "takes"),
        ("{slug:>10}", "no format"),
        ("{titel}{slug}", "unknown"),
    ],
)
def test_a_wrong_pattern_is_refused_with_a_reason(pattern, reason):
    with pytest.raises(ValueError, match=reason):
        check_pattern(pattern)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Council votes: £4m for a bridge!", "Council-votes-4m-for-a-bridge"),
        ("中文标题", "中文标题"),
        ("../../etc/passwd", "..-..-etc-passwd"),
        ("a\x00b\ud800", "ab"),
        ("!!!", "x"),
        ("", "x"),
        ("w" * 100, "w" * 80),
    ],
)
def test_a_title_can_name_a_post_and_the_slug_takes_the_place_of_an_empty_one(title: str, name: str) -> None:
    named = replace(post("https://a.example/x"), title=title)
    assert post_path(named, SHANGHAI, pattern="{title}") == safe_component(f"{name}.md")


def test_a_clash_of_titles_adds_digits_of_the_canonical_url() -> None:
    taken = {"t.md"}.__contains__
    assert re.fullmatch(
        r"t-[0-9a-f]{8}\.md", post_path(post("https://a.example/x"), SHANGHAI, pattern="{title}", taken=taken)
    )
    path = post_path(post("https://a.example/x"), SHANGHAI, pattern="{title}/{slug}", taken={"t/x.md"}.__contains__)
    assert re.fullmatch(r"t/x-[0-9a-f]{8}\.md", path)


def test_a_post_keeps_the_name_that_a_clash_gave_it() -> None:
    named = Named("https://a.example/x", "guancha", "Asia/Shanghai", "t", PUBLISHED)
    given = path_of(named, taken={"guancha/2022/03/18-x.md"}.__contains__)
    assert path_of(named, held=given) == given != path_of(named, held="elsewhere.md")


def test_every_default_pattern_is_one() -> None:
    for pattern in PATTERNS.values():
        check_pattern(pattern)
