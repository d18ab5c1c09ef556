"""Records ready to be written: an exchange, a post or a run's facts go in, fields and blocks in their order come out.
Pure.

Which field stands where, and why, follows WARC 1.1, clauses 5 and 6; WARC-Protocol and WARC-Cipher-Suite are its
registered extensions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.warc.dates import warc_date
from archive.warc.exchange import Capture, Exchange
from archive.warc.records import (
    CONFORMS_TO,
    FIELDS_TYPE,
    FORMAT,
    REQUEST_TYPE,
    RESPONSE_TYPE,
    REVISIT_IDENTICAL,
    digest_of,
    field_lines,
    field_value,
    member,
    record_head,
    target_uri,
)
from archive.warc.redaction import Redactor
from archive.write.dedupe import Original
from archive.write.payload import Survey

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Draft:
    """One record."""

    fields: Pairs
    """All but Content-Length."""
    block: Iterable[bytes]
    length: int

    def member(self) -> Iterator[bytes]:
        """The record as a gzip member, piece by piece; once."""
        return member(record_head(self.fields, self.length), self.block)


def draft(fields: Pairs, content_type: str, block: bytes) -> Draft:
    """A record whose block is in memory; its digest and type are added."""
    return Draft(
        [*fields, ("WARC-Block-Digest", digest_of(block)), ("Content-Type", content_type)], [block], len(block)
    )


def warcinfo_draft(name: str, pairs: Sequence[tuple[str, str]], now: datetime, record_id: str) -> Draft:
    """The first record of the file `name` (6.2)."""
    fields = [
        ("WARC-Type", "warcinfo"),
        ("WARC-Record-ID", record_id),
        ("WARC-Date", warc_date(now)),
        ("WARC-Filename", name),
    ]
    standard = [pair for pair in (FORMAT, CONFORMS_TO) if pair[0] not in dict(pairs)]
    return draft(fields, FIELDS_TYPE, field_lines([*pairs, *standard]))


@dataclass(frozen=True)
class Composer:
    """What the records of one file have in common."""

    info_id: str
    """WARC-Record-ID of the file's warcinfo."""
    new_id: Callable[[], str]
    redactor: Redactor

    def exchange(self, exchange: Exchange, facts: Survey, original: Original | None) -> tuple[list[Draft], Capture]:
        """Response or revisit, request, and metadata when there is something to say; and the capture, its place left
        open.

        The response stands first: a file cut behind it has lost no more than the request.
        """
        record_id, request_id = self.new_id(), self.new_id()
        url = target_uri(self.redactor.text(exchange.url))
        request, redacted = self.redactor.request(exchange.request)
        if self.redactor.found_in(exchange.url.encode("utf-8", "surrogatepass")):
            redacted = ["WARC-Target-URI", *redacted]
        common = self._identity(exchange.started_at, url)
        if exchange.ip:
            common.append(("WARC-IP-Address", exchange.ip))
        common += [("WARC-Protocol", protocol) for protocol in exchange.protocols]
        if exchange.cipher_suite:
            common.append(("WARC-Cipher-Suite", exchange.cipher_suite))
        digest = facts.payload_digest
        if original is not None:
            digest = original.payload_digest
        elif facts.not_modified:
            digest = ""
        response = _response(
            record_id, [*common, ("WARC-Concurrent-To", request_id)], exchange, facts, original, digest
        )
        fields = [("WARC-Type", "request"), ("WARC-Record-ID", request_id), *common, ("WARC-Concurrent-To", record_id)]
        drafts = [response, draft(fields, REQUEST_TYPE, request)]
        extra = self._facts(exchange, redacted, facts.echoed)
        if extra:
            drafts.append(self._metadata(exchange.started_at, url, ("WARC-Concurrent-To", record_id), extra))
        capture = Capture(
            record_id=record_id,
            kind="response" if original is None else "revisit",
            url=url,
            date=exchange.started_at.astimezone(UTC),
            file="",
            offset=0,
            length=0,
            status=facts.parsed.status,
            mime=facts.parsed.media_type,
            payload_digest=digest,
            refers_to=None if original is None else original.record_id,
            truncated=exchange.truncated,
            head=facts.head,
            extra=dict(extra),
        )
        return drafts, capture

    def conversion(
        self, of: Capture, body: bytes, content_type: str, pairs: Sequence[tuple[str, str]], now: datetime
    ) -> tuple[list[Draft], str]:
        """What was made from a capture (6.7), and the metadata record that refers to it; and the conversion's record
        id.
        """
        record_id = self.new_id()
        fields = [
            ("WARC-Type", "conversion"),
            ("WARC-Record-ID", record_id),
            *self._identity(now, of.url),
            ("WARC-Refers-To", of.record_id),
        ]
        drafts = [draft(fields, content_type, body)]
        if pairs:
            clean = [(name, self.redactor.text(value)) for name, value in pairs]
            drafts.append(self._metadata(now, of.url, ("WARC-Refers-To", record_id), clean))
        return drafts, record_id

    def _identity(self, date: datetime, url: str) -> Pairs:
        return [("WARC-Date", warc_date(date)), ("WARC-Target-URI", url), ("WARC-Warcinfo-ID", self.info_id)]

    def _metadata(self, date: datetime, url: str, link: tuple[str, str], pairs: Pairs) -> Draft:
        fields = [("WARC-Type", "metadata"), ("WARC-Record-ID", self.new_id()), *self._identity(date, url), link]
        return draft(fields, FIELDS_TYPE, field_lines(pairs))

    def _facts(self, exchange: Exchange, redacted: list[str], echoed: bool) -> Pairs:
        """The fields of an exchange's metadata record; none when there is nothing but the time it took."""
        pairs = [(name, field_value(self.redactor.text(value))) for name, value in exchange.metadata]
        tls = [("tlsCipherSuite", exchange.cipher_suite)] if exchange.cipher_suite else []
        tls += [("tlsCertificate", fingerprint) for fingerprint in exchange.certificates]
        cut = [("redacted", ", ".join(redacted))] if redacted else []
        echo = [("secretEchoed", "response")] if echoed else []
        if not (pairs or tls or cut or echo):
            return []
        return [*pairs, ("fetchTimeMs", str(exchange.duration_ms)), *tls, *cut, *echo]


def _response(
    record_id: str, common: Pairs, exchange: Exchange, facts: Survey, original: Original | None, digest: str
) -> Draft:
    """The response (6.3), or the revisit (6.7) that stands for it: its heads as received, and whose payload it
    repeats.
    """
    fields = [("WARC-Type", "response" if original is None else "revisit"), ("WARC-Record-ID", record_id), *common]
    block, length, block_digest = facts.block, facts.length, facts.block_digest
    if original is not None:
        fields += [
            ("WARC-Profile", original.profile),
            ("WARC-Refers-To", original.record_id),
            ("WARC-Refers-To-Target-URI", original.url),
            ("WARC-Refers-To-Date", warc_date(original.date)),
        ]
        if original.profile == REVISIT_IDENTICAL:
            fields.append(("WARC-Truncated", "length"))
        block, length, block_digest = [facts.before], len(facts.before), digest_of(facts.before)
    elif exchange.truncated:
        fields.append(("WARC-Truncated", exchange.truncated))
    if digest:
        fields.append(("WARC-Payload-Digest", digest))
    return Draft([*fields, ("WARC-Block-Digest", block_digest), ("Content-Type", RESPONSE_TYPE)], block, length)
