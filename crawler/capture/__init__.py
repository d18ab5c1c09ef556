"""Capture every exchange on the wire: requests of Scrapy go in, WARC records and `request.meta["capture"]` come out.

Any Scrapy project turns it on with one line, `ADDONS = {"crawler.capture.Capture": 100}` (docs/capture.md). It uses
Scrapy's own HTTP/1.1 client and refuses to start where something could be fetched without capture. The bytes of a
response pass, in this order:

    handler       download handler: one Scrapy request → its download, the limits and the end of each exchange
    connections   Twisted's HTTP/1.1 client → a Recording of the bytes of each request and response
    recorder      a Recording → an Exchange → the run's ArchiveWriter; commits in groups, stops the run on a failure

addon declares the settings; tls decides which certificates to trust; pressure bounds the bodies in memory.
"""

from __future__ import annotations

from crawler.capture.addon import Capture, CaptureRefused
from crawler.capture.pressure import Pressure, pressure_of
from crawler.capture.recorder import (
    Recorder,
    captured,
    captures_stored,
    commit,
    recorder_of,
    storing,
    writer_of,
)

__all__ = [
    "Capture",
    "CaptureRefused",
    "Pressure",
    "Recorder",
    "captured",
    "captures_stored",
    "commit",
    "pressure_of",
    "recorder_of",
    "storing",
    "writer_of",
]
