"""Checks 16 to 19: what a digest label means, and what to say when the bytes do not give it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from archive.audit.findings import Fault

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
_USUAL = {
    (name, 2 * size if base == 16 else size * 8 // 5): (new, size, base)
    for name, (new, size) in _KNOWN.items()
    for base in (16, 32)
    if base == 16 or size % 5 == 0
}
"""Label and length → how the value is read, for what nearly all records have."""
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
_BASE32 = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abcdefghijklmnopqrstuvwxyz0189+-_ ",
    "0123456789abcdefghijklmnopqrstuv0123456789abcdefghijklmnop!!!!!!!!",
)
"""Base32 letters to the digits of int(…, 32): 0.5 µs a digest against 4 µs of base64.b32decode (2026-11); other
characters to none."""
BASE32_DIGITS = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghijklmnopqrstuv")
_HEX = re.compile(r"[0-9a-fA-F]+")


class Digest(NamedTuple):
    """A label that can be checked."""

    algorithm: str
    """Without hyphens, lower case: `sha1`."""
    value: bytes
    new: Callable[[], Any]
    """Makes the hash object."""

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value.hex()}"


def check_18_label(name: str, label: str) -> Digest | Fault:
    """`algorithm:value`; the encoding follows from length *and* alphabet (32 hex digits are an MD5, not base32)."""
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
    known = _KNOWN.get(key)
    if known is None or not colon or not value:
        return _unknown(name, label, key, bool(colon and value))
    new, size = known
    length = len(value)
    if length == 2 * size and _HEX.fullmatch(value):
        return Digest(key, bytes.fromhex(value), new)
    bare = value.rstrip("=")
    letters = (size * 8 + 4) // 5
    if len(bare) == letters and length in (letters, -(-letters // 8) * 8):
        try:
            number = int(bare.translate(_BASE32), 32)
        except ValueError:
            return Fault("error", f"{name} {label[:160]!r}: as long as {algorithm} in base32, but not base32", check=18)
        spare = letters * 5 - size * 8
        if number & ((1 << spare) - 1):
            return Fault("error", f"{name} {label[:160]!r}: bits left over after {size} bytes of base32", check=18)
        return Digest(key, (number >> spare).to_bytes(size, "big"), new)
    if len(bare) == (size * 8 + 5) // 6:
        try:
            return Digest(
                key,
                base64.b64decode(bare.replace("-", "+").replace("_", "/") + "=" * (-len(bare) % 4), validate=True),
                new,
            )
        except binascii.Error:
            pass  # as long as base64 but something else: falls through to the finding
    return Fault(
        "error",
        f"{name} {label[:160]!r}: {length} characters are no {algorithm} digest ({2 * size} hex, {letters} base32)",
        check=18,
    )


def _unknown(name: str, label: str, key: str, whole: bool) -> Fault:
    if not whole:
        return Fault("error", f"{name} {label[:160]!r} is not algorithm:value", check=18)
    if key in _UNVERIFIABLE:
        return Fault("warning", f"{name}: {key} is not verified here; the record counts as unverified", check=18)
    return Fault("error", f"{name} {label[:160]!r}: unknown algorithm", check=18)


def check_18_unverified() -> Fault:
    """A segment's payload digest is that of the whole logical record (7), which is in other records too."""
    return Fault("note", "{count} payload digests of segmented records are not verified", "WARC 1.1, 5.9", check=18)


def check_16_block(wanted: Digest, found: bytes) -> Fault | None:
    """The digest of the block as stored."""
    if found == wanted.value:
        return None
    return Fault("error", f"block digest is {wanted.algorithm}:{found.hex()}, the record says {wanted}", check=16)


def note_16_body() -> Fault:
    """Webrecorder left the HTTP head out of some; of a revisit nothing remains then."""
    return Fault("warning", "{count} block digests are over the HTTP body alone: the heads are not protected", check=16)


def note_17_other_bytes(what: str) -> Fault:
    """The digest is right, but about other bytes than it should be: a tool's habit, so it is counted."""
    return Fault("warning", f"{{count}} payload digests are over {what}, not over the entity body", check=17)


def check_17_payload(wanted: Digest, found: bytes, truncated: bool) -> Fault | None:
    """The digest of the payload: transfer coding removed, content coding kept."""
    if found == wanted.value:
        return None
    if truncated:
        return Fault("warning", "payload digest is not that of the stored part; the record is truncated", check=17)
    return Fault("error", f"payload digest is {wanted.algorithm}:{found.hex()}, the record says {wanted}", check=17)


def check_19_coverage(without: int, records: int) -> Fault | None:
    """Records whose alteration nothing would show."""
    if not without:
        return None
    return Fault(
        "warning",
        f"{without} of {records} records carry no digest: nothing would show that they were altered",
        check=19,
    )
