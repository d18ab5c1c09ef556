"""Check 31 on files that were taken out of warc/: the manifest's lines go in; what they say was lost comes out."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from pathlib import Path

from archive.plurals import many
from archive.seal.manifest import Entry
from archive.warc.filenames import SET_ASIDE

MAX_MESSAGE = 300
"""Longest message about a file."""


def told(folder: Path, entries: Sequence[Entry], files: Container[str]) -> Iterator[tuple[str, str]]:
    """Yield a file and a text about it: each that was removed or repaired, and each in the folder `set-aside/`.

    `files`: names of the files in warc/.
    """
    last = {entry.file: entry for entry in entries}
    for name, entry in sorted(last.items()):
        if entry.kind == "removed" and name not in files:
            reason = f": {entry.note['reason']}" if entry.note.get("reason") else ""
            yield f"warc/{name}", f"the file was removed at {entry.at}{reason}"[:MAX_MESSAGE]
        elif entry.kind == "repaired" and name in files:
            yield f"warc/{name}", _lost(entry)
    places = {str(entry.note["set_aside"]): entry for entry in entries if "set_aside" in entry.note}
    aside = folder / SET_ASIDE
    for path in sorted(filter(Path.is_file, aside.iterdir())) if aside.is_dir() else ():
        name = f"{SET_ASIDE}/{path.name}"
        why = f"at {places[name].at}" if name in places else "though no line of the manifest says so"
        yield name, f"set aside {why}: it is no part of the archive"


def _lost(entry: Entry) -> str:
    """What the line of a repaired file says was lost."""
    note = entry.note
    lost = f"{many(note.get('lost_bytes', 0), 'byte')} in {many(note.get('gaps', 0), 'gap')}"
    text = f"repaired from {note['source']}; lost: {lost}"
    if not (urls := note.get("lost")) or not isinstance(urls, list):
        return text[:MAX_MESSAGE]
    return f"{text}, with captures of {many(note.get('lost_urls', 0), 'URL')}: {' '.join(map(str, urls))}"[:MAX_MESSAGE]
