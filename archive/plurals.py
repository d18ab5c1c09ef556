"""Says how many there are of something: a number and a noun go in, `1 file` or `2 files` come out."""

from __future__ import annotations


def many(count: int, one: str, several: str = "") -> str:
    """Name a number of things. `several`: the plural where it is not `one` with an s: `record is`, `records are`."""
    return f"{count} {one if count == 1 else several or one + 's'}"


class Counted(int):
    """A number in a message that is a template: `{count:record is|records are} lost`, `{count:record}`."""

    def __format__(self, words: str) -> str:
        one, _, several = words.partition("|")
        return many(self, one, several) if words else str(int(self))
