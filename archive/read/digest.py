"""Parses digest labels: `sha1:…` goes in; algorithm, bytes and hash function come out, or why it can't be verified."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

_KNOWN: dict[str, tuple[Callable[[], Any], int]] = {
    "md5": (hashlib.md5, 16),
    "sha1": (hashlib.sha1, 20),
    "sha224": (hashlib.sha224, 28),
    "sha256": (hashlib.sha256, 32),
    "sha384": (hashlib.sha384, 48),
    "sha512": (hashlib.sha512, 64),
    "sha512224": (partial(hashlib.new, "sha512_224"), 28),
    "sha512256": (partial(hashlib.new, "sha512_256"), 32),
    "sha3224": (hashlib.sha3_224, 28),
    "sha3256": (hashlib.sha3_256, 32),
    "sha3384": (hashlib.sha3_384, 48),
    "sha3512": (hashlib.sha3_512, 64),
    "blake2b": (hashlib.blake2b, 64),
    "blake2b160": (partial(hashlib.blake2b, digest_size=20), 20),
    "blake2b256": (partial(hashlib.blake2b, digest_size=32), 32),
    "blake2b384": (partial(hashlib.blake2b, digest_size=48), 48),
    "blake2b512": (hashlib.blake2b, 64),
    "blake2s": (hashlib.blake2s, 32),
    "blake2s256": (hashlib.blake2s, 32),
}
"""Hash function and bytes of a digest, by algorithm: lower case, without hyphens."""
_USUAL = {
    (name, 2 * size if base == 16 else size * 8 // 5): (new, size, base)
    for name, (new, size) in _KNOWN.items()
    for base in (16, 32)
    if base == 16 or size % 5 == 0
}
"""Hash function, bytes and base (16 or 32), by algorithm and length of the value, for nearly all labels."""
_UNVERIFIABLE = frozenset(
    {
        "blake3",
        "crc32",
        "crc32c",
        "adler32",
        "md4",
        "ripemd160",
        "tiger",
        "whirlpool",
        "xxh32",
        "xxh64",
        "xxh3",
        "xxh128",
        "murmur3",
    }
)
"""Algorithms that Python's hashlib does not have."""
_BASE32 = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abcdefghijklmnopqrstuvwxyz0189+-_ ",
    "0123456789abcdefghijklmnopqrstuv0123456789abcdefghijklmnop!!!!!!!!",
)
"""Maps base32 letters to the digits of int(…, 32), and other characters to `!`, which int() refuses.

It takes 0.5 µs a digest, base64.b32decode 4 µs (2026-11).
"""
BASE32_DIGITS = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghijklmnopqrstuv")
"""The same map for bytes in upper case."""
_HEX = re.compile(r"[0-9a-fA-F]+")


class Digest(NamedTuple):
    """A label that can be verified."""

    algorithm: str
    """Lower case, without hyphens: `sha1`."""
    value: bytes
    new: Callable[[], Any]
    """Makes the hash object."""

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value.hex()}"


class BadLabel(NamedTuple):
    """A label that can't be verified, and why."""

    reason: str
    known: bool = False
    """Whether the algorithm exists, but is not verified here."""


def parse_label(label: str) -> Digest | BadLabel:
    """Read `algorithm:value`; length *and* alphabet tell the encoding (32 hex digits are an MD5, not base32)."""
    algorithm, colon, value = label.partition(":")
    usual = _USUAL.get((algorithm, len(value)))
    if usual is not None:
        new, size, base = usual
        try:
            raw = bytes.fromhex(value) if base == 16 else int(value.translate(_BASE32), 32).to_bytes(size, "big")
        except ValueError:
            raw = b""
        if len(raw) == size:
            return Digest(algorithm, raw, new)
    key = algorithm.lower().replace("-", "").replace("_", "").replace("/", "")
    if not colon or not value:
        return BadLabel(f"{label[:160]!r} is not algorithm:value")
    if key in _KNOWN:
        return _parse_value(label, key, value)
    if key in _UNVERIFIABLE:
        return BadLabel(f"{key} is not verified here; the record counts as unverified", known=True)
    return BadLabel(f"{label[:160]!r}: unknown algorithm")


def _parse_value(label: str, key: str, value: str) -> Digest | BadLabel:
    """Decode the value in any form that tools write: hex, base32 or base64, padded or not."""
    new, size = _KNOWN[key]
    length = len(value)
    if length == 2 * size and _HEX.fullmatch(value):
        return Digest(key, bytes.fromhex(value), new)
    bare = value.rstrip("=")
    letters = (size * 8 + 4) // 5
    if len(bare) == letters and length in (letters, -(-letters // 8) * 8):
        return _parse_base32(label, key, bare)
    if len(bare) == (size * 8 + 5) // 6:
        padded = bare.replace("-", "+").replace("_", "/") + "=" * (-len(bare) % 4)
        try:
            return Digest(key, base64.b64decode(padded, validate=True), new)
        except binascii.Error:
            pass  # as long as base64, but something else
    algorithm = label.partition(":")[0]
    return BadLabel(
        f"{label[:160]!r}: {length} characters are not a {algorithm} digest ({2 * size} hex, {letters} base32)"
    )


def _parse_base32(label: str, key: str, letters: str) -> Digest | BadLabel:
    new, size = _KNOWN[key]
    try:
        number = int(letters.translate(_BASE32), 32)
    except ValueError:
        return BadLabel(f"{label[:160]!r}: as long as {label.partition(':')[0]} in base32, but not base32")
    spare = len(letters) * 5 - size * 8
    if number & ((1 << spare) - 1):
        return BadLabel(f"{label[:160]!r}: bits left over after {size} bytes of base32")
    return Digest(key, (number >> spare).to_bytes(size, "big"), new)
