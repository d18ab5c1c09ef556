"""Checks 32 and 33 of WARC.md, handed to the archive's audit: each post follows from its capture and each of its images
has one; catalogue and WARC files say the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from archive import ArchiveError, Capture, Finding, Ledger, Reader, Severity
from crawler.catalogue import Catalogue, Version
from crawler.errors import ExtractionError, WarcpressError
from crawler.extractors.version import VERSION
from crawler.holdings.derivation import Derivation, Derived
from crawler.holdings.ingest import Made, read
from crawler.holdings.publishing import LARGEST_IMAGE
from crawler.layout import Layout
from crawler.posts.conversion import digest_of

PROVENANCE, AGREEMENT = 32, 33
CLAUSE = "6.7"
"""Conversion records."""
SHOWN = 160
"""Characters of a difference in a finding."""


class Provenance:
    """The further checks of an archive that has posts."""

    def __init__(self, layout: Layout, catalogue: Catalogue | None) -> None:
        """`catalogue` None: it is not there, which is one finding; what follows from the WARC files alone is proved."""
        self._layout, self._catalogue = layout, catalogue
        self._reader = Reader(layout.root)
        self._derivation = Derivation(self._reader)

    def __call__(self, folder: Path, ledger: Ledger) -> Iterator[Finding]:  # noqa: ARG002  the protocol
        """Findings on the archive, file by file; other folders than the layout's have no posts of ours."""
        if folder.resolve() != self._layout.root.resolve():
            return
        if self._catalogue is None:
            text = "the catalogue is missing: whether the post files are the newest versions is not known"
            advice = "; `warcpress rebuild` makes it again"
            yield Finding(AGREEMENT, "error", text + advice, CLAUSE, self._layout.catalogue.name)
        beside: list[Finding] = []
        for made, derived in self._derivation.derived(self._versions(beside)):
            while beside:
                yield beside.pop(0)
            yield from self._version(made, derived)
        yield from beside
        if self._catalogue is not None:
            newest = list(self._catalogue.newest())
            yield from self._files(newest)
            yield from self._strangers(newest)
            yield from self._twice(self._catalogue)

    def _versions(self, beside: list[Finding]) -> Iterator[Made]:
        """All versions, file by file; what else is found on the way goes into `beside`."""
        for file in self._reader.files():
            rows = 0
            try:
                for found in read(self._reader, file):
                    rows += 1
                    if isinstance(found, Capture):
                        beside += self._capture(found)
                    else:
                        yield found
            except ArchiveError:
                continue  # what can't be read is a finding of the checks before
            stored = rows if self._catalogue is None else self._catalogue.rows_of(file)
            if stored != rows:
                message = f"the catalogue has {stored} rows of this file, {rows} follow from it"
                beside.append(_of(AGREEMENT, "error", message, file))

    def _capture(self, capture: Capture) -> Iterator[Finding]:
        if self._catalogue is None:
            return
        row = self._catalogue.capture(capture.record_id)
        if row != capture:
            said = "does not know it" if row is None else "says something else of it"
            yield _of(
                AGREEMENT,
                "error",
                f"the catalogue {said}",
                capture.file,
                capture.offset,
                capture.record_id,
                capture.url,
            )

    def _version(self, made: Made, derived: Derived | ArchiveError | WarcpressError) -> Iterator[Finding]:
        version = made.version
        if self._catalogue is not None and self._catalogue.version(version.record_id) != version:
            yield _about(made, AGREEMENT, "error", "the catalogue's row of this version differs or is missing")
        yield from self._unresolved(made)
        if isinstance(derived, ExtractionError):
            severity: Severity = "error" if made.conversion.extractor == VERSION else "note"
            by = f"derived by {made.conversion.extractor}; today's {VERSION} gives no post"
            yield _about(made, PROVENANCE, severity, f"{by}: {derived}")
            return
        if isinstance(derived, Exception):
            yield _about(made, PROVENANCE, "error", f"the post can't be derived again: {derived}")
            return
        if derived.text == made.text:
            return
        change = _difference(made.text, derived.text)
        today = derived.post.extractor
        if today != made.conversion.extractor:
            message = f"derived by {made.conversion.extractor}; today's {today} gives another text: {change}"
            yield _about(made, PROVENANCE, "note", message)
        else:
            yield _about(made, PROVENANCE, "error", f"the stored bytes give another text: {change}")

    def _unresolved(self, made: Made) -> Iterator[Finding]:
        for image in made.conversion.images:
            if image.capture is None:
                yield _about(made, PROVENANCE, "note", f"image was missing when the post was made: {image.url}")
                continue
            try:
                with self._reader.response(image.capture) as response:
                    digest = response.record.get("WARC-Payload-Digest")
            except ArchiveError as error:
                yield _about(made, PROVENANCE, "error", f"no capture of image {image.url}: {error}")
                continue
            if digest != image.digest:
                yield _about(made, PROVENANCE, "error", f"the capture of image {image.url} has another payload digest")
            elif image.media is not None:
                yield from self._copy(made, image.media, image.capture)

    def _copy(self, made: Made, media: str, capture: str) -> Iterator[Finding]:
        """A local copy of an image has the bytes that were captured."""
        try:
            same = (self._layout.media / media).read_bytes() == self._reader.entity(capture, LARGEST_IMAGE)
            reason = "" if same else "is not the image that was captured"
        except OSError as error:
            reason = f"can't be read: {error.strerror}"
        except ArchiveError as error:
            reason = f"can't be compared with its capture: {error}"
        if reason:
            text = f"the copy media/{media} {reason}; remove it, and `warcpress rebuild` writes it again"
            yield _about(made, PROVENANCE, "error", text)

    def _files(self, newest: Sequence[Version]) -> Iterator[Finding]:
        """The post files are the newest versions."""
        for version in newest:
            path = self._layout.posts / version.path
            try:
                digest = digest_of(path.read_bytes())
            except OSError as error:
                reason = f"post {version.path} can't be read: {error.strerror}"
            else:
                if digest == version.digest:
                    continue
                reason = f"post {version.path} is not what the archive holds"
            advice = "; `warcpress rebuild` writes it again"
            yield _of(
                PROVENANCE,
                "error",
                reason + advice,
                version.file,
                version.offset,
                version.record_id,
                version.canonical_url,
            )

    def _strangers(self, newest: Sequence[Version]) -> Iterator[Finding]:
        """Posts among ours that follow from no capture. Other folders of the same site are somebody else's."""
        known = {version.path for version in newest}
        folders = {path.rpartition("/")[0] for path in known} - {""}
        endings = {Path(path).suffix for path in known}
        for folder in sorted(folders):
            for path in sorted((self._layout.posts / folder).glob("*")):
                name = f"{folder}/{path.name}"
                if path.suffix in endings and name not in known:
                    text = f"post {name} follows from no capture: nothing in the archive names it"
                    yield Finding(PROVENANCE, "error", text, CLAUSE, name)

    def _twice(self, catalogue: Catalogue) -> Iterator[Finding]:
        for capture in catalogue.stored_twice():
            message = f"the payload {capture.payload_digest} was stored before: a revisit would do"
            yield _of(AGREEMENT, "warning", message, capture.file, capture.offset, capture.record_id, capture.url)


def _about(made: Made, check: int, severity: Severity, message: str) -> Finding:
    version = made.version
    return _of(check, severity, message, version.file, version.offset, version.record_id, version.canonical_url)


def _of(
    check: int,
    severity: Severity,
    message: str,
    file: str,
    offset: int | None = None,
    record_id: str | None = None,
    url: str | None = None,
) -> Finding:
    return Finding(check, severity, message, CLAUSE, f"warc/{file}", offset, record_id, url)


def _difference(stored: str, derived: str) -> str:
    """The first place where two texts differ."""
    old, new = stored.splitlines(), derived.splitlines()
    for line, (before, after) in enumerate(zip_longest(old, new, fillvalue=""), 1):
        if before != after:
            return f"line {line}: {before[:SHOWN]!r} → {after[:SHOWN]!r}"
    return "line ends"
