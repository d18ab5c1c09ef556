"""What can go wrong with an archive; the exit codes are those of `python -m archive`."""

from __future__ import annotations


class ArchiveError(Exception):
    """Base of every error of this package. Its text says what, where, and what to do."""

    exit_code = 1


class UsageError(ArchiveError):
    """A command line or an argument that makes no sense."""

    exit_code = 2


class StorageError(ArchiveError):
    """The disk did not take what we wrote; `safe` says what is stored all the same."""

    exit_code = 4

    def __init__(self, message: str, safe: str = "") -> None:
        super().__init__(f"{message}; {safe}" if safe else message)
        self.safe = safe


class BadRecord(ArchiveError):
    """A record that can't be read; carries where it stands."""

    def __init__(self, file: str, offset: int, reason: str) -> None:
        super().__init__(f"{file}:{offset}: {reason}")
        self.file, self.offset, self.reason = file, offset, reason


class CodingError(ArchiveError):
    """A transfer or content coding that does not decode."""


class TooLarge(CodingError):
    """Decoding went over the limit that the caller set, in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes once decoded")
        self.limit = limit


class TimestampError(ArchiveError):
    """No time stamp, or none that proves anything; the text says why."""
