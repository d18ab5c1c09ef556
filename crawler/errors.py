"""What can go wrong, one class per outcome; each carries what it is about and the exit code it leads to.

The codes are the table of the README: 1 findings or lost work, 2 usage, 3 locked, 4 storage.
"""

from __future__ import annotations


class WarcpressError(Exception):
    """Base of every error of this package. Its text says what, where, and what to do."""

    exit_code = 1


class ConfigError(WarcpressError):
    """warcpress.toml or the command line is wrong; the text names file, line and what is known."""

    exit_code = 2


class UnknownUrl(WarcpressError):
    """Nothing is held for this URL."""

    exit_code = 2


class AlreadyRecorded(WarcpressError):
    """A test case holds this very page."""

    exit_code = 2


class ExtractionBroken(WarcpressError):
    """The extractor can't be started on this machine: no page could become a post, so the run stops."""

    exit_code = 2


class Locked(WarcpressError):
    """Another run holds the data folder."""

    exit_code = 3


class StorageFailed(WarcpressError):
    """The disk did not take or did not give back what it should; the run stops."""

    exit_code = 4


class Unsound(StorageFailed):
    """A database that is none, is damaged, or holds what nobody wrote there; it can be made again."""


class SourceUnreadable(WarcpressError):
    """A feed, sitemap, section or listing that could not be read."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url, self.reason = url, reason

    def __str__(self) -> str:
        return f"{self.url}: {self.reason}"


class Refused(WarcpressError):
    """A request that a rule forbids (address guard, fence, port, scheme, robots, budget); nothing was sent."""

    def __init__(self, url: str, rule: str, reason: str) -> None:
        super().__init__(f"{url}: refused by {rule}: {reason}")
        self.url, self.rule, self.reason = url, rule, reason


class ExtractionError(WarcpressError):
    """Base of what `extract` says instead of giving a post."""

    reason = "extraction"
    """A short token for the run file."""


class NotAnArticle(ExtractionError):
    """The page is no article. `reason` is a short token: listing, login-wall, consent-wall, soft-404, empty,
    needs-javascript, not-html …"""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail

    def __str__(self) -> str:
        return f"not an article: {self.reason}" + (f" ({self.detail})" if self.detail else "")


class Elsewhere(ExtractionError):
    """The page only leads to the article at another URL."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url

    def __str__(self) -> str:
        return f"the article is at {self.url}"


class PartsNeeded(ExtractionError):
    """The article goes on: call again with these pages (whatever their status) appended to `Page.parts`."""

    def __init__(self, urls: tuple[str, ...]) -> None:
        super().__init__(urls)
        self.urls = urls

    def __str__(self) -> str:
        return "the article goes on at " + ", ".join(self.urls)


class TooComplex(ExtractionError):
    """The page exceeds a limit of extraction (depth, elements, time, memory)."""

    reason = "too-complex"

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return f"too complex: {self.limit}"
