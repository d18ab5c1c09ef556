"""The message of [notify]: a run file's content or the end of a command goes in, one POST comes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from logging import WARNING
from pathlib import Path
from typing import Any

from archive import ArchiveError, CallFailed, Redactor, StoreFailed, post
from crawler.clock import rfc3339, utc_now
from crawler.config import Notify, webhook
from crawler.errors import UNWELL, Locked, WarcpressError, exit_code_of
from crawler.run.health import State
from crawler.terminal import say

SECONDS = 10.0
"""Seconds of the whole call."""
WITH_RUN_FILE = ("crawl", "refetch")
"""Commands whose runs send their run file when they end."""
FOUND = "something is damaged or missing; the output of the command names it"
"""Reason of a command that ends with code 1."""
WELL = (0, UNWELL)
"""Exit codes of a run that went well."""
TOLD = ("state", "since", "reason", "advice")
"""Keys of a source in the message."""
MOST_TOLD = 100
"""Most sources in the message."""
LONGEST_REASON = 2000
"""Characters of a reason; an error may quote a server or a file."""


def notify(settings: Notify, content: dict[str, Any]) -> None:
    """Post a run file's content as JSON to the URL of [notify]; lists are replaced by their counts.

    Of the sources it has those that are not well. A failure is only reported, because the run file, or the log, has the
    same content.
    """
    if not settings.url or (settings.on == "problems" and not is_worth_telling(content)):
        return
    message = {
        name: value if not isinstance(value, dict) or "first" not in value else value["count"]
        for name, value in content.items()
    }
    unwell = ((name, row) for name, row in content.get("sources", {}).items() if row["state"] != State.HEALTHY)
    message["sources"] = {name: {key: row[key] for key in TOLD} for name, row in islice(unwell, MOST_TOLD)}
    _call(settings.url, json.dumps(message), "application/json", "notification not delivered")


def _call(url: str, body: str, media_type: str, failed: str) -> None:
    """Make a POST within SECONDS; say why it failed, without the URL, which may hold a token."""
    try:
        answer = post(url, body.encode(), {"Content-Type": media_type}, seconds=SECONDS, most=1 << 16)
        if not 200 <= answer.status < 300:
            raise CallFailed(f"HTTP status {answer.status}")
    except CallFailed as error:
        say(f"{failed}: {error}; the run file or the log has the same content", WARNING)


def _ping(path: Path, command: str, shard: str, ending: str, text: str) -> None:
    """Call the URL that [notify] has for the start, success or failure of a `crawl`; it may differ for each shard."""
    if command == "crawl" and (url := getattr(webhook(path)[0], f"{ending}_url")):
        number = shard.partition("/")[0]
        url = url.replace("{shard}", f"shard-{number}" if number.isdecimal() else "all")
        _call(
            url,
            f"shard {shard}: {text}" if shard and text else text,
            "text/plain; charset=utf-8",
            f"{ending}_url not reached",
        )


def is_worth_telling(content: dict[str, Any]) -> bool:
    """Whether a run had problems that are news: a source that is not well is told once, then once a day."""
    return content["exit_code"] not in WELL or bool(content.get("news"))


def told(path: Path, command: str, run: Callable[[], int], shard: str = "") -> int:
    """Run a command, tell [notify] of the file at `path` how it ends, and return its exit code or raise its error.

    A run that comes to its end has told it by its run file. The file at `path` may be the one that is wrong: its
    webhook is used if the file is TOML and has a usable one. `shard`: what `--shard` says.
    """
    started = utc_now()
    _ping(path, command, shard, "start", "")
    try:
        code = run()
    except Exception as error:
        if not _is_made_up_for(error, command):
            _ping(path, command, shard, "failure", Redactor(webhook(path)[1]).text(_reason(error))[:LONGEST_REASON])
        if not _is_made_up_for(error, command) or webhook(path)[0].on == "always":
            _tell(path, command, shard, started, exit_code_of(error), _reason(error))
        raise
    if command not in WITH_RUN_FILE:
        _tell(path, command, shard, started, code, FOUND if code else "")
    _ping(
        path, command, shard, "success" if code in WELL else "failure", f"exit code {code}; `warcpress runs` has more"
    )
    return code


def _is_made_up_for(error: Exception, command: str) -> bool:
    """Whether the next start does the work of this one: `crawl` found the folder locked, and not for too long."""
    return command == "crawl" and isinstance(error, Locked) and not error.too_long


def _reason(error: Exception) -> str:
    is_known = isinstance(error, WarcpressError | ArchiveError | StoreFailed)
    return str(error) if is_known else f"internal error: {type(error).__name__}: {error}"


def _tell(path: Path, command: str, shard: str, started: datetime, code: int, reason: str) -> None:
    from crawler.run.report import VERSION  # 0.1 s, which a run with nothing to do can spare

    settings, secrets = webhook(path)
    content = {
        "v": VERSION,
        "run": None,
        **({"shard": shard} if shard else {}),
        "command": command,
        "started": rfc3339(started),
        "finished": rfc3339(utc_now()),
        "exit_code": code,
        "stopped": "",
        "reason": Redactor(secrets).text(reason)[:LONGEST_REASON],
    }
    notify(settings, content)
