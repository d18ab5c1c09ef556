"""crawler/settings.py: names that Scrapy or our code reads, each default declared once, warcpress.toml applied."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from scrapy.settings import Settings, default_settings

import crawler.fetching
from crawler import settings
from crawler.capture.addon import SETTINGS
from crawler.config import Archive, Config, Crawl, Limits
from crawler.discovery.found import LONGEST_URL
from crawler.items import Source

PACKAGE = Path(settings.__file__).parent
ADDON = {setting.name: setting.default for setting in SETTINGS}
READ = re.compile(r"\bget(?:int|float|bool|list|dict)?\(\s*\"([A-Z][A-Z_]+)\"(,?)")
"""A setting that is read, and the comma before a default."""


def names() -> set[str]:
    return {name for name in vars(settings) if name.isupper()} | set(settings.configured(Config()))


def scrapys() -> set[str]:
    return {name for name in vars(default_settings) if name.isupper()}


def read_in(folder: str) -> list[tuple[str, str]]:
    code = "".join(path.read_text("utf-8") for path in sorted((PACKAGE / folder).glob("*.py")))
    return READ.findall(code)


def test_every_setting_of_ours_is_read_by_the_code() -> None:
    read = {name for folder in ("fetching", "capture") for name, _ in read_in(folder)}
    assert names() - scrapys() - read == set()
    assert set(ADDON) - read == set()


@pytest.mark.parametrize("folder", ["fetching", "capture"])
def test_every_setting_that_the_code_reads_is_declared_once(folder: str) -> None:
    found = read_in(folder)
    assert len(found) > 5
    assert {name for name, _ in found} - names() - set(ADDON) - scrapys() == set()
    assert [name for name, default in found if default] == []


def test_the_add_ons_own_limits_are_those_of_a_run() -> None:
    """A Scrapy project that only uses the add-on has no warcpress.toml."""
    assert ADDON["DOWNLOAD_MAX_HEADER_BYTES"] == Limits().header_bytes
    assert ADDON["DOWNLOAD_HELD_BYTES"] == Limits().held_bytes
    assert (ADDON["WARC_PREFIX"], ADDON["WARC_ROLLOVER_BYTES"]) == (Archive().prefix, Archive().rollover_bytes)


def test_discovery_drops_urls_that_scrapy_would_not_fetch() -> None:
    assert LONGEST_URL == settings.URLLENGTH_LIMIT


def test_the_docstring_of_fetching_lists_its_middlewares_in_their_order() -> None:
    listed = re.findall(r"^    (\w+)\.py  +[a-z]", crawler.fetching.__doc__ or "", re.MULTILINE)
    chain = sorted(settings.DOWNLOADER_MIDDLEWARES.items(), key=lambda entry: entry[1])
    assert listed == [path.split(".")[2] for path, _ in chain if path.startswith("crawler.fetching.")]


def test_without_a_configuration_the_defaults_of_warcpress_toml_apply() -> None:
    ready = Settings()
    ready.setmodule("crawler.settings", priority="project")
    empty = settings.configured(Config())
    archives = {name for name in empty if name.startswith("WARC_")}
    assert {name: ready[name] for name in set(empty) - archives} == {
        name: empty[name] for name in set(empty) - archives
    }
    assert not [name for name in archives if name in ready]


def test_settings_that_security_depends_on_are_safe_by_default() -> None:
    ready = Settings()
    ready.setmodule("crawler.settings", priority="project")
    handlers = ready.getwithbase("DOWNLOAD_HANDLERS")
    assert [handlers[scheme] for scheme in ("file", "data", "ftp", "s3")] == [None] * 4
    assert ready.getint("DOWNLOAD_MAXSIZE") == ready.getint("DECODED_MAXSIZE") == 16 << 20
    assert ready.getint("DOWNLOAD_TIMEOUT") == 60
    assert ready.getint("DOWNLOAD_MAX_HEADER_BYTES") == 65536
    assert ready.getbool("DOWNLOAD_VERIFY_CERTIFICATES") and ready.getbool("OBEY_ROBOTS")
    for name in ("TELNETCONSOLE_ENABLED", "REMOTE_CONTROL_ENABLED", "METAREFRESH_ENABLED", "COOKIES_ENABLED"):
        assert not ready.getbool(name), name
    assert not ready.get("JOBDIR") and not ready.getbool("HTTPCACHE_ENABLED")


def test_warcpress_toml_reaches_scrapy() -> None:
    source = Source("news", feeds=("https://news.example/feed",), headers={"Cookie": "c00kie"})
    config = replace(
        Config(),
        crawl=Crawl(user_agent="me (+http://me.example)", contact="me@me.example", delay=2.5, concurrency=3),
        archive=Archive(operator="Me", prefix="mine", rollover_bytes=5),
        limits=Limits(wire_bytes=7, decoded_bytes=8, redirects=9, retries=4),
        sources=(source,),
        secret_values=("c00kie",),
    )
    made = settings.configured(config)
    assert made["DEFAULT_REQUEST_HEADERS"]["From"] == "me@me.example"
    assert (made["DOWNLOAD_DELAY"], made["CONCURRENT_REQUESTS_PER_DOMAIN"]) == (2.5, 3)
    assert (made["DOWNLOAD_MAXSIZE"], made["DECODED_MAXSIZE"]) == (7, 8)
    assert (made["REDIRECT_MAX_TIMES"], made["RETRY_TIMES"]) == (9, 4)
    assert (made["WARC_PREFIX"], made["WARC_OPERATOR"], made["WARC_ROLLOVER_BYTES"]) == ("mine", "Me", 5)
    assert "c00kie" in made["WARC_SECRETS"]
