"""The settings: Scrapy knows the names that are its own, the table names those that are ours, warcpress.toml reaches
them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from scrapy.settings import Settings, default_settings

import crawler.fetching
from crawler import settings
from crawler.config import Archive, Config, Crawl, Limits
from crawler.items import Source

OURS = re.compile(r"^    ([A-Z][A-Z_]+(?:, [A-Z_]+)*)", re.MULTILINE)
CAPTURES = {"WARC_", "DOWNLOAD_CA_FILE", "DOWNLOAD_MAX_HEADER_BYTES", "DOWNLOAD_HELD_BYTES"}


def documented() -> set[str]:
    return {name for row in OURS.findall(settings.__doc__ or "") for name in row.split(", ")}


def scrapys() -> set[str]:
    return {name for name in vars(default_settings) if name.isupper()}


def test_every_name_is_scrapys_or_in_the_table() -> None:
    named = {name for name in vars(settings) if name.isupper()} | set(settings.configured(Config()))
    unknown = named - scrapys() - documented() - CAPTURES
    assert {name for name in unknown if not name.startswith("WARC")} == set()


def test_every_name_in_the_table_is_read_by_the_code() -> None:
    folder = Path(crawler.fetching.__file__).parent
    code = "".join(path.read_text() for path in folder.glob("*.py"))
    assert {name for name in documented() - scrapys() - {"WARC_"} if f'"{name}"' not in code} == set()


def test_what_must_hold_from_the_start() -> None:
    ready = Settings()
    ready.setmodule("crawler.settings", priority="project")
    handlers = ready.getwithbase("DOWNLOAD_HANDLERS")
    assert [handlers[scheme] for scheme in ("file", "data", "ftp", "s3")] == [None] * 4
    assert ready.getint("DOWNLOAD_MAXSIZE") == ready.getint("DECODED_MAXSIZE") == 16 << 20
    assert ready.getint("DOWNLOAD_TIMEOUT") == 60
    assert ready.getint("DOWNLOAD_MAX_HEADER_BYTES") == 65536
    assert ready.getbool("DOWNLOAD_VERIFY_CERTIFICATES")
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
