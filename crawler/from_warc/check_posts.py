"""Check 32 of docs/audit.md, handed to the archive's audit with check 33 (agreement.py): each post follows from its
capture, and each of its images has one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import zip_longest
from pathlib import Path

from archive import ArchiveError, Capture, Fault, Finding, Ledger, Reader, Severity, check
from crawler.errors import ExtractionError, WarcpressError
from crawler.extractors.version import VERSION
from crawler.from_warc.check_catalogue import Agreement, of
from crawler.from_warc.derive import Derivation, Derived
from crawler.from_warc.ingest import Made, read
from crawler.from_warc.publish import LARGEST_IMAGE
from crawler.posts.conversion import digest_of
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.stored_version import Version

SHOWN = 160
"""Characters of a difference in a finding."""


class Provenance:
    """The further checks of an archive that has posts."""

    def __init__(self, layout: Layout, catalogue: Catalogue | None, damage: str = "") -> None:
        """`catalogue` None: it is not there or, with `damage`, can't be read, which is one finding; what follows from
        the WARC files alone is proved."""
        self._layout = layout
        self._agreement = Agreement(layout, catalogue, damage)
        self._reader = Reader(layout.root)
        self._derivation = Derivation(self._reader)
        self._paths: set[str] = set()
        """Of all posts that follow from the WARC files."""

    @check(32, "posts follow from their captures", clause="warcpress provenance")
    def __call__(self, folder: Path, ledger: Ledger) -> Iterator[Finding]:  # noqa: ARG002  the protocol
        """Findings on the archive, file by file; other folders than the layout's have no posts of ours."""
        if folder.resolve() != self._layout.root.resolve():
            return
        yield from self._agreement.begin()
        beside: list[Finding] = []
        for made, derived in self._derivation.derived(self._versions(beside)):
            while beside:
                yield beside.pop(0)
            yield from self._version(made, derived)
        yield from beside
        if self._agreement.catalogue is not None:
            yield from self._posts(self._agreement.newest())
        yield from self._agreement.end()

    def _versions(self, beside: list[Finding]) -> Iterator[Made]:
        """All versions, file by file; what else is found on the way goes into `beside`."""
        for file in self._reader.files():
            versions: int | None = 0
            try:
                for found in read(self._reader, file):
                    if isinstance(found, Capture):
                        self._agreement.capture(found)
                    else:
                        versions = (versions or 0) + 1
                        yield found
            except ArchiveError:
                versions = None  # what can't be read is a finding of the checks before
            beside += self._agreement.end_file(file, versions)

    def _version(self, made: Made, derived: Derived | ArchiveError | WarcpressError) -> Iterator[Finding]:
        version = made.version
        self._paths.add(version.path)
        if finding := self._agreement.version(version):
            yield finding
        yield from self._unresolved(made)
        if isinstance(derived, ExtractionError):
            severity: Severity = "error" if made.conversion.extractor == VERSION else "note"
            by = f"derived by {made.conversion.extractor}; today's {VERSION} gives no post"
            yield _about(made, severity, f"{by}: {derived}")
            return
        if isinstance(derived, Exception):
            yield _about(made, "error", f"the post can't be derived again: {derived}")
            return
        if derived.text == made.text:
            return
        change = _difference(made.text, derived.text)
        today = derived.post.extractor
        if today != made.conversion.extractor:
            message = f"derived by {made.conversion.extractor}; today's {today} gives another text: {change}"
            yield _about(made, "note", message)
        else:
            yield _about(made, "error", f"the stored bytes give another text: {change}")

    def _unresolved(self, made: Made) -> Iterator[Finding]:
        for image in made.conversion.images:
            if image.capture is None:
                yield _about(made, "note", f"image was missing when the post was made: {image.url}")
                continue
            try:
                with self._reader.response(image.capture) as response:
                    digest = response.record.get("WARC-Payload-Digest")
            except ArchiveError as error:
                yield _about(made, "error", f"no capture of image {image.url}: {error}")
                continue
            if digest != image.digest:
                yield _about(made, "error", f"the capture of image {image.url} has another payload digest")
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
            yield _about(made, "error", text)

    def _posts(self, newest: Sequence[Version]) -> Iterator[Finding]:
        """The post files are the newest versions, and nothing else stands among them. Other folders of the same site
        are somebody else's."""
        advice = "; `warcpress rebuild` writes it again"
        if newest and not self._layout.posts.is_dir():
            text = f"the folder of the {len(newest)} posts is missing{advice}"
            yield Fault("error", text).at(self._layout.posts.name)
            return
        known = self._paths | {version.path for version in newest}
        strangers = [(digest_of(path.read_bytes()), name) for name, path in self._strangers(known)]
        for version in newest:
            try:
                digest = digest_of((self._layout.posts / version.path).read_bytes())
            except OSError as error:
                reason = f"post {version.path} can't be read: {error.strerror}"
                if twin := next((stranger for stranger in strangers if stranger[0] == version.digest), None):
                    strangers.remove(twin)
                    reason = f"post {version.path} was renamed to {twin[1]}"
            else:
                if digest == version.digest:
                    continue
                reason = f"post {version.path} is not what the archive holds"
            place = (version.file, version.offset, version.record_id, version.canonical_url)
            yield of("error", reason + advice, *place)
        for _, name in strangers:
            text = f"post {name} follows from no capture: nothing in the archive names it"
            yield Fault("error", text).at(name)

    def _strangers(self, known: AbstractSet[str]) -> Iterator[tuple[str, Path]]:
        """Post files among ours that nothing in the archive names."""
        folders = {path.rpartition("/")[0] for path in known} - {""}
        endings = {Path(path).suffix for path in known}
        for folder in sorted(folders):
            for path in sorted((self._layout.posts / folder).glob("*")):
                name = f"{folder}/{path.name}"
                if path.is_file() and path.suffix in endings and name not in known:
                    yield name, path


def _about(made: Made, severity: Severity, message: str) -> Finding:
    version = made.version
    return of(severity, message, version.file, version.offset, version.record_id, version.canonical_url)


def _difference(stored: str, derived: str) -> str:
    """The first place where two texts differ."""
    old, new = stored.splitlines(), derived.splitlines()
    for line, (before, after) in enumerate(zip_longest(old, new, fillvalue=""), 1):
        if before != after:
            return f"line {line}: {before[:SHOWN]!r} → {after[:SHOWN]!r}"
    return "line ends"
