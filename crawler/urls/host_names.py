"""Host names as browsers ask DNS for them: a URL goes in, the same URL with an ASCII host comes out. Pure.

WHATWG URL Standard, "domain to ASCII": UTS 46, non-transitional. Python's `idna` codec is IDNA 2003, which asks for
strasse.de instead of straße.de: another owner's host. `archive.index.surt` maps hosts in the same way, which a test
compares; extractors use this module, so it imports nothing of `archive`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

_AUTHORITY = re.compile(r"(\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#\\]*@)?)([^/?#\\:\[\]@]+)")
_FORBIDDEN = re.compile(r"[\x00-\x20#%/:<>?@\[\\\]^|\x7f]")
_JOINERS = "\u200c\u200d"
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
LONGEST_LABEL = 63
_TOO_LONG = f"a label has more than {LONGEST_LABEL} characters"


def with_ascii_host(url: str) -> str:
    """Return an absolute or scheme-relative URL with its host in ASCII; ValueError says why a host name is invalid.

    A URL without a host, with an IPv6 address, or with an ASCII host is returned as it is.
    """
    found = _AUTHORITY.match(url)
    if found is None or (found[2].isascii() and "%" not in found[2]):
        return url
    return f"{found[1]}{ascii_host(found[2])}{url[found.end() :]}"


def askable(url: str) -> str:
    """As `with_ascii_host`, but an invalid host is percent-encoded: the address guard refuses it and says why."""
    try:
        return with_ascii_host(url)
    except ValueError:
        found = _AUTHORITY.match(url)
        assert found is not None
        host = quote(unquote(found[2]), safe="", errors="replace").lower()
        return f"{found[1]}{host}{url[found.end() :]}"


def host_of(url: str) -> str:
    """Return the host of a URL in ASCII and lower case, as in its canonical form; empty without one."""
    try:
        return urlsplit(askable(url)).hostname or ""
    except ValueError:
        return ""


@lru_cache(maxsize=256)
def ascii_host(host: str) -> str:
    """Return a host name in ASCII and lower case; ValueError says why it is invalid."""
    import idna  # loads tables for 20 ms, which only hosts beyond ASCII need

    try:
        mapped = idna.uts46_remap(unquote(host, errors="strict"), std3_rules=False, transitional=False)
        labels = mapped.split(".")
        if max(map(len, labels)) > LONGEST_LABEL:  # encoding takes quadratic time: 0.4 s for 1,000 characters
            raise ValueError(_TOO_LONG)
        if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in mapped):
            for label in filter(None, labels):
                idna.check_bidi(label, check_ltr=True)
        name = ".".join(map(_ascii_label, labels))
    except ValueError as error:  # idna.IDNAError is one
        raise ValueError(f"{host!r} is not a host name: {error}") from error
    if not name.strip(".") or _FORBIDDEN.search(name):
        raise ValueError(f"{host!r} is not a host name")
    return name


def _ascii_label(label: str) -> str:
    import idna

    if label.isascii():
        return label
    if label.startswith("xn--"):
        raise ValueError(f"{label!r} begins as if it were ASCII")
    idna.check_initial_combiner(label)
    for place, character in enumerate(label):
        if character in _JOINERS and not idna.valid_contextj(label, place):
            raise ValueError("a joiner between letters that do not join")
    coded = "xn--" + label.encode("punycode").decode("ascii")
    if len(coded) > LONGEST_LABEL:
        raise ValueError(_TOO_LONG)
    return coded
