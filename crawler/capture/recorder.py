"""Give each Recording to the run's ArchiveWriter, commit in groups, and stop the run when storage fails.

The signal `captured` reports each exchange as written, `captures_stored` those that are on the disk.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urldefrag

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from scrapy.utils.asyncio import CallLaterResult, call_later, is_asyncio_available
from scrapy.utils.defer import deferred_from_coro
from twisted.python.failure import Failure

from archive import ArchiveWriter, Disk, Exchange, StorageError, StoredRecord, recover
from archive import Capture as StoredCapture
from crawler.capture.addon import HANDLER, CaptureRefused, refuse_handlers
from crawler.capture.recording import Recording
from crawler.clock import Clock, utc_now
from crawler.errors import StorageFailed
from crawler.store.lock import FencedDisk, Lock

T = TypeVar("T")
logger = logging.getLogger(__name__)

captured = object()
"""Signal with `request`, `capture` and `received` (bytes of the response): an exchange was written, not yet stored."""
captures_stored = object()
"""Signal with `captures` (may be empty): these, and all other records written so far, are on the disk.

A receiver that raises stops the run."""

GROUP = 64
"""Captures per fsync: each takes 1 ms instead of 6 (2026-11)."""
GROUP_SECONDS = 0.5
"""A smaller group is committed after this long."""


class Recorder:
    """The extension behind the add-on: own the run's writer, group commits, stop the run when storage fails."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        refuse_handlers(settings, HANDLER)  # the add-on has set it; refuse a later replacement
        if not is_asyncio_available():
            raise CaptureRefused(
                f"TWISTED_REACTOR is {settings.get('TWISTED_REACTOR')}, and capture needs asyncio; "
                "remove that setting, since Scrapy's own is the asyncio reactor"
            )
        self.clock: Clock = settings.get("WARC_CLOCK") or utc_now
        self._crawler = crawler
        self._commit_by_itself = settings.getbool("WARC_COMMIT")
        self._failure: StorageFailed | None = None
        self._timer: CallLaterResult | None = None
        self._guard = threading.RLock()  # `scrapy shell` ends in another thread than it fetches in
        self._lock: Lock | None = None
        self._closed = False
        self.writer = self._open(settings)
        setattr(crawler, _RECORDER, self)
        crawler.signals.connect(self.close, signals.engine_stopped)
        atexit.register(self.close)  # `scrapy shell` ends without stopping its engine

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Recorder:
        return cls(crawler)

    def _open(self, settings: BaseSettings) -> ArchiveWriter:
        folder = Path(settings.get("WARC_FOLDER"))
        try:
            if settings.getbool("WARC_LOCK"):
                Disk().make_folder(folder)
                self._lock = Lock(folder).__enter__()
                for leftover in recover(folder, signer=settings.get("WARC_SIGNER"), disk=FencedDisk()):
                    logger.warning("%s", leftover.message)
            return ArchiveWriter(
                folder,
                prefix=settings.get("WARC_PREFIX"),
                warcinfo=warcinfo(settings),
                rollover_bytes=settings.getint("WARC_ROLLOVER_BYTES"),
                secrets=tuple(secret.encode() for secret in settings.getlist("WARC_SECRETS")),
                clock=self.clock,
                signer=settings.get("WARC_SIGNER"),
                disk=FencedDisk(),
            )
        except (StorageError, OSError) as error:
            raise StorageFailed(f"{folder}: the archive can't be opened: {error}") from error

    @property
    def failure(self) -> StorageFailed | None:
        """The failure that stopped the run, if storage failed."""
        return self._failure

    def check(self) -> None:
        """Raise StorageFailed once storage has failed, so that nothing more is fetched."""
        if self._failure is not None:
            raise self._failure

    def writing(self, step: Callable[[ArchiveWriter], T]) -> T:
        """Do one step with the writer; a failure stops the run and raises StorageFailed."""
        try:
            with self._guard:
                self.check()
                return step(self.writer)
        except (StorageError, OSError) as error:
            raise self.fail(error) from error

    def record(self, request: Request, recording: Recording) -> None:
        """Write one exchange and set `request.meta["capture"]`; StorageFailed when it cannot be written."""
        if not recording.received:
            self._crawler.stats.inc_value("capture/unanswered")
            recording.response.close()
            return
        try:
            exchange = exchange_of(request, recording)
            capture = self.writing(lambda writer: writer.write(exchange))
        finally:
            recording.response.close()
        request.meta["capture"] = capture
        stats = self._crawler.stats
        stats.inc_value("capture/exchanges")
        stats.inc_value("capture/bytes", recording.received + len(recording.request))
        self._send(captured, request=request, capture=capture, received=recording.received)
        if self._commit_by_itself:
            self.commit_soon()

    def commit_soon(self) -> None:
        """Commit what is written so far: at once when the group is full, else within GROUP_SECONDS."""
        if self.writer.pending >= GROUP:
            self.commit()
        elif self._timer is None:
            self._timer = call_later(GROUP_SECONDS, self._commit_late)

    def _commit_late(self) -> None:
        self._timer = None
        if self._failure is None and not self._closed:
            try:
                self.commit()
            except StorageFailed:
                logger.debug("the run is being stopped")

    def commit(self) -> list[StoredCapture]:
        """Make everything written so far durable and send `captures_stored`; StorageFailed when that fails."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        captures = self.writing(lambda writer: writer.commit())
        self._send(captures_stored, captures=captures)
        return captures

    def close(self) -> None:
        """Commit and seal, when the engine has stopped or the process ends."""
        if self._closed:
            return
        try:
            if self._failure is None:
                self.commit()
            with self._guard:
                self.writer.close()
        except StorageFailed:
            logger.debug("already reported")
        except (StorageError, OSError) as error:
            self.fail(error)
        finally:
            self._closed = True
            atexit.unregister(self.close)
            if self._lock is not None:
                self._lock.__exit__(None, None, None)

    def _send(self, signal: object, **arguments: Any) -> None:
        for _, result in self._crawler.signals.send_catch_log(signal, dont_log=StorageFailed, **arguments):
            if isinstance(result, Failure) and result.value is not None:
                raise self.fail(result.value) from result.value

    def fail(self, error: BaseException) -> StorageFailed:
        """Remember the first failure to store, and close the spider with the reason `storage`."""
        if self._failure is None:
            self._failure = error if isinstance(error, StorageFailed) else _failed(error)
            logger.error("storage failed, the run stops: %s", error)
            self._crawler.stats.set_value("capture/failure", str(error))
            engine = self._crawler._engine
            if engine is not None and engine.spider is not None:
                deferred_from_coro(engine.close_spider_async(reason="storage"))
        return self._failure


def _failed(error: BaseException) -> StorageFailed:
    failed = StorageFailed(str(error))
    if isinstance(error, StorageError):
        failed.exit_code = error.exit_code  # a signal that ended a call to the time-stamping authority has its own
    return failed


_RECORDER = "warcpress_recorder"
"""Attribute of a crawler with its Recorder. In a table of ours each would keep the other in memory: 0.7 MB a run."""


def recorder_of(crawler: Crawler) -> Recorder:
    """Return the run's recorder; CaptureRefused when the add-on is off."""
    found: Recorder | None = getattr(crawler, _RECORDER, None)
    if found is None:
        raise CaptureRefused('capture is off; put {"crawler.capture.Capture": 100} into ADDONS')
    return found


@contextmanager
def storing(crawler: Crawler) -> Iterator[None]:
    """Let a StorageFailed raised inside stop the run; Scrapy alone would only log it."""
    try:
        yield
    except StorageFailed as error:
        raise recorder_of(crawler).fail(error) from error


class RunWriter:
    """The run's writer for the project's own records: a commit sends the signal, a failure stops the run."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def write_conversion(
        self, of: StoredCapture, body: bytes, content_type: str, metadata: Sequence[tuple[str, str]] = ()
    ) -> StoredRecord:
        """Write a conversion as `ArchiveWriter.write_conversion` does; StorageFailed when that fails."""
        return self._recorder.writing(
            lambda writer: writer.write_conversion(of, body=body, content_type=content_type, metadata=metadata)
        )

    def write_metadata(self, of: StoredCapture, fields: Sequence[tuple[str, str]]) -> StoredRecord:
        """Write a metadata record as `ArchiveWriter.write_metadata` does; StorageFailed when that fails."""
        return self._recorder.writing(lambda writer: writer.write_metadata(of, fields))

    def commit(self) -> list[StoredCapture]:
        """Make every capture written so far durable, send `captures_stored` and return them."""
        return self._recorder.commit()


def writer_of(crawler: Crawler) -> RunWriter:
    """Return the run's writer, for conversion and metadata records."""
    return RunWriter(recorder_of(crawler))


def commit(crawler: Crawler) -> list[StoredCapture]:
    """Make every capture written so far durable, send `captures_stored` and return them."""
    return recorder_of(crawler).commit()


def exchange_of(request: Request, recording: Recording) -> Exchange:
    """Make the archive's Exchange from a Scrapy request and its recording, whose file is left at its start."""
    connection = recording.connection
    recording.response.seek(0)
    http = "http/1.0" if recording.response.read(8) == b"HTTP/1.0" else "http/1.1"
    recording.response.seek(0)
    return Exchange(
        url=urldefrag(request.url)[0],
        method=request.method,
        started_at=recording.started_at,
        request=recording.request,
        response=recording.response,
        ip=connection.ip,
        protocols=(http, *connection.protocols),
        cipher_suite=connection.cipher_suite,
        certificates=connection.certificates,
        truncated=recording.truncated,
        duration_ms=recording.duration_ms,
        metadata=tuple((str(name), str(value)) for name, value in request.meta.get("warc_metadata", ())),
    )


def warcinfo(settings: BaseSettings) -> list[tuple[str, str]]:
    """Return the fields of the warcinfo record (WARC 1.1, 6.2) in order, without empty ones."""
    software = " ".join(f"{name}/{version(name)}" for name in ("warcpress", "Scrapy"))
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
