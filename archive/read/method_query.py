"""The key of a request by another method than GET: method, media type and body go in, arguments of a URL come out.

They are those of pywb and cdxj-indexer (https://specs.webrecorder.net/request-body-canonicalization/latest/), so that
replay finds the answer to the same request: `__wb_method=POST&a=1`.
"""

from __future__ import annotations

import base64
import json
from email import message_from_bytes
from email.message import Message
from urllib.parse import unquote_plus, urlencode

MAX_QUERY = 4096
"""Characters of a body's arguments that are kept, as the other tools keep."""
_WITH_BODY = ("POST", "PUT")


def method_query(method: str, media_type: str, body: bytes) -> str:
    """The arguments for a request; empty for GET. `method` in upper case, `media_type` with its parameters."""
    if method == "GET":
        return ""
    arguments = _arguments(media_type.lower(), media_type, body)[:MAX_QUERY] if method in _WITH_BODY and body else ""
    return f"__wb_method={method}" + (f"&{arguments}" if arguments else "")


def _arguments(lower: str, media_type: str, body: bytes) -> str:
    try:
        if lower.startswith("application/x-www-form-urlencoded"):
            return unquote_plus(body.decode())
        if lower.startswith("multipart/"):
            return _parts(media_type, body)
        if lower.startswith(("application/json", "text/plain")):
            return _json(body)
    except (ValueError, RecursionError):
        if lower.startswith("application/json"):
            return ""
    return "__wb_post_data=" + base64.b64encode(body).decode()


def _parts(media_type: str, body: bytes) -> str:
    """The fields of a form; the bytes of an uploaded file too. ValueError when the body is no form."""
    form = message_from_bytes(b"Content-Type: " + media_type.encode("latin-1", "replace") + b"\r\n\r\n" + body)
    parts = form.get_payload()
    if not isinstance(parts, list):
        raise ValueError("no parts")
    values: list[tuple[str, bytes]] = []
    for part in parts:
        if isinstance(part, Message):
            name = part.get_param("name", header="content-disposition")
            if isinstance(name, str) and isinstance(value := part.get_payload(decode=True), bytes):
                values.append((name, value))
    return urlencode(values)


def _json(body: bytes) -> str:
    """The named values of a document, however deep; a name that comes again is numbered. ValueError when it is none."""
    found: dict[str, str] = {}
    seen: dict[str, int] = {}

    def add(value: object, name: str = "") -> None:
        if isinstance(value, dict):
            for key, below in value.items():
                add(below, key)
        elif isinstance(value, list):
            for below in value:
                add(below, name)
        elif name:
            seen[name] = seen.get(name, 0) + 1
            found[name if seen[name] == 1 else f"{name}.{seen[name]}_"] = _as_script(value)

    add(json.loads(body))
    return urlencode(found)


def _as_script(value: object) -> str:
    """A value as JavaScript writes it."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
