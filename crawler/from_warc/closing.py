"""Close the data folder of a year that is over: what its last run left is finished, its files get their final form."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from logging import INFO

from archive import Index, Reader, Signer, many
from crawler.clock import Clock, rfc3339
from crawler.config import Config
from crawler.errors import StorageFailed
from crawler.fleet.shards import of_named_shard
from crawler.fleet.years import of_named_folder
from crawler.from_warc.recovery import Recovered, merge, open_catalogue, recover
from crawler.from_warc.site import publish_site
from crawler.from_warc.site_posts import Others
from crawler.store.data_folder import Layout
from crawler.store.frontier import Frontier
from crawler.store.lock import FencedDisk
from crawler.terminal import say


def close(
    layout: Layout, frontier: Frontier, config: Config, clock: Clock, signer: Signer | None = None
) -> list[Recovered]:
    """Close a folder whose frontier `frontier` has taken over; return what a killed run had left in it.

    Open WARC files are sealed and read, posts that lack their file are written, small files are merged, the index
    becomes one sorted file, and LAYOUT says when. A kill at any point is no harm: the next call does the rest.

    Locked while a run still writes to the folder; StorageFailed or StorageError when something can't be done.
    """
    with ExitStack() as opened:
        opened.enter_context(layout.lock())
        layout.prepare()
        layout.remove_unfinished()
        catalogue = open_catalogue(layout)
        opened.callback(catalogue.close)
        own = Frontier(layout.frontier, clock, ())
        opened.callback(own.close)
        recovered = recover(layout, catalogue, _Both(own, frontier), signer)
        while merge(layout, catalogue, config.archive.merge_below, clock, signer):
            continue  # each call merges at most 128 MiB
        site = publish_site(config.target, layout, catalogue, Others.of(_config_of(layout, config)))
        if site.fault and not site.unread:  # a post that can't be read is no reason to wait
            raise StorageFailed(site.fault)
        Index(layout.root, FencedDisk()).finish()
        layout.close(rfc3339(clock()))
        files = many(len(Reader(layout.root).files()), "WARC file")
        say(f"{layout.root}: closed with {files}; runs go on in another folder", INFO)
    return recovered


def _config_of(layout: Layout, config: Config) -> Config:
    """The configuration of the folder that is closed."""
    named = replace(config, year=None, shard=None, crawl=replace(config.crawl, data=layout.root))
    return of_named_shard(of_named_folder(named))


class _Both:
    """The frontier of a folder that is closed, and the one that goes on from it: lost URLs are due again in both.

    Another shard may still have to take sources over from the first.
    """

    def __init__(self, *frontiers: Frontier) -> None:
        self._frontiers = frontiers

    def again(self, urls: Iterable[str]) -> None:
        """Make these due at once."""
        lost = list(urls)
        for frontier in self._frontiers:
            frontier.again(lost)
