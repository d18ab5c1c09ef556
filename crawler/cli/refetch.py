"""`warcpress refetch URL|POST…`: fetches articles now, in the same way as a run, and prints what changed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from archive import ArchiveError
from crawler.cli.changes import put_difference
from crawler.cli.common import catalogue_of, importing, layout_of, load
from crawler.config import Config, Shard, choose
from crawler.errors import ConfigError, UnknownUrl
from crawler.fleet.moves import folders
from crawler.fleet.shards import divide, of_shard
from crawler.from_warc.publish import Publisher
from crawler.from_warc.show import page_of_post
from crawler.posts.differences import Difference, difference
from crawler.run.options import RunOptions
from crawler.store.stored_version import Version
from crawler.terminal import put

if TYPE_CHECKING:
    from crawler.run.job import Job


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "articles", nargs="+", metavar="URL|POST", help="URLs of articles, stored or new, or paths of post files"
    )
    parser.add_argument("--source", default="", metavar="NAME", help="use this source, not the one that fits the URL")
    parser.add_argument(
        "--wait", type=float, default=0.0, metavar="SECONDS", help="wait this long for another run to end (default: 0)"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    for name in options.articles:
        if "://" in name and not name.startswith(("http://", "https://")):
            raise ConfigError(f"{name!r}: refetch takes http:// and https:// URLs, and paths of posts")
    config = load(options)
    urls = _urls(options.articles, config)
    if config.fleet.shards and config.shard is None:
        config = of_shard(config, _shard(urls, config, options.source))
    chosen = RunOptions(urls=urls, source=options.source)
    # Scrapy takes 0.4 s to import; `--help` does not need it.
    from crawler.sandbox.pool import Workers

    with Workers.of(config.limits) as workers:
        workers.start()
        with importing():
            from crawler.cli.process import run_job

        return run_job(config, chosen, "refetch", workers, wait=options.wait, after=_print)


def _shard(urls: tuple[str, ...], config: Config, source: str) -> Shard:
    """Find the shard of the source of these URLs, or of their domain; ConfigError when they are of several."""
    division = divide(config.sources, config.fleet.shards)
    found: dict[int, str] = {}
    for url in urls:
        name = source or choose(config, url).name
        found.setdefault(division.sources.get(name) or division.of_url(url), url)
    if len(found) > 1:
        (one, first), (other, second), *_ = sorted(found.items())
        raise ConfigError(
            f"{first} is of shard {one}/{division.of}, {second} of {other}/{division.of}: refetch them one by one"
        )
    return Shard(next(iter(found)), division.of)


def _urls(names: list[str], config: Config) -> tuple[str, ...]:
    """URLs to fetch, each once: those that were given, and the pages of the posts that were given."""
    pages = {name: _page(name, config) for name in names if "://" not in name}
    return tuple(dict.fromkeys(pages.get(name, name) for name in names))


def _page(path: str, config: Config) -> str:
    """URL of the page of a post; any folder of the fleet, or of another year, may have it."""
    several = config.crawl.yearly or (config.fleet.shards and config.shard is None)
    *others, last = list(folders(config).values() if several else ()) or [config.crawl.data]
    for folder in others:
        with suppress(UnknownUrl):
            return _page_in(folder, path, config)
    return _page_in(last, path, config)


def _page_in(folder: Path, path: str, config: Config) -> str:
    layout = layout_of(replace(config, crawl=replace(config.crawl, data=folder)))
    with catalogue_of(layout) as catalogue:
        return page_of_post(path, None, layout, catalogue).url


def _print(job: Job) -> None:
    for line, changed in changes(job):
        put(line)
        if changed is not None:
            put_difference(changed, words=None)


def _stored(url: str, job: Job) -> str | None:
    """Canonical URL of the article at a URL, or of the one that this page is another form of."""
    known = job.frontier.known(url)
    for _layout, catalogue in job.folders:
        found = catalogue.article_of(url) or (catalogue.article_of(known.article) if known else None)
        if found:
            return found
    return None


def _held(url: str, job: Job) -> str:
    """What has become of the post that is stored of a page without an article."""
    from crawler.from_warc.stored import StoredArticles  # the extractors take 0.5 s to import

    article = _stored(url, job)
    stored = StoredArticles(job.layout, job.catalogue, job.sources, job.elsewhere, job.foreign)
    state = stored.state(article) if article else None
    return "" if state is None or state.state == "present" else f"; the stored article is {state.state}"


@dataclass(frozen=True)
class _Version:
    """A version, and what reads its text."""

    version: Version
    publisher: Publisher


def _versions(article: str | None, job: Job) -> list[_Version]:
    """All versions of an article, oldest first, also those from before its source moved to this folder."""
    found = [
        _Version(version, Publisher(layout, catalogue))
        for layout, catalogue in job.folders
        for version in (catalogue.versions(article) if article else ())
    ]
    return sorted(found, key=lambda one: (one.version.number, one.version.derivation, one.version.converted))


def changes(job: Job) -> Iterator[tuple[str, Difference | None]]:
    """Describe the outcome of each URL of a job that has ended, with what changed; its stores must still be open."""
    failures = {failed.url: failed for failed in job.report.failures}
    written = {post.asked: post for post in job.report.posts}
    for url in job.options.urls:
        if url in failures:
            failed = failures[url]  # its message names the URL that failed: after a redirect, another one
            line = f"{url}: not fetched ({failed.outcome}): {failed.message.removeprefix(f'{url}: ')}{_held(url, job)}"
            yield line, None
            continue
        if url in job.report.unfetched:
            yield f"{url}: not fetched: the run ended before", None
            continue
        article = written[url].url if url in written else _stored(url, job)
        versions = _versions(article, job)
        last = versions[-1].version
        if url not in written:
            yield f"{url}: nothing changed since version {last.number} of {last.captured:%Y-%m-%d %H:%M} UTC", None
        elif len(versions) == 1:
            yield f"{url}: new: {last.path}", None
        else:
            line = f"{url}: changed, version {last.number}: {last.path}"
            try:
                old, new = (one.publisher.text(one.version) for one in versions[-2:])
                yield line, difference(old, new, versions[-2].version.images, last.images)
            except (ArchiveError, ValueError) as error:
                yield f"{line}; not compared: {error}; `warcpress audit` tells more", None
