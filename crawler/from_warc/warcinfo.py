"""Sources go in, fields of a warcinfo record come out, and back (WARC 1.1, 6.2).

Each source's effective configuration is stored as JSON without secrets, with its sha256, so that posts can be extracted
again without a configuration file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from crawler.config import effective, source_from
from crawler.items import Source

SOURCE = "source"
DIGEST = "source-sha256"


def source_fields(sources: Iterable[Source]) -> list[tuple[str, str]]:
    """Return two fields for each source: its configuration and the sha256 of that."""
    fields = []
    for source in sources:
        # ASCII, so that the record does not escape a control or separator character again.
        text = json.dumps(effective(source), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        fields += [(SOURCE, text), (DIGEST, hashlib.sha256(text.encode()).hexdigest())]
    return fields


def sources_of(fields: Iterable[tuple[str, str]]) -> dict[str, Source]:
    """Return the sources of a warcinfo record by name; ConfigError or ValueError when one can't be read."""
    found = [source_from(json.loads(value)) for name, value in fields if name == SOURCE]
    return {source.name: source for source in found}
