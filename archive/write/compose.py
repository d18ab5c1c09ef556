"""The records of an exchange or of a post: values go in, drafts of records come out, in the order of the file.

Which field a record has, and in which order, follows WARC 1.1, clauses 5 and 6 (numbers in brackets); WARC-Protocol and
WARC-Cipher-Suite are registered extensions of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.warc.dates import warc_date
from archive.warc.exchange import Capture, Exchange
from archive.warc.records import (
    FIELDS_TYPE,
    REQUEST_TYPE,
    RESPONSE_TYPE,
    REVISIT_IDENTICAL,
    Draft,
    digest_of,
    draft,
    field_lines,
    field_value,
    target_uri,
)
from archive.warc.redaction import Redactor
from archive.warc.request_query import request_query
from archive.write.dedupe import Original
from archive.write.examine import Examined

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Composer:
    """Composes the records of one file."""

    info_id: str
    """WARC-Record-ID of the file's warcinfo."""
    new_id: Callable[[], str]
    """Gives a new WARC-Record-ID."""
    redactor: Redactor
    """Cuts secrets out of requests and URLs."""

    def exchange(self, exchange: Exchange, facts: Examined, original: Original | None) -> tuple[list[Draft], Capture]:
        """Response or revisit, request, and metadata if there is any; and the capture, its location not yet set.

        The response comes first: if the file is cut behind it, only the request is lost.
        """
        record_id, request_id = self.new_id(), self.new_id()
        url = target_uri(self.redactor.text(exchange.url))
        request, redacted = self.redactor.request(exchange.request)
        if self.redactor.found_in(exchange.url.encode("utf-8", "surrogatepass")):
            redacted = ["WARC-Target-URI", *redacted]
        common = [*self._identity(exchange.started_at, url), *_connection(exchange)]
        digest = _payload_digest(facts, original)
        response = _response(
            record_id, [*common, ("WARC-Concurrent-To", request_id)], exchange, facts, original, digest
        )
        fields = [("WARC-Type", "request"), ("WARC-Record-ID", request_id), *common, ("WARC-Concurrent-To", record_id)]
        drafts = [response, draft(fields, REQUEST_TYPE, request)]
        extra = self._metadata_of(exchange, redacted, facts.echoed)
        method, query = request_query(request)
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
            method=method,
            query=query,
        )
        return drafts, capture

    def conversion(
        self, of: Capture, body: bytes, content_type: str, pairs: Sequence[tuple[str, str]], now: datetime
    ) -> tuple[list[Draft], str]:
        """The conversion that was made from a capture (6.7), and its metadata record if there are pairs for it.

        The second value is the WARC-Record-ID of the conversion.
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

    def metadata(self, of: Capture, pairs: Sequence[tuple[str, str]]) -> tuple[Draft, str]:
        """The metadata record that describes a capture (6.6), with its date; and its WARC-Record-ID."""
        record_id = self.new_id()
        clean = [(name, self.redactor.text(value)) for name, value in pairs]
        link = ("WARC-Refers-To", of.record_id)
        return self._metadata(of.date, of.url, link, clean, record_id), record_id

    def _identity(self, date: datetime, url: str) -> Pairs:
        return [("WARC-Date", warc_date(date)), ("WARC-Target-URI", url), ("WARC-Warcinfo-ID", self.info_id)]

    def _metadata(
        self, date: datetime, url: str, link: tuple[str, str], pairs: Pairs, record_id: str | None = None
    ) -> Draft:
        record_id = record_id or self.new_id()
        fields = [("WARC-Type", "metadata"), ("WARC-Record-ID", record_id), *self._identity(date, url), link]
        return draft(fields, FIELDS_TYPE, field_lines(pairs))

    def _metadata_of(self, exchange: Exchange, redacted: list[str], echoed: bool) -> Pairs:
        """The fields of an exchange's metadata record; empty when there would be only its duration."""
        pairs = [(name, field_value(self.redactor.text(value))) for name, value in exchange.metadata]
        tls = [("tlsCipherSuite", exchange.cipher_suite)] if exchange.cipher_suite else []
        tls += [("tlsCertificate", fingerprint) for fingerprint in exchange.certificates]
        cut = [("redacted", ", ".join(redacted))] if redacted else []
        echo = [("secretEchoed", "response")] if echoed else []
        if not (pairs or tls or cut or echo):
            return []
        return [*pairs, ("fetchTimeMs", str(exchange.duration_ms)), *tls, *cut, *echo]


def _connection(exchange: Exchange) -> Pairs:
    fields = [("WARC-IP-Address", exchange.ip)] if exchange.ip else []
    fields += [("WARC-Protocol", protocol) for protocol in exchange.protocols]
    return [*fields, ("WARC-Cipher-Suite", exchange.cipher_suite)] if exchange.cipher_suite else fields


def _payload_digest(facts: Examined, original: Original | None) -> str:
    if original is not None:
        return original.payload_digest
    return "" if facts.not_modified else facts.payload_digest


def _response(
    record_id: str, common: Pairs, exchange: Exchange, facts: Examined, original: Original | None, digest: str
) -> Draft:
    """The response (6.3), or the revisit in its place (6.7): only the heads, and a reference to the original."""
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
