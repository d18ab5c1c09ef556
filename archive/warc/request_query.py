"""The method and query of a request, for the key of its capture: the block of a request record goes in.

A CDXJ index files a capture under its URL. Captures by other methods than GET would be taken for the page, so their key
is made of the URL with `__wb_method=POST` and the request's body appended as arguments. These are the rules of pywb and
cdxj-indexer (IIPC, "CDX for non-GET requests"). Where the two differ, for instance on JSON's null, it is done as in
pywb and wabac, which replay. AMF, for which both need a further library, is taken for any other binary body.
"""

from __future__ import annotations

import json
import math
import re
from base64 import b64encode
from io import BytesIO
from urllib.parse import quote_plus, unquote_plus, urlencode

from archive.errors import CodingError
from archive.warc.codings import dechunk
from archive.warc.heads import HEAD_END, request_headers

MAX_REQUEST = 2 << 20
"""Bytes of a request that are read. Longer JSON adds nothing to the key."""

_MAX_QUERY = 4096
"""Characters of a body's query that are kept, as in pywb and cdxj-indexer."""
_METHOD = re.compile(rb"[ \t\r\n]*([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64})[ \t]")
_BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^\s;]+))', re.IGNORECASE)
_NAME = re.compile(rb'^content-disposition:[^\r\n]*?;[ \t]*name=(?:"([^"]*)"|([^\s;"]+))', re.IGNORECASE | re.MULTILINE)


def request_query(request: bytes) -> tuple[str, str]:
    """Method of a request, upper case, and what it adds to the query of its URL: `POST`, `__wb_method=POST&a=1`.

    A GET adds nothing; what is no request counts as one. `request`: its head and body, with or without the chunked
    coding; MAX_REQUEST bytes of them count.
    """
    request = request[:MAX_REQUEST]
    found = _METHOD.match(request)
    method = found[1].decode("ascii").upper() if found else "GET"
    if method == "GET":
        return "GET", ""
    body = _body_query(request) if method in ("POST", "PUT") else ""
    return method, f"__wb_method={method}{'&' if body else ''}{body}"


def _body_query(request: bytes) -> str:
    head_end = HEAD_END.search(request)
    headers = {name.lower(): value for name, value in reversed(request_headers(request))}
    body = _body(request[head_end.end() :] if head_end else b"", headers)
    return _encoded(body, headers.get("content-type", "").strip())[:_MAX_QUERY] if body else ""


def _body(rest: bytes, headers: dict[str, str]) -> bytes:
    """The body by its length; with a length that is not a number, none, and without a length the rest of the block."""
    if headers.get("transfer-encoding", "").strip().lower() == "chunked":
        try:
            return b"".join(dechunk(BytesIO(rest)))
        except CodingError:  # cut, or without its chunks
            return rest
    length = headers.get("content-length", str(len(rest))).strip()
    return rest[: int(length)] if length.isdecimal() and len(length) < 19 else b""


def _encoded(body: bytes, content_type: str) -> str:
    mime = content_type.lower()
    if mime.startswith("application/x-www-form-urlencoded"):
        try:
            return unquote_plus(body.decode("utf-8"))
        except UnicodeDecodeError:
            return _binary(body)
    if mime.startswith("multipart/"):
        boundary = _BOUNDARY.search(content_type)
        return (boundary and _form(body, boundary[1] or boundary[2])) or _binary(body)
    if mime.startswith(("application/json", "text/plain")):
        try:
            return _json(body)
        except (ValueError, OverflowError, RecursionError):
            return _binary(body) if mime.startswith("text/plain") else ""
    return _binary(body)


def _binary(body: bytes) -> str:
    return "__wb_post_data=" + b64encode(body[:_MAX_QUERY]).decode("ascii")


def _form(body: bytes, boundary: str) -> str:
    """The fields of a multipart form; the bytes of an uploaded file are the value of its field."""
    fields = []
    for part in re.split(rb"(?:\A|\r?\n)--" + re.escape(boundary.encode("latin-1", "replace")), body)[1:]:
        head_end = HEAD_END.search(part)
        name = _NAME.search(part[: head_end.start()]) if head_end else None
        if head_end and name:
            value = part[head_end.end() :]
            fields.append(f"{quote_plus(name[1] or name[2] or b'')}={quote_plus(value)}")
    return "&".join(fields)


def _json(body: bytes) -> str:
    """The scalars of a JSON document under the name next above each; the second `a` becomes `a.2_`.

    A body that is not one document is read as one document in each line. Raises ValueError, OverflowError,
    RecursionError.
    """
    try:
        documents = [json.loads(body)]
    except json.JSONDecodeError:
        if b"\n" not in body:
            raise
        documents = [json.loads(line) for line in body.split(b"\n")]
    scalars: list[tuple[str, str]] = []
    _gather(documents, "", scalars)
    arguments: dict[str, str] = {}
    counts: dict[str, int] = {}
    for name, value in scalars:
        if name in arguments:
            counts[name] = counts.get(name, 1) + 1
            name = f"{name}.{counts[name]}_"
        arguments[name] = value
    return urlencode(arguments)


def _gather(value: object, name: str, scalars: list[tuple[str, str]]) -> None:
    if isinstance(value, dict):
        for inner, member in value.items():
            _gather(member, inner, scalars)
    elif isinstance(value, list):
        for member in value:
            _gather(member, name, scalars)
    elif name:
        scalars.append((name, _as_javascript(value)))


def _as_javascript(value: object) -> str:
    """The text that JavaScript's String() gives for a scalar, as far as pywb does it: 44.0 is `44`."""
    if isinstance(value, float) and math.modf(value)[0] == 0:
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value)
