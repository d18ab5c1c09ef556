"""Checks 9, 10 and 11: which fields a record of a type must, may not, and may only once have (WARC 1.1, 5 and 6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from archive.audit.findings import Fault, Severity

TYPES = frozenset({"warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion", "continuation"})
_ALL = ("WARC-Record-ID", "WARC-Type", "WARC-Date", "Content-Length")
_MORE = {
    "response": ("WARC-Target-URI",),
    "resource": ("WARC-Target-URI",),
    "request": ("WARC-Target-URI",),
    "conversion": ("WARC-Target-URI",),
    "revisit": ("WARC-Target-URI", "WARC-Profile"),
    "continuation": ("WARC-Target-URI", "WARC-Segment-Number", "WARC-Segment-Origin-ID"),
}
_ONLY_IN: dict[str, tuple[frozenset[str], str]] = {
    # field: the types that may have it, the clause
    "WARC-Concurrent-To": (frozenset({"request", "response", "resource", "metadata", "revisit"}), "WARC 1.1, 5.7"),
    "WARC-IP-Address": (frozenset({"request", "response", "resource", "metadata", "revisit"}), "WARC 1.1, 5.10"),
    "WARC-Refers-To": (frozenset({"metadata", "revisit", "conversion"}), "WARC 1.1, 5.11"),
    "WARC-Refers-To-Target-URI": (frozenset({"revisit"}), "WARC 1.1, 5.12"),
    "WARC-Refers-To-Date": (frozenset({"revisit"}), "WARC 1.1, 5.13"),
    "WARC-Target-URI": (TYPES - {"warcinfo"}, "WARC 1.1, 5.14"),
    "WARC-Warcinfo-ID": (TYPES - {"warcinfo"}, "WARC 1.1, 5.16"),
    "WARC-Filename": (frozenset({"warcinfo"}), "WARC 1.1, 5.17"),
    "WARC-Profile": (frozenset({"revisit"}), "WARC 1.1, 5.18"),
    "WARC-Segment-Origin-ID": (frozenset({"continuation"}), "WARC 1.1, 5.21"),
    "WARC-Segment-Total-Length": (frozenset({"continuation"}), "WARC 1.1, 5.22"),
}
_REPEATABLE = frozenset({"warc-concurrent-to", "warc-protocol"})
_DEFINED = frozenset(
    name.lower()
    for name in (*_ALL, *_ONLY_IN, "Content-Type", "WARC-Block-Digest", "WARC-Payload-Digest", "WARC-Truncated")
) | {"warc-identified-payload-type", "warc-segment-number"}


def check_09_mandatory(names: Collection[str], kind: str | None, empty: bool) -> Iterator[Fault]:
    """`names` in lower case; `kind` = WARC-Type in lower case; `empty` = Content-Length is 0."""
    for name in (*_ALL, *_MORE.get(kind or "", ())):
        if name.lower() not in names:
            yield Fault(
                "error",
                f"{name} is missing" + (f"; a {kind} record shall have it" if name not in _ALL else ""),
                check=9,
            )
    if kind is None:
        if "warc-type" in names:
            yield Fault("error", "WARC-Type is empty", check=9)
        return
    if kind not in TYPES:
        yield Fault(
            "note",
            f"record type {kind[:40]!r} is not one of the standard; its content is not checked",
            "WARC 1.1, 5.5",
            check=9,
        )
    elif not empty and kind != "continuation" and "content-type" not in names:
        yield Fault(
            "warning", "Content-Type is missing; a record with a block should have it", "WARC 1.1, 5.6", check=9
        )


def check_10_forbidden(names: Collection[str], kind: str) -> Iterator[Fault]:
    """Fields that the standard keeps for other types. Unknown types may have any."""
    if kind not in TYPES:
        return
    for name, (kinds, clause) in _ONLY_IN.items():
        if name.lower() in names and kind not in kinds:
            yield Fault("error", f"{name} shall not be used in a {kind} record", clause, check=10)
    if kind == "warcinfo" and "warc-payload-digest" in names:
        yield Fault(
            "warning", "WARC-Payload-Digest in a warcinfo record, which has no payload", "WARC 1.1, 5.9", check=10
        )


def check_11_repeated(names: tuple[str, ...]) -> Iterator[Fault]:
    """Only WARC-Concurrent-To and WARC-Protocol may stand more than once; for fields nobody defined it is a warning."""
    for name, count in Counter(names).items():
        if count > 1 and name not in _REPEATABLE:
            severity: Severity = "error" if name in _DEFINED else "warning"
            yield Fault(severity, f"{name} stands {count} times", check=11)
