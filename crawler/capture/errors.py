"""Failures of a download for which Scrapy has no class; each is a kind of one that Scrapy's middlewares know."""

from __future__ import annotations

from scrapy.exceptions import DownloadCancelledError, DownloadFailedError


class NoAnswer(DownloadFailedError):
    """The connection ended before the status line of a final response."""


class ConnectionBroken(DownloadFailedError):
    """The connection could not be made, or ended within the headers."""


class TlsFailed(DownloadFailedError):
    """The TLS handshake failed; the text says what is wrong with the certificate, where that is the reason."""


class BadResponse(DownloadFailedError):
    """What came is no HTTP response, or one whose end is not certain."""


class WireLimit(DownloadCancelledError):
    """A response was cut at a limit of ours; the bytes received until then are archived, marked truncated."""

    def __init__(self, url: str, limit: int, what: str) -> None:
        super().__init__(f"{url}: more than {limit} bytes of {what}; raise the limit to fetch it")
        self.url, self.limit = url, limit
