"""VERSION, which every post records: our version, a digest of the extraction rules, and versions of libraries.

When a post is derived again, it tells whether the extractor or the post has changed.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from lxml import etree


def _rules() -> str:
    """Digest the source files of this package and of the parts of crawler.urls that it uses, as 8 hex digits.

    So any change of a rule changes the version.
    """
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for path in sorted(
        [*folder.rglob("*.py"), *(folder.parent / name for name in ("urls/addresses.py", "urls/canonical.py"))]
    ):
        digest.update(path.relative_to(folder.parent).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:8]


def _dotted(parts: tuple[int, ...]) -> str:
    return ".".join(map(str, parts))


VERSION = (
    f"warcpress/{version('warcpress')}+{_rules()} lxml/{_dotted(etree.LXML_VERSION[:3])} "
    f"libxml2/{_dotted(etree.LIBXML_VERSION)} trafilatura/{version('trafilatura')}"
)
