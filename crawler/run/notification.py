"""The message of [notify]: a run file's content or the error that ended a command goes in, one POST comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from archive import ArchiveError, CallFailed, Redactor, post
from crawler.clock import rfc3339, utc_now
from crawler.config import Notify, webhook
from crawler.errors import Locked, WarcpressError, exit_code_of
from crawler.run.report import VERSION
from crawler.terminal import say

SECONDS = 10.0
"""Seconds of the whole call."""
LONGEST_REASON = 2000
"""Characters of a reason; an error may quote a server or a file."""


def notify(settings: Notify, content: dict[str, Any]) -> None:
    """Post a run file's content as JSON to the URL of [notify]; lists are replaced by their counts.

    A failure is only reported, because the run file, or the log, has the same content.
    """
    if not settings.url or (settings.on == "problems" and content["exit_code"] == 0):
        return
    message = {
        name: value if not isinstance(value, dict) or "first" not in value else value["count"]
        for name, value in content.items()
    }
    try:
        answer = post(
            settings.url,
            json.dumps(message).encode(),
            {"Content-Type": "application/json"},
            seconds=SECONDS,
            most=1 << 16,
        )
        if not 200 <= answer.status < 300:
            raise CallFailed(f"HTTP status {answer.status}")
    except CallFailed as error:
        # The URL may hold a token, so it is not shown.
        say(f"notification not delivered: {error}; the run file or the log has the same content")


@contextmanager
def failures_told(path: Path, command: str) -> Iterator[None]:
    """Tell [notify] of the file at `path` about an error that ends a command before its report, then raise it again.

    The file may be the one that is wrong: its webhook is used if the file is TOML and has a usable one.
    """
    started = utc_now()
    try:
        yield
    except Exception as error:
        settings, secrets = webhook(path)
        if not isinstance(error, Locked) or error.too_long or settings.on == "always":
            known = isinstance(error, WarcpressError | ArchiveError)
            reason = str(error) if known else f"internal error: {type(error).__name__}: {error}"
            notify(
                settings,
                {
                    "v": VERSION,
                    "run": None,
                    "command": command,
                    "started": rfc3339(started),
                    "finished": rfc3339(utc_now()),
                    "exit_code": exit_code_of(error),
                    "stopped": "",
                    "reason": Redactor(secrets).text(reason)[:LONGEST_REASON],
                },
            )
        raise
