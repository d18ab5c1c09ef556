"""`warcpress add URL…`: finds the feeds and sitemaps of sites, shows what each would bring, and adds sources.

`--opml FILE` adds the feeds of a list from a feed reader, without fetching anything.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from crawler.cli.common import load
from crawler.config import Config, rules
from crawler.errors import ConfigError, SourceUnreadable
from crawler.items import Source
from crawler.run.job import RunOptions
from crawler.terminal import put, say, voice
from crawler.urls.canonical import canonicalise, same_site

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.discovery.offers import Offer
    from crawler.spiders.add import Search

WIDTH = 80
"""Columns of the table."""
SHOWN, MOST_TRIED = 3, 30
"""Failures and URLs in the message that nothing was found."""
ADDRESS = 50
"""Column of the address."""
TITLES = 3
"""Articles that are shown of each feed or sitemap."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("urls", nargs="*", metavar="URL", help="a site, or a feed or sitemap of one")
    parser.add_argument("--opml", metavar="FILE", help="add the feeds of this list instead; nothing is fetched")
    parser.add_argument("--name", default="", help="name of the source (default: made of the host's)")
    parser.add_argument("--all", action="store_true", help="follow every feed and sitemap that brings something")
    parser.add_argument(
        "--dry-run", "--print", action="store_true", help="show what was found and would be written; write nothing"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    if bool(options.urls) == bool(options.opml):
        raise ConfigError("give the URL of a site, or --opml FILE")
    config = load(options) if Path(options.config).exists() or not options.dry_run else Config()
    if options.name and (problem := rules.source_name(options.name, "")):
        raise ConfigError(f"--name: {problem}")
    new = _New(config)
    if options.name.casefold() in new.names:
        raise ConfigError(f"{config.path}: has a source {options.name!r} already; --name gives another name")
    code = _of_opml(new, options) if options.opml else _of_sites(new, options)
    _write(new.sources, config, dry_run=options.dry_run)
    return code


class _New:
    """The sources to be written, beside those that the file has."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.sources: list[Source] = []
        self.names: set[str] = set()
        """Names that are taken, in lower case."""
        self._readers: dict[str, Source] = {}  # by canonical URL of an entry point
        for source in config.sources:
            self._know(source)

    def add(self, source: Source) -> None:
        """Add a source; ConfigError when its name is taken."""
        if source.name.casefold() in self.names:
            raise ConfigError(f"{self.config.path}: has a source {source.name!r} already; --name gives another name")
        self.sources.append(source)
        self._know(source)

    def _know(self, source: Source) -> None:
        self.names.add(source.name.casefold())
        for entry in source.entries:
            self._readers.setdefault(canonicalise(entry), source)

    def known(self) -> Iterator[Source]:
        """All sources, those of the file first."""
        yield from self.config.sources
        yield from self.sources

    def reader(self, url: str) -> Source | None:
        """The source that reads a feed or sitemap already."""
        return self._readers.get(canonicalise(url))


def _write(sources: list[Source], config: Config, *, dry_run: bool) -> None:
    from crawler.config.append import append, block

    if dry_run:
        for source in sources:
            for line in block(source).splitlines():
                put(line)
        if sources:
            say("nothing was written (--dry-run)")
    elif sources:
        assert config.path is not None
        append(config.path, sources)
        names = " ".join(source.name for source in sources[:3])
        many = f"{len(sources)} sources" if len(sources) > 1 else f"[[source]] {names}"
        say(f"{config.path}: {many} written at the end; next: `warcpress crawl {names} --limit 5`")


# -- sites


def _of_sites(new: _New, options: argparse.Namespace) -> int:
    from crawler.extractors import sites

    urls = []
    for url in map(_web_address, dict.fromkeys(options.urls)):
        if (profile := sites.by_url(url)) is None:
            urls.append(url)
        elif any(source.use == profile.name for source in new.known()):
            say(f"{url}: a source uses the profile {profile.name} already")
        else:
            say(f"{url}: warcpress has a profile for this site, {profile.name}")
            new.add(Source(options.name or profile.name, use=profile.name))
    searches = _searched(urls, new.config) if urls else []
    if options.name and len(searches) + len(new.sources) > 1:
        raise ConfigError("--name is for one source; these URLs make several")
    return max((_of_site(search, new, options) for search in searches), default=0)


def _web_address(text: str) -> str:
    url = text if "://" in text else f"https://{text}"
    if problem := rules.url(url, ""):
        raise ConfigError(problem)
    return url


def _searched(urls: list[str], config: Config) -> list[Search]:
    """Look for the feeds of sites as a run would, address guard and robots.txt included, with a temporary folder."""
    # Scrapy takes 0.4 s to import, and OPML does not need it.
    from crawler.cli.process import crawl, open_job
    from crawler.spiders.add import AddSpider

    if voice().watched:
        say(f"reading what may be feeds or sitemaps: some 20 documents of a site, {config.crawl.delay:g} s apart")
    with TemporaryDirectory(prefix="warcpress-") as folder:
        crawlers: list[Crawler] = []
        with open_job(config.thrown_away(Path(folder)), RunOptions(urls=tuple(urls)), "add") as job:
            crawl(job, AddSpider, listen=crawlers.append)
            if job.report.fatal is not None:
                raise job.report.fatal
        spider = crawlers[0].spider
        assert isinstance(spider, AddSpider)
        return _by_site(spider.searches)


def _by_site(searches: Iterable[Search]) -> list[Search]:
    """Join what was found at several URLs of one site."""
    joined: list[Search] = []
    for search in searches:
        first = next((one for one in joined if same_site(one.url, search.url)), None)
        if first is None:
            joined.append(search)
            continue
        known = {offer.url for offer in first.offers}
        first.offers += [offer for offer in search.offers if offer.url not in known]
        first.tried += search.tried
    return joined


def _of_site(search: Search, new: _New, options: argparse.Namespace) -> int:
    """Show what was found of a site, and add its source; return the exit code."""
    from crawler.discovery.offers import allow_of, chosen, name_of

    offers = chosen(search.offers, everything=options.all)
    if not any(offer.articles for offer in offers):
        say(_nothing(search, offers))
        return 1
    allow = allow_of(search.url, offers)
    for line in _table(search, offers, allow):
        put(line)
    taken = [offer for offer in offers if offer.taken]
    if not taken:
        say(f"{search.url}: nothing to follow; to follow one of these all the same, give its URL")
        return 1
    for offer in list(taken):
        if (reader := new.reader(offer.url)) is not None:
            say(f"{offer.url}: source {reader.name} reads it already")
            taken.remove(offer)
    if not taken:
        return 0
    follower = next((one for one in new.known() if any(same_site(search.url, entry) for entry in one.entries)), None)
    if follower is not None and not options.name:
        say(f"{search.url}: source {follower.name} follows this site already; --name NAME makes a second source")
        return 0
    name = options.name or name_of(search.url, new.names)
    feeds = tuple(offer.url for offer in taken if offer.is_feed)
    sitemaps = tuple(offer.url for offer in taken if not offer.is_feed)
    new.add(Source(name, feeds=feeds, sitemaps=sitemaps, allow=allow))
    return 0


def _nothing(search: Search, offers: list[Offer]) -> str:
    """Say in one line why nothing was found, and what was tried."""
    failures = [*filter(None, [search.failure]), *(offer.failure for offer in offers)]
    why = "; ".join(failures[:SHOWN]) + (f"; … {len(failures) - SHOWN} more" if len(failures) > SHOWN else "")
    tried = " ".join(_short(url, search.url) for url in search.tried[:MOST_TRIED])
    more = f" … {len(search.tried) - MOST_TRIED} more" if len(search.tried) > MOST_TRIED else ""
    found = f"no feed and no sitemap found{why and f': {why}'}; tried {tried}{more}"
    return f"{search.url}: {found}; `sections` or `listings` of a [[source]] can follow a site without"


def _short(url: str, base: str) -> str:
    """Return the path alone of a URL on the same host."""
    host = urljoin(base, "/")
    return f"/{url.removeprefix(host)}" if url.startswith(host) else url


def _table(search: Search, offers: list[Offer], allow: tuple[str, ...]) -> Iterator[str]:
    """Make the table of what was found, at most 80 columns wide."""
    from crawler.urls.allowed import allowed

    source = Source("", allow=allow)
    host = urljoin(search.url, "/")  # left out of addresses
    yield search.url
    yield "    kind            entries  allowed  newest      address"
    for offer in offers:
        address = _short(offer.url, search.url)
        if not offer.form:
            yield from _row("    unreadable", address)
            yield _fitting(f"      {offer.why.replace(host, '/')}")
            continue
        kind = f"index of {offer.children:,}" if offer.children else offer.form
        more = "+" if offer.children > offer.children_read else ""
        taken = sum(allowed(canonicalise(article.url), source) for article in offer.articles)
        newest = f"{offer.newest:%Y-%m-%d}" if offer.newest else "no dates"
        entries = f"{len(offer.articles):,}{more}"
        mark = "+" if offer.taken else " "
        yield from _row(f"  {mark} {kind:<14} {entries:>8} {f'{taken:,}{more}':>8}  {newest}", address)
        if offer.articles:
            yield "      " + _titles(offer)
        yield _fitting(f"      {'followed' if offer.taken else 'left out'}: {offer.why.replace(host, '/')}")
    if allow:
        yield f"  allow = {allow[0]}"
    if search.left_out:
        yield f"  {search.left_out} further documents were not read"


def _row(columns: str, address: str) -> Iterator[str]:
    """Yield the columns of a feed and its address, which is never cut: it may be given to `add` or a file."""
    line = f"{columns:<{ADDRESS}}{address}"
    yield from [line] if len(line) <= WIDTH else [columns, f"      {address}"]


def _titles(offer: Offer) -> str:
    width = (WIDTH - 6 - 3 * (TITLES - 1)) // TITLES
    paths = (article.title or urlsplit(article.url).path.rstrip("/").rpartition("/")[2] for article in offer.articles)
    return " · ".join(_fitting(title, width) for title, _ in zip(paths, range(TITLES), strict=False))


def _fitting(text: str, width: int = WIDTH) -> str:
    """Cut a text to a width in columns; a Chinese letter takes two."""
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"


# -- lists of feed readers


def _of_opml(new: _New, options: argparse.Namespace) -> int:
    from crawler.discovery import opml
    from crawler.discovery.offers import free_name, name_of

    if options.name or options.all:
        raise ConfigError("--name and --all are for URLs, not for --opml")
    path = Path(options.opml)
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from error
    try:
        feeds, missing = opml.read(body, str(path))
    except SourceUnreadable as error:
        raise ConfigError(str(error)) from error
    there = 0
    for row in feeds:
        if problem := rules.url(row.feed, ""):
            say(f"{path}: left out: {problem}")
        elif new.reader(row.feed) is not None:
            there += 1
        else:
            name = free_name(row.title, new.names) or name_of(row.feed, new.names)
            site = row.title if row.title.isprintable() else ""
            section = row.group if row.group.isprintable() else ""
            new.add(Source(name, site=site, section=section, feeds=(row.feed,)))
    say(f"{path}: {len(feeds)} feeds, {len(new.sources)} of them new" + (f"; {missing}" if missing else ""))
    return 0
