"""A source written into the warcinfo record and read back, the secrets of a Config, the source of a URL."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from crawler.config import SINGLE, Config, choose, effective, load, named, secrets, source_from
from crawler.errors import ConfigError
from crawler.items import Listing, Section, Selectors, Source

FULL = Source(
    name="example",
    use="guancha",
    site="观察者网",
    categories=("a", "b"),
    section="首页",
    timezone="Asia/Shanghai",
    every=90.5,
    feeds=("https://example.org/feed",),
    sitemaps=("https://example.org/sitemap.xml",),
    sections=(Section("https://example.org/", "a", "s", "a.next", 2),),
    listings=(Listing("https://example.org/api", "i", "l", "t", "d", "s"),),
    urls=("https://example.org/one",),
    allow=("x",),
    deny=("y",),
    article=Selectors(title=("h1",), body=("div.a", "div.b"), next=("a.on",)),
    headers={"Cookie": "session=0123456789"},
    verify_tls=False,
    delay=0.5,
    concurrency=2,
    obey_robots=False,
)


def test_a_source_is_read_back_from_its_record_without_headers() -> None:
    values = effective(FULL)
    assert "0123456789" not in json.dumps(values)
    assert source_from(json.loads(json.dumps(values))) == dataclasses.replace(FULL, headers={})
    assert source_from(effective(SINGLE)) == SINGLE


def test_the_record_names_every_key_so_that_later_defaults_change_nothing() -> None:
    assert set(effective(SINGLE)) == {field.name for field in dataclasses.fields(Source)} - {"headers"}


def test_a_record_of_an_earlier_version_lacks_its_later_keys() -> None:
    values = effective(FULL)
    del values["article"]
    assert source_from(values) == dataclasses.replace(FULL, headers={}, article=Selectors())


def test_keys_of_a_later_version_are_left_out() -> None:
    assert source_from({**effective(SINGLE), "novelty": 1, "headers": {"Cookie": "x"}}) == SINGLE


@pytest.mark.parametrize(
    "values", [{}, {"name": 3}, {"name": "a", "sections": [{"url": 1}]}, {"name": "a", "feeds": "x"}]
)
def test_a_record_that_is_not_a_source_is_an_error(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="the archive's record of a source cannot be read"):
        source_from(values)


def test_secrets_are_the_environments_values_and_the_tokens_in_them(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(
        '[crawl]\nproxy = "env:PROXY"\n[notify]\nurl = "env:HOOK"\n[[source]]\nname = "a"\n'
        'headers = { Cookie = "env:COOKIE", Authorization = "env:BEARER", Accept-Language = "zh" }\n'
    )
    environ = {
        "PROXY": "http://me:hunter2hunter2@proxy.example.org:3128",
        "HOOK": "https://hooks.example.org/T0/B1",
        "COOKIE": "lang=en; session=0123456789abcdef",
        "BEARER": "Bearer s3cr3t-token==",
    }
    read = load(tmp_path / "c.toml", environ=environ)
    found = secrets(read)
    assert set(found) == {value.encode() for value in environ.values()} | {
        b"hunter2hunter2",
        b"0123456789abcdef",
        b"s3cr3t-token==",
        b"bWU6aHVudGVyMmh1bnRlcjI=",
    }
    assert list(found) == sorted(found, key=len, reverse=True)
    assert not any(value.decode() in repr(read) for value in found)


CHOICE = Config(
    sources=(
        Source("articles", allow=("example\\.org/a/",), deny=("/a/video/",)),
        Source("host", feeds=("https://example.org/feed",), deny=("/never/",)),
        Source("listing", listings=(Listing("https://api.example.net/list"),)),
    )
)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/a/1", "articles"),
        ("https://example.org/a/video/1", "host"),
        ("https://example.org/b", "host"),
        ("https://example.org/never/1", "single"),
        ("https://api.example.net/x", "listing"),
        ("https://elsewhere.example/", "single"),
    ],
)
def test_a_url_belongs_to_the_source_that_allows_it_else_to_that_of_its_host(url: str, name: str) -> None:
    assert choose(CHOICE, url).name == name


def test_sources_are_found_by_name() -> None:
    assert named(CHOICE, "host") is CHOICE.sources[1]
    assert named(CHOICE, "single") is SINGLE
    own = Source("single", delay=9.0)
    assert named(Config(sources=(own,)), "single") is own
    with pytest.raises(ConfigError, match="no source 'hots'; did you mean 'host'"):
        named(CHOICE, "hots")
