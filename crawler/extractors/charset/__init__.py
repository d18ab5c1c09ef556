"""Bytes → text: charset detection.

content_type  Content-Type fields → media type, charset
decoding      header, byte order mark, markup and bytes → Decoded
encodings     tables: labels, and the usual encodings of languages and countries
plausibility  rates decoded texts: text of a language, or mojibake
"""

from __future__ import annotations

from crawler.extractors.charset.content_type import content_type
from crawler.extractors.charset.decoding import Decoded, decode

__all__ = ["Decoded", "content_type", "decode"]
