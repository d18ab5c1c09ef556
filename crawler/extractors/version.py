"""Which extractor made a post: our version and those of the libraries that its text depends on.

Stored with every post, so that an audit that derives the text again can tell a changed extractor from a changed post.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from lxml import etree


def _rules() -> str:
    """8 hex digits over the source of this package and of what its rules stand on: no change of a rule can go without a
    change of the version."""
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
