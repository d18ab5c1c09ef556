"""Other tools' archives go in; their WARC files become files of ours, and posts are made of the articles in them.

First each file is taken: its bytes, then its rows. Then posts are made, 64 at a time, in the order of a run: records,
rows, post files, marks. A kill in between loses nothing: the next start finishes the file that it broke off at, and
the same import goes on from there, since what is stored already is passed over.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

from archive import Imported, Importer, Reader, Redactor, Signer, UsageError, is_imported, many, start_bar
from crawler.clock import Clock, utc_now
from crawler.config import SINGLE, Config, named, secrets
from crawler.from_warc.captures import Found, Import, LostArticles
from crawler.from_warc.ingest import elsewhere, store_imported
from crawler.from_warc.publish import Publisher
from crawler.from_warc.recovery import ingest_late, publish_late, settle_late
from crawler.from_warc.render import GROUP, open_to_write, settings_of, writer_of
from crawler.from_warc.rerender import Rerender
from crawler.from_warc.site import publish_site
from crawler.from_warc.site_posts import Others
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.lock import FencedDisk
from crawler.terminal import Meter, voice

Tell = Callable[[str], None]


def import_archives(
    config: Config,
    paths: Sequence[Path],
    *,
    source: str = "",
    link: bool = False,
    signer: Signer | None = None,
    tell: Tell,
    clock: Clock = utc_now,
) -> int:
    """Take WARC files, folders of them and packages into the archive, and make posts; return the exit code.

    `source`: make posts only of what this source allows. `link`: take files by a hard link in place of a copy. `tell`
    gets a line for each file and what in it can't be read, and then the outcome. 1 = something could not be read.
    Locked while a run holds the data folder.
    """
    chosen = named(config, source) if source else None
    given = [(reader, file) for reader in map(_opened, paths) for file in reader.files()]
    layout = Layout(config.crawl.data, config.posts.folder, config.posts.withdrawn)
    layout.prepare()
    with ExitStack() as opened:
        catalogue = open_to_write(layout, config, signer, clock, opened, tell)
        sizes = sum(reader.path(file).lstat().st_size for reader, file in given)
        with (
            _bar(sizes * 2) as progress,
            Importer(
                layout.root,
                link=link,
                clock=clock,
                signer=signer,
                progress=progress,
                stored=partial(store_imported, catalogue),
                disk=FencedDisk(),
            ) as importer,
        ):
            taken = [_take(importer, reader, file, layout, catalogue, tell) for reader, file in given]
        publish_late(layout, catalogue)
        files = frozenset(one.file for one in taken if is_imported(one.file))
        made, unread = _Posts(config, layout, catalogue).make(Import(files, chosen), signer, clock, tell)
        site = publish_site(config.target, layout, catalogue, Others.of(config))
    new, back = sum(one.is_new for one in taken), sum(one.is_back for one in taken)
    put_back = f", {back} put back" if back else ""
    tell(f"{new} of {many(len(taken), 'file')} imported{put_back}, {many(made, 'post')} made")
    for line in (*site.done(), *site.problems()):
        tell(line)
    return 1 if unread or site.fault or any(one.gaps for one in taken) else 0


def _opened(path: Path) -> Reader:
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    reader = Reader(path)
    if not reader.files():
        raise UsageError(f"{path}: no WARC files in it")
    return reader


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    """Draw a progress bar on a terminal; the function takes how many bytes were gone through since."""
    if not (voice().watched and sys.stderr.isatty()):
        yield lambda _count: None
        return
    bar = start_bar(sys.stderr, "importing")
    try:
        yield lambda count: bar.update(bar.task_ids[0], advance=count, total=total)
    finally:
        bar.stop()


def _take(importer: Importer, reader: Reader, file: str, layout: Layout, catalogue: Catalogue, tell: Tell) -> Imported:
    """Take one file, whose rows the catalogue has then."""
    one = importer.take(reader, file)
    if one.is_back:
        ingest_late(Reader(layout.root), one.file, catalogue)
        tell(f"put back: {one.given}, {many(one.records, 'record')}, as {one.file}")
    elif one.is_new:
        settle_late(one.file, catalogue)
        tell(f"imported: {one.given}, {many(one.records, 'record')}, as {one.file}")
    elif one.file:
        tell(f"in the archive already: {one.given}, as {one.file}")
    else:
        tell(f"not imported: {one.given}")
    for gap in one.gaps:
        tell(f"can't be read: {one.given}:{gap.offset}: {gap.reason}" + (f" ({gap.url})" if gap.url else ""))
    return one


class _Posts:
    """Makes the posts of an import."""

    def __init__(self, config: Config, layout: Layout, catalogue: Catalogue) -> None:
        self._config, self._layout, self._catalogue = config, layout, catalogue
        self._reader, self._publisher = layout.reader(), Publisher(layout, catalogue)
        settings = settings_of(config, Redactor(secrets(config)))
        rerender = Rerender(self._reader, catalogue, self._publisher, settings)
        self._articles = LostArticles(config, layout, catalogue, settings, rerender)
        self._unread = False

    def make(self, of: Import, signer: Signer | None, clock: Clock, tell: Tell) -> tuple[int, bool]:
        """Make all posts; return their number, and whether a capture could not be read."""
        sources = {source.name: source for source in (SINGLE, *self._config.sources)}
        made = 0
        with (
            Meter(None) as meter,
            writer_of(self._layout, self._config, sources.values(), signer, clock) as writer,
        ):
            found = self._found(of, tell)
            while group := list(islice(found, GROUP)):
                written = [one.written(writer) for one in group]
                writer.commit()
                versions = [version for version, _text in written]
                self._catalogue.store(elsewhere(self._reader, self._catalogue, versions), versions)
                self._publisher.publish(written)
                self._articles.committed()
                for version, _text in written:
                    meter.settled("made", version.path)
                made += len(written)
            self._reader.close()
        self._publisher.close()
        self._catalogue.knows(self._reader.files_here())
        for kept in self._publisher.take_kept():
            tell(f"file kept: {kept.message}")
        return made, self._unread

    def _found(self, of: Import, tell: Tell) -> Iterator[Found]:
        for one in self._articles.find(set(), of) if of.files else ():
            if isinstance(one, Found):
                yield one
            else:
                self._unread = True
                tell(f"can't be read: {one.path}: {one.reason}")
