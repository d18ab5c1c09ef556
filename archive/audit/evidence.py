"""What a WACZ package proves: the package and the trusted keys go in; for each of its pages, statements come out.

They are for people who know neither WARC nor signatures. Each says one thing, and how far it holds: proved by the
package alone, stated by whoever recorded, not proved, or wrong. Nothing asks the network.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from archive.audit.across.package_members import PAGES
from archive.audit.across.proofs import Trust
from archive.audit.package_evidence import FAULTS, Chain, Statement, members, signature
from archive.errors import ArchiveError, BadRecord, UsageError
from archive.index.cdxj import Line
from archive.index.lookup import Lookup
from archive.read.captures import parse_fields
from archive.read.originals import is_empty, original_of
from archive.read.reader import Reader
from archive.read.response import Response
from archive.read.scanned_index import index_of
from archive.read.stored_record import Record
from archive.read.wacz_package import BROKEN, WaczReading
from archive.warc.dates import parse_date, warc_date


@dataclass(frozen=True)
class Account:
    """What is said of one page, or of the package as a whole (`url` is empty then)."""

    url: str
    date: str
    """WARC-Date of the capture, as the list of pages has it."""
    statements: list[Statement]

    @property
    def wrong(self) -> bool:
        """Whether something was altered or is missing."""
        return any(one.result == "wrong" for one in self.statements)

    def lines(self) -> Iterator[str]:
        """The account for a person."""
        yield f"{self.url}, recorded {self.date}" if self.url else "The package"
        for result, about, text in self.statements:
            yield f"  {result.upper() if result == 'wrong' else result}: {about}: {text}"

    def document(self) -> dict[str, object]:
        """The account as JSON."""
        return {"v": 1, **asdict(self), "statements": [one._asdict() for one in self.statements]}


class Judged(NamedTuple):
    """What is said of one post, or of one version of it."""

    statement: Statement
    sha256: str
    """Digest of the post's text, hex."""


Judge = Callable[[Reader, Path, Collection[str]], Mapping[str, list[Judged]]]
"""Judges the posts that were made of captures, by their record ids; gets the folder that holds the manifest."""

_NO_JUDGE = Statement("not proved", "post", "this command does not read posts; `warcpress verify` does")
_NO_POST = Statement("not proved", "post", "no post that was made of this page is in the package")


def account_of(path: Path, trust: Trust, judge: Judge | None = None) -> Iterator[Account]:
    """Give an account of the package at `path`, then one of each of its pages.

    UsageError for a file that is no package, or one without WARC files.
    """
    try:
        package = WaczReading(path)
    except BROKEN as error:
        raise UsageError(f"{path}: not a zip file that can be read: {error}") from error
    with closing(package), TemporaryDirectory(prefix="warcpress-") as scratch, index_of(path) as (index, damaged):
        files = list(members(package))
        as_listed = all(one.result != "wrong" for one in files)
        signed = list(signature(package, trust, as_listed=as_listed))
        chain = Chain(package, Path(scratch), trust, packed=signed[0].result)
        whole = [*files, *signed, *chain.statements]
        whole += [Statement("wrong", "records", str(error)) for error in damaged[:FAULTS]]
        pages = _Pages(package, Reader(path, index), index, chain)
        listed = list(pages.listed())
        posts: Mapping[str, list[Statement]] = {}
        if judge is not None:
            judged = judge(Reader(path, index), Path(scratch), {line.record_id for *_, line in listed if line})
            posts, strange = _posts(package, judged)
            whole += strange
        yield Account("", "", whole)
        for url, date, line in listed:
            if line is None:
                yield Account(url, date, [Statement("wrong", "page", "the package has no record of it at this time")])
                continue
            of_it = posts.get(line.record_id, [_NO_POST]) if judge else [_NO_JUDGE]
            yield Account(url, warc_date(line.date), [*pages.statements(line), *of_it])


def _posts(
    package: WaczReading, judged: Mapping[str, list[Judged]]
) -> tuple[dict[str, list[Statement]], list[Statement]]:
    """The statements on the posts of each page, with the names of their files; and one on each file of no post."""
    files: dict[str, str] = {}
    strange: list[Statement] = []
    for name in package.names("posts"):
        try:
            files.setdefault(package.digest(name, "sha256"), name)
        except BROKEN as error:
            strange.append(Statement("wrong", "post", f"{name} can't be read: {error}"))
    found: dict[str, list[Statement]] = {}
    for record_id, posts in judged.items():
        for (result, about, text), sha256 in posts:
            copy = f"; it is {files[sha256]} of the package" if sha256 in files else ""
            found.setdefault(record_id, []).append(Statement(result, about, text + copy))
    made = {post.sha256 for posts in judged.values() for post in posts}
    for sha256, name in files.items():
        if sha256 not in made:
            strange.append(Statement("wrong", "post", f"{name} is no version of a post of these pages: it was altered"))
    return found, strange[:FAULTS]


class _Pages:
    """The pages of a package."""

    def __init__(self, package: WaczReading, reader: Reader, index: Lookup, chain: Chain) -> None:
        self._package, self._reader, self._index, self._chain = package, reader, index, chain

    def listed(self) -> Iterator[tuple[str, str, Line | None]]:
        """URL and time of each page, and the line of its capture; None when there is none."""
        if PAGES not in self._package.members:
            return
        for raw in self._package.lines(PAGES):
            try:
                page = json.loads(raw)
                url, date = page.get("url"), str(page.get("ts", ""))
            except (ValueError, RecursionError, AttributeError):
                url, date = None, ""
            if isinstance(url, str):
                yield url, date, self._captured(url, date)

    def _captured(self, url: str, date: str) -> Line | None:
        try:
            moment = parse_date(date)
        except ValueError:
            return None
        second = moment.replace(microsecond=0)
        found = None
        for line in self._index.captures(url, moment.replace(microsecond=999_999), exact=True):
            if line.date < second:
                break
            if found is None or line.date == moment:
                found = line
        return found

    def statements(self, line: Line) -> Iterator[Statement]:
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
            yield _digests(record, "what the server sent is")
            yield from self._chain.file(record.file)
            return
        with original:
            yield _digests(record, "the server's answer, by which it sent the same again, is")
            yield _digests(original.record, f"what it sent was recorded {warc_date(original.record.date)}; it is")
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


_MOST_FIELDS = 1 << 20
"""Bytes of a metadata record that are read."""


def _digests(record: Record, what: str) -> Statement:
    place = f"{record.record_id or 'the record'} at byte {record.offset} of {record.file}"
    holds = record.digests_hold()
    if holds is None:
        return Statement("not proved", "bytes", f"{what} {place}, which names no digest of its bytes")
    if not holds:
        return Statement("wrong", "bytes", f"{what} {place}, whose bytes do not have the digest that it names")
    return Statement("proved", "bytes", f"{what} {place}, whose bytes have the digest that it names")
