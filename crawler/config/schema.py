"""The values of warcpress.toml: one frozen dataclass per table, one field per key. Sources are in `crawler.items`.

In a loaded Config every path is absolute and every duration in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from crawler.items import Source
from crawler.posts.frontmatter import Dialect
from crawler.posts.names import FOLDERS, PATTERNS

if TYPE_CHECKING:
    from crawler.posts.arrival import Form


@dataclass(frozen=True)
class Crawl:
    """`[crawl]`: who fetches, where the data goes, how polite a run is."""

    user_agent: str = "warcpress (+https://example.org/bot)"
    """Sent with every request; its first word selects the rules of robots.txt."""
    contact: str = ""
    """E-mail address or URL of the operator, for the `From` header and the warcinfo record; empty for none."""
    data: Path = Path("data")
    """Folder for everything that is stored; relative to the file's folder."""
    yearly: bool = False
    """Whether each year (UTC) has a data folder of its own below `data`: `2026`, `2027` … (docs/fleet.md)."""
    allow_private: tuple[str, ...] = ()
    """Networks that the address guard lets through although they are not public, e.g. `["127.0.0.0/8"]` in a test."""
    allow_ports: tuple[int, ...] = (80, 443)
    """Ports that a URL may have; every other one is refused."""
    resolve: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Addresses to dial instead, as with curl's `--connect-to`: `HOST` or `HOST:PORT` (`*` for any host) →
    `IP` or `IP:PORT`. The exact key beats `*`. URL, Host, SNI and the record's target URI do not change; the address
    guard judges the dialled address."""
    ca_file: Path | None = None
    """PEM file of certificates to trust besides the system's; relative to the file's folder; `""` for none."""
    delay: float = 1.0
    """Seconds between requests to one host."""
    concurrency: int = 1
    """Requests in flight per host."""
    obey_robots: bool = True
    """False fetches what robots.txt forbids: only with the publisher's consent."""
    proxy: str = field(default="", repr=False)
    """`http://HOST:PORT`, or `env:NAME` when it has a password. Proxies that the environment names are ignored."""
    proxy_guards: bool = False
    """Whether the proxy refuses private addresses, since it looks names up and dials by itself. Without it, no run
    starts with a `proxy`."""

    @property
    def is_example(self) -> bool:
        """Whether `user_agent` or `contact` names a domain of examples, as the template of `warcpress init` does."""
        return re.search(r"\bexample\.(?:com|net|org)\b", f"{self.user_agent} {self.contact}") is not None


@dataclass(frozen=True)
class Posts:
    """`[posts]`: where posts go and what they look like."""

    folder: str = "posts"
    """Relative to the data folder, or absolute: a Hexo site's `source/_posts`."""
    pattern: str = ""
    """Path of a post below `folder`, without extension: `{source}`, `{slug}` (of the URL), `{title}`, and `{date:…}` in
    the source's zone, with %Y %m %d %H %M %S. Empty = what the dialect needs: `{source}/{date:%Y/%m/%d}-{slug}`, with
    `jekyll` `{source}/{date:%Y-%m-%d}-{slug}`."""
    images: Literal["remote", "local"] = "remote"
    """`remote` keeps the publisher's URLs; `local` puts copies into the data folder's media/ and changes `src`."""
    dialect: Dialect = "hexo"
    """Whose front matter to write: `hugo` and `jekyll` want no empty first line, and an RFC 3339 date."""
    body: Literal["html", "markdown"] = "html"
    """How to write the bodies of posts. `markdown` is for reading and editing them as text; it has no classes, widths
    and colours, and a body of more than 10,000 tags or 500,000 characters stays HTML."""
    extension: str = "md"
    """Extension of the post files, without a dot."""
    extra: tuple[Literal["source", "warc_record_id", "payload_digest", "updated", "tags"], ...] = ()
    """Front-matter keys added after the seven of the format, in this order."""
    withdrawn: Literal["keep", "mark", "unpublish"] = "keep"
    """What becomes of the post file of an article that its publisher has withdrawn: `keep` leaves it, `mark` adds the
    front-matter key `withdrawn` with the time at which that was seen, `unpublish` removes the file. It is restored when
    the article is there again. After a change, `warcpress rebuild` applies it to the articles withdrawn before."""

    @property
    def form(self) -> Form:
        """The settings that decide what a post file looks like and where it is."""
        from crawler.posts.arrival import Form  # imports lxml, which commands that only read do not need

        pattern = self.pattern or PATTERNS[self.dialect]
        return Form(pattern, self.extension, self.images == "local", self.extra, self.dialect, self.body == "markdown")


@dataclass(frozen=True)
class Target:
    """A site, and where its posts are."""

    site: Path
    dialect: Dialect
    posts: str
    """Folder of the posts below `site`."""
    media: str
    """Folder of the pictures below `site`."""
    fleet: Path | None = None
    """Folder of the data folders of shards and years, which publish into the same site."""

    @property
    def folders(self) -> str:
        """The site's, to tell this site from another."""
        return "\n".join((str(self.site), self.posts, self.media))


@dataclass(frozen=True)
class Publish:
    """`[publish]`: a site that gets the posts."""

    site: str = ""
    """Folder of a Hexo, Hugo or Jekyll site, as `[posts] dialect` says; relative to this file's folder; empty for none.
    It gets each post that is new or changes, and its local pictures, as files."""
    folder: str = ""
    """Folder of the posts below `site`. Empty = what the dialect needs: `source/_posts`, with `hugo` `content/posts`,
    with `jekyll` `_posts`."""


@dataclass(frozen=True)
class Archive:
    """`[archive]`: the WARC files."""

    prefix: str = "warcpress"
    """First part of every file name."""
    operator: str = ""
    """Person or organisation, for the warcinfo record; empty for none."""
    rollover_bytes: int = 1_000_000_000
    """A file is closed once it is this large."""
    merge_below: int = 16 * 2**20
    """Files of fewer bytes are merged into one, day by day, once their day (UTC) is over; 0 for never."""
    styles: bool = True
    """Whether a run also captures the style sheets of each new or changed article, so that `serve` shows its original
    as it looked. A style sheet is asked for once a week at most, however many articles share it."""
    signing_key: str = field(default="", repr=False)
    """PEM file with the ed25519 private key that signs every sealed file, relative to this file's folder; or
    `env:NAME`, a variable with the PEM text itself. Empty for no signatures. A key that cannot be used stops the run
    before it starts."""
    timestamp_url: str = ""
    """URL of the RFC 3161 authority that time-stamps every sealed file; empty for none. If it does not answer, the run
    ends with code 4, and the next run seals."""
    trusted_keys: tuple[Path, ...] = ()
    """PEM files with public keys that the audit trusts besides that of `signing_key`."""
    timestamp_roots: tuple[Path, ...] = ()
    """PEM files with the root certificates of time stamps, both when they are taken and when they are audited."""


def _limit(default: float, why: str) -> Any:
    """Declare a field of Limits; `why` is its reason in SECURITY.md."""
    return field(default=default, metadata={"why": why})


@dataclass(frozen=True)
class Limits:
    """`[limits]`: what one page, one look at a source and one run may cost at most.

    `tools/configuration_reference.py` writes these defaults, meanings and reasons into the template of `warcpress
    init`, docs/configuration.md and SECURITY.md; `crawler.settings` makes Scrapy's settings from them.
    """

    wire_bytes: int = _limit(16 * 2**20, "the largest of 394 recorded articles has 2.9 MB")
    """Bytes of one response as received; the rest is cut off and the record marked truncated."""
    decoded_bytes: int = _limit(16 * 2**20, "as `wire_bytes`: a bomb of 1000 : 1 ends after 16 KB")
    """Bytes of one response once decompressed."""
    image_bytes: int = _limit(20 * 2**20, "press photographs in full size")
    """Bytes of one image, received and decompressed."""
    image_pixels: int = _limit(
        40_000_000, "a PNG of 0.3 MB with 88 megapixels takes 1.1 GB in the program that shows it"
    )
    """Width × height × frames in an image's headers; larger images are archived, not copied to media/."""
    held_bytes: int = _limit(
        48 * 2**20,
        "keeps the process below 300 MB: unbounded, 30 hosts took 684 MB, bombs 476 MB, pictures 1,376 MB",
    )
    """Bytes of all bodies in memory at once, decompressed ones included; beyond it, large downloads wait."""
    header_bytes: int = _limit(
        64 * 2**10, "servers themselves refuse more than 8 to 64 KB; without it, one server sent 879 MB in 10 s"
    )
    """Bytes of one response's status line and headers."""
    download_seconds: float = _limit(60.0, "ends a download that drips, not one from a slow site")
    """Seconds of one download, from name resolution to the last byte."""
    redirects: int = _limit(20, "what browsers follow; robots.txt has 5 (RFC 9309, 2.3.1.2)")
    """Hops from the requested URL to the one that answers."""
    robots_bytes: int = _limit(500 * 2**10, "RFC 9309, 2.5: at least 500 KiB")
    """Bytes read of one robots.txt; the rest is ignored."""
    retry_after_seconds: float = _limit(86_400.0, "a longer wish is an error, or hostile")
    """Seconds of the longest `Retry-After` that is heeded; a longer one counts as this."""
    retries: int = _limit(2, "later runs try again")
    """Further tries of one request in one run."""
    extract_seconds: float = _limit(5.0, "a hundred times what a page takes")
    """Seconds to extract one page in its child process."""
    extract_bytes: int = _limit(500 * 2**20, "five times what a child takes")
    """Bytes of memory for one extraction child."""
    discover_seconds: float = _limit(30.0, "a news sitemap of 50,000 entries takes 4 to 6")
    """Seconds to read one feed, sitemap, section page or listing in a child process."""
    article_images: int = _limit(200, "the most in 394 recorded articles is 33")
    """Images fetched for one article."""
    article_styles: int = _limit(60, "the most in 221 recorded articles is 57")
    """Style sheets fetched for one article, those that they import included."""
    style_bytes: int = _limit(4 * 2**20, "what the view of an original reads of one at most")
    """Bytes of one style sheet, received and decompressed."""
    article_parts: int = _limit(50, "long serials have a dozen")
    """Further pages fetched for one article; all its pages together may have `decoded_bytes`."""
    sitemap_bytes: int = _limit(50 * 2**20, "sitemaps.org")
    """Bytes of one sitemap once decompressed."""
    discovered_urls: int = _limit(50_000, "sitemaps.org")
    """Candidates taken from one feed, sitemap, section page or listing."""
    discovered_documents: int = _limit(200, "ends indexes that lead to further indexes")
    """Feeds, sitemaps, section pages and listings read in one look at one source."""
    disk_reserve: int = _limit(2**30, "a full disk stops other programs too, and databases in the middle of a change")
    """Bytes of the disk that a run leaves free, at most a twentieth of it: with less, no visit is begun, what is under
    way ends, and the exit code is 4."""
    source_urls: int = _limit(10_000, "a run comes every half hour")
    """Requests for one source in one run."""
    source_bytes: int = _limit(10 * 2**30, "a trap must not fill the disk")
    """Bytes received for one source in one run."""
    source_seconds: float = _limit(21_600.0, "one slow source must not hold the run for a day")
    """Seconds spent on one source in one run."""
    run_urls: int = _limit(100_000, "all sources together")
    """Requests in one run."""
    run_bytes: int = _limit(100 * 2**30, "all sources together")
    """Bytes received in one run."""
    run_seconds: float = _limit(86_400.0, "a run that takes longer than a day hangs")
    """Seconds of one run; downloads that are under way then are finished."""


@dataclass(frozen=True)
class Notify:
    """`[notify]`: one small POST after a run."""

    url: str = field(default="", repr=False)
    """Webhook that takes the run's summary as JSON, or `env:NAME` when the URL is itself a secret; empty for none."""
    on: Literal["problems", "always"] = "problems"
    """`problems` sends it only when the exit code is neither 0 nor 6, and when a source changes its state."""
    start_url: str = field(default="", repr=False)
    """URL that gets a POST when a `crawl` starts, as healthchecks.io and its like offer; `env:NAME` as in `url`.
    In this one and the next two, `{shard}` becomes the name of the shard, such as `shard-1`, or `all` without one."""
    success_url: str = field(default="", repr=False)
    """URL that gets a POST when a `crawl` ends with code 0 or 6, also when nothing was due."""
    failure_url: str = field(default="", repr=False)
    """URL that gets a POST when a `crawl` ends otherwise or does not start; not when the next one makes up for it."""


@dataclass(frozen=True)
class Metrics:
    """`[metrics]`: figures of each run for Prometheus."""

    textfile: str = ""
    """File for node_exporter's textfile collector, such as `/var/lib/node_exporter/warcpress.prom`; relative to this
    file's folder; empty for none."""


@dataclass(frozen=True)
class Fleet:
    """`[fleet]`: one configuration over several data folders, its shards."""

    shards: int = 0
    """Into how many shards the sources are divided, each with a data folder of its own below `[crawl] data`: `shard-1`,
    `shard-2` … (docs/fleet.md). 0 = no fleet: `[crawl] data` is the data folder."""
    database: str = field(default="", repr=False)
    """PostgreSQL database in which `warcpress worker` finds jobs, such as `postgresql://archive@db.example/fleet`;
    `env:NAME` when it has a password. Empty for none: `worker --local` needs none."""


@dataclass(frozen=True)
class Shard:
    """One part of a fleet: the option `--shard NUMBER/OF`, NUMBER from 1."""

    number: int
    of: int
    """How many shards the fleet has."""

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @property
    def name(self) -> str:
        """Name of its data folder. It lacks `of`, so that a further shard renames no folder."""
        return f"shard-{self.number}"


@dataclass(frozen=True)
class Remote:
    """`[remote]`: a store that has a copy of what is sealed."""

    url: str = ""
    """`s3://BUCKET/PREFIX` of any S3-compatible service, or `file:///FOLDER` of another disk; one for each archive.
    Credentials come from the environment only (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`)."""
    endpoint: str = ""
    """URL of the service, such as `https://s3.example.net`; empty for `AWS_ENDPOINT_URL`, else Amazon's."""
    region: str = ""
    """Empty for `AWS_REGION`, else `us-east-1`."""
    keep_local: float = 0.0
    """`push` removes WARC files that were read back from the store this long ago, such as `"30d"`; 0 = never."""


@dataclass(frozen=True)
class Config:
    """All of warcpress.toml; `Config()` is the configuration of an empty file in the current folder."""

    path: Path | None = None
    """The file it was read from."""
    crawl: Crawl = field(default_factory=Crawl)
    posts: Posts = field(default_factory=Posts)
    publish: Publish = field(default_factory=Publish)
    archive: Archive = field(default_factory=Archive)
    limits: Limits = field(default_factory=Limits)
    notify: Notify = field(default_factory=Notify)
    metrics: Metrics = field(default_factory=Metrics)
    fleet: Fleet = field(default_factory=Fleet)
    remote: Remote = field(default_factory=Remote)
    sources: tuple[Source, ...] = ()
    """In the file's order; names differ."""
    secret_values: tuple[str, ...] = field(default=(), repr=False)
    """Values taken from the environment (`env:NAME`)."""
    secrets_fault: str = ""
    """Why a value of the environment can't be used, as one line; `secrets` raises it. Empty = all can be."""
    shard: Shard | None = None
    """The shard whose folder `crawl.data` is; `sources` are those of all shards, so that a URL finds its source."""
    year: int | None = None
    """The year whose folder `crawl.data` is; None without `[crawl] yearly`."""
    root: Path | None = None
    """Folder below which all shards and years have theirs; None when there are none of them."""

    @property
    def target(self) -> Target | None:
        """The site that gets the posts; None without one."""
        if not self.publish.site:
            return None
        posts, media = FOLDERS[self.posts.dialect]
        folder, fleet = self.publish.folder or posts, self.root or self.crawl.data
        return Target(Path(self.publish.site), self.posts.dialect, folder, media, fleet)

    def thrown_away(self, folder: Path) -> Config:
        """Return this configuration for a run whose data is thrown away afterwards: in `folder`, unsigned."""
        return replace(
            self,
            crawl=replace(self.crawl, data=folder),
            posts=replace(self.posts, folder="posts"),
            archive=replace(self.archive, styles=False, signing_key="", timestamp_url=""),
            fleet=Fleet(),
        )
