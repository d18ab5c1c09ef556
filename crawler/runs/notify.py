"""A run's account → one small POST to the operator's webhook. Not for the archive, hence not through Scrapy."""

from __future__ import annotations

from typing import Any

from crawler.config import Notify
from crawler.terminal import say

TIMEOUT = 10
"""Seconds to connect, and between two bytes."""


def notify(settings: Notify, report: dict[str, Any]) -> None:
    """Sends the run's counts as JSON where [notify] asks for it. A failed call is said and changes nothing else: the
    run file has the same account."""
    if not settings.url or (settings.on == "problems" and report["exit_code"] == 0):
        return
    import requests  # 0.1 s, which runs without [notify] need not wait for

    message = {
        name: value if not isinstance(value, dict) or "first" not in value else value["count"]
        for name, value in report.items()
    }
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxies or .netrc passwords from the environment
            answer = session.post(settings.url, json=message, timeout=TIMEOUT, allow_redirects=False)
            answer.raise_for_status()
    except requests.RequestException as error:
        # The URL may hold a token: the class of the error says enough.
        say(f"notification not delivered: {type(error).__name__}; the run file has the account")
