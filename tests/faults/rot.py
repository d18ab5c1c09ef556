"""Random damage of the files of a data folder, repeatable by its seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

STORES = {
    "catalogue": "catalogue.sqlite",
    "frontier": "frontier.sqlite",
    "digests": "index/digests.sqlite",
    "cdxj": "index/**/*.cdxj",
    "manifest": "manifest.jsonl",
    "run files": "runs/*.json",
    "warc": "warc/*.warc.gz",
}
"""Store → its files below the data folder."""


def _flip(content: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.choice((1, 8))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return content


def _zeros(content: bytearray, chance: random.Random) -> bytearray:
    start = chance.randrange(len(content)) // 512 * 512
    return content[:start] + bytes(len(content[start : start + 512])) + content[start + 512 :]


def _noise(content: bytearray, chance: random.Random) -> bytearray:
    start = chance.randrange(len(content)) // 512 * 512
    return content[:start] + chance.randbytes(len(content[start : start + 512])) + content[start + 512 :]


def _swap(content: bytearray, chance: random.Random) -> bytearray:
    size = 4096 if len(content) >= 8192 else max(1, len(content) // 4)
    one, two = sorted(chance.sample(range(max(2, len(content) // size)), 2))
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    pieces[one], pieces[two] = pieces[two], pieces[one]
    return bytearray(b"".join(pieces))


def _cut(content: bytearray, chance: random.Random) -> bytearray:
    return content[: chance.randrange(len(content))]


def _longer(content: bytearray, chance: random.Random) -> bytearray:
    return content + chance.randbytes(chance.randrange(1, 5000))


KINDS: tuple[Callable[[bytearray, random.Random], bytearray], ...] = (
    _flip,
    _flip,
    _zeros,
    _noise,
    _swap,
    _cut,
    _longer,
)


def rot(data: Path, store: str, chance: random.Random) -> str:
    """Damage one file of a store, or delete it; return what was done."""
    path = chance.choice(sorted(data.glob(STORES[store])))
    name = path.relative_to(data)
    if chance.random() < 0.1:
        path.unlink()
        return f"{name}: deleted"
    kind = chance.choice(KINDS)
    before = path.read_bytes()
    after = bytes(kind(bytearray(before), chance))
    path.write_bytes(after)
    return f"{name}: {kind.__name__.strip('_')}{'' if after != before else ' (no change)'}"
