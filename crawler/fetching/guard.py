"""Middleware: refuse a request, before anything is sent, if its URL may not be dialled (the address guard).

It judges every request, redirects, robots.txt and images included, by its URL: scheme, port, credentials, and the host
as the downloader reads it. The resolver that it installs on the reactor (`resolver.py`) judges the address, and
`refused_lookup.py` reports what the resolver refused.
"""

from __future__ import annotations

import logging
import re
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler

from archive import Redactor
from crawler.capture import CaptureRefused, origin_of
from crawler.fetching.failures import RequestRefused
from crawler.fetching.resolver import GuardedResolver, policy_of
from crawler.urls.addresses import literal
from crawler.urls.canonical import DEFAULT_PORTS
from crawler.urls.credentials import split_credentials
from crawler.urls.host_names import askable, with_ascii_host

logger = logging.getLogger(__name__)

_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
"""A host that is dialled; RFC 3986 permits more characters (`;`, `~`), but no public host name has them."""

LONGEST_URL = 8192
"""Characters of a URL: RFC 9110, 4.1 asks for 8000.

A Location field of 64 KB may be three times as long once escaped, and the time for robots.txt, patterns and the index
grows with the length of a URL."""


class GuardMiddleware:
    """Judge the URL of each request; a refusal names the URL and the rule."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._policy = policy_of(crawler.settings)
        self._ports = frozenset(int(port) for port in crawler.settings.getlist("ALLOW_PORTS"))
        self._proxy, self._credentials = split_credentials(crawler.settings.get("CRAWL_PROXY") or "")
        self._redactor = Redactor(secret.encode() for secret in crawler.settings.getlist("WARC_SECRETS"))
        self._configured = frozenset(Request(askable(url)).url for url in crawler.settings.getlist("OWN_URLS"))
        _refuse_to_start(crawler)
        crawler.signals.connect(self._install, signals.spider_opened)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def _install(self) -> None:
        from twisted.internet import reactor

        GuardedResolver(self._policy, reactor).install_on_reactor()
        if self._proxy:
            logger.warning(
                "fetching through a proxy: host names are judged here, but the proxy dials (proxy_guards = true)"
            )

    async def process_request(self, request: Request) -> None:
        from twisted.internet import reactor

        resolver = reactor.nameResolver
        if not isinstance(resolver, GuardedResolver) or resolver.policy != self._policy:
            raise RequestRefused(
                request.url, "guard", "the reactor's resolver was replaced; nothing is fetched without the guarded one"
            )
        if self._redactor.found_in(request.url.encode()) and request.url not in self._configured:
            # A server put the secret there; the frontier, the index and other servers' logs would show it.
            shown = self._redactor.text(request.url)
            raise RequestRefused(shown, "secret", "the URL contains one of the configured secrets")
        host, port = self._judge(request.url)
        if request.meta.get("proxy") not in (None, self._proxy):
            raise RequestRefused(request.url, "proxy", "only the proxy of the configuration is used")
        address = literal(host)
        if (
            address is not None
            and self._policy.target(host, port) is None
            and (reason := self._policy.refusal(address))
        ):
            raise RequestRefused(request.url, "guard", reason)
        if self._proxy:
            if reason := await resolver.refusal(host, port):
                raise RequestRefused(request.url, "guard", reason)
            request.meta["proxy"] = self._proxy
            if self._credentials:
                request.headers["Proxy-Authorization"] = f"Basic {self._credentials}"

    def _judge(self, url: str) -> tuple[str, int]:
        """Return the host and port that will be dialled; RequestRefused when a rule forbids them."""
        if len(url) > LONGEST_URL:
            raise RequestRefused(url, "url", f"has {len(url)} characters, more than {LONGEST_URL}")
        try:
            with_ascii_host(url)
            parts = urlsplit(url)
            scheme, given = parts.scheme.lower(), parts.port
        except ValueError as error:
            raise RequestRefused(url, "url", str(error)) from error
        if scheme not in DEFAULT_PORTS:
            raise RequestRefused(url, "scheme", f"{scheme or 'no scheme'} is neither http nor https")
        if "@" in parts.netloc:
            raise RequestRefused(url, "userinfo", "a user name in a URL hides its host")
        netloc = parts.netloc if given is None else parts.netloc.rpartition(":")[0]
        if not _HOST.fullmatch(netloc.removesuffix(":")):
            raise RequestRefused(url, "url", "the host can be read in more than one way")
        dialled = origin_of(url)
        if dialled.port not in self._ports:
            raise RequestRefused(url, "port", f"port {dialled.port} is not in allow_ports")
        return dialled.host, dialled.port


def _refuse_to_start(crawler: Crawler) -> None:
    """Raise CaptureRefused where a setting would let requests pass the guard (SECURITY.md, S6 and U3)."""
    settings = crawler.settings
    for name in ("FENCE_REQUIRED", "OBEY_ROBOTS"):
        if settings.get(name) is None:
            raise CaptureRefused(f"{name} is not set; begin with the settings of crawler/settings.py")
    if settings.get("CRAWL_PROXY") and not settings.getbool("CRAWL_PROXY_GUARDS"):
        raise CaptureRefused(
            "[crawl] proxy: a proxy looks names up and dials by itself, past the address guard; have it refuse private "
            "addresses and set proxy_guards = true, or leave proxy empty"
        )
    if settings.getbool("HTTPPROXY_ENABLED"):
        raise CaptureRefused(
            "HTTPPROXY_ENABLED lets proxies from the environment past the address guard; set it to False"
        )
    if settings.get("JOBDIR"):
        raise CaptureRefused(
            "JOBDIR loses work and unpickles what it finds; leave it empty, the frontier remembers what to fetch"
        )
    if settings.getbool("HTTPCACHE_ENABLED"):
        raise CaptureRefused("HTTPCACHE_ENABLED gives responses without an exchange to capture; set it to False")
    for scheme, handler in settings.getwithbase("DOWNLOAD_HANDLERS").items():
        if scheme not in DEFAULT_PORTS and handler is not None:
            raise CaptureRefused(f"DOWNLOAD_HANDLERS has one for {scheme}, past the address guard; set it to None")
