"""A look-up that gave nothing to dial → the guard's reason for it. Stands next to the downloader, so that it speaks
first."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import CannotResolveHostError

from crawler.fetching.failures import RequestRefused
from crawler.fetching.resolver import GuardedResolver


class VerdictMiddleware:
    """Turns "no address for the host" into a refusal by the guard where that was the cause."""

    def process_exception(self, request: Request, exception: Exception) -> None:
        from twisted.internet import reactor

        resolver = reactor.nameResolver
        if isinstance(exception, CannotResolveHostError) and isinstance(resolver, GuardedResolver):
            reason = resolver.refusals.get(urlsplit(request.url).hostname or "")
            if reason:
                raise RequestRefused(request.url, "guard", reason) from exception
