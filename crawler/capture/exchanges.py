"""What the archive is told: a Scrapy request and its recording → an `Exchange`; the settings → the warcinfo record's
fields. Pure but for the recording's file, which is left at its start."""

from __future__ import annotations

from importlib.metadata import version
from urllib.parse import urldefrag

from scrapy import Request
from scrapy.settings import BaseSettings

from archive import Exchange
from crawler.capture.connections import Recording


def exchange_of(request: Request, recording: Recording) -> Exchange:
    """The exchange as the archive takes it."""
    connection = recording.connection
    recording.response.seek(0)
    http = "http/1.0" if recording.response.read(8) == b"HTTP/1.0" else "http/1.1"
    recording.response.seek(0)
    return Exchange(
        url=urldefrag(request.url)[0],
        method=request.method,
        started_at=recording.started_at,
        request=bytes(recording.request),
        response=recording.response,
        ip=connection.ip if connection else None,
        protocols=(http, *(connection.protocols if connection else ())),
        cipher_suite=connection.cipher_suite if connection else None,
        certificates=connection.certificates if connection else (),
        truncated=recording.truncated,
        duration_ms=recording.duration_ms,
        metadata=tuple((str(name), str(value)) for name, value in request.meta.get("warc_metadata", ())),
    )


def warcinfo(settings: BaseSettings) -> list[tuple[str, str]]:
    """Fields of the warcinfo record (WARC 1.1, 6.2), in order; empty ones are left out."""
    software = " ".join(f"{name}/{version(name)}" for name in ("warcpress", "Scrapy", "Twisted"))
    fields = [
        ("software", software),
        ("format", "WARC File Format 1.1"),
        ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
        ("operator", settings.get("WARC_OPERATOR") or ""),
        ("robots", "obey" if settings.getbool("ROBOTSTXT_OBEY") or settings.getbool("OBEY_ROBOTS") else "ignore"),
        ("http-header-user-agent", settings.get("USER_AGENT") or ""),
        *((str(name), str(value)) for name, value in settings.get("WARC_WARCINFO") or ()),
    ]
    return [(name, value) for name, value in fields if value]
