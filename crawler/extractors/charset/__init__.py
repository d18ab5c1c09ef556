"""Bytes → text: charset detection.

decoding      header, byte order mark, markup and bytes → Decoded
encodings     what labels mean, and which encodings are usual in which language or country
plausibility  how much decoded text looks like text of some language, and how little like mojibake
"""

from __future__ import annotations

from crawler.extractors.charset.decoding import Decoded, decode

__all__ = ["Decoded", "decode"]
