"""The line that a Scrapy project writes, and what it refuses: that anything could be fetched without being captured."""

from __future__ import annotations

from scrapy.settings import BaseSettings

from crawler.capture.connections import missing_names
from crawler.errors import ConfigError

HANDLER = "crawler.capture.handler.WireHandler"
_SCRAPYS_HANDLER = "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"


class CaptureRefused(ConfigError):
    """Something could be fetched without being captured, so nothing is."""


class Capture:
    """The add-on. `update_settings` puts the capturing handler in place, or raises `CaptureRefused`."""

    def update_settings(self, settings: BaseSettings) -> None:
        if missing := missing_names():
            raise CaptureRefused(
                f"this Scrapy or Twisted lacks {', '.join(missing)}, which capture leans on; "
                "install the versions that pyproject.toml names"
            )
        if not settings.getbool("TWISTED_REACTOR_ENABLED"):
            raise CaptureRefused(
                "TWISTED_REACTOR_ENABLED is False, and then Scrapy replaces the capturing handler; set it to True"
            )
        refuse_handlers(settings, HANDLER, _SCRAPYS_HANDLER)
        for scheme in ("http", "https"):
            settings["DOWNLOAD_HANDLERS"].set(scheme, HANDLER, priority="addon")
        settings["EXTENSIONS"].set("crawler.capture.Recorder", 0, priority="addon")


def refuse_handlers(settings: BaseSettings, *allowed: str) -> None:
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
