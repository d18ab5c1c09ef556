"""The archive's writer: exchanges and conversions go in, durable captures come out (WARC.md, "What we write").

Order, so that nothing refers to what may not be there: records → fsync → digests (and the caller's catalogue) → … →
manifest → final name → CDXJ index. One writer per data folder, under the caller's lock, used from one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.disk import Disk
from archive.errors import StorageError
from archive.exchange import Capture, Exchange
from archive.filenames import WarcName, check_parts
from archive.index import Index
from archive.manifest import Manifest, Signer
from archive.originals import Original, Originals, open_digests
from archive.records import (
    CONFORMS_TO,
    FIELDS_TYPE,
    FORMAT,
    REQUEST_TYPE,
    RESPONSE_TYPE,
    REVISIT_IDENTICAL,
    REVISIT_NOT_MODIFIED,
    digest_of,
    field_lines,
    field_value,
    member,
    new_record_id,
    record_head,
    target_uri,
    utc_now,
    warc_date,
)
from archive.redaction import Redactor
from archive.survey import Survey, survey
from archive.warcfile import WarcFile


@dataclass(frozen=True)
class StoredRecord:
    """Where a record other than a capture was written; durable with the next commit."""

    record_id: str
    file: str
    offset: int
    length: int
    date: datetime


class ArchiveWriter:
    """Writes one run into the archive at `folder` (warc/, index/ and manifest.jsonl below it)."""

    def __init__(
        self,
        folder: Path,
        *,
        prefix: str = "warcpress",
        host: str = "archive",
        warcinfo: Sequence[tuple[str, str]] = (),
        rollover_bytes: int = 1_000_000_000,
        secrets: Sequence[bytes] = (),
        clock: Callable[[], datetime] = utc_now,
        new_id: Callable[[], str] = new_record_id,
        signer: Signer | None = None,
        disk: Disk | None = None,
    ) -> None:
        """`host` stands last in the files' names: the public name of whoever archives, never asked from the machine.

        `warcinfo` are the fields of each file's warcinfo record; `format` and `conformsTo` are added.
        `rollover_bytes`: a file that has grown to this size is sealed before the next exchange. `secrets` are cut
        from requests and URLs. Nothing is created on disk but folders until the first exchange. Raises UsageError,
        StorageError.
        """
        check_parts(prefix, host)
        self.folder = folder
        self._prefix, self._host = prefix, host
        self._warcinfo = [*warcinfo, *(pair for pair in (FORMAT, CONFORMS_TO) if pair[0] not in dict(warcinfo))]
        self._rollover = rollover_bytes
        self._redactor = Redactor(secrets)
        self._clock, self._new_id = clock, new_id
        self._disk = disk or Disk()
        self._manifest = Manifest(folder, self._disk, signer)
        self._warc = folder / "warc"
        self._file: WarcFile | None = None
        self._info_id = ""
        self._captures: list[Capture] = []
        self._unsynced: list[Capture] = []
        self._synced: list[Capture] = []
        self._stored = 0
        self._stopped: StorageError | None = None
        try:
            self._warc.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{self._warc}: {error.strerror}") from error
        self._digests = open_digests(folder)
        self._originals = Originals(folder, self._digests, self._sync)

    @property
    def pending(self) -> int:
        """Captures written since the last commit."""
        return len(self._unsynced)

    def write(self, exchange: Exchange) -> Capture:
        """Writes an exchange: response or revisit, request, and metadata record when there is something to say.

        The capture counts as stored once `commit` has returned it. A failed write raises StorageError, and the writer
        takes nothing more.
        """
        with self._storing():
            facts = survey(exchange.response, exchange.truncated is not None, self._redactor)
            url = target_uri(self._redactor.text(exchange.url))
            profile, original = self._original(exchange, facts, url)
            file = self._ready()
            record_id, request_id = self._new_id(), self._new_id()
            request, places = self._redactor.request(exchange.request)
            if self._redactor.found_in(exchange.url.encode("utf-8", "surrogatepass")):
                places = ["WARC-Target-URI", *places]
            common = self._common(exchange, url)
            fields = [
                ("WARC-Type", "revisit" if original else "response"),
                ("WARC-Record-ID", record_id),
                *common,
                ("WARC-Concurrent-To", request_id),
            ]
            digest = facts.payload_digest
            truncated = exchange.truncated
            if original:
                digest = original.payload_digest
                fields += [
                    ("WARC-Profile", profile),
                    ("WARC-Refers-To", original.record_id),
                    ("WARC-Refers-To-Target-URI", original.url),
                    ("WARC-Refers-To-Date", warc_date(original.date)),
                ]
                if profile == REVISIT_IDENTICAL:
                    fields.append(("WARC-Truncated", "length"))
                block: Iterable[bytes] = [facts.before]
                length, block_digest = len(facts.before), digest_of(facts.before)
            else:
                if truncated:
                    fields.append(("WARC-Truncated", truncated))
                block, length, block_digest = facts.block(), facts.length, facts.block_digest
                if facts.parsed.status == 304 and not facts.payload_length:
                    digest = ""
            if digest:
                fields.append(("WARC-Payload-Digest", digest))
            fields += [("WARC-Block-Digest", block_digest), ("Content-Type", RESPONSE_TYPE)]
            offset, size = file.append(member(record_head(fields, length), block))
            self._append(
                [
                    ("WARC-Type", "request"),
                    ("WARC-Record-ID", request_id),
                    *common,
                    ("WARC-Concurrent-To", record_id),
                ],
                REQUEST_TYPE,
                request,
            )
            extra = self._exchange_metadata(exchange, places, facts.echoed)
            if extra:
                self._append(
                    [
                        ("WARC-Type", "metadata"),
                        ("WARC-Record-ID", self._new_id()),
                        *self._identity(exchange.started_at, url),
                        ("WARC-Concurrent-To", record_id),
                    ],
                    FIELDS_TYPE,
                    field_lines(extra),
                )
            capture = Capture(
                record_id,
                "revisit" if original else "response",
                url,
                exchange.started_at.astimezone(UTC),
                file.name,
                offset,
                size,
                facts.parsed.status,
                facts.parsed.media_type,
                digest,
                original.record_id if original else None,
                truncated,
                facts.head,
                dict(extra),
            )
            self._captures.append(capture)
            self._unsynced.append(capture)
            self._originals.wrote(capture)
            return capture

    def write_conversion(
        self, of: Capture, body: bytes, content_type: str, metadata: Sequence[tuple[str, str]] = ()
    ) -> StoredRecord:
        """Writes what was made from a capture (a post), with its own metadata record if there are fields for it (6.8,
        6.6).

        `of` is the capture of this fetch, response or revisit, of any file of the archive.
        """
        with self._storing():
            file = self._ready()
            now = self._clock()
            record_id = self._new_id()
            url = of.url
            offset, size = self._append(
                [
                    ("WARC-Type", "conversion"),
                    ("WARC-Record-ID", record_id),
                    *self._identity(now, url),
                    ("WARC-Refers-To", of.record_id),
                ],
                content_type,
                body,
            )
            if metadata:
                self._append(
                    [
                        ("WARC-Type", "metadata"),
                        ("WARC-Record-ID", self._new_id()),
                        *self._identity(now, url),
                        ("WARC-Refers-To", record_id),
                    ],
                    FIELDS_TYPE,
                    field_lines((name, self._redactor.text(value)) for name, value in metadata),
                )
            return StoredRecord(record_id, file.name, offset, size, now.astimezone(UTC))

    def commit(self) -> list[Capture]:
        """Makes everything written so far durable; returns the captures that became so since the last call, oldest
        first.
        """
        with self._storing():
            self._sync()
            stored, self._synced = self._synced, []
            return stored

    def close(self) -> list[Capture]:
        """Commits and seals; returns what `commit` would. After a StorageError it only lets go: the next run seals
        what is whole.
        """
        if self._stopped is not None:
            return []
        with self._storing():
            self._seal()
            stored, self._synced = self._synced, []
        self._digests.close()
        self._stopped = StorageError("the archive's writer is closed")
        return stored

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _storing(self) -> Iterator[None]:
        """Whatever goes wrong between the first and the last byte of a step leaves a torn tail: nothing may follow
        it.
        """
        if self._stopped is not None:
            raise self._stopped
        try:
            yield
        except BaseException as error:
            lost = len(self._unsynced)
            safe = f"{self._stored} captures of this run are stored, {lost} written since the last commit are not"
            where = f"{self._file.path}: " if self._file is not None else f"{self._warc}: "
            if isinstance(error, StorageError):
                self._stopped = error
            elif isinstance(error, OSError):
                self._stopped = StorageError(f"{where}{error.strerror or error}", safe)
            else:
                self._stopped = StorageError(f"{where}writing was interrupted: {error!r}", safe)
            self._let_go()
            if isinstance(error, OSError):
                raise self._stopped from error
            raise

    def _let_go(self) -> None:
        if self._file is not None:
            try:
                self._file.close()
            except OSError:  # the write that failed before is the one to report
                self._file = None
        self._digests.close()

    def _ready(self) -> WarcFile:
        """The file to write to: sealed and opened anew when it is full, begun with its warcinfo."""
        if self._file is not None and self._file.size >= self._rollover:
            self._seal()
        if self._file is None:
            now = self._clock()
            taken = [path.name.removesuffix(".open") for path in self._warc.iterdir()]
            taken += self._manifest.names()
            name = str(WarcName.next(self._prefix, self._host, taken, now))
            self._file = WarcFile(self._warc, name, self._disk)
            self._info_id = self._new_id()
            fields = [
                ("WARC-Type", "warcinfo"),
                ("WARC-Record-ID", self._info_id),
                ("WARC-Date", warc_date(now)),
                ("WARC-Filename", name),
            ]
            self._append(
                fields, FIELDS_TYPE, field_lines((key, self._redactor.text(value)) for key, value in self._warcinfo)
            )
        return self._file

    def _append(self, fields: list[tuple[str, str]], content_type: str, block: bytes) -> tuple[int, int]:
        assert self._file is not None
        fields = [*fields, ("WARC-Block-Digest", digest_of(block)), ("Content-Type", content_type)]
        return self._file.append(member(record_head(fields, len(block)), [block]))

    def _identity(self, date: datetime, url: str) -> list[tuple[str, str]]:
        return [("WARC-Date", warc_date(date)), ("WARC-Target-URI", url), ("WARC-Warcinfo-ID", self._info_id)]

    def _common(self, exchange: Exchange, url: str) -> list[tuple[str, str]]:
        fields = self._identity(exchange.started_at, url)
        if exchange.ip:
            fields.append(("WARC-IP-Address", exchange.ip))
        fields += [("WARC-Protocol", protocol) for protocol in exchange.protocols]
        if exchange.cipher_suite:
            fields.append(("WARC-Cipher-Suite", exchange.cipher_suite))
        return fields

    def _exchange_metadata(self, exchange: Exchange, redacted: list[str], echoed: bool) -> list[tuple[str, str]]:
        tls = [("tlsCertificate", fingerprint) for fingerprint in exchange.certificates]
        if exchange.cipher_suite:
            tls.insert(0, ("tlsCipherSuite", exchange.cipher_suite))
        cut = [("redacted", ", ".join(redacted))] if redacted else []
        echo = [("secretEchoed", "response")] if echoed else []
        fields = [(name, field_value(self._redactor.text(value))) for name, value in exchange.metadata]
        if not (fields or tls or cut or echo):
            return []
        return [*fields, ("fetchTimeMs", str(exchange.duration_ms)), *tls, *cut, *echo]

    def _original(self, exchange: Exchange, facts: Survey, url: str) -> tuple[str, Original | None]:
        if exchange.truncated is not None:
            return "", None
        if facts.parsed.status == 304 and not facts.payload_length:
            return REVISIT_NOT_MODIFIED, self._originals.not_modified(exchange.request, url)
        return REVISIT_IDENTICAL, self._originals.identical(facts.payload_digest, facts.payload_length)

    def _sync(self) -> None:
        """fsync, then the digests: only what is on disk may be pointed at."""
        if not self._unsynced and (self._file is None):
            return
        if self._file is not None:
            self._file.sync()
        stored, self._unsynced = self._unsynced, []
        self._synced += stored
        self._stored += len(stored)
        self._digests.add(stored)
        self._originals.synced()

    def _seal(self) -> None:
        file = self._file
        if file is None:
            return
        self._sync()
        self._manifest.append(
            "sealed", file.name, self._clock(), size=file.size, sha256=file.sha256, records=file.records
        )
        file.publish()
        self._file = None
        captures, self._captures = self._captures, []
        Index(self.folder, self._disk).add_file(captures, file.name)
