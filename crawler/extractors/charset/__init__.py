"""Bytes → text.

decoding      header, byte order mark, markup and the bytes weighed against each other → Decoded
encodings     what labels mean, and which are usual where
plausibility  how much a reading looks like text of its language
letters       how often the letters of each script follow one another
"""

from __future__ import annotations

from crawler.extractors.charset.decoding import Decoded, decode

__all__ = ["Decoded", "decode"]
