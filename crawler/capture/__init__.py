"""The seam between Scrapy and the archive: every exchange on the wire goes in, WARC records and
`request.meta["capture"]` come out.

One line in any Scrapy project: `ADDONS = {"crawler.capture.Capture": 100}`. It uses Scrapy's own HTTP/1.1 client and
refuses to start where something could be fetched without being captured. Settings, all optional:

    WARC_FOLDER          "webarchive"  where warc/, index/ and manifest.jsonl go; relative to the working folder
    WARC_PREFIX          "warcpress"   first part of the file names
    WARC_ROLLOVER_BYTES  1_000_000_000 a file is closed once it is this large
    WARC_OPERATOR        ""            person or organisation, for the warcinfo record
    WARC_WARCINFO        []            further (name, value) pairs of the warcinfo record
    WARC_SIGNER          None          as `archive.signer(key, timestamp_url)` makes one: signs what is sealed
    WARC_SECRETS         []            strings that are cut from request records and target URIs
    WARC_COMMIT          True          False: only the project itself calls `commit(crawler)`
    WARC_LOCK            True          False: the project holds the folder's lock and has recovered what a dead run left
    DOWNLOAD_CA_FILE     ""            PEM file added to the system's trust
    DOWNLOAD_MAX_HEADER_BYTES  65536   of one response's status line and headers
    DOWNLOAD_HELD_BYTES  50331648      of all bodies in memory at once; beyond it large ones wait

In `request.meta`: `warc_metadata` (pairs of strings for the exchange's metadata record) and `verify_tls` go in,
`capture` comes back.

addon        the line, and what it refuses
handler      the download handler: ties a Scrapy request to its exchanges
connections  Scrapy's HTTP/1.1 client with every byte written down      tls  its trust policy     pressure  its memory
exchanges    a request and its recording → what the archive takes
recorder     owns the run's writer, groups commits, stops the run when storage fails
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
