"""What the WARC files of a simulated year hold, read by warcio: the versions of each article, and what each run wrote.

It is compared with what the sites have shown to the runs, and with the run files.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from living import Lived
from stored import Stored, records

MARK = re.compile(rb"This is edition \d+ of \S+\.(?=[\s<])")
WRITTEN = ("new", "changed")


@dataclass(frozen=True)
class Version:
    """One version of an article's post."""

    mark: str
    """The mark of its edition; empty for what the earlier release stored."""
    published: datetime
    copies: int
    """Local copies of pictures that it shows."""


@dataclass
class Archived:
    """What is in the WARC files."""

    versions: dict[str, list[Version]] = field(default_factory=dict)
    """URL → its versions, oldest first."""
    captured: set[tuple[str, str]] = field(default_factory=set)
    """URL and mark of each response with an edition."""
    runs: dict[str, Counter[str]] = field(default_factory=dict)
    """Run → counts, with the names of the run file."""


def read_back(data: Path) -> Archived:
    """Read all WARC files of a data folder."""
    found, run, posts = Archived(), Counter[str](), dict[str, bytes]()
    for record in records(data):
        if record.type == "warcinfo":
            run = found.runs.setdefault(_fields(record)["run"], Counter())
        elif record.type in ("response", "revisit"):
            run["exchanges"] += 1
            run["revisits"] += record.type == "revisit"
            if mark := MARK.search(record.block) if record.block.startswith(b"HTTP/1.1 200") else None:
                found.captured.add((record.url, mark[0].decode()))
        elif record.type == "conversion":
            posts[record["WARC-Record-ID"] or ""] = record.block
        elif record.type == "metadata":
            fields = _fields(record)
            if "post-state" in fields:
                run[{"present": "returned"}.get(fields["post-state"], fields["post-state"])] += 1
            elif "post-version" in fields:
                run[WRITTEN[fields["post-version"] != "1"]] += 1
                version = _version(posts.pop(record["WARC-Refers-To"] or ""), fields["published"])
                found.versions.setdefault(fields["canonical-url"], []).append(version)
    assert not posts, f"conversions without metadata: {posts}"
    return found


def _fields(record: Stored) -> dict[str, str]:
    lines = record.block.decode().splitlines()
    return dict(line.partition(": ")[::2] for line in lines if line)


def _version(post: bytes, published: str) -> Version:
    mark = MARK.search(post)
    copies = len(set(re.findall(rb"/media/\w\w/\w\w/\w+", post)))
    return Version(mark[0].decode() if mark else "", datetime.fromisoformat(published), copies)


def unlike_the_sites(archived: Archived, lived: Lived) -> Iterator[str]:
    """What differs between the versions in the archive and the editions that runs were shown."""
    for url in archived.versions.keys() | lived.shown.keys():
        shown, held = lived.shown.get(url, []), list(dict.fromkeys(v.mark for v in archived.versions.get(url, [])))
        sure = [mark for mark in held if mark in shown]
        if sure != shown:
            yield f"{url}: shown {shown}, held {held}"
        for mark in held:
            if mark and mark not in shown and (url, mark) not in lived.perhaps:
                yield f"{url}: {mark} is held and was never shown"
    for url, mark in archived.captured:
        if mark not in [version.mark for version in archived.versions.get(url, [])]:
            yield f"{url}: a capture of {mark} gave no version"


def unlike_the_run_files(archived: Archived, data: Path, died: int) -> Iterator[str]:
    """What differs between the records of each run and the counts in its run file."""
    unknown = set(archived.runs)
    for path in (data / "runs").glob("*.json"):
        told = json.loads(path.read_text("utf-8"))
        if told.get("command") != "crawl":
            continue
        counts = {name: told["articles"][name] for name in WRITTEN} | told.get("states", {})
        counts |= {name: told["captures"][name] for name in ("exchanges", "revisits")}
        stored = archived.runs.get(told["run"], Counter())
        if Counter(counts) != stored:
            yield f"{told['run']}: {counts} in its file, {dict(stored)} in the archive"
        unknown.discard(told["run"])
    if len(unknown) > died:
        yield f"{died} runs ended without a report, but {sorted(unknown)} have none"
