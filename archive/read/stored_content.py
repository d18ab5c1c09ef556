"""The content of a stored member as a feed: a file and an offset go in; bytes, and the places of records, come out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.read.record import END, Rest
from archive.read.source import Bytes, Feed
from archive.read.streams import StoredFile, stream_at

_STEP = 1 << 16
"""Bytes of a stream that are read at a time."""
_START = re.compile(
    rb"WARC/\d|^[a-z][a-z0-9+.\-]{0,30}:[^\r\n]{0,3000} \S{1,50} \d{12,14} ", re.IGNORECASE | re.MULTILINE
)
"""What may be the start of a record, WARC or ARC, behind other bytes of its member."""
_LONGEST = 4096
"""Most bytes of a start."""


class StoredContent:
    """The content of a member, or of an uncompressed file from an offset on, as a feed."""

    def __init__(self, file: StoredFile, offset: int) -> None:
        self.offset, self.stream = offset, stream_at(file, offset)
        self.feed = Feed(b"", self._pieces())
        self._size: int | None = None
        """Bytes of the first member; None until they are all read."""

    def _pieces(self) -> Iterator[Bytes]:
        size = 0
        while True:
            while piece := self.stream.read(_STEP):
                size += len(piece)
                yield piece
            self._size = size if self._size is None else self._size
            if self.feed.goes_on is None or not self.stream.go_on(self.feed.goes_on):
                return

    def starts(self) -> Iterator[None]:
        """Bring the feed to each place in the first member where a record may begin; to none in a file without members.

        Records run on across members where somebody cut a file into blocks of one size, as bgzip does.
        """
        if not self.stream.has_members:
            return
        feed = self.feed
        feed.goes_on = lambda following: True
        while True:
            found = _START.search(feed.buffer, feed.pos)
            if found is None:
                feed.pos = max(feed.pos, len(feed.buffer) - _LONGEST)
                if self._ended(feed.offset) or not feed.more():
                    return
                continue
            feed.pos = found.start()
            if self._ended(here := feed.offset):
                return
            yield
            if feed.offset == here:
                feed.pos += 1

    def _ended(self, offset: int) -> bool:
        return self._size is not None and offset >= self._size


def rest_of(feed: Feed) -> Rest:
    """Pass over all that is left."""
    count, zeros, last = 0, True, END
    while not feed.at_end():
        piece = bytes(feed.buffer[feed.pos :])
        feed.pos = len(feed.buffer)
        count, zeros, last = count + len(piece), zeros and not piece.strip(b"\0"), (last + piece[-4:])[-4:]
    return Rest(count, zeros, blank=False, ends_well=last == END)
