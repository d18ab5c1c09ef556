"""Keys of an index: a URL goes in, its SURT comes out (`com,example)/path?query`).

Spellings that replay tools treat as the same page get the same key. The rules are those of pywb, cdxj-indexer and the
Wayback Machine, so their indexes and ours find each other's captures. One differs: hosts beyond ASCII are looked up as
browsers ask for them (UTS 46, non-transitional); the others take straße.de for strasse.de, another owner's host.
"""

from __future__ import annotations

import re
import socket
from typing import Literal
from urllib.parse import quote_from_bytes, unquote_to_bytes

from archive.errors import UsageError

Match = Literal["prefix", "host", "domain"]
"""A CDX server's `matchType`: URLs that begin with one, all of its host, all of its domain."""

_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:")
_STACKED = re.compile(rb"(?:https?://)*(?=https?://)")
_PARTS = re.compile(rb"(?s)([^:]*):(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?")
_WWW = re.compile(rb"www[0-9]*\.")
_IPV4 = re.compile(rb"[1-9][0-9]*(?:\.[0-9]+){0,3}|0[0-7]*(?:\.[0-7]+){0,3}")
_DEFAULT_PORTS = {b"http": 80, b"https": 443}

_LONGEST_LABEL = 63
_PLAIN = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""Kept besides letters and digits; the rest (`%`, `#`, space, controls, bytes from 0x80) becomes %XX."""

_UNQUOTE_ROUNDS = 64
"""Maximum rounds of unquoting: `%252541` is unquoted until nothing changes.

A round takes two bytes off `%2525…25`, so a URL of 64 KB could cost 32,000 rounds; honest ones need three at most.
"""

_MAX_URL = 1 << 17
"""Maximum bytes of a URL whose parts are ordered; servers accept a tenth of it, and Chromium 2 MB."""

_PATH_SESSIONS = (
    re.compile(rb"(?<=/)\((?:[a-z]\([0-9a-z]{24}\))+\)/"),
    re.compile(rb"(?<=/)\([0-9a-z]{24}\)/"),
)
_QUERY_SESSIONS = (
    re.compile(rb"jsessionid=[0-9a-z]{32}(?:&|\Z)"),
    re.compile(rb"phpsessid=[0-9a-z]{32}(?:&|\Z)"),
    re.compile(rb"sid=[0-9a-z]{32}(?:&|\Z)"),
    re.compile(rb"aspsessionid[a-z]{8}=[a-z]{24}(?:&|\Z)"),
)


def surt(url: str) -> str:
    """The SURT of a URL: printable ASCII without spaces, for any input (an empty URL gives `-`).

    It ignores case (in path and query too), `www.` and `www2.`, user, fragment, default port, closing slash, dot
    segments, escapes, the order of query arguments, and session ids. The other tools have no SURT for a URL whose port
    is not a number; here the key is the escaped URL, as for one that is longer than any server takes.
    """
    raw = url.encode("utf-8", "surrogatepass").strip().translate(None, b"\t\n\r")
    if not raw:
        return "-"
    if raw.startswith(b"filedesc"):  # ARC's warcinfo
        return _escape(raw).decode("ascii")
    if len(raw) > _MAX_URL:
        return _escape(raw).decode("ascii")
    raw = _with_one_scheme(raw)
    parts = _PARTS.match(raw)
    assert parts is not None  # there is a scheme
    scheme, authority, path, query = (part or b"" for part in parts.groups())
    host, port = _split(authority)
    if port and not (port.isdigit() and len(port) <= 5 and int(port) <= 65535):
        return _escape(raw).decode("ascii")
    if not host and path and scheme.startswith(b"http"):  # http:////www.example.com
        host, _, path = path.lstrip(b"/").partition(b"/")
        path = b"/" + path
    host = _host(host)
    path, query = _path(path, hierarchical=bool(host)), _query(query)
    if query:
        path = (path or b"/") + b"?" + query
    return (_site(scheme, host, port) + path).decode("ascii")


def key_beginnings(url: str, match: Match) -> tuple[str, ...]:
    """The beginnings of the keys of all URLs that begin with `url`, or are of its host or domain; in their order.

    A host is meant with all its ports, unless `url` names one; a domain is a host and all its subdomains. UsageError
    for a URL without a host.
    """
    key = surt(url)
    if match == "prefix":
        last = url[-1:]
        return (key + last if last in ("/", "?") and not key.endswith(last) else key,)
    host, closed, _ = key.partition(")")
    if not closed:
        raise UsageError(f"{url}: has no host; look it up with --match prefix")
    return tuple(host + mark for mark in (")", ",", ":") if match == "domain" or mark != ",")


def _with_one_scheme(raw: bytes) -> bytes:
    """Put `http://` before a URL without a scheme, and keep the last scheme of `http://https://example.com`."""
    if not _SCHEME.match(raw):
        raw = b"http://" + raw
    stacked = _STACKED.match(raw)
    return raw[stacked.end() :] if stacked else raw


def _site(scheme: bytes, host: bytes, port: bytes) -> bytes:
    """The part of the key before the path: `com,example:8080)`."""
    if not host:
        return scheme + b":"
    if scheme != b"dns":
        host = host[www.end() :] if (www := _WWW.match(host)) else host
    key = b",".join(reversed(host.split(b".")))
    if port and int(port) != _DEFAULT_PORTS.get(scheme.lower()):
        key += b":" + port
    return key + b")"


def _split(authority: bytes) -> tuple[bytes, bytes]:
    """Host and port of `user@host:port`, the port without leading zeros; an IPv6 address without its brackets."""
    place = authority.rstrip(b":").rpartition(b"@")[2]
    if b"[" in place:
        host, _, rest = place.partition(b"[")[2].partition(b"]")
        port = rest.partition(b":")[2]
    else:
        host, _, port = place.partition(b":")
    return host, port.lstrip(b"0")


def _host(host: bytes) -> bytes:
    host = _unquote(host)
    if not host.isascii():
        host = _idna(host)
    host = host.replace(b"..", b".").strip(b".")
    return _dotted(host) or _escape(host).lower()


def _idna(host: bytes) -> bytes:
    """The host's `xn--` form; the host itself when it has none, for instance with a label above 63 bytes."""
    import idna  # loads tables for 20 ms, which only hosts beyond ASCII need

    try:
        mapped = idna.uts46_remap(host.decode("utf-8", "ignore"), std3_rules=False, transitional=False)
    except idna.IDNAError:
        return host
    labels = mapped.split(".")
    if max(map(len, labels)) > _LONGEST_LABEL:  # encoding takes quadratic time
        return host
    coded = [label.encode() if label.isascii() else b"xn--" + label.encode("punycode") for label in labels]
    return host if max(map(len, coded)) > _LONGEST_LABEL else b".".join(coded)


def _dotted(host: bytes) -> bytes | None:
    """The dotted form of an IPv4 address (one number, octal, or fewer than four parts); None for other hosts."""
    if host.isdigit() and len(host) <= 4300:  # int() takes no more
        return socket.inet_ntoa((int(host) & 0xFFFFFFFF).to_bytes(4, "big")).encode()
    if not _IPV4.fullmatch(host):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(host.decode())).encode()
    except OSError:
        return None


def _path(path: bytes, *, hierarchical: bool) -> bytes:
    path = _unquote(path)
    if hierarchical:
        kept: list[bytes] = []
        for segment in path.split(b"/")[1:]:
            if segment == b".." and kept:
                kept.pop()
            elif segment != b".":
                kept.append(segment)
        path = b"/" + b"".join(segment + b"/" for segment in kept[:-1] if segment) + (kept[-1] if kept else b"")
    path = _escape(path).lower()
    for session in _PATH_SESSIONS:
        path = _without_path_session(path, session)
    return path[:-1] if path.endswith(b"/") and len(path) > 1 else path


def _without_path_session(path: bytes, session: re.Pattern[bytes]) -> bytes:
    """Remove the last ASP.NET cookieless session that is followed by `….aspx` before any `?`."""
    for found in reversed(list(session.finditer(path))):
        rest = path[found.end() :]
        if b".aspx" in rest.partition(b"?")[0][1:]:
            return path[: found.start()] + rest
    return path


def _query(query: bytes) -> bytes:
    query = _escape(_unquote(query)).lower()
    for session in _QUERY_SESSIONS:
        if found := list(session.finditer(query)):
            query = query[: found[-1].start()] + query[found[-1].end() :]
    query = _without_coldfusion(query)
    if len(query) < 2:
        return query
    return b"&".join(b"=".join(pair) for pair in sorted(argument.split(b"=", 1) for argument in query.split(b"&")))


def _without_coldfusion(query: bytes) -> bytes:
    """Remove the last `cfid=…&cftoken=…`."""
    arguments = query.split(b"&")
    for at in range(len(arguments) - 2, -1, -1):
        start = arguments[at].rfind(b"cfid=", 0, -1)
        if start >= 0 and arguments[at + 1].startswith(b"cftoken=") and arguments[at + 1] != b"cftoken=":
            before = b"&".join([*arguments[:at], arguments[at][:start]])
            return before + b"&".join(arguments[at + 2 :])
    return query


def _unquote(raw: bytes) -> bytes:
    for _ in range(_UNQUOTE_ROUNDS):
        if b"%" not in raw or (plain := unquote_to_bytes(raw)) == raw:
            break
        raw = plain
    return raw


def _escape(raw: bytes) -> bytes:
    return quote_from_bytes(raw, safe=_PLAIN).encode("ascii")
