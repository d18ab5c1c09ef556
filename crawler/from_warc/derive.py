"""Stored bytes → the Page that was extracted live, and the post's text again. Reads the archive alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from archive import ArchiveError, Reader, parse_fields, parse_head
from crawler.errors import ExtractionError, WarcpressError
from crawler.from_warc.ingest import Made
from crawler.from_warc.warcinfo import sources_of
from crawler.items import Page, Post, Source
from crawler.posts.conversion import Conversion, text_of
from crawler.sandbox.pool import Workers

LARGEST_PAGE = 64 * 2**20
"""Bytes of a decoded page; a run takes at most [limits] decoded_bytes."""


CHILDREN = 2
"""392 posts in 11.1 s instead of 17.5 on two cores (2026-11)."""
SECONDS, MEMORY_BYTES = 60.0, 2**30
"""Of one page. More than a run gives it: a busy machine is no reason to call a post false."""


class NoSource(WarcpressError):
    """The warcinfo of a conversion does not tell its source's configuration."""


class NoDate(ExtractionError):
    """The page names no date, and none was given to the post."""


@dataclass(frozen=True)
class Derived:
    """A post made again."""

    text: str
    """The post file."""
    post: Post


class Derivation:
    """Derives posts of one archive again."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._sources = lru_cache(maxsize=64)(self._read_sources)

    def derived(self, versions: Iterable[Made]) -> Iterator[tuple[Made, Derived | ArchiveError | WarcpressError]]:
        """Each version with what today's extractor makes of its pages, in order: an ArchiveError when a capture is
        missing or damaged, an ExtractionError when the page is no article any more, NoSource. ExtractionBroken is
        raised."""
        begun: deque[tuple[Made, str | ArchiveError | WarcpressError]] = deque()

        def jobs() -> Iterator[tuple[Page, Source]]:
            for made in versions:
                try:
                    page, digest, source = self._job(made)
                except (ArchiveError, WarcpressError) as error:
                    begun.append((made, error))
                else:
                    begun.append((made, digest))
                    yield page, source

        def failed() -> Iterator[tuple[Made, ArchiveError | WarcpressError]]:
            while begun and not isinstance(begun[0][1], str):
                made, error = begun.popleft()
                assert not isinstance(error, str)
                yield made, error

        with Workers(CHILDREN, SECONDS, MEMORY_BYTES) as workers:
            for answer in workers.extract_many(jobs()):
                yield from failed()
                made, digest = begun.popleft()
                assert isinstance(digest, str)
                yield made, _derived(made, answer, digest)
        yield from failed()

    def _job(self, made: Made) -> tuple[Page, str, Source]:
        """What extraction needs, and the payload digest of the article's first page."""
        conversion = made.conversion
        first, *parts = conversion.pages
        page, digest = self.page(first, conversion, tuple(self.page(part, None)[0] for part in parts))
        return page, digest, self._source(made)

    def page(self, record_id: str, conversion: Conversion | None, parts: tuple[Page, ...] = ()) -> tuple[Page, str]:
        """The page of a capture as extraction saw it, and its payload digest."""
        with self._reader.response(record_id) as response:
            record, head = response.record, parse_head(response.head)
            page = Page(
                url=record.target_uri,
                body=self._reader.entity(record_id, LARGEST_PAGE),
                headers=list(head.headers),
                fetched_at=record.date,
                status=head.status or 0,
                published_hint=conversion.hint if conversion else None,
                section=(conversion.section or None) if conversion else None,
                parts=parts,
            )
            return page, record.get("WARC-Payload-Digest") or ""

    def _source(self, made: Made) -> Source:
        sources = self._sources(made.version.file, made.warcinfo)
        if made.conversion.source not in sources:
            raise NoSource(f"{made.version.file}: its warcinfo does not describe source {made.conversion.source!r}")
        return sources[made.conversion.source]

    def _read_sources(self, file: str, warcinfo: str) -> Mapping[str, Source]:
        for record in self._reader.records(file):
            if record.type == "warcinfo" and record.record_id == warcinfo:
                return sources_of(parse_fields(record.block.read()))
            break
        return {}


def _derived(made: Made, answer: Post | ExtractionError, digest: str) -> Derived | ExtractionError:
    if isinstance(answer, ExtractionError):
        return answer
    if answer.published is None and made.conversion.dated is None:
        return NoDate("today's extractor finds no date in a page that had one")
    return Derived(text_of(answer, made.conversion, digest), answer)
