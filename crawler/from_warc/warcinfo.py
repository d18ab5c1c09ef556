"""Sources ⇄ fields of a run's warcinfo record (WARC 1.1, 6.2): each source's effective configuration as JSON, without
secrets, with its sha256, so that `rebuild` and provenance need no other configuration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from crawler.config import effective, source_from
from crawler.items import Source

SOURCE = "source"
DIGEST = "source-sha256"


def source_fields(sources: Iterable[Source]) -> list[tuple[str, str]]:
    """Two fields a source."""
    fields = []
    for source in sources:
        # ASCII, so that no control or separator character is escaped a second time by the record.
        text = json.dumps(effective(source), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        fields += [(SOURCE, text), (DIGEST, hashlib.sha256(text.encode()).hexdigest())]
    return fields


def sources_of(fields: Iterable[tuple[str, str]]) -> dict[str, Source]:
    """The sources of a warcinfo record, by name. ConfigError or ValueError when one can't be read."""
    found = [source_from(json.loads(value)) for name, value in fields if name == SOURCE]
    return {source.name: source for source in found}
