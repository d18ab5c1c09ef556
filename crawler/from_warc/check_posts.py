"""Check 32 of docs/audit.md: WARC and post files go in, findings on posts that differ from their captures come out.

`archive`'s audit runs it, together with check 33 (check_catalogue.py), in one pass over the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import zip_longest
from pathlib import Path

from archive import ArchiveError, Capture, Fault, Finding, Ledger, OnlyInStore, Reader, Severity, because, check
from crawler.errors import ExtractionError, WarcpressError
from crawler.extractors.version import VERSION
from crawler.from_warc.check_catalogue import CatalogueCheck, of
from crawler.from_warc.derive import Derivation, Derived, NoSource
from crawler.from_warc.ingest import BadConversion, Foreign, Made, read
from crawler.from_warc.publish import LARGEST_IMAGE, Publisher
from crawler.posts.arrival import Form
from crawler.posts.conversion import digest_of, with_facts
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.stored_version import State, StoredImage, Version

SHOWN = 160
"""Most characters of a line that a finding quotes."""
ADVICE = "; `warcpress rebuild` writes it again"


class PostsCheck:
    """Checks 32 and 33, to pass to `archive.audit_paths(…, further_checks=[…])`."""

    def __init__(self, layout: Layout, catalogue: Catalogue | None, damage: str = "") -> None:
        """Take a catalogue; None when it is missing or can't be read (`damage` says why).

        That gives one finding; the posts are checked against the WARC files all the same.
        """
        self._layout = layout
        self._reader = Reader(layout.root)
        self._rows = CatalogueCheck(layout, self._reader, catalogue, damage)
        self._derivation = Derivation(self._reader)
        self._publisher = Publisher(layout, catalogue) if catalogue is not None else None
        self._paths: set[str] = set()
        """Paths of all posts in the WARC files."""

    @check(32, "posts follow from their captures", clause="warcpress provenance")
    def __call__(self, folder: Path, ledger: Ledger) -> Iterator[Finding]:
        """Yield findings on the archive, file by file; none on another folder.

        Of the files that are only in the store, those are read that the audit has copied for its sample.
        """
        if folder.resolve() != self._layout.root.resolve():
            return
        self._reader.use_copies(ledger.copies(folder))
        yield from self._rows.begin()
        beside: list[Finding] = []
        for made, derived in self._derivation.derived(self._versions(beside)):
            while beside:
                yield beside.pop(0)
            yield from self._version(made, derived)
        yield from beside
        if self._rows.catalogue is not None:
            yield from self._posts(self._rows.newest())
        yield from self._rows.end(ledger)

    def _versions(self, beside: list[Finding]) -> Iterator[Made]:
        """Yield all versions, file by file; append other findings to `beside`."""
        for file in self._reader.files_here():
            made: int | None = 0
            try:
                for found in read(self._reader, file, dates=self._rows.date):
                    if isinstance(found, Capture):
                        self._rows.capture(found)
                    elif isinstance(found, Foreign):
                        message = "a conversion record of another program, no post"
                        beside.append(of("note", message, file, found.offset, found.record_id))
                    else:
                        made = (made or 0) + 1
                        if not isinstance(found, State):
                            yield found
                        elif finding := self._rows.state(found):
                            beside.append(finding)
            except BadConversion as error:
                made = None
                beside.append(of("error", error.reason, file, error.offset))
            except ArchiveError:
                made = None  # the archive's own checks report what can't be read
            beside += self._rows.end_file(file, made)

    def _version(self, made: Made, derived: Derived | ArchiveError | WarcpressError) -> Iterator[Finding]:
        self._paths.add(made.version.path)
        if finding := self._rows.version(made.version):
            yield finding
        for image in made.conversion.images:
            yield from self._image(made, image)
        if fault := fault_of(made, derived):
            is_missing = isinstance(derived, ArchiveError | NoSource)
            yield because(_about(made, *fault), self._rows.lost if is_missing else None)

    def _image(self, made: Made, image: StoredImage) -> Iterator[Finding]:
        """Check that an image's capture exists, and that the local copy has its bytes."""
        if image.capture is None:
            yield _about(made, "note", f"image was missing when the post was made: {image.url}")
            return
        try:
            with self._reader.response(image.capture) as response:
                digest = response.record.get("WARC-Payload-Digest")
        except OnlyInStore as error:
            yield _about(made, "note", f"image {image.url} was not compared: {error}")
            return
        except ArchiveError as error:
            text = f"no capture of image {image.url}: {error}"
            yield because(_about(made, "error", text), self._rows.lost)
            return
        if digest != image.digest and image.digest is not None:
            yield _about(made, "error", f"the capture of image {image.url} has another payload digest")
        elif image.media is not None:
            yield from self._copy(made, image.media, image.capture)

    def _copy(self, made: Made, media: str, capture: str) -> Iterator[Finding]:
        """Check that a local copy of an image has the bytes of its capture."""
        try:
            entity = self._reader.entity(capture, LARGEST_IMAGE)
            if (self._layout.media / media).read_bytes() == entity:
                return
            reason = "is not the image that was captured"
        except OSError as error:
            reason = f"can't be read: {error.strerror}"
        except OnlyInStore as error:
            yield _about(made, "note", f"the copy media/{media} was not compared: {error}")
            return
        except ArchiveError as error:
            text = f"the copy media/{media} can't be compared with its capture: {error}"
            yield because(_about(made, "error", text), self._rows.lost)
            return
        text = f"the copy media/{media} {reason}; remove it, and `warcpress rebuild` writes it again"
        yield _about(made, "error", text)

    def _posts(self, newest: Sequence[Version]) -> Iterator[Finding]:
        """Check that the post files are the newest versions, with no other post among them.

        Folders without a post of ours are not read: they are the user's own.
        """
        if newest and not self._layout.posts.is_dir():
            text = f"the folder of the {len(newest)} posts is missing{ADVICE}"
            yield Finding.of(Fault("error", text), self._layout.posts.name)
            return
        known = self._paths | {version.path for version in newest}
        strangers = [(digest_of(path.read_bytes()), name) for name, path in self._strangers(known)]
        for version in newest:
            path, expected = self._layout.posts / version.path, self._expected(version)
            try:
                if expected is None and not path.exists():
                    continue
                digest = digest_of(path.read_bytes())
            except OSError as error:
                reason = f"post {version.path} can't be read: {error.strerror}"
                if twin := next((stranger for stranger in strangers if stranger[0] == version.digest), None):
                    strangers.remove(twin)
                    reason = f"post {version.path} was renamed to {twin[1]}"
            else:
                if digest == expected:
                    continue
                reason = f"post {version.path} differs from the version in the archive"
                if expected is None:
                    reason = f"post {version.path} is there, though its article is withdrawn ([posts] withdrawn)"
            place = (version.file, version.offset, version.record_id, version.canonical_url)
            yield of("error", reason + ADVICE, *place)
        for _, name in strangers:
            text = f"post {name} is not in the archive"
            yield Finding.of(Fault("error", text), name)

    def _expected(self, version: Version) -> str | None:
        """Digest of the post file of a newest version; None = no file ([posts] withdrawn)."""
        if self._publisher is None or not self._publisher.is_withdrawn(version):
            return version.digest
        try:
            file = self._publisher.file(version, self._publisher.text(version))
        except (ArchiveError, ValueError):
            return version.digest  # the checks of the archive report that record
        return None if file is None else digest_of(file.encode())

    def _strangers(self, known: AbstractSet[str]) -> Iterator[tuple[str, Path]]:
        """Yield post files in our folders that the archive does not name."""
        folders = {path.rpartition("/")[0] for path in known} - {""}
        endings = {Path(path).suffix for path in known}
        for folder in sorted(folders):
            for path in sorted((self._layout.posts / folder).glob("*")):
                name = f"{folder}/{path.name}"
                if path.is_file() and path.suffix in endings and name not in known:
                    yield name, path


def fault_of(made: Made, derived: Derived | ArchiveError | WarcpressError) -> tuple[Severity, str] | None:
    """Return severity and message when the post extracted now differs from the stored one.

    A difference is only a note if another version of the extractor, or of what writes Markdown, made the stored post.
    """
    then, markdown = made.conversion.extractor, made.conversion.markdown
    if isinstance(derived, ExtractionError):
        severity: Severity = "error" if then == VERSION else "note"
        return severity, f"derived by {then}; today's {VERSION} gives no post: {derived}"
    if isinstance(derived, OnlyInStore):
        return "note", f"the post was not derived again: {derived}"
    if isinstance(derived, Exception):
        return "error", f"the post can't be derived again: {derived}"
    by_others = _by_others(then, derived.post.extractor, markdown)
    if derived.text != made.text:
        change = f"another text: {_difference(made.text, derived.text)}"
    elif made.conversion.language is not None and with_facts(made.conversion, derived.post) != made.conversion:
        change = "another language, authors or tags"
    else:
        return None
    return ("note", f"{by_others} gives {change}") if by_others else ("error", f"the stored bytes give {change}")


def _by_others(then: str, today: str, markdown: str) -> str:
    """Say what made a post, when that was another version of the extractor, or of the converter to Markdown."""
    if then != today:
        return f"derived by {then}; today's {today}"
    if markdown and markdown != (converter := Form(markdown=True).converter):
        return f"written as Markdown by {markdown}; today's {converter}"
    return ""


def _about(made: Made, severity: Severity, message: str) -> Finding:
    version = made.version
    return of(severity, message, version.file, version.offset, version.record_id, version.canonical_url)


def _difference(stored: str, derived: str) -> str:
    """Quote the first lines in which two texts differ."""
    old, new = stored.splitlines(), derived.splitlines()
    for line, (before, after) in enumerate(zip_longest(old, new, fillvalue=""), 1):
        if before != after:
            return f"line {line}: {before[:SHOWN]!r} → {after[:SHOWN]!r}"
    return "line ends"
