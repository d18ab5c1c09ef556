"""Take the user name and password out of a URL and encode them as HTTP sends them. Pure.

`fetching/guard.py` sends them to the operator's proxy; `config/sources.py` counts them among the secrets.
"""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import unquote, urlsplit


def split_credentials(url: str) -> tuple[str, str]:
    """Return the URL without credentials, and these as Basic authentication sends them (RFC 7617); empty for none."""
    parts = urlsplit(url)
    if parts.username is None:
        return url, ""
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), b64encode(pair.encode()).decode()
