"""Settings of the Scrapy project: what differs from Scrapy's defaults, each with its reason, and settings of our own.

`configured` makes those that follow from warcpress.toml; on import, those of an empty file apply. `crawler.fetching`
reads our own settings (the names that Scrapy does not know) and has no defaults of its own. The capture add-on declares
its settings (WARC_… and three more) and their defaults in `crawler/capture/addon.py`.
"""

from __future__ import annotations

from typing import Any

from crawler.config import Config, Crawl, Limits, Shard, secrets
from crawler.config.signing import signer_of
from crawler.fleet.shards import divide

BOT_NAME = "warcpress"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# Capture every exchange, or refuse to start.
ADDONS = {"crawler.capture.Capture": 100}

# Only http and https: the others read local files or bypass the address guard (SECURITY.md, S4).
DOWNLOAD_HANDLERS = {"file": None, "data": None, "ftp": None, "s3": None}

DOWNLOAD_WARNSIZE = 0  # no warning below the limit; a response beyond it is reported
URLLENGTH_LIMIT = 2083

# Scrapy does not verify certificates by default. A source may opt out: meta["verify_tls"] = False.
DOWNLOAD_VERIFY_CERTIFICATES = True

# Judge the very address that is dialled (SECURITY.md, S1 to S3): without this resolver, 22 of 53 spellings of private
# addresses get through.
TWISTED_DNS_RESOLVER = "crawler.fetching.resolver.GuardedResolver"

# No listening socket during a run (SECURITY.md, U2).
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# Nothing that identifies us crosses hosts (SECURITY.md, C1 and C2), and no proxy from the environment is used.
COOKIES_ENABLED = False
REFERRER_POLICY = "no-referrer"
REFERER_ENABLED = False
HTTPPROXY_ENABLED = False

# Do not follow <meta http-equiv="refresh">: the extractors raise Elsewhere where it leads to the article.
METAREFRESH_ENABLED = False

# Our middlewares replace Scrapy's: robots.txt by RFC 9309 and without a race, Retry-After heeded, content codings
# removed as the audit removes them.
ROBOTSTXT_OBEY = False
RETRY_ENABLED = False
COMPRESSION_ENABLED = False
REDIRECT_ENABLED = False
# All middlewares are listed here: Scrapy imports everything in its own list, used or not (0.5 s, 2026-11), and our
# fence, unlike its off-site filter, does not depend on dont_filter.
DOWNLOADER_MIDDLEWARES_BASE: dict[str, int] = {}
DOWNLOADER_MIDDLEWARES = {
    # Engine side. Middlewares that refuse come first and judge every request: redirects and retries pass again.
    "crawler.fetching.fence.FenceMiddleware": 20,
    "crawler.fetching.guard.GuardMiddleware": 30,
    "crawler.fetching.budget.BudgetMiddleware": 40,
    "crawler.fetching.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 450,
    "crawler.fetching.pace.PaceMiddleware": 500,
    "crawler.fetching.retry.RetryMiddleware": 550,
    "crawler.fetching.redirects.RedirectMiddleware": 580,
    "crawler.fetching.decode.DecodeMiddleware": 590,
    "crawler.fetching.refused_lookup.RefusedLookupMiddleware": 950,
    # Downloader side
}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}  # the spider handles 404, 410 and 304 itself
SPIDER_MIDDLEWARES = {"scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": 800}

FENCE_REQUIRED = True
"""Read by fetching/fence.py: a request without meta["fence"] is refused."""
ROBOTS_SECONDS = 86_400.0
"""Read by fetching/robots.py: how long the rules of a robots.txt are used (RFC 9309, 2.4)."""
ROBOTS_RETRY_SECONDS = 600.0
"""Read by fetching/robots.py: when an unreachable robots.txt is fetched again."""
RETRY_BACKOFF = 2.0
"""Read by fetching/hosts.py: seconds of a host's first pause after a failure; doubled each time, at most 60."""
RETRY_AFTER_WAIT = 120.0
"""Read by fetching/hosts.py: a host's requests wait for a pause of at most this many seconds; else they are refused."""
BREAKER_FAILURES = 5
"""Read by fetching/hosts.py: failed connections in a row after which a host is left alone."""
BREAKER_SECONDS = 300.0
"""Read by fetching/hosts.py: how long it is left alone."""

# The delay is a minimum, so no jitter below it.
DOWNLOAD_DELAY_JITTER = 0.0
DOWNLOADER = "crawler.fetching.scheduling.Downloader"  # Scrapy's own exceeds the concurrency in bursts
SCHEDULER_PRIORITY_QUEUE = "crawler.fetching.scheduling.HostQueue"
AUTOTHROTTLE_ENABLED = False

# Scrapy's default of 100 starts 101 tasks for every response; with 4, a crawl is 1.6 × faster (2026-11).
CONCURRENT_ITEMS = 4

# The frontier remembers what to fetch; JOBDIR loses work on kill -9 and unpickles what it finds (SECURITY.md, U3).
JOBDIR = None
HTTPCACHE_ENABLED = False
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"

# In the order that an article passes them.
ITEM_PIPELINES = {
    "crawler.pipelines.validate.ValidatePipeline": 100,
    "crawler.pipelines.images.ImagesPipeline": 200,
    "crawler.pipelines.posts.PostsPipeline": 300,
    "crawler.pipelines.styles.StylesPipeline": 350,
    "crawler.pipelines.states.StatesPipeline": 400,
    "crawler.pipelines.catalogue.CataloguePipeline": 500,
}

# Scrapy logs nothing but warnings: warcpress writes one line for each event.
STATS_DUMP = False
LOG_LEVEL = "WARNING"
LOG_INSTALL_ROOT_HANDLER = False
LOGSTATS_INTERVAL = 0.0
EXTENSIONS_BASE: dict[str, int] = {}  # consoles, statistics, feed exports


def configured(config: Config) -> dict[str, Any]:
    """Make the settings that follow from warcpress.toml."""
    return {
        **_of_crawl(config.crawl),
        **_of_limits(config.limits),
        **_of_shard(config, config.shard or Shard(1, 1)),
        "OWN_URLS": [url for source in config.sources for url in source.entries],
        "WARC_FOLDER": str(config.crawl.data),
        "WARC_LOCK": False,  # the run holds the data folder's lock and has recovered what a dead run left
        "WARC_PREFIX": config.archive.prefix,
        "WARC_OPERATOR": config.archive.operator,
        "WARC_ROLLOVER_BYTES": config.archive.rollover_bytes,
        "WARC_SIGNER": signer_of(config),
        "WARC_SECRETS": [secret.decode() for secret in secrets(config)],
    }


def _of_crawl(crawl: Crawl) -> dict[str, Any]:
    """Make the settings that follow from `[crawl]`."""
    accept = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    return {
        "USER_AGENT": crawl.user_agent,
        "DEFAULT_REQUEST_HEADERS": {**accept, **({"From": crawl.contact} if "@" in crawl.contact else {})},
        "DOWNLOAD_DELAY": crawl.delay,
        "CONCURRENT_REQUESTS_PER_DOMAIN": crawl.concurrency,
        "CONCURRENT_REQUESTS": max(32, 2 * crawl.concurrency),
        "ALLOW_PRIVATE": list(crawl.allow_private),
        "ALLOW_PORTS": list(crawl.allow_ports),
        "RESOLVE": dict(crawl.resolve),
        "CRAWL_PROXY": crawl.proxy,
        "CRAWL_PROXY_GUARDS": crawl.proxy_guards,
        "OBEY_ROBOTS": crawl.obey_robots,
        "DOWNLOAD_CA_FILE": str(crawl.ca_file or ""),
    }


def _of_shard(config: Config, shard: Shard) -> dict[str, Any]:
    """Make the settings of the turns in which a shard asks hosts that are not its own (fetching/turns.py).

    All shards must count with one delay: that of [crawl], or the shortest of all sources if that is longer.
    """
    delays = [config.crawl.delay if source.delay is None else source.delay for source in config.sources]
    return {
        "SHARD_NUMBER": shard.number,
        "SHARD_COUNT": shard.of,
        "SHARD_DELAY": max(config.crawl.delay, min(delays, default=0.0)),
        "SHARD_DOMAINS": sorted(divide(config.sources, shard.of).own(shard.number)) if shard.of > 1 else [],
    }


def _of_limits(limits: Limits) -> dict[str, Any]:
    """Make the settings that follow from `[limits]`.

    Scrapy's own limits are 1 GiB, 180 s, and none for headers; SECURITY.md gives the reasons for ours.
    """
    return {
        "DOWNLOAD_MAXSIZE": limits.wire_bytes,
        "DOWNLOAD_TIMEOUT": limits.download_seconds,
        "DOWNLOAD_MAX_HEADER_BYTES": limits.header_bytes,
        "DOWNLOAD_HELD_BYTES": limits.held_bytes,
        "DECODED_MAXSIZE": limits.decoded_bytes,
        "REDIRECT_MAX_TIMES": limits.redirects,
        "ROBOTS_MAX_BYTES": limits.robots_bytes,
        "RETRY_TIMES": limits.retries,
        "RETRY_AFTER_MAX": limits.retry_after_seconds,
        "RUN_URLS": limits.run_urls,
        "RUN_BYTES": limits.run_bytes,
        "RUN_SECONDS": limits.run_seconds,
        "SOURCE_URLS": limits.source_urls,
        "SOURCE_BYTES": limits.source_bytes,
        "SOURCE_SECONDS": limits.source_seconds,
    }


# For Scrapy's own commands (`scrapy shell`, `scrapy fetch`), which do not read warcpress.toml.
globals().update({**_of_crawl(Crawl()), **_of_limits(Limits()), **_of_shard(Config(), Shard(1, 1)), "OWN_URLS": []})
