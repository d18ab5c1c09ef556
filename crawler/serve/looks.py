"""The captures of an article's pages: rows of the catalogue go in, what each found, and how it came, comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive import ArchiveError, Capture, Record, StoreFailed, parse_fields, parse_head
from crawler.from_warc.history import found
from crawler.serve.held import Opened
from crawler.store.stored_version import State, Version

MOST = 40
"""Captures that a page lists, the newest ones beside those of the version shown.

Each record is opened, which takes 0.2 ms (2026-11).
"""
_METADATA = 1 << 16
"""Bytes of a metadata record that are read."""


@dataclass(frozen=True)
class Look:
    """One capture of a page of an article."""

    capture: Capture
    found: str
    """What it gave, in words."""
    version: str = ""
    """Record id of the version that was made from it; empty when it gave none."""
    state: str = ""
    """`withdrawn`, `suspect` or `present`, when it showed that."""
    fault: str = ""
    """Why its record can't be read; else empty."""
    ip: str = ""
    """Address that was dialled; empty when it is not recorded, like all below."""
    protocols: tuple[str, ...] = ()
    cipher: str = ""
    block: str = ""
    """Digest of the record's block."""
    certificates: tuple[str, ...] = ()
    """Digests of the server's certificates, leaf first."""

    @property
    def connection(self) -> str:
        """How the server was reached, in words."""
        tls = next((name for name in self.protocols if name.startswith("tls/")), "")
        over = f"{tls.upper().replace('/', ' ')}, {self.cipher}" if tls and self.cipher else tls or self.cipher
        return over or ("TLS of unknown version" if self.capture.url.startswith("https:") else "without TLS")


def looks_of(
    opened: Opened, versions: Sequence[Version], states: Sequence[State], shown: Version
) -> tuple[list[Look], int]:
    """The captures of an article's pages, the newest first, and how many are left out.

    Those of the version `shown` are never left out, and come with the certificates.
    """
    made = {page: version for version in reversed(versions) for page in version.pages}
    showed = {state.capture: state for state in states}
    first = [opened.catalogue.capture(version.pages[0]) for version in versions if version.pages]
    captures = opened.catalogue.captures.of({capture.url for capture in first if capture})
    own = [page for record_id in shown.pages if (page := opened.catalogue.capture(record_id))]
    others = [capture for capture in reversed(captures) if capture.record_id not in shown.pages]
    newest = others[: max(0, MOST - len(own))]
    listed = sorted([*own, *newest], key=lambda capture: capture.date, reverse=True)
    found = [_look(opened, capture, made, showed, with_tls=capture in own) for capture in listed]
    return found, len(others) - len(newest)


def _look(
    opened: Opened, capture: Capture, made: dict[str, Version], showed: dict[str, State], *, with_tls: bool
) -> Look:
    version, state = made.get(capture.record_id), showed.get(capture.record_id)
    told, name = found(capture), ""
    if state is not None:
        name = state.state
        told = f"there again, was {state.reason}" if name == "present" else f"{name}: {state.reason}"
    elif version is not None:
        told = f"version {version.number}"
    look = Look(capture, told, version.record_id if version else "", name)
    try:
        with opened.reader.response(capture) as response:
            record, head = response.record, parse_head(response.head)
            return replace(
                look,
                capture=replace(capture, mime=capture.mime or head.media_type),  # the index has none of a revisit
                ip=record.get("WARC-IP-Address") or "",
                protocols=tuple(record.all("WARC-Protocol")),
                cipher=record.get("WARC-Cipher-Suite") or "",
                block=record.get("WARC-Block-Digest") or "",
                certificates=_certificates(opened, record) if with_tls else (),
            )
    except (ArchiveError, StoreFailed) as error:
        return replace(look, fault=str(error))


def _certificates(opened: Opened, of: Record) -> tuple[str, ...]:
    """The server's certificates, from the metadata record of the exchange, which follows its response and request."""
    for record in opened.reader.records(of.file, of.offset):
        if record.type in ("response", "revisit") and record.record_id != of.record_id:
            break
        if record.type == "metadata" and of.record_id in record.all("WARC-Concurrent-To"):
            fields = parse_fields(record.block.read(_METADATA))
            return tuple(value for name, value in fields if name == "tlsCertificate")
    return ()
