"""Text → key. Titles or names with equal keys differ only in case, spaces and punctuation."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def key(text: str) -> str:
    """Reduce a text to its letters and digits, in compatibility form (NFKC) and case folded."""
    return "".join(character for character in unicodedata.normalize("NFKC", text).casefold() if character.isalnum())
