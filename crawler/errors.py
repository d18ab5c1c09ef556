"""Errors of this package: one class for each, with the exit code that it leads to.

Exit codes: 1 findings or lost work, 2 usage, 3 locked, 4 storage; the README has the whole table.
"""

from __future__ import annotations

from pathlib import Path

UNWELL = 6
"""Exit code of a run that went well although a source is not well."""


class WarcpressError(Exception):
    """Base of all errors. The text says what went wrong, where, and what to do."""

    exit_code = 1


class ConfigError(WarcpressError):
    """A mistake in warcpress.toml or on the command line; the text names file, line and the known values."""

    exit_code = 2


class UnknownUrl(WarcpressError):
    """No post is stored for this URL."""

    exit_code = 2


class BadQuery(WarcpressError):
    """A fault in the words of a search."""

    exit_code = 2


class AlreadyRecorded(WarcpressError):
    """The page is a test case already."""

    exit_code = 2


class ExtractionBroken(WarcpressError):
    """The extractor does not start on this machine; the run stops, because no page would give a post."""

    exit_code = 2


class Locked(WarcpressError):
    """Another run has locked the data folder."""

    exit_code = 3
    too_long = False
    """Whether that has gone on for so long that `[notify]` tells it."""


class StorageFailed(WarcpressError):
    """A read or write of the disk failed; the run stops."""

    exit_code = 4


class Unusable(StorageFailed):
    """A database file can't be used: rights, a lock, a folder in its place, a newer schema; the disk is well."""


class Unsound(StorageFailed):
    """A database file is damaged, is no database, or has invalid rows; it can be made again."""

    path: Path | None = None
    """The file."""


class SourceUnreadable(WarcpressError):
    """A feed, sitemap, section or listing could not be read."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url, self.reason = url, reason

    def __str__(self) -> str:
        return f"{self.url}: {self.reason}"


class Refused(WarcpressError):
    """A rule forbids the request (address guard, fence, port, scheme, robots.txt, budget); nothing was sent."""

    def __init__(self, url: str, rule: str, reason: str) -> None:
        super().__init__(f"{url}: refused by {rule}: {reason}")
        self.url, self.rule, self.reason = url, rule, reason


class ExtractionError(WarcpressError):
    """Base of the errors of `extract`."""

    reason = "extraction"
    """Error class in the run file."""


class NotAnArticle(ExtractionError):
    """The page has no article.

    `reason` is an error class of the run file: listing, login-wall, consent-wall, blocked, soft-404, empty,
    needs-javascript, not-html …
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail

    def __str__(self) -> str:
        return f"not an article: {self.reason}" + (f" ({self.detail})" if self.detail else "")


class Elsewhere(ExtractionError):
    """The article is at another URL, to which the page leads."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url

    def __str__(self) -> str:
        return f"the article is at {self.url}"


class PartsNeeded(ExtractionError):
    """The article continues on further pages.

    Fetch them, append them to `Page.parts` whatever their status, and call `extract` again; with `Page.complete` when
    no further one can be had. `required`: the site declares its pages, so that an article without them is not whole.
    """

    def __init__(self, urls: tuple[str, ...], required: bool = True) -> None:
        super().__init__(urls, required)
        self.urls, self.required = urls, required

    def __str__(self) -> str:
        return "the article continues at " + ", ".join(self.urls)


class TooComplex(ExtractionError):
    """The page exceeds a limit of extraction: depth, elements, time, memory."""

    reason = "too-complex"

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return f"too complex: {self.limit}"


def exit_code_of(error: BaseException) -> int:
    """The exit code of a command that an error ends: the error's own, 4 for one of the system, else 1.

    130 for Ctrl-C; 0 for BrokenPipeError, because the reader of the output has read enough.
    """
    if isinstance(error, KeyboardInterrupt):
        return 130
    if isinstance(error, BrokenPipeError):
        return 0
    return int(getattr(error, "exit_code", 4 if isinstance(error, OSError) else 1))
