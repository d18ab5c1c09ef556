"""The content of members in sequence: a member goes in; bytes come out, those of the next members where it goes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from archive.read.gzip_members import Gap, Member
from archive.read.record import END, RECORD_START, Rest
from archive.read.source import Bytes, Feed

_LONGEST = 200
"""Bytes that show the start of a record."""
_LINE_ENDS = re.compile(rb"[\r\n]*")


class Content:
    """The content of a member, and of those that go on with the record that is being read."""

    def __init__(
        self, member: Member, members: Iterator[Member | Gap], may_join: Callable[[int], bool] = lambda kept: True
    ) -> None:
        """`may_join` tells whether a member may be joined to so many bytes that were not read yet."""
        self._members, self._may_join = members, may_join
        self.last = member
        """The last member that was joined."""
        self.next: Member | Gap | None = None
        """What was taken from the file after it, and is no part of this content."""
        self._starts = [(0, member)]
        """Members, and where in the content they begin."""
        self.feed = Feed(member.first, self)

    def place(self) -> tuple[Member, int]:
        """The member that has the next byte, and the place of that byte in the content from this member on."""
        at = self.feed.offset
        last = len(self._starts) - 1
        while last and self._starts[last][0] > at:
            last -= 1
        del self._starts[:last]
        start, member = self._starts[0]
        return member, at - start

    def close(self) -> None:
        """Let go of the bytes: feed and content refer to each other, so they would stay until a garbage collection."""
        self.feed, self._starts = Feed(b""), []

    def begin(self) -> None:
        """Begin to read a record, which may go on in the next member."""
        self.feed.ended = False

    def at_end(self) -> bool:
        """Tell whether no byte is left: the next member begins another record."""
        self.feed.goes_on = None
        return self.feed.at_end()

    def begins_record(self) -> bool:
        """Tell whether a version line comes next, or as much of it as the content has."""
        feed = self.feed
        feed.fill(5)
        start = bytes(feed.buffer[feed.pos : feed.pos + 5]).upper()
        return start == b"WARC/"[: len(start)] and not self.at_end()

    def find_record(self) -> bool:
        """Pass over the rest of a record that was lost, through further members; tell whether another one begins."""
        feed = self.feed
        feed.ended, feed.goes_on = False, lambda following: True
        while (found := RECORD_START.search(feed.buffer, feed.pos)) is None:
            feed.pos = max(feed.pos, len(feed.buffer) - _LONGEST)
            if not feed.more():
                break
        feed.goes_on = None
        feed.pos = len(feed.buffer) if found is None else found.start()
        return found is not None

    def rest(self) -> Rest:
        """Pass over the bytes before the next record: line ends, or else all that is left."""
        feed = self.feed
        count, zeros, blank, last = 0, True, True, END
        while not self.at_end():
            stop = len(feed.buffer)
            if blank:
                line_ends = _LINE_ENDS.match(feed.buffer, feed.pos)
                if line_ends and line_ends.end() > feed.pos:
                    stop = line_ends.end()
                elif self.begins_record():
                    break
                else:
                    blank, stop = False, len(feed.buffer)
            piece = bytes(feed.buffer[feed.pos : stop])
            feed.pos = stop
            count += len(piece)
            zeros = zeros and not piece.strip(b"\0")
            last = (last + piece[-4:])[-4:]
        return Rest(count, zeros, blank, last == END)

    def __iter__(self) -> Iterator[Bytes]:
        return self

    def __next__(self) -> Bytes:
        """The next piece; after the end there may be more for a record that begins before it."""
        if self.last.pieces is not None:
            piece = next(self.last.pieces, None)
            if piece is not None:
                return piece
            self.last.pieces = None
        if self.last.fault is not None or not self._join():
            raise StopIteration
        return self.last.first

    def _join(self) -> bool:
        """Take the next member if it goes on with the record; else it is left for later."""
        feed = self.feed
        if feed.goes_on is None or self.next is not None:
            return False
        part = self.next = next(self._members, None)
        if not isinstance(part, Member) or part.fault is not None or not part.first or not feed.goes_on(part.first):
            return False
        if not self._may_join(len(feed.buffer) - feed.pos):
            return False
        self._starts.append((feed.base + len(feed.buffer), part))
        self.last, self.next = part, None
        return True
