"""Evidence for single articles: their names go in, a WACZ that proves them comes out; its posts are judged here too.

A post is proved by the WARC files alone: they hold its pages, the configuration of its source and the post as it was
made, and the extractor makes the same text of them again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from archive import (
    ArchiveError,
    BadRecord,
    Capture,
    Gap,
    Judged,
    PackageSigner,
    Packed,
    PackedPage,
    Picture,
    Reader,
    Statement,
    captures,
    files_with,
    kept_together,
    pack,
)
from crawler.from_warc.check_posts import fault_of
from crawler.from_warc.derive import Derivation
from crawler.from_warc.ingest import Made, read, referred_to
from crawler.from_warc.publish import Publisher
from crawler.from_warc.show import versions_of
from crawler.posts.blocks import blocks
from crawler.posts.conversion import digest_of
from crawler.posts.frontmatter import parse
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.stored_version import Version


def pack_articles(
    layout: Layout, catalogue: Catalogue, target: Path, names: Sequence[str], sign: PackageSigner | None = None
) -> Packed:
    """Pack all that proves articles: each version with its pages, images and post, and the manifest.

    `names`: as in `versions_of`; UnknownUrl for one that is not there. ArchiveError when a WARC file is missing.
    """
    with kept_together(layout.root):
        articles = dict.fromkeys(versions_of(name, catalogue, layout)[0].canonical_url for name in names)
        versions = [version for article in articles for version in catalogue.versions(article)]
        states = [state for article in articles for state in catalogue.states.of(article)]
        wanted = dict.fromkeys(record_id for version in versions for record_id in referred_to(version))
        wanted |= dict.fromkeys(state.capture for state in states)
        held = [capture for record_id in wanted if (capture := catalogue.capture(record_id))]
        files = files_with(layout.reader(), held)
        files |= {version.file for version in versions} | {state.file for state in states}
        publisher = Publisher(layout, catalogue)
        posts = [(name, publisher.text(version).encode()) for name, version in _named(versions)]
        pages = list(_pages(versions, {capture.record_id: capture for capture in held}, publisher))
        return pack(
            layout.root,
            target,
            pages=pages,
            files=files,
            posts=posts,
            title="warcpress",
            sign=sign,
            stores=layout.stores,
        )


def _named(versions: list[Version]) -> Iterator[tuple[str, Version]]:
    """Each version with the name of its post; of two with one number, the second gets the time when it was made."""
    taken: set[str] = set()
    for version in versions:
        name = _name(version)
        if name in taken:
            name = f"{version.converted:%Y%m%dT%H%M%S.%f}~{name}"
        taken.add(name)
        yield name, version


def _name(version: Version) -> str:
    """The name of a version's post in posts/; without folders, since `wacz validate` finds no file in deeper ones."""
    derivation = f".{version.derivation}" if version.derivation else ""
    return f"version-{version.number}{derivation}~{version.path.replace('/', '~')}"


def _pages(versions: list[Version], captures: dict[str, Capture], publisher: Publisher) -> Iterator[PackedPage]:
    """Every page of every version once; the first one of a version with its text."""
    listed: set[str] = set()
    for version in reversed(versions):  # the title of the last derivation
        for place, record_id in enumerate(version.pages):
            capture = captures.get(record_id)
            if capture is not None and record_id not in listed:
                listed.add(record_id)
                text = "" if place else "\n".join(blocks(parse(publisher.text(version)).body))
                yield PackedPage(capture.url, capture.date, version.title, text)


def judge(reader: Reader, manifest: Path, pages: Collection[str]) -> dict[str, list[Judged]]:
    """Say of each capture in `pages`, by record id, whether the posts that were made of it follow from it.

    `manifest`: the folder that has the manifest. Other posts in the WARC files are not judged.
    """
    found: dict[str, list[Judged]] = {}
    for made, derived in Derivation(reader, manifest=manifest).derived(_made_of(reader, pages)):
        version = made.version
        again = f", made again ({version.derivation})," if version.derivation else ""
        name = f"version {version.number}{again} of the post {version.path}"
        post = f"{name} (sha256 {version.digest.removeprefix('sha256:')})"
        if fault := fault_of(made, derived):
            severity, message = fault
            statement = Statement("wrong" if severity == "error" else "not proved", "post", f"{post}: {message}")
        else:
            text = f"{post} follows from it: today's extractor makes the same text of the recorded page, byte for byte"
            statement = Statement("proved", "post", text)
        pictures = tuple(Picture(image.url, image.capture, image.digest) for image in version.images)
        judged = Judged(name, statement, digest_of(made.text.encode()).removeprefix("sha256:"), pictures)
        for page in made.conversion.pages:
            found.setdefault(page, []).append(judged)
    return found


def _made_of(reader: Reader, pages: Collection[str]) -> Iterator[Made]:
    """The versions that were made of these pages. Damage is passed over: the account of the package names it."""
    for file in reader.files():
        start: int | None = 0
        while start is not None:
            at, start = start, None
            try:
                for found in read(reader, file, at):
                    if isinstance(found, Made) and not set(found.conversion.pages).isdisjoint(pages):
                        yield found
            except BadRecord as error:
                start = _behind(reader, file, max(error.offset, at))
            except ArchiveError:
                pass  # of the whole file


def _behind(reader: Reader, file: str, offset: int) -> int | None:
    """Where the records behind a damaged place begin; None when there are none."""
    gaps: list[Gap] = []
    deque(captures(reader, file, gaps), maxlen=0)
    return min((end for gap in gaps if (end := gap.offset + gap.length) > offset), default=None)
