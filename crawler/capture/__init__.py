"""Capture every exchange on the wire: requests of Scrapy go in, WARC records and `request.meta["capture"]` come out.

Any Scrapy project turns it on with one line, `ADDONS = {"crawler.capture.Capture": 100}` (docs/capture.md). It speaks
HTTP/1.1 over asyncio itself, and refuses to start where something could be fetched without capture. A request passes,
in this order:

    handler       download handler: one Scrapy request → its response; deadline, kept connections, recording
    download      what may be read for it, the signals and meta it causes, the Response made of it
    route         where a request is sent, through which proxy, and with which bytes
    pool          a Route → an idle Connection, or a new one: look-up, both families, tunnel, TLS
    connection    bytes of one request and its response → a Recording, and a Message
    message       bytes of the wire → head, payload and end of a response, by the archive's own code
    recorder      a Recording → an Exchange → the run's ArchiveWriter; commits in groups, stops the run on a failure

addon declares the settings; tls decides which certificates to trust; pressure bounds the bodies in memory; errors are
the failures for which Scrapy has no class.
"""

from __future__ import annotations

from crawler.capture.addon import Capture, CaptureRefused
from crawler.capture.errors import ConnectionBroken, NoAnswer, TlsFailed
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
from crawler.capture.route import Origin, origin_of

__all__ = [
    "Capture",
    "CaptureRefused",
    "ConnectionBroken",
    "NoAnswer",
    "Origin",
    "Pressure",
    "Recorder",
    "TlsFailed",
    "captured",
    "captures_stored",
    "commit",
    "origin_of",
    "pressure_of",
    "recorder_of",
    "storing",
    "writer_of",
]
