"""Requests and responses that stand one after the other and name each other, as nearly all do: told apart while a file
is read, they need no look-up among all records (check 26)."""

from __future__ import annotations

from typing import NamedTuple

from archive.audit.scanning.batch import RecordKey

_PAIRS = frozenset({("request", "response"), ("response", "request")})


class Neighbour(NamedTuple):
    """What a pair must agree in."""

    kind: str
    id: RecordKey
    uri: str | None
    date: str
    links: list[bytes]
    """WARC-Concurrent-To."""


def sides(one: Neighbour, other: Neighbour) -> int:
    """Of how many sides two neighbours are tied, by nothing but links to each other: 0 (no pair, or one that differs
    in URI or date), 1, or 2."""
    if (one.kind, other.kind) not in _PAIRS or one.uri != other.uri or one.date != other.date:
        return 0
    to, back = one.links == [other.id], other.links == [one.id]
    return to + back if (to or not one.links) and (back or not other.links) else 0
