"""`warcpress refetch URL|POST…`: fetches articles now, in the same way as a run, and prints what changed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from archive import ArchiveError
from crawler.cli.changes import put_difference
from crawler.cli.common import catalogue_of, importing, layout_of, load
from crawler.config import Config
from crawler.errors import ConfigError
from crawler.from_warc.publish import Publisher
from crawler.from_warc.show import page_of_post
from crawler.posts.differences import Difference, difference
from crawler.run.options import RunOptions
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
    chosen = RunOptions(urls=_urls(options.articles, config), source=options.source)
    # Scrapy takes 0.4 s to import; `--help` does not need it.
    from crawler.sandbox.pool import Workers

    with Workers.of(config.limits) as workers:
        workers.start()
        with importing():
            from crawler.cli.process import run_job

        return run_job(config, chosen, "refetch", workers, wait=options.wait, after=_print)


def _urls(names: list[str], config: Config) -> tuple[str, ...]:
    """URLs to fetch, each once: those that were given, and the pages of the posts that were given."""
    paths = [name for name in names if "://" not in name]
    pages: dict[str, str] = {}
    if paths:
        layout = layout_of(config)
        with catalogue_of(layout) as catalogue:
            pages = {path: page_of_post(path, None, layout, catalogue).url for path in paths}
    return tuple(dict.fromkeys(pages.get(name, name) for name in names))


def _print(job: Job) -> None:
    for line, changed in changes(job):
        put(line)
        if changed is not None:
            put_difference(changed, words=None)


def _stored(url: str, job: Job) -> str | None:
    """Canonical URL of the article at a URL, or of the one that this page is another form of."""
    known = job.frontier.known(url)
    return job.catalogue.article_of(url) or (job.catalogue.article_of(known.article) if known else None)


def _held(url: str, job: Job) -> str:
    """What has become of the post that is stored of a page without an article."""
    article = _stored(url, job)
    state = job.catalogue.states.name(article) if article else "present"
    return "" if state == "present" else f"; the stored article is {state}"


def changes(job: Job) -> Iterator[tuple[str, Difference | None]]:
    """Describe the outcome of each URL of a job that has ended, with what changed; its stores must still be open."""
    publisher = Publisher(job.layout, job.catalogue)
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
        versions = job.catalogue.versions(article) if article else []
        if url not in written:
            last = versions[-1]
            yield f"{url}: nothing changed since version {last.number} of {last.captured:%Y-%m-%d %H:%M} UTC", None
        elif len(versions) == 1:
            yield f"{url}: new: {versions[-1].path}", None
        else:
            old, new = versions[-2:]
            line = f"{url}: changed, version {new.number}: {new.path}"
            try:
                yield line, difference(publisher.text(old), publisher.text(new), old.images, new.images)
            except (ArchiveError, ValueError) as error:
                yield f"{line}; not compared: {error}; `warcpress audit` tells more", None
