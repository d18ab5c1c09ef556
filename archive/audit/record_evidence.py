"""What the records of an archive say and prove: a reader and what is known of its files go in, statements come out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from archive.audit.package_evidence import FAULTS, Chain, Result, Statement
from archive.errors import ArchiveError, BadRecord
from archive.index.cdxj import Line
from archive.plurals import many
from archive.read.captures import parse_fields
from archive.read.originals import is_empty, original_of
from archive.read.reader import Reader
from archive.read.response import Response
from archive.read.stored_record import Record
from archive.warc.dates import warc_date
from archive.warc.exchange import Capture

_FROM_THE_WORST: tuple[Result, ...] = ("wrong", "not proved", "stated", "proved")
_MOST_FIELDS = 1 << 20
"""Bytes of a metadata record that are read."""


class Picture(NamedTuple):
    """A picture of a post."""

    url: str
    capture: str | None
    """Record id of its capture; None = it could not be fetched when the post was made."""
    digest: str | None
    """Payload digest of the capture, as the post's record has it."""


class Judged(NamedTuple):
    """What is said of one post, or of one version of it."""

    name: str
    statement: Statement
    sha256: str
    """Digest of the post's text, hex."""
    pictures: tuple[Picture, ...] = ()


class Records:
    """The records of one archive."""

    def __init__(self, reader: Reader, chain: Chain, whole: str) -> None:
        """`whole`: what the archive is called, `package` or `archive`."""
        self._reader, self._chain, self._whole = reader, chain, whole
        self._picture = lru_cache(maxsize=None)(self._judge_picture)

    def pictures(self, post: Judged) -> Statement:
        """What is said of the pictures of a post."""
        found = [(self._picture(picture), picture) for picture in post.pictures]
        whole = sum(result in ("proved", "stated") for (result, _), _ in found)
        named, verb = many(len(found), "picture"), "is" if whole == 1 else "are"
        text = f"{whole} of {named} of {post.name} {verb} in the {self._whole}, with the bytes"
        text += " that its record names, in WARC files that are as they were sealed"
        others = [f"{picture.url} ({why})" for (_, why), picture in found if why]
        if others:
            text += f". Not so: {'; '.join(others[:FAULTS])}" + (" …" if len(others) > FAULTS else "")
        results = {result for (result, _), _ in found}
        worst: Result = next(one for one in _FROM_THE_WORST if one in results)
        return Statement(worst, "pictures", text)

    def _judge_picture(self, picture: Picture) -> tuple[Result, str]:
        """How far a picture is the one that the post has, and why not."""
        if picture.capture is None:
            return "not proved", "it could not be fetched when the post was made"
        try:
            with self._reader.response(picture.capture) as response:
                if picture.digest not in (None, response.record.get("WARC-Payload-Digest")):
                    return "wrong", "its record has another digest than the post names"
                if response.record.type != "revisit":
                    return self._is_kept(response.record)
                with original_of(self._reader, response) as original:
                    kept = self._is_kept(response.record), self._is_kept(original.record)
                return min(kept, key=lambda one: _FROM_THE_WORST.index(one[0]))
        except ArchiveError as error:
            return "wrong", str(error)

    def _is_kept(self, record: Record) -> tuple[Result, str]:
        """Whether a record has the digests that it names, in a file that is as it was sealed."""
        if not (holds := record.digests_hold(both=True)):
            return ("wrong", "its bytes were altered") if holds is False else ("not proved", "no digest of its bytes")
        unchanged = self._chain.file(record.file)[0]
        return unchanged.result, "" if unchanged.result in ("proved", "stated") else unchanged.text

    def statements(self, line: Capture | Line) -> Iterator[Statement]:
        """What the records of a capture say and prove."""
        try:
            with self._reader.response(line) as response:
                yield self._origin(response.record)
                original = None
                if response.record.type == "revisit" and not is_empty(response):
                    original = original_of(self._reader, response)
                yield from self._bytes(response, original)
        except ArchiveError as error:
            yield Statement("wrong", "bytes", str(error))

    def _bytes(self, response: Response, original: Response | None) -> Iterator[Statement]:
        record = response.record
        if original is None:
            yield digests(record, "what the server sent is")
            yield from self._chain.file(record.file)
            return
        with original:
            yield digests(record, "the server's answer, by which it sent the same again, is")
            yield digests(original.record, f"what it sent was recorded {warc_date(original.record.date)}; it is")
            for file in dict.fromkeys((record.file, original.record.file)):
                yield from self._chain.file(file)

    def _origin(self, record: Record) -> Statement:
        text = f"at {warc_date(record.date)}, by the recorder's clock, {record.target_uri} was asked for"
        if ip := record.get("WARC-IP-Address"):
            text += f", at the address {ip}"
        if certificates := self._certificates(record):
            text += f", over TLS; the server had the certificate {certificates[0]}"
        elif record.target_uri.startswith("https:"):
            text += "; the server's certificate was not recorded"
        else:
            text += "; without TLS, so no certificate shows which server answered"
        return Statement("stated", "origin", f"{text}. A server signs nothing that others could check later")

    def _certificates(self, of: Record) -> list[str]:
        """The server's certificates, leaf first, from the metadata record of the exchange."""
        with suppress(BadRecord):  # that the file is damaged is said by the statement `unchanged`
            for record in self._reader.records(of.file, of.offset):
                if record.type in ("response", "revisit") and record.record_id != of.record_id:
                    break
                if record.type == "metadata" and of.record_id in record.all("WARC-Concurrent-To"):
                    fields = parse_fields(record.block.read(_MOST_FIELDS))
                    return [value for name, value in fields if name == "tlsCertificate"]
        return []


def digests(record: Record, what: str) -> Statement:
    """Whether the bytes of a record have the digests that it names."""
    place = f"{record.record_id or 'the record'} at byte {record.offset} of {record.file}"
    holds = record.digests_hold(both=True)
    if holds is None:
        return Statement("not proved", "bytes", f"{what} {place}, which names no digest of its bytes")
    if not holds:
        return Statement("wrong", "bytes", f"{what} {place}, whose bytes do not have the digest that it names")
    return Statement("proved", "bytes", f"{what} {place}, whose bytes have the digest that it names")
