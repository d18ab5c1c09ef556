"""The errors of this package, with the exit codes of `python -m archive`."""

from __future__ import annotations


class ArchiveError(Exception):
    """Base of all errors; the message says what is wrong, where, and what to do."""

    exit_code = 1


class UsageError(ArchiveError):
    """A command line or an argument that can't be used."""

    exit_code = 2


class StorageError(ArchiveError):
    """Writing failed; `safe` says what is stored nevertheless."""

    exit_code = 4

    def __init__(self, message: str, safe: str = "") -> None:
        super().__init__(f"{message}; {safe}" if safe else message)
        self.reason, self.safe = message, safe


class InUse(ArchiveError):
    """Another process reads the archive, and must be waited for."""

    exit_code = 3


class BadRecord(ArchiveError):
    """A record that can't be read, with its file and offset."""

    def __init__(self, file: str, offset: int, reason: str) -> None:
        super().__init__(f"{file}:{offset}: {reason}")
        self.file, self.offset, self.reason = file, offset, reason


class OnlyInStore(BadRecord):
    """A record of a WARC file that is only in the store, asked of a reader that was given none."""

    def __init__(self, file: str, offset: int, url: str) -> None:
        super().__init__(file, offset, f"this WARC file is only in {url}; `warcpress pull` brings it back")


class CodingError(ArchiveError):
    """A transfer or content coding that can't be decoded."""


class EndsEarly(CodingError):
    """A body that ends before its coding does."""


class TooLarge(CodingError):
    """A decoded body above the caller's limit, in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes once decoded")
        self.limit = limit


class TimestampError(ArchiveError):
    """A time stamp that is missing or proves nothing; the message says why."""


class StoreFailed(Exception):
    """The store did not do what it was asked; nothing is lost, and the same command may be run again.

    It is no ArchiveError: whoever takes those for damaged records must not take a store that fails for one.
    """

    exit_code = 4
