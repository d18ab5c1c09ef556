"""Cuts the operator's secrets out of requests: bytes and URLs go in, the same without secrets come out.

Response bytes are never altered. A server that sends a secret back is reported in the metadata record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, quote_plus

MARK: Final = "[redacted]"
"""Replaces each secret."""


_PROXY_PASSWORD = re.compile(rb"\nproxy-authorization:[ \t]*([^\r\n]+)", re.IGNORECASE)
"""What a request tells a proxy is cut also when nobody named it as a secret."""


class Redactor:
    """Finds and cuts the secrets, raw and URL-encoded."""

    def __init__(self, secrets: Iterable[bytes] = ()) -> None:
        forms: set[bytes] = set()
        for secret in filter(None, secrets):
            encoded = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
            forms |= {secret} | {form.encode() for form in encoded}
            forms |= {re.sub(rb"%[0-9A-F]{2}", lambda m: m[0].lower(), form.encode()) for form in encoded}
        self.longest = max(map(len, forms), default=0)
        """Bytes of the longest form of a secret; 0 without secrets."""
        self._pattern = (
            re.compile(b"|".join(map(re.escape, sorted(forms, key=lambda f: (-len(f), f))))) if forms else None
        )

    def text(self, value: str) -> str:
        """Cut the secrets out of a URL or metadata value."""
        if self._pattern is None:
            return value
        return self._pattern.sub(MARK.encode(), value.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def request(self, request: bytes) -> tuple[bytes, list[str]]:
        """Cut the secrets out of a request; return it and their places: `request-line`, names of fields, `body`."""
        from archive.warc.heads import HEAD_END  # `--help` imports this module, and needs no more

        end = HEAD_END.search(request)
        head_end = end.end() if end else len(request)
        places: list[str] = []
        if password := _PROXY_PASSWORD.search(request, 0, head_end):
            request = request[: password.start(1)] + MARK.encode() + request[password.end(1) :]
            head_end += len(MARK) - len(password[1])
            places.append("Proxy-Authorization")
        if self._pattern is None or not self._pattern.search(request):
            return request, places
        for match in self._pattern.finditer(request):
            if match.start() >= head_end:
                place = "body"
            elif b"\n" not in request[: match.start()]:
                place = "request-line"
            else:
                name = re.search(rb"\n([^\n:\s][^\n:]*):[^\n]*(?:\n[ \t][^\n]*)*\Z", request[: match.start()])
                place = name[1].decode("latin-1").strip() if name else "head"
            if place not in places:
                places.append(place)
        return self._pattern.sub(MARK.encode(), request), places

    def found_in(self, content: bytes) -> bool:
        """Tell whether these bytes contain a secret."""
        return self._pattern is not None and self._pattern.search(content) is not None
