"""Stored pages go in, the posts that the present extractor makes of them come out; only the archive is read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from archive import ArchiveError, Reader, parse_fields, parse_head, warcinfo_start
from crawler.errors import ExtractionError, WarcpressError
from crawler.from_warc.ingest import Made
from crawler.from_warc.show import LARGEST_PAGE
from crawler.from_warc.warcinfo import sources_of
from crawler.items import Page, Post, Source
from crawler.posts.conversion import Conversion, text_of
from crawler.sandbox.pool import Workers

CHILDREN = 2
"""Child processes for extraction: on two cores 392 posts took 11.1 s with two, 17.5 s with one (2026-11)."""
SECONDS, MEMORY_BYTES = 60.0, 2**30
"""Limits of one page; higher than in a run, so that a busy machine does not make a post look wrong."""


class NoSource(WarcpressError):
    """The warcinfo of a conversion lacks the configuration of its source."""


class NoDate(ExtractionError):
    """The page names no date, and none was given to the post."""


@dataclass(frozen=True)
class Extracted:
    """What today's extractor makes of the pages of a version."""

    post: Post
    digest: str
    """Payload digest of the article's first page."""


@dataclass(frozen=True)
class Derived:
    """A post made again."""

    text: str
    """The post file."""
    post: Post


Failure = ArchiveError | WarcpressError
"""Why a post was not made: a capture is missing or damaged, the source is unknown, the page gives no article now."""


@dataclass(frozen=True)
class _Begun:
    """A version on its way through extraction."""

    made: Made
    digest: str = ""
    """Payload digest of the article's first page."""
    failure: Failure | None = None
    """Why its page was not even extracted."""


class Derivation:
    """Extract the posts of one archive again."""

    def __init__(
        self,
        reader: Reader,
        sources: Mapping[str, Source] | None = None,
        manifest: Path | None = None,
        workers: Workers | None = None,
    ) -> None:
        """`sources`: to use in place of those that the WARC files describe; `manifest`: the folder that has it.

        `workers`: children that stay; by default new ones are started for each call.
        """
        self._reader, self._workers = reader, workers
        self._given = {} if sources is None else sources
        self._info_of = warcinfo_start(manifest or reader.folder)
        self._sources = lru_cache(maxsize=64)(self._read_sources)

    def derived(self, versions: Iterable[Made]) -> Iterator[tuple[Made, Derived | Failure]]:
        """Yield each version, in order, with the post that its pages give now, or why they give none.

        Raises ExtractionBroken when extraction can't start.
        """
        for made, found in self.extracted(versions):
            yield made, _derived(made, found) if isinstance(found, Extracted) else found

    def extracted(self, versions: Iterable[Made]) -> Iterator[tuple[Made, Extracted | Failure]]:
        """Yield each version, in order, with what the extractor makes of its pages; raises as `derived` does."""
        begun: deque[_Begun] = deque()

        def jobs() -> Iterator[tuple[Page, Source]]:
            for made in versions:
                try:
                    page, digest, source = self._job(made)
                except (ArchiveError, WarcpressError) as error:
                    begun.append(_Begun(made, failure=error))
                else:
                    begun.append(_Begun(made, digest))
                    yield page, source

        def failed() -> Iterator[tuple[Made, Failure]]:
            while begun and (failure := begun[0].failure) is not None:
                yield begun.popleft().made, failure

        with nullcontext(self._workers) if self._workers else Workers(CHILDREN, SECONDS, MEMORY_BYTES) as workers:
            for answer in workers.extract_many(jobs()):
                yield from failed()
                first = begun.popleft()
                yield first.made, answer if isinstance(answer, ExtractionError) else Extracted(answer, first.digest)
        yield from failed()

    def _job(self, made: Made) -> tuple[Page, str, Source]:
        """Return the page, the payload digest of the article's first page, and the source."""
        page, digest = self.pages(made.conversion)
        return page, digest, self._given.get(made.conversion.source) or self.source(made)

    def pages(self, conversion: Conversion) -> tuple[Page, str]:
        """Return the page of a version with its parts, and the payload digest of the first."""
        first, *parts = conversion.pages
        return self.page(first, conversion, tuple(self.page(part, None)[0] for part in parts))

    def page(self, record_id: str, conversion: Conversion | None, parts: tuple[Page, ...] = ()) -> tuple[Page, str]:
        """Return the page of a capture as the run extracted it, and its payload digest."""
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
                complete=True,  # the run may have found that further pages can't be had
            )
            return page, record.get("WARC-Payload-Digest") or ""

    def source(self, made: Made) -> Source:
        """Return the source of a version as its WARC file describes it; NoSource when it does not."""
        file = made.version.file
        sources = self._sources(file, self._info_of(file, made.version.offset), made.warcinfo)
        if made.conversion.source not in sources:
            raise NoSource(f"{made.version.file}: its warcinfo does not describe source {made.conversion.source!r}")
        return sources[made.conversion.source]

    def _read_sources(self, file: str, start: int, warcinfo: str) -> Mapping[str, Source]:
        for record in self._reader.records(file, start):
            if record.type == "warcinfo" and record.record_id == warcinfo:
                return sources_of(parse_fields(record.block.read()))
        return {}


def _derived(made: Made, found: Extracted) -> Derived | ExtractionError:
    if found.post.published is None and made.conversion.dated is None:
        return NoDate("today's extractor finds no date in a page that had one")
    return Derived(text_of(found.post, made.conversion, found.digest), found.post)
