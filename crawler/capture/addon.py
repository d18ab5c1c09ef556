"""The Scrapy add-on: puts capture in place, or stops the start where something could be fetched without capture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scrapy.settings import BaseSettings

from crawler.errors import ConfigError

HANDLER = "crawler.capture.handler.WireHandler"
_SCRAPYS_HANDLER = "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"
_ITEMS = 4
"""CONCURRENT_ITEMS of a project without item pipelines: Scrapy starts as many tasks for each response, 100 by default,
and they have nothing to wait for. These take a fifth of a crawl's CPU (2026-11)."""


@dataclass(frozen=True)
class Setting:
    """One Scrapy setting of the add-on. docs/capture.md has the table."""

    name: str
    default: Any
    meaning: str


SETTINGS = (
    Setting("WARC_FOLDER", "webarchive", "folder for warc/, index/ and manifest.jsonl, relative to the working folder"),
    Setting("WARC_PREFIX", "warcpress", "first part of the file names"),
    Setting("WARC_ROLLOVER_BYTES", 1_000_000_000, "a file is closed once it is this large"),
    Setting("WARC_OPERATOR", "", "person or organisation, for the warcinfo record"),
    Setting("WARC_WARCINFO", (), "further (name, value) pairs of the warcinfo record"),
    Setting("WARC_SIGNER", None, "signs the sealed files; made by `archive.signer(key, timestamp_url)`"),
    Setting("WARC_SECRETS", (), "strings that are cut out of request records and target URIs"),
    Setting("WARC_COMMIT", True, "false: only the project itself commits, with `commit(crawler)`"),
    Setting("WARC_LOCK", True, "false: the project holds the folder's lock and has recovered what a dead run left"),
    Setting("WARC_CLOCK", None, "function that returns the time as an aware datetime; none: the system's clock"),
    Setting("DOWNLOAD_CA_FILE", "", "PEM file of certificates to trust besides the system's"),
    Setting("DOWNLOAD_MAX_HEADER_BYTES", 64 * 2**10, "limit of one response's status line and headers"),
    Setting("DOWNLOAD_HELD_BYTES", 48 * 2**20, "limit of all bodies in memory at once; beyond it, large ones wait"),
)
"""Settings, with the defaults of a project without warcpress.toml; `crawler.settings` sets most for warcpress."""


class CaptureRefused(ConfigError):
    """Something could be fetched without capture, so the start is refused."""


class Capture:
    """The add-on: sets the capturing download handler, the recorder and the defaults of the settings."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Raise CaptureRefused where capture cannot be complete."""
        if not settings.getbool("TWISTED_REACTOR_ENABLED"):
            raise CaptureRefused(
                "TWISTED_REACTOR_ENABLED is False, and then Scrapy replaces the capturing handler; set it to True"
            )
        refuse_handlers(settings, HANDLER, _SCRAPYS_HANDLER)
        for setting in SETTINGS:
            settings.set(setting.name, setting.default, priority="default")
        for scheme in ("http", "https"):
            settings["DOWNLOAD_HANDLERS"].set(scheme, HANDLER, priority="addon")
        settings["EXTENSIONS"].set("crawler.capture.Recorder", 0, priority="addon")
        if all(order is None for order in settings.getwithbase("ITEM_PIPELINES").values()):
            settings.set("CONCURRENT_ITEMS", _ITEMS, priority="default")  # not where the project has set it


def refuse_handlers(settings: BaseSettings, *allowed: str) -> None:
    """Raise CaptureRefused when http or https has a download handler other than those `allowed`."""
    handlers = settings.getwithbase("DOWNLOAD_HANDLERS")
    for scheme in ("http", "https"):
        found = handlers.get(scheme)
        if found is None:
            continue
        path = found if isinstance(found, str) else f"{found.__module__}.{found.__qualname__}"
        if path not in allowed:
            raise CaptureRefused(
                f"DOWNLOAD_HANDLERS gives {scheme} to {path}, which would not be captured (HTTP/1.1 only: "
                "other protocols have no such bytes); remove that entry or the capture add-on"
            )
